"""What a publisher reserves: robots directives, TDM reservation and AI preferences of a page and its headers.

Sources: the robots directives that search engines document (meta robots and X-Robots-Tag),
TDMRep (W3C community group, 2024: ``tdm-reservation`` as header and meta), AIPREF
(``Content-Usage``, draft-ietf-aipref-attach). A directive that is addressed to one named
robot counts for us too: rather too strict than too free.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

DIRECTIVES = frozenset(["noindex", "noarchive", "nosnippet", "noimageindex", "noai", "noimageai"])
RESERVED = frozenset(["tdm_reserved", "no_training", "noai"])
"""What keeps a text out of training and text mining; noarchive and noindex keep it private as well."""
PRIVATE = frozenset(["noarchive", "noindex"])
FLAGS = DIRECTIVES | RESERVED

_ALIASES = {"none": "noindex", "nocache": "noarchive"}
_VALUED = ("max-", "unavailable_after")
"""Directives with a value of their own: "max-image-preview:none" reserves nothing."""
_NO_TRAINING = re.compile(
    r"(?:^|[,;\s])(?:train-ai|train-genai|ai-train|genai|ai|tdm)\s*=\s*(?:n|no|\?0)(?=$|[,;\s])", re.IGNORECASE
)


def read(robots: Iterable[str], reservation: Iterable[str], usage: Iterable[str]) -> frozenset[str]:
    """Give the flags that these values raise: of robots directives, tdm-reservation and content-usage."""
    found = {_ALIASES.get(word, word) for said in robots for word in _directives(said)} & DIRECTIVES
    if any(said.strip() == "1" for said in reservation):
        found.add("tdm_reserved")
    if any(_NO_TRAINING.search(said) for said in usage):
        found.add("no_training")
    return frozenset(found)


def of_headers(headers: Mapping[str, str]) -> frozenset[str]:
    """Give the flags that an answer's headers raise (names in lower case)."""
    return read(*([headers.get(name, "")] for name in ("x-robots-tag", "tdm-reservation", "content-usage")))


def may_train(flags: Collection[str]) -> bool:
    """Whether nothing keeps this text out of training and text mining."""
    return not (RESERVED | PRIVATE) & set(flags)


def _directives(said: str) -> Iterator[str]:
    for item in said.lower().split(","):
        name, _, words = item.rpartition(":")
        if not name.strip().startswith(_VALUED):
            yield from words.split()
