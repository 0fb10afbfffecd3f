"""Signals: hand-made texts on both sides, and the ranges of any text at all."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.filtering.signals import COMPOSED, SIGNALS, measure

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


def test_later_repeats_count_and_the_first_occurrence_does_not() -> None:
    text = " ".join(["one two three four five six"] * 3) + " seven"
    num_chars = 3 * len("onetwothreefourfivesix") + len("seven")
    assert value("gopher_duplicate_5gram_v1", text) == pytest.approx(2 * len("onetwothreefourfivesix") / num_chars)
    assert value("gopher_top_2gram_v1", text) == pytest.approx(3 * len("threefour") / num_chars)
    assert value("gopher_duplicate_5gram_v1", ENGLISH) == value("gopher_top_2gram_v1", "no run repeats") == 0.0


def test_repeated_lines_count_the_later_ones_only() -> None:
    assert value("gopher_duplicate_lines_v1", "one\ntwo\n one\none ") == 0.5
    assert value("gopher_duplicate_line_chars_v1", "a\nbbb\na") == pytest.approx(1 / 5)
    assert value("gopher_duplicate_lines_v1", "") == 0.0


def test_speakers_are_told_from_headings() -> None:
    visit = "Doctor: How are you?\nPatient: Fine, thanks.\n(She sits down.)\nPatient: And you?\nDR: Well."
    assert value("turn_lines_v1", visit) == pytest.approx(4 / 5)
    assert value("turns_v1", visit) == 2
    note = "Subjective: cough for a week\nObjective: clear lungs\nPlan: rest\nat 10:30 again\nhttp://example.org"
    assert value("turn_lines_v1", note) == value("turns_v1", note) == 0
    names = "Ann Lee: One.\nBob: Two.\nAnn Lee: Three.\nBob: Four.\nNote: they laugh"
    assert value("turn_lines_v1", names) == pytest.approx(4 / 5)
    assert value("turns_v1", names) == 3
    assert value("turns_v1", ">> One.\n>> Two.\nand more\n>> Three.") == 2
    assert value("turn_lines_v1", "[doctor] Hello.\n[Patient] Hello.\nSpeaker 1: Yes.\nSpeaker 2: No.") == 1


def test_capitals_and_function_words_tell_prose_from_menus() -> None:
    menu = "Home About Products\nDie Kontakt Blog"
    assert value("title_words_v1", menu) == 1.0
    assert value("function_words_v1", menu) == pytest.approx(1 / 6)  # About
    assert value("title_words_v1", "The nurse (Ann) met ÉMILE") == pytest.approx(2 / 5)
    assert value("function_words_v1", "It's the one, and I don't mind.") == pytest.approx(7 / 9)  # all but don, mind


def test_different_words_are_counted_in_their_normal_form() -> None:
    assert value("unique_words_v1", "Heart heart, HEART; ﬁve five 5") == 3


def test_words_of_medicine_are_counted() -> None:
    assert value("medical_words_v1", "Hypertension and diabetes") == pytest.approx(2 / 3)
    assert value("medical_words_v1", "The quick brown fox") == 0.0


def test_lines_with_phrases_of_web_pages_are_boilerplate() -> None:
    page = "A long line of text about privacy.\nSIGN-UP »\nRead our Privacy Policy\nWe read\nmore of it"
    held = len("SIGN-UP »") + len("Read our Privacy Policy")
    assert value("boilerplate_v1", page) == pytest.approx(held / len(page.replace("\n", "")))
    assert value("boilerplate_v1", ENGLISH) == 0.0


ANY_TEXT = st.text(alphabet=st.characters(), max_size=400)  # with surrogates: they come in from JSON escapes


@given(st.lists(ANY_TEXT, min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_any_text_has_finite_signals_and_shares_are_shares(texts: list[str]) -> None:
    columns = measure(texts)
    assert list(columns) == list(SIGNALS)
    counts = {
        "chars_v1",
        "gopher_words_v1",
        "gopher_word_length_v1",
        "gopher_stop_words_v1",
        "unique_words_v1",
        "turns_v1",
    }
    rates = {"gopher_symbols_v1", "c4_curly_brackets_v1"}  # a word may hold several
    for name, values in columns.items():
        assert values.dtype == np.float64
        assert values.shape == (len(texts),)
        assert all(math.isfinite(v) for v in values)
        if name in COMPOSED:  # a score, which may be below 0
            continue
        assert all(v >= 0 for v in values)
        if name not in counts | rates:
            assert all(v <= 1 for v in values), name
