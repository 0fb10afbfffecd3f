"""Marks around identifiers in a text that is being written, so that their places are known when it is done.

A mark is made of private-use characters, which no other text here has. Whatever writes or alters a text leaves them alone.
"""

import re
from typing import NamedTuple

TYPES = (
    "PERSON", "LOCATION", "DATE_TIME", "PHONE_NUMBER", "EMAIL_ADDRESS", "MEDICAL_RECORD_NUMBER", "AGE", "ID", "URL",
)  # fmt: skip
"""Presidio's names of the entities; a hospital is a place (HIPAA, 45 CFR 164.514(b)(2): a geographic unit)."""

MARKS = "\ue000-\ue0ff"
"""The range of all marks, for a character class."""
_END = "\ue000"
_FIRST_START = 0xE010
_MARK = re.compile("[\ue000-\ue0ff]")


class Phi(NamedTuple):
    """An identifier in a text: half-open character offsets, Presidio's name of its type, and the text itself."""

    start: int
    end: int
    type: str
    value: str


def mark(type_: str, value: str) -> str:
    """The value between marks of its type. Marks do not nest."""
    return f"{chr(_FIRST_START + TYPES.index(type_))}{value}{_END}"


def plain(text: str) -> str:
    """The text without marks."""
    return _MARK.sub("", text)


def spans(text: str) -> list[Phi]:
    """The identifiers of a marked text, with offsets into its plain form, in order."""
    found: list[Phi] = []
    start, type_ = 0, ""
    for num_marks, match in enumerate(_MARK.finditer(text)):
        place = match.start() - num_marks
        if match.group() == _END:
            found.append(Phi(start, place, type_, text[start + num_marks : match.start()]))
        else:
            start, type_ = place, TYPES[ord(match.group()) - _FIRST_START]
    return found
