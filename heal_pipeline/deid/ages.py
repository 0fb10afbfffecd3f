"""Ages of ninety and more, and what tells of them: numbers, words, years of birth (45 CFR 164.514(b)(2)(i)(C)).

Ages in a plain form are found by detectors. Here is what depends on the policy and the year of the records: how an age is
read and written as its class, and the phrases that tell such an age without being one.
"""

import re

from heal_pipeline.deid import dates
from heal_pipeline.deid.patterns import Span

OLDEST = 90
"""From this age on people are one class, and a year that tells such an age is told no more exactly."""
UNREADABLE = "[REDACTED]"

_MONTHS = re.compile(r"(?P<number>1[0-4]\d\d)(?P<gap>[\s-])(?:months?|mos?)", re.IGNORECASE)
_TENS = "twenty thirty forty fifty sixty seventy eighty".split()
_HIGH = re.compile(r"ninet(?:y|ies)|hundred|\b9\d'?s|(?:nonag|cent)enarian", re.IGNORECASE)

_NAMED = re.compile(r"(?<!\w)(?:nonagenarian|(?:super-?)?centenarian)(?=s?(?!\w))", re.IGNORECASE)
_DECADE = re.compile(
    r"\bin (?:his|her|their|my|your) (?P<v>(?:(?:early|mid|late)[\s-](?:to[\s-]late[\s-])?)?(?:nineties|90'?s))\b",
    re.IGNORECASE,
)
_STATED = re.compile(
    r"\b(?:he|she|they|i|who|mother|father|grandmother|grandfather|patient|wife|husband)(?:'s|'m| is| was| am)"
    r" (?:now |almost |nearly )?(?P<v>9\d|1[01]\d)(?=\s?(?:[.,;!?](?!\d)|and\b|now\b|\n|$))",
    re.IGNORECASE,
)
_IN_MONTHS = re.compile(r"(?<!\w)(?P<v>1[0-4]\d\d[\s-](?:months?|mos?))[\s-](?:old|of age)\b", re.IGNORECASE)
_BORN = re.compile(
    r"\b(?:born|birth|birth ?year|yob|dob|d\.o\.b)\b[^.\n\d']{0,30}?"
    r"(?P<v>(?<![\d'])1[89]\d\d(?![\d/-]| or earlier)|'\d\d(?!\d)|\b(?:eighteen|nineteen)[\s-](?:[a-z]{2,9}[\s-])?[a-z]{3,9}\b)",
    re.IGNORECASE,
)
_BIRTH = re.compile(r"\b(?:born|birth|birth ?(?:day|date|year)|yob|dob|d\.o\.b)\b[^.\n\d]{0,30}$", re.IGNORECASE)
_MAX_BEFORE_BIRTH = 50
_GATES = (
    (_NAMED, ("enarian",), "AGE"),
    (_DECADE, ("nineties", "90"), "AGE"),
    (_STATED, (" 9", " 10", " 11"), "AGE"),
    (_IN_MONTHS, (" mo", "-mo"), "AGE"),
    (_BORN, ("born", "birth", "yob", "dob", "d.o.b"), "DATE_TIME"),
)


def read(value: str) -> int | None:
    """The age in years that a text tells, at least OLDEST where it tells no number but such an age; None where it tells none."""
    if months := _MONTHS.match(value):
        return int(months["number"]) // 12
    if number := re.search(r"\d+", value):
        return int(number.group())
    if _HIGH.search(value):
        return OLDEST
    lower = value.lower()
    return next((20 + 10 * i for i, tens in enumerate(_TENS) if tens in lower), None)


def top_coded(value: str) -> str:
    """The age as its class: "91" and "ninety-one" become "90+", "92F" becomes "90+F". Below OLDEST it stays.

    What tells no age becomes a mark.
    """
    age = read(value)
    if age is None:
        return UNREADABLE
    if age < OLDEST:
        return value
    if months := _MONTHS.match(value):
        return f"{OLDEST}+-year" if months["gap"] == "-" else f"{OLDEST}+ years"
    if _DECADE.fullmatch("in her " + value) or not re.search(r"\d", value):
        return f"{OLDEST}+"
    return re.sub(r"\d+\+?", f"{OLDEST}+", value, count=1)


def told_year(told: int, year: int) -> str:
    """A year as Safe Harbor lets it stand in records of `year`: as one class where whoever was born in it is 90 or more."""
    oldest = year - OLDEST
    return f"{oldest} or earlier" if told <= oldest else str(told)


def tells(text: str, year: int) -> list[Span]:
    """Spans that tell an age of 90 or more without stating it in a plain form: "nonagenarian", "born in 1931".

    Args:
        text: a folded text.
        year: of the records.
    """
    lower = text.lower()
    found: list[Span] = []
    for pattern, gate, type_ in _GATES:
        if not any(word in lower for word in gate):
            continue
        for match in pattern.finditer(text):
            group = "v" if "v" in pattern.groupindex else 0
            if type_ == "AGE" or _is_old(match["v"], year):
                found.append((*match.span(group), type_, 0.9))
    return sorted(found)


def is_birth(text: str, start: int) -> bool:
    """Whether what begins at `start` is told as somebody's birth date: "DOB 3/4/31"."""
    return _BIRTH.search(text, max(0, start - _MAX_BEFORE_BIRTH), start) is not None


def _is_old(born: str, year: int) -> bool:
    """Whether whoever was born in a year, as it is written, may be 90 or more."""
    if born.isdigit():
        told: int | None = int(born)
    elif born[0] == "'":
        told = dates.full_year(int(born[1:]), year)
    else:
        told = dates.spoken_year(born)
    return told is not None and told <= year - OLDEST
