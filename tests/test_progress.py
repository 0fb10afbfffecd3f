"""Events are complete lines, in order, and half a line waits."""

from pathlib import Path

import pytest

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


def test_problems_are_named_once() -> None:
    events = [
        {"event": "user_error", "message": "a"},
        {"event": "user_error", "message": "a"},
        {"event": "gate_failed", "message": "b"},
    ]
    assert live.problems(events) == ["a", "b"]
