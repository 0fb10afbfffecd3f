"""Signals: hand-made texts on both sides, an independent reference for repetition, and any text at all."""

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.filtering.language import WINDOW_CHARS, WINDOWS, sample
from heal_pipeline.filtering.repetition import REPEAT_SIZES, TOP_SIZES, ngram_repetition, repeated_lines
from heal_pipeline.filtering.signals import SIGNALS, measure
from heal_pipeline.text.words import words

ENGLISH = "The nurse measured the pressure of the blood and wrote it down with the time of the visit."
FRENCH = "L'infirmière a mesuré la tension du patient et l'a notée avec l'heure de la visite à l'hôpital."


def value(signal: str, text: str) -> float:
    return float(measure([text])[signal][0])


def test_word_counts_agree_with_counting_by_hand() -> None:
    text = "The cat and the dog, with 3 # marks..."
    tokens = text.split()
    assert value("gopher_words_v1", text) == len(tokens) == 9
    assert value("gopher_word_length_v1", text) == pytest.approx(sum(map(len, tokens)) / 9)
    assert value("gopher_symbols_v1", text) == pytest.approx(1 / 9)
    assert value("gopher_alpha_words_v1", text) == pytest.approx(7 / 9)
    assert value("gopher_stop_words_v1", text) == 3  # the, and, with
    assert value("chars_v1", text) == len(text)


def test_lines_are_told_apart() -> None:
    text = "- a point\n• another point\nA sentence that ends.\n\nand one that goes on...\nHeading"
    assert value("gopher_bullet_lines_v1", text) == pytest.approx(2 / 5)
    assert value("gopher_ellipsis_lines_v1", text) == pytest.approx(1 / 5)
    assert value("c4_line_ends_v1", text) == pytest.approx(2 / 5)
    assert value("fineweb_short_lines_v1", text) == 1.0
    assert value("fineweb_short_lines_v1", text + "\n" + "x" * 31) == pytest.approx(5 / 6)


def test_characters_are_told_apart() -> None:
    assert value("digits_v1", "ab 12") == pytest.approx(0.5)
    assert value("digits_v1", "٣٤ اب") == pytest.approx(0.5)
    assert value("uppercase_v1", "ABc 12 !") == pytest.approx(2 / 3)
    assert value("uppercase_v1", "12 漢字") == 0.0


def test_code_and_placeholder_text() -> None:
    assert value("c4_curly_brackets_v1", "if (x) { y } else z") == pytest.approx(2 / 7)
    assert value("c4_lorem_ipsum_v1", "Lorem Ipsum dolor") == 1.0
    assert value("c4_lorem_ipsum_v1", "lorem and ipsum") == 0.0


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_text_in_the_wrong_encoding_is_mojibake(encoding: str) -> None:
    right = "Müller trägt eine größere Brille, näht für Öfen und hört früh."
    wrong = right.encode("utf-8").decode(encoding, "replace")
    assert value("mojibake_v1", right) == 0.0
    assert value("mojibake_v1", wrong) > 0.1
    assert value("mojibake_v1", "broken \ufffd\ufffd") == pytest.approx(2 / 8)
    assert value("mojibake_v1", "Déjà vu: «L’été», naïve façade, 25 °C ± 2, μg") == 0.0


def test_captions_are_broken_within_sentences() -> None:
    captions = "So normally\nwhen you would see\na video\n[laughter]\nit's probably\nplaying back\nin a player."
    dialogue = "Doctor: How are you?\nPatient: Fine, thanks.\nDoctor: Any pain in the chest?\nPatient: No, none."
    assert value("subtitle_lines_v1", captions) == pytest.approx(5 / 7)
    assert value("subtitle_lines_v1", dialogue) == 0.0
    assert value("subtitle_lines_v1", "00:00:01,000 --> 00:00:02,000\nHello there.") == pytest.approx(0.5)
    assert value("subtitle_lines_v1", ">> Hello there.\nGood day, and welcome.") == pytest.approx(0.5)


def test_english_is_told_from_other_languages() -> None:
    assert value("english_v1", ENGLISH * 3) > 0.9
    assert value("english_v1", FRENCH * 3) < 0.1
    assert value("english_v1", "Пациентът е приет в болницата с висока температура и кашлица.") < 0.1


def test_a_long_text_is_sampled_over_its_whole_length() -> None:
    text = "a" * 5000 + "b" * 5000 + "c" * 5000
    taken = sample(text)
    assert len(taken) == WINDOWS * WINDOW_CHARS + WINDOWS - 1
    assert set(taken) == set("abc\n")
    assert sample("short") == "short"


def reference_repetition(found: list[str]) -> tuple[dict[int, float], dict[int, float]]:
    """The definitions of the docstrings, word by word and without numpy."""
    total = sum(map(len, found))
    top, repeated = {}, {}
    for n in (*TOP_SIZES, *REPEAT_SIZES):
        ngrams = [tuple(found[i : i + n]) for i in range(len(found) - n + 1)]
        counts = Counter(ngrams)
        most = max(counts.values(), default=1)
        longest = max((sum(map(len, g)) for g, c in counts.items() if c == most), default=0)
        top[n] = min(1.0, most * longest / total) if most > 1 else 0.0
        seen, covered = set(), set()
        for i, ngram in enumerate(ngrams):
            if ngram in seen:
                covered.update(range(i, i + n))
            seen.add(ngram)
        repeated[n] = sum(len(found[i]) for i in covered) / total if total else 0.0
    return top, repeated


@given(st.lists(st.sampled_from(["a", "bb", "ccc", "dddd"]), max_size=60))
@settings(max_examples=200, deadline=None)
def test_repetition_agrees_with_a_plain_reference(found: list[str]) -> None:
    top, repeated = reference_repetition(found)
    result = ngram_repetition(found)
    assert result.top == pytest.approx({n: top[n] for n in TOP_SIZES})
    assert result.repeated == pytest.approx({n: repeated[n] for n in REPEAT_SIZES})


def test_repetition_of_a_text_agrees_with_the_reference() -> None:
    text = (ENGLISH + " It was a quiet day in the ward. ") * 3 + FRENCH
    top, repeated = reference_repetition(words(text))
    for n in TOP_SIZES:
        assert value(f"gopher_top_{n}gram_v1", text) == pytest.approx(top[n])
    for n in REPEAT_SIZES:
        assert value(f"gopher_duplicate_{n}gram_v1", text) == pytest.approx(repeated[n])
    assert repeated[5] > 0.3


def test_repeated_lines_count_the_later_ones_only() -> None:
    assert repeated_lines(["one", "two", "one", "one"]) == (0.5, 0.5)
    assert repeated_lines(["a", "bbb", "a"]) == pytest.approx((1 / 3, 1 / 5))
    assert repeated_lines([]) == (0.0, 0.0)


ANY_TEXT = st.text(alphabet=st.characters(), max_size=400)  # with surrogates: they come in from JSON escapes


@given(st.lists(ANY_TEXT, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_text_has_finite_signals_and_shares_are_shares(texts: list[str]) -> None:
    columns = measure(texts)
    assert list(columns) == list(SIGNALS)
    counts = {"chars_v1", "gopher_words_v1", "gopher_word_length_v1", "gopher_stop_words_v1"}
    rates = {"gopher_symbols_v1", "c4_curly_brackets_v1"}  # a word may hold several
    for name, values in columns.items():
        assert values.dtype == np.float64
        assert values.shape == (len(texts),)
        assert all(math.isfinite(v) and v >= 0 for v in values)
        if name not in counts | rates:
            assert all(v <= 1 for v in values), name


def test_a_text_is_measured_alike_whatever_stands_beside_it() -> None:
    texts = [ENGLISH, FRENCH, "", ENGLISH * 5]
    together = measure(texts)
    for i, text in enumerate(texts):
        alone = measure([text])
        assert {n: v[i] for n, v in together.items()} == {n: v[0] for n, v in alone.items()}
