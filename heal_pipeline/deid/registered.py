"""What is registered of a person, as something to be found in texts: names, numbers, addresses, the birth date.

A word that is also a common one ("Long", "Grace") is found where it is capitalised; one like "will" only inside a full
name or by the tagger.
"""

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from heal_pipeline.deid import dates
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.patterns import Span

WORD = re.compile(r"[^\W\d_]+")
"""The words that names are made of: what is registered, found and left is compared by them."""
_NAME_GAP = re.compile(r"[\s,.-]{1,3}")
_PART = re.compile(r"[^\W_]+")
_TYPES = (
    ("name", "PERSON"), ("mrn", "MEDICAL_RECORD_NUMBER"), ("record", "MEDICAL_RECORD_NUMBER"), ("phone", "PHONE_NUMBER"), ("fax", "PHONE_NUMBER"),
    ("email", "EMAIL_ADDRESS"), ("address", "LOCATION"), ("street", "LOCATION"), ("city", "LOCATION"), ("zip", "LOCATION"),
    ("birth", "DATE_TIME"), ("date", "DATE_TIME"), ("dob", "DATE_TIME"), ("ssn", "US_SSN"), ("url", "URL"),
)  # fmt: skip
_HARMLESS = {
    "sex",
    "gender",
    "age",
    "race",
    "ethnicity",
    "language",
    "marital_status",
    "country",
    "state",
    "birth_year",
}
"""Fields that may be registered and identify nobody by themselves."""
ANY_YEAR = 2100

Rows = list[tuple[str, str]]
"""(field, value) of a person."""


def type_of(field: str) -> str | None:
    """Presidio's name for what a registration field holds; None where it identifies nobody."""
    if field in _HARMLESS:
        return None
    return next((type_ for part, type_ in _TYPES if part in field), "ID")


@dataclass(frozen=True)
class NameWords:
    """The words of registered names by how they are looked for. Lower-case, but `capitalised`, which is as found in texts."""

    anywhere: frozenset[str]
    capitalised: frozenset[str]


def name_words(rows: Iterable[tuple[str, str]], lexicon: Lexicon) -> NameWords:
    """Splits the words of the names of `rows` into those found in any case and those found capitalised alone."""
    anywhere: set[str] = set()
    capitalised: set[str] = set()
    for field, value in rows:
        if type_of(field) != "PERSON":
            continue
        for word in WORD.findall(fold(value).text):
            lower = word.lower()
            if len(lower) < 2 or lexicon.very_common(lower) or lower in TITLES:
                continue
            if len(lower) == 2 or lower in lexicon.common:
                capitalised |= {lower.title()} if len(lower) == 2 else {lower.title(), lower.upper()}
            else:
                anywhere.add(lower)
    return NameWords(frozenset(anywhere), frozenset(capitalised))


def squeeze(value: str) -> str:
    """The letters and digits of a value, lower-case: what its ways of writing share."""
    return re.sub(r"[\W_]", "", value.lower())


def taken(rows: Iterable[tuple[str, str]], lexicon: Lexicon) -> frozenset[str]:
    """What no surrogate may be: the lower-case words of registered names, and registered numbers and contacts squeezed.

    A telephone number is there with its last ten digits and its last seven.
    """
    rows = list(rows)
    words = name_words(rows, lexicon)
    found = words.anywhere | {word.lower() for word in words.capitalised}
    for field, value in rows:
        type_ = type_of(field)
        if type_ in (None, "PERSON", "LOCATION", "DATE_TIME"):
            continue
        squeezed = squeeze(fold(value).text)
        found |= {squeezed}
        if type_ == "PHONE_NUMBER":
            found |= {squeezed[-10:], squeezed[-7:]}
    return found


TITLES = frozenset("dr mr mrs ms miss prof md do rn np pa phd jr sr ii iii iv esq doctor".split())


class Registered:
    """Finds a person's registered values in folded texts.

    Args:
        rows: (field, value) of the person.
        lexicon: says which name words are common ones.
    """

    def __init__(self, rows: Rows, lexicon: Lexicon):
        self.names = name_words(rows, lexicon)
        by_type: dict[str, list[str]] = {}
        for field, value in rows:
            type_ = type_of(field)
            if type_ is not None:
                by_type.setdefault(type_, []).extend(_renderings(type_, fold(value).text))
        by_type.setdefault("PERSON", []).extend(re.escape(w) for w in self.names.anywhere)
        self._patterns = [
            (type_, re.compile(rf"(?<![^\W_])(?:{_alternatives(values)})(?![^\W_])", re.IGNORECASE))
            for type_, values in by_type.items()
            if values
        ]
        if self.names.capitalised:
            words = _alternatives([re.escape(w) for w in self.names.capitalised])
            self._patterns.append(("PERSON", re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])")))

    def find(self, text: str) -> list[Span]:
        """Spans of the registered values in a folded text, score 1."""
        return [(*m.span(), type_, 1.0) for type_, pattern in self._patterns for m in pattern.finditer(text)]


def _alternatives(expressions: list[str]) -> str:
    return "|".join(sorted(set(expressions), key=lambda e: (-len(e), e)))


def _renderings(type_: str, value: str) -> list[str]:
    """Expressions for the ways in which a value may be written: other separators, other order, other date forms."""
    parts = _PART.findall(value)
    if len("".join(parts)) < 3:
        return []
    if type_ == "DATE_TIME":
        return _date_renderings(value)
    found = [r"[\W_]{0,4}".join(map(re.escape, parts))]
    if type_ == "PERSON":
        compound = [_PART.findall(piece) for piece in value.split()]
        found += [r"[\W_]{0,2}".join(map(re.escape, piece)) for piece in compound if len(piece) > 1]
        if len(parts) < 2:
            return []
        found.append(r"[\W_]{1,3}".join(map(re.escape, [parts[-1], *parts[:-1]])))
        if len(parts) > 2:
            found.append(rf"{re.escape(parts[0])}[\W_]{{1,3}}{re.escape(parts[-1])}")
    elif type_ == "LOCATION":
        line = _PART.findall(re.split(r"[,\n]", value)[0])
        if len(line) > 1:
            found.append(r"[\W_]{1,4}".join(map(re.escape, line)))
    elif (number := re.sub(r"\D", "", value)) and len(number) >= 6 and not re.search("[A-Za-z]", value):
        found.append(r"[\W_]{0,3}".join(number))
        if type_ == "PHONE_NUMBER" and len(number) >= 10:
            found.append(r"[\W_]{0,3}".join(number[-10:]))
            found.append(r"[\W_]{0,3}".join(number[-7:]))
    return found


def _date_renderings(value: str) -> list[str]:
    date = dates.parse(value, ANY_YEAR)
    if date is None or date.year is None or date.day is None:
        return [re.escape(value)] if re.search(r"\d\D+\d", value) else []
    year, month, day = rf"(?:\d\d)?{date.year % 100:02d}", f"0?{date.month}", f"0?{date.day}"
    return [
        rf"{month}\W{{1,3}}{day}\W{{1,3}}{year}",
        rf"{day}\W{{1,3}}{month}\W{{1,3}}{year}",
        rf"{date.year}\W{{0,3}}{date.month:02d}\W{{0,3}}{date.day:02d}",
        rf"{date.month:02d}{date.day:02d}{year}",
    ]


class Directory:
    """The full names of everybody registered on a day: a note may name a person whom only another source registers.

    Args:
        rows: (field, value) of all people.
    """

    def __init__(self, rows: Iterable[tuple[str, str]]):
        self._names: set[tuple[str, ...]] = set()
        for field, value in rows:
            if type_of(field) == "PERSON":
                words = [w for w in WORD.findall(fold(value).text.lower()) if w not in TITLES]
                if len(words) >= 2:
                    self._names |= {tuple(words), (words[0], words[-1]), (words[-1], words[0])}
        self._firsts = frozenset(name[0] for name in self._names)
        self._lengths = sorted({len(name) for name in self._names}, reverse=True)

    def find(self, text: str) -> list[Span]:
        """Spans of registered full names in a folded text: words in a row with blanks, commas or dots between."""
        if not self._names:
            return []
        spans: list[Span] = []
        words = [(m.start(), m.end(), m.group().lower()) for m in WORD.finditer(text)]
        for i, (start, _, word) in enumerate(words):
            if word not in self._firsts:
                continue
            for length in self._lengths:
                run = words[i : i + length]
                if tuple(w for _, _, w in run) in self._names and all(
                    _NAME_GAP.fullmatch(text, a[1], b[0]) for a, b in itertools.pairwise(run)
                ):
                    spans.append((start, run[-1][1], "PERSON", 1.0))
                    break
        return spans
