"""Noise in a page's markup: what servers, build tools and scripts write otherwise from look to look."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Change = Callable[[str], str]

PIECE = re.compile(
    r"(?is)(?P<raw><(script|style|pre|textarea|title|noscript|template|svg|code)\b.*?</\2\s*>|<!--.*?-->|<![^>]*>|<\?[^>]*>)"
    r"|(?P<tag></?[a-z](?:\"[^\"]*\"|'[^']*'|[^\"'>])*>)|(?P<text>[^<]+|<)"
)
"""A page in pieces: what means something else or nothing at all (raw), tags, and texts."""
_TAG = re.compile(r"<([a-zA-Z][\w:-]*)((?:\s+[\w:@.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"\s+([\w:@.-]+)(\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")
_HASHED = re.compile(r"\b(?:css-[a-z0-9]{5,}|sc-[a-zA-Z0-9]{5,}|[A-Za-z]+_[A-Za-z]+__[A-Za-z0-9]{4,})\b")
_BLOCK = re.compile(r"(?i)</?(?:p|div|section|article|ul|ol|li|h[1-6]|figure|aside|header|footer|main|table|tr|td)\b")
_STATES = ("is-loaded", "js-ready", "lazyloaded", "active", "wf-active", "hydrated")


def _changed(page: str, *, tag: Change | None = None, text: Change | None = None) -> str:
    """The page with every tag, or every text between tags, changed."""

    def piece(m: re.Match[str]) -> str:
        change = {"tag": tag, "text": text}.get(m.lastgroup or "")
        return change(m[0]) if change else m[0]

    return PIECE.sub(piece, page)


def token(chance: random.Random, length: int = 8) -> str:
    """Letters and digits as a machine makes them."""
    return "".join(chance.choices(string.ascii_lowercase + string.digits, k=length))


def white_space(page: str, chance: random.Random) -> str:
    """Indentation and line ends are others; where none stood none comes."""
    forms = (" ", "\n", "\n  ", "\t", "\r\n    ")

    def run(m: re.Match[str]) -> str:
        return chance.choice(forms) if chance.random() < 0.3 else m[0]

    return _changed(page, text=lambda text: re.sub(r"[ \t\r\n]+", run, text))


def blocks_apart(page: str, chance: random.Random) -> str:
    """Line ends and indentation come between blocks, where none stood as well."""

    def tag(text: str) -> str:
        space = f"\n{' ' * chance.randrange(12)}"
        return f"{space}{text}{space}" if chance.random() < 0.5 and _BLOCK.match(text) else text

    return _changed(page, tag=tag)


def attributes(page: str, chance: random.Random) -> str:
    """Trackers and frameworks number the elements anew."""

    def tag(m: re.Match[str]) -> str:
        if chance.random() > 0.2:
            return m[0]
        number = chance.randrange(9999)
        name = token(chance)
        extra = chance.choice((f' data-id="{name}"', f" data-reactid={number}", f' data-track="{name}:{number}"'))
        return f"<{m[1]}{m[2]}{extra}{' /' if m[3] else ''}>"

    return _changed(page, tag=lambda text: _TAG.sub(tag, text))


def attribute_order(page: str, chance: random.Random) -> str:
    """Attributes come in another order."""

    def tag(m: re.Match[str]) -> str:
        found = [a[0] for a in _ATTRIBUTE.finditer(m[2])]
        names = {a.split("=")[0].strip().lower() for a in found}
        if len(names) < len(found):
            return m[0]  # the first of two counts
        chance.shuffle(found)
        end = " /" if m[3] else ""
        return f"<{m[1]}{''.join(found)}{end}>"

    return _changed(page, tag=lambda text: _TAG.sub(tag, text))


def class_names(page: str, chance: random.Random) -> str:
    """A build renames what it had named, and adds names of its own."""
    renamed: dict[str, str] = {}

    def anew(m: re.Match[str]) -> str:
        head, mark, tail = m[0].rpartition("__" if "__" in m[0] else "-")
        return renamed.setdefault(m[0], f"{head}{mark}{token(chance, len(tail))}")

    def add(m: re.Match[str]) -> str:
        names = _HASHED.sub(anew, m[2])
        return f"{m[1]}{names}{f' css-{token(chance, 6)}' if chance.random() < 0.3 else ''}{m[3]}"

    return _changed(page, tag=lambda text: re.sub(r"(\sclass=\")([^\"]+)(\")", add, text))


def quotation_marks(page: str, chance: random.Random) -> str:
    """Values stand in single quotation marks, names of elements are in capitals."""
    capitals = chance.random() < 0.5

    def attribute(m: re.Match[str]) -> str:
        plain = m[2] and m[2].lstrip("= ").startswith('"') and "'" not in m[2]
        return m[0].replace('"', "'") if plain and chance.random() < 0.4 else m[0]

    def tag(text: str) -> str:
        text = _TAG.sub(lambda m: m[0].replace(m[2], _ATTRIBUTE.sub(attribute, m[2]), 1) if m[2] else m[0], text)
        return re.sub(r"^</?[a-zA-Z0-9]+", lambda m: m[0].upper(), text) if capitals else text

    return _changed(page, tag=tag)


def states(page: str, chance: random.Random) -> str:
    """Scripts mark what they have loaded and how high it is."""

    def tag(text: str) -> str:
        if chance.random() < 0.2:
            return re.sub(r'(\sclass="[^"]*)"', lambda m: f'{m[1]} {chance.choice(_STATES)}"', text)
        if chance.random() < 0.1 and "style=" not in text:
            return re.sub(
                r"^<(p|div|span|section)(?=[\s>])", rf'<\1 style="min-height:{chance.randrange(400)}px"', text
            )
        return text

    return _changed(page, tag=tag)


def comments(page: str, chance: random.Random) -> str:
    """Comment nodes come and go, between elements and inside texts."""

    def space(m: re.Match[str]) -> str:
        return "<!-- --> " if chance.random() < 0.02 else " "

    def tag(text: str) -> str:
        return f"{text}<!-- {token(chance)} -->" if chance.random() < 0.05 else text

    return _changed(page, tag=tag, text=lambda text: re.sub(r"(?<=\w) (?=\w)", space, text))


def scripts(page: str, chance: random.Random) -> str:
    """Nonces, build numbers and the state of the page differ each time."""
    page = re.sub(r"(?i)(\snonce=[\"'])[^\"']*", lambda m: m[1] + token(chance, 16), page)
    state = f'window.__t={chance.randrange(10**12)};window.__b="{token(chance)}"'
    block = f'<script nonce="{token(chance, 16)}">{state}</script>'
    style = f"<style>.css-{token(chance, 6)}{{color:#{chance.randrange(16**6):06x}}}</style>"
    return into_head(at_end(page, block), style)


def stamps(page: str, chance: random.Random) -> str:
    """The page says when it was made, and that it was modified just now."""
    now = (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(500_000))).isoformat()
    page = re.sub(r'("dateModified"\s*:\s*")[^"]*', lambda m: m[1] + now, page)
    page = re.sub(r'(?i)(<meta[^>]+(?:modified_time|lastmod)[^>]*content=")[^"]*', lambda m: m[1] + now, page)
    return into_head(page, f'<meta name="generated" content="{now}">')


def at_end(page: str, piece: str) -> str:
    """Put a piece behind everything else in the body."""
    at = page.lower().rfind("</body>")
    return page[:at] + piece + page[at:] if at >= 0 else page + piece


def into_head(page: str, piece: str) -> str:
    """Put a piece at the end of the head."""
    at = page.lower().find("</head>")
    return page[:at] + piece + page[at:] if at >= 0 else page
