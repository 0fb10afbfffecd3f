"""Reader of JSON documents: a list of records, an object of records, or one record. A damaged record is passed over."""

import json
import re
from collections.abc import Iterator
from typing import Any

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import MAX_MEMBER_BYTES, Member
from heal_pipeline.sources.options import TextOptions
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.sources.records import mapped

_BLANK = re.compile(r"[ \t\r\n]*")
_KEY = re.compile(r'("(?:[^"\\\n]|\\.)*")[ \t\r\n]*:[ \t\r\n]*')
_TOKENS = re.compile(r'"(?:[^"\\\n]|\\.)*"|[\[\]{},]')
_TOKENS_OVER_LINES = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)
_decode = json.JSONDecoder().raw_decode


class JsonOptions(TextOptions):
    keyed: bool = False
    """An object maps keys to records; the key is the column `_key`. Otherwise an object is one record."""


def json_records(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One JSON document of at most 512 MiB: a list of objects, or an object (option `keyed`).

    A damaged record ends where its brackets close; where that cannot be told, the rest of the document is quarantined.
    """
    text = member.text(MAX_MEMBER_BYTES).removeprefix("\ufeff")
    return mapped(_rows(text, JsonOptions.of(entry).keyed), member, entry)


def _rows(text: str, keyed: bool) -> Iterator[dict[str, Any] | Unreadable]:
    start = _after_blank(text, 0)
    opening = text[start : start + 1]
    if opening == "{" and not keyed:
        yield json.loads(text)
    elif opening and opening in "[{":
        for key, value in _elements(text, start, keyed=opening == "{"):
            if isinstance(value, Unreadable):
                yield value
            elif isinstance(value, dict):
                yield value if key is None else {"_key": key, **value}
            else:
                yield Unreadable("NotAnObject")
    else:
        raise ValueError("no list of records")


def _elements(text: str, opening: int, keyed: bool) -> Iterator[tuple[str | None, Any]]:
    """(key, value) of each element of the object or list that opens at a place; None for the key of a list's."""
    closing = "}" if keyed else "]"
    first = _after_blank(text, opening + 1)
    end: int | None = first if text[first : first + 1] == closing else opening  # where an element ended, or none began
    while end is not None and text[end] != closing:
        at = _after_blank(text, end + 1)
        key: str | None = None
        beginning = at
        try:
            if keyed:
                key, at = _key(text, at)
            value, after = _decode(text, at)
            end = _after_blank(text, after)
            if text[end : end + 1] not in (",", closing, ""):
                raise json.JSONDecodeError("no comma", "", 0)
        except (ValueError, RecursionError) as error:
            value, end = Unreadable(type(error).__name__), _end_of_damage(text, beginning, closing)
        yield key, value
        if end == len(text):  # cut off after a whole element
            yield None, Unreadable("JSONDecodeError")
            return
    if end is not None and _after_blank(text, end + 1) < len(text):
        yield None, Unreadable("JSONDecodeError")


def _key(text: str, at: int) -> tuple[str, int]:
    match = _KEY.match(text, at)
    if match is None:
        raise json.JSONDecodeError("no key", "", 0)
    return json.loads(match[1]), match.end()


def _after_blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _end_of_damage(text: str, at: int, closing: str) -> int | None:
    """Where the comma or the closing bracket after a damaged element stands: outside of all brackets opened since.

    A quote that is missing confuses what is text and what is structure: it is looked for as if no text went over a
    line's end, then as if some did, and must be followed by another element or the end of the document.
    """
    ends = (_scan(text, at, closing, tokens) for tokens in (_TOKENS, _TOKENS_OVER_LINES))
    return next((end for end in ends if end is not None and _goes_on(text, end, closing)), None)


def _scan(text: str, at: int, closing: str, tokens: re.Pattern[str]) -> int | None:
    depth = 0
    for token in tokens.finditer(text, at):
        sign = token[0]
        if sign in ("[", "{"):
            depth += 1
        elif sign in ("]", "}"):
            if depth == 0:
                return token.start() if sign == closing else None
            depth -= 1
        elif sign == "," and depth == 0:
            return token.start()
    return None


def _goes_on(text: str, end: int, closing: str) -> bool:
    following = _after_blank(text, end + 1)
    if text[end] == closing:
        return following == len(text)
    return text[following : following + 1] == "{" if closing == "]" else _KEY.match(text, following) is not None
