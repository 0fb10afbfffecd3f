"""The review queue: who is drawn, what is shown, when it is written."""

import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid import review
from heal_pipeline.deid.marking import CLOSE, OPEN, marked, replaced
from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, doc_id
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake, Verdict

DAY = "2026-03-02"


def documents(texts: list[str], source: str = "notes", day: str = DAY, **values) -> pa.Table:
    rows = [
        {
            "doc_id": doc_id(source, str(i)), "content_id": content_id(text), "source": source, "batch": day,
            "origin_file": "f" * 64, "origin_row": i, "num_records": 1, "subject_id": None, "kind": "note",
            "segments": [{"text": text, "scored": True}], "meta": [("title", f"Visit {i}")], **values,
        }
        for i, text in enumerate(texts)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)


ORIGINALS = [f"Ann Oakhollow has pain {i} and takes metformin." for i in range(60)]
OUTPUTS = [text.replace("Ann Oakhollow", "Sue Reed") for text in ORIGINALS]
RISKS = {doc_id("notes", str(i)): i / 100 for i in range(60)}


@pytest.fixture
def day(lake: Lake, profile_with):
    """Commits a de-identified day with its queue."""

    def commit(outputs=OUTPUTS, risks=RISKS, passed=True, parts=1, **config):
        filtered = lake.table("filtered/notes", DAY, "restricted")
        with lake.stage(filtered) as staged:
            staged.write(documents(ORIGINALS[: len(outputs)]))
            staged.commit()
        with lake.stage(lake.table("deidentified/notes", DAY), inputs=[filtered]) as staged:
            table = documents(outputs)
            for part in range(parts):
                staged.write(table.take(pa.array(range(part, table.num_rows, parts), pa.int64())))
            staged.gate(Verdict("registration_residue", passed, []))
            review.queue(staged, filtered, risks, profile_with(**config))
            staged.commit()

    return commit


def queued(lake: Lake) -> list[dict]:
    return review.queue_table(lake, "notes", DAY).read().to_pylist()


def test_the_riskiest_and_a_random_sample_are_queued_with_marks(lake: Lake, day) -> None:
    day(review_top=5, review_random=7)
    rows = queued(lake)
    assert {r["doc_id"] for r in rows if r["by_risk"]} == {doc_id("notes", str(i)) for i in range(55, 60)}
    assert sum(r["at_random"] for r in rows) == 7
    row = next(r for r in rows if r["doc_id"] == doc_id("notes", "59"))
    assert row["text"] == f"{OPEN}Sue Reed{CLOSE} has pain 59 and takes metformin.\n\ntitle: Visit 59"
    assert row["risk"] == 0.59
    assert row["num_tokens"] == 11
    assert review.queue_table(lake, "notes", DAY).manifest().metadata == {
        "documents": 60, "by_risk": 5, "at_random": 7,
    }  # fmt: skip


def test_the_queue_is_the_same_whatever_files_and_order(lake: Lake, day) -> None:
    day()
    before = review.queue_table(lake, "notes", DAY).manifest().fingerprint
    shuffled = list(RISKS.items())
    random.Random(3).shuffle(shuffled)
    day(parts=4, risks=dict(shuffled))
    assert review.queue_table(lake, "notes", DAY).manifest().fingerprint == before


def test_a_table_that_fails_its_gates_leaves_no_queue(lake: Lake, day) -> None:
    with pytest.raises(GateFailedError):
        day(passed=False)
    with pytest.raises(GateError):
        queued(lake)


def test_a_queue_is_the_owners(lake: Lake, day) -> None:
    day()
    path = review.queue_table(lake, "notes", DAY).path
    assert path.is_relative_to(lake.home / "restricted" / "review")
    assert (lake.home / "restricted").stat().st_mode & 0o777 == 0o700


def test_an_empty_day_has_an_empty_queue(lake: Lake, day) -> None:
    day(outputs=[], risks={})
    assert queued(lake) == []


def test_the_sample_is_uniform_and_blind_to_risk(profile_with) -> None:
    """Over many seeds each document is drawn as often, the riskiest ones too."""
    risks = {f"d{i:02d}": i / 20 for i in range(20)}
    config = profile_with(review_random=5, review_top=0).deid
    drawn = [doc for seed in range(2000) for doc in review.draw(risks, config, seed)]
    counts = [drawn.count(doc) for doc in risks]
    assert all(abs(count - 500) < 100 for count in counts)  # 5 standard deviations


WORDS = st.lists(st.sampled_from(["Ann", "took", "the", "red", "pill", "on", "Monday", "and", "slept"]), max_size=60)


@given(WORDS, st.data())
def test_what_stands_in_both_is_never_marked(words: list[str], data: st.DataObject) -> None:
    """A leak is a word of the original that is still there: it may stand in no mark, whatever else was replaced."""
    hidden = data.draw(st.lists(st.booleans(), min_size=len(words), max_size=len(words)))
    output = " ".join(f"Z{i}z" if h else w for i, (w, h) in enumerate(zip(words, hidden, strict=True)))
    inside = " ".join(output[start:end] for start, end in replaced(" ".join(words), output)).split()
    assert [w for w in inside if not w.startswith("Z")] == []
    assert sum(hidden) == len(inside)
    assert marked(" ".join(words), output).replace(OPEN, "").replace(CLOSE, "") == output


def test_replaced_values_are_marked_whole() -> None:
    original = "Patient: Oakhollow, Marwenna MRN: K-482913\nMARWENNA was seen with John and Mary Smith"
    output = "Patient: Reed, Sally MRN: Q-118233\nSALLY was seen with Tom and Mary Reed"
    shown = marked(original, output)
    assert shown == "Patient: ⟦Reed, Sally⟧ MRN: ⟦Q-118233⟧\n⟦SALLY⟧ was seen with ⟦Tom⟧ and Mary ⟦Reed⟧"
