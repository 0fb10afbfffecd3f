"""Seconds to load the definitions, beside importing Dagster alone: what this project adds to every start of its programs."""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.harness import ROOT, Benchmark, Row, System, print_rows, write_results

LOAD = "import heal_pipeline.definitions as d; d.defs()"


def systems(profile: str) -> list[System]:
    environment = {"PYTHONPATH": str(ROOT), "HEAL_PROFILE": profile}
    return [
        System("dagster alone", [sys.executable, "-c", "import dagster"], environment),
        System("definitions", [sys.executable, "-c", LOAD], environment),
    ]


def main(rounds: int, home: Path, profile: str = "sample", say: Callable[[str], None] = lambda line: None) -> list[Row]:
    """Starts both `rounds` times in turn, prints the table and writes reports/bench_definitions.json."""
    rows = Benchmark("definitions", systems(profile)).run(rounds, say)
    write_results(home / "reports" / "bench_definitions.json", rows, rounds, f"Profile {profile}.")
    print_rows(f"Loading the definitions of {profile}, {rounds} round(s)", rows)
    return rows
