"""Say anew what each step of an article's chain was: which kind of edit, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from copydesk.articles import revisions
from copydesk.model import VersionText
from copydesk.store import versions
from copydesk.store.db import Connection

FEW = 5
"""Articles whose whole chains are in memory at a time: a live blog may have hundreds of versions of 50 KB."""


def revise(conn: Connection, article_ids: Sequence[int]) -> None:
    """Write articles' revisions anew from their chains: the same whatever came in which order."""
    for start in range(0, len(article_ids), FEW):
        few = article_ids[start : start + FEW]
        steps = [step for chain in versions.texts_of(conn, few).values() for step in _revisions(conn, chain)]
        versions.replace_revisions(conn, few, steps)


def _revisions(conn: Connection, chain: Sequence[VersionText]) -> Iterator[versions.Step]:
    for n, version in enumerate(chain):
        assert version.id is not None
        assert version.article_id is not None
        if not n:
            yield version.article_id, version.id, None, revisions.first(version)
            continue
        before, after = versions.comparable(conn, chain[n - 1], version)
        revision = revisions.classify(before, after, earlier=chain[: n - 1])
        if not before.body:  # erased by age: there is nothing to compare with
            revision = replace(revision, edits=(), fields=(), facts=(), summary="the text before was erased")
        yield version.article_id, version.id, before.id, revision
