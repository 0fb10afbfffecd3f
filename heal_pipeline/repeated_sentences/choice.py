"""Which copies of repeated sentences go, and which documents go with them. A pure function on numbers."""

import numpy as np


def choose(found: np.ndarray, num_words: np.ndarray, max_share: float) -> tuple[np.ndarray, np.ndarray]:
    """A repeated sentence stays in the first document that holds it, as often as it stands there. All others are copies.

    A document of which more than `max_share` of the words are copies, or all of them, goes as a whole unless it is the first to
    hold some other repeated sentence. Of what is repeated, nothing is therefore lost.

    Args:
        found: OCCURRENCE[num], by document and sentence.
        num_words: int64[num_documents], of the whole documents.

    Returns:
        bool[num], whether an occurrence is a copy; int64[num_gone], the documents that go, in order.
    """
    _, code = np.unique(found["hash"], return_inverse=True)
    first = np.full(len(found), len(num_words))
    np.minimum.at(first, code, found["document"])
    is_copy = first[code] < found["document"]
    own, of_document = np.unique(found["document"], return_inverse=True)
    num_copied = np.bincount(of_document, found["words"] * is_copy, minlength=len(own))
    holds_first = np.bincount(of_document, ~is_copy, minlength=len(own)) > 0
    is_most = (num_copied > max_share * num_words[own]) | (num_copied == num_words[own])
    return is_copy, own[is_most & ~holds_first]
