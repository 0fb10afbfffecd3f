"""From what was found in a text to one list of spans: edges of tokens, overlaps, and what a surer cue left of a span.

Who finds something, and what is searched for elsewhere in the record, is detectors.py's.
"""

import re
from collections.abc import Iterator

from heal_pipeline.deid import dates, harmless, marks, patterns
from heal_pipeline.deid.fold import Folded
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.registered import ANY_YEAR, WORD

REGISTERED, PATTERN, MODEL = 0, 1, 2
"""The rank of a cue: where spans overlap, the lower rank keeps its extent and type."""
Ranked = tuple[int, Span]
_NUMBERS = (*patterns.NUMBER_TYPES, "PHONE_NUMBER", "US_SSN", "IP_ADDRESS")
_YEAR = re.compile(r"(?:19|20)\d\d")
_IN_LAW = re.compile(r"(?:(?<=-in)-|(?<=-in-))law\b", re.IGNORECASE)
_LABEL = re.compile(r"\s?(?:#|:|no\b|number\b)", re.IGNORECASE)
"""What follows the label of a number ("Job #: 4821")."""
_ELIDED = re.compile(r"(?<![^\W_])[OoDdLl]'$")


def to_edges(folded: Folded, span: Span) -> Span:
    """The span without blanks at its ends, drawn out to the edges of the tokens and the original characters it cuts."""
    text, (start, end, type_, score) = folded.text, span
    if type_ == "PERSON":
        start = in_law.end() if (in_law := _IN_LAW.match(text, start)) else start
        start -= 2 if _ELIDED.search(text[max(0, start - 3) : start]) else 0  # "O'" belongs to the name
        end = harmless.before_credential(text, start, end)
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if type_ == "DATE_TIME":
        start = dates.with_weekday(text, start, end)
    before = None
    while start < end and before != (start, end):
        before = (start, end)
        start, end = folded.whole(start, end)
        while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
            start -= 1
        while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
            end += 1
    return start, end, type_, score


def resolve(folded: Folded, ranked: list[Ranked], lexicon: Lexicon) -> list[Span]:
    """Spans of the original: overlaps resolved by rank, length, score; nothing inside marks and blanks; neighbours of a type joined."""
    text = folded.text
    taken = bytearray(len(text))
    for mark in (*marks.NORMAL.finditer(text), *marks.BLANK.finditer(text)):
        taken[mark.start() : mark.end()] = b"\1" * len(mark.group())
    kept: list[Span] = []
    rests: set[Span] = set()
    for _, (start, end, type_, score) in sorted(ranked, key=lambda r: (r[0], r[1][0] - r[1][1], -r[1][3], r[1])):
        for first, last in list(_free(start, end, taken)):
            s, e = _trimmed(text, first, last)
            is_rest = (first, last) != (start, end)
            kind = _type_of_rest(text[s:e], type_) if is_rest else type_
            nothing = is_rest and kind != "DATE_TIME" and _says_nothing(text, s, e, type_, lexicon)
            if any(c.isalnum() for c in text[s:e]) and not nothing:
                kept.append((s, e, kind, score))
                taken[s:e] = b"\1" * (e - s)
                rests |= {kept[-1]} if is_rest else set()
    joined: list[Span] = []
    for span in sorted(kept):
        if joined and _belong_together(text, joined[-1], span):
            before = joined.pop()
            span = (before[0], span[1], span[2], min(before[3], span[3]))
        joined.append(span)
    return [
        (*folded.original(s, e), type_, round(score, 4))
        for s, e, type_, score in joined
        if (s, e, type_, score) not in rests or not _says_nothing(text, s, e, type_, lexicon)
    ]


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The range without signs at its ends that are no part of an identifier."""
    while start < end and not text[start].isalnum() and text[start] not in "(+@#":
        start += 1
    while end > start and not text[end - 1].isalnum() and text[end - 1] != ")":
        end -= 1
    return start, end


def _type_of_rest(value: str, type_: str) -> str:
    """The type of what is left of a span of which a surer cue took a part: without a digit, it is no number any more."""
    return "PERSON" if type_ in _NUMBERS and not _has_number(value) else type_


def _says_nothing(text: str, start: int, end: int, type_: str, lexicon: Lexicon) -> bool:
    """Whether what is left of a span is no identifier by itself: "MD" of a name, "seen" of a date, a year behind a number.

    Common words are a part of places, and letters of names ("Oak Street Clinic", "Ann B.").
    """
    value = text[start:end]
    if type_ in ("LOCATION", "ORGANIZATION"):
        return harmless.is_credential(value)
    if type_ in _NUMBERS and _LABEL.match(text, end):
        return True
    if _has_number(value):
        return _YEAR.fullmatch(value) is not None
    words = [w for w in WORD.findall(value.lower()) if len(w) > 1]
    common = bool(words) and all(lexicon.very_common(w) or lexicon.nameless(w) for w in words)
    return common or harmless.by_form(text, start, end)


def _has_number(value: str) -> bool:
    return any(c.isdigit() for c in value) or not set(patterns.DIGIT_WORDS).isdisjoint(value.lower().split())


def _belong_together(text: str, one: Span, other: Span) -> bool:
    """Whether two spans that follow each other are one identifier. Dates are, where they are read as one ("Sunday" and "3/14/2019")."""
    gap = text[one[1] : other[0]]
    if one[2] != other[2] or gap not in ("", " ", ", "):
        return False
    if one[2] == "DATE_TIME":
        return dates.parse(text[one[0] : other[1]], ANY_YEAR) is not None
    return gap != ", "


def _free(start: int, end: int, taken: bytearray) -> Iterator[tuple[int, int]]:
    """The runs of a range that are not taken."""
    while (first := taken.find(0, start, end)) >= 0:
        last = taken.find(1, first, end)
        start = end if last < 0 else last
        yield first, start
