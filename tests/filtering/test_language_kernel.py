"""The language of many texts at once is what py3langid says of each."""

import numpy as np
import pytest
from faker import Faker
from reference_signals import english, identifier

from heal_pipeline.filtering.kernels.language import WINDOW_CHARS, WINDOWS, english_probability, sample

LOCALES = ("en_US", "fr_FR", "de_DE", "es_ES", "pl_PL", "la", "ru_RU", "el_GR", "he_IL", "zh_CN", "ja_JP", "th_TH")


def texts_of(locale: str) -> list[str]:
    """Texts of a few words up to several windows."""
    faker = Faker(locale)
    faker.seed_instance(1)
    texts = [faker.text(size) for size in (10, 40, 150, 400, 2000)]
    return [*texts, texts[2].upper(), texts[2] + " The patient was seen in the clinic. " + texts[1]]


def test_languages_are_told_apart_as_by_the_library() -> None:
    texts = [text for locale in LOCALES for text in texts_of(locale)]
    expected = [english(text) for text in texts]
    np.testing.assert_allclose(english_probability(texts), expected, atol=1e-4)
    labels = [identifier().classify(sample(text))[0] for text in texts]
    assert ((english_probability(texts) > 0) == (np.array(labels) == "en")).all()
    assert 3 < labels.count("en") < len(labels) / 2


@pytest.mark.parametrize("text", ["", "\n", "\ud800", "1 2 3", "~~~", "\x00" * 500])
def test_texts_that_say_nothing_have_the_librarys_answer(text: str) -> None:
    assert english_probability([text, "beside it"])[0] == pytest.approx(english(text), abs=1e-5)


def test_a_long_text_is_sampled_over_its_whole_length() -> None:
    taken = sample("a" * 5000 + "b" * 5000 + "c" * 5000)
    assert len(taken) == WINDOWS * WINDOW_CHARS + WINDOWS - 1
    assert set(taken) == set("abc\n")
    assert sample("short") == "short"
