"""Training that is killed leaves no process behind, and a rerun ends where an unbroken run would have."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from heal_pipeline import artifacts, progress
from heal_pipeline.errors import UserError
from tests.training.conftest import NAME, Prepared, Trained

pytestmark = pytest.mark.slow

KILL_AT_STEP = 20
ROOT = Path(__file__).resolve().parents[2]


def training_processes(parent: int | None = None) -> list[psutil.Process]:
    """torchrun first, then the processes that it started. The test run may have others: Spark's, of other tests."""
    children = psutil.Process(parent).children(recursive=True)
    return [p for p in children if p.status() != psutil.STATUS_ZOMBIE and "heal_pipeline.training" in p.cmdline()]


def gone(processes: list[psutil.Process], seconds: float = 20) -> bool:
    return not psutil.wait_procs(processes, timeout=seconds)[1]


class KillOnce:
    """Kills the processes that `choose` picks when a step is reached, and remembers all that were there."""

    def __init__(self, choose: Callable[[list[psutil.Process]], list[psutil.Process]]) -> None:
        self.choose = choose
        self.seen: list[psutil.Process] = []

    def __call__(self, event: dict) -> None:
        if not self.seen and event["event"] == "train_step" and event["step"] >= KILL_AT_STEP:
            self.seen = training_processes()
            for process in self.choose(self.seen):
                process.send_signal(signal.SIGKILL)


def test_a_killed_run_leaves_no_process_and_ends_as_an_unbroken_one(prepared: Prepared, trained: Trained) -> None:
    kill = KillOnce(lambda processes: processes[:1])  # torchrun: the process that trains must notice by itself
    with pytest.raises(UserError, match="was killed"):
        prepared.train(on_event=kill)
    assert len(kill.seen) == 2
    assert gone(kill.seen)
    assert not artifacts.committed(prepared.lake, f"models/{NAME}")

    events: list[dict] = []
    result = prepared.train(on_event=events.append)
    resumed_at = result.metadata["resumed_at_step"]
    assert KILL_AT_STEP - result.metadata["steps"] / 5 < resumed_at < result.metadata["steps"]
    assert next(e["step"] for e in events if e["event"] == "train_step") == resumed_at + 1
    assert result.fingerprint == trained.result.fingerprint
    recorded, _ = progress.follow(prepared.run_folder / "progress.jsonl")
    steps = [e["step"] for e in recorded if e["event"] == "train_step"]
    assert steps == list(range(1, result.metadata["steps"] + 1))


def test_a_killed_process_ends_the_others_and_is_named(prepared: Prepared) -> None:
    kill = KillOnce(lambda processes: processes[-1:])
    with pytest.raises(
        UserError, match=r"was killed, as a machine does that runs out of memory: lower .*again"
    ) as caught:
        prepared.train(on_event=kill, num_processes=2)
    assert "\n" not in str(caught.value)
    assert len(kill.seen) == 3
    assert gone(kill.seen)


def test_a_killed_launcher_takes_the_training_with_it_and_another_number_of_processes_goes_on(
    prepared: Prepared, trained: Trained, tmp_path: Path
) -> None:
    profile = tmp_path / "profile.json"
    profile.write_text(prepared.with_training(num_processes=2).model_dump_json())
    program = (
        "import sys; from pathlib import Path; from heal_pipeline import training; from heal_pipeline.lake import Lake; "
        "from heal_pipeline.profile import Profile; "
        "training.train(Lake(Path(sys.argv[1])), Profile.model_validate_json(Path(sys.argv[2]).read_text()), sys.argv[3])"
    )
    command = [sys.executable, "-c", program, str(prepared.lake.home), str(profile), NAME]
    launcher = subprocess.Popen(command, cwd=ROOT)
    try:
        deadline = time.monotonic() + 120
        while not list(prepared.run_folder.glob("state-*/state.json")):
            assert launcher.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        processes = training_processes(launcher.pid)
        assert len(processes) == 3
    finally:
        launcher.kill()
        launcher.wait()
    assert gone(processes)

    result = prepared.train(num_processes=1)
    assert 0 < result.metadata["resumed_at_step"] < result.metadata["steps"]
    # Two replicas up to there, one process from there on: the same losses as one process alone.
    assert prepared.curve() == pytest.approx(trained.home.curve(), rel=1e-4)
