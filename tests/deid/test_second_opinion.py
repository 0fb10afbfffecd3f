"""The second detector: leaks are told from surrogates, by numbers alone, on a sample that no order changes."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid import second_opinion
from heal_pipeline.deid.detectors import Detector, Found
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.resolving import PATTERN
from heal_pipeline.deid.second_opinion import SecondOpinion
from heal_pipeline.profile import DeidConfig


class Words:
    """Finds words that it was told, as one type."""

    def __init__(self, words: str, type_: str = "PERSON"):
        self._pattern, self._type = re.compile(words), type_

    def find(self, texts: Sequence[str]) -> list[Found]:
        return [
            Found([(PATTERN, (*m.span(), self._type, 0.9)) for m in self._pattern.finditer(text)], []) for text in texts
        ]


def opinion(lexicon: Lexicon, second: Words) -> SecondOpinion:
    return SecondOpinion(Detector(Words("Vole"), lexicon), Detector(second, lexicon))


def test_a_leak_is_told_from_a_surrogate(lexicon: Lexicon) -> None:
    found = opinion(lexicon, Words("Vole|Tarn|Adder"))
    found.look("Vole met Tarn", "Adder met Tarn", ["adder"])
    assert (found.documents, found.leaking, dict(found.left)) == (1, 1, {"PERSON": 1})
    assert (found.both, found.first_alone, found.second_alone) == (1, 0, 1)
    found.look("Vole met nobody", "Adder met nobody", ["adder"])
    assert (found.documents, found.leaking) == (2, 1)


def test_few_documents_may_leak_and_no_text_is_told(lexicon: Lexicon) -> None:
    config = DeidConfig(max_second_share=0.05)
    found = opinion(lexicon, Words("Tarn"))
    found.look("Tarn", "Tarn", [])
    assert found.verdict(config).passed  # one always may
    found.look("Tarn", "Tarn", [])
    assert not found.verdict(config).passed
    assert "Tarn" not in str(found.verdict(config)) + str(found.numbers())


def test_what_is_no_identifier_by_law_is_no_leak(lexicon: Lexicon) -> None:
    found = opinion(lexicon, Words("Acme", "ORGANIZATION"))
    found.look("Acme", "Acme", [])
    assert found.leaking == 0


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("It was the...it hurt", 0),
        ("He said OK.An hour later", 0),
        ("see ovenbird.it now", 1),
        ("see https://OK.An/x", 1),
    ],
)
def test_sentences_that_run_into_each_other_are_no_address(lexicon: Lexicon, text: str, leaks: int) -> None:
    found = opinion(lexicon, Words(r"the...it|OK.An|\S*ovenbird.it|https\S+", "URL"))
    found.look(text, text, [])
    assert found.leaking == leaks


@given(st.sets(st.text("abcdef0123456789", min_size=4, max_size=8), max_size=60), st.randoms(use_true_random=False))
def test_the_sample_is_the_same_in_any_order(ids: set[str], random) -> None:
    config = DeidConfig(second_sample=7)
    shuffled = sorted(ids)
    random.shuffle(shuffled)
    drawn = second_opinion.draw(shuffled, config, 3)
    assert drawn == second_opinion.draw(sorted(ids), config, 3)
    assert len(drawn) == min(7, len(ids))
    assert drawn <= ids
