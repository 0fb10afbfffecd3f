"""Readers of tables in binary form: Parquet and Excel workbooks. Both are read a stretch at a time."""

import datetime
import zipfile
from collections.abc import Iterator
from typing import Any

from heal_pipeline.documents import Record
from heal_pipeline.profile import Positive, SourceEntry
from heal_pipeline.sources.archives import MAX_RATIO
from heal_pipeline.sources.files import MAX_MEMBER_BYTES, Member
from heal_pipeline.sources.options import FileOptions
from heal_pipeline.sources.quarantine import RecordTooLargeError, UnpackingError, Unreadable
from heal_pipeline.sources.records import mapped

_BATCH_ROWS = 256
_PROLOGUE_BYTES = 1024


def parquet(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """Parquet, one row group after the other. Where one is damaged, the rest of it is quarantined and the next is read."""
    return mapped(_parquet_rows(member), member, entry)


def _parquet_rows(member: Member) -> Iterator[dict[str, Any] | Unreadable]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    source = pq.ParquetFile(pa.PythonFile(member.seekable(), mode="r"), page_checksum_verification=True)
    first, last = member.row_groups or (0, source.metadata.num_row_groups)
    for group in range(first, last):
        left = source.metadata.row_group(group).num_rows
        try:
            for batch in source.iter_batches(batch_size=_BATCH_ROWS, row_groups=[group]):
                for row in batch.to_pylist():
                    left -= 1
                    yield row
        except (OSError, ValueError) as error:  # ArrowInvalid is a ValueError
            yield Unreadable(type(error).__name__, max(left, 1))


class XlsxOptions(FileOptions):
    sheet: str | None = None
    """The sheet's name. None: the first one."""
    header_row: Positive = 1
    """The row that holds the names of the columns, counted from 1 as the sheet shows it."""


def xlsx(member: Member, entry: SourceEntry) -> Iterator[Record | Unreadable]:
    """The rows of a sheet below its header, values as text: dates by ISO 8601, of formulas the stored results.

    Rows without a value are passed over. Options: `sheet`, `header_row`.

    Raises:
        ValueError: there is no such sheet or header, or it declares a document type: a workbook never does.
        UnpackingError, RecordTooLargeError: the workbook swells.
    """
    options = XlsxOptions.of(entry)
    return mapped(_sheet_rows(member, options.sheet, options.header_row), member, entry)


def _sheet_rows(member: Member, name: str | None, header_row: int) -> Iterator[dict[str, Any]]:
    import openpyxl

    file = member.seekable()
    _check_parts(file)
    book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
    try:
        sheet = next((s for s in book.worksheets if name in (None, s.title)), None)
        if sheet is None:
            raise ValueError("no such sheet")
        sheet.reset_dimensions()  # what a file says of its own size may be wrong
        rows = sheet.iter_rows(min_row=header_row, values_only=True)
        columns = [_as_text(value).strip() for value in next(rows, ())]
        if not any(columns):
            raise ValueError("no header")
        for row in rows:
            values = {c: _as_text(v) for c, v in zip(columns, row, strict=False) if c}
            if any(values.values()):
                yield dict.fromkeys(filter(None, columns), "") | values
    finally:
        book.close()


def _check_parts(file: Any) -> None:
    """Refuses a workbook whose parts swell, or declare entities. The rest of it is read by a library in trust of this."""
    with zipfile.ZipFile(file) as parts:
        infos = parts.infolist()
        if sum(i.file_size for i in infos) > MAX_MEMBER_BYTES:
            raise RecordTooLargeError
        for info in infos:
            if info.file_size > MAX_RATIO * max(info.compress_size, 1) and info.file_size > _PROLOGUE_BYTES**2:
                raise UnpackingError
            with parts.open(info) as part:
                if b"<!DOCTYPE" in part.read(_PROLOGUE_BYTES):
                    raise ValueError("a document type in a workbook")
    file.seek(0)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        return (value.date() if value.time() == datetime.time() else value).isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
