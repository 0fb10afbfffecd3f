"""Seconds and peak memory of each stage of a run of the sample profile, by the run's own events.

The whole run is measured from outside; a stage's memory is the peak of the process tree between its two events.
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.harness import (
    CPU,
    MEMORY,
    ROOT,
    WALL,
    Benchmark,
    BenchmarkError,
    Measurement,
    Row,
    Sample,
    System,
    print_rows,
    write_results,
)
from heal_pipeline import progress

SYSTEM = "heal"
_DAY = re.compile(r"[ @]\d{4}-\d{2}-\d{2}$")


def main(
    rounds: int,
    home: Path,
    profile: str = "sample",
    say: Callable[[str], None] = lambda line: None,
) -> list[Row]:
    """Runs the profile `rounds` times, each in a fresh home, prints the table and writes reports/bench_stages.json.

    Args:
        home: whose reports/ the results go to; it is not the home that is measured.
    """
    with tempfile.TemporaryDirectory(prefix="heal-bench-") as folder:
        place = Path(folder)
        benchmark = Benchmark(
            "stages",
            [run_of(profile, place / "home")],
            before=lambda system, number: _empty(place / "home"),
            metrics=lambda system, measured: stage_metrics(_events(place / "home"), measured),
        )
        rows = benchmark.run(rounds, say)
    write_results(home / "reports" / "bench_stages.json", rows, rounds, f"Profile {profile}.")
    print_rows(f"Stages of the {profile} run, {rounds} round(s)", rows)
    return rows


def run_of(profile: str, home: Path) -> System:
    """The system: `heal run` as a user starts it."""
    options = ["run", "--profile", profile, "--home", str(home)]
    return System(SYSTEM, [sys.executable, "-m", "heal_pipeline.cli", *options], {"PYTHONPATH": str(ROOT)})


def _empty(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _events(home: Path) -> list[dict[str, Any]]:
    events, _ = progress.follow(home / "runs" / "latest" / "progress.jsonl")
    if not events:
        raise BenchmarkError("the run wrote no events: see its log under runs/latest")
    return events


def stage_metrics(events: list[dict[str, Any]], measured: Measurement) -> dict[tuple[str, str], float]:
    """The whole run's metrics, then seconds and peak MiB of each stage, its days together, longest first.

    Stages shorter than a sample's length have the memory of the sample nearest to them.
    """
    seconds: dict[str, float] = {}
    memory: dict[str, float] = {}
    for event in events:
        if event["event"] == "stage_end":
            name = _DAY.sub("", event["stage"])
            seconds[name] = seconds.get(name, 0.0) + event["seconds"]
            peak = peak_between(measured.samples, event["time"] - event["seconds"], event["time"])
            memory[name] = max(memory.get(name, 0.0), peak)
    found = {WALL: measured.wall, CPU: measured.cpu, MEMORY: measured.peak_mib}
    found[("outside stages", "s")] = max(0.0, measured.wall - sum(seconds.values()))
    for name in sorted(seconds, key=lambda n: -seconds[n]):
        found[(name, "s")] = seconds[name]
        found[(name, "MiB")] = memory[name]
    return found


def peak_between(samples: list[Sample], start: float, end: float) -> float:
    """The highest MiB of the samples in [start, end], else that of the nearest sample; 0 without samples."""
    inside = [s.mib for s in samples if start <= s.time <= end]
    if inside:
        return max(inside)
    return min(samples, key=lambda s: abs(s.time - (start + end) / 2)).mib if samples else 0.0
