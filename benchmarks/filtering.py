"""Filtering beside datatrove's filters on one core, and through Spark for N and 10 N documents.

The kernel: all signals and rules of ours, against datatrove's Gopher quality, Gopher repetition and C4 filters on the same
texts. The stage: `filter_source` on a lake, from raw Parquet to filtered Parquet with its signals, ledger, suite and commits.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import datatrove_filters
from benchmarks.corpora import DAY, NUM_TEXTS, TEXT_CHARS, clinic_pages, cut, profile_of, reading_texts, write_documents
from benchmarks.harness import (
    MEMORY,
    Benchmark,
    BenchmarkError,
    Measurement,
    Row,
    System,
    own_rates,
    peers_python,
    print_rows,
    said,
    speed_ups,
    tree_cpu,
    write_results,
)
from benchmarks.harness import measure as measure_process

KERNEL_DOCUMENTS = {"heal": 8400, "whitespace": 1000, "shipped": 150}
"""How many each system is asked about: about as many as it manages in a second or two."""

BATCH = 1400
"""Four mebibytes, as in the stage."""

STAGE_DOCUMENTS = 10_000
WARM_UP_DOCUMENTS = 12_000
MIN_AGREEMENT = 0.9
"""With less agreement on Gopher's quality rules the systems do not do the same work, and their times say nothing."""

KEPT = ("kept", "share")

GOPHER_QUALITY = [
    ("gopher_words_v1", "<", 50),
    ("gopher_words_v1", ">", 100_000),
    ("gopher_word_length_v1", "<", 3),
    ("gopher_word_length_v1", ">", 10),
    ("gopher_symbols_v1", ">", 0.1),
    ("gopher_bullet_lines_v1", ">", 0.9),
    ("gopher_ellipsis_lines_v1", ">", 0.3),
    ("gopher_alpha_words_v1", "<", 0.8),
    ("gopher_stop_words_v1", "<", 2),
]
GOPHER_REPETITION = [
    ("gopher_duplicate_lines_v1", ">", 0.3),
    ("gopher_duplicate_line_chars_v1", ">", 0.2),
    *((f"gopher_top_{n}gram_v1", ">", bound) for n, bound in ((2, 0.20), (3, 0.18), (4, 0.16))),
    *((f"gopher_duplicate_{n}gram_v1", ">", round(0.20 - n / 100, 2)) for n in range(5, 11)),
]
CORRESPONDING = {"GopherQuality": GOPHER_QUALITY, "GopherRepetition": GOPHER_REPETITION}
"""Rules over our signals with the bounds of the paper, which are also those of datatrove's filters."""


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Measures kernel and stage, prints both tables and writes reports/bench_filtering.json.

    Raises:
        BenchmarkError: the systems do not agree on the rules that they share, or one of them cannot be measured.
    """
    source, texts = reading_texts()
    say(f"texts: {source}")
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        place = Path(folder)
        agreement = agreement_rows(place, texts)
        kernel = Benchmark("filtering", kernel_systems(place, texts), metrics=_own_metrics).run(rounds, say)
        kernel += speed_ups(kernel)
        for num in (WARM_UP_DOCUMENTS, STAGE_DOCUMENTS, 10 * STAGE_DOCUMENTS):
            write_raw(place / "home", num, texts)
        stage = Benchmark(
            "filtering",
            stage_systems(place / "home"),
            before=lambda system, number: _forget_results(place / "home"),
            metrics=lambda system, measured: {**_own_metrics(system, measured), MEMORY: measured.peak_mib},
        ).run(rounds, say)
    rows = [*agreement, *kernel, *stage]
    note = (
        f"Texts of {TEXT_CHARS:,} characters from {source}. Load of the machine at the end: {os.getloadavg()[1]:.1f}."
    )
    write_results(home / "reports" / "bench_filtering.json", rows, rounds, note)
    print_rows("Decisions on the same texts, ours beside datatrove's", agreement)
    print_rows(f"Signals and rules, one core, {rounds} round(s). {note}", kernel)
    print_rows(f"filter_source through Spark, local[1], {rounds} round(s)", stage)
    return rows


def kernel_systems(folder: Path, texts: list[str]) -> list[System]:
    path, core = folder / "kernel.json", max(os.sched_getaffinity(0))
    path.write_text(json.dumps(list(cut(texts, NUM_TEXTS))))
    alone = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

    def system(name: str, function: Callable[..., None], *arguments: Any, python: str | Path) -> System:
        made = System.of_function(name, function, *arguments, core, python=python)
        return System(made.name, made.command, {**made.environment, **alone})

    peer = datatrove_filters.time_filters
    return [
        system("heal", time_kernel, str(path), KERNEL_DOCUMENTS["heal"], python=sys.executable),
        *(
            system(name, peer, str(path), words, KERNEL_DOCUMENTS[words], python=peers_python())
            for name, words in (("datatrove, words by blanks", "whitespace"), ("datatrove as shipped", "shipped"))
        ),
    ]


def time_kernel(texts: str, num_documents: int, core: int) -> None:
    """Prints how fast documents are measured and judged, in batches as the stage makes them.

    {"documents", "kept", "seconds", "cpu"}
    """
    from heal_pipeline.filtering.rules import BUILT_IN_RULES, decide
    from heal_pipeline.filtering.signals import measure

    os.sched_setaffinity(0, {core})
    documents = cycle(json.loads(Path(texts).read_text()))

    def kept_of_next(num: int) -> int:
        columns = measure(list(islice(documents, num)))
        return int((decide(BUILT_IN_RULES, columns, "non_medical_public", ["text"] * num).rule == "").sum())

    kept_of_next(BATCH)
    start, cpu = time.perf_counter(), time.process_time()
    kept = sum(kept_of_next(BATCH) for _ in range(0, num_documents, BATCH))
    _say(num_documents, kept, time.perf_counter() - start, time.process_time() - cpu)


def agreement_rows(folder: Path, texts: list[str]) -> list[Row]:
    """How far our rules and datatrove's filters decide alike: on whole pages, good ones and planted bad ones, and on cuts.

    Raises:
        BenchmarkError: they differ on Gopher's quality rules.
    """
    from heal_pipeline.filtering.rules import decide
    from heal_pipeline.filtering.signals import measure
    from heal_pipeline.profile import Rule

    judged = [*texts[:1000], *clinic_pages(500), *cut(texts, 200)]
    path = folder / "judged.json"
    path.write_text(json.dumps(judged))
    peer = System.of_function("datatrove", datatrove_filters.print_decisions, str(path), python=peers_python())
    theirs_by_filter = json.loads(measure_process(peer).output)
    columns, rows = measure(judged), []
    for name, bounds in CORRESPONDING.items():
        rules = [Rule(name=f"{i}", column=c, operator=o, value=v, reason="-") for i, (c, o, v) in enumerate(bounds)]  # type: ignore[arg-type]
        ours = decide(rules, columns, "medical_public", ["text"] * len(judged)).rule == ""
        theirs = np.array(theirs_by_filter[name])
        rows += [
            _row("heal", f"{name}: dropped", "share", 1 - ours.mean()),
            _row("datatrove", f"{name}: dropped", "share", 1 - theirs.mean()),
            _row("heal", f"{name}: agreement", "share", (ours == theirs).mean()),
        ]
        if name == "GopherQuality" and rows[-1].median < MIN_AGREEMENT:
            raise BenchmarkError(
                f"our rules agree with datatrove's {name} on {rows[-1].median:.1%} of the texts alone: their times do not compare"
            )
    return rows


def stage_systems(home: Path) -> list[System]:
    return [
        System.of_function(f"{num:,} documents", time_stage, str(home), WARM_UP_DOCUMENTS, num)
        for num in (STAGE_DOCUMENTS, 10 * STAGE_DOCUMENTS)
    ]


def write_raw(home: Path, num: int, texts: list[str]) -> None:
    """Commits raw/pages_<num>@DAY: public web pages, in files of 6,000 documents."""
    write_documents(home, f"raw/pages_{num}", f"pages_{num}", num, texts)


def _forget_results(home: Path) -> None:
    """Leaves the raw tables alone."""
    for folder in (home / "cleared").iterdir():
        if folder.name != "raw":
            shutil.rmtree(folder)


def time_stage(home: str, warm_up: int, num: int) -> None:
    """Prints how fast the raw table of `num` documents is filtered, by the CPU time of Spark's Java, its Python workers and this
    process, after that of `warm_up` documents has warmed them. {"documents", "kept", "seconds", "cpu"}"""
    from heal_pipeline.filtering import filter_source
    from heal_pipeline.lake import Lake
    from heal_pipeline.profile import SparkConfig
    from heal_pipeline.spark import session
    from resources.expectations import validate

    lake = Lake(Path(home))
    spark = session(SparkConfig(master="local[1]", driver_memory="1g"), lake)

    def run(num_documents: int) -> int:
        profile = profile_of(f"pages_{num_documents}")
        return filter_source(spark, lake, profile, profile.sources[0], DAY, validate).rows_out

    run(warm_up)
    start, cpu = time.perf_counter(), tree_cpu()
    kept = run(num)
    _say(num, kept, time.perf_counter() - start, tree_cpu() - cpu)
    spark.stop()


def _say(num_documents: int, kept: int, seconds: float, cpu: float) -> None:
    print(json.dumps({"documents": num_documents, "kept": kept, "seconds": seconds, "cpu": cpu}))


def _own_metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    found = said(measured)
    return {**own_rates(found), KEPT: found["kept"] / found["documents"]}


def _row(system: str, metric: str, unit: str, value: float) -> Row:
    return Row(system, metric, unit, float(value), float(value), float(value), None)
