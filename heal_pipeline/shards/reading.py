"""Reading rows of a shard by number, files checked against its header first."""

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np

from heal_pipeline.errors import GateError
from heal_pipeline.ragged import ranges
from heal_pipeline.shards.layout import ENDS, HEADER, MASK, OFFSETS, SCHEME, TOKENS, Header, mask_bytes

SAMPLED_ROWS = 64
"""Rows that a digest reads: enough to tell another build's file of the same size, and quick at any size. Every byte is in the
fingerprints of the artifact's manifest (`artifacts.require_whole`)."""
REMEDY = "rematerialise packed and validation_set"


class Shard:
    """Reads rows of a shard. Files are memory-mapped: what is not asked for is not read."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.folder, self.header = folder, header
        self.num_rows, self.max_length = header.num_rows, header.max_length
        width = mask_bytes(header.max_length)
        self._tokens = self._map(TOKENS, header.dtype).reshape(self.num_rows, self.max_length)
        self._mask = self._map(MASK, "u1").reshape(self.num_rows, width)
        self._offsets = self._map(OFFSETS, "<i8")
        self._ends = self._map(ENDS, "<u4")

    @staticmethod
    def open(folder: Path | str) -> "Shard":
        """A shard, its files checked against shard.json: sizes, and digests of boundaries and sampled rows.

        Raises:
            GateError: there is no shard, it has another scheme, or a file is not what was written.
        """
        folder = Path(folder)
        header = _header(folder)
        for name, expected in header.sizes().items():
            path = folder / name
            found = path.stat().st_size if path.exists() else 0
            if found != expected:
                raise GateError(f"{path} has {found} bytes instead of {expected}: {REMEDY}")
        shard = Shard(folder, header)
        for name, digest in {HEADER: header.digest(), **shard.digests()}.items():
            if digest != header.digests.get(name):
                raise GateError(f"{folder / name} does not hold what was written there (its digest differs): {REMEDY}")
        return shard

    def rows(self, indices: Sequence[int] | np.ndarray) -> dict[str, np.ndarray]:
        """Some rows, in the order asked for.

        Returns:
            input_ids int64[B, T]; loss_mask bool[B, T], false on padding; document_ids int32[B, T]: counted from 0 in
            each row, -1 on padding.

        Raises:
            IndexError: there is no such row.
        """
        index = np.asarray(indices, dtype=np.int64)
        if index.size and not 0 <= index.min() <= index.max() < self.num_rows:
            raise IndexError(
                f"{self.folder.name} has {self.num_rows} rows: {index.min()} to {index.max()} were asked for"
            )
        return {
            "input_ids": self._tokens[index].astype(np.int64),
            "loss_mask": np.unpackbits(self._mask[index], axis=1, count=self.max_length).view(np.bool_),
            "document_ids": self._document_ids(index),
        }

    @cached_property
    def row_tokens(self) -> np.ndarray:
        """int64[num_rows]: tokens of each row without padding."""
        return self._ends[self._offsets[1:] - 1].astype(np.int64)

    def stored(self, first: int, end: int) -> tuple[np.ndarray, np.ndarray]:
        """Rows as they lie on disk, padding included: tokens [B, T], and their mask as bits, uint8[B, ceil(T / 8)]."""
        return self._tokens[first:end], self._mask[first:end]

    def digests(self) -> dict[str, str]:
        """32 hex digits of each binary file: of all of the boundaries, of up to 64 rows at equal distances and their masks."""
        sampled = np.unique(np.linspace(0, self.num_rows - 1, SAMPLED_ROWS).astype(np.int64))
        read = {
            TOKENS: self._tokens[sampled],
            MASK: self._mask[sampled],
            OFFSETS: self._offsets,
            ENDS: self._ends,
        }
        return {
            name: hashlib.blake2b(np.ascontiguousarray(values).data, digest_size=16).hexdigest()
            for name, values in read.items()
        }

    def spans_of(self, indices: Sequence[int] | np.ndarray) -> list[np.ndarray]:
        """int64[num_spans] of each row: the lengths of its spans."""
        bounds = [(int(self._offsets[i]), int(self._offsets[i + 1])) for i in indices]
        return [np.diff(self._ends[first:last].astype(np.int64), prepend=0) for first, last in bounds]

    def _map(self, name: str, dtype: np.dtype | str) -> np.ndarray:
        return np.asarray(np.memmap(self.folder / name, dtype, "r"))

    def _document_ids(self, index: np.ndarray) -> np.ndarray:
        """A one after each document's end, summed along the row, counts the documents."""
        counts = self._offsets[index + 1] - self._offsets[index]
        ends = self._ends[ranges(self._offsets[index], counts)]
        steps = np.zeros((len(index), self.max_length + 1), dtype=np.int32)
        steps[np.repeat(np.arange(len(index)), counts), ends] = 1
        ids = np.cumsum(steps[:, : self.max_length], axis=1, dtype=np.int32)
        ids[ids >= counts[:, None]] = -1
        return ids


def _header(folder: Path) -> Header:
    """What shard.json says. Raises GateError where it is not there, or not of this scheme."""
    try:
        values = json.loads((folder / HEADER).read_text())
    except (OSError, ValueError):
        raise GateError(f"{folder} holds no readable {HEADER}: {REMEDY}") from None
    scheme = values.get("scheme") if isinstance(values, dict) else None
    if scheme != SCHEME:
        raise GateError(f"{folder} has the scheme {scheme!r}, this reader needs {SCHEME!r}: {REMEDY}")
    try:
        header = Header(**values)
        header.sizes()
    except TypeError:
        raise GateError(f"{folder / HEADER} lacks or adds keys of its scheme: {REMEDY}") from None
    return header
