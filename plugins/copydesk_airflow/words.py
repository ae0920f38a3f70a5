"""The codes of the record in words that an editor reads. A code that is not here is shown with its underscores gone."""

from __future__ import annotations

REVISIONS = {
    "first": "first text",
    "retraction": "retraction",
    "revert": "back to an earlier text",
    "noticed_correction": "announced correction",
    "notice_only": "notice without a change",
    "silent_correction": "silent correction",
    "silent_edit": "silent edit",
    "update": "update",
    "expanded": "longer",
    "cut": "cut",
    "reworded": "reworded",
    "headline": "headline only",
    "byline": "byline only",
    "restyled": "layout only",
    "typographic": "typography only",
}

OUTCOMES = {
    "already_corrected": "already corrected by the publisher",
    "applied": "applied",
    "review": "waits for a person",
    "contradicted": "contradicted",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "undone": "undone",
}

REASONS = {
    "exactly_one_place": "exactly one place fits",
    "several_places": "several places fit",
    "in_quotation": "the words stand in a quotation",
    "right_stands": "the right words stand there",
    "wrong_words_not_found": "the wrong words are not in the text",
    "notice_says_fixed_text_is_not": "the notice says that the text was fixed; it was not",
    "clarification_edits_no_words": "a clarification changes no words",
    "newer_publisher_version": "the publisher has a newer text",
    "approved_by_person": "approved by a person",
    "edited_by_person": "edited by a person",
    "rejected_by_person": "rejected by a person",
    "undone_by_person": "undone by a person",
    "fixed_in_next_version": "the publisher's next text has it right",
    "not_fixed": "the publisher's next text still has it wrong",
    "right_in_headline": "the headline has it right",
    "headline": "the error is in the headline",
    "wrong_is_gone": "the wrong words are gone",
    "changed_by_publisher": "the publisher changed the text",
    "values_unknown": "the notice does not say which words",
    "value_inferred_from_versions": "the words come from the publisher's own versions, not from the notice",
    "several_claims": "the notice corrects several things",
    "not_a_replacement": "not a plain replacement",
    "right_already_there": "the right words stand there already",
    "weak_context": "too few words of the notice stand beside the place",
    "low_confidence": "not sure enough",
    "rewritten_sentence": "the sentence would be rewritten",
    "values_not_parallel": "wrong and right are not of one kind",
    "value_within_a_clause": "the words are part of a longer clause",
    "unit_differs": "the unit would change",
    "inflection": "the words around would have to bend",
    "doubled_word": "a word would stand twice",
    "nested_values": "one value contains the other",
    "conflicting_notice": "another notice says otherwise",
    "sentence_not_aligned": "the sentence is not the agency's sentence",
    "no_text_ancestry": "not the same text",
}


PLACES = {
    "pinned": "the publisher changed these words",
    "kept_by_publisher": "the publisher kept these words",
    "quoted": "in a quotation",
    "in_clause": "part of a longer clause",
}


def because(reason: str) -> str:
    """Give the words for what speaks for or against a place ("context:month,museum" among others)."""
    kind, _, words = reason.partition(":")
    return f"beside: {words.replace(',', ', ')}" if kind == "context" else PLACES.get(reason, reason.replace("_", " "))


def said(code: str | None, words: dict[str, str] | None = None) -> str:
    """Give the words for a code."""
    if not code:
        return ""
    return (words or {}).get(code) or code.replace("_", " ")
