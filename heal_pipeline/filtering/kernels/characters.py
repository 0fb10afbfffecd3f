"""Signals of a text's characters: how many, of which classes, and whether they were read in the wrong encoding."""

import numpy as np

from heal_pipeline.filtering.kernels.batch import DIGIT, LOWER, UPPER, TextBatch, share

_CONTINUATIONS = np.array([*range(0x80, 0xC0), *map(ord, "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ")], dtype=np.uint32)
"""What a continuation byte of UTF-8 becomes in Latin-1 and in Windows-1252. None of them is a first byte."""
_FIRST_BYTES = ((0xC2, 0xDF, 2), (0xE0, 0xEF, 3), (0xF0, 0xF4, 4))
"""First bytes of UTF-8 and the bytes of their sequences, as the characters that they become in both."""
_REPLACEMENT = 0xFFFD


def num_chars(batch: TextBatch) -> np.ndarray:
    """Characters, blanks included."""
    return batch.num_chars.astype(np.float64)


def digits(batch: TextBatch) -> np.ndarray:
    """Share of decimal digits in the characters that are not blank."""
    return share(batch.count_class(DIGIT), batch.num_visible)


def uppercase(batch: TextBatch) -> np.ndarray:
    """Share of capitals in the letters that have case."""
    upper = batch.count_class(UPPER)
    return share(upper, upper + batch.count_class(LOWER))


def mojibake(batch: TextBatch) -> np.ndarray:
    """Share of visible characters in replacement marks and in UTF-8 sequences that were read as Windows-1252 or Latin-1."""
    positions = np.flatnonzero(batch.codes >= 0x80)  # few in English: all that follows looks at these alone
    codes = batch.codes[positions]
    continues = np.isin(codes, _CONTINUATIONS)
    run = _run_lengths(positions, continues)
    broken = (codes == _REPLACEMENT).astype(np.int64)
    for first, last, size in _FIRST_BYTES:
        broken[(codes >= first) & (codes <= last) & (run >= size - 1)] = size
    return np.minimum(1.0, share(batch.total(broken, positions), batch.num_visible))


def _run_lengths(positions: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """int64[num]: how many of the next three characters are masked, up to the first that is not."""
    lengths = np.zeros(len(positions), dtype=np.int64)
    unbroken = np.ones(len(positions), dtype=bool)
    for ahead in range(1, 4):
        unbroken[-ahead:] = False
        unbroken[:-ahead] &= mask[ahead:] & (positions[ahead:] == positions[:-ahead] + ahead)
        lengths += unbroken
    return lengths
