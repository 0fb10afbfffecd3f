"""Who stays: the first maximal independent set, and the clusters that duplicates form. Pure functions on ids."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np

DUPLICATE, CONTAMINATED, WITHDRAWN = "duplicate", "contaminated", "withdrawn"
REASONS = (DUPLICATE, CONTAMINATED, WITHDRAWN)

NUMBERS_DIFFER = "jaccard_numbers_differ"
"""The rule of an accepted pair whose numbers contradict each other."""


class Document(NamedTuple):
    """A document of the index. Sorted, they are in the order in which survivors are chosen."""

    batch: str
    priority: int
    doc_id: str
    source: str
    content_id: str
    clinical: bool


class Decision(NamedTuple):
    """What became of a document. `similarity` is that to the document that decided, for duplicates."""

    reason: str = ""
    evidence: str = ""
    similarity: float | None = None


class Near(NamedTuple):
    """An accepted near-duplicate of a content."""

    content_id: str
    jaccard: float
    numbers_differ: bool


def choose(
    documents: list[Document],
    near: dict[str, list[Near]],
    contaminated: dict[tuple[str, str], str],
    withdrawn: dict[str, str],
) -> list[Decision]:
    """A decision for each document.

    Args:
        documents: in order.
        near: content_id → its accepted near-duplicates, both ways.
        contaminated: (doc_id, batch) → the item that was found.
        withdrawn: doc_id → why.
    """
    kept_contents: dict[str, tuple[int, Document]] = {}
    kept_ids: dict[str, tuple[int, Document]] = {}
    decisions = []
    for rank, document in enumerate(documents):
        if document.doc_id in withdrawn:
            decision = Decision(WITHDRAWN, withdrawn[document.doc_id])
        elif (document.doc_id, document.batch) in contaminated:
            decision = Decision(CONTAMINATED, contaminated[document.doc_id, document.batch])
        else:
            decision = _first_match(document, near.get(document.content_id, []), kept_contents, kept_ids)
        if not decision.reason:
            kept_contents[document.content_id] = kept_ids[document.doc_id] = (rank, document)
        decisions.append(decision)
    return decisions


def _first_match(
    document: Document,
    near: list[Near],
    kept_contents: dict[str, tuple[int, Document]],
    kept_ids: dict[str, tuple[int, Document]],
) -> Decision:
    """The first document in order that stays and that this one matches; without one it stays itself."""
    matches: list[tuple[int, Document, float | None]] = []
    if document.content_id in kept_contents:
        matches.append((*kept_contents[document.content_id], 1.0))
    for content_id, jaccard, numbers_differ in near:
        if content_id in kept_contents:
            rank, other = kept_contents[content_id]
            if not (numbers_differ and (document.clinical or other.clinical)):
                matches.append((rank, other, jaccard))
    if document.doc_id in kept_ids:
        matches.append((*kept_ids[document.doc_id], None))
    if not matches:
        return Decision()
    _, first, similarity = min(matches, key=lambda match: match[0])
    return Decision(DUPLICATE, first.doc_id, similarity)


def clusters(documents: list[Document], near: dict[str, list[Near]]) -> dict[str, str]:
    """doc_id → the smallest doc_id of its cluster, for the documents that share one with another of these.

    A cluster is a component of the accepted pairs, chains and pairs whose numbers contradict each other included: what must not
    be parted by a split, since one half would give away the other. Contents whose documents are all gone link as well.

    Args:
        documents: those that stay.
        near: as `choose` takes it.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    number = {content: i for i, content in enumerate(near)}
    ends = [(number[a], number[b.content_id]) for a, others in near.items() for b in others]
    first, second = np.array(ends, dtype=np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(first), dtype=np.int8), (first, second)), shape=(len(number), len(number)))
    component = connected_components(graph, directed=False)[1] if number else []
    together: dict[int, list[str]] = defaultdict(list)
    for document in documents:
        if document.content_id in number:
            together[component[number[document.content_id]]].append(document.doc_id)
    return {doc: min(docs) for docs in together.values() if len(docs) > 1 for doc in docs}
