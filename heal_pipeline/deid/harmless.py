"""What looks like an identifier to a model, and is none by its form: credentials, ratings, readings, codes, eponyms."""

import re

from heal_pipeline.deid.patterns import CREDENTIAL

_CREDENTIALS = frozenset(
    "md do rn np pa pac crna lpn phd dds pharmd lcsw msn fnp dpt cnm aprn bsn dnp mph facp facs rph rdn otr cna cma emt".split()
)
_CREDENTIALS_BEHIND = re.compile(rf",? {CREDENTIAL}\.?(?:, {CREDENTIAL}\.?)*")
_MAX_CREDENTIAL = 6
"""How far a credential goes on behind a span that cuts it."""
_NUMBER_LABELS = frozenset("mrn ssn dob acct npi tel fax vin gps imei".split())
"""What stands before numbers, and is no word of every lexicon. With one capital alone it may be a name ("Vin")."""
_GENERIC = frozenset(
    "medical general health medicine dental hospital clinic center centre college school pharmacy practice".split()
)
"""Kinds of places: by themselves, they are no place."""
_RATED = re.compile(
    r"\b(?:pain|severity|intensity|rate[sd]?|rating|scores?|scale|worst|best|level)\b[^.;\n]{0,40}$", re.IGNORECASE
)
_RATING = re.compile(r"(?:10|\d)\s?/\s?10")
_GRADE = re.compile(r"(?:grade )?[1-6]\s?/\s?[456]", re.IGNORECASE)
_GRADED = re.compile(
    r"\s(?:\w+\s){0,3}(?:murmur|strength|systolic|diastolic|holosystolic|reflexes|power)\b", re.IGNORECASE
)
_READING = re.compile(r"\d{3}\s?/\s?\d{2,3}")
_FREQUENCY = re.compile(r"\bq\d{1,2}(?:-\d{1,2})?(?:min|h|hrs?|d|wks?|w|mo)\b", re.IGNORECASE)
_MAX_FREQUENCY = 9
_RANGE = re.compile(r"(\d{1,3})\s?-\s?(\d{1,3})")
_CODE = re.compile(r"[^\W_]+")
_MAX_CODE, _MAX_CODE_DIGITS = 4, 2
"""Characters and digits that a part of a medical code has at most; a code has no more than twice as many digits."""
_MEASURED = re.compile(r"\s?(?:mc?g|m?l|units?|u|iu|m?eq|mmol|[ck]?m|kg|g|%)\b", re.IGNORECASE)
_EPONYM = re.compile(
    r"(?:'s)?(?:-\w{2,20}(?:'s)?)? (?:maneuver|manoeuvre|sign|syndrome|phenomenon|contracture|palsy)\b",
    re.IGNORECASE,
)


def before_credential(text: str, start: int, end: int) -> int:
    """The end of a name before the credentials that it ends with, or that it cuts: of "Ann Lee, MD" and of "Ann Lee M" in
    "Ann Lee M.D."."""
    for match in _CREDENTIALS_BEHIND.finditer(text, start, end + _MAX_CREDENTIAL):
        if match.start() < end <= match.end():
            return match.start()
    return end


def is_credential(value: str) -> bool:
    """Is it "MD" or "R.N."? In lower case it may be a word."""
    return re.sub(r"[^a-z]", "", value.lower()) in _CREDENTIALS and value.replace(".", "").isupper()


def is_medical_code(text: str, start: int, end: int) -> bool:
    """Whether a span is too short for the number of somebody or something: "T10-L2", "HLA-B27", "NPH 20u", "B12 1000" mcg.

    Args:
        text: a folded text.
    """
    items = text[start:end].replace(",", " ").split()
    if len(items) > 1 and items[-1].isdigit() and _MEASURED.match(text, end):
        items.pop()
    counts = [[sum(c.isdigit() for c in part) for part in _CODE.findall(item)] for item in items]
    bare = sum(sum(nums) for item, nums in zip(items, counts, strict=True) if not any(c.isalpha() for c in item))
    return bare <= 2 * _MAX_CODE_DIGITS and all(
        sum(nums) <= 2 * _MAX_CODE_DIGITS and max(nums, default=0) <= _MAX_CODE_DIGITS and len(part) <= _MAX_CODE
        for item, nums in zip(items, counts, strict=True)
        for part in _CODE.findall(item)
    )


def _is_of_frequency(text: str, start: int, end: int) -> bool:
    """Whether a span is how often a dose is given, or a part of it: the "wk" of "q2wk"."""
    around = _FREQUENCY.finditer(text, max(0, start - _MAX_FREQUENCY), end + _MAX_FREQUENCY)
    return any(match.start() <= start and end <= match.end() for match in around)


def by_form(text: str, start: int, end: int) -> bool:
    """Whether a span that looked like an identifier to a model is none by its form: a credential behind a name, a kind of
    place without its name, the label of a number, a rating ("pain 6/10"), a grade ("3/6 systolic murmur"), a reading ("180/95"), how often
    a dose is given ("q2wk"), a range ("120-140"), the namesake of a sign or manoeuvre.

    Args:
        text: a folded text.
    """
    value = text[start:end]
    if re.sub(r"[^a-z]", "", value.lower()) in _CREDENTIALS:
        return is_credential(value)
    if _GENERIC.issuperset(value.lower().split()) or (value.lower() in _NUMBER_LABELS and not value.istitle()):
        return True
    if _RATING.fullmatch(value):
        return _RATED.search(text[max(0, start - 60) : start]) is not None
    if _GRADE.fullmatch(value):
        return _GRADED.match(text, end) is not None
    if (ends := _RANGE.fullmatch(value)) is not None:
        return int(ends[1]) < int(ends[2]) < 4 * int(ends[1])
    if _READING.fullmatch(value) or _is_of_frequency(text, start, end):
        return True
    return _EPONYM.match(text, end) is not None
