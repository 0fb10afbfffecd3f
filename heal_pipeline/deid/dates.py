"""Dates as people write them: what they say, and the same form with other values. No policy."""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from heal_pipeline.deid.patterns import MONTH_NAMES, ORDINALS

_MONTHS = {name[:3].lower(): i for i, name in enumerate(MONTH_NAMES, 1)}
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
SPOKEN_YEAR = r"(?:(?:eigh|nine)teen|twenty|two\sthousand)[a-z\s-]{0,40}"
_WEEKDAY = re.compile(
    rf"(?P<weekday>{'|'.join(_WEEKDAYS)}|(?:mon|tues?|wed|thur?s?|fri|sat|sun)\b)\.?\s?,?\s{{0,2}}(?:the\s)?",
    re.IGNORECASE,
)
_WEEKDAY_BEFORE = re.compile(rf"(?<!\w){_WEEKDAY.pattern}$", re.IGNORECASE)
_MAX_WEEKDAY = 18
"""Characters from the beginning of a weekday to its date."""
_NAME = r"(?P<name>[a-z]{3,9})"
_Y = r"(?P<y>\d{4}|\d{2})"
_SPOKEN = rf"(?:,?\s(?:of\s)?(?P<spoken>{SPOKEN_YEAR}))?"
_ORD = r"(?P<ord>(?:(?:twenty|thirty)[\s-])?[a-z]+(?:st|nd|rd|th))"
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|[+-]\d{2}:?\d{2})?)?"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<m>\d{{1,2}})\s?[-/. ]\s?(?P<d>\d{{1,2}})\s?[-/. ]\s?(?P<y>\d{{4}}|\d{{2}}){_TIME}",
        rf"(?P<y>\d{{4}})[-/. ]\s?(?P<m>\d{{1,2}})[-/. ]\s?(?P<d>\d{{1,2}}){_TIME}",
        rf"{_NAME}\.?,?[\s-]{{1,2}}(?:the\s)?(?P<d>\d{{1,2}})(?P<suffix>st|nd|rd|th)?(?:(?:\s?,?\s{{1,2}}(?:of\s)?|,?\s?'|-)(?P<y>\d{{4}}|\d{{2}}))?{_SPOKEN}",
        rf"(?:the\s)?(?P<d>\d{{1,2}})(?P<suffix>st|nd|rd|th)?(?:\s(?:day\s)?of\s|[\s-]){_NAME}\.?(?:[\s,'-]{{1,2}}(?:of\s)?{_Y})?{_SPOKEN}",
        rf"{_NAME},?\s(?:the\s)?{_ORD}(?:,?\s(?:of\s)?{_Y})?{_SPOKEN}",
        rf"(?:the\s)?{_ORD}\s(?:day\s)?of\s{_NAME}(?:,?\s(?:of\s)?{_Y})?{_SPOKEN}",
        rf"{_NAME}\.?,?\s{{1,2}}(?:of\s)?'?{_Y}",
        rf"{_NAME}\.?{_SPOKEN}",
        r"(?P<m>\d{1,2})/(?P<d>\d{1,2})",
        r"(?P<m>\d{1,2})/(?P<y>\d{4})",
        r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<m>\d{2})(?P<d>\d{2})(?P<y>\d{4}|\d{2})",
    )
]
_ORDINAL_NUMBERS = {name: i for i, name in enumerate(ORDINALS, 1)}
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
AHEAD = 1
"""Years after the records' own that a date may lie in which is nobody's birth: appointments of the next year."""
_YEARS = range(1800, 2200)
"""Years that a date in a record may have; others are misread, or could not be shifted."""


@dataclass(frozen=True)
class WrittenDate:
    """What a written date says. `year` has four digits; parts that are not written are None.

    Attributes:
        text: as it was written.
        parts: part of the form ("weekday", "y", "m", "d", "name", "suffix", "ord", "spoken") to its span in `text`.
    """

    text: str
    year: int | None
    month: int
    day: int | None
    parts: dict[str, tuple[int, int]]

    def with_values(self, value: datetime.date) -> str:
        """The same form with another date: digits keep their padding, names their case and abbreviation."""
        text = self.text
        numeric = "m" in self.parts
        padded = numeric and all(end - start == 2 for start, end in (self.parts[p] for p in "md" if p in self.parts))
        for part, (start, end) in sorted(self.parts.items(), key=lambda p: -p[1][0]):
            old = text[start:end]
            if part in ("m", "d"):
                number = value.month if part == "m" else value.day
                new = f"{number:02d}" if padded or (not numeric and old[0] == "0") else str(number)
            else:
                new = _render(part, old, value)
            text = text[:start] + new + text[end:]
        return text

    def resolved(self, anchor: datetime.date) -> datetime.date:
        """The day that is meant: without a year the one nearest to `anchor`, without a day the middle of the month.

        A day that its month does not have ("02/30/2021") is the last one.
        """
        day = self.day or 15
        if self.year is not None:
            return _clamped(self.year, self.month, day)
        near = [y for y in range(anchor.year - 4, anchor.year + 5) if _clamped(y, self.month, day).day == day]
        candidates = [_clamped(y, self.month, day) for y in near or [anchor.year]]
        return min(candidates, key=lambda d: (abs((d - anchor).days), d))


def _clamped(year: int, month: int, day: int) -> datetime.date:
    last = (datetime.date(year + month // 12, month % 12 + 1, 1) - datetime.timedelta(1)).day
    return datetime.date(year, month, min(day, last))


def parse(text: str, newest_year: int) -> WrittenDate | None:
    """Reads a whole text as a date; None where it is none, or none with a month.

    Args:
        text: a folded text, such as "03/14/58", "Monday, March 14th" or "the fourteenth of march".
        newest_year: two-digit years are the latest years up to this one.
    """
    weekday = _WEEKDAY.match(text)
    for start in (weekday.end() if weekday else 0, 0):
        for form in _FORMS:
            match = form.fullmatch(text, start)
            found = _read(match, newest_year) if match else None
            if found is not None and start and weekday:
                found.parts["weekday"] = weekday.span("weekday")
            if found is not None:
                return found
        if not start:
            break
    return None


def with_weekday(text: str, start: int, end: int) -> int:
    """Where a date begins with the weekday that is written before it: one that stayed would give away how far it is moved.

    Args:
        text: a folded text.
        start, end: the half-open span of the date.
    """
    before = _WEEKDAY_BEFORE.search(text, max(0, start - _MAX_WEEKDAY), start)
    if before is None or parse(text[before.start() : end], _YEARS[-1]) is None:
        return start
    return before.start()


def full_year(short: int, newest_year: int) -> int:
    """The latest year up to `newest_year` that ends with two digits."""
    return short + (newest_year - short) // 100 * 100


def anchor_of(values: Iterable[str], newest_year: int) -> datetime.date:
    """The day by which dates without a year are read: the latest full date of a record up to the next year.

    Args:
        values: the dates of a record, folded.
        newest_year: the year of the record; its middle where no date of the record is a full one.
    """
    read = (parse(value.strip(" .,"), newest_year) for value in values)
    days = [d.resolved(datetime.date.min) for d in read if d is not None and d.year is not None and d.day is not None]
    return max((day for day in days if day.year <= newest_year + 1), default=datetime.date(newest_year, 7, 1))


def spoken_year(text: str) -> int | None:
    """1982 for "nineteen eighty-two", 2004 for "two thousand and four", 1905 for "nineteen oh five"; None where it is no year."""
    words = [w for w in re.findall(r"[a-z]+", text.lower()) if w not in ("of", "and", "hundred")]
    if not words:
        return None
    century = {"eighteen": 1800, "nineteen": 1900, "twenty": 2000, "two": 2000}.get(words[0])
    tail = words[2:] if words[:2] == ["two", "thousand"] else words[1:]
    if century is None or len(tail) > 2 or not set(tail) <= {*_UNITS, *_TENS, "oh"}:
        return None
    return century + sum(_UNITS.index(w) if w in _UNITS else 10 * (_TENS.index(w) + 2) for w in tail if w != "oh")


def _read(match: re.Match[str], newest_year: int) -> WrittenDate | None:
    values = {k: v for k, v in match.groupdict().items() if v is not None}
    parts = {k: match.span(k) for k in values}
    if "name" in values:
        month = _MONTHS.get(values["name"][:3].lower(), 0)
        if not MONTH_NAMES[month - 1].lower().startswith(values["name"].lower().removesuffix("t")):
            return None
    else:
        month = int(values["m"])
    day = int(values["d"]) if "d" in values else None
    if "ord" in values:
        day = _ORDINAL_NUMBERS.get("-".join(values["ord"].lower().split()))
        if day is None:
            return None
    if month > 12 and day is not None and day <= 12 and "name" not in values:
        month, day = day, month
        parts["m"], parts["d"] = parts["d"], parts["m"]
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    year = int(values["y"]) if "y" in values else None
    if "spoken" in values:
        year = spoken_year(values["spoken"])
        if year is None:
            return None
    if year is not None and year < 100:
        year = full_year(year, newest_year)
    if year is not None and year not in _YEARS:
        return None
    return WrittenDate(match.string, year, month, day, parts)


def _render(part: str, old: str, value: datetime.date) -> str:
    if part == "y":
        return f"{value.year:04d}" if len(old) == 4 else f"{value.year % 100:02d}"
    if part == "suffix":
        new = {1: "st", 2: "nd", 3: "rd"}.get(0 if value.day in (11, 12, 13) else value.day % 10, "th")
    elif part == "ord":
        new = ORDINALS[value.day - 1]
        new = new if "-" in old else new.replace("-", " ")
    elif part == "spoken":
        new = _in_words(value.year, "-" if "-" in old else " ")
    elif part == "weekday":
        new = _WEEKDAYS[value.weekday()]
        new = new if old.lower().endswith("day") else new[:3]
    else:
        new = MONTH_NAMES[value.month - 1]
        new = new if len(old) > 4 or old.lower() in ("may", "june", "july") else new[:3]
    return new.upper() if old.isupper() and len(old) > 1 else new.lower() if old.islower() else new


def _in_words(year: int, hyphen: str) -> str:
    century, rest = divmod(year, 100)
    unit = _UNITS[rest % 10]
    small = _UNITS[rest] if rest < 20 else _TENS[rest // 10 - 2] + (hyphen + unit if rest % 10 else "")
    if century == 20 and rest < 10:
        return f"two thousand {small}" if rest else "two thousand"
    lead = "twenty" if century == 20 else _UNITS[century]
    return f"{lead} hundred" if not rest else f"{lead} oh {unit}" if rest < 10 else f"{lead} {small}"
