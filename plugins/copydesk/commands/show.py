"""Two texts laid side by side, for a terminal: what stands, what went, what came, what moved."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence

from copydesk.model import Span, SpanOp

Marks = Mapping[SpanOp, tuple[str, str]]

PLAIN: Marks = {
    "delete": ("[-", "-]"),
    "insert": ("{+", "+}"),
    "moved_out": ("[{0}-> ", " <-{0}]"),
    "moved_in": ("{{{0}-> ", " <-{0}}}"),
}
"""As git's word diff writes it; a moved sentence carries its number at both places."""
COLOURED: Marks = {
    "delete": ("\x1b[9;31m", "\x1b[0m"),
    "insert": ("\x1b[32m", "\x1b[0m"),
    "moved_out": ("\x1b[2m[{0}-> ", " <-{0}]\x1b[0m"),
    "moved_in": ("\x1b[36m[{0}-> ", " <-{0}]\x1b[0m"),
}
_PARAGRAPH = re.compile(r"\n\s*\n")


def marks() -> Marks:
    """Colours on a terminal that wants them (https://no-color.org), brackets elsewhere."""
    return COLOURED if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else PLAIN


def rendered(spans: Sequence[Span], style: Marks, *, whole: bool = False) -> str:
    """Give both texts as one, differences marked; paragraphs that stayed are only counted, unless ``whole``."""
    return "".join(_pieces(spans, style, whole))


def _pieces(spans: Sequence[Span], style: Marks, whole: bool) -> Iterator[str]:
    for n, span in enumerate(spans):
        if span.op == "equal":
            yield span.old if whole else _unchanged(span.old, opens=n == 0, closes=n == len(spans) - 1)
        elif span.op == "replace":
            yield _marked("delete", span.old, 0, style) + _marked("insert", span.new, 0, style)
        else:
            yield _marked(span.op, span.old or span.new, span.move, style)


def _marked(op: SpanOp, text: str, move: int, style: Marks) -> str:
    """Marks hug the words: white space around them stays outside."""
    words = text.strip()
    if not words:
        return text if op in ("insert", "moved_in") else ""
    before, after = (mark.format(move) for mark in style[op]) if move else style[op]
    left = len(text) - len(text.lstrip())
    return f"{text[:left]}{before}{words}{after}{text[left + len(words) :]}"


def _unchanged(text: str, *, opens: bool, closes: bool) -> str:
    parts = _PARAGRAPH.split(text)
    head = [] if opens else parts[:1]
    tail = [] if closes else parts[-1:] if len(parts) > 1 or opens else []
    left_out = len(parts) - len(head) - len(tail)
    if left_out <= 0:
        return text
    note = f"… {left_out} paragraph{'s' * (left_out > 1)} unchanged"
    return "\n\n".join([*head, note, *tail]) if head or tail else note
