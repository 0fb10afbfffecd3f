"""A text as the signals see it: its words, lines and characters, each taken apart once however many signals count them."""

import unicodedata
from functools import cache, cached_property

import numpy as np

from heal_pipeline.filtering.repetition import Repetition, ngram_repetition
from heal_pipeline.text.words import words

UPPER, LOWER, OTHER_LETTER, DIGIT, SPACE, OTHER = range(6)
"""The classes of characters."""

_CATEGORIES = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Lo": OTHER_LETTER, "Lm": OTHER_LETTER, "Nd": DIGIT}
_TABLE_SIZE = 2**16


@cache
def _class_table() -> np.ndarray:
    """uint8[65536]: the class of each character of the basic plane; what lies beyond it is read as its last one, OTHER."""
    return np.fromiter((_class_of(chr(code)) for code in range(_TABLE_SIZE)), dtype=np.uint8, count=_TABLE_SIZE)


def _class_of(character: str) -> int:
    return SPACE if character.isspace() else _CATEGORIES.get(unicodedata.category(character), OTHER)


class TextView:
    """A text taken apart. Every part is made when first asked for."""

    def __init__(self, text: str):
        self.text = text

    @cached_property
    def tokens(self) -> list[str]:
        """Stretches between blanks: what Rae et al. (2021) call words."""
        return self.text.split()

    @cached_property
    def words(self) -> list[str]:
        """The words of the normal form, as everywhere in this project: what repetition is counted in."""
        return words(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """Lines that are not blank, without the blanks around them."""
        return [line for raw in self.text.split("\n") if (line := raw.strip())]

    @cached_property
    def character_counts(self) -> np.ndarray:
        """int64[6]: how many characters each class has."""
        codes = np.frombuffer(self.text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        return np.bincount(_class_table()[np.minimum(codes, _TABLE_SIZE - 1)], minlength=OTHER + 1)

    @cached_property
    def num_visible(self) -> int:
        """Characters that are not blank."""
        return int(self.character_counts.sum() - self.character_counts[SPACE])

    @cached_property
    def repetition(self) -> Repetition:
        """The shares of repeated n-grams."""
        return ngram_repetition(self.words)
