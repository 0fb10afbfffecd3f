"""The harness measures real processes, in turn, and writes medians, spread and ratios."""

import json
import statistics
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import harness
from benchmarks.harness import (
    CPU,
    MEMORY,
    WALL,
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
from heal_pipeline.report.tables import read_section
from tests.benchmarks import bench_systems


def python(name: str, code: str) -> System:
    return System(name, [sys.executable, "-c", code])


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=9), st.lists(st.floats(0.01, 1e4), min_size=1, max_size=9))
def test_rows_hold_median_spread_and_the_ratio_to_the_first_system(first: list[float], second: list[float]) -> None:
    rows = summarise({"a": {WALL: first}, "b": {WALL: second}})
    assert [r.system for r in rows] == ["a", "b"]
    for row, values in zip(rows, (first, second), strict=True):
        assert (row.median, row.min, row.max) == (statistics.median(values), min(values), max(values))
        assert row.ratio == pytest.approx(statistics.median(values) / statistics.median(first))
    assert rows[0].ratio == pytest.approx(1)


def test_a_metric_that_the_first_system_lacks_has_no_ratio() -> None:
    rows = summarise({"a": {WALL: [1.0]}, "b": {WALL: [2.0], ("recall", ""): [0.5]}, "c": {MEMORY: [0.0]}})
    assert {(r.system, r.metric): r.ratio for r in rows} == {
        ("a", "wall"): 1.0,
        ("b", "wall"): 2.0,
        ("b", "recall"): None,
        ("c", "peak memory"): None,
    }


def test_systems_take_turns_and_each_is_prepared(tmp_path: Path) -> None:
    order: list[tuple[str, int]] = []
    benchmark = Benchmark(
        "turns",
        [System.of_function(name, bench_systems.say, name) for name in "abc"],
        before=lambda system, number: order.append((system.name, number)),
        metrics=lambda system, measured: {("letters", ""): float(len(measured.output.strip()))},
    )
    said: list[str] = []
    rows = benchmark.run(2, said.append)
    assert order == [("a", 0), ("b", 0), ("c", 0), ("b", 1), ("c", 1), ("a", 1)]
    assert [(r.system, r.median, r.ratio) for r in rows] == [("a", 1, 1.0), ("b", 1, 1.0), ("c", 1, 1.0)]
    assert len(said) == 6


def test_memory_is_that_of_the_whole_process_tree() -> None:
    small = measure(System.of_function("small", bench_systems.hold, 1, 0.6))
    own = measure(System.of_function("own", bench_systems.hold, 120, 0.6))
    child = measure(System.of_function("child", bench_systems.hold_in_a_child, 120, 0.6))
    assert 90 < own.peak_mib - small.peak_mib < 150
    assert child.peak_mib - small.peak_mib > 90
    assert all(a.time <= b.time for a, b in zip(own.samples, own.samples[1:], strict=False))


def test_cpu_is_counted_to_the_end() -> None:
    measured = measure(System.of_function("busy", bench_systems.compute, 0.4))
    assert measured.cpu >= 0.4
    assert measured.wall >= 0.4
    idle = measure(python("idle", "import time; time.sleep(0.4)"))
    assert idle.cpu < 0.4 <= idle.wall


def test_environment_and_output_are_the_systems_own() -> None:
    code = "import os; print(os.environ['WORD'])"
    assert measure(System("x", [sys.executable, "-c", code], {"WORD": "heard"})).output == "heard\n"


@pytest.mark.parametrize(
    ("system", "message"),
    [
        (python("bad", "raise SystemExit('it broke')"), "bad ended with code 1: it broke"),
        (python("mute", "raise SystemExit(3)"), "mute ended with code 3: it said nothing"),
        (System("gone", ["/no/such/program"]), r"gone cannot be started .*: /no/such/program"),
    ],
)
def test_a_system_that_fails_is_named_in_one_line(system: System, message: str) -> None:
    with pytest.raises(BenchmarkError, match=message) as caught:
        measure(system)
    assert "\n" not in str(caught.value)


def test_a_system_that_takes_too_long_is_ended_with_what_it_started(tmp_path: Path) -> None:
    import psutil

    path = tmp_path / "pid"
    code = f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(path)!r}, 'w').write(str(p.pid)); p.wait()"
    with pytest.raises(BenchmarkError, match="slow took longer than 2 s"):
        measure(python("slow", code), timeout=2)
    pid = int(path.read_text())
    deadline = time.monotonic() + 10  # a killed process takes its moment to be gone
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(("names", "rounds"), [([], 1), (["a"], 0), (["a", "a"], 1)])
def test_a_benchmark_of_nothing_is_refused(names: list[str], rounds: int) -> None:
    with pytest.raises(BenchmarkError, match="at least one round"):
        Benchmark("x", [python(n, "pass") for n in names]).run(rounds)


def test_a_function_that_another_process_cannot_import_is_refused() -> None:
    with pytest.raises(BenchmarkError, match="top level of a module"):
        System.of_function("x", lambda: None)


def test_results_are_rows_and_a_table_of_the_report(tmp_path: Path) -> None:
    rows = [Row("heal", "wall", "s", 1.5, 1.25, 2.0, 1.0), Row("peer", "wall", "s", 3.0, 3.0, 3.0, 2.0)]
    write_results(tmp_path / "reports" / "bench_dedup.json", rows, 3, "One corpus.")
    value = json.loads((tmp_path / "reports" / "bench_dedup.json").read_text())
    columns = ["system", "metric", "unit", "median", "min", "max", "ratio"]
    assert [list(r) for r in value["rows"]] == [columns, columns]
    assert value["rows"][1]["ratio"] == 2.0
    assert value["rounds"] == 3
    assert {"processor", "cores", "memory_gib", "system", "python"} == set(value["machine"])
    [table] = read_section(tmp_path / "reports", "bench_dedup").tables
    assert (table.columns, table.rows[0]) == (columns, ["heal", "wall", "s", 1.5, 1.25, 2.0, 1.0])
    assert table.note == "One corpus."


def test_printed_rows_stand_together_by_metric(capsys) -> None:
    rows = [Row(system, metric, "s", 1.0, 1.0, 1.0, 1.0) for system in ("heal", "peer") for metric in ("wall", "cpu")]
    print_rows("T", rows)
    lines = [line.split()[:2] for line in capsys.readouterr().out.splitlines() if "heal" in line or "peer" in line]
    assert lines == [["wall", "heal"], ["wall", "peer"], ["cpu", "heal"], ["cpu", "peer"]]


@pytest.mark.slow
def test_peers_have_an_environment_of_their_own_made_once(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(harness, "PEERS", tmp_path / "peers")
    monkeypatch.setattr(harness, "REQUIREMENTS", tmp_path / "requirements.txt")
    monkeypatch.setattr(harness, "ALONE", tmp_path / "alone.txt")
    for file in ("requirements.txt", "alone.txt"):
        (tmp_path / file).write_text("# none yet\n")
    interpreter = peers_python()
    found = measure(System("peer", [str(interpreter), "-c", "import sys; print(sys.prefix)"]))
    assert found.output.strip() == str(tmp_path / "peers")
    made = interpreter.lstat().st_mtime_ns
    assert peers_python().lstat().st_mtime_ns == made
    (tmp_path / "requirements.txt").write_text("/no/such/package.whl\n")
    with pytest.raises(BenchmarkError, match=r"the peers' environment peers could not be made"):
        peers_python()


def test_plain_metrics_are_wall_cpu_and_memory() -> None:
    found = harness.plain_metrics(python("x", ""), Measurement(1.0, 2.0, 3.0))
    assert found == {WALL: 1.0, CPU: 2.0, MEMORY: 3.0}
