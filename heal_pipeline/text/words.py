"""Words, and the hashes of words and of word n-grams: what filtering, deduplication and decontamination count."""

import re
import zlib

import numpy as np

from heal_pipeline.text.normalise import normalise

_WORD = re.compile(r"\w+", re.UNICODE)


def words(text: str) -> list[str]:
    """The words of the text's normal form. Numbers are words."""
    return _WORD.findall(normalise(text))


def word_hashes(text: str) -> np.ndarray:
    """uint64[num_words]: a hash for each word, the same in every process and on every machine."""
    found = words(text)
    hashes = np.fromiter(
        (zlib.crc32(w.encode("utf-8", "surrogatepass")) for w in found), dtype=np.uint64, count=len(found)
    )
    return mix(hashes)


def mix(values: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64: spreads uint64 values over the whole range (Steele, Lea, Flood 2014)."""
    values = values.astype(np.uint64, copy=True)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def ngram_hashes(hashes: np.ndarray, n: int) -> np.ndarray:
    """uint64[max(num_words - n + 1, 0)]: a hash for each run of n words.

    Args:
        hashes: uint64[num_words], from `word_hashes`.
        n: words in a run.
    """
    if len(hashes) < n:
        return np.empty(0, dtype=np.uint64)
    count = len(hashes) - n + 1
    result = np.zeros(count, dtype=np.uint64)
    for i in range(n):
        result = result * np.uint64(0x9E3779B97F4A7C15) + hashes[i : i + count]
    return mix(result)
