"""The members of the benchmark: a stage's seconds and memory from a run's events, and what the definitions cost."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import __main__ as program
from benchmarks import definitions, stages
from benchmarks.harness import BenchmarkError, Measurement, Sample, System

RUN = """
import json, pathlib, sys, time
folder = pathlib.Path(sys.argv[1]) / "runs" / "latest"
folder.mkdir(parents=True)
with (folder / "progress.jsonl").open("w") as stream:
    for stage, mib in (("raw/web 2026-01-05", 5), ("raw/web 2026-01-06", 5), ("phase_1/checkpoint", 150)):
        block = bytearray(mib * 2**20)
        block[:: 2**12] = b"x" * len(block[:: 2**12])
        time.sleep(0.4)
        event = {"event": "stage_end", "stage": stage, "seconds": 0.4, "rows_in": 1, "rows_out": 1, "time": time.time()}
        stream.write(json.dumps(event) + chr(10))
        del block
"""


@pytest.fixture
def tiny_run(monkeypatch) -> None:
    def run_of(profile: str, home: Path) -> System:
        return System("heal", [sys.executable, "-c", RUN, str(home)])

    monkeypatch.setattr(stages, "run_of", run_of)


def test_stages_of_a_run_are_measured_by_its_own_events(tiny_run, tmp_path: Path, capsys) -> None:
    rows = {(r.metric, r.unit): r for r in stages.main(2, tmp_path)}
    assert rows["raw/web", "s"].median == pytest.approx(0.8)
    assert rows["phase_1/checkpoint", "s"].median == pytest.approx(0.4)
    assert rows["phase_1/checkpoint", "MiB"].median - rows["raw/web", "MiB"].median > 100
    assert rows["wall", "s"].median >= 1.2
    assert rows["outside stages", "s"].median == pytest.approx(rows["wall", "s"].median - 1.2, abs=0.2)
    value = json.loads((tmp_path / "reports" / "bench_stages.json").read_text())
    assert {r["metric"] for r in value["rows"]} == {metric for metric, _ in rows}
    assert "phase_1/checkpoint" in capsys.readouterr().out


def test_a_stage_shorter_than_a_sample_has_the_memory_of_the_nearest() -> None:
    samples = [Sample(10.0, 100.0, 0.0), Sample(10.1, 300.0, 0.0), Sample(10.2, 50.0, 0.0)]
    assert stages.peak_between(samples, 10.0, 10.2) == 300.0
    assert stages.peak_between(samples, 10.18, 10.19) == 50.0
    assert stages.peak_between([], 0, 1) == 0.0
    events = [
        {"event": "stage_end", "stage": "release", "seconds": 0.01, "time": 10.11},
        {"event": "message", "time": 1},
    ]
    found = stages.stage_metrics(events, Measurement(1.0, 1.0, 300.0, samples=samples))
    assert found["release", "MiB"] == 300.0


def test_a_run_without_events_is_one_line(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(stages, "run_of", lambda profile, home: System("heal", [sys.executable, "-c", "pass"]))
    with pytest.raises(BenchmarkError, match="the run wrote no events"):
        stages.main(1, tmp_path)
    assert not (tmp_path / "reports").exists()


def test_the_command_line_says_what_went_wrong(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(
        stages, "run_of", lambda profile, home: System("heal", [sys.executable, "-c", "exit('no java')"])
    )
    done = CliRunner().invoke(program.main, ["stages", "--rounds", "1", "--home", str(tmp_path)])
    assert done.exit_code == 2
    assert "benchmarks: heal ended with code 1: no java" in done.output
    assert CliRunner().invoke(program.main, ["nothing"]).exit_code == 2


@pytest.mark.slow
def test_definitions_are_loaded_beside_dagster_alone(tmp_path: Path) -> None:
    rows = definitions.main(1, tmp_path)
    assert {r.system for r in rows} == {"dagster alone", "definitions"}
    assert all(r.ratio and r.ratio > 0 for r in rows)
    assert json.loads((tmp_path / "reports" / "bench_definitions.json").read_text())["rows"]
