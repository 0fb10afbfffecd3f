"""Deduplication through Spark, from clean tables to survivors: N and 10 N documents, a nightly batch of 1 %, a hot bucket; and
beside text-dedup's path through Spark, which does not verify.

Timed are the stages as the refresh runs them, `minhash_index`, `duplicate_pairs` (verification included) and `survivors`, after a
small run has started Spark and its workers. Texts are made: words of a Zipf distribution, with copies of known kinds among them,
so that the share of duplicates is the same at every size.
"""

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import text_dedup_spark
from benchmarks.corpora import document, profile_of
from benchmarks.harness import (
    CPU_RATE,
    MEMORY,
    RATE,
    SECONDS,
    Benchmark,
    Measurement,
    Row,
    System,
    own_rates,
    peers_python,
    print_rows,
    said,
    tree_cpu,
    write_results,
)
from heal_pipeline.profile import DedupConfig

DAY, NIGHT, WARM_UP_DAY = "2026-01-01", "2026-01-02", "2026-01-03"
SIZES = (30_000, 300_000)
NIGHTLY_SHARE = 0.01
WARM_UP_DOCUMENTS = 2000
FILE_DOCUMENTS = 5_000
"""As many as the stages write into one."""

SEED = 5
NUM_WORDS = 500
VOCABULARY = 50_000
NEAR_COPIES, EQUAL_COPIES, BOILERPLATE = 0.10, 0.05, 0.01
"""Shares of documents: an earlier one with three other words, an earlier one as it is, one and the same text."""

EQUAL, VARIED = "", ", varied boilerplate"
PEER = "text-dedup"
PAIRS, KEPT = ("candidate pairs", ""), ("documents that stay", "share")
NIGHTLY, NIGHTLY_CPU = ("nightly batch", "% of the day's seconds"), ("nightly batch", "% of its CPU seconds")


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Times the stages, prints the table and writes reports/bench_dedup_stage.json."""
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        benchmark = Benchmark(
            "dedup_stage", systems(Path(folder)), metrics=metrics, before=partial(_forget_results, Path(folder))
        )
        rows = benchmark.run(rounds, say)
    note = (
        f"local[1]; {NUM_WORDS} words a document; {NEAR_COPIES:.0%} near and {EQUAL_COPIES:.0%} equal copies,"
        f" {BOILERPLATE:.0%} boilerplate; load of the machine at the end: {os.getloadavg()[1]:.1f}"
    )
    write_results(home / "reports" / "bench_dedup_stage.json", rows, rounds, note)
    print_rows(f"Clean tables to survivors through Spark, {rounds} round(s). {note}", rows)
    return rows


def systems(folder: Path) -> list[System]:
    """Of each size one, of the larger also with varied boilerplate: a hot bucket of different contents; and text-dedup."""
    made = [(num, EQUAL) for num in SIZES] + [(SIZES[-1], VARIED)]
    for num, kind in made:
        write_home(folder / f"{num}{kind}", num, kind == VARIED)
    ours = [System.of_function(f"{num:,}{kind}", time_stages, str(folder / f"{num}{kind}")) for num, kind in made]
    return [*ours, peer(folder, SIZES[0])]


def peer(folder: Path, num: int) -> System:
    """text-dedup on the same texts, by the same bands and on the same Java."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from heal_pipeline.dedup.minhash import Scheme
    from heal_pipeline.spark import java_home

    found = texts(num + WARM_UP_DOCUMENTS, False)
    day = num - round(num * NIGHTLY_SHARE)
    for name, wanted in (("texts", day), ("warm", WARM_UP_DOCUMENTS)):
        (folder / PEER / name).mkdir(parents=True)
        for start in range(0, wanted, FILE_DOCUMENTS):
            own = list(islice(found, min(FILE_DOCUMENTS, wanted - start)))
            pq.write_table(pa.table({"text": own}), folder / PEER / name / f"{start}.parquet", compression="zstd")
    scheme = Scheme.of(DedupConfig())
    places = [str(folder / PEER / name) for name in ("texts", "warm", "place")]
    shape = (scheme.num_permutations, scheme.num_bands, scheme.rows_per_band, scheme.shingle_words)
    python = peers_python()
    system = System.of_function(f"{num:,}, {PEER}", text_dedup_spark.time_documents, *places, *shape, python=python)
    stubs = folder / PEER / "stubs"
    stubs.mkdir()
    (stubs / "graphframes.py").write_text("GraphFrame = None\n")
    path = os.pathsep.join([str(stubs), system.environment["PYTHONPATH"]])
    environment = {"PYTHONPATH": path, "PYSPARK_PYTHON": str(python), "SPARK_LOCAL_IP": "127.0.0.1"}
    if java := java_home(folder / PEER / "java"):
        environment["JAVA_HOME"] = str(java)
    return System(system.name, system.command, environment)


def metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    told = said(measured)
    rates = own_rates(told)
    found = {metric: rates[metric] for metric in (SECONDS, RATE, CPU_RATE)}
    found |= {KEPT: told["kept"] / told["documents"], MEMORY: measured.peak_mib}
    if "night" in told:
        found[PAIRS] = told["candidates"]
        for metric, unit in ((NIGHTLY, "seconds"), (NIGHTLY_CPU, "cpu")):
            found[metric] = 100 * told["night"][unit] / told[unit]
    return found


def texts(num: int, varied: bool) -> Iterator[str]:
    """`num` texts, of which the shares above are copies. The first `n` do not depend on `num`."""
    rng = np.random.default_rng(SEED)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    vocabulary = ["".join(word) for word in letters[rng.integers(0, 26, (VOCABULARY, 7))]]
    weights = 1 / np.arange(1, VOCABULARY + 1)
    cumulated = np.cumsum(weights) / weights.sum()
    boilerplate = np.searchsorted(cumulated, rng.random(NUM_WORDS))
    earlier: list[np.ndarray] = [boilerplate]
    for _ in range(num):
        kind = rng.random()
        if kind < BOILERPLATE:
            words = boilerplate.copy()
            if varied:
                words[rng.integers(NUM_WORDS)] = rng.integers(VOCABULARY)
        elif kind < BOILERPLATE + NEAR_COPIES + EQUAL_COPIES:
            words = earlier[rng.integers(len(earlier))].copy()
            if kind < BOILERPLATE + NEAR_COPIES:
                words[rng.integers(0, NUM_WORDS, 3)] = rng.integers(0, VOCABULARY, 3)
        else:
            words = np.searchsorted(cumulated, rng.random(NUM_WORDS)).astype(np.int32)
            earlier.append(words)
        yield " ".join(map(vocabulary.__getitem__, words.tolist()))


def write_home(home: Path, num: int, varied: bool) -> None:
    """Clean tables of a day and of a night of 1 %, and those of a day that is only there to warm up."""
    import pyarrow as pa

    from heal_pipeline.documents import DOCUMENT_SCHEMA
    from heal_pipeline.lake import Lake
    from heal_pipeline.pieces import write_rows

    lake, found = Lake(home), enumerate(texts(num + WARM_UP_DOCUMENTS, varied))
    night = round(num * NIGHTLY_SHARE)
    for source, day, wanted in (
        ("pages", DAY, num - night),
        ("pages", NIGHT, night),
        ("warm", WARM_UP_DAY, WARM_UP_DOCUMENTS),
    ):
        with lake.stage(lake.table(f"filtered/{source}", day)) as staged:
            staged.path.mkdir()
            for number, start in enumerate(range(0, wanted, FILE_DOCUMENTS)):
                size = min(FILE_DOCUMENTS, wanted - start)
                rows = [{**document(source, *next(found)), "batch": day} for _ in range(size)]
                batch = pa.RecordBatch.from_pylist(rows, DOCUMENT_SCHEMA)
                write_rows(staged.path / f"part-{number:05d}.parquet", DOCUMENT_SCHEMA, iter([batch]))
            staged.commit()


def _forget_results(folder: Path, system: System, number: int) -> None:
    """Leaves the clean tables alone."""
    for cleared in folder.glob("*/cleared"):
        for place in cleared.iterdir():
            if place.name != "filtered":
                shutil.rmtree(place)


def time_stages(home: str) -> None:
    """Prints what the day took and then the night.

    {"documents", "kept", "candidates", "seconds", "cpu", "by_stage", "night": {"seconds", "cpu", "by_stage"}}
    """
    from heal_pipeline.lake import Lake
    from heal_pipeline.profile import SparkConfig
    from heal_pipeline.spark import session

    lake = Lake(Path(home))
    spark = session(SparkConfig(master="local[1]", driver_memory="1g"), lake)
    run_day(spark, lake, "warm", WARM_UP_DAY)
    for place in ("minhash_index", "duplicate_pairs", "contamination"):
        shutil.rmtree(lake.table(place, WARM_UP_DAY).path)
    day, night = run_day(spark, lake, "pages", DAY), run_day(spark, lake, "pages", NIGHT)
    print(json.dumps({**day, "night": night}))
    spark.stop()


def run_day(spark: Any, lake: Any, source: str, day: str) -> dict[str, Any]:
    """The stages of a day and the survivors of all; what `time_stages` prints of a day."""
    from heal_pipeline import decontamination, dedup
    from heal_pipeline.survivors import decide
    from resources.expectations import validate

    profile = profile_of(source, day)
    decontamination.scan(spark, lake, profile, day, [], validate)
    steps = {
        "minhash_index": lambda: dedup.index(spark, lake, profile, day, validate),
        "duplicate_pairs": lambda: dedup.find_pairs(spark, lake, profile, day, validate),
        "survivors": lambda: decide(lake, profile, validate),
    }
    results, seconds = {}, {}
    cpu = tree_cpu()
    for name, step in steps.items():
        start = time.perf_counter()
        results[name] = step()
        seconds[name] = time.perf_counter() - start
    return {
        "documents": results["minhash_index"].rows_in,
        "kept": results["survivors"].rows_out,
        "candidates": results["duplicate_pairs"].metadata["candidates"],
        "cpu": tree_cpu() - cpu,
        "seconds": sum(seconds.values()),
        "by_stage": seconds,
    }
