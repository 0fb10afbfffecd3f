"""Readers of rows: JSON lines, JSON documents, CSV, Parquet. Each row is mapped by the entry's fields."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from heal_pipeline.documents import Record
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.files import Member, encoding_of
from heal_pipeline.sources.records import Mapper, Unreadable

csv.field_size_limit(2**30)  # a whole conversation is one field


def mapped(
    rows: Iterable[dict[str, Any] | Unreadable], member: Member, entry: SourceEntry
) -> Iterator[Record | Unreadable]:
    """The record of each row; a row that lacks a mapped column is unreadable."""
    mapper = Mapper(entry)
    for row in rows:
        if isinstance(row, Unreadable):
            yield row
            continue
        try:
            yield mapper.record(row, member)
        except (ValueError, TypeError) as error:
            yield Unreadable(type(error).__name__)


def jsonl(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One JSON object a line. Empty lines are passed over; a line that is no object is unreadable, the next ones are read."""
    return mapped(_json_lines(member), member, entry)


def _json_lines(member: Member) -> Iterator[dict[str, Any] | Unreadable]:
    first = member.stream.readline()
    encoding = encoding_of(first)
    if encoding.startswith(("utf-16", "utf-32")):  # their line ends are no single bytes
        rest: Iterable[bytes] = (line.encode() for line in (first + member.read()).decode(encoding).split("\n"))
    else:
        rest = _chain(first.removeprefix(b"\xef\xbb\xbf"), member.stream)
    for line in rest:
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            yield Unreadable(type(error).__name__)
            continue
        yield row if isinstance(row, dict) else Unreadable("NotAnObject")


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def json_records(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """One JSON document: a list of objects, or an object.

    Option `keyed: true`: the object maps keys to records; the key is the column `_key`. Otherwise an object is one record.
    """
    value = json.loads(member.text())
    if isinstance(value, dict):
        value = (
            [{"_key": k, **v} if isinstance(v, dict) else v for k, v in value.items()]
            if entry.options.get("keyed")
            else [value]
        )
    if not isinstance(value, list):
        raise ValueError("no list of records")
    return mapped((row if isinstance(row, dict) else Unreadable("NotAnObject") for row in value), member, entry)


def csv_records(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """CSV with a header (or the option `columns`); option `delimiter`. Quoted fields may hold line ends."""
    return mapped(csv_rows(member, entry), member, entry)


def csv_rows(member: Member, entry: SourceEntry) -> Iterator[dict[str, Any] | Unreadable]:
    """The rows of a CSV member. A row with too many or too few fields, or bytes of no encoding, is unreadable."""
    reader = csv.reader(member.open_text(), delimiter=entry.options.get("delimiter", ","), strict=True)
    columns: list[str] = entry.options.get("columns") or next(reader, [])
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Unreadable(type(error).__name__)
            continue
        if not fields:
            continue
        if len(fields) != len(columns):
            yield Unreadable("WrongNumberOfFields")
        elif any(_undecoded(value) for value in fields):
            yield Unreadable("UnicodeDecodeError")
        else:
            yield dict(zip(columns, fields, strict=True))


def _undecoded(value: str) -> bool:
    return any("\udc80" <= c <= "\udcff" for c in value) if not value.isascii() else False


def parquet(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """Parquet, a thousand rows at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = pq.ParquetFile(pa.PythonFile(member.stream, mode="r"))
    rows = (row for batch in source.iter_batches(batch_size=1024) for row in batch.to_pylist())
    return mapped(rows, member, entry)
