"""The step from one version to the next: which words changed, and what kind of change it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from copydesk.articles.compare import Comparison, compare, same_words
from copydesk.articles.diff import diff, spans
from copydesk.articles.text import straight
from copydesk.model import FactChange, FieldChange, Notice, Revision, RevisionKind, VersionText

__all__ = ["classify", "diff", "first", "spans"]

_SUMMARY = 200


def first(version: VersionText) -> Revision:
    """The step from nothing to an article's first version."""
    return Revision("first", (), True, summary=version.title)


def classify(old: VersionText, new: VersionText, *, earlier: Sequence[VersionText] = ()) -> Revision:
    """Say what kind of step it is; ``earlier`` are the versions before ``old``.

    Whatever the kind, every date, number, name, quotation and negation that changed stands
    in ``facts``, and every other field that changed in ``fields``.
    """
    lang = new.lang or old.lang
    body = compare(old.body, new.body, lang)
    title = compare(old.title, new.title, lang, "title", f"{old.body}\n{new.body}")
    fields = tuple(_fields(old, new))
    facts = (*body.facts, *title.facts, *title.adrift, *_names(fields), *body.adrift)
    kind = _kind(old, new, body, title, earlier)
    return Revision(kind, diff(old.body, new.body), bool(facts), _summary(facts, fields, body), fields, facts)


def _kind(
    old: VersionText, new: VersionText, body: Comparison, title: Comparison, earlier: Sequence[VersionText]
) -> RevisionKind:
    fresh, dropped = _only_in(new.notices, old.notices), _only_in(old.notices, new.notices)
    changed = _text(old) != _text(new)
    if any(n.kind == "retraction" for n in fresh):
        return "retraction"
    if any(n.kind != "update" for n in fresh):
        return "noticed_correction" if changed else "notice_only"
    if any(_text(x) == _text(new) for x in earlier) and changed:
        return "revert"
    if fresh and (body.facts or body.adrift):
        return "update"
    if not changed and (fresh or dropped):
        return "notice_only"
    if body.replaces or title.replaces:
        return "silent_correction"
    return _slight(old, new, body, title)


def _slight(old: VersionText, new: VersionText, body: Comparison, title: Comparison) -> RevisionKind:
    """The kind where no standing fact was touched."""
    same_body, same_title = (same_words(a, b, case=False) for a, b in ((old.body, new.body), (old.title, new.title)))
    if same_body and same_title and not (body.facts or title.facts):
        if old.byline != new.byline:
            return "byline"
        same_case = all(same_words(a, b, case=True) for a, b in ((old.body, new.body), (old.title, new.title)))
        same_paragraphs = old.body.count("\n\n") == new.body.count("\n\n")
        return "typographic" if same_case and same_paragraphs else "restyled"
    if same_body:
        return "headline"
    if body.moved and not body.added and not body.removed:
        return "restyled"
    if not body.removed:
        return "expanded"
    if not body.added:
        return "cut"
    rewritten = body.sentences_added or body.sentences_removed or body.facts
    return "update" if rewritten else "reworded"


def _text(version: VersionText) -> tuple[str, str]:
    return straight(version.title), straight(version.body)


def _only_in(ours: Sequence[Notice], theirs: Sequence[Notice]) -> list[Notice]:
    known = {straight(notice.text) for notice in theirs}
    return [notice for notice in ours if straight(notice.text) not in known]


def _fields(old: VersionText, new: VersionText) -> Iterator[FieldChange]:
    if old.title != new.title:
        yield FieldChange("title", old.title, new.title)
    if old.byline != new.byline:
        yield FieldChange("byline", ", ".join(old.byline), ", ".join(new.byline))
    dropped, fresh = _only_in(old.notices, new.notices), _only_in(new.notices, old.notices)
    if dropped or fresh:
        yield FieldChange("notices", "\n".join(n.text for n in dropped), "\n".join(n.text for n in fresh))
    before, after = dict(old.more), dict(new.more)
    for name in [*before, *(n for n in after if n not in before)]:
        if before.get(name, "") != after.get(name, ""):
            yield FieldChange(name, before.get(name, ""), after.get(name, ""))


def _names(fields: Sequence[FieldChange]) -> Iterator[FactChange]:
    return (FactChange("name", "byline", f.old, f.new) for f in fields if f.field == "byline")


def _summary(facts: Sequence[FactChange], fields: Sequence[FieldChange], body: Comparison) -> str:
    """One line for lists: the facts first, then the fields, then how much text came and went."""
    said = [f"{f.kind} {_shown(f.old)} → {_shown(f.new)}" for f in facts if f.old and f.new]
    said += [
        f"{f.kind} {_shown(f.old or f.new)} {'taken out' if f.old else 'added'}" for f in facts if not (f.old and f.new)
    ]
    said += [f"{f.field} changed" for f in fields]
    counts = ((body.sentences_added, "added"), (body.sentences_removed, "taken out"), (body.moved, "moved"))
    said += [f"{n} sentence{'s' * (n > 1)} {what}" for n, what in counts if n]
    return _shown("; ".join(said), _SUMMARY)


def _shown(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"
