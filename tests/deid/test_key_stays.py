"""The key behind the surrogates: used by a whole run of the stage, and nowhere to be found after it."""

import logging
import traceback

import pytest

from heal_pipeline.deid.deidentifying import Job
from heal_pipeline.deid.policy import Policy
from heal_pipeline.errors import GateFailedError
from heal_pipeline.lake import Lake

KEY = "5ec7e7" * 11


def holds(data: bytes) -> bool:
    """Whether the key stands in data, in any of the forms in which it could get there."""
    raw = bytes.fromhex(KEY)
    forms = (KEY.encode(), KEY.upper().encode(), raw, repr(raw).encode(), str(list(raw)).encode())
    return any(form in data for form in forms)


def test_what_travels_to_tasks_tells_no_secret() -> None:
    rows = {"s": [("name", "Zebulon Quillfeather")]}
    job = Job(None, Policy("safe_harbor", 2026), bytes.fromhex(KEY), rows, frozenset({"quillfeather"}))  # type: ignore[arg-type]
    shown = f"{job!r} {job}"
    assert not holds(shown.encode())
    assert "uillfeather" not in shown


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.parametrize("values", [{}, {"max_over_redaction": 0.0}], ids=["passed", "failed"])
def test_the_key_is_in_no_file_and_no_message(home: Lake, tables, run, values, monkeypatch, caplog, capfd) -> None:
    """Of a run that succeeds, and of one that a gate stops, with its error."""
    monkeypatch.setenv("HEAL_KEY", KEY)
    text = "Zebulon Quillfeather was seen on 03/14/2024; call 614-287-9304."
    tables(home, [{"text": text, "subject": "p"}], {"p": {"name": "Zebulon Quillfeather"}})
    with caplog.at_level(logging.DEBUG):
        try:
            told = str(run(home, **values))
        except GateFailedError as error:
            told = "".join(traceback.format_exception(error))
    assert home.table("deidentified/notes", "2026-03-02").committed() is not bool(values)
    told += caplog.text + "".join(capfd.readouterr())
    assert not holds(told.encode("utf-8", "replace"))
    files = [path for path in home.home.rglob("*") if path.is_file()]
    assert len(files) > 10
    assert not [path for path in files if holds(path.read_bytes())]
