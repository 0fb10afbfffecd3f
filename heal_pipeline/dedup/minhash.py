"""From a text to the band keys under which it meets its near-duplicates. Pure functions on strings and numpy arrays.

1. `shingles`: the distinct runs of words, as 64-bit hashes.
2. `Scheme.signature`: datasketch's MinHash of them (Broder 1997), one value a permutation.
3. `Scheme.bands`: runs of the signature, each hashed to one key (Leskovec et al., Mining of Massive Datasets, ch. 3).
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from heal_pipeline.profile import DedupConfig
from heal_pipeline.text.words import mix, ngram_hashes, word_hashes

SEED = 1
MISS_WEIGHT = 0.999
"""What a missed pair weighs against a candidate too many when the bands are chosen. Candidates are verified, so that a
needless one costs time alone: of pairs at Jaccard 0.8 exactly, 21 bands of 6 rows find 99.8 %."""
BLOCK_SHINGLES = 8192
"""Shingles that are permuted at once: bounds the workspace of a very long document to 4 MiB at 128 permutations."""

_PRIME = np.uint64(0x9E3779B97F4A7C15)


def shingles(text: str, num_words: int) -> np.ndarray:
    """uint64[num_shingles], distinct and sorted: the hashes of the text's runs of `num_words` words.

    A text with fewer words is one shingle as a whole; one without words has none.
    """
    hashes = word_hashes(text)
    if len(hashes) == 0:
        return hashes
    return np.unique(ngram_hashes(hashes, min(num_words, len(hashes))))


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
        """Stored with every table: hash, permutations, seed, shingle length, bands and rows."""
        return (
            f"minhash-v1/affine32x{self.num_permutations}/seed{SEED}/word{self.shingle_words}"
            f"/{self.num_bands}x{self.rows_per_band}"
        )

    def signature(self, shingle_hashes: np.ndarray) -> np.ndarray:
        """uint32[num_permutations]; without shingles uint32[0], since nothing is known of such a text.

        Args:
            shingle_hashes: uint64[num_shingles], of which the upper halves are permuted.
        """
        from datasketch import MinHash

        if len(shingle_hashes) == 0:
            return np.empty(0, dtype=np.uint32)
        sketch = MinHash(
            num_perm=self.num_permutations,
            seed=SEED,
            hashfunc=int,
            permutations=_permutations(self.num_permutations),
            scheme="affine32",
        )
        halves = shingle_hashes >> np.uint64(32)
        for start in range(0, len(halves), BLOCK_SHINGLES):
            sketch.update_batch(halves[start : start + BLOCK_SHINGLES].tolist())
        return sketch.hashvalues

    def bands(self, signature: np.ndarray) -> np.ndarray:
        """int64[num_bands]: a key for each band; the band's number is part of it, so that keys of all bands share a column."""
        if len(signature) == 0:
            return np.empty(0, dtype=np.int64)
        rows = signature[: self.num_bands * self.rows_per_band].reshape(self.num_bands, self.rows_per_band)
        keys = mix(np.arange(1, self.num_bands + 1, dtype=np.uint64))
        for column in rows.T:
            keys = keys * _PRIME + column.astype(np.uint64)
        return mix(keys).view(np.int64)


@cache
def _permutations(num: int) -> np.ndarray:
    from datasketch import MinHash

    return MinHash(num_perm=num, seed=SEED, scheme="affine32").permutations


@cache
def _bands_at(threshold: float, num_permutations: int) -> tuple[int, int]:
    from datasketch.lsh import _optimal_param

    return _optimal_param(threshold, num_permutations, 1 - MISS_WEIGHT, MISS_WEIGHT)
