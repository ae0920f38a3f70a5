"""A notice is found whatever mark-up carries it and wherever it stands, and it is no story text."""

import pytest

from copydesk.articles.extract import extract

SAID = ("An earlier version of this article incorrectly said that the ferry could carry 400 passengers. "
        "It can carry 300.")  # fmt: skip
STORY = [
    "The harbour board met on Monday evening to discuss the new ferry, which is to sail from the old pier in the spring.",
    "The ship was built at a yard upriver and is to cross the bay eleven times a day, the board's chair told the meeting.",
    "Two of the members asked for a study of the noise, and the board agreed to pay for one before the summer begins.",
    "A model of the ship will be shown in the hall of the library until the end of the month, the board's office said.",
]
MARK_UPS = {
    "paragraph": "<p>Correction: {}</p>",
    "bold heading": "<p><strong>Correction:</strong> {}</p>",
    "italic": "<p><em>Correction: {}</em></p>",
    "class": '<div class="correction"><p>Correction: {}</p></div>',
    "aside": "<aside><p>Correction: {}</p></aside>",
    "footer": "<footer><p>Correction: {}</p></footer>",
    "section with heading": "<section><h2>Correction</h2><p>{}</p></section>",
    "small": "<small>Correction: {}</small>",
    "list": "<ul><li>Correction: {}</li></ul>",
    "definition list": "<dl><dt>Correction</dt><dd>Correction: {}</dd></dl>",
    "quotation block": "<blockquote><p>Correction: {}</p></blockquote>",
    "custom element": "<article-correction><p>Correction: {}</p></article-correction>",
    "span": '<div><span class="note">Correction: {}</span></div>',
    "editor's note": "<p>Editor’s note: {}</p>",
    "amplifications": "<h4>Corrections &amp; Amplifications</h4><p>{}</p>",
    "brackets": "<p>[Correction: {}]</p>",
    "line break": "<p>Correction:<br>{}</p>",
    "no heading": "<p>{}</p>",
    "table": "<table><tr><td>Correction: {}</td></tr></table>",
}
PLACES = {
    "before": (0, "outside"),
    "top": (0, "inside"),
    "amid": (2, "inside"),
    "end": (4, "inside"),
    "after": (4, "outside"),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("mark_up", MARK_UPS)
def test_a_notice_is_found_and_taken_out(mark_up, place):
    at, where = PLACES[place]
    notice = MARK_UPS[mark_up].format(SAID)
    told = [f"<p>{p}</p>" for p in STORY]
    inside = "".join([*told[:at], notice, *told[at:]]) if where == "inside" else "".join(told)
    before, after = (notice, "") if place == "before" else ("", notice) if place == "after" else ("", "")
    page = (f"<html lang=en><head><title>A ferry for the bay</title></head><body><header>Courier</header>{before}"
            f"<article><h1>A ferry for the bay</h1>{inside}</article>{after}</body></html>")  # fmt: skip
    document = extract(page.encode(), url="http://courier.example/ferry")
    assert [(n.wrong, n.right) for n in document.notices] == [("400", "300")]
    assert "400 passengers" not in document.text
    assert all(p in document.text for p in STORY)
