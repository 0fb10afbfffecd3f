"""Hashes of sentences: equal exactly where the words of the normal forms are, in their order."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.text.sentence_hashes import hash_sentences
from heal_pipeline.text.words import BATCH_CHARS, words

SENTENCES = st.lists(
    st.one_of(
        st.lists(st.sampled_from(["Take", "take", "5", "6", "mg", "x" * 9, "straße", "STRASSE", "—"]), max_size=6).map(
            " ".join
        ),
        st.text(max_size=20),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(SENTENCES)
def test_hashes_are_equal_exactly_where_the_words_are(sentences: list[str]) -> None:
    hashes, num_words = hash_sentences(sentences)
    expected = [tuple(words(sentence)) for sentence in sentences]
    assert num_words.tolist() == [len(own) for own in expected]
    assert len(set(zip(hashes.tolist(), expected, strict=True))) == len(set(expected)) == len(set(hashes.tolist()))


def test_a_number_and_the_order_of_words_count_and_case_and_marks_do_not() -> None:
    (one, same, other_dose, other_order, none), num_words = hash_sentences(
        ["Take 5 mg now.", "take 5 MG\nnow", "Take 6 mg now.", "Now take 5 mg.", "--"]
    )
    assert one == same
    assert len({one, other_dose, other_order, none}) == 4
    assert none == 0
    assert num_words.tolist() == [4, 4, 4, 4, 0]


@settings(deadline=None)
@given(SENTENCES)
def test_neighbours_change_nothing(sentences: list[str]) -> None:
    together, _ = hash_sentences(sentences)
    alone = [hash_sentences([sentence])[0][0] for sentence in sentences]
    assert together.tolist() == alone


def test_a_sentence_that_is_longer_than_what_is_hashed_at_once() -> None:
    long = "five hundred and twelve words " * (BATCH_CHARS // 10)
    hashes, num_words = hash_sentences([long, "short", long + "more"])
    assert num_words.tolist() == [len(long.split()), 1, len(long.split()) + 1]
    assert len(np.unique(hashes)) == 3
