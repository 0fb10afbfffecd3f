"""Rows of one person cleaned together: what is searched where, in which runs, and what a failure takes with it."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid import records
from heal_pipeline.deid.cleaning import Cleaner
from heal_pipeline.deid.detectors import Detector, Found
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.policy import Policy
from heal_pipeline.deid.resolving import MODEL
from heal_pipeline.deid.surrogates import Pools

KEY = b"k" * 32


class Titled:
    """Finds the name behind "Dr." and nothing else; breaks down at a word."""

    def find(self, texts: Sequence[str]) -> list[Found]:
        return [self._of(text) for text in texts]

    def _of(self, text: str) -> Found:
        if "breakdown" in text:
            raise ZeroDivisionError(text)
        start = text.find("Dr. ") + 4
        return Found([(MODEL, (start, text.index(" ", start), "PERSON", 0.9))] if start >= 4 else [], [])


@pytest.fixture
def cleaner(lexicon: Lexicon, pools: Pools) -> Cleaner:
    return Cleaner(Detector(Titled(), lexicon), Policy("safe_harbor", 2026), KEY, pools)


def row(doc_id: str, text: str | None, subject: str | None = "s") -> dict[str, Any]:
    return {
        "doc_id": doc_id, "content_id": "", "source": "notes", "batch": "2026-03-02", "origin_file": "f", "origin_row": 0,
        "num_records": 1, "subject_id": subject, "kind": "note", "segments": [{"text": text, "scored": True}], "meta": [],
    }  # fmt: skip


def texts(rows: list[dict[str, Any]]) -> list[str]:
    return [r["segments"][0]["text"] if r["segments"] else "" for r in rows]


NOTE, TALK = row("a", "Dr. Nguyen dictated this."), row("b", "so nguyen said it is fine")


def test_a_name_of_the_note_is_found_in_the_conversation(cleaner: Cleaner) -> None:
    note, talk = texts(records.clean_run([NOTE, TALK], cleaner, {}))
    assert "nguyen" not in (note + talk).lower()
    assert talk.startswith("so ")
    assert talk.split()[1] == note.split()[1].lower()
    assert texts(records.clean_run([TALK], cleaner, {})) == ["so nguyen said it is fine"]


def test_who_names_nobody_stands_alone() -> None:
    rows = [row("a", "x", None), row("b", "x", None), row("c", "x"), row("d", "x"), row("e", "x", "t")]
    assert [[r["doc_id"] for r in run] for run in records.runs(rows)] == [["a"], ["b"], ["c", "d"], ["e"]]


@given(st.lists(st.integers(0, 2 * records.MAX_CHARACTERS), max_size=150))
def test_runs_are_bounded_and_lose_nothing(sizes: list[int]) -> None:
    rows = [row(f"{i:04d}", "") for i in range(len(sizes))]
    lengths = dict(zip((r["doc_id"] for r in rows), sizes, strict=True))
    before = records._texts
    records._texts = lambda one: [range(lengths[one["doc_id"]])]  # type: ignore[assignment]
    try:
        runs = list(records.runs(rows))
    finally:
        records._texts = before
    assert [r for run in runs for r in run] == rows
    assert all(len(run) <= records.MAX_DOCUMENTS for run in runs)
    assert all(len(run) == 1 or sum(lengths[r["doc_id"]] for r in run) <= records.MAX_CHARACTERS for run in runs)


def test_a_row_that_fails_takes_no_other_with_it(cleaner: Cleaner) -> None:
    rows = [NOTE, row("c", "a breakdown of nguyen"), TALK]
    note, failed, talk = records.clean_run(rows, cleaner, {})
    assert (failed["rule"], failed["evidence"], failed["segments"], failed["meta"]) == (
        "quarantined", "ZeroDivisionError", [], [],
    )  # fmt: skip
    assert (note["rule"], talk["rule"]) == ("cleaned", "cleaned")
    assert "nguyen" not in "".join(texts([note, talk])).lower()  # the others are still searched together


def test_rows_that_fail_together_alone_are_cleaned_alone(cleaner: Cleaner, monkeypatch) -> None:
    whole = cleaner.clean_together

    def alone(given, *args):
        if len(given) > 1:
            raise MemoryError
        return whole(given, *args)

    monkeypatch.setattr(cleaner, "clean_together", alone)
    note, talk = records.clean_run([NOTE, TALK], cleaner, {})
    assert (note["rule"], talk["rule"]) == ("cleaned", "cleaned")


def test_a_text_that_is_not_there_is_empty(cleaner: Cleaner) -> None:
    [one] = records.clean_run([row("a", None)], cleaner, {})
    assert (one["rule"], texts([one])) == ("cleaned", [""])
