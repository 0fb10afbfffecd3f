"""What verdicts prove: bounds against their definitions, what is counted, what is not."""

import math
from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from review_days import DAY, OUTPUTS, commit_day, risks
from scipy.stats import binomtest

from heal_pipeline.deid import review, review_bounds
from heal_pipeline.deid.canaries import upper_bound
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile


@pytest.fixture
def profile(profile_with) -> Profile:
    return profile_with(review_top=4, review_random=10)


def say(lake: Lake, missed: list[int], part: str = "at_random", day: str = DAY) -> None:
    """Verdicts on the first documents of a part of the day's queue, in its order."""
    rows = [r for r in review.queue_table(lake, "notes", day).read().to_pylist() if r[part]]
    kept = ("doc_id", "text_id", "source", "batch")
    review.store(
        lake,
        [{**{k: r[k] for k in kept}, "missed": m, "remarks": ""} for r, m in zip(rows, missed, strict=False)],
    )


@settings(deadline=None, max_examples=300)
@given(st.integers(1, 60), st.data())
def test_the_finite_bound_is_the_largest_share_that_is_not_refuted(documents: int, data: st.DataObject) -> None:
    reviewed = data.draw(st.integers(1, documents))
    leaking = data.draw(st.integers(0, reviewed))

    def at_most(found: int, all_leaking: int) -> Fraction:
        """The exact probability that a sample holds so many leaking documents or fewer."""
        ways = (comb(all_leaking, k) * comb(documents - all_leaking, reviewed - k) for k in range(found + 1))
        return Fraction(sum(ways), comb(documents, reviewed))

    possible = [d for d in range(leaking, documents - reviewed + leaking + 1) if at_most(leaking, d) >= Fraction(1, 20)]
    assert review_bounds.finite_upper_bound(leaking, reviewed, documents) == max(possible) / documents


def test_the_finite_bound_holds_in_95_of_100_samples() -> None:
    rng = np.random.default_rng(5)
    documents, leaking, reviewed = 300, 18, 40
    bounds = [review_bounds.finite_upper_bound(x, reviewed, documents) for x in range(reviewed + 1)]
    found = rng.hypergeometric(leaking, documents - leaking, reviewed, size=4000)
    assert np.mean([bounds[x] >= leaking / documents for x in found]) >= 0.945
    assert (
        bounds[0] < upper_bound(0, reviewed) < 3 / reviewed + 0.001
    )  # tighter than the infinite one; the rule of three
    assert review_bounds.finite_upper_bound(2, 300, 300) == 2 / 300  # all were looked at


def test_counts_and_bounds_of_a_source(lake: Lake, profile: Profile) -> None:
    commit_day(lake, profile)
    say(lake, [0, 2, 0, 0, 1, 0, 0, 0])
    found = review_bounds.review(lake, profile)
    (row,) = found.by_source
    assert (row["documents"], row["drawn"], row["reviewed"]) == (60, 10, 8)
    assert (row["with_a_miss"], row["missed"], row["share"]) == (2, 3, 0.25)
    clopper_pearson = binomtest(2, 8, alternative="less").proportion_ci(0.95).high
    assert row["share_at_most"] == round(clopper_pearson, 4)
    assert row["per_1000_tokens"] == round(1000 * 3 / (8 * 11), 4)
    at_most = row["per_1000_at_most"] * 8 * 11 / 1000
    assert sum(math.exp(-at_most) * at_most**k / math.factorial(k) for k in range(4)) == pytest.approx(0.05, abs=1e-4)
    (day,) = found.by_day
    assert day["table"] == lake.table("deidentified/notes", DAY).manifest().fingerprint
    assert day["share_at_most"] == round(review_bounds.finite_upper_bound(2, 8, 60), 4)


def test_nothing_reviewed_bounds_nothing(lake: Lake, profile: Profile) -> None:
    commit_day(lake, profile)
    (row,) = review_bounds.review(lake, profile).by_source
    assert (row["reviewed"], row["share"], row["share_at_most"]) == (0, None, None)


def test_documents_of_highest_risk_are_told_apart(lake: Lake, profile: Profile) -> None:
    """Leaks that were found where they were looked for say nothing of the others."""
    sampled = review.draw(risks(), profile.deid.model_copy(update={"review_top": 0}), profile.seed)
    commit_day(lake, profile, risk={doc: float(doc not in sampled) for doc in risks()})
    say(lake, [5, 5, 5, 5], "by_risk")
    say(lake, [0] * 10)
    found = review_bounds.review(lake, profile)
    assert (found.by_source[0]["reviewed"], found.by_source[0]["with_a_miss"]) == (10, 0)
    assert (found.by_risk[0]["reviewed"], found.by_risk[0]["with_a_miss"]) == (4, 4)


def test_days_of_a_source_add_up(lake: Lake, profile: Profile) -> None:
    for day in (DAY, "2026-03-03"):
        commit_day(lake, profile, day=day)
        say(lake, [0] * 10, day=day)
    found = review_bounds.review(lake, profile)
    assert [row["day"] for row in found.by_day] == [DAY, "2026-03-03"]
    (row,) = found.by_source
    assert (row["documents"], row["reviewed"]) == (120, 20)
    assert row["share_at_most"] == round(1 - 0.05 ** (1 / 20), 4)
    (row,) = review_bounds.review(lake, profile, {f"deidentified/notes@{DAY}"}).by_source
    assert row["documents"] == 60


def test_verdicts_on_an_older_version_are_told_and_do_not_count(lake: Lake, profile: Profile) -> None:
    commit_day(lake, profile)
    say(lake, [1] * 10)
    commit_day(lake, profile, [text.replace("Sue", "Kim") for text in OUTPUTS])
    (day,) = review_bounds.review(lake, profile).by_day
    assert (day["reviewed"], day["verdicts_on_older_text"]) == (0, 10)


def test_a_table_without_a_queue_of_its_version_says_so(lake: Lake, profile: Profile) -> None:
    commit_day(lake, profile)
    table = lake.table("deidentified/notes", DAY)
    with lake.stage(table) as staged:
        staged.write(table.read().slice(1))
        staged.commit()
    found = review_bounds.review(lake, profile)
    assert found.by_source == []
    assert "no queue of this version" in found.by_day[0]["state"]


def test_the_limit_goes_by_what_was_found(lake: Lake, profile_with) -> None:
    profile = profile_with(review_top=4, review_random=10, max_reviewed_leak_share=0.1)
    commit_day(lake, profile)
    assert review_bounds.verdict(review_bounds.review(lake, profile), profile.deid).passed  # none was reviewed
    say(lake, [1, *[0] * 9])
    assert review_bounds.verdict(review_bounds.review(lake, profile), profile.deid).passed
    say(lake, [1, 1, *[0] * 8])
    failed = review_bounds.verdict(review_bounds.review(lake, profile), profile.deid)
    assert not failed.passed
    assert failed.results == [
        {"source": "notes", "reviewed": 10, "with_a_miss": 2, "allowed_share": 0.1, "passed": False}
    ]
    assert review_bounds.verdict(review_bounds.review(lake, profile), profile_with().deid) is None


def test_the_check_shows_what_was_found_and_fails_beyond_the_limit(lake: Lake, profile_with) -> None:
    from assets.checks import review_result

    profile = profile_with(review_top=4, review_random=10, max_reviewed_leak_share=0.1)
    nothing = review_result(lake, profile)
    assert (nothing.passed, nothing.metadata["documents_reviewed"].value) == (True, 0)
    commit_day(lake, profile)
    say(lake, [1, 1, *[0] * 8])
    failed = review_result(lake, profile)
    assert (failed.passed, failed.description) == (False, "more leaks were found than are allowed: notes")
    assert failed.metadata["review"].records[0].data["with_a_miss"] == "2"
    assert "report only" in str(review_result(lake, profile_with()).description)
