"""The rows of a step as a function of the step, beside an index of all rows in memory: milliseconds a step, seconds to begin, memory.

The peer is the usual way (Megatron's blended data sets, OLMo-core's global indices): every row of the run is drawn and shuffled
beforehand. Its steps are then slices; what it costs is the beginning of each start and resume, and memory by the row.
"""

import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.harness import Benchmark, Measurement, Row, System, print_rows, write_results

ROWS = (150_000, 15_000_000)
RATES = (0.31, 0.22, 0.17, 0.11, 0.08, 0.06, 0.04, 0.01)
ROWS_PER_STEP = 256
"""As the profile heal-13b."""
STEPS = 300
MILLISECONDS, BEGINNING, MEMORY = ("a step", "ms"), ("to the first step", "s"), ("peak memory", "MiB")


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Measures both at each number of rows, prints the table and writes reports/bench_plan.json."""
    systems = [
        System.of_function(f"{name}, {num:,} rows", run, num)
        for num in reversed(ROWS)
        for name, run in (("function of the step", by_function), ("index in memory", by_index))
    ]
    rows = Benchmark("plan", systems, metrics=_metrics).run(rounds, say)
    note = f"{len(RATES)} sources, {ROWS_PER_STEP} rows a step, the median of {STEPS} steps all over the run."
    write_results(home / "reports" / "bench_plan.json", rows, rounds, note)
    print_rows(f"Rows of a step, {rounds} round(s). {note}", rows)
    return rows


def by_function(num_rows: int) -> None:
    """The plan of this project. Prints what `_metrics` reads."""
    from heal_pipeline.phases.plan import Plan, SourceRows

    start = time.perf_counter()
    sources = [SourceRows(f"source_{i}", max(1, int(num_rows * r)), r) for i, r in enumerate(RATES)]
    plan = Plan(sources, seed=17, num_rows=num_rows, rows_per_step=ROWS_PER_STEP)
    _print(start, plan.num_steps, plan.rows)


def by_index(num_rows: int) -> None:
    """All rows drawn beforehand: a source for each by its rate, and each source's rows in a permutation, again when it is over."""
    start = time.perf_counter()
    rng = np.random.default_rng(17)
    source = rng.choice(len(RATES), size=num_rows, p=np.array(RATES) / sum(RATES)).astype(np.int16)
    row = np.empty(num_rows, dtype=np.int64)
    for i, rate in enumerate(RATES):
        places = np.flatnonzero(source == i)
        size = max(1, int(num_rows * rate))
        epochs = [rng.permutation(size) for _ in range(-(-len(places) // size))]
        row[places] = np.concatenate([*epochs, np.empty(0, np.int64)])[: len(places)]
    names = [f"source_{i}" for i in range(len(RATES))]

    def rows(step: int) -> list[tuple[str, int]]:
        part = slice(step * ROWS_PER_STEP, (step + 1) * ROWS_PER_STEP)
        return [(names[s], r) for s, r in zip(source[part].tolist(), row[part].tolist(), strict=True)]

    _print(start, -(-num_rows // ROWS_PER_STEP), rows)


def _print(start: float, num_steps: int, rows: Callable[[int], list[tuple[str, int]]]) -> None:
    rows(0)
    beginning = time.perf_counter() - start
    seconds = []
    for step in np.linspace(0, num_steps - 1, STEPS).astype(int).tolist():
        before = time.perf_counter()
        rows(step)
        seconds.append(time.perf_counter() - before)
    print(json.dumps({"ms": 1000 * statistics.median(seconds), "beginning": beginning}))


def _metrics(system: System, measured: Measurement) -> dict[tuple[str, str], float]:
    own = json.loads(measured.output)
    return {MILLISECONDS: own["ms"], BEGINNING: own["beginning"], MEMORY: measured.peak_mib}
