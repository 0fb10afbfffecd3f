"""Seeded order of identities: what sampling, splitting and shuffling go by, in place of a random number generator.

A rank is a hash of purpose, seed and identity, so that it depends neither on row order nor on a library's version.
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 2**16


def ranks(identities: Iterable[str], seed: int, purpose: str) -> np.ndarray:
    """uint64[num_identities]: each identity's place in the order that belongs to a seed and a purpose.

    Args:
        purpose: keeps orders apart: who is sampled first must not also be held out first.
    """
    start = hashlib.blake2b(f"{purpose}\x1f{seed}\x1f".encode(), digest_size=8)
    digests = bytearray()
    for identity in identities:
        own = start.copy()
        own.update(identity.encode("utf-8", "surrogatepass"))
        digests += own.digest()
    return np.frombuffer(bytes(digests), dtype="<u8").astype(np.uint64)


def strings(array: "pa.Array") -> Iterator[str]:
    """The values of an Arrow array of strings, a few at a time as objects of Python, which are three times as large."""
    for first in range(0, len(array), CHUNK):
        yield from array.slice(first, CHUNK).to_pylist()


def rank(identity: str, seed: int, purpose: str) -> int:
    """The place of one identity: an integer below 2**64."""
    return int(ranks([identity], seed, purpose)[0])
