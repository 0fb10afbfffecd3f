"""Starts Dagster's programs on a home, and checks beforehand what can be known beforehand. Does not import Dagster."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from heal_pipeline import artifacts, evaluation_sets, progress, vocabulary
from heal_pipeline.errors import HomeError, UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import OPEN_DATA_VARIABLE, Profile
from heal_pipeline.training import guard

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.25
UI_GRACE_SECONDS = 20
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
JOBS = ("all", "prepare", "refresh", "evaluate_tagger", "release", "train", "evaluate", "ablation")
DAILY_JOBS = ("all", "prepare", "refresh")


@dataclass
class Run:
    """A Dagster job that runs as a program of its own, and the events it writes."""

    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "log.txt"

    def events(self) -> Iterator[dict[str, Any] | None]:
        """The run's events as they come, and None whenever there is none new; ends when the program has."""
        path, offset = self.folder / "progress.jsonl", 0
        while True:
            ended = self.process.poll() is not None
            found, offset = progress.follow(path, offset)
            yield from found
            if ended and not found:
                return
            if not found:
                yield None
                time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Ends the program and all that it started. Nothing is lost but the stage at work: it commits whole or not at all."""
        if self.process.poll() is None:
            # A terminated Dagster gives up its present step and goes on with the next.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def check_ready(job: str, profile: Profile, lake: Lake) -> None:
    """What a run needs, checked before anything is written: space, a free home, Java, the files of sources and question
    sets, and what the job reads and does not make.

    Raises:
        UserError: the first thing that is missing, with its remedy.
    """
    from heal_pipeline import sources
    from heal_pipeline.spark import java_home

    sources.check_locations(profile)
    evaluation_sets.check_files(profile)
    with lake.lock():
        lake.require_space()
    if job == "refresh":
        _check_prepared(profile, lake)
    java_home(lake.home / "java")


def _check_prepared(profile: Profile, lake: Lake) -> None:
    """Refuses a refresh that would end at a stage that reads what only `prepare` makes."""
    from heal_pipeline.deid.evaluating import require_evaluated
    from heal_pipeline.deid.training import TAGGER, detector_spec

    needed = {"tokenizer": vocabulary.TOKENIZER, **({"tagger": TAGGER} if profile.restricted_sources else {})}
    if missing := [name for name, artifact in needed.items() if not artifacts.committed(lake, artifact)]:
        raise UserError(
            f"the home {lake.home} has no {' and no '.join(missing)}, which refresh reads and never makes: `heal run --job prepare` does, with the same tables"
        )
    if profile.restricted_sources:
        require_evaluated(lake, detector_spec(lake, profile))


def days_of(job: str, profile: Profile, asked: str | None = None) -> tuple[str, str] | None:
    """The first and last day of a job's run; None for a job without days.

    Args:
        asked: FIRST or FIRST:LAST; all of the profile's days where it is not given.

    Raises:
        UserError: the job has no days, or these are none that it can run on.
    """
    if job not in DAILY_JOBS:
        if asked:
            raise UserError(f"the job {job} has no days: leave --days out, or give --job {' or '.join(DAILY_JOBS)}")
        return None
    first, _, last = (asked or f"{profile.days[0]}:{profile.days[-1]}").partition(":")
    last = last or first
    for day in (first, last):
        if not _is_day(day):
            raise UserError(
                f"{day!r} is no day: give --days as {profile.days[0]}, or {profile.days[0]}:{profile.days[-1]}"
            )
    if first < profile.days[0]:
        raise UserError(f"--days {first} is before the profile's first day: give {profile.days[0]} or later")
    if last < first:
        raise UserError(f"--days ends ({last}) before it begins ({first}): give FIRST:LAST")
    if last >= datetime.now(UTC).date().isoformat():
        raise UserError(f"the day {last} is not over (UTC): give days that are, in the profile or with --days")
    return first, last


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def dagster_environment(profile_name: str, home: Path) -> dict[str, str]:
    """The environment of Dagster's programs on a home, whose instance folder is made where it is not there.

    Raises:
        HomeError: the instance folder cannot be written.
    """
    instance = home / "dagster"
    # These programs run in another folder, where a relative path would name something else.
    data = os.environ.get(OPEN_DATA_VARIABLE)
    open_data = {OPEN_DATA_VARIABLE: str(Path(data).expanduser().resolve())} if data else {}
    try:
        instance.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / "dagster.yaml", instance / "dagster.yaml")
    except OSError as error:
        raise HomeError(f"{instance} cannot be written ({error.strerror}): give another home with --home") from None
    return {
        **os.environ,
        **open_data,
        "DAGSTER_HOME": str(instance),
        "HEAL_HOME": str(home),
        "HEAL_PROFILE": profile_name,
        "DAGSTER_DISABLE_TELEMETRY": "1",
        "GX_ANALYTICS_ENABLED": "false",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        # Threads that spin while they wait for each other take a busy machine's cores from those that they wait for.
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "passive"),
        "PYTHONWARNINGS": "ignore",
    }


def start_job(job: str, profile_name: str, lake: Lake, days: tuple[str, str] | None) -> Run:
    """Starts a job; its output goes to a log file in the home.

    Args:
        job: one of JOBS.
        profile_name: as Dagster's programs shall load it: a name, or an absolute path.
        days: the first and last day, as `days_of` gives them.
    """
    if job not in JOBS:
        raise UserError(f"there is no job {job!r}: give one of {', '.join(JOBS)}")
    folder = lake.home / "runs" / datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%f")
    folder.mkdir(parents=True)
    command = [sys.executable, "-m", "dagster", "job", "execute", "-m", "heal_pipeline.definitions", "-j", f"{job}_job"]
    if days:
        command += ["--tags", json.dumps(dict(zip((RANGE_START, RANGE_END), days, strict=True)))]
    environment = dagster_environment(profile_name, lake.home)
    environment[progress.PROGRESS_VARIABLE] = str(folder / "progress.jsonl")
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            guard.command(command),
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=ROOT,
            start_new_session=True,
        )
    return Run(process, folder)


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Takes SIGTERM and SIGINT as the interrupt that a person types, so that both end a run in the same way.

    A program in the background of a script inherits a SIGINT that is ignored, and so would those that it starts. A
    signal with a handler is back at its default in every program started inside (execve(2)).
    """

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run_ui(profile_name: str, lake: Lake, port: int) -> int:
    """Runs the Dagster UI and daemon in the foreground, on this machine alone, until interrupted or terminated.

    Nothing that it started is there when it returns: services that do not end within UI_GRACE_SECONDS, or before a
    second signal, are killed.

    Returns:
        The exit code: 0 where it was asked to end, else that of Dagster.
    """
    environment = dagster_environment(profile_name, lake.home)
    program = [sys.executable, "-m", "dagster", "dev", "-w", str(ROOT / "workspace.yaml")]
    command = guard.command([*program, "-h", "127.0.0.1", "-p", str(port)])
    with interruptible():
        process = subprocess.Popen(command, env=environment, cwd=ROOT, start_new_session=True)
        try:
            return process.wait()
        except KeyboardInterrupt:
            with contextlib.suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
                process.send_signal(signal.SIGINT)
                process.wait(UI_GRACE_SECONDS)
            return 0
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
