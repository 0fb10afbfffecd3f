"""Packing beside TRL's, next-fit and chopping on one core, and the stage `packed` for N and 10 N documents.

Documents have log-normal lengths and sentences. What each system makes of them is judged first, on tokens that are numbered over
the whole corpus, so that every one can be followed: fill, tokens lost, documents and sentences cut. Then the same documents with
ids of a vocabulary of 32,000 are packed against the clock.
"""

import json
import os
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import packing_peers
from benchmarks.filtering import CPU_RATE, DAY, RATE, SECONDS, profile_of, speed_ups
from benchmarks.harness import (
    CPU,
    MEMORY,
    Benchmark,
    BenchmarkError,
    Measurement,
    Row,
    System,
    measure,
    peers_python,
    print_rows,
    summarise,
    write_results,
)
from heal_pipeline.text.words import mix

OURS = "heal"
MAX_LENGTH, WINDOW = 8192, 100_000
VOCABULARY = 32_000
NUM_DOCUMENTS = 60_000
MEAN_TOKENS, SIGMA = 800, 1.25
"""Of the log-normal lengths: a ninth of the tokens is in documents longer than a row."""
SENTENCE_TOKENS = 22
OVER_LONG = 3
"""Documents of one sentence that is longer than a row, the only ones that may be cut inside of one."""
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
            write_home(Path(folder) / str(num), num)
        stages = [System.of_function(f"{num:,} documents", time_stage, folder, num) for num in STAGE_DOCUMENTS]
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
        System.of_function(OURS, pack_file, file, _rows_of(folder, OURS)),
        peer("TRL bfd", packing_peers.trl, "bfd", 1000),
        peer("TRL bfd_split", packing_peers.trl, "bfd_split", 1000),
        peer("TRL bfd_split, one batch", packing_peers.trl, "bfd_split", NUM_DOCUMENTS),
        peer("TRL wrapped", packing_peers.trl, "wrapped", 1000),
        peer("next-fit", packing_peers.next_fit),
        peer("concatenate and chop", packing_peers.chop),
    ]


def _rows_of(folder: Path, system: str) -> str:
    return str(folder / f"rows-{system.replace(' ', '-')}.npz")


def write_documents(path: Path, *, numbered: bool) -> None:
    """tokens list<int32> and sentence_starts list<int32>, a row a document."""
    lengths = document_lengths(NUM_DOCUMENTS)
    starts, counts = sentence_starts(lengths)
    numbers = np.arange(lengths.sum(), dtype=np.uint64)
    tokens = numbers if numbered else mix(numbers) % np.uint64(VOCABULARY)
    pq.write_table(pa.table({"tokens": lists(tokens, lengths), "sentence_starts": lists(starts, counts)}), path)


def document_lengths(num: int) -> np.ndarray:
    """int64[num] of log-normal lengths, the same each time; some documents are a sentence longer than a row."""
    rng = np.random.default_rng(17)
    lengths = np.maximum(1, rng.lognormal(np.log(MEAN_TOKENS) - SIGMA**2 / 2, SIGMA, num)).astype(np.int64)
    lengths[:OVER_LONG] = 3 * MAX_LENGTH
    return lengths


def sentence_starts(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first tokens of the sentences of all documents, each counted in its document, and how many each has."""
    rng = np.random.default_rng(18)
    counts = np.maximum(1, lengths // SENTENCE_TOKENS)
    counts[:OVER_LONG] = 1
    document = np.repeat(np.arange(len(lengths)), counts)
    place = np.arange(len(document)) - np.repeat(np.cumsum(counts) - counts, counts)
    apart = lengths[document] / counts[document]
    moved = np.where(place > 0, rng.uniform(-0.45, 0.45, len(document)), 0)
    return np.floor((place + moved) * apart).astype(np.int64), counts


def lists(values: np.ndarray, lengths: np.ndarray) -> pa.ListArray:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.astype(np.int32)))


def pack_file(documents: str, rows: str) -> None:
    """Ours: laid out, put in place, closed. What is timed makes the whole shard, mask, boundaries and padding included."""
    from heal_pipeline.packing.fitting import lay_out
    from heal_pipeline.shards import Shard, ShardWriter

    table = pq.read_table(documents).combine_chunks()
    tokens, starts = (table[c].chunk(0) for c in ("tokens", "sentence_starts"))
    first_token, first_start = (each.offsets.to_numpy().astype(np.int64) for each in (tokens, starts))
    values, sentences = tokens.flatten().to_numpy(), starts.flatten().to_numpy()
    scored = np.ones(len(values), dtype=bool)
    scored[first_token[:-1]] = False

    def pack(num_documents: int, folder: str) -> Path:
        lengths = np.diff(first_token[: num_documents + 1])
        long_starts = {
            i: sentences[first_start[i] : first_start[i + 1]] for i in np.flatnonzero(lengths > MAX_LENGTH).tolist()
        }
        counts = np.diff(first_start[: num_documents + 1])
        layout = lay_out(lengths, counts, long_starts, max_length=MAX_LENGTH, window=WINDOW, seed=17)
        place = Path(rows).with_name(folder)
        writer = ShardWriter(
            place,
            num_rows=layout.num_rows,
            max_length=MAX_LENGTH,
            vocabulary=max(VOCABULARY, int(values.max()) + 1),
            pad_id=0,
            tokenizer="bench",
        )
        bounds = np.append(np.arange(0, num_documents, BATCH), num_documents)
        runs = np.searchsorted(layout.document, bounds).tolist()
        starts_of_run = layout.row * MAX_LENGTH + layout.start
        for i, (first, end) in enumerate(pairwise(runs)):
            mine = slice(first_token[bounds[i]], first_token[bounds[i + 1]])
            writer.put(starts_of_run[first:end], layout.length[first:end], values[mine], scored[mine])
        order = np.lexsort((layout.start, layout.row))
        columns = {"row": layout.row, "start": layout.start, "length": layout.length, "document": layout.document}
        writer.close([pa.table({name: column[order] for name, column in columns.items()})])
        return place

    pack(packing_peers.WARM_UP_DOCUMENTS, "warm-up")
    start, cpu = time.perf_counter(), time.process_time()
    place = pack(table.num_rows, "shard")
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    shard = Shard.open(place)
    packed, _ = shard.stored(0, shard.num_rows)
    real = np.arange(MAX_LENGTH) < shard.row_tokens[:, None]
    np.savez(rows, values=packed[real], lengths=shard.row_tokens)
    for folder in (place, place.with_name("warm-up")):
        for path in folder.iterdir():
            path.unlink()
    print(json.dumps({"documents": table.num_rows, "seconds": seconds, "cpu": cpu}))


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
    for system in systems(folder, "numbered.parquet"):
        measure(system)
        path = Path(_rows_of(folder, system.name))
        with np.load(path) as rows:
            found[system.name] = judgement(rows["values"], rows["lengths"], lengths, first)
        path.unlink()
        say(f"judged: {system.name}")
    (folder / "numbered.parquet").unlink()
    ours = {name: values[0] for (name, _), values in found[OURS].items()}
    if ours["tokens lost"] or ours["documents cut, no longer than a row"] or ours["sentences cut"] != OVER_LONG:
        raise BenchmarkError(f"ours lose or cut what they may not: {ours}")
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


def write_home(home: Path, num: int) -> None:
    """A home with a release of `num` documents of one source, whose tokens are in files of 10,000 documents."""
    from tokenizers import Tokenizer, models

    from heal_pipeline import artifacts, releases, repeated_sentences, vocabulary
    from heal_pipeline.lake import Lake
    from heal_pipeline.survivors import SURVIVOR_SCHEMA
    from heal_pipeline.tokens.stage import TOKENIZED_SCHEMA

    lake, profile = Lake(home), profile_of("pages")
    with artifacts.stage(lake, vocabulary.TOKENIZER, scheme=vocabulary.SCHEME) as staged:
        names = ["<s>", "</s>", "<pad>", *(f"w{i}" for i in range(VOCABULARY - 3))]
        Tokenizer(models.BPE({name: i for i, name in enumerate(names)}, [])).save(str(staged.path / "tokenizer.json"))
        special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}
        (staged.path / "tokenizer_config.json").write_text(json.dumps(special))
        staged.commit()
    ids = [f"{n:032x}" for n in range(num)]
    lengths = document_lengths(num)
    scheme = vocabulary.read(lake).scheme(profile.tokenizer)
    with lake.stage(lake.table("tokenized", DAY), scheme=scheme) as staged:
        for first in range(0, num, 10_000):
            mine = slice(first, first + 10_000)
            staged.write(_tokenized(ids[mine], lengths[mine], TOKENIZED_SCHEMA))
        staged.commit()
    values: dict[str, Any] = {"doc_id": ids, "source": ["pages"] * num, "batch": [DAY] * num, "kept": [True] * num}
    values |= {name: [""] * num for name in ("reason", "evidence", "cluster")}
    with lake.stage(lake.table("survivors")) as staged:
        staged.write(pa.table(values, SURVIVOR_SCHEMA))
        staged.commit()
    repeated_sentences.decide(lake, profile, _passed)
    releases.cut(lake, profile)


def _passed(suite: str, frame: Any, /, **parameters: float | None) -> Any:
    from heal_pipeline.lake import Verdict

    return Verdict(suite, True)


def _tokenized(ids: list[str], lengths: np.ndarray, schema: pa.Schema) -> pa.Table:
    starts, counts = sentence_starts(lengths)
    tokens = mix(np.arange(lengths.sum(), dtype=np.uint64)) % np.uint64(VOCABULARY)
    scored = np.ones(len(tokens), dtype=bool)
    scored[np.cumsum(lengths) - lengths] = False
    columns: dict[str, Any] = {
        "doc_id": ids,
        "source": ["pages"] * len(ids),
        "kind": ["text"] * len(ids),
        "unit": ids,
        "num_tokens": lengths,
        "num_characters": 4 * lengths,
        "tokens": lists(tokens, lengths),
        "scored": pa.ListArray.from_arrays(lists(tokens, lengths).offsets, pa.array(scored)),
    }
    of_sentences = lists(starts, counts)
    # Each sentence is its own: nothing is left out as repeated.
    own = mix(np.arange(len(starts), dtype=np.uint64) + np.uint64(int(ids[0], 16) << 32)).view(np.int64)
    columns |= {
        "sentence_starts": of_sentences,
        "sentence_characters": of_sentences,
        "sentence_words": of_sentences,
        "sentence_hashes": pa.ListArray.from_arrays(of_sentences.offsets, pa.array(own)),
    }
    return pa.table(columns).select(schema.names).cast(schema)


def time_stage(folder: str, num: int) -> None:
    """Prints how fast the release of a home is packed, from its tokens to committed shards, and the memory that it took without
    the pages of mapped files, which are the system's to take back."""
    from heal_pipeline import packing
    from heal_pipeline.lake import Lake

    lake, profile = Lake(Path(folder) / str(num)), profile_of("pages")
    packing_config = profile.packing.model_copy(update={"max_length": MAX_LENGTH, "window_documents": WINDOW})
    profile = profile.model_copy(update={"packing": packing_config})
    for old in (lake.home / "cleared" / "shards").glob("*/*/manifest.json"):
        old.unlink()
    peak, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak[0] = max(peak[0], _anonymous_mib())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start, cpu = time.perf_counter(), time.process_time()
    result = packing.pack(lake, profile, _passed)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    done.set()
    tokens = result.metadata["tokens"]
    print(json.dumps({"documents": num, "tokens": tokens, "seconds": seconds, "cpu": cpu, "anonymous": peak[0]}))


def _anonymous_mib() -> float:
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


def _own_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    """What a system says of itself in its last line, so that its start does not count."""
    said = json.loads(measured.output.splitlines()[-1])
    return {
        CPU_RATE: said["documents"] / said["cpu"],
        RATE: said["documents"] / said["seconds"],
        SECONDS: said["seconds"],
        CPU: said["cpu"],
    }


def _stage_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    said = json.loads(measured.output.splitlines()[-1])
    return {
        TOKEN_RATE: said["tokens"] / said["cpu"],
        **_own_metrics(system, measured),
        ANONYMOUS: said["anonymous"],
        MEMORY: measured.peak_mib,
    }
