"""The inverted index of a day, as arrays on disk beside the table's own files: under which key stands which document.

Keys are sorted, so that what a new day's few keys meet among the many of an old one is found by binary search: the effort goes with
the new day, and of the old one only the pages are read that hold an answer. All of it follows from the table. A document is named
by its row: its place in the table's files, in the order of their names, which is that of the rows of the day's clean tables.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from heal_pipeline.documents import halves
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Table
from heal_pipeline.ragged import ranges

DOCUMENT = np.dtype(
    [
        ("content_high", "<u8"),
        ("content_low", "<u8"),
        ("doc_high", "<u8"),
        ("doc_low", "<u8"),
        ("num_shingles", "<i4"),
        ("source", "<i2"),
    ]
)
"""A document by its row. Identities are their two halves; sources are numbered, in each index by itself."""

PART_KEYS = 2**22
"""Keys that are sorted at once, about: 48 MiB with their rows."""

Kind = Literal["bands", "contents"]
"""Keys are those of bands, or the upper halves of the identities of contents."""


@dataclass(frozen=True)
class Postings:
    """The keys of one kind, sorted, and the row of each. The range of keys is cut into parts of about equal length, a file each."""

    folder: Path
    kind: Kind

    def num_parts(self) -> int:
        """
        Raises:
            GateError: there is none.
        """
        num = len(list(self.folder.glob(f"{self.kind}-*.keys.npy")))
        if not num:
            raise GateError(f"{self.folder.parent.name} was indexed without sorted keys: rematerialise minhash_index")
        return num

    def part(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """uint64[num_keys], uint32[num_keys]: a part, as memory maps. No key is in two parts."""
        keys, rows = (_mapped(path) for path in self._paths(number))
        return keys, rows

    def parts(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """All parts in the order of their keys."""
        return map(self.part, range(self.num_parts()))

    def under(self, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """uint64[num_found], uint32[num_found]: the entries under some keys.

        Args:
            wanted: uint64[num_wanted], distinct and sorted.
        """
        found = [(np.empty(0, np.uint64), np.empty(0, np.uint32))]
        for keys, rows in self.parts():
            if len(keys):
                near = wanted[slice(np.searchsorted(wanted, keys[0]), np.searchsorted(wanted, keys[-1], "right"))]
                low = np.searchsorted(keys, near, "left")
                met = near[keys[np.minimum(low, len(keys) - 1)] == near]
                low, high = (np.searchsorted(keys, met, side) for side in ("left", "right"))
                places = ranges(low, high - low)
                found.append((np.repeat(met, high - low), rows[places]))
        keys_found, rows_found = (np.concatenate(column) for column in zip(*found, strict=True))
        return keys_found, rows_found

    def write(self, number: int, keys: np.ndarray, rows: np.ndarray) -> None:
        """Writes a part: uint64[num_keys] and the uint32[num_keys] row of each, in any order."""
        order = np.argsort(keys)
        for path, values in zip(self._paths(number), (keys, rows), strict=True):
            np.save(path, values[order])

    def _paths(self, number: int) -> tuple[Path, Path]:
        keys, rows = (self.folder / f"{self.kind}-{number:05d}.{of}.npy" for of in ("keys", "rows"))
        return keys, rows


@dataclass(frozen=True)
class DayIndex:
    """What is on disk of a day's index. Plain paths: it travels to the tasks."""

    folder: Path

    @staticmethod
    def of(table: Table, scheme: str) -> "DayIndex":
        """
        Raises:
            GateError: the table is not committed, or has another scheme.
        """
        return DayIndex(table.path / table.manifest(scheme).data)

    @property
    def bands(self) -> Postings:
        return Postings(self.folder, "bands")

    @property
    def contents(self) -> Postings:
        return Postings(self.folder, "contents")

    def documents(self) -> np.ndarray:
        """DOCUMENT[num_rows], as a memory map."""
        return _mapped(self.folder / "documents.npy")

    def write_documents(self, files: Sequence[str]) -> None:
        """Writes documents and contents from the table's files."""
        names: dict[str, int] = {}
        found = [np.empty(0, DOCUMENT)]
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches(
                columns=["doc_id", "content_id", "source", "num_shingles"], batch_size=2**16
            ):
                rows = np.empty(batch.num_rows, DOCUMENT)
                for name in ("doc", "content"):
                    rows[f"{name}_high"], rows[f"{name}_low"] = halves(batch.column(f"{name}_id")).T
                rows["num_shingles"] = batch.column("num_shingles").to_numpy()
                coded = batch.column("source").dictionary_encode()
                numbers = [names.setdefault(name, len(names)) for name in coded.dictionary.to_pylist()]
                rows["source"] = np.array(numbers, np.int16)[coded.indices.to_numpy()]
                found.append(rows)
        documents = np.concatenate(found)
        np.save(self.folder / "documents.npy", documents)
        self.contents.write(0, documents["content_high"], np.arange(len(documents), dtype=np.uint32))


def write_bands(folder: Path, files: Sequence[str], number: int, num_parts: int) -> int:
    """Writes a part of the band keys from the files of the table; returns how many keys there are in it."""
    found = [(np.empty(0, np.uint64), np.empty(0, np.uint32))]
    start = 0
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(columns=["bands"], batch_size=2**16):
            bands = batch.column(0)
            keys = pc.list_flatten(bands).to_numpy().view(np.uint64)
            rows = (pc.list_parent_indices(bands).to_numpy() + start).astype(np.uint32)
            start += batch.num_rows
            if num_parts > 1:
                own = ((keys >> np.uint64(32)) * np.uint64(num_parts)) >> np.uint64(32) == number
                keys, rows = keys[own], rows[own]
            found.append((keys, rows))
    keys, rows = (np.concatenate(column) for column in zip(*found, strict=True))
    Postings(folder, "bands").write(number, keys, rows)
    return len(keys)


def _mapped(path: Path) -> np.ndarray:
    """The array of a file without reading it; one of no entries cannot be mapped, and is read."""
    array: np.ndarray = np.load(path, mmap_mode="r")
    return array
