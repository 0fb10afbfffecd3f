"""Words of general English that are nobody's name."""

import pytest

from heal_pipeline.deid import english

pytestmark = pytest.mark.slow  # five lists of frequencies are read


@pytest.fixture(scope="module")
def words() -> set[str]:
    return english.words({"smith", "grace", "dense"}, {"denver", "new york"})


def test_frequent_words_rare_ones_with_other_forms_and_pictures_are_there(words: set[str]) -> None:
    assert words >= {"because", "denser", "grimacing", "chubbier", "mushy", "offload", "pretzel", "racquet"}


def test_names_and_places_that_are_told_are_not(words: set[str]) -> None:
    assert words.isdisjoint({"smith", "grace", "dense", "denver"})


def test_rare_names_are_not_words_though_no_list_tells(words: set[str]) -> None:
    rare = "wolfeschlegel quillfeather oyelaran szymborska kieslowski nimmi rathi okonkwo vandermeer".split()
    assert words & set(rare) <= english.frequencies().keys()
