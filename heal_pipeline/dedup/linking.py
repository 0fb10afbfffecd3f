"""Which documents are to be compared: those of equal content are paired, other contents meet under band keys. Pure
functions on rows; no text.

What is compared are contents: one document of a day stands for all that are equal to it, so that a bucket of a thousand
equal documents is one. Which pairs a day makes depends on the documents of that day and of the day compared with, and on
no third day: the pairs of all days are one set, whatever day came in when.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

import numpy as np

MAX_CENTRES = 200
"""In a bucket with more members than this, only pairs with one of the first `MAX_CENTRES` are made: effort grows with the
bucket's size, not with its square. The first are so in the order of survivors, so that a document that stays is linked to
all of its bucket whatever day came in when."""


class Row(NamedTuple):
    """A document under a key. Rows sort by key, then in the order in which survivors are chosen."""

    key: int
    batch: str
    priority: int
    doc_id: str
    content_id: str


class Content(NamedTuple):
    """A content, with the document of a day that stands for it."""

    doc_id: str
    content_id: str


def pairs_to_compare(is_new: np.ndarray) -> np.ndarray:
    """int64[num_pairs, 2]: index pairs i < j of a bucket's members, of which one at least is new.

    Args:
        is_new: bool[num_members].
    """
    num = len(is_new)
    first, second = np.triu_indices(min(num, MAX_CENTRES), k=1, m=num)
    wanted = is_new[first] | is_new[second]
    return np.stack([first[wanted], second[wanted]], axis=1)


def candidates(rows: Iterable[Row], day: str) -> Iterator[tuple[list[Content], np.ndarray]]:
    """Pairs of different contents that share a key, one of the day and one of any day; once for each key shared.

    Args:
        rows: rows of equal key stand together.
        day: documents of other days are not compared with each other.

    Yields:
        For each key its members, sorted by document, and int64[num_pairs, 2], indices of them with the smaller one first.
    """
    for _, bucket in groupby(rows, key=lambda row: row.key):
        first: dict[tuple[str, str], Content] = {}
        for row in sorted(bucket):
            first.setdefault((row.batch, row.content_id), Content(row.doc_id, row.content_id))
        new = {member for (batch, _), member in first.items() if batch == day}
        in_order = list(dict.fromkeys(first.values()))  # a record delivered again is one member
        members = sorted(in_order)
        place = {member: i for i, member in enumerate(members)}
        content = {content_id: i for i, content_id in enumerate({m.content_id for m in members})}
        places = np.array([place[m] for m in in_order])
        contents = np.array([content[m.content_id] for m in in_order])
        pairs = pairs_to_compare(np.array([m in new for m in in_order]))
        pairs = pairs[contents[pairs[:, 0]] != contents[pairs[:, 1]]]
        if len(pairs):
            yield members, np.sort(places[pairs], axis=1)


def equals(documents: Iterable[tuple[str, str, str]], day: str) -> Iterator[tuple[str, str, str]]:
    """Pairs of documents of equal content: the day's own in a chain, and the day's first with the first of each other day.

    Together over all days they connect all documents of a content, grow with their number and not with its square, and
    are the same set whatever day came in when.

    Args:
        documents: (content_id, batch, doc_id).

    Yields:
        (a, b, content_id) with a < b.
    """
    for content_id, group in groupby(sorted(documents), key=lambda row: row[0]):
        by_day = {batch: [doc for _, _, doc in rows] for batch, rows in groupby(group, key=lambda row: row[1])}
        own = by_day.pop(day, [])
        for a, b in pairwise(own):
            yield a, b, content_id
        for first, *_ in by_day.values() if own else ():
            if first != own[0]:  # the same record, delivered again
                yield min(first, own[0]), max(first, own[0]), content_id
