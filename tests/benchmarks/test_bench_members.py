"""The members of the benchmark: a run's stages by its events, what the definitions cost, filtering; and all after one another."""

import gzip
import itertools
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import click
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import __main__ as program
from benchmarks import corpora, definitions, filtering, stages
from benchmarks.harness import (
    AbsentInputError,
    BenchmarkError,
    Measurement,
    Row,
    Sample,
    System,
    measure,
    speed_ups,
)

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
    assert "benchmarks: stages: heal ended with code 1: no java" in done.output
    assert CliRunner().invoke(program.main, ["nothing"]).exit_code == 2


@pytest.mark.slow
def test_definitions_are_loaded_beside_dagster_alone(tmp_path: Path) -> None:
    rows = definitions.main(1, tmp_path)
    assert {r.system for r in rows} == {"dagster alone", "definitions"}
    assert all(r.ratio and r.ratio > 0 for r in rows)
    assert json.loads((tmp_path / "reports" / "bench_definitions.json").read_text())["rows"]


def _member(monkeypatch: pytest.MonkeyPatch, name: str, error: Exception | None = None) -> None:
    def run(rounds: int, home: Path, profile: str, say) -> None:
        if error:
            raise error
        click.echo(f"{name}: {rounds} round(s)")

    monkeypatch.setitem(sys.modules, f"benchmarks.{name}", SimpleNamespace(main=run))


def test_without_a_name_all_members_run_and_one_that_cannot_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "MEMBERS", ("first", "absent", "last"))
    _member(monkeypatch, "first")
    _member(monkeypatch, "absent", AbsentInputError("no judged pages: name their folder"))
    _member(monkeypatch, "last")
    done = CliRunner().invoke(program.main, ["--rounds", "2"])
    lines = ["first: 2 round(s)", "benchmarks: absent: no judged pages: name their folder", "last: 2 round(s)"]
    assert done.output.splitlines() == lines
    assert done.exit_code == 0
    _member(monkeypatch, "first", BenchmarkError("a peer broke"))
    done = CliRunner().invoke(program.main, ["--rounds", "2"])
    assert done.output.splitlines() == ["benchmarks: first: a peer broke", *lines[1:]]
    assert done.exit_code == 2


def test_every_member_can_be_loaded() -> None:
    import importlib

    for name in program.MEMBERS:
        assert callable(importlib.import_module(f"benchmarks.{name}").main)


@given(st.lists(st.text("ab \n", max_size=2000), max_size=5), st.integers(0, 5))
def test_texts_are_cut_between_words_and_nothing_is_lost(texts: list[str], num: int) -> None:
    pieces = list(corpora.cut([*texts, "a word"], num))
    assert len(pieces) == num
    assert all(0 < len(piece) <= corpora.TEXT_CHARS for piece in pieces)
    endless = itertools.cycle("".join([*texts, "a word"]).replace(" ", "").replace("\n", ""))
    assert all(c == next(endless) for c in "".join(pieces).replace(" ", "").replace("\n", ""))


def test_filtering_reads_open_pages_or_the_clinics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEAL_OPEN_DATA", raising=False)
    source, texts = corpora.reading_texts()
    assert "clinic" in source
    assert len(texts) > 1000
    path = tmp_path / "dolma-cc" / "a.jsonl.gz"
    path.parent.mkdir()
    with gzip.open(path, "wt") as stream:
        stream.write(json.dumps({"text": "A page."}) + "\n")
    monkeypatch.setenv("HEAL_OPEN_DATA", str(tmp_path))
    assert corpora.reading_texts()[1] == ["A page."]
    monkeypatch.setenv("HEAL_OPEN_DATA", str(tmp_path / "nowhere"))
    assert corpora.reading_texts()[1] == texts


def test_speed_ups_are_ratios_of_cpu_rates() -> None:
    def row(system: str, unit: str, median: float) -> Row:
        return Row(system, "documents", unit, median, median, median, None)

    rows = [row("heal", "/CPU-s", 50), row("heal", "/s", 1), row("a", "/CPU-s", 5), row("b", "/CPU-s", 100)]
    assert [(r.system, r.median) for r in speed_ups(rows)] == [("heal over a", 10.0), ("heal over b", 0.5)]


def test_the_kernel_says_what_it_kept_of_how_many(tmp_path: Path) -> None:
    path = tmp_path / "texts.json"
    path.write_text(json.dumps([*corpora.cut(list(corpora.clinic_pages(60)), 5), "no"]))
    said = json.loads(measure(System.of_function("heal", filtering.time_kernel, str(path), filtering.BATCH, 0)).output)
    assert said["documents"] == filtering.BATCH
    assert 0 < said["kept"] < filtering.BATCH
    assert said["cpu"] > 0


@pytest.mark.slow
@pytest.mark.spark
def test_the_stage_is_timed_on_tables_of_its_own(tmp_path: Path) -> None:
    texts = list(corpora.clinic_pages(60))
    for num in (10, 40):
        filtering.write_raw(tmp_path, num, texts)
    system = System.of_function("heal", filtering.time_stage, str(tmp_path), 10, 40)
    for _ in range(2):
        said = json.loads(measure(system).output.splitlines()[-1])
        assert said["documents"] == 40
        assert 0 < said["kept"] <= 40
        filtering._forget_results(tmp_path)
        assert [f.name for f in (tmp_path / "cleared").iterdir()] == ["raw"]
