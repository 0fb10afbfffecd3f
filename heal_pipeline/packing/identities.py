"""Identities of documents and people as their 16 bytes, which sort as their 32 hexadecimal digits do and take less than half of
the memory."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from heal_pipeline.documents import ID_BYTES, digits, halves
from heal_pipeline.seeded import CHUNK


def as_bytes(identities: pa.StringArray) -> pa.FixedSizeBinaryArray:
    """binary(16) of 32 hexadecimal digits each."""
    values = pa.py_buffer(halves(identities).astype(">u8"))
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(ID_BYTES), len(identities), [None, values])


def as_digits(identities: pa.FixedSizeBinaryArray) -> pa.StringArray:
    """32 hexadecimal digits of binary(16) each."""
    values = np.frombuffer(identities.buffers()[1], ">u8").reshape(-1, 2)
    own = values[identities.offset : identities.offset + len(identities)]
    return digits(own[:, 0], own[:, 1])


def texts(identities: pa.FixedSizeBinaryArray) -> Iterator[str]:
    """The same as objects of Python, a few at a time."""
    for first in range(0, len(identities), CHUNK):
        yield from as_digits(identities.slice(first, CHUNK)).to_pylist()
