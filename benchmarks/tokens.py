"""Texts to tokens beside datatrove's tokenizer step on one core, and tokenizing, sentences and packing through Spark.

The kernel encodes distinct texts once each, from an empty memory of words: ids, loss mask and sentences of ours, ids alone of
datatrove's. The stages are `tokenized` and `packed`, from clean Parquet to committed shards, beside datatrove's step on the texts
of the same documents.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from benchmarks import datatrove_tokens
from benchmarks.corpora import DAY, cut, open_texts, passed, profile_of, reading_texts, write_documents, write_survivors
from benchmarks.harness import (
    CPU,
    MEMORY,
    OURS,
    SECONDS,
    Benchmark,
    BenchmarkError,
    Measurement,
    Row,
    System,
    measure,
    peers_python,
    print_rows,
    said,
    tree_cpu,
    write_results,
)
from heal_pipeline.profile import Profile

DISTINCT_SETS = ("redpajama-sample/*/*.jsonl.gz", "dolma-cc/*.jsonl.gz")
MAX_DISTINCT = 3000
DATATROVE = "datatrove"
VOCABULARY = 32_000
MAX_LENGTH = 8192
STAGE_DOCUMENTS = (5_000, 50_000)
WARM_UP_DOCUMENTS = 2_000
TOKEN_RATE, TOKENS = ("tokens", "/CPU-s"), ("tokens", "tokens")


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Times kernel and stages, prints both tables and writes reports/bench_tokens.json.

    Raises:
        BenchmarkError: the systems make different numbers of tokens, or one of them cannot be measured.
    """
    source, texts = distinct_texts()
    say(f"texts: {len(texts):,} distinct ones, {source}")
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        place = Path(folder)
        tokenizer = write_tokenizer(place, texts)
        kernel = Benchmark("tokens", kernel_systems(place, texts, tokenizer), metrics=_own_metrics).run(rounds, say)
        _require_equal_work(kernel)
        for num in STAGE_DOCUMENTS:
            measure(System.of_function("home", write_home, str(place), num))
        stage = Benchmark(
            "tokens",
            [system for num in STAGE_DOCUMENTS for system in stage_systems(place, num, tokenizer)],
            metrics=lambda system, measured: {**_own_metrics(system, measured), MEMORY: measured.peak_mib},
        ).run(rounds, say)
    rows = [*kernel, *stage, *over_datatrove([*kernel, *stage])]
    note = f"Texts from {source}; a byte-level BPE of {VOCABULARY:,}. Load of the machine at the end: {os.getloadavg()[1]:.1f}."
    write_results(home / "reports" / "bench_tokens.json", rows, rounds, note)
    print_rows(f"Texts to tokens, one core, each text once, {rounds} round(s). {note}", kernel)
    title = f"tokenized and packed through Spark, local[1], rows of {MAX_LENGTH:,}, beside datatrove's step alone on the same texts"
    print_rows(f"{title}, {rounds} round(s)", stage)
    print_rows("Tokens a CPU second over those of datatrove's step", rows[len(kernel) + len(stage) :])
    return rows


def distinct_texts() -> tuple[str, list[str]]:
    """(where they are from, texts of which none comes twice): of the open data sets, or without these the clinic's."""
    source, texts = "redpajama-sample and dolma-cc", open_texts(DISTINCT_SETS)
    if not texts:
        source, texts = reading_texts()
    num = min(MAX_DISTINCT, sum(map(len, texts)) // 3200)
    return source, list(cut(texts, num))


def write_tokenizer(folder: Path, texts: list[str]) -> Path:
    """A byte-level BPE, as tokenizer.json."""
    from heal_pipeline.tokens.tokenizer import train

    train(texts, VOCABULARY).save_pretrained(folder / "tokenizer")
    return folder / "tokenizer" / "tokenizer.json"


def kernel_systems(folder: Path, texts: list[str], tokenizer: Path) -> list[System]:
    path, core = folder / "texts.json", max(os.sched_getaffinity(0))
    path.write_text(json.dumps(texts))
    arguments = (str(path), str(tokenizer), core)
    return [
        System.of_function(DATATROVE, datatrove_tokens.time_tokenizer, *arguments, python=peers_python()),
        System.of_function(OURS, time_kernel, *arguments, python=sys.executable),
    ]


def stage_systems(folder: Path, num: int, tokenizer: Path) -> list[System]:
    """Both on the documents of a home."""
    arguments = (str(_texts_of(folder, num)), str(tokenizer), max(os.sched_getaffinity(0)))
    step = datatrove_tokens.time_tokenizer
    return [
        System.of_function(f"{DATATROVE}, {num:,} documents", step, *arguments, python=peers_python()),
        System.of_function(f"{OURS}, {num:,} documents", time_stages, str(folder), num),
    ]


def _texts_of(folder: Path, num: int) -> Path:
    return folder / f"documents-{num}.json"


def time_kernel(texts: str, tokenizer: str, core: int) -> None:
    """Prints how fast texts become tokens with mask and sentences, in batches as the stage makes them."""
    from heal_pipeline.documents import DOCUMENT_SCHEMA
    from heal_pipeline.pieces import BATCH_BYTES
    from heal_pipeline.tokens.encoder import Encoder
    from heal_pipeline.tokens.encoding import encode

    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    os.sched_setaffinity(0, {core})
    schema = pa.schema([DOCUMENT_SCHEMA.field("segments")])
    rows = [{"segments": [{"text": text, "scored": True}]} for text in json.loads(Path(texts).read_text())]
    documents = pa.RecordBatch.from_pylist(rows, schema=schema)
    size = max(1, len(rows) * BATCH_BYTES // documents.nbytes)
    encode(Encoder(Path(tokenizer).read_text()), documents.slice(0, datatrove_tokens.WARM_UP), None, 1)
    encoder = Encoder(Path(tokenizer).read_text())
    start, cpu = time.perf_counter(), time.process_time()
    num = sum(
        len(encode(encoder, documents.slice(first, size), None, 1).documents.tokens)
        for first in range(0, len(rows), size)
    )
    print(json.dumps({"tokens": num, "seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu}))


def _require_equal_work(kernel: list[Row]) -> None:
    made = {row.system: row.median for row in kernel if (row.metric, row.unit) == TOKENS}
    if len(set(made.values())) != 1:
        raise BenchmarkError(f"the systems make different tokens of the same texts: {made}")


def write_home(folder: str, num: int) -> None:
    """A home with a tokenizer, `num` clean documents, and survivors: all of them."""
    from heal_pipeline import artifacts, vocabulary
    from heal_pipeline.lake import Lake

    texts = json.loads((Path(folder) / "texts.json").read_text())
    lake = Lake(home := Path(folder) / f"home-{num}")
    with artifacts.stage(lake, vocabulary.TOKENIZER, scheme=vocabulary.SCHEME) as staged:
        for file in (Path(folder) / "tokenizer").iterdir():
            (staged.path / file.name).write_bytes(file.read_bytes())
        staged.commit()
    write_documents(home, "filtered/pages", "pages", num, texts)
    write_documents(home, "filtered/warm_up", "warm_up", WARM_UP_DOCUMENTS, texts)
    ids = lake.table("filtered/pages", DAY).read(["doc_id"])["doc_id"].to_pylist()
    write_survivors(lake, ids)
    _texts_of(Path(folder), num).write_text(json.dumps(list(cut(texts, num))))


def time_stages(folder: str, num: int) -> None:
    """Prints how fast clean documents become committed shards, by the CPU time of Spark's Java, its Python workers and this process,
    after other documents have been tokenized. {"tokens", "seconds", "cpu"}"""
    from heal_pipeline import packing, releases, repeated_sentences, tokens
    from heal_pipeline.lake import Lake
    from heal_pipeline.profile import SparkConfig
    from heal_pipeline.spark import session

    lake = Lake(Path(folder) / f"home-{num}")
    spark = session(SparkConfig(master="local[1]", driver_memory="1g"), lake)

    def tokenize(profile: Profile) -> int:
        tokens.tokenize_day(spark, lake, profile, DAY, passed)
        return int(lake.table("tokenized", DAY).manifest().metadata["tokens"])

    profile = _stage_profile(num)
    for old in (lake.home / "cleared" / "shards").glob("*/*/manifest.json"):
        old.unlink()
    tokenize(profile_of("warm_up"))
    start, cpu = time.perf_counter(), tree_cpu()
    num_tokens = tokenize(profile)
    repeated_sentences.decide(lake, profile, passed)
    releases.cut(lake, profile)
    packing.pack(lake, profile, passed)
    print(json.dumps({"tokens": num_tokens, "seconds": time.perf_counter() - start, "cpu": tree_cpu() - cpu}))
    spark.stop()


def _stage_profile(num: int) -> Profile:
    """Texts come again and again in many documents: their sentences are counted, as always, and none is left out."""
    profile = profile_of("pages")
    sections = {"packing": {"max_length": MAX_LENGTH}, "repeated_sentences": {"max_documents": num}}
    changed = {name: getattr(profile, name).model_copy(update=values) for name, values in sections.items()}
    return profile.model_copy(update=changed)


def _own_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    found = said(measured)
    return {
        TOKEN_RATE: found["tokens"] / found["cpu"],
        SECONDS: found["seconds"],
        CPU: found["cpu"],
        TOKENS: found["tokens"],
    }


def over_datatrove(rows: list[Row]) -> list[Row]:
    """Tokens a CPU second of each of our systems over those of datatrove's step on the same texts."""
    rates = {row.system: row.median for row in rows if (row.metric, row.unit) == TOKEN_RATE}
    return [
        Row(f"{system} over {DATATROVE}", "speed-up", "times", *(rate / rates[DATATROVE + of],) * 3, None)
        for system, rate in rates.items()
        if (of := system.removeprefix(OURS)) != system
    ]
