"""The review queue: who is drawn, what is shown, when it is written."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_days import DAY, OUTPUTS, commit_day, risks

from heal_pipeline.deid import review
from heal_pipeline.deid.marking import CLOSE, OPEN, marked, replaced
from heal_pipeline.documents import doc_id
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake


@pytest.fixture
def day(lake: Lake, profile_with):
    """Commits a de-identified day with its queue; settings of `deid` go in by name."""

    def commit(outputs=OUTPUTS, risk=None, passed=True, parts=1, **config):
        commit_day(lake, profile_with(**config), outputs, risk=risk, passed=passed, parts=parts)

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
    shuffled = list(risks().items())
    random.Random(3).shuffle(shuffled)
    day(parts=4, risk=dict(shuffled))
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
    day(outputs=[])
    assert queued(lake) == []


def test_the_sample_is_uniform_and_blind_to_risk(profile_with) -> None:
    """Over many seeds each document is drawn as often, the riskiest ones too."""
    risky = {f"d{i:02d}": i / 20 for i in range(20)}
    config = profile_with(review_random=5, review_top=0).deid
    drawn = [doc for seed in range(2000) for doc in review.draw(risky, config, seed)]
    counts = [drawn.count(doc) for doc in risky]
    assert all(abs(count - 500) < 100 for count in counts)  # 5 standard deviations


WORDS = st.lists(st.sampled_from(["Ann", "took", "the", "red", "pill", "on", "Monday", "and", "slept"]), max_size=60)


@settings(deadline=None)
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
