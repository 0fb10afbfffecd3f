"""What a person sees while a run goes on: one line a stage, and a bar with loss and tokens a second in training."""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

NAME_WIDTH = 44
BAR_WIDTH = 16
BESIDE_THE_NAME = 68
"""Of a training's line: spinner, bar, steps, loss, tokens a second and time."""


class _Bar(BarColumn):
    """A bar of what can be counted, and nothing for a stage that is only under way."""

    def render(self, task: Task) -> Any:
        return Text("") if task.total is None else super().render(task)


def _short(name: str, width: int = NAME_WIDTH) -> str:
    """A name of at most so many characters: a longer one keeps its beginning and its end, where the day is."""
    if len(name) <= width:
        return name
    tail = (width - 1) // 2
    return f"{name[: width - 1 - tail]}…{name[-tail:]}"


def stage_line(event: dict[str, Any]) -> str:
    """The line of a finished stage: its name, rows in, rows kept or what was made of them, seconds."""
    rows_in, rows_out = event.get("rows_in", 0), event.get("rows_out", 0)
    made = event.get("made") or f"kept {rows_out / rows_in if rows_in else 1:.1%}"
    return f"{_short(event['stage']):<{NAME_WIDTH}} {rows_in:>10,} in {rows_out:>10,} {made:<12.12} {event['seconds']:>7.1f} s"


def follow(events: Iterable[dict[str, Any] | None], console: Console | None = None) -> list[dict[str, Any]]:
    """Shows a run's events as they come, on standard error, and returns them."""
    console = console or Console(file=sys.stderr, highlight=False)
    columns: list[ProgressColumn] = [
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True)),
        _Bar(bar_width=BAR_WIDTH),
        TextColumn("{task.fields[note]}", table_column=Column(no_wrap=True)),
        TimeElapsedColumn(),
    ]
    short = min(NAME_WIDTH, max(12, console.width - BESIDE_THE_NAME))
    seen: list[dict[str, Any]] = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("starting", total=None, note="")
        for event in events:
            if event is None:
                continue
            seen.append(event)
            kind = event["event"]
            if kind == "stage_start":
                bars.reset(task, description=_short(event["stage"]), total=None, note="")
            elif kind == "train_step":
                loss = "no number" if event["loss"] is None else f"{event['loss']:.3f}"
                step, steps = event["step"], event["num_steps"]
                note = f"{step}/{steps}  loss {loss}  {event.get('tokens_per_second', 0):,.0f} tokens/s"
                name = _short(bars.tasks[0].description, short)
                bars.update(task, description=name, completed=step, total=steps, note=note)
            elif kind == "stage_end":
                bars.reset(task, description="", total=None, note="")
                console.print(stage_line(event), markup=False, soft_wrap=True)
            elif kind == "stage_failed":
                bars.reset(task, description="", total=None, note="")
                line = f"{_short(event['stage']):<{NAME_WIDTH}} failed after {event['seconds']:.1f} s: {event['error']}"
                console.print(line, markup=False, soft_wrap=True)
            elif kind == "message":
                console.print(event["message"], markup=False, soft_wrap=True)
    return seen


def failures(events: list[dict[str, Any]]) -> str:
    """Which stage failed first, and by which class of error, as the middle of a sentence; "" where no stage did."""
    failed = [e for e in events if e["event"] == "stage_failed"]
    if not failed:
        return ""
    further = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f" in {failed[0]['stage']} ({failed[0]['error']}){further}"


def problems(events: list[dict[str, Any]]) -> list[str]:
    """The one-line messages of what a user can mend: failed gates and user errors, in order, each once."""
    lines = [e["message"] for e in events if e["event"] in ("user_error", "gate_failed")]
    return list(dict.fromkeys(lines))
