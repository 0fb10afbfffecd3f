"""Which sentences stand in more than so many documents: two passes over hashes, in little memory. numpy alone.

1. `Slots.count`: each sentence counts in the slot of its hash. A slot counts at least what each of its sentences does (a
   Count-Min sketch of one row; Cormode, Muthukrishnan 2005).
2. Sentences whose slot passes the bound are few; `repeated` counts these exactly, each document once.

Counts are sums: neither the order of days nor that of documents is in them.
"""

import numpy as np

SLOTS_PER_DOCUMENT, MIN_SLOTS, MAX_SLOTS = 32, 2**16, 2**27
"""4 bytes each. Where sentences are many more than slots, more of them are counted exactly for nothing."""

OCCURRENCE = np.dtype(
    [
        ("hash", "<u8"),
        ("document", "<i8"),
        ("sentence", "<i4"),
        ("words", "<i4"),
        ("characters", "<i4"),
        ("tokens", "<i4"),
    ]
)
"""A sentence in a document: the document's place in the order of survivors, the sentence's in the document, its sizes."""


class Slots:
    """Upper bounds of how often hashes occur.

    Args:
        num_documents: whose sentences will be counted, about.
    """

    def __init__(self, num_documents: int) -> None:
        num_slots = 2 ** (SLOTS_PER_DOCUMENT * num_documents).bit_length()
        self._counts = np.zeros(min(max(num_slots, MIN_SLOTS), MAX_SLOTS), dtype=np.uint32)

    def count(self, hashes: np.ndarray) -> None:
        """hashes: uint64[num], evenly spread."""
        np.add.at(self._counts, self._slots(hashes), np.uint32(1))

    def may_exceed(self, hashes: np.ndarray, bound: int) -> np.ndarray:
        """bool[num]: false where a hash was surely counted no more than `bound` times."""
        return self._counts[self._slots(hashes)] > bound

    def _slots(self, hashes: np.ndarray) -> np.ndarray:
        return (hashes & np.uint64(len(self._counts) - 1)).astype(np.int64)


def repeated(found: np.ndarray, max_documents: int) -> np.ndarray:
    """The occurrences of sentences that stand in more than `max_documents` documents, by document and sentence.

    Args:
        found: OCCURRENCE[num], all that there are of each of their hashes.
    """
    _, code = np.unique(found["hash"], return_inverse=True)
    found = found[num_documents(code, found["document"])[code] > max_documents]
    return found[np.lexsort((found["sentence"], found["document"]))]


def num_documents(code: np.ndarray, document: np.ndarray) -> np.ndarray:
    """int64[num_sentences]: in how many documents each sentence stands.

    Args:
        code: int64[num], the sentence of each occurrence, from 0 on.
        document: int64[num], its document.
    """
    span = int(document.max(initial=0)) + 1
    return np.bincount(np.unique(code * span + document) // span)
