"""Tokens put in their places: what one task does with one piece of a day's tokens. Where places are is not decided here.

The plan lies in files that tasks map, so that none is handed more than names. What a task has put in place it marks; a task
that finds its mark does nothing.
"""

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.lake import write_json
from heal_pipeline.left_out import tokens_without
from heal_pipeline.pieces import Piece, batches_of, num_rows
from heal_pipeline.ragged import ranges
from heal_pipeline.shards import Shard, ShardWriter, token_type

READ_TOKENS = 2**17
"""At once, so that the steps of the checksum find them in the cache."""
RUNS_AT_ONCE = 256
"""For the same reason."""

Counts = tuple[int, int, int]
"""Tokens, scored tokens, and a checksum over tokens and their places, modulo 2**64."""


@dataclass(frozen=True)
class Target:
    """A shard being written: its source, and what `ShardWriter` takes."""

    source: str
    folder: str
    num_rows: int
    max_length: int
    vocabulary: int
    pad_id: int
    tokenizer: str

    @property
    def num_bytes(self) -> int:
        """What it takes on disk, and some more: tokens, the mask, notes and sidecar."""
        return self.num_rows * self.max_length * (8 * token_type(self.vocabulary).itemsize + 2) // 8

    def writer(self) -> ShardWriter:
        settings = {k: v for k, v in asdict(self).items() if k not in ("source", "folder")}
        return ShardWriter(Path(self.folder), **settings)


@dataclass(frozen=True)
class Plan:
    """Where tokens go, as files in a folder.

    Runs lie document after document: a run of `length` tokens begins at `place` (row * max_length + place in the row) of its
    target. Row r of a day goes to `target[r]` (-1: nowhere), as the `count[r]` runs from `first[r]` on, without the tokens from
    `left_out_begin` up to `left_out_end` of each entry in `left_out_row` that names it.
    """

    folder: Path

    def write(
        self,
        targets: list[Target],
        runs: dict[str, np.ndarray],
        rows: list[dict[str, np.ndarray]],
    ) -> None:
        """Args:
        runs: place int64 and length int32, [num_runs].
        rows: of each day: target int16, first int64, count int32, [num_rows]; left_out_row, left_out_begin and
            left_out_end int64, [num_left_out], sorted.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        write_json(self.folder / "targets.json", [asdict(t) for t in targets])
        for name, values in runs.items():
            np.save(self.folder / f"{name}.npy", values)
        for day, arrays in enumerate(rows):
            for name, values in arrays.items():
                np.save(self.folder / f"{name}-{day}.npy", values)

    def targets(self) -> list[Target]:
        return [Target(**t) for t in json.loads((self.folder / "targets.json").read_text())]

    def array(self, name: str) -> np.ndarray:
        return np.asarray(np.load(self.folder / f"{name}.npy", mmap_mode="r"))


def put_piece(folder: str, mark: str, day: int, first_row: int, piece: Piece) -> dict[str, Counts]:
    """Puts the tokens of a piece in place, unless its mark says that they are.

    Args:
        folder: of the plan.
        mark: a file, written when all is in place.
        day: number of the day in the plan.
        first_row: of the piece in the rows of the day.

    Returns:
        source → what was put there.
    """
    if Path(mark).exists():
        return {source: (a, b, c) for source, (a, b, c) in json.loads(Path(mark).read_text()).items()}
    plan = Plan(Path(folder))
    targets = plan.targets()
    target, first, count = (plan.array(f"{name}-{day}") for name in ("target", "first", "count"))
    left_out = [plan.array(f"left_out_{name}-{day}") for name in ("row", "begin", "end")]
    place, length = plan.array("place"), plan.array("length")
    wanted = np.unique(target[first_row : first_row + num_rows(piece)])
    writers = {t: targets[t].writer() for t in wanted[wanted >= 0].tolist()}
    counts: dict[str, Counts] = defaultdict(lambda: (0, 0, 0))
    for batch in batches_of(piece, ["tokens", "scored"]) if writers else ():
        row, begin, end = (values[_within(left_out[0], first_row, batch.num_rows)] for values in left_out)
        batch = tokens_without(batch, row - first_row, begin, end)
        rows = slice(first_row, first_row + batch.num_rows)
        first_row += batch.num_rows
        for number in np.unique(target[rows]).tolist():
            if number >= 0:
                mine = target[rows] == number
                runs = ranges(first[rows][mine], count[rows][mine])
                found = _put(writers[number], batch, mine, count[rows][mine], place[runs], length[runs])
                source = targets[number].source
                counts[source] = _sum(counts[source], found)
    write_json(Path(mark), counts)
    return dict(counts)


def read_back(shard: Shard) -> Counts:
    """What a closed shard holds, read row by row."""
    counts = (0, 0, 0)
    step = max(1, READ_TOKENS // shard.max_length)
    columns = np.arange(shard.max_length)
    for start in range(0, shard.num_rows, step):
        tokens, mask = shard.stored(start, start + step)
        real = columns < shard.row_tokens[start : start + step, None]
        places = np.arange(start * shard.max_length, start * shard.max_length + tokens.size, dtype=np.uint64)
        values = np.where(real, tokens.astype(np.uint64) + np.uint64(1), np.uint64(0)).reshape(-1)
        scored = int(np.bitwise_count(mask).sum(dtype=np.int64))
        counts = _sum(counts, (int(real.sum()), scored, int((values * (places + np.uint64(1))).sum())))
    return counts


def total(parts: list[dict[str, Counts]], source: str) -> Counts:
    """What all pieces put into the shard of a source."""
    counts = (0, 0, 0)
    for part in parts:
        counts = _sum(counts, part.get(source, (0, 0, 0)))
    return counts


def _put(
    writer: ShardWriter,
    batch: pa.RecordBatch,
    mine: np.ndarray,
    count: np.ndarray,
    place: np.ndarray,
    length: np.ndarray,
) -> Counts:
    """Writes some documents of a batch.

    Args:
        mine: bool[num_documents], which ones.
        count: of theirs, how many runs each has; they follow each other in its tokens without a gap.
        place, length: of these runs.
    """
    if 2 * int(mine.sum()) < len(mine):  # else passing over the rest is cheaper than copying what is wanted
        batch, mine = batch.filter(pa.array(mine)), mine[mine]
    tokens, scored = (pc.list_flatten(batch[c]).to_numpy(zero_copy_only=False) for c in ("tokens", "scored"))
    sizes = pc.list_value_length(batch["tokens"]).to_numpy().astype(np.int64)
    between = np.cumsum(np.where(mine, 0, sizes))[mine]  # tokens of others before each document
    length = length.astype(np.int64)
    begins = np.cumsum(length) - length + np.repeat(between, count)
    writer.put(place, length, tokens, scored, begins)
    counts = (int(sizes[mine].sum()), 0, 0)
    for first in range(0, len(begins), RUNS_AT_ONCE):
        own = slice(first, first + RUNS_AT_ONCE)
        here = slice(int(begins[first]), int((begins[own] + length[own])[-1]))
        sums = _sums(place[own], length[own], tokens[here], scored[here], begins[own] - begins[first])
        counts = _sum(counts, (0, *sums))
    return counts


def _sums(
    place: np.ndarray, length: np.ndarray, tokens: np.ndarray, scored: np.ndarray, begins: np.ndarray
) -> tuple[int, int]:
    """Scored tokens and checksum of runs, of which the first begins, and the last ends, with the tokens."""
    bounds = np.stack([begins, begins + length], axis=1).reshape(-1)[:-1]

    def of_runs(values: np.ndarray) -> np.ndarray:
        return np.add.reduceat(values, bounds, dtype=np.uint64)[::2]

    # The sum of (token + 1) * (place + 1), a run's places being those in the tokens and a distance.
    values = tokens.astype(np.uint64) + np.uint64(1)
    between = of_runs(values) * (place - begins).astype(np.uint64)
    values *= np.arange(1, len(values) + 1, dtype=np.uint64)
    checksum = int(of_runs(values).sum()) + int(between.sum())
    return int(of_runs(scored.view(np.uint8)).sum()), checksum % 2**64


def _within(rows: np.ndarray, first: int, num: int) -> slice:
    """Where, of sorted row numbers, those from `first` on lie that belong to the next `num` rows."""
    return slice(*np.searchsorted(rows, [first, first + num]).tolist())


def _sum(a: Counts, b: Counts) -> Counts:
    return a[0] + b[0], a[1] + b[1], (a[2] + b[2]) % 2**64
