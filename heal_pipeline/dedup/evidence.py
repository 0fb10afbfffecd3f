"""The evidence of a day's candidates, on disk for as long as they are compared: shingles and numbers of each document, by its code.

Only the row groups of clean tables are read in which a candidate stands.
"""

import os
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from heal_pipeline.dedup.candidates import of_code
from heal_pipeline.dedup.postings import DayIndex
from heal_pipeline.dedup.verification import Evidence, evidence
from heal_pipeline.documents import halves, texts_of
from heal_pipeline.errors import class_alone
from heal_pipeline.lake import Table
from heal_pipeline.pieces import RowGroup, batches_of, num_rows, row_groups

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PLACE = np.dtype([("file", "<i4"), ("start", "<i8"), ("num_shingles", "<i4"), ("num_chars", "<i4")])
"""Where the evidence of a document is: shingles (uint64), then its numbers as text with blanks between. No file: it is not there."""

ABSENT = -1

TASK_BYTES = 192 * 2**20
"""Of row groups that a task reads, a batch at a time: little is done with most of their rows, so that this is half a second's work."""


class EvidenceStore:
    """Reads evidence, a document at a time: what is held is what was asked for.

    Args:
        folder: where `gather` wrote.
    """

    def __init__(self, folder: Path):
        self._folder = folder
        self._codes = np.load(folder / "codes.npy", mmap_mode="r")
        self._places = np.load(folder / "places.npy", mmap_mode="r")
        self._open: dict[int, int] = {}

    def __enter__(self) -> "EvidenceStore":
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in self._open.values():
            os.close(descriptor)

    def of(self, code: int) -> Evidence | None:
        """The evidence of a document; None where its text was not the one that was indexed."""
        file, start, num_shingles, num_chars = self._places[np.searchsorted(self._codes, np.uint64(code))].item()
        if file == ABSENT:
            return None
        if file not in self._open:
            self._open[file] = os.open(_path(self._folder, file), os.O_RDONLY)
        found = os.pread(self._open[file], 8 * num_shingles + num_chars, start)
        return Evidence(np.frombuffer(found, np.uint64, num_shingles), found[8 * num_shingles :].decode().split())


def gather(
    spark: "SparkSession",
    tables: Sequence[Sequence[Table]],
    indexes: Sequence[DayIndex],
    codes: np.ndarray,
    shingle_words: int,
    folder: Path,
) -> None:
    """Writes the evidence of documents into `folder`.

    Args:
        tables: of each day the clean tables that were indexed, in the order in which they were.
        indexes: of each day.
        codes: uint64[num_documents], distinct and sorted.
    """
    from heal_pipeline.spark import run_tasks

    days, rows = of_code(codes)
    tasks: list[tuple[int, list[RowGroup], np.ndarray, np.ndarray]] = []
    for day, (of_day, index) in enumerate(zip(tables, indexes, strict=True)):
        own = rows[days == day]
        documents = index.documents()[own]
        contents = np.stack([documents["content_high"], documents["content_low"]], axis=1)
        for groups, places, wanted in _tasks(row_groups(f for t in of_day for f in t.files()), own):
            tasks.append((len(tasks), groups, places, contents[wanted]))
    found = run_tasks(spark, partial(_write, folder, shingle_words), tasks)
    np.save(folder / "codes.npy", codes)
    np.save(folder / "places.npy", np.concatenate([np.empty(0, PLACE), *found]))


def _tasks(groups: Iterator[RowGroup], wanted: np.ndarray) -> Iterator[tuple[list[RowGroup], np.ndarray, slice]]:
    """The row groups that hold wanted rows, in tasks of about TASK_BYTES.

    Args:
        groups: of a day, in order.
        wanted: int64[num_wanted], rows in order.

    Yields:
        row groups; int64[num], the place among their rows of each that is wanted; which of the wanted these are.
    """
    held: list[RowGroup] = []
    places: list[np.ndarray] = []
    start = begin = end = 0
    for group in groups:
        until = int(np.searchsorted(wanted, start + group.num_rows))
        if until > end:
            places.append(wanted[end:until] - start + num_rows(tuple(held)))
            held.append(group)
            end = until
        start += group.num_rows
        if sum(g.num_bytes for g in held) >= TASK_BYTES:
            yield held, np.concatenate(places), slice(begin, end)
            held, places, begin = [], [], end
    if held:
        yield held, np.concatenate(places), slice(begin, end)
    assert end == len(wanted), "the clean tables of a day have fewer rows than its index"


def _write(
    folder: Path, shingle_words: int, number: int, groups: list[RowGroup], rows: np.ndarray, contents: np.ndarray
) -> np.ndarray:
    """PLACE[num_rows]: where the evidence of some rows of row groups was written.

    Args:
        contents: uint64[num_rows, 2], the contents that they are to have.
    """
    places = np.zeros(len(rows), PLACE)
    places["file"] = number
    start = end = 0
    with class_alone("making evidence of texts"), _path(folder, number).open("wb") as stream:
        for batch in batches_of(tuple(groups), ["content_id", "segments"]):
            first, end, start = end, int(np.searchsorted(rows, start + batch.num_rows)), start + batch.num_rows
            batch = batch.take(pa.array(rows[first:end] - (start - batch.num_rows)))
            changed = (halves(batch.column("content_id")) != contents[first:end]).any(axis=1)
            places["file"][first:end][changed] = ABSENT
            for i, found in enumerate(evidence(texts_of(batch), shingle_words), first):
                numbers = " ".join(found.numbers).encode()
                places[i] = (places["file"][i], stream.tell(), len(found.shingles), len(numbers))
                stream.write(found.shingles.data)
                stream.write(numbers)
    return places


def _path(folder: Path, number: int) -> Path:
    return folder / f"evidence-{number:05d}.bin"
