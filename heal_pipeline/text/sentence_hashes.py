"""Hashes of sentences by their words: what is counted to find sentences that many documents repeat."""

from collections.abc import Sequence

import numpy as np

from heal_pipeline.text.words import hash_words, mix

_STEP = np.uint64(0x9E3779B97F4A7C15)


def hash_sentences(sentences: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """A hash for each sentence, equal where the words of the normal forms are: whatever the case, blanks and punctuation.

    Numbers are words: sentences that differ in a dose have different hashes.

    Returns:
        uint64[num_sentences], 0 without words, and int64[num_sentences], how many words each has.
    """
    words, bounds = hash_words(sentences)
    num_words = np.diff(bounds)
    place = np.arange(len(words)) - np.repeat(bounds[:-1], num_words)
    sums = np.zeros(len(words) + 1, dtype=np.uint64)
    np.cumsum(mix(words + place.astype(np.uint64) * _STEP), out=sums[1:])  # mod 2^64, so that differences are exact
    return mix(sums[bounds[1:]] - sums[bounds[:-1]]), num_words
