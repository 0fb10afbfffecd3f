"""Folding: what it undoes, and the way back to the original's offsets, whatever stands in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid.fold import fold

CHARACTERS = [
    *"Anna Vole 614-", "\u200b", "\u200d", "\u2060", "\ufeff", "\u202e", "\u200f", "\u061c", "Ａ", "ﬁ", "é", "e\u0301\u0327", "а", "’",
    "\n", "😀", "\ud800", "\udfff", "½", "\xad", "Ã©", "â€™", "Ã", "©", "\x85", "\u2028", "𝐀", "王", "ß", "\x00",
]  # fmt: skip
TEXTS = st.one_of(
    st.text(st.characters(codec=None), max_size=60), st.lists(st.sampled_from(CHARACTERS), max_size=40).map("".join)
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("JosÃ© GarcÃ­a", "Jose Garcia"),
        ("Oâ€™Brien", "O'Brien"),
        ("O\xe2\x80\x99Brien", "O'Brien"),
        ("MÃ¼ller", "Muller"),
        ("Jose\u0301", "Jose"),
        ("A\u200bn\u202en\u2060a", "Anna"),
        ("Vo\ud800le", "Vole"),
        ("Ａnna Vоle", "Anna Vole"),
        ("614\u20112‑87", "614-2-87"),
        ("São Tomé", "Sao Tome"),
    ],
)
def test_disguises_are_undone(text: str, folded: str) -> None:
    assert fold(text).text == folded


@given(st.text(st.sampled_from("éèüñçøåßœšžÉÜ’“–abc 1"), max_size=30), st.sampled_from(["latin-1", "cp1252"]))
def test_text_in_the_wrong_encoding_folds_like_the_right_one(text: str, encoding: str) -> None:
    seen = text.encode().decode(encoding, "ignore")
    if len(seen) == len(text.encode()):
        assert fold(seen).text == fold(text).text


@given(TEXTS)
def test_offsets_lead_back(text: str) -> None:
    folded = fold(text)
    assert fold(folded.text).text == folded.text
    end = 0
    for i in range(len(folded.text)):
        start, stop = folded.original(i, i + 1)
        assert 0 <= start < stop <= len(text)
        assert start in (end, max(0, end - 1)) or i == 0 or folded.original(i - 1, i)[0] == start
        assert folded.text[i] in fold(text[start:stop]).text
        end = stop
    if folded.text:
        assert folded.original(0, len(folded.text))[1] == len(text)


@given(TEXTS, TEXTS)
def test_what_comes_after_an_ascii_sign_does_not_change_what_came_before(text: str, more: str) -> None:
    assert fold(text + " " + more).text == fold(text + " ").text + fold(more).text
