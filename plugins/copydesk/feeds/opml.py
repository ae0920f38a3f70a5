"""OPML 2.0 in and out: the feed lists that readers exchange, with their folders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml import etree

from copydesk.articles.urls import host_of
from copydesk.errors import UsageError


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list. ``folder`` is the path of its outlines, joined by "/"; ``line`` is for messages."""

    title: str | None
    xml_url: str
    html_url: str | None = None
    folder: str = ""
    line: int = 0


OpmlRow = Outline


def read_opml(body: bytes) -> tuple[Outline, ...]:
    """Read every feed of an OPML document; raises UsageError that names the line."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise UsageError(f"OPML, line {error.lineno}: {error.msg}") from None
    if root.tag != "opml":
        raise UsageError(f"OPML, line {root.sourceline}: the document is <{root.tag}>, not <opml>")
    found = tuple(outline for node in root.iter("body") for outline in _walk(node, ()))
    if not found:
        raise UsageError("OPML: no outline with an xmlUrl in it")
    return found


def write_opml(rows: Iterable[Outline], title: str = "copydesk") -> bytes:
    """Write a list of feeds, a nested outline for each folder."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = defaultdict(lambda: body)
    for row in rows:
        parent = _folder(folders, body, row.folder)
        text = _fit(row.title or row.xml_url)
        attributes = {"type": "rss", "text": text, "title": text, "xmlUrl": row.xml_url}
        etree.SubElement(parent, "outline", attributes | ({"htmlUrl": row.html_url} if row.html_url else {}))
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return written


def _walk(node: etree._Element, folder: tuple[str, ...]) -> Iterator[Outline]:
    for child in node.iterchildren("outline"):
        title = child.get("title") or child.get("text")
        url = (child.get("xmlUrl") or "").strip()
        if not url:
            yield from _walk(child, (*folder, (title or "").replace("/", "-")) if title else folder)
            continue
        if not host_of(url):
            raise UsageError(f"OPML, line {child.sourceline}: {url!r} is not an http(s) URL")
        yield Outline(title, url, child.get("htmlUrl") or None, "/".join(folder), _line(child))
        yield from _walk(child, folder)


def _line(node: etree._Element) -> int:
    line = str(node.sourceline)
    return int(line) if line.isdigit() else 0


def _folder(folders: dict[str, etree._Element], body: etree._Element, path: str) -> etree._Element:
    parent, done = body, ""
    for name in filter(None, path.split("/")):
        done = f"{done}/{name}"
        if done not in folders:
            folders[done] = etree.SubElement(parent, "outline", {"text": _fit(name)})
        parent = folders[done]
    return parent


def _fit(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)
