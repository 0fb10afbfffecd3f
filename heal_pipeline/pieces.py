"""A table's Parquet files in pieces: what one task reads, a bounded batch at a time, and writes as one file.

Pieces follow from the files alone, and so does what is written from them: the number of tasks and cores changes nothing. Spark
hands out pieces and sees no text: Arrow reads and writes in the worker, which costs a quarter to a third of the way through
Java and back.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from heal_pipeline.errors import GateError

PIECE_BYTES = 16 * 2**20
"""About 5,000 web pages, a second's work: little enough to share out, much beside the cost of a task."""

ROW_GROUP_BYTES = 2**19
"""Of a row group that is written, about: who wants single documents reads no more than this for each. Compression does not suffer,
since its unit is the page."""

BATCH_ROWS, BATCH_BYTES = 2048, 4 * 2**20
READ_BUFFER_BYTES = 2**20
ROWS_PER_PAGE_CHECK = 32
"""A page of a Parquet file, which is read whole, ends after so many rows at the earliest: 1,024 by default, a gigabyte of books."""


@dataclass(frozen=True)
class RowGroup:
    """A row group of a Parquet file; `num_bytes` without compression."""

    file: str
    index: int
    num_rows: int
    num_bytes: int


Piece = tuple[RowGroup, ...]
"""Row groups that follow each other, over the borders of files."""


def pieces_of(files: Sequence[str]) -> list[Piece]:
    """The row groups of files, in order, in pieces that end where they reach PIECE_BYTES."""
    pieces, open_piece, num_bytes = [], [], 0
    for group in row_groups(files):
        open_piece.append(group)
        num_bytes += group.num_bytes
        if num_bytes >= PIECE_BYTES:
            pieces.append(tuple(open_piece))
            open_piece, num_bytes = [], 0
    return [*pieces, tuple(open_piece)] if open_piece else pieces


def row_groups(files: Iterable[str]) -> Iterator[RowGroup]:
    """The row groups of files, in order.

    Raises:
        GateError: a file is not what was written.
    """
    for file in files:
        try:
            metadata = pq.read_metadata(file)
        except (pa.ArrowInvalid, OSError) as error:
            raise GateError(f"{file} cannot be read ({type(error).__name__}): rematerialise its table") from None
        for index in range(metadata.num_row_groups):
            group = metadata.row_group(index)
            yield RowGroup(file, index, group.num_rows, group.total_byte_size)


def num_rows(piece: Piece) -> int:
    return sum(group.num_rows for group in piece)


def batches_of(piece: Piece, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a piece, in order, in batches of at most BATCH_ROWS rows and about BATCH_BYTES: less than twice that, but for a
    single row that is larger."""
    for path, groups in groupby(piece, key=lambda group: group.file):
        # A row group that is not read ahead is decompressed a page at a time.
        with pq.ParquetFile(path, pre_buffer=False, buffer_size=READ_BUFFER_BYTES) as file:
            for run in _runs(groups):
                num_bytes = max(1, sum(group.num_bytes for group in run))
                rows = max(1, min(BATCH_ROWS, num_rows(run) * BATCH_BYTES // num_bytes))
                indexes = [group.index for group in run]
                for batch in file.iter_batches(rows, row_groups=indexes, columns=columns, use_threads=False):
                    yield from _bounded(batch)


def _runs(groups: Iterable[RowGroup]) -> Iterator[Piece]:
    """Row groups that are read together: of about BATCH_BYTES, or a single one that is larger."""
    run: list[RowGroup] = []
    for group in groups:
        if run and sum(g.num_bytes for g in run) + group.num_bytes > BATCH_BYTES:
            yield tuple(run)
            run = []
        run.append(group)
    if run:
        yield tuple(run)


def _bounded(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in halves until each is small enough: a few large documents may stand among small ones."""
    if batch.num_rows <= 1 or batch.nbytes < 2 * BATCH_BYTES:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _bounded(batch.slice(0, half))
    yield from _bounded(batch.slice(half))


def write_rows(path: Path, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
    """Writes a Parquet file in row groups of about ROW_GROUP_BYTES; without rows none. It appears under its name when it is whole."""
    unfinished = path.with_suffix(".unfinished")
    with pq.ParquetWriter(unfinished, schema, compression="zstd", write_batch_size=ROWS_PER_PAGE_CHECK) as writer:
        for table in _gathered(batches):
            writer.write_table(table, max(1, table.num_rows * ROW_GROUP_BYTES // max(1, table.nbytes)))
    if pq.read_metadata(unfinished).num_rows:
        unfinished.replace(path)
    else:
        unfinished.unlink()


def _gathered(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    num_bytes = 0
    for batch in batches:
        waiting.append(batch)
        num_bytes += batch.nbytes
        if num_bytes >= PIECE_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting, num_bytes = [], 0
    if waiting:
        yield pa.Table.from_batches(waiting)
