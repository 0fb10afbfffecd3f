"""Which documents are to be compared: those of equal content are paired, other contents meet under band keys. Pure
functions on rows; no text.

What is compared are contents, each once, whatever number of documents has it: a bucket of a thousand equal documents is
one content.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from typing import NamedTuple

MAX_CENTRES = 200
"""In a bucket with more contents than this, only pairs with one of the first `MAX_CENTRES` are made: effort grows with the
bucket's size, not with its square. The first come first in the order of survivors, so that a document that stays is
linked to all of its bucket whatever day came in when."""


class Row(NamedTuple):
    """A document under a key. Rows sort by key, then in the order in which survivors are chosen."""

    key: int
    batch: str
    priority: int
    doc_id: str
    content_id: str


class Content(NamedTuple):
    """A distinct content, with the document that stands for it."""

    content_id: str
    doc_id: str


def pairs_to_compare(is_new: list[bool]) -> Iterator[tuple[int, int]]:
    """Index pairs i < j of a bucket's contents, of which one at least is new."""
    for i in range(min(len(is_new), MAX_CENTRES)):
        for j in range(i + 1, len(is_new)):
            if is_new[i] or is_new[j]:
                yield i, j


def candidates(rows: Iterable[Row], day: str) -> Iterator[tuple[Content, Content]]:
    """Pairs of different contents that share a key, at least one of them of the day; once for each key shared.

    Args:
        rows: rows of equal key stand together.
        day: contents that this day does not hold are not compared with each other.

    Yields:
        (a, b), where a's document has the smaller id.
    """
    for _, bucket in groupby(rows, key=lambda row: row.key):
        found: dict[str, Content] = {}
        new: set[str] = set()
        for row in sorted(bucket):
            found.setdefault(row.content_id, Content(row.content_id, row.doc_id))
            if row.batch == day:
                new.add(row.content_id)
        contents = list(found.values())
        for i, j in pairs_to_compare([c.content_id in new for c in contents]):
            a, b = sorted((contents[i], contents[j]), key=lambda c: (c.doc_id, c.content_id))
            yield a, b


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
