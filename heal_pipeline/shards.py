"""Token ids on disk: what a shard is, how it is written once and read by row. Which rows are read is not decided here.

A shard is a folder with rows of exactly `max_length` tokens, all of one source:

    shard.json       scheme, sizes, tokenizer, digest: written last
    tokens.bin       uint16 or uint32 [num_rows, max_length], row after row
    mask.bin         uint8 [num_rows, ceil(max_length / 8)]: a bit a token, set where it is scored
    offsets.bin      int64 [num_rows + 1]: where the spans of a row begin in ends.bin
    ends.bin         uint32 [num_spans]: the token of the row at which each span ends; what follows the last is padding
    spans.parquet    row, start, length, doc_id, first_sentence, num_sentences: whose tokens a span holds
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from heal_pipeline.errors import GateError
from heal_pipeline.lake import write_json

if TYPE_CHECKING:
    import pyarrow as pa

SCHEME = "shard/v1"
TRAINING, VALIDATION = "cleared/shards", "cleared/validation"
SPANS = "spans.parquet"

SAMPLED_ROWS = 64
"""Rows that the digest reads: enough to tell another build's file of the same size, and quick at any size."""
CHUNK_ROWS = 1024


def artifact_name(purpose: str, release: str, source: str) -> str:
    """Where a source's rows are, below the home. `purpose` is TRAINING or VALIDATION."""
    return f"{purpose}/{release}/{source}"


@dataclass(frozen=True)
class Header:
    """What shard.json holds.

    Attributes:
        num_tokens: without padding.
        tokenizer: fingerprint of the tokenizer that gave the ids.
        digest: of the boundaries and of rows at equal distances.
    """

    scheme: str
    dtype: str
    num_rows: int
    max_length: int
    num_spans: int
    num_tokens: int
    pad_id: int
    tokenizer: str
    digest: str = ""

    def sizes(self) -> dict[str, int]:
        """Bytes of each binary file."""
        return {
            "tokens.bin": self.num_rows * self.max_length * np.dtype(self.dtype).itemsize,
            "mask.bin": self.num_rows * mask_bytes(self.max_length),
            "offsets.bin": (self.num_rows + 1) * 8,
            "ends.bin": self.num_spans * 4,
        }


def mask_bytes(max_length: int) -> int:
    return -(-max_length // 8)


class ShardWriter:
    """Writes a shard whose layout is known before its tokens: they may come in any order.

    Args:
        folder: an empty folder.
        vocabulary: number of token ids; up to 65,536 of them take two bytes a token.
        tokenizer: the tokenizer's fingerprint.
    """

    def __init__(
        self, folder: Path, *, num_rows: int, max_length: int, vocabulary: int, pad_id: int, tokenizer: str
    ) -> None:
        self.folder, self.num_rows, self.max_length = folder, num_rows, max_length
        self._pad_id, self._tokenizer = pad_id, tokenizer
        dtype = np.uint16 if vocabulary <= 2**16 else np.uint32
        self._tokens = np.memmap(folder / "tokens.bin", dtype, "w+", shape=(num_rows, max_length))
        self._scored_path = folder / "scored.tmp"
        self._scored = np.memmap(self._scored_path, np.bool_, "w+", shape=(num_rows, max_length))

    def put(self, positions: np.ndarray, tokens: np.ndarray, scored: np.ndarray) -> None:
        """Writes tokens to their places.

        Args:
            positions: int64[n], row * max_length + place in the row.
            tokens, scored: int[n] and bool[n].
        """
        self._tokens.reshape(-1)[positions] = tokens
        self._scored.reshape(-1)[positions] = scored

    def close(self, spans: "pa.Table") -> None:
        """Writes padding, mask, boundaries and sidecar, and shard.json last.

        Args:
            spans: the columns of spans.parquet, sorted by row and start; in each row without gaps from 0 on.
        """
        import pyarrow.parquet as pq

        rows, starts, lengths = (spans[c].to_numpy().astype(np.int64) for c in ("row", "start", "length"))
        ends = starts + lengths
        offsets = np.searchsorted(rows, np.arange(self.num_rows + 1))
        first = np.zeros(len(rows), dtype=bool)
        first[offsets[:-1]] = True
        assert np.all(np.diff(offsets) > 0), "every row holds a span"
        assert np.all(np.where(first, starts == 0, starts == np.roll(ends, 1))), "spans follow each other from 0 on"
        fills = ends[offsets[1:] - 1]
        assert int(fills.max()) <= self.max_length
        with (self.folder / "mask.bin").open("wb") as stream:
            for start in range(0, self.num_rows, CHUNK_ROWS):
                chunk = slice(start, start + CHUNK_ROWS)
                padding = np.arange(self.max_length) >= fills[chunk, None]
                self._tokens[chunk][padding] = self._pad_id
                stream.write(np.packbits(self._scored[chunk], axis=1).tobytes())
        self._tokens.flush()
        self._scored_path.unlink()
        offsets.astype("<i8").tofile(self.folder / "offsets.bin")
        ends.astype("<u4").tofile(self.folder / "ends.bin")
        pq.write_table(spans, self.folder / SPANS, compression="zstd")
        header = Header(
            scheme=SCHEME,
            dtype=str(self._tokens.dtype),
            num_rows=self.num_rows,
            max_length=self.max_length,
            num_spans=len(rows),
            num_tokens=int(lengths.sum()),
            pad_id=self._pad_id,
            tokenizer=self._tokenizer,
        )
        digest = Shard(self.folder, header).digest()
        write_json(self.folder / "shard.json", asdict(header) | {"digest": digest})


class Shard:
    """Reads rows of a shard. Files are memory-mapped: what is not asked for is not read."""

    def __init__(self, folder: Path, header: Header) -> None:
        self.folder, self.header = folder, header
        self.num_rows, self.max_length = header.num_rows, header.max_length
        width = mask_bytes(header.max_length)
        self._tokens = self._map("tokens.bin", header.dtype).reshape(self.num_rows, self.max_length)
        self._mask = self._map("mask.bin", "u1").reshape(self.num_rows, width)
        self._offsets = self._map("offsets.bin", "<i8")
        self._ends = self._map("ends.bin", "<u4")

    @staticmethod
    def open(folder: Path | str) -> "Shard":
        """A shard, its files checked against shard.json: sizes, and a digest of boundaries and sampled rows.

        Raises:
            GateError: there is no shard, it has another scheme, or a file is not what was written.
        """
        folder = Path(folder)
        remedy = "rematerialise packed and validation_set"
        try:
            values = json.loads((folder / "shard.json").read_text())
        except (OSError, ValueError):
            raise GateError(f"{folder} holds no readable shard.json: {remedy}") from None
        scheme = values.get("scheme") if isinstance(values, dict) else None
        if scheme != SCHEME:
            raise GateError(f"{folder} has the scheme {scheme!r}, this reader needs {SCHEME!r}: {remedy}")
        try:
            header = Header(**values)
            sizes = header.sizes()
        except TypeError:
            raise GateError(f"{folder}/shard.json lacks or adds keys of its scheme: {remedy}") from None
        for name, expected in sizes.items():
            path = folder / name
            found = path.stat().st_size if path.exists() else 0
            if found != expected:
                raise GateError(f"{path} has {found} bytes instead of {expected}: {remedy}")
        shard = Shard(folder, header)
        if shard.digest() != header.digest:
            raise GateError(f"{folder} does not hold what was written there (its digest differs): {remedy}")
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

    def digest(self) -> str:
        """32 hex digits of the sizes, the boundaries, and of up to 64 rows at equal distances with their masks."""
        sampled = np.unique(np.linspace(0, self.num_rows - 1, SAMPLED_ROWS).astype(np.int64))
        hasher = hashlib.blake2b(f"{self.num_rows},{self.max_length},{self.header.pad_id}".encode(), digest_size=16)
        for values in (self._offsets, self._ends, self._tokens[sampled], self._mask[sampled]):
            hasher.update(np.ascontiguousarray(values).data)
        return hasher.hexdigest()

    def _map(self, name: str, dtype: str) -> np.ndarray:
        return np.asarray(np.memmap(self.folder / name, dtype, "r"))

    def _document_ids(self, index: np.ndarray) -> np.ndarray:
        """A one after each document's end, summed along the row, counts the documents."""
        counts = self._offsets[index + 1] - self._offsets[index]
        inside = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        ends = self._ends[np.repeat(self._offsets[index], counts) + inside]
        steps = np.zeros((len(index), self.max_length + 1), dtype=np.int32)
        steps[np.repeat(np.arange(len(index)), counts), ends] = 1
        ids = np.cumsum(steps[:, : self.max_length], axis=1, dtype=np.int32)
        ids[ids >= counts[:, None]] = -1
        return ids
