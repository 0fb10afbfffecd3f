"""Which copies of repeated sentences go, and which documents go with them. A pure function on numbers."""

import numpy as np


def choose(found: np.ndarray, num_words: np.ndarray, max_share: float) -> tuple[np.ndarray, np.ndarray]:
    """Documents in order: each leaves out the repeated sentences that one before it keeps, or goes as a whole where more than
    `max_share` of its words would go, or all of them. A document that goes keeps no sentence from those after it.

    What a sentence says is therefore never lost. Where a document repeats a sentence that it is the first to hold, all stay.

    Args:
        found: OCCURRENCE[num], by document and sentence.
        num_words: int64[num_documents], of the whole documents.

    Returns:
        bool[num], whether an occurrence is a copy of one that stays; int64[num_gone], the documents that go, in order.
    """
    document, words = found["document"], found["words"]
    _, code = np.unique(found["hash"], return_inverse=True)
    own, starts, of_document = np.unique(document, return_index=True, return_inverse=True)
    ends = np.append(starts[1:], len(found))
    bound = np.minimum(max_share * num_words[own], num_words[own] - 1)
    # Of a document that may lose all its repeated sentences and stays, nothing needs to be known of those before it.
    at_risk = np.bincount(of_document, words, minlength=len(own)) > bound
    first = np.full(len(found), np.iinfo(np.int64).max)
    stays = ~at_risk[of_document]
    np.minimum.at(first, code[stays], document[stays])
    gone = []
    for i in np.flatnonzero(at_risk).tolist():
        here = slice(starts[i], ends[i])
        copies = first[code[here]] < own[i]
        if words[here][copies].sum() > bound[i]:
            gone.append(i)
        else:
            np.minimum.at(first, code[here], own[i])
    return first[code] < document, own[gone]
