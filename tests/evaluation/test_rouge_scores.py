"""ROUGE is that of the rouge-score package; sentences are split before rougeLsum; words count as often as they stand there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from heal_pipeline.evaluation.rouge import ROUGE_TYPES, score, token_f1

REFERENCE = "Denies fever. Cough for 3 days. Started on amoxicillin 500 mg."
WRITTEN = "Cough for 3 days. Denies fever. Given amoxicillin."
TEXTS = st.text("ab c.\n", max_size=40)


def test_it_is_the_package_with_sentences_split() -> None:
    def split(text: str) -> str:
        return text.replace(". ", ".\n")

    expected = RougeScorer(list(ROUGE_TYPES), use_stemmer=True).score(split(REFERENCE), split(WRITTEN))
    found = score(REFERENCE, WRITTEN)
    assert {t: found[t] for t in ROUGE_TYPES} == pytest.approx({t: expected[t].fmeasure for t in ROUGE_TYPES})


def test_a_paragraph_is_split_into_sentences() -> None:
    found = score(REFERENCE, WRITTEN)
    assert found["rougeLsum"] > found["rougeL"]  # the order of sentences does not matter to the summary-level score


@given(TEXTS)
def test_a_text_agrees_with_itself(text: str) -> None:
    assert token_f1(text, text) == 1.0


@given(TEXTS, TEXTS)
def test_scores_are_shares_and_symmetric(a: str, b: str) -> None:
    assert token_f1(a, b) == token_f1(b, a)
    assert all(0 <= v <= 1 for v in score(a, b).values() if v is not None)


def test_words_count_with_their_repetitions() -> None:
    assert token_f1("cough cough fever", "cough") == pytest.approx(0.5)
    assert token_f1("cough", "") == 0.0


def test_exact_match_is_of_short_answers_alone() -> None:
    assert score("Hot tea.", "hot  tea")["exact_match"] == 1.0
    assert score("Hot tea.", "cold tea")["exact_match"] == 0.0
    assert score(REFERENCE, REFERENCE)["exact_match"] is None
