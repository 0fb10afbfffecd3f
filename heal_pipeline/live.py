"""What a person sees while a run goes on: one line a stage, and a bar with loss and tokens a second in training."""

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


def stage_line(event: dict[str, Any]) -> str:
    """The line of a finished stage: its name, rows in, rows kept or what was made of them, seconds."""
    rows_in, rows_out = event.get("rows_in", 0), event.get("rows_out", 0)
    made = event.get("made") or f"kept {rows_out / rows_in if rows_in else 1:.1%}"
    return f"{event['stage']:<44.44} {rows_in:>10,} in {rows_out:>10,} {made:<12.12} {event['seconds']:>7.1f} s"


def follow(events: Iterable[dict[str, Any] | None], console: Console | None = None) -> list[dict[str, Any]]:
    """Shows a run's events as they come, on standard error, and returns them."""
    console = console or Console(file=sys.stderr, highlight=False)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    seen: list[dict[str, Any]] = []
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("starting", total=None, note="")
        for event in events:
            if event is None:
                continue
            seen.append(event)
            kind = event["event"]
            if kind == "stage_start":
                bars.reset(task, description=event["stage"], total=None, note="")
            elif kind == "train_step":
                loss = "no number" if event["loss"] is None else f"{event['loss']:.3f}"
                note = f"loss {loss}  {event.get('tokens_per_second', 0):,.0f} tokens/s"
                bars.update(task, completed=event["step"], total=event["num_steps"], note=note)
            elif kind == "stage_end":
                console.print(stage_line(event), markup=False, soft_wrap=True)
            elif kind == "stage_failed":
                console.print(f"{event['stage']:<44.44} failed after {event['seconds']:.1f} s", markup=False)
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
