"""From texts to the band keys under which they meet their near-duplicates. Pure functions on strings and numpy arrays.

1. `shingle`: the distinct runs of words of each text, as 64-bit hashes.
2. `Scheme.signatures`: datasketch's MinHash of them (Broder 1997), one value a permutation.
3. `Scheme.bands`: runs of the signature, each hashed to one key (Leskovec et al., Mining of Massive Datasets, ch. 3).

Nothing here is done in Python for a word or a shingle. What is held is a few numbers a shingle, never one a permutation of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from heal_pipeline.profile import DedupConfig
from heal_pipeline.text.words import BATCH_CHARS, batches, hash_words, mix, ngram_hashes

SEED = 1
MISS_WEIGHT = 0.999
"""What a missed pair weighs against a candidate too many when the bands are chosen. Candidates are verified, so that a
needless one costs time alone: of pairs at Jaccard 0.8 exactly, 21 bands of 6 rows find 99.8 %."""
BLOCK_SHINGLES = 2**16
"""Shingles that are permuted at once: enough to spread the cost of a numpy call over, few enough (256 KiB) to stay in cache."""

_PRIME = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Shingles:
    """The distinct shingles of several texts.

    Attributes:
        hashes: uint64[num_shingles], sorted within each text.
        bounds: int64[num_texts + 1]; the shingles of text i are those from bounds[i] up to bounds[i + 1].
    """

    hashes: np.ndarray
    bounds: np.ndarray

    @property
    def num(self) -> np.ndarray:
        """int64[num_texts]: shingles of each text."""
        return np.diff(self.bounds)

    def of(self, text: int) -> np.ndarray:
        """uint64[num_shingles]: those of one text, by its place."""
        return self.hashes[self.bounds[text] : self.bounds[text + 1]]


def shingles(text: str, num_words: int) -> np.ndarray:
    """uint64[num_shingles], distinct and sorted: the hashes of one text's runs of `num_words` words, as `shingle` makes them."""
    return shingle([text], num_words).hashes


def shingle(texts: Sequence[str], num_words: int) -> Shingles:
    """The hashes of each text's runs of `num_words` words.

    A text with fewer words is one shingle as a whole; one without words has none.
    """
    found = [_shingle(batch, num_words) for batch in batches(texts, BATCH_CHARS)]
    num = np.concatenate([np.zeros(1, dtype=np.int64), *(f.num for f in found)])
    return Shingles(np.concatenate([np.empty(0, dtype=np.uint64), *(f.hashes for f in found)]), np.cumsum(num))


def _shingle(texts: Sequence[str], num_words: int) -> Shingles:
    """What `shingle` gives, of texts that are shingled at once."""
    words, bounds = hash_words(texts)
    starts, ends = bounds[:-1], bounds[1:]
    runs = np.zeros(len(words), dtype=np.uint64)  # by their first word; the last ones of a text reach into the next
    runs[: max(0, len(words) - num_words + 1)] = ngram_hashes(words, num_words)
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        if end - start >= num_words:
            runs[start : end - num_words + 1].sort()
        elif end > start:
            runs[start] = ngram_hashes(words[start:end], end - start)[0]
    is_new = np.ones(len(runs), dtype=bool)
    np.not_equal(runs[1:], runs[:-1], out=is_new[1:])
    is_new[starts[starts < ends]] = True
    for behind in range(1, num_words):
        is_new[ends[ends - starts > behind] - behind] = False
    return Shingles(runs[is_new], np.concatenate([[0], np.cumsum(is_new)])[bounds])


@dataclass(frozen=True)
class Scheme:
    """How signatures and keys are made. Two tables may be compared where their schemes are equal, by name."""

    num_permutations: int
    shingle_words: int
    num_bands: int
    rows_per_band: int

    @staticmethod
    def of(config: DedupConfig) -> "Scheme":
        """The scheme of a profile: datasketch's optimiser chooses the bands for its threshold."""
        bands, rows = _bands_at(config.jaccard, config.num_permutations)
        return Scheme(config.num_permutations, config.shingle_words, bands, rows)

    @property
    def name(self) -> str:
        """Stored with every table: permutations, version of all that is hashed, shingle length, bands and rows, seed."""
        return (
            f"affine32x{self.num_permutations}/v2/word{self.shingle_words}"
            f"/{self.num_bands}x{self.rows_per_band}/seed{SEED}"
        )

    def signatures(self, shingles: Shingles) -> np.ndarray:
        """uint32[num_texts, num_permutations]: datasketch's, of scheme "affine32", of the upper halves of the shingles.

        As in datasketch, a text without shingles has the largest value everywhere; it is to be told by `Shingles.num`.
        """
        a, b = _permutations(self.num_permutations)
        values = np.full((self.num_permutations, len(shingles.num)), np.iinfo(np.uint32).max, dtype=np.uint32)
        texts = np.flatnonzero(shingles.num)
        starts = shingles.bounds[texts]
        for start in range(0, len(shingles.hashes), BLOCK_SHINGLES):
            hashes = _fmix32((shingles.hashes[start : start + BLOCK_SHINGLES] >> np.uint64(32)).astype(np.uint32))
            first, end = np.searchsorted(starts, [start + 1, start + len(hashes)]) - [1, 0]
            begins = np.maximum(starts[first:end] - start, 0)
            least = np.empty((self.num_permutations, end - first), dtype=np.uint32)
            permuted = np.empty_like(hashes)
            for i in range(self.num_permutations):
                np.multiply(hashes, a[i], out=permuted)
                np.add(permuted, b[i], out=permuted)
                np.minimum.reduceat(permuted, begins, out=least[i])
            values[:, texts[first:end]] = np.minimum(values[:, texts[first:end]], least)
        return np.ascontiguousarray(values.T)

    def bands(self, signatures: np.ndarray) -> np.ndarray:
        """int64[num_texts, num_bands]: a key for each band; the band's number is part of it, so that keys of all bands share a
        column.

        Args:
            signatures: uint32[num_texts, num_permutations].
        """
        rows = signatures[:, : self.num_bands * self.rows_per_band].reshape(-1, self.num_bands, self.rows_per_band)
        keys = np.broadcast_to(mix(np.arange(1, self.num_bands + 1, dtype=np.uint64)), rows.shape[:2]).copy()
        for row in range(self.rows_per_band):
            keys *= _PRIME
            keys += rows[:, :, row]
        return mix(keys).view(np.int64)


def _fmix32(values: np.ndarray) -> np.ndarray:
    """The finaliser of MurmurHash3 on uint32 values (Appleby), which datasketch applies before it permutes."""
    values = values ^ (values >> np.uint32(16))
    values *= np.uint32(0x85EBCA6B)
    values ^= values >> np.uint32(13)
    values *= np.uint32(0xC2B2AE35)
    values ^= values >> np.uint32(16)
    return values


@cache
def _permutations(num: int) -> np.ndarray:
    """uint32[2, num]: datasketch's factors and summands."""
    from datasketch import MinHash

    return MinHash(num_perm=num, seed=SEED, scheme="affine32").permutations


@cache
def _bands_at(threshold: float, num_permutations: int) -> tuple[int, int]:
    # MinHashLSH asks the same, and refuses the one band of a threshold of 1.
    from datasketch.lsh import _optimal_param

    return _optimal_param(threshold, num_permutations, 1 - MISS_WEIGHT, MISS_WEIGHT)
