"""Sentences of clinical and general text, as character offsets that cover the whole text."""

import re

_ABBREVIATIONS = (
    "dr mr mrs ms prof st vs etc e.g i.e fig al approx no dept inc jr sr pt pts hx dx tx rx sx fx b.i.d t.i.d q.i.d q.d "
    "p.o p.r.n i.v i.m mg ml a.m p.m u.s ph.d m.d r.n sec min hr hrs wk wks mo yr yrs temp resp"
).split()
_NOT_AN_END = re.compile(
    r"(?:\b(?:" + "|".join(re.escape(a) for a in _ABBREVIATIONS) + r")|\b[A-Za-z]|\b\d+)\.$", re.IGNORECASE
)
_CANDIDATE = re.compile(r"[.!?]+[\"')\]]*\s+|\n+")


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Half-open character spans of the sentences: in order, without gaps, covering the whole text.

    A line end ends a sentence (headings, bullet lists, speaker turns); a full stop does so unless it closes an
    abbreviation, an initial or a list number. Blanks belong to the sentence before them.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _CANDIDATE.finditer(text):
        end = match.end()
        if "\n" not in match.group():
            stop = text[start : match.start() + 1]
            if match.group().startswith(". ") and _NOT_AN_END.search(stop[-12:]):
                continue
        if end > start:
            spans.append((start, end))
            start = end
    if start < len(text):
        spans.append((start, len(text)))
    return spans
