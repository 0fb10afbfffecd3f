"""The true similarity of two texts that met under a key, and what is said of the pair. Pure functions.

MinHash estimates; what is removed is decided on the sets themselves. In clinical text two notes that differ in a dose
are near-duplicates by any measure of words, so that their numbers are compared too.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from heal_pipeline.dedup.minhash import shingle
from heal_pipeline.survivors import NUMBERS_DIFFER
from heal_pipeline.text.normalise import normalise

EXACT, JACCARD, BELOW = "exact", "jaccard", "below"
"""The rules of a pair: equal normal forms; similar enough; not similar enough. NUMBERS_DIFFER stands for JACCARD where the
numbers of the two contradict each other: such a pair is reported, and `survivors` spares it in clinical text."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_BLANKS = bytes(byte if chr(byte) in "0123456789.," else ord(" ") for byte in range(256))
"""Each byte of ASCII text that may stand in a number as it is, a blank for all others."""


class Evidence(NamedTuple):
    """What of a text is compared: its shingles (uint64[n], distinct) and its numbers in the order of the text."""

    shingles: np.ndarray
    numbers: list[str]


def evidence(texts: Sequence[str], shingle_words: int) -> list[Evidence]:
    """What of each text is compared."""
    found = shingle(texts, shingle_words)
    return [Evidence(found.of(i), numbers(text)) for i, text in enumerate(texts)]


def numbers(text: str) -> list[str]:
    """The numbers of a text in order: "0.5 mg on 3/4" holds 0.5, 3 and 4."""
    if (
        text.isascii()
    ):  # as most are: what is no part of a number goes by a table, which is ten times as fast as the search
        return _NUMBER.findall(" ".join(text.encode().translate(_BLANKS).decode().split()))
    return _NUMBER.findall(normalise(text))


def numbers_contradict(a: list[str], b: list[str]) -> bool:
    """Whether each side has numbers, in order, that the other has not.

    A text that only adds numbers (a line more, a signature) contradicts nothing. A changed dose does, and so do two
    doses that changed places.
    """
    shorter, longer = (a, b) if len(a) <= len(b) else (b, a)
    rest = iter(longer)
    return not all(number in rest for number in shorter)


def similarity(a: np.ndarray, b: np.ndarray) -> tuple[float, float]:
    """(Jaccard, containment) of two sets of shingles: shares of the union and of the smaller set. Empty sets: 0."""
    if not len(a) or not len(b):
        return 0.0, 0.0
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared), shared / min(len(a), len(b))


def compare(a: Evidence, b: Evidence, threshold: float) -> dict[str, Any]:
    """The verdict on a pair: `jaccard`, `containment`, `accepted` and `rule`, as in the table duplicate_pairs."""
    jaccard, containment = similarity(a.shingles, b.shingles)
    accepted = jaccard >= threshold
    similar = NUMBERS_DIFFER if numbers_contradict(a.numbers, b.numbers) else JACCARD
    rule = similar if accepted else BELOW
    return {"jaccard": jaccard, "containment": containment, "accepted": accepted, "rule": rule}
