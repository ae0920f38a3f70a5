"""Who gets what.

======== =========================================================================================
owner    everything: the archive belongs to whoever runs it
public   titles, URLs, dates, hashes and short excerpts of what changed; no text, no bytes. Left out:
         what asks not to be indexed. No excerpts of what asks for no archive or no snippets
training texts, without those that reserve text mining or training, or ask not to be archived or indexed
======== =========================================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, get_args

from copydesk.articles import rights
from copydesk.outlets.record import Record

Profile = Literal["owner", "public", "training"]
PROFILES: tuple[str, ...] = get_args(Profile)

EXCERPT = 200
"""Characters of all excerpts of one revision together: enough to see a changed figure, too little to read the story."""


def passes(flags: Collection[str], profile: str) -> bool:
    """Whether a text with these flags goes to that profile at all."""
    if profile == "training":
        return rights.may_train(flags)
    return not (profile == "public" and "noindex" in flags)


def fit(record: Record, profile: str) -> Record | None:
    """Give what of a record the profile may have; None: nothing."""
    if not passes(record.rights, profile):
        return None
    if profile != "public":
        return record
    quiet = {"noarchive", "nosnippet"} & set(record.rights)
    return replace(
        record,
        body=None,
        standfirst=None,
        edits=() if quiet else tuple(excerpt(record.edits)),
        notices=(),
        instruments=(),
        image=None,
    )


def excerpt(edits: Iterable[Mapping[str, Any]], room: int = EXCERPT) -> Iterable[Mapping[str, Any]]:
    """Cut edits so that all words that they show fit into ``room`` characters; where they stand is kept."""
    for edit in edits:
        shown = {}
        for side in ("old", "new"):
            text = edit.get(side, "")
            shown[side] = text if len(text) <= room else text[: max(room - 1, 0)] + "…" * (room > 0)
            room -= len(shown[side])
        if not any(shown.values()):
            return
        yield {**edit, **shown}
