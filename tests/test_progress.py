"""Events are complete lines, in order, and half a line waits."""

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from heal_pipeline import live, progress


def test_stages_leave_their_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "progress.jsonl"
    monkeypatch.setenv(progress.PROGRESS_VARIABLE, str(path))
    with progress.stage("raw/a") as values:
        values.update(rows_in=3, rows_out=2)
    with pytest.raises(ValueError, match="x"), progress.stage("raw/b"):
        raise ValueError("x")
    with path.open("a") as stream:
        stream.write('{"event": "half')
    events, offset = progress.follow(path)
    assert [e["event"] for e in events] == ["stage_start", "stage_end", "stage_start", "stage_failed"]
    assert events[-1]["error"] == "ValueError"
    assert progress.follow(path, offset) == ([], offset)
    assert "66.7%" in live.stage_line(events[1])


def test_without_a_file_events_go_nowhere() -> None:
    progress.emit("message", message="nobody listens")


def test_a_failed_run_names_the_stage_and_the_class_of_its_error() -> None:
    failed = {"event": "stage_failed", "stage": "raw/a", "error": "ValueError"}
    assert live.failures([{"event": "stage_start", "stage": "raw/a"}, failed]) == " in raw/a (ValueError)"
    assert live.failures([failed, {**failed, "stage": "raw/b"}]) == " in raw/a (ValueError) and 1 more"
    assert live.failures([]) == ""


def test_the_line_of_a_stage_fits_and_keeps_its_day_whatever_the_name() -> None:
    event = {"stage": "deidentified/" + "x" * 80 + " 2026-01-05", "rows_in": 123456, "rows_out": 1, "seconds": 9.5}
    line = live.stage_line(event)
    assert len(line) <= 100
    assert "…" in line
    assert "2026-01-05" in line


@pytest.mark.parametrize("width", [80, 100])
def test_the_bar_of_a_training_is_one_line_and_goes_away(width: int) -> None:
    stage = "ablation_non_medical_public_and_more/checkpoint"
    step = {"event": "train_step", "num_steps": 12345, "loss": 10.123, "tokens_per_second": 123456.7}
    end = {"event": "stage_end", "stage": stage, "rows_in": 8, "rows_out": 8, "made": "rows", "seconds": 9.0}
    stream = io.StringIO()
    console = Console(file=stream, width=width, height=20, force_terminal=True, color_system=None, highlight=False)

    def events() -> Iterator[dict | None]:
        yield {"event": "stage_start", "stage": stage}
        for i in (1, 2):
            yield {**step, "step": 12343 + i}
            while f"{12343 + i}/12345" not in stream.getvalue():  # the bar is drawn ten times a second
                time.sleep(0.02)
        yield {**step, "step": 12345, "loss": None}
        yield end

    assert len(live.follow(events(), console)) == 5
    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue()).replace("\r", "\n").split("\n")
    bars = [line for line in drawn if "tokens/s" in line]
    assert bars
    assert all("12344/12345" in b or "12345/12345" in b for b in bars)
    assert any("loss 10.123  123,457 tokens/s" in b and "0:00:0" in b for b in bars)
    assert max(map(len, drawn)) <= max(width, len(live.stage_line(end)))
    assert stream.getvalue().endswith("\x1b[?25h\r\x1b[1A\x1b[2K")  # the cursor is back, the line is gone


def test_problems_are_named_once() -> None:
    events = [
        {"event": "user_error", "message": "a"},
        {"event": "user_error", "message": "a"},
        {"event": "gate_failed", "message": "b"},
    ]
    assert live.problems(events) == ["a", "b"]
