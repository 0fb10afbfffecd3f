"""Who stays: the first maximal independent set, and the clusters that duplicates form. Pure functions on numbers.

Documents are numbered by their place in the order of choice; contents and records (ids of documents, of which one may come in on
several days) by numbers that are equal where they are. Nothing is held but arrays.
"""

from typing import NamedTuple

import numpy as np

DUPLICATE, CONTAMINATED, WITHDRAWN = "duplicate", "contaminated", "withdrawn"
REASONS = (DUPLICATE, CONTAMINATED, WITHDRAWN)

NUMBERS_DIFFER = "jaccard_numbers_differ"
"""The rule of an accepted pair whose numbers contradict each other."""

STAYS = -1


class Documents(NamedTuple):
    """What of documents decides, in the order in which they are chosen: int32, int32, bool, bool [num_documents].

    Attributes:
        gone: withdrawn or contaminated: neither stays nor removes.
    """

    content: np.ndarray
    record: np.ndarray
    clinical: np.ndarray
    gone: np.ndarray


class Pairs(NamedTuple):
    """Accepted near-duplicates, once or more often: contents a and b, their similarity, whether their numbers contradict each other:
    int32, int32, float64, bool [num_pairs]."""

    a: np.ndarray
    b: np.ndarray
    jaccard: np.ndarray
    numbers_differ: np.ndarray


def choose(documents: Documents, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """The documents in order: each stays unless it directly matches one that stays.

    Most documents match no other, and of these nothing needs to be decided one by one.

    Returns:
        int64[num_documents]: the first document that stays and that this one matches, STAYS where there is none, and for those
        that are gone; float64[num_documents]: the similarity to it, NaN where it is the same record, or nothing.
    """
    num = len(documents.content)
    decider, similarity = np.full(num, STAYS), np.full(num, np.nan)
    num_contents = 1 + max((int(c.max()) for c in (documents.content, pairs.a, pairs.b) if len(c)), default=-1)
    starts, others, jaccard, differ = _neighbours(pairs, num_contents)
    entangled = (
        _repeated(documents.content) | _repeated(documents.record) | (np.diff(starts) > 0)[documents.content]
    ) & ~documents.gone
    # Views on the memory: a number out of an array costs thrice as much, and lists would hold an object of each.
    of_content, of_record = np.full(num_contents, STAYS).data, np.full(num + 1, STAYS).data
    content, record, clinical = (np.ascontiguousarray(column).data for column in documents[:3])
    start, other_of, jaccard_of, differ_of = (column.data for column in (starts, others, jaccard, differ))
    for number in np.flatnonzero(entangled).tolist():
        own = content[number]
        first, found = of_content[own], 1.0
        for place in range(start[own], start[own + 1]):
            other = of_content[other_of[place]]
            if (
                other != STAYS
                and (first == STAYS or other < first)
                and not (differ_of[place] and (clinical[number] or clinical[other]))
            ):
                first, found = other, jaccard_of[place]
        other = of_record[record[number]]
        if other != STAYS and (first == STAYS or other < first):
            first, found = other, np.nan
        if first == STAYS:
            of_content[own] = of_record[record[number]] = number
        else:
            decider[number], similarity[number] = first, found
    return decider, similarity


def _neighbours(pairs: Pairs, num_contents: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The pairs both ways, sorted: those of content i from starts[i] up to starts[i + 1]; the other content, similarity, numbers."""
    ends = np.concatenate([pairs.a, pairs.b])
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=num_contents))])
    order = np.argsort(ends)
    others = np.concatenate([pairs.b, pairs.a])[order]
    order %= max(1, len(pairs.a))
    return starts, others, pairs.jaccard[order], pairs.numbers_differ[order]


def _repeated(numbers: np.ndarray) -> np.ndarray:
    """bool[num]: whether a number stands in another place too."""
    return np.bincount(numbers)[numbers] > 1 if len(numbers) else np.zeros(0, dtype=bool)


def clusters(contents: np.ndarray, pairs: Pairs) -> np.ndarray:
    """int64[num_documents]: a number for each cluster that documents form; STAYS where a document is in none.

    A cluster is a component of the accepted pairs, chains and pairs whose numbers contradict each other included: what must not
    be parted by a split, since one half would give away the other. Contents whose documents are all gone link as well.

    Args:
        contents: int32[num_documents], of those that stay.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    found = np.full(len(contents), STAYS)
    if not len(contents) or not len(pairs.a):
        return found
    num = 1 + max(int(column.max()) for column in (contents, pairs.a, pairs.b))
    graph = coo_array((np.ones(len(pairs.a), dtype=np.int8), (pairs.a, pairs.b)), shape=(num, num))
    component = connected_components(graph, directed=False)[1]
    linked = np.zeros(num, dtype=bool)
    linked[pairs.a] = linked[pairs.b] = True
    own = component[contents]
    together = linked[contents] & (np.bincount(own[linked[contents]], minlength=num)[own] > 1)
    found[together] = own[together]
    return found
