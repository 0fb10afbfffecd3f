"""Packing beside TRL's, next-fit and chopping on one core, and the stage `packed` for N and 10 N documents.

Documents have log-normal lengths and sentences. What each system makes of them is judged first, on tokens that are numbered over
the whole corpus, so that every one can be followed: fill, tokens lost, documents and sentences cut. Then the same documents with
ids of a vocabulary of 32,000 are packed against the clock.
"""

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import packing_peers, packing_stage
from benchmarks.harness import (
    MEMORY,
    OURS,
    Benchmark,
    BenchmarkError,
    Measurement,
    Row,
    System,
    measure,
    own_rates,
    peers_python,
    print_rows,
    said,
    speed_ups,
    summarise,
    write_results,
)
from benchmarks.packing_documents import (
    MAX_LENGTH,
    MEAN_TOKENS,
    NUM_DOCUMENTS,
    OVER_LONG,
    SIGMA,
    VOCABULARY,
    WINDOW,
    document_lengths,
    lists,
    sentence_starts,
)
from heal_pipeline.text.words import mix

SHARD = "heal, to a shard in files"
BATCH = 512
"""Documents that are put at once, about as many as a batch of the stage holds."""
STAGE_DOCUMENTS = (20_000, 200_000)
MEMORY_FOLDER = Path("/dev/shm")
TOKEN_RATE, ANONYMOUS = ("tokens", "/CPU-s"), ("memory without mapped files", "MiB")


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Judges what is packed, times it, prints the tables and writes reports/bench_packing.json.

    Raises:
        BenchmarkError: ours lose a token or cut a sentence that fits a row, or a system cannot be measured.
    """
    where = MEMORY_FOLDER if os.access(MEMORY_FOLDER, os.W_OK) else None  # peers keep their rows in memory
    with tempfile.TemporaryDirectory(prefix="heal-bench-", dir=where) as folder:
        place = Path(folder)
        judged = judged_rows(place, say)
        write_documents(place / "documents.parquet", numbered=False)
        timed = Benchmark("packing", systems(place, "documents.parquet"), metrics=_own_metrics).run(rounds, say)
        timed += speed_ups(timed)
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        for num in STAGE_DOCUMENTS:
            packing_stage.write_home(Path(folder) / str(num), num)
        stages = [
            System.of_function(f"{num:,} documents", packing_stage.time_stage, folder, num) for num in STAGE_DOCUMENTS
        ]
        stage = Benchmark("packing", stages, metrics=_stage_metrics).run(rounds, say)
    rows = [*judged, *timed, *stage]
    note = (
        f"{NUM_DOCUMENTS:,} documents, log-normal of mean {MEAN_TOKENS} and sigma {SIGMA}, rows of {MAX_LENGTH:,}. "
        f"Load of the machine at the end: {os.getloadavg()[1]:.1f}."
    )
    write_results(home / "reports" / "bench_packing.json", rows, rounds, note)
    print_rows(f"What becomes of the documents. {note}", judged)
    print_rows(f"Documents to rows, one core, {rounds} round(s)", timed)
    print_rows(f"The stage packed, one process, {rounds} round(s)", stage)
    return rows


def systems(folder: Path, documents: str) -> list[System]:
    """Ours and the peers on a file of the folder; each leaves its rows in ROWS-<system>.npz there."""
    python, file = peers_python(), str(folder / documents)

    def peer(name: str, function: Callable[..., None], *arguments: Any) -> System:
        return System.of_function(name, function, file, _rows_of(folder, name), MAX_LENGTH, *arguments, python=python)

    return [
        System.of_function(OURS, pack_in_memory, file, _rows_of(folder, OURS)),
        System.of_function(SHARD, pack_to_shard, file, _rows_of(folder, SHARD)),
        peer("TRL bfd", packing_peers.trl, "bfd", 1000),
        peer("TRL bfd_split", packing_peers.trl, "bfd_split", 1000),
        peer("TRL bfd_split, one batch", packing_peers.trl, "bfd_split", NUM_DOCUMENTS),
        peer("TRL wrapped", packing_peers.trl, "wrapped", 1000),
        peer("next-fit", packing_peers.next_fit),
        peer("concatenate and chop", packing_peers.chop),
    ]


def _rows_of(folder: Path, system: str) -> str:
    return str(folder / f"rows-{system.replace(' ', '-').replace(',', '')}.npz")


def write_documents(path: Path, *, numbered: bool) -> None:
    """tokens list<int32> and sentence_starts list<int32>, a row a document."""
    lengths = document_lengths(NUM_DOCUMENTS)
    starts, counts = sentence_starts(lengths)
    numbers = np.arange(lengths.sum(), dtype=np.uint64)
    tokens = numbers if numbered else mix(numbers) % np.uint64(VOCABULARY)
    pq.write_table(pa.table({"tokens": lists(tokens, lengths), "sentence_starts": lists(starts, counts)}), path)


@dataclass(frozen=True)
class Documents:
    """A file of documents in memory. A batch of them is `tokens[first_token[i] : first_token[j]]`."""

    tokens: np.ndarray
    first_token: np.ndarray
    sentences: np.ndarray
    first_sentence: np.ndarray

    @staticmethod
    def read(path: str) -> "Documents":
        table = pq.read_table(path).combine_chunks()
        tokens, starts = (table[c].chunk(0) for c in ("tokens", "sentence_starts"))
        offsets = [each.offsets.to_numpy().astype(np.int64) for each in (tokens, starts)]
        return Documents(tokens.flatten().to_numpy(), offsets[0], starts.flatten().to_numpy(), offsets[1])

    def __len__(self) -> int:
        return len(self.first_token) - 1

    def lay_out(self, num: int) -> Any:
        """The layout of the first `num` documents."""
        from heal_pipeline.packing.fitting import lay_out

        lengths, counts = (np.diff(first[: num + 1]) for first in (self.first_token, self.first_sentence))
        long_starts = {
            i: self.sentences[self.first_sentence[i] : self.first_sentence[i + 1]]
            for i in np.flatnonzero(lengths > MAX_LENGTH).tolist()
        }
        return lay_out(lengths, counts, long_starts, max_length=MAX_LENGTH, window=WINDOW, seed=17)

    def batches(self, num: int, layout: Any) -> Iterator[tuple[slice, slice]]:
        """The pieces and the tokens of each batch of the first `num` documents."""
        bounds = np.append(np.arange(0, num, BATCH), num)
        pieces = np.searchsorted(layout.document, bounds).tolist()
        tokens = self.first_token[bounds].tolist()
        for own, those in zip(pairwise(pieces), pairwise(tokens), strict=True):
            yield slice(*own), slice(*those)


def pack_in_memory(file: str, rows: str) -> None:
    """Ours, to what TRL gives: rows of ids and the lengths of the documents in each, in memory."""
    from heal_pipeline.shards.writing import copy_runs

    documents = Documents.read(file)
    dtype = np.uint16 if documents.tokens.max() < VOCABULARY else np.uint32

    def pack(num: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        layout = documents.lay_out(num)
        places = np.empty(layout.num_rows * MAX_LENGTH, dtype=dtype)
        starts = layout.row * MAX_LENGTH + layout.start
        for pieces, tokens in documents.batches(num, layout):
            lengths = layout.length[pieces]
            copy_runs(places, starts[pieces], lengths, documents.tokens[tokens], np.cumsum(lengths) - lengths)
        order = np.argsort(starts, kind="stable")
        lengths, offsets = layout.length[order], np.searchsorted(layout.row[order], np.arange(layout.num_rows + 1))
        fills = np.add.reduceat(lengths, offsets[:-1])
        for row in np.flatnonzero(fills < MAX_LENGTH).tolist():
            places[row * MAX_LENGTH + fills[row] : (row + 1) * MAX_LENGTH] = 0
        return places.reshape(-1, MAX_LENGTH), fills, lengths

    pack(packing_peers.WARM_UP_DOCUMENTS)
    start, cpu = time.perf_counter(), time.process_time()
    packed, fills, _ = pack(len(documents))
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    np.savez(rows, values=packed[np.arange(MAX_LENGTH) < fills[:, None]], lengths=fills)
    print(json.dumps({"documents": len(documents), "seconds": seconds, "cpu": cpu}))


def pack_to_shard(file: str, rows: str) -> None:
    """Ours, to a closed shard: files of ids, mask, boundaries, sidecar and digests."""
    from heal_pipeline.shards import Shard, ShardWriter

    documents = Documents.read(file)
    scored = np.ones(len(documents.tokens), dtype=bool)
    scored[documents.first_token[:-1]] = False
    vocabulary = max(VOCABULARY, int(documents.tokens.max()) + 1)

    def pack(num: int, folder: Path) -> None:
        layout = documents.lay_out(num)
        writer = ShardWriter(
            folder,
            num_rows=layout.num_rows,
            max_length=MAX_LENGTH,
            vocabulary=vocabulary,
            pad_id=0,
            tokenizer="bench",
        )
        starts = layout.row * MAX_LENGTH + layout.start
        for pieces, tokens in documents.batches(num, layout):
            writer.put(starts[pieces], layout.length[pieces], documents.tokens[tokens], scored[tokens])
        order = np.argsort(starts, kind="stable")
        writer.close([pa.table({c: getattr(layout, c)[order] for c in ("row", "start", "length", "document")})])

    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:  # on a disk, where homes are
        pack(packing_peers.WARM_UP_DOCUMENTS, Path(folder) / "warm-up")
        start, cpu = time.perf_counter(), time.process_time()
        pack(len(documents), Path(folder) / "shard")
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        shard = Shard.open(Path(folder) / "shard")
        packed, _ = shard.stored(0, shard.num_rows)
        np.savez(rows, values=packed[np.arange(MAX_LENGTH) < shard.row_tokens[:, None]], lengths=shard.row_tokens)
    print(json.dumps({"documents": len(documents), "seconds": seconds, "cpu": cpu}))


def judged_rows(folder: Path, say: Callable[[str], None]) -> list[Row]:
    """What each system makes of documents with numbered tokens.

    Raises:
        BenchmarkError: ours lose a token or cut a sentence that fits a row.
    """
    write_documents(folder / "numbered.parquet", numbered=True)
    lengths = document_lengths(NUM_DOCUMENTS)
    starts, counts = sentence_starts(lengths)
    first = np.repeat(np.cumsum(lengths) - lengths, counts) + starts
    found: dict[str, dict[tuple[str, str], list[float]]] = {}
    for each in systems(folder, "numbered.parquet"):
        measure(each)
        path = Path(_rows_of(folder, each.name))
        with np.load(path) as rows:
            found[each.name] = judgement(rows["values"], rows["lengths"], lengths, first)
        path.unlink()
        say(f"judged: {each.name}")
    (folder / "numbered.parquet").unlink()
    for system in (OURS, SHARD):
        ours = {name: values[0] for (name, _), values in found[system].items()}
        if ours["tokens lost"] or ours["documents cut, no longer than a row"] or ours["sentences cut"] != OVER_LONG:
            raise BenchmarkError(f"{system}: loses or cuts what it may not: {ours}")
    return summarise(found)


def judgement(
    values: np.ndarray, row_lengths: np.ndarray, lengths: np.ndarray, sentences: np.ndarray
) -> dict[tuple[str, str], list[float]]:
    """Measures of packed rows.

    Args:
        values: the numbers of the tokens that are packed, row after row.
        row_lengths: of each row, without padding.
        lengths: of the documents, whose tokens follow each other.
        sentences: the numbers of their first tokens.
    """
    num_tokens = int(lengths.sum())
    row = np.full(num_tokens, -1, dtype=np.int64)
    row[values] = np.repeat(np.arange(len(row_lengths)), row_lengths)
    times = np.bincount(values, minlength=num_tokens)
    parted = np.concatenate([[0], np.cumsum((row[1:] != row[:-1]) | (row[1:] < 0))])  # before each token, from its left

    def cut(begin: np.ndarray, size: np.ndarray) -> np.ndarray:
        return (parted[begin + size - 1] != parted[begin]) | (row[begin] < 0)

    documents = cut(np.cumsum(lengths) - lengths, lengths)
    return {
        ("fill", "share"): [len(values) / (len(row_lengths) * MAX_LENGTH)],
        ("tokens lost", "tokens"): [float((times == 0).sum())],
        ("tokens doubled", "tokens"): [float((times > 1).sum())],
        ("documents cut", "documents"): [float(documents.sum())],
        ("documents cut, no longer than a row", "documents"): [float(documents[lengths <= MAX_LENGTH].sum())],
        ("sentences cut", "sentences"): [float(cut(sentences, np.diff(sentences, append=num_tokens)).sum())],
    }


def _own_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    return own_rates(said(measured))


def _stage_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    found = said(measured)
    return {
        TOKEN_RATE: found["tokens"] / found["cpu"],
        **own_rates(found),
        ANONYMOUS: found["anonymous"],
        MEMORY: measured.peak_mib,
    }
