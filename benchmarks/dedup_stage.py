"""Deduplication through Spark, from clean tables to survivors: N and 10 N documents, a nightly batch of 1 %, a hot bucket.

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
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.filtering import CPU_RATE, RATE, SECONDS, document, profile_of, tree_cpu
from benchmarks.harness import (
    MEMORY,
    Benchmark,
    Measurement,
    Row,
    System,
    print_rows,
    write_results,
)

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

PAIRING = ("minhash_index", "duplicate_pairs")
EQUAL, VARIED = "", ", varied boilerplate"
PAIRS = ("candidate pairs", "")
NIGHTLY, NIGHTLY_PAIRS = ("nightly batch", "% of the day before"), ("its index and pairs alone", "% of theirs")


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
    """Of each size one, of the smaller also with varied boilerplate: a hot bucket of different contents."""
    made = [(num, EQUAL) for num in SIZES] + [(SIZES[0], VARIED)]
    for num, kind in made:
        write_home(folder / f"{num}{kind}", num, kind == VARIED)
    return [System.of_function(f"{num:,}{kind}", time_stages, str(folder / f"{num}{kind}")) for num, kind in made]


def metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    said = json.loads(measured.output.splitlines()[-1])
    return {
        SECONDS: said["seconds"],
        RATE: said["documents"] / said["seconds"],
        CPU_RATE: said["documents"] / said["cpu"],
        MEMORY: measured.peak_mib,
        PAIRS: said["candidates"],
        NIGHTLY: 100 * sum(said["night"].values()) / said["seconds"],
        NIGHTLY_PAIRS: 100 * sum(said["night"][s] for s in PAIRING) / sum(said["day"][s] for s in PAIRING),
    }


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
    for home in folder.iterdir():
        for place in (home / "cleared").iterdir():
            if place.name != "filtered":
                shutil.rmtree(place)


def time_stages(home: str) -> None:
    """Prints what the day took and then the night. {"documents", "cpu", "candidates", "seconds", "day", "night"}, the last two by stage."""
    from heal_pipeline.lake import Lake
    from heal_pipeline.profile import SparkConfig
    from heal_pipeline.spark import session

    lake = Lake(Path(home))
    spark = session(SparkConfig(master="local[1]", driver_memory="1g"), lake)
    run_day(spark, lake, "warm", WARM_UP_DAY)
    for place in ("minhash_index", "duplicate_pairs", "contamination"):
        shutil.rmtree(lake.table(place, WARM_UP_DAY).path)
    cpu = tree_cpu()
    num, candidates, of_day = run_day(spark, lake, "pages", DAY)
    cpu = tree_cpu() - cpu
    _, _, of_night = run_day(spark, lake, "pages", NIGHT)
    said = {"documents": num, "cpu": cpu, "candidates": candidates, "day": of_day, "night": of_night}
    print(json.dumps({**said, "seconds": sum(of_day.values())}))
    spark.stop()


def run_day(spark: Any, lake: Any, source: str, day: str) -> tuple[int, int, dict[str, float]]:
    """The stages of a day and the survivors of all; how many documents, how many candidate pairs, and seconds by stage."""
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
    for name, step in steps.items():
        start = time.perf_counter()
        results[name] = step()
        seconds[name] = time.perf_counter() - start
    return results["minhash_index"].rows_in, results["duplicate_pairs"].metadata["candidates"], seconds
