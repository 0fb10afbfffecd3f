"""Whether the dates of cleaned records still tell what their policy promises: an independent check.

It reads dates by another way than `dates` does, sign by sign instead of by forms, and knows nothing of the shift: a limited
data set must move all dates of a person by one number of days, Safe Harbor must let every year stand.
"""

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from heal_pipeline.deid import ages
from heal_pipeline.deid.patterns import MONTH_NAMES, ORDINALS

_TIME = re.compile(r"(?<=\d)[t ]\s?\d{1,2}:\d{2}.*", re.DOTALL)
_SIGN = re.compile(r"\d+|[a-z]+|'")
_UNITS = {
    word: i
    for i, word in enumerate(
        "oh one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen".split()
    )
}
_TENS = {word: 20 + 10 * i for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())}
_DAYS = re.compile("|".join(sorted((o.replace("-", "[ -]") for o in ORDINALS), key=len, reverse=True)))
_MARK = re.compile(r"\[[A-Z]+\]")
_NEAR = 366
"""No shift is longer, in days."""

Shifts = tuple[tuple[int, int], ...]
"""By how many days a date may have been moved, as ranges: one day for a full date, more where a part is not written."""


@dataclass(frozen=True)
class Reading:
    """What a date says; None for what it does not. A year of two digits is below 100."""

    year: int | None
    month: int | None
    day: int | None

    def first_and_last(self, year: int) -> tuple[int, int] | None:
        """The first and the last day that may be meant in a year, as ordinals; None where the year has no such day.

        A day that its month never has is its last.
        """
        month, day = self.month or 1, self.day or 1
        end_month = self.month or 12
        first_after = datetime.date(year + end_month // 12, end_month % 12 + 1, 1).toordinal()
        begin = datetime.date(year, month, 1).toordinal()
        if self.day is None:
            return begin, first_after - 1
        if self.year is None and begin + day > first_after:
            return None
        return (min(begin + day, first_after) - 1,) * 2


def read(value: str) -> Reading | None:
    """Reads a date; None where it says neither month nor year, or is ambiguous.

    Args:
        value: a folded text.
    """
    text = _TIME.sub("", value.lower())
    signs = _SIGN.findall(text)
    months = [m for sign in signs if (m := _month(sign))]
    numbers = [sign for sign in signs if sign.isdigit()]
    if len(months) > 1 or len(numbers) > 3:
        return None
    if not months:
        return _of_numbers(numbers, text)
    quoted = [s for before, s in pairwise(signs) if before == "'" and s.isdigit() and len(s) == 2]
    years = [n for n in numbers if len(n) == 4]
    short = [n for n in numbers if len(n) <= 2]
    if len(years) > 1 or len(quoted) > 1 or len(years) + len(short) != len(numbers):
        return None
    said = _DAYS.search(text)
    day = ORDINALS.index(said.group().replace(" ", "-")) + 1 if said else None
    unquoted = len(short) - len(quoted)
    if unquoted and day is None and (int(short[0]) <= 31 or unquoted > 1):
        day = int(short.pop(0))
    if years and short:
        return None
    year = int(years[0]) if years else int(short[0]) if short else _year_in_words(_DAYS.sub(" ", text, count=1))
    return _checked(year, months[0], day)


def _month(sign: str) -> int:
    if len(sign) < 3:
        return 0
    return next(
        (i for i, name in enumerate(MONTH_NAMES, 1) if name.lower().startswith(sign) or sign == name[:4].lower()), 0
    )


def _of_numbers(numbers: list[str], text: str) -> Reading | None:
    if len(numbers) == 3:
        parts = [*numbers[1:], numbers[0]] if len(numbers[0]) == 4 else numbers
    elif len(numbers) == 2:
        parts = [numbers[0], "", numbers[1]] if len(numbers[1]) == 4 else [*numbers, ""]
    elif len(numbers) == 1 and len(numbers[0]) in (6, 8):
        whole = numbers[0]
        leads = len(whole) == 8 and whole[:2] in ("19", "20") and 1 <= int(whole[4:6]) <= 12
        parts = [whole[4:6], whole[6:], whole[:4]] if leads else [whole[:2], whole[2:4], whole[4:]]
    elif len(numbers) == 1 and (len(numbers[0]) == 4 or re.fullmatch(r"\s*'\d\d", text)):
        return Reading(int(numbers[0]), None, None)
    else:
        year = None if numbers else _year_in_words(text)
        return None if year is None else Reading(year, None, None)
    month, day = int(parts[0]), int(parts[1]) if parts[1] else None
    if day is not None and month > 12 >= day:
        month, day = day, month
    return _checked(int(parts[2]) if parts[2] else None, month, day)


def _checked(year: int | None, month: int, day: int | None) -> Reading | None:
    sound = 1 <= month <= 12 and (day is None or 1 <= day <= 31) and (year is None or year < 100 or 1800 <= year < 2200)
    return Reading(year, month, day) if sound else None


def _year_in_words(text: str) -> int | None:
    words = [w for w in re.findall("[a-z]+", text) if w in _UNITS or w in _TENS or w == "thousand"]
    if words[:2] == ["two", "thousand"]:
        century, rest = 2000, words[2:]
    elif words and words[0] in ("eighteen", "nineteen", "twenty"):
        century, rest = 100 * (_UNITS.get(words[0]) or _TENS[words[0]]), words[1:]
    else:
        return None
    return century + sum(_UNITS.get(w, _TENS.get(w, 0)) for w in rest)


class Intervals:
    """Counts what was broken in the records of a person.

    Args:
        policy: safe_harbor or limited_data_set.
        year: of the records: an original's two-digit year is the latest one up to it.
    """

    def __init__(self, policy: str, year: int):
        self._policy, self._year = policy, year
        self._seen: Counter[Shifts] = Counter()

    def add(self, pairs: Sequence[tuple[str, str]]) -> int:
        """Looks at a record.

        Args:
            pairs: each of its dates, folded, and what stands in its place in the output. Marks are passed over: what is told
                no more is not told wrongly.

        Returns:
            limited_data_set: the pairs of dates, within the record and with those of the records before it, that are no
            longer as far apart. safe_harbor: the dates of which the year is another.
        """
        read_pairs = [(r, made) for value, made in pairs if not _MARK.search(made) and (r := read(value)) is not None]
        if self._policy == "safe_harbor":
            return sum(self._altered(given, made) for given, made in read_pairs)
        anchor = self._anchor(r for r, _ in read_pairs)
        broken = 0
        for given, made in read_pairs:
            shifts = self._shifts(given, read(made), anchor)
            if given.month is not None or shifts:  # a lone year says too little to be held to a day
                broken += sum(n for other, n in self._seen.items() if not _agree(shifts, other))
                self._seen[shifts] += 1
        return broken

    def _full_year(self, given: Reading) -> int | None:
        if given.year is None or given.year >= 100:
            return given.year
        return given.year + (self._year - given.year) // 100 * 100

    def _altered(self, given: Reading, made: str) -> bool:
        year = self._full_year(given)
        if year is None:
            return False
        may_be = {year, year + 100} if (given.year or 0) < 100 and year + 100 == self._year + 1 else {year}
        return made not in {ages.told_year(y, self._year) for y in may_be}  # a birth's year, or an appointment's

    def _anchor(self, given: Iterable[Reading]) -> int:
        """The latest full date of a record, by which dates without a year are read."""
        full = [(r, y) for r in given if r.day and (y := self._full_year(r)) is not None and y <= self._year + 1]
        days = [d[0] for r, y in full if (d := r.first_and_last(y)) is not None]
        return max(days, default=datetime.date(self._year, 7, 1).toordinal())

    def _shifts(self, given: Reading, made: Reading | None, anchor: int) -> Shifts:
        """By how many days a date was moved; () where the output cannot be read, or is a date without what was written."""
        if made is None or (given.day is None) != (made.day is None) or (given.year is None) != (made.year is None):
            return ()
        year = self._full_year(given)
        if year is None:
            about = datetime.date.fromordinal(anchor).year
            near = [d for y in range(about - 4, about + 5) if (d := given.first_and_last(y)) is not None]
            if not near:
                near = [d for d in [replace(given, year=about).first_and_last(about)] if d]
            first, last = min(near, key=lambda d: (abs((d[0] + d[1]) // 2 - anchor), d))
            year = datetime.date.fromordinal(first).year
        else:
            first, last = given.first_and_last(year) or (0, 0)
        years = [
            y
            for y in range(year - 2, year + 3)
            if made.year is None or y % (100 if made.year < 100 else 10_000) == made.year
        ]
        moved = [d for y in years if (d := made.first_and_last(y)) is not None]
        ranges = ((begin - last, end - first) for begin, end in moved)
        return tuple(sorted(r for r in ranges if r[0] <= _NEAR and r[1] >= -_NEAR))


def _agree(one: Shifts, other: Shifts) -> bool:
    """Whether two dates may have been moved by the same number of days."""
    return any(a <= d and c <= b for a, b in one for c, d in other)
