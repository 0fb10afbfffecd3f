"""Identities depend on what a record is, and keyed ones cannot be made without the key."""

from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.documents import Segment, content_id, doc_id, document_text, subject_id


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
