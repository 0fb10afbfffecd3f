"""Readers of rows in text: JSON lines and CSV. Each row is within the bound of a record."""

import codecs
import csv
import json
from collections.abc import Iterator, Sequence
from typing import Any

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.decoding import byte_lines, undecoded, unicode_encoding_of
from heal_pipeline.sources.files import Member, head
from heal_pipeline.sources.options import Delimiter, TextOptions
from heal_pipeline.sources.quarantine import RecordTooLargeError, Unreadable
from heal_pipeline.sources.records import mapped

csv.field_size_limit(2**31 - 1)  # the bound of a record is kept by the lines

_UTF8 = ("utf-8", "utf_8", "utf8", "utf-8-sig", "ascii")


def jsonl(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One JSON object a line. Empty lines are passed over; a line that is no object is unreadable, the next ones are read.

    JSON is Unicode (RFC 8259): a line that is not is damaged, unless the option `encoding` names another.
    """
    return mapped(_json_lines(member), member, entry)


def _json_lines(member: Member) -> Iterator[dict[str, Any] | Unreadable]:
    for line in _lines(member):
        if isinstance(line, RecordTooLargeError):
            yield Unreadable(type(line).__name__)
            continue
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode() if isinstance(line, bytes) else line)
        except (ValueError, RecursionError) as error:
            yield Unreadable(type(error).__name__)
            continue
        yield row if isinstance(row, dict) else Unreadable("NotAnObject")


def _lines(member: Member) -> Iterator[bytes | str | RecordTooLargeError]:
    stream = member.peekable()
    beginning = head(stream)
    encoding = member.encoding or unicode_encoding_of(beginning) or "utf-8"
    if encoding.lower() in _UTF8:
        if beginning.startswith(codecs.BOM_UTF8):
            stream.read(len(codecs.BOM_UTF8))
        yield from byte_lines(stream, member.max_record_bytes)
        return
    member.encoding = encoding
    yield from member.lines().each()


class CsvOptions(TextOptions):
    delimiter: Delimiter = ","
    columns: tuple[str, ...] = ()
    """Of a file without a header."""


def csv_records(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """CSV with a header (or the option `columns`); option `delimiter`. Quoted fields may hold line ends."""
    options = CsvOptions.of(entry)
    return mapped(csv_rows(member, options.delimiter, options.columns), member, entry)


def csv_rows(
    member: Member, delimiter: str = ",", columns: Sequence[str] = ()
) -> Iterator[dict[str, Any] | Unreadable]:
    """The rows of a CSV member. A row with too many or too few fields, or bytes of no encoding, is unreadable."""
    lines = member.lines()
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    columns = columns or next(reader, [])
    while True:
        lines.begin()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except (csv.Error, RecordTooLargeError) as error:
            yield Unreadable(type(error).__name__)
            continue
        if not fields:
            continue
        if len(fields) != len(columns):
            yield Unreadable("WrongNumberOfFields")
        elif any(undecoded(value) for value in fields):
            yield Unreadable("UnicodeDecodeError")
        else:
            yield dict(zip(columns, fields, strict=True))
