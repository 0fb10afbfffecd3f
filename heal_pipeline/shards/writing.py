"""Writing a shard, once: files of their full size first, then tokens in any order and from any process, then what closes it."""

import secrets
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from heal_pipeline.errors import GateError
from heal_pipeline.lake import write_json
from heal_pipeline.shards.layout import ENDS, HEADER, MASK, OFFSETS, SCHEME, SPANS, TOKENS, Header, token_type
from heal_pipeline.shards.reading import Shard

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK_TOKENS = 2**23
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
            with (folder / TOKENS).open("ab") as stream:
                stream.truncate(num_rows * max_length * token_type(vocabulary).itemsize)
            self._tokens = np.asarray(np.memmap(folder / TOKENS, token_type(vocabulary), "r+"))
            self._notes = folder / UNSCORED.replace("*", secrets.token_hex(8))

    @property
    def closed(self) -> bool:
        """Whether `close` has been through: nothing more may be put."""
        return (self.folder / HEADER).exists()

    def put(self, starts: np.ndarray, lengths: np.ndarray, tokens: np.ndarray, scored: np.ndarray) -> None:
        """Writes runs of tokens to their places.

        Args:
            starts, lengths: int64[num_runs]; a run begins at row * max_length + place in the row.
            tokens, scored: int[n] and bool[n], run after run.

        Raises:
            GateError: a token is none of the vocabulary.
        """
        assert not self.closed
        self._require_vocabulary(tokens)
        ends = np.cumsum(lengths)
        begins = ends - lengths
        copy_runs(self._tokens, starts, lengths, tokens)
        changes = np.flatnonzero(scored[1:] != scored[:-1]) + 1
        pieces = np.union1d(begins, changes)  # each scored throughout, or unscored
        sizes = np.diff(pieces, append=len(scored))
        unscored = ~scored[pieces]
        run = np.searchsorted(ends, pieces[unscored], side="right")
        places = pieces[unscored] + (starts - begins)[run]
        with self._notes.open("ab") as stream:
            stream.write(np.stack([places, sizes[unscored]], axis=1).astype("<i8").tobytes())

    def _require_vocabulary(self, tokens: np.ndarray) -> None:
        unsigned = tokens.view(f"u{tokens.dtype.itemsize}")  # so that a negative number is a very large one
        if int(unsigned.max(initial=0)) >= self._vocabulary:
            wrong = int(tokens[int(unsigned.argmax())])
            raise GateError(
                f"token {wrong} is none of the tokenizer's {self._vocabulary}: materialise tokenized again for all days, and cut a new release"
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
            writer = writer or pq.ParquetWriter(self.folder / SPANS, table.schema, compression="zstd")
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
                num = min(step, self.num_rows - first)
                bounds = np.array([first, first + num]) * self.max_length
                mine = slice(*np.searchsorted(runs[:, 0], bounds).tolist())
                scored = np.ones(num * self.max_length, dtype=np.bool_)
                for start, length in (runs[mine] - [bounds[0], 0]).tolist():
                    scored[start : start + length] = False
                stream.write(np.packbits(scored.reshape(num, self.max_length), axis=1).tobytes())

    def _clear(self) -> None:
        for path in self.folder.glob(UNSCORED):
            path.unlink()


def copy_runs(places: np.ndarray, starts: np.ndarray, lengths: np.ndarray, tokens: np.ndarray) -> None:
    """Copies tokens, run after run, to where each run starts. Positions token by token would take five times as long."""
    ends = np.cumsum(lengths)
    for start, begin, end in zip(starts.tolist(), (ends - lengths).tolist(), ends.tolist(), strict=True):
        places[start : start + end - begin] = tokens[begin:end]


def _notes(path: Path) -> np.ndarray:
    """int64[n, 2]. What a killed writer left half written belongs to a piece that is put again."""
    data = path.read_bytes()
    return np.frombuffer(data[: len(data) // 16 * 16], dtype="<i8").reshape(-1, 2)
