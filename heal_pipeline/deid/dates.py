"""Dates as people write them: what they say, and the same form with other values. No policy."""

import datetime
import re
from dataclasses import dataclass

from heal_pipeline.deid.patterns import MONTH_NAMES, ORDINALS

_MONTHS = {name[:3].lower(): i for i, name in enumerate(MONTH_NAMES, 1)}
_NAME = r"(?P<name>[a-z]{3,9})"
_Y = r"(?P<y>\d{4}|\d{2})"
_REST = r"(?P<rest>,?\s(?:of\s)?(?:nineteen|twenty|two\sthousand)[a-z\s-]*)?"
_ORD = r"(?P<ord>[a-z]+(?:[\s-][a-z]+)?)"
_FORMS = [
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?P<m>\d{1,2})\s?[-/. ]\s?(?P<d>\d{1,2})\s?[-/. ]\s?(?P<y>\d{4}|\d{2})",
        r"(?P<y>\d{4})[-/. ]\s?(?P<m>\d{1,2})[-/. ]\s?(?P<d>\d{1,2})(?:[T ][\d:]+Z?)?",
        rf"{_NAME}\.?,?[\s-]{{1,2}}(?:the\s)?(?P<d>\d{{1,2}})(?P<suffix>st|nd|rd|th)?(?:(?:,?\s{{1,2}}(?:of\s)?|,?\s?'|-)(?P<y>\d{{4}}|\d{{2}}))?{_REST}",
        rf"(?:the\s)?(?P<d>\d{{1,2}})(?P<suffix>st|nd|rd|th)?(?:\s(?:day\s)?of\s|[\s-]){_NAME}\.?(?:[\s,'-]{{1,2}}(?:of\s)?{_Y})?{_REST}",
        rf"{_NAME},?\s(?:the\s)?{_ORD}(?:,?\s(?:of\s)?{_Y})?{_REST}",
        rf"(?:the\s)?{_ORD}\s(?:day\s)?of\s{_NAME}(?:,?\s(?:of\s)?{_Y})?{_REST}",
        rf"{_NAME}\.?,?\s{{1,2}}(?:of\s)?'?{_Y}",
        rf"{_NAME}\.?",
        r"(?P<m>\d{1,2})/(?P<d>\d{1,2})",
        r"(?P<m>\d{1,2})/(?P<y>\d{4})",
        r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<m>\d{2})(?P<d>\d{2})(?P<y>\d{4}|\d{2})",
    )
]
_ORDINAL_NUMBERS = {name: i for i, name in enumerate(ORDINALS, 1)}


@dataclass(frozen=True)
class WrittenDate:
    """What a written date says. `year` has four digits; parts that are not written are None.

    Attributes:
        text: as it was written.
        parts: part of the form ("y", "m", "d", "name", "suffix", "ord") to its span in `text`.
    """

    text: str
    year: int | None
    month: int
    day: int | None
    parts: dict[str, tuple[int, int]]

    def with_values(self, value: datetime.date) -> str:
        """The same form with another date: digits keep their padding, names their case and abbreviation."""
        text = self.text
        for part, (start, end) in sorted(self.parts.items(), key=lambda p: -p[1][0]):
            text = text[:start] + _render(part, text[start:end], value) + text[end:]
        return text


def parse(text: str, newest_year: int) -> WrittenDate | None:
    """Reads a whole text as a date; None where it is none, or none with a month.

    Args:
        text: a folded text, such as "03/14/58", "March 14th" or "the fourteenth of march".
        newest_year: two-digit years are the latest years up to this one.
    """
    for form in _FORMS:
        match = form.fullmatch(text)
        found = _read(match, newest_year) if match else None
        if found is not None:
            return found
    return None


def _read(match: re.Match[str], newest_year: int) -> WrittenDate | None:
    values = {k: v for k, v in match.groupdict().items() if v is not None}
    parts = {k: match.span(k) for k in values if k != "rest"}
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
    if month > 12 and day is not None and day <= 12:
        month, day = day, month
        parts["m"], parts["d"] = parts["d"], parts["m"]
    if not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    year = int(values["y"]) if "y" in values else _spoken_year(values.get("rest", ""))
    if year is not None and year < 100:
        year += (newest_year - year) // 100 * 100
    return WrittenDate(match.string, year, month, day, parts)


def _spoken_year(rest: str) -> int | None:
    words = re.findall(r"[a-z]+", rest.lower())
    words = [w for w in words if w not in ("of", "and")]
    small = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen".split()
    tens = "twenty thirty forty fifty sixty seventy eighty ninety".split()
    if not words:
        return None
    century = {"nineteen": 1900, "twenty": 2000}.get(words[0], 2000)
    tail = words[2:] if words[:2] == ["two", "thousand"] else words[1:]
    return century + sum(small.index(w) if w in small else 10 * (tens.index(w) + 2) if w in tens else 0 for w in tail)


def _render(part: str, old: str, value: datetime.date) -> str:
    if part == "y":
        return f"{value.year:04d}" if len(old) == 4 else f"{value.year % 100:02d}"
    if part in ("m", "d"):
        number = value.month if part == "m" else value.day
        return f"{number:02d}" if (len(old) == 2 and old[0] == "0") or number >= 10 else str(number)
    if part == "suffix":
        new = {1: "st", 2: "nd", 3: "rd"}.get(0 if value.day in (11, 12, 13) else value.day % 10, "th")
    elif part == "ord":
        new = ORDINALS[value.day - 1]
        new = new if "-" in old else new.replace("-", " ")
    else:
        new = MONTH_NAMES[value.month - 1]
        new = new if len(old) > 4 or old.lower() in ("may", "june", "july") else new[:3]
    return new.upper() if old.isupper() and len(old) > 1 else new.lower() if old.islower() else new
