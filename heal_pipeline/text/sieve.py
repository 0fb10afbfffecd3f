"""Membership of hashes, in little space and whatever comes: what needs not be looked at is told fast."""

import numpy as np


class Sieve:
    """Says of a hash whether it may be among those that were put in: a Bloom filter of one hash, in 512 KiB whatever comes.

    It lets through what was put in, and by chance a share of the rest that grows with what was put in, up to everything.
    """

    NUM_BITS = 2**22

    def __init__(self) -> None:
        self._bits = np.zeros(self.NUM_BITS // 8, dtype=np.uint8)

    def put(self, hashes: np.ndarray) -> None:
        """hashes: uint64[num], evenly spread."""
        places = hashes % np.uint64(self.NUM_BITS)
        np.bitwise_or.at(self._bits, places >> np.uint64(3), np.uint8(1) << (places & np.uint64(7)).astype(np.uint8))

    def lets_through(self, hashes: np.ndarray) -> np.ndarray:
        """bool[num], of uint64[num]."""
        places = hashes % np.uint64(self.NUM_BITS)
        return (self._bits[places >> np.uint64(3)] >> (places & np.uint64(7)).astype(np.uint8) & 1).astype(bool)
