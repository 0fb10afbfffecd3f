"""The events of a run as JSON lines: written by stages and by the trainer, followed by the command line and the UI.

An event is one JSON object: `{"event": "stage_start"|"stage_end"|"stage_failed"|"train_step"|"message", "time", …}`.
Events carry names and numbers, never record text.
"""

import contextlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRESS_VARIABLE = "HEAL_PROGRESS"
"""The file that events go to; without it they go nowhere."""


def emit(event: str, path: Path | None = None, **values: Any) -> None:
    """Appends an event to `path`, else to the file that HEAL_PROGRESS names."""
    target = path or os.environ.get(PROGRESS_VARIABLE)
    if target:
        line = json.dumps({"event": event, "time": round(time.time(), 3), **values}, default=str) + "\n"
        with open(target, "a", encoding="utf-8") as stream:
            stream.write(line)


@contextlib.contextmanager
def stage(name: str) -> Iterator[dict[str, Any]]:
    """Marks a stage's start and end. The caller puts `rows_in`, `rows_out` and `made` into the yielded dict."""
    values: dict[str, Any] = {}
    start = time.perf_counter()
    emit("stage_start", stage=name)
    try:
        yield values
    except BaseException as error:
        emit("stage_failed", stage=name, seconds=round(time.perf_counter() - start, 2), error=type(error).__name__)
        raise
    emit("stage_end", stage=name, seconds=round(time.perf_counter() - start, 2), **values)


def become_latest() -> None:
    """Points runs/latest at the folder of this run's events. For the holder of the home's lock, so that it is what runs."""
    if target := os.environ.get(PROGRESS_VARIABLE):
        folder = Path(target).parent
        link = folder.with_name(f".latest-{secrets.token_hex(4)}")
        link.symlink_to(folder.name)
        link.replace(folder.with_name("latest"))


def follow(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """The complete events from byte `offset` on, and the offset after them."""
    if not path.exists():
        return [], offset
    with path.open("rb") as stream:
        stream.seek(offset)
        data = stream.read()
    end = data.rfind(b"\n") + 1
    return [json.loads(line) for line in data[:end].splitlines()], offset + end
