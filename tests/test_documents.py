"""Identities depend on what a record is, and keyed ones cannot be made without the key; tables have the texts of their rows."""

from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.documents import (
    DOCUMENT_SCHEMA,
    Segment,
    content_id,
    digits,
    doc_id,
    document_text,
    halves,
    subject_id,
    summary_frame,
    texts_of,
)


def test_a_dose_is_content() -> None:
    assert content_id("metoprolol 25 mg daily") != content_id("metoprolol 50 mg daily")
    assert content_id("Metoprolol  25 mg\r\ndaily") == content_id("metoprolol 25 mg daily")


def test_keyed_identities_need_the_key() -> None:
    assert doc_id("notes", "MRN 1", b"one") != doc_id("notes", "MRN 1", b"two")
    assert doc_id("notes", "MRN 1", b"one") == doc_id("notes", "MRN 1", b"one")
    assert len(subject_id("MRN 1", b"one")) == 32
    assert doc_id("a", "1") != doc_id("b", "1")


@given(st.text(), st.text())
def test_identities_of_any_text(source: str, key: str) -> None:
    assert len(doc_id(source, key)) == len(content_id(key)) == 32


def test_segments_and_their_dicts_give_the_same_text() -> None:
    segments = [Segment("a prompt", scored=False), Segment("a response")]
    assert (
        document_text(segments)
        == document_text([{"text": s.text, "scored": s.scored} for s in segments])
        == "a prompt\na response"
    )


def _row(number: int, segments: list[dict[str, Any]]) -> dict[str, Any]:
    strings = ("doc_id", "content_id", "source", "batch", "origin_file", "kind")
    numbers = {"origin_row": number, "num_records": 1, "subject_id": None}
    return {**dict.fromkeys(strings, f"{number}"), **numbers, "segments": segments, "meta": []}


SEGMENTS = st.lists(st.fixed_dictionaries({"text": st.text(max_size=9), "scored": st.booleans()}), max_size=3)


@given(st.lists(SEGMENTS, max_size=8), st.integers(0, 8), st.integers(0, 8))
def test_columns_of_a_table_say_what_its_rows_do(rows: list[list[dict[str, Any]]], start: int, length: int) -> None:
    """Of whole tables, of slices, and of tables in several chunks."""
    table = pa.Table.from_pylist([_row(i, segments) for i, segments in enumerate(rows)], DOCUMENT_SCHEMA)
    for part in (table, table.slice(start, length), pa.concat_tables([table.slice(start), table.slice(0, start)])):
        segments = part["segments"].to_pylist()
        texts = [document_text(s) for s in segments]
        assert texts_of(part) == texts
        assert [t for batch in part.to_batches() for t in texts_of(batch)] == texts
        frame = summary_frame(part)
        assert frame["doc_id"].tolist() == part["doc_id"].to_pylist()
        assert frame["num_chars"].tolist() == [len(t) for t in texts]
        assert frame["num_segments"].tolist() == [len(s) for s in segments]
        assert frame["num_scored"].tolist() == [sum(x["scored"] for x in s) for s in segments]


@settings(deadline=None)
@given(st.lists(st.binary(min_size=16, max_size=16)), st.integers(0, 3))
def test_identities_are_their_halves(identities: list[bytes], start: int) -> None:
    text = pa.array([i.hex() for i in identities], pa.string())
    assert digits(*halves(text).T).equals(text)
    assert digits(*halves(text[start:]).T).equals(text[start:])
    assert sorted(map(tuple, halves(text).tolist())) == [
        tuple(row) for row in halves(pa.array(sorted(text.to_pylist()), pa.string())).tolist()
    ]
