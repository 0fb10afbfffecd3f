"""How a program's end is told, what a rerun may go on from, and that no program outlives who started it."""

import dataclasses
import json
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from heal_pipeline.errors import UserError
from heal_pipeline.training import checkpoint, guard
from heal_pipeline.training.launch import follow, make_run, prepare
from heal_pipeline.training.run import TrainingRun
from tests.training.conftest import NAME, Prepared


@pytest.fixture
def run(template: Prepared, tmp_path: Path) -> TrainingRun:
    made = make_run(template.lake, template.profile, NAME, "models/base_model")
    (tmp_path / "run").mkdir()
    return dataclasses.replace(made, folder=str(tmp_path / "run"))


def save_state(run: TrainingRun, step: int, whole: bool = True) -> Path:
    state = Path(run.folder) / f"state-{step}"
    state.mkdir()
    if whole:
        (state / "state.json").write_text(json.dumps({"step": step, "identity": run.identity}))
    return state


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_program_that_ends_well_passes_on_its_events(run: TrainingRun) -> None:
    prepare(run)
    events: list[dict] = []
    line = json.dumps({"event": "evaluation", "time": 1.0, "step": 0})
    follow(
        run, python(f"open({str(Path(run.folder) / 'progress.jsonl')!r}, 'a').write({line!r} + chr(10))"), events.append
    )
    assert events == [{"event": "evaluation", "time": 1.0, "step": 0}]


def test_what_a_user_can_mend_is_told_as_the_program_said_it(run: TrainingRun) -> None:
    prepare(run)
    with pytest.raises(UserError, match=r"^lower the rate$"):
        follow(run, python(f"open({str(Path(run.folder) / 'error.txt')!r}, 'w').write('lower the rate'); exit(2)"))


def test_every_other_failure_names_the_log_that_tells_it(run: TrainingRun) -> None:
    prepare(run)
    with pytest.raises(RuntimeError, match=r"ended with exit code 1; its log is .*log\.txt"):
        follow(run, python("raise KeyError('secret')"))
    assert "secret" in (Path(run.folder) / "log.txt").read_text()


def test_a_killed_program_is_told_from_a_failed_one(run: TrainingRun) -> None:
    prepare(run)
    with pytest.raises(UserError, match="was killed"):
        follow(run, python("import os; os.kill(os.getpid(), 9)"))


def test_an_error_in_the_caller_ends_the_program(run: TrainingRun) -> None:
    prepare(run)
    others = set(psutil.Process().children(recursive=True))
    seen: set[psutil.Process] = set()

    def fail(event: dict) -> None:
        seen.update(set(psutil.Process().children(recursive=True)) - others)
        raise ZeroDivisionError

    path = str(Path(run.folder) / "progress.jsonl")
    line = json.dumps({"event": "evaluation", "time": 1.0, "step": 0})
    with pytest.raises(ZeroDivisionError):
        follow(run, python(f"import time; open({path!r}, 'a').write({line!r} + chr(10)); time.sleep(60)"), fail)
    assert len(seen) == 1
    assert not psutil.wait_procs(seen, timeout=5)[1]


def test_a_rerun_goes_on_from_its_last_whole_state_and_forgets_later_events(run: TrainingRun) -> None:
    save_state(run, 4)
    last = save_state(run, 8)
    save_state(run, 12, whole=False)
    progress = Path(run.folder) / "progress.jsonl"
    progress.write_text("".join(json.dumps({"event": "train_step", "step": i}) + "\n" for i in range(1, 12)))
    assert prepare(run) == 8
    assert list(Path(run.folder).glob("*state-*")) == [last]
    assert [json.loads(line)["step"] for line in progress.read_text().splitlines()] == list(range(1, 9))


def test_other_settings_start_over_and_say_so(run: TrainingRun, tmp_path: Path, monkeypatch) -> None:
    save_state(run, 8)
    monkeypatch.setenv("HEAL_PROGRESS", str(tmp_path / "events.jsonl"))
    assert prepare(dataclasses.replace(run, learning_rate=0.5)) == 0
    assert checkpoint.latest(Path(run.folder)) is None
    [event] = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert event["message"] == (
        "phase_1: its saved step 8 is of other rows, another base model or other settings; starting over"
    )


def test_another_number_of_processes_is_no_other_run(run: TrainingRun) -> None:
    save_state(run, 8)
    assert prepare(dataclasses.replace(run, num_processes=2)) == 8


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the guard is the Linux kernel's")
def test_a_program_under_the_guard_ends_with_who_started_it() -> None:
    code = (
        "import subprocess, time; from heal_pipeline.training import guard; "
        "p = subprocess.Popen(guard.command(['sleep', '60'])); print(p.pid, flush=True); time.sleep(60)"
    )
    starter = subprocess.Popen(python(code), stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    started = psutil.Process(int(starter.stdout.readline()))
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    assert not psutil.wait_procs([started], timeout=5)[1]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the guard is the Linux kernel's")
def test_a_program_whose_starter_is_gone_already_does_not_begin() -> None:
    command = guard.command(["echo", "begun"])
    command[command.index("heal_pipeline.training.guard") + 1] = "1"
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
