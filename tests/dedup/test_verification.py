"""What is said of a pair: true similarity, and whether the numbers contradict each other."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.dedup.verification import compare, evidence, numbers, numbers_contradict, similarity
from heal_pipeline.text.normalise import normalise

BODY = " ".join(f"word{chr(97 + i % 26)}{chr(97 + i // 26)}" for i in range(120))


def test_numbers_keep_their_decimals_and_their_order() -> None:
    assert numbers("0.5 mg on 3/4, BP 120/80; 1,000 units, x2") == ["0.5", "3", "4", "120", "80", "1,000", "2"]


@pytest.mark.parametrize(
    ("one", "other", "contradict"),
    [
        ("metoprolol 25 mg", "metoprolol 50 mg", True),
        ("metoprolol 2.5 mg", "metoprolol 25 mg", True),
        ("aspirin 81 mg, metoprolol 25 mg", "aspirin 25 mg, metoprolol 81 mg", True),
        ("metoprolol 25 mg", "metoprolol 25 mg, seen at 10:30", False),
        ("metoprolol", "metoprolol 25 mg", False),
        ("no numbers", "none at all", False),
    ],
)
def test_only_numbers_on_both_sides_contradict(one: str, other: str, contradict: bool) -> None:
    assert numbers_contradict(numbers(one), numbers(other)) is contradict
    assert numbers_contradict(numbers(other), numbers(one)) is contradict


def test_a_changed_dose_is_accepted_and_flagged() -> None:
    a, b = evidence([f"{BODY} metoprolol {dose} mg daily {BODY[::-1]}" for dose in (25, 50)], 5)
    verdict = compare(a, b, 0.8)
    assert verdict["accepted"]
    assert verdict["rule"] == "jaccard_numbers_differ"
    assert compare(a, a, 0.8)["rule"] == "jaccard"


def test_the_threshold_itself_is_accepted() -> None:
    whole, part = evidence([" ".join(f"w{i}" for i in range(n)) for n in (14, 12)], 5)
    assert compare(whole, part, 0.8) == {"jaccard": 0.8, "containment": 1.0, "accepted": True, "rule": "jaccard"}
    assert compare(whole, part, 0.81)["rule"] == "below"


@given(st.lists(st.sampled_from("abcdef"), max_size=30), st.lists(st.sampled_from("abcdef"), max_size=30))
def test_similarity_is_that_of_the_sets(one: list[str], two: list[str]) -> None:
    a, b = ({tuple(w[i : i + 5]) for i in range(len(w) - 4)} for w in (one, two))
    if len(one) < 5 or len(two) < 5:
        return
    first, second = evidence([" ".join(one), " ".join(two)], 5)
    jaccard, containment = similarity(first.shingles, second.shingles)
    assert jaccard == len(a & b) / len(a | b)
    assert containment == len(a & b) / min(len(a), len(b))


def test_texts_without_words_are_like_nothing() -> None:
    (nothing,) = evidence([""], 5)
    assert compare(nothing, nothing, 0.8) == {"jaccard": 0.0, "containment": 0.0, "accepted": False, "rule": "below"}


@given(st.text(st.sampled_from("0129.,;- \n\tab\x1f²٣"), max_size=40))
def test_numbers_are_those_of_the_normal_form(text: str) -> None:
    assert numbers(text) == re.findall(r"\d+(?:[.,]\d+)*", normalise(text))
