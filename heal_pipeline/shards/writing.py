"""Writing a shard, once: files of their full size first, then tokens in any order and from any process, then what closes it."""

import secrets
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from heal_pipeline.errors import GateError
from heal_pipeline.lake import write_json
from heal_pipeline.ragged import ranges
from heal_pipeline.shards.layout import (
    ENDS,
    HEADER,
    MASK,
    OFFSETS,
    SCHEME,
    SPANS,
    TOKENS,
    Header,
    mask_bytes,
    token_type,
)
from heal_pipeline.shards.reading import Shard

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_TOKENS = 2**23
ZEROS = bytes(2**20)
FILLED_BYTES = 2**29
"""Up to here a file is filled before it is mapped: pages that were written in order are large, and a third as dear to write to as
those of a hole. Of a larger one the memory might not hold them until their tokens come."""
UNSCORED = "unscored-*.tmp"
"""What each writer notes of the mask: int64 [n, 2], where runs of unscored tokens begin and how long they are. They are few, a
prompt or the first token of a document, and writers beside each other could not share the bytes of the mask."""


class ShardWriter:
    """Writes a shard whose layout is known before its tokens. Several, in processes of their own, may write to one folder.

    What was broken off may be gone on with: the same folder, opened again, keeps what was put.

    Args:
        folder: is made if need be.
        vocabulary: number of token ids; up to 65,536 of them take two bytes a token.
        tokenizer: the tokenizer's fingerprint.
    """

    def __init__(
        self, folder: Path, *, num_rows: int, max_length: int, vocabulary: int, pad_id: int, tokenizer: str
    ) -> None:
        self.folder, self.num_rows, self.max_length = folder, num_rows, max_length
        self._vocabulary, self._pad_id, self._tokenizer = vocabulary, pad_id, tokenizer
        folder.mkdir(parents=True, exist_ok=True)
        if not self.closed:
            _make_file(folder / TOKENS, num_rows * max_length * token_type(vocabulary).itemsize)
            self._tokens = np.asarray(np.memmap(folder / TOKENS, token_type(vocabulary), "r+"))
            self._notes = folder / UNSCORED.replace("*", secrets.token_hex(8))

    @property
    def closed(self) -> bool:
        """Whether `close` has been through: nothing more may be put."""
        return (self.folder / HEADER).exists()

    def put(
        self,
        starts: np.ndarray,
        lengths: np.ndarray,
        tokens: np.ndarray,
        scored: np.ndarray,
        begins: np.ndarray | None = None,
    ) -> None:
        """Writes runs of tokens to their places.

        Args:
            starts, lengths: int64[num_runs]; a run begins at row * max_length + place in the row.
            tokens, scored: int[n] and bool[n], run after run.
            begins: int64[num_runs], ascending: where the runs begin in tokens, if these hold others between them.

        Raises:
            GateError: a token is none of the vocabulary.
        """
        assert not self.closed
        begins = np.cumsum(lengths) - lengths if begins is None else begins
        self._require_vocabulary(tokens, begins, lengths)
        copy_runs(self._tokens, starts, lengths, tokens, begins)
        run, first, sizes = unscored_runs(scored, begins, begins + lengths)
        places = first + (starts - begins)[run]
        with self._notes.open("ab") as stream:
            stream.write(np.stack([places, sizes], axis=1).astype("<i8").tobytes())

    def _require_vocabulary(self, tokens: np.ndarray, begins: np.ndarray, lengths: np.ndarray) -> None:
        unsigned = tokens.view(f"u{tokens.dtype.itemsize}")  # so that a negative number is a very large one
        if int(unsigned.max(initial=0)) < self._vocabulary:
            return
        own = tokens[ranges(begins, lengths)]
        wrong = own[(own < 0) | (own >= self._vocabulary)]
        if len(wrong):
            raise GateError(
                f"token {wrong[0]} is none of the tokenizer's {self._vocabulary}: materialise tokenized again for all days, and cut a new release"
            )

    def close(self, spans: Iterable["pa.Table"]) -> None:
        """Writes padding, mask, boundaries and sidecar, and shard.json last.

        Args:
            spans: the columns of spans.parquet, in tables that follow each other, sorted by row and start; in each row
                without gaps from 0 on.
        """
        if self.closed:
            return self._clear()
        rows, ends = self._write_spans(spans)
        offsets = np.searchsorted(rows, np.arange(self.num_rows + 1))
        assert np.all(np.diff(offsets) > 0), "every row holds a span"
        fills = ends[offsets[1:] - 1]
        assert int(fills.max(initial=0)) <= self.max_length
        self._write_mask(fills)
        offsets.astype("<i8").tofile(self.folder / OFFSETS)
        ends.astype("<u4").tofile(self.folder / ENDS)
        header = Header(
            scheme=SCHEME,
            vocabulary=self._vocabulary,
            num_rows=self.num_rows,
            max_length=self.max_length,
            num_spans=len(rows),
            num_tokens=int(fills.sum()),
            pad_id=self._pad_id,
            tokenizer=self._tokenizer,
        )
        digests = {HEADER: header.digest(), **Shard(self.folder, header).digests()}
        write_json(self.folder / HEADER, asdict(replace(header, digests=digests)))
        return self._clear()

    def _write_spans(self, spans: Iterable["pa.Table"]) -> tuple[np.ndarray, np.ndarray]:
        """Writes the sidecar. Returns int64[num_spans] each: the row of a span, and where it ends there."""
        import pyarrow.parquet as pq

        parts: list[tuple[np.ndarray, np.ndarray]] = []
        previous = (-1, 0)
        writer = None
        for table in spans:
            writer = writer or pq.ParquetWriter(
                self.folder / SPANS, table.schema, compression="zstd", use_dictionary=False
            )
            row, start, length = (table[c].to_numpy().astype(np.int64) for c in ("row", "start", "length"))
            before = np.concatenate([[previous[0]], row[:-1]])
            expected = np.where(row == before, np.concatenate([[previous[1]], (start + length)[:-1]]), 0)
            assert np.array_equal(start, expected), "spans follow each other from 0 on"
            previous = (int(row[-1]), int(start[-1] + length[-1]))
            parts.append((row, start + length))
            writer.write_table(table)
        assert writer is not None, "a shard holds a row at least"
        writer.close()
        rows, ends = (np.concatenate(values) for values in zip(*parts, strict=True))
        return rows, ends

    def _write_mask(self, fills: np.ndarray) -> None:
        """Writes the mask, and padding behind the `fills` tokens of each row."""
        tokens = self._tokens.reshape(self.num_rows, self.max_length)
        not_full = np.flatnonzero(fills < self.max_length)
        for row, fill in zip(not_full.tolist(), fills[not_full].tolist(), strict=True):
            tokens[row, fill:] = self._pad_id
        padding = np.stack([not_full * self.max_length + fills[not_full], self.max_length - fills[not_full]], axis=1)
        runs = np.concatenate([padding, *(_notes(path) for path in sorted(self.folder.glob(UNSCORED)))])
        runs = runs[np.argsort(runs[:, 0], kind="stable")]
        step = max(1, CHUNK_TOKENS // self.max_length)
        with (self.folder / MASK).open("wb") as stream:
            for first in range(0, self.num_rows, step):
                end = min(first + step, self.num_rows)
                mine = slice(*np.searchsorted(runs[:, 0], [first * self.max_length, end * self.max_length]).tolist())
                rows, begins = np.divmod(runs[mine, 0], self.max_length)
                mask = mask_without(end - first, self.max_length, rows - first, begins, begins + runs[mine, 1])
                stream.write(mask.tobytes())

    def _clear(self) -> None:
        for path in self.folder.glob(UNSCORED):
            path.unlink()


def copy_runs(
    places: np.ndarray, starts: np.ndarray, lengths: np.ndarray, tokens: np.ndarray, begins: np.ndarray
) -> None:
    """Copies runs of tokens, from where each begins to where it starts. Positions token by token would take five times as long."""
    ends = (begins + lengths).tolist()
    for start, begin, end in zip(starts.tolist(), begins.tolist(), ends, strict=True):
        places[start : start + end - begin] = tokens[begin:end]


def unscored_runs(
    scored: np.ndarray, begins: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The unscored stretches of runs: the number of the run, where a stretch begins in `scored`, and its length, int64[num].

    Args:
        scored: bool[n].
        begins, ends: int64[num_runs], of the runs, ascending; one does not reach into the next.
    """
    changes = np.flatnonzero(scored[1:] != scored[:-1]) + 1
    bounds = np.sort(np.concatenate([begins, ends, changes]))
    first, sizes = bounds[:-1], np.diff(bounds)  # each stretch is scored throughout, or is not
    first, sizes = first[sizes > 0], sizes[sizes > 0]
    run = np.searchsorted(begins, first, side="right") - 1
    unscored = ~scored[first] & (first < np.append(ends, 0)[run])  # before all runs, -1, the end is 0
    return run[unscored], first[unscored], sizes[unscored]


def mask_without(num_rows: int, width: int, row: np.ndarray, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
    """uint8[num_rows, ceil(width / 8)]: rows of `width` bits, the highest of a byte first, set but for ranges that do not overlap.

    Args:
        row, begin, end: int64[num]; begin < end.
    """
    mask = np.full((num_rows, mask_bytes(width)), 0xFF, dtype=np.uint8)
    mask[:, -1] = 0xFF << (-width % 8) & 0xFF
    offset = row * mask.shape[1]
    bits = mask.reshape(-1)
    first, last = offset + (begin >> 3), offset + (end - 1 >> 3)
    from_begin, to_end = 0xFF >> (begin & 7), 0xFF << (7 - (end - 1 & 7)) & 0xFF
    within = first == last
    np.bitwise_and.at(bits, first, (~np.where(within, from_begin & to_end, from_begin)).astype(np.uint8))
    np.bitwise_and.at(bits, last[~within], (~to_end[~within]).astype(np.uint8))
    bits[ranges(first + 1, np.maximum(last - first - 1, 0))] = 0
    return mask


def _make_file(path: Path, num_bytes: int) -> None:
    """A file of zeros. One that is there keeps what it holds, also where several make it at once: all of them append."""
    with path.open("ab", buffering=0) as stream:
        for _ in range(stream.tell(), num_bytes if num_bytes <= FILLED_BYTES else 0, len(ZEROS)):
            stream.write(ZEROS)
        stream.truncate(num_bytes)


def _notes(path: Path) -> np.ndarray:
    """int64[n, 2]. What a killed writer left half written belongs to a piece that is put again."""
    data = path.read_bytes()
    return np.frombuffer(data[: len(data) // 16 * 16], dtype="<i8").reshape(-1, 2)
