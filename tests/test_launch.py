"""What a run leaves behind and what it finds: the environment of its programs, other runs, runs that were killed."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest
from click.testing import CliRunner
from dagster._core.errors import DagsterResourceFunctionError

from heal_pipeline import artifacts, launch, progress, vocabulary
from heal_pipeline.cli import main
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import load_profile
from resources.pipeline import Pipeline
from tests.modeling.tiny_models import write_tokenizer


def test_a_relative_data_folder_reaches_the_run_as_an_absolute_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "HEAL_OPEN_DATA" not in launch.dagster_environment("sample", tmp_path)
    monkeypatch.setenv("HEAL_OPEN_DATA", "sets")
    assert launch.dagster_environment("sample", tmp_path)["HEAL_OPEN_DATA"] == str((tmp_path / "sets").resolve())


def test_the_days_of_a_job(pages_profile) -> None:
    profile = load_profile(str(pages_profile(days=["2026-01-05", "2026-01-07"])))
    assert launch.days_of("all", profile) == ("2026-01-05", "2026-01-07")
    assert launch.days_of("refresh", profile, "2026-01-06") == ("2026-01-06", "2026-01-06")
    assert launch.days_of("refresh", profile, "2026-01-06:2026-01-07") == ("2026-01-06", "2026-01-07")
    assert launch.days_of("train", profile) is None


def test_a_refresh_of_a_new_home_names_the_job_that_prepares_it(pages_profile, tmp_path: Path) -> None:
    profile, lake = load_profile(str(pages_profile())), Lake(tmp_path / "home")
    launch.check_ready("prepare", profile, lake)
    with pytest.raises(UserError, match=r"has no tokenizer, .*heal run --job prepare"):
        launch.check_ready("refresh", profile, lake)
    with pytest.raises(UserError, match="has no tokenizer and no tagger"):
        launch.check_ready("refresh", load_profile("sample"), lake)
    with artifacts.stage(lake, vocabulary.TOKENIZER, scheme=vocabulary.SCHEME) as staged:
        write_tokenizer(staged.path, 300)
        staged.commit()
    launch.check_ready("refresh", profile, lake)


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    launch.dagster_environment("sample", tmp_path / "home")
    with dg.DagsterInstance.from_config(str(tmp_path / "home" / "dagster")) as instance:
        yield instance


@dg.op(required_resource_keys={"pipeline"})
def nothing() -> None:
    pass


@dg.job
def empty_job() -> None:
    nothing()


def run_empty_job(home: Path, instance: dg.DagsterInstance) -> None:
    """A run whose only work is to open the home and to close it."""
    resources = {"pipeline": Pipeline(home=str(home), profile_name="sample")}
    empty_job.execute_in_process(instance=instance, resources=resources)


def test_runs_that_were_killed_are_ended_and_give_back_their_places(
    tmp_path: Path, instance: dg.DagsterInstance
) -> None:
    begun = {
        dg.DagsterRunStatus.STARTED: dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.STARTING: dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.CANCELING: dg.DagsterRunStatus.CANCELED,
        dg.DagsterRunStatus.SUCCESS: dg.DagsterRunStatus.SUCCESS,
    }
    runs = {status: instance.create_run_for_job(empty_job, status=status).run_id for status in begun}
    storage = instance.event_log_storage
    storage.initialize_concurrency_limit_to_default("spark")
    claim = storage.claim_concurrency_slot("spark", runs[dg.DagsterRunStatus.STARTED], "some_step")
    assert claim.is_claimed
    run_empty_job(tmp_path / "home", instance)
    found = {status: instance.get_run_by_id(run).status for status, run in runs.items()}
    assert found == begun
    assert storage.get_concurrency_info("spark").active_slot_count == 0


def test_the_latest_run_is_the_one_that_holds_the_home(
    tmp_path: Path, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    for name in ("first", "second"):
        (home / "runs" / name).mkdir(parents=True)
    monkeypatch.setenv(progress.PROGRESS_VARIABLE, str(home / "runs" / "first" / "progress.jsonl"))
    run_empty_job(home, instance)
    assert (home / "runs" / "latest").resolve().name == "first"
    monkeypatch.setenv(progress.PROGRESS_VARIABLE, str(home / "runs" / "second" / "progress.jsonl"))
    with Lake(home).lock(), pytest.raises(DagsterResourceFunctionError):
        run_empty_job(home, instance)
    assert (home / "runs" / "latest").resolve().name == "first"
    [event] = progress.follow(home / "runs" / "second" / "progress.jsonl")[0]
    assert event["event"] == "user_error"
    assert "in use" in event["message"]


@pytest.mark.slow
def test_the_loser_of_two_runs_at_once_ends_with_one_line(
    pages_profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both pass the check beforehand; the home is taken when the second's program opens it."""
    monkeypatch.setattr(launch, "check_ready", lambda job, profile, lake: None)
    with Lake(tmp_path / "home").lock():
        result = CliRunner().invoke(main, ["run", "--profile", str(pages_profile()), "--home", str(tmp_path / "home")])
    assert result.exit_code == 2, result.output
    assert len(result.output.strip().splitlines()) == 1, result.output
    assert "in use" in result.output
    assert not (tmp_path / "home" / "runs" / "latest").exists()


@pytest.mark.slow
@pytest.mark.spark
def test_a_run_after_one_that_was_killed_goes_through_the_same_stages(pages_profile, tmp_path: Path) -> None:
    home = tmp_path / "home"
    with artifacts.stage(Lake(home), vocabulary.TOKENIZER, scheme=vocabulary.SCHEME) as staged:
        write_tokenizer(staged.path, 300)
        staged.commit()
    arguments = ["--profile", str(pages_profile()), "--home", str(home), "--job", "refresh"]
    command = [sys.executable, "-m", "heal_pipeline.cli", "run", *arguments]
    killed = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    begun = wait_for_stage(home, "filtered/pages")
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    events = progress.follow(home / "runs" / "latest" / "progress.jsonl")[0]
    ended = [e["stage"] for e in events if e["event"] == "stage_end"]
    assert ended[: len(begun)] == begun
    assert "survivors" in ended


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_ui_of_a_script_ends_with_all_that_it_started(tmp_path: Path, number: signal.Signals) -> None:
    """A shell without job control starts its background programs with a SIGINT that is ignored."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "heal_pipeline.cli", "ui", "--home", str(tmp_path / "home"), "--port", str(port)]
    ui = subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$@"', "sh", *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for_server(port)
        started = psutil.Process(ui.pid).children(recursive=True)
        assert len(started) > 3, "the webserver, the daemon and the server of the code"
        ui.send_signal(number)
        assert ui.wait(60) == 0
        assert not [process for process in started if is_alive(process)]
    finally:
        ui.kill()


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for_server(port: int) -> None:
    for _ in range(240):
        time.sleep(0.5)
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=2)
            return
    raise AssertionError(f"nothing answers at port {port}")


def wait_for_stage(home: Path, name: str) -> list[str]:
    """The stages that a run has begun, as soon as this one is among them."""
    for _ in range(1200):
        for path in home.glob("runs/*/progress.jsonl"):
            begun = [e["stage"] for e in progress.follow(path)[0] if e["event"] == "stage_start"]
            if name in begun:
                return begun
        time.sleep(0.1)
    raise AssertionError(f"the stage {name} was not begun: {json.dumps([str(p) for p in home.glob('runs/*')])}")
