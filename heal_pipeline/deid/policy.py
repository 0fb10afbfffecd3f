"""The policies: what is done with each kind of identifier, and the rules of Safe Harbor on dates, ages and places.

`safe_harbor` follows 45 CFR 164.514(b)(2): years alone, ages of 90 and more as one class, three digits of a ZIP code.
`limited_data_set` follows 164.514(e): dates are shifted by the person's own number of days and ages stay. How a
surrogate looks is surrogates.py's.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from heal_pipeline.deid import dates
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.surrogates import Surrogates

PolicyName = Literal["safe_harbor", "limited_data_set"]

OLDEST_AGE = 90
"""From this age on people are one class, and a year that tells such an age is told no more exactly."""
UNREADABLE_DATE = "[DATE]"

Action = Literal["surrogate", "year", "shift", "top_code", "keep"]

ACTIONS: dict[PolicyName, dict[str, Action]] = {
    "safe_harbor": {"DATE_TIME": "year", "AGE": "top_code"},
    "limited_data_set": {"DATE_TIME": "shift", "AGE": "keep"},
}
"""What is done with a type; every type that is not named gets a surrogate."""


@dataclass(frozen=True)
class Policy:
    """A policy for the records of a day.

    Attributes:
        name: which rules hold.
        year: the year of the records: two-digit years and ages are read against it.
    """

    name: PolicyName
    year: int

    def replacement(self, type_: str, value: str, surrogates: Surrogates) -> str:
        """What stands in the place of a folded value of a type."""
        if surrogates.keeps(value):
            return value
        action = ACTIONS[self.name].get(type_, "surrogate")
        made = surrogates.value(type_, value) if action == "surrogate" else _RULES[action](value, surrogates, self.year)
        surrogates.note(made)
        return made

    def apply(self, text: str, spans: list[Span], surrogates: Surrogates) -> str:
        """The text with each span replaced. Spans are half-open offsets of `text`, in order, without overlaps."""
        pieces: list[str] = []
        position = 0
        for start, end, type_, _ in spans:
            value = fold(text[start:end]).text
            pieces += [text[position:start], self.replacement(type_, value, surrogates) if value else ""]
            position = end
        return "".join([*pieces, text[position:]])


def _year_alone(value: str, surrogates: Surrogates, year: int) -> str:
    """The year of a date; a date without a year becomes a fabricated one, and one that nobody can read a mark."""
    written = dates.parse(value.strip(" .,"), year)
    if written is not None and written.year is None:
        return surrogates.date(written)
    if written is not None and written.year is not None:
        return _told_year(written.year, year)
    years = re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", value)
    return _told_year(int(years[0]), year) if len(years) == 1 else UNREADABLE_DATE


def _told_year(value: int, year: int) -> str:
    oldest = year - OLDEST_AGE
    return f"{oldest} or earlier" if value <= oldest else str(value)


def _shifted(value: str, surrogates: Surrogates, year: int) -> str:
    """The date moved by the person's own days, in its own form. A date without a year is moved within a leap year."""
    written = dates.parse(value.strip(" .,"), year)
    if written is None:
        return UNREADABLE_DATE
    base_year = written.year or 2000
    last_day = (datetime.date(base_year + written.month // 12, written.month % 12 + 1, 1) - datetime.timedelta(1)).day
    base = datetime.date(base_year, written.month, min(written.day or 15, last_day))
    return written.with_values(base + datetime.timedelta(surrogates.shift_days()))


def _top_coded(value: str, surrogates: Surrogates, year: int) -> str:
    """ "91" and "ninety-one" become "90+", "92F" becomes "90+F"."""
    return re.sub(r"\d+", f"{OLDEST_AGE}+", value, count=1) if re.search(r"\d", value) else f"{OLDEST_AGE}+"


def _kept(value: str, surrogates: Surrogates, year: int) -> str:
    return value


_RULES: dict[str, Callable[[str, Surrogates, int], str]] = {
    "year": _year_alone,
    "shift": _shifted,
    "top_code": _top_coded,
    "keep": _kept,
}
