"""OPML 2.0 in and out: the feed lists that readers exchange, with their folders.

A list that is written and read again is the same list: titles, folders and their
order, whatever characters they hold. Other attributes are not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html.entities import html5

from lxml import etree

from copydesk.articles.urls import host_of
from copydesk.errors import UsageError

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_XML_NAMES = frozenset({b"amp", b"lt", b"gt", b"quot", b"apos"})
_REFERENCE = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_ENTITY = re.compile(rb"<!ENTITY", re.I)
_FEED_SCHEME = re.compile(r"feed:(?://)?(?=https?://)|feed:(?=//)", re.I)


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. ``folder`` is the path of its outlines (:func:`join`); ``line`` is for messages."""

    title: str | None
    xml_url: str
    html_url: str | None = None
    folder: str = ""
    line: int = 0


def join(names: Iterable[str]) -> str:
    """Give the path of nested folders: their names with "/" between; a "/" or a backslash in a name is escaped."""
    return "/".join(name.replace("\\", "\\\\").replace("/", "\\/") for name in names)


def split(path: str) -> list[str]:
    """Give the names of a path that :func:`join` made."""
    return [re.sub(r"\\(.)", r"\1", name) for name in re.findall(r"(?:[^/\\]|\\.|\\$)+", path, re.S)]


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """Read every feed of an OPML document; raises UsageError that names the line.

    HTML's named characters (``&eacute;``), which XML does not know and lists contain,
    are read as what they mean. A document with entities of its own is refused.
    """
    root = _root(body)
    if root.tag != "opml":
        raise UsageError(f"OPML, line {root.sourceline}: the document is <{_short(root.tag)}>, not <opml>")
    found = tuple(outline for node in root.iterchildren("body") for outline in _walk(node, ()))
    if not found:
        raise UsageError("OPML: no outline with an xmlUrl in it")
    return found


def write_opml(rows: Iterable[Outline], title: str = "copydesk") -> bytes:
    """Write a list of feeds, a nested outline for each folder."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    folders: dict[tuple[str, ...], etree._Element] = {(): body}
    for row in rows:
        attributes = {"type": "rss", "text": _fit(row.title or row.xml_url), "xmlUrl": row.xml_url}
        attributes |= {"title": _fit(row.title)} if row.title else {}
        attributes |= {"htmlUrl": row.html_url} if row.html_url else {}
        etree.SubElement(_folder(folders, tuple(split(row.folder))), "outline", attributes)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return written


def _root(body: bytes) -> etree._Element:
    if not body.strip():
        raise UsageError("OPML: the document is empty")
    if bomb := _ENTITY.search(body):
        raise UsageError(f"OPML, line {body.count(10, 0, bomb.start()) + 1}: it defines entities, which no list needs")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(_REFERENCE.sub(_character, body), parser)
    except etree.XMLSyntaxError as error:
        raise UsageError(f"OPML, line {error.lineno or 1}: {error.msg or 'no XML'}") from None


def _character(match: re.Match[bytes]) -> bytes:
    if match[1] in _XML_NAMES:
        return match[0]
    meant = html5.get(f"{match[1].decode()};")
    return "".join(f"&#{ord(c)};" for c in meant).encode() if meant else match[0]


def _walk(node: etree._Element, folders: tuple[str, ...]) -> Iterator[Outline]:
    for child in node.iterchildren("outline"):
        title = (child.get("title") or child.get("text") or "").strip()
        url = _FEED_SCHEME.sub(_scheme, (child.get("xmlUrl") or child.get("xmlurl") or "").strip(), count=1)
        if not url:
            yield from _walk(child, (*folders, title) if title else folders)
            continue
        if not host_of(url):
            raise UsageError(f"OPML, line {child.sourceline}: {_short(url)!r} is not an http(s) URL")
        named = title if title != url else ""
        yield Outline(named or None, url, (child.get("htmlUrl") or "").strip() or None, join(folders), _line(child))
        yield from _walk(child, folders)


def _scheme(match: re.Match[str]) -> str:
    """``feed://x`` and ``feed:https://x`` are how some readers write it."""
    return "http:" if match[0].lower() == "feed:" else ""


def _line(node: etree._Element) -> int:
    line = str(node.sourceline)  # the stubs know neither its type nor that it may be missing
    return int(line) if line.isdigit() else 0


def _folder(folders: dict[tuple[str, ...], etree._Element], path: tuple[str, ...]) -> etree._Element:
    if path not in folders:
        parent = _folder(folders, path[:-1])
        folders[path] = etree.SubElement(parent, "outline", {"text": _fit(path[-1])})
    return folders[path]


def _fit(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)


def _short(text: object) -> str:
    return str(text)[:200]
