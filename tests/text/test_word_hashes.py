"""The hashes of a batch's words are those of the words that `words` finds, whatever the texts and however they are cut."""

import sys
import unicodedata

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heal_pipeline.text import words as module
from heal_pipeline.text.words import batches, hash_words, mix, ngram_hashes, word_hashes, words

CHARACTERS = st.one_of(
    st.characters(exclude_categories=()),  # lone surrogates and all
    st.sampled_from("aA1_ \n\r\t\0.,-'éÉßẞİſΐΣςǅﬁ½…\u00a0\u0301\u0345\u200b\ud800漢가\U0001d400\U0001f600"),
)
TEXTS = st.lists(st.text(CHARACTERS, max_size=60), max_size=6)


def assert_hashes_are_those_of_words(texts: list[str]) -> None:
    hashes, bounds = hash_words(texts)
    found = [words(text) for text in texts]
    assert hashes.dtype == np.uint64
    assert np.diff(bounds).tolist() == [len(w) for w in found]
    pairs = set(zip([w for text in found for w in text], hashes.tolist(), strict=True))
    assert len(pairs) == len({w for w, _ in pairs}) == len({h for _, h in pairs})


@settings(max_examples=300)
@given(TEXTS)
@example(["İstanbul ΐ ẞ", "istanbul", "STRASSE straße"])
@example(["x" * 8, "x" * 9, "x" * 16, "x" * 17, "y" * 8 + "x" * 8, "x" * 8 + "y" * 8])
@example(["a\u0301", "a \u0301", "\u0301a", "á"])
@example(["", " ", "\0", "a\0b", "a b"])
def test_words_have_one_hash_each_and_different_ones_different_hashes(texts: list[str]) -> None:
    assert_hashes_are_those_of_words(texts)


@settings(max_examples=200)
@given(TEXTS)
def test_a_text_has_the_same_hashes_alone_and_in_a_batch(texts: list[str]) -> None:
    hashes, bounds = hash_words(texts)
    for i, text in enumerate(texts):
        assert word_hashes(text).tolist() == hashes[bounds[i] : bounds[i + 1]].tolist()


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(1, 40))
def test_long_texts_are_cut_where_it_changes_nothing(texts: list[str], batch_chars: int) -> None:
    whole = hash_words(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "BATCH_CHARS", batch_chars)
        for one, other in zip(whole, hash_words(texts), strict=True):
            assert one.tolist() == other.tolist()
        cut = list(batches(texts, batch_chars))
    assert [text for batch in cut for text in batch] == texts
    assert all(len(batch) == 1 or sum(map(len, batch)) <= batch_chars for batch in cut)


def test_every_character_is_hashed_as_words_reads_it() -> None:
    """Alone, since marks combine with what stands beside them."""
    characters = [chr(code) for code in range(0x30000)]
    hashes, bounds = hash_words([f"{c} " for c in characters])
    assert np.diff(bounds).tolist() == [len(words(c)) for c in characters]
    assert len(set(hashes.tolist())) == len({w for c in characters for w in words(c)})


def test_case_is_folded_in_place_only_where_the_fold_is_as_long() -> None:
    for code in range(0x80, sys.maxunicode + 1):
        character = chr(code)
        sizes = {len(c.encode("utf-8", "surrogatepass")) for c in (character, character.casefold())}
        assert (module._resized_by_folding().search(character) is not None) == (len(sizes) > 1)


def test_normal_forms_and_line_ends_make_no_difference() -> None:
    text = "Crème brûlée,\r\nangström Å\rSTRASSE ﬁn\n"
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    lines = [text.replace("\r\n", "\n"), text.replace("\r", "\n"), text.upper(), text.casefold()]
    expected = word_hashes(text).tolist()
    assert [word_hashes(other).tolist() for other in (*forms, *lines)] == [expected] * 8


def test_numbers_are_words() -> None:
    one, other = word_hashes("metoprolol 25 mg"), word_hashes("metoprolol 50 mg")
    assert (one == other).tolist() == [True, False, True]


def test_no_texts_have_no_words() -> None:
    hashes, bounds = hash_words([])
    assert (len(hashes), bounds.tolist()) == (0, [0])


@pytest.mark.parametrize("word", ["a", "漢", "Ⱥ"])
def test_a_word_of_a_million_characters(word: str) -> None:
    hashes, _ = hash_words([word * 10**6, word * 10**6, word * (10**6 - 1) + "b"])
    assert hashes[0] == hashes[1] != hashes[2]


@given(st.lists(st.integers(0, 2**64 - 1), max_size=20), st.integers(1, 6))
def test_runs_of_words_are_told_by_their_words_in_order(values: list[int], n: int) -> None:
    hashes = np.array(values, dtype=np.uint64)
    runs = [tuple(values[i : i + n]) for i in range(len(values) - n + 1)]
    made = ngram_hashes(hashes, n).tolist()
    assert len(made) == len(runs)
    assert len(set(zip(runs, made, strict=True))) == len(set(runs)) == len(set(made))
    assert hashes.tolist() == values


def test_mix_is_the_finaliser_of_splitmix64() -> None:
    def reference(value: int) -> int:
        value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        value = (value ^ value >> 27) * 0x94D049BB133111EB % 2**64
        return value ^ value >> 31

    values = [0, 1, 2**63, 2**64 - 1, *np.random.default_rng(0).integers(0, 2**64, 50, dtype=np.uint64).tolist()]
    assert mix(np.array(values, dtype=np.uint64)).tolist() == [reference(v) for v in values]
