"""The documents that packing is measured with: log-normal lengths, and sentences of which three are longer than a row."""

import numpy as np
import pyarrow as pa

MAX_LENGTH, WINDOW = 8192, 100_000
VOCABULARY = 32_000
NUM_DOCUMENTS = 60_000
MEAN_TOKENS, SIGMA = 800, 1.25
"""Of the log-normal lengths: a ninth of the tokens is in documents longer than a row."""
SENTENCE_TOKENS = 22
OVER_LONG = 3
"""Documents of one sentence that is longer than a row, the only ones that may be cut inside of one."""


def document_lengths(num: int) -> np.ndarray:
    """int64[num] of log-normal lengths, the same each time; some documents are a sentence longer than a row."""
    rng = np.random.default_rng(17)
    lengths = np.maximum(1, rng.lognormal(np.log(MEAN_TOKENS) - SIGMA**2 / 2, SIGMA, num)).astype(np.int64)
    lengths[:OVER_LONG] = 3 * MAX_LENGTH
    return lengths


def sentence_starts(lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first tokens of the sentences of all documents, each counted in its document, and how many each has."""
    rng = np.random.default_rng(18)
    counts = np.maximum(1, lengths // SENTENCE_TOKENS)
    counts[:OVER_LONG] = 1
    document = np.repeat(np.arange(len(lengths)), counts)
    place = np.arange(len(document)) - np.repeat(np.cumsum(counts) - counts, counts)
    apart = lengths[document] / counts[document]
    moved = np.where(place > 0, rng.uniform(-0.45, 0.45, len(document)), 0)
    return np.floor((place + moved) * apart).astype(np.int64), counts


def lists(values: np.ndarray, lengths: np.ndarray) -> pa.ListArray:
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values.astype(np.int32)))
