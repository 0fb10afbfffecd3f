"""Which contents are to be compared: those that meet under a band key. numpy on rows of numbers; no text, no Spark.

What is compared are contents: one document of a day stands for all that are equal to it, so that a bucket of a thousand equal
documents is one. Whether two contents are compared depends on the days in which they stand and on no third one: the pairs of
all days are one set, whatever day came in when, and nothing of the profile is in it but the scheme and the threshold.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise

import numpy as np

from heal_pipeline.ragged import ranges

MAX_CENTRES = 64
"""Under one key, of each source's contents of a day the first so many (by document) are compared with all others, and the rest with
these alone: effort grows with a bucket's size and not with its square. Whatever document of a bucket comes first in the order
of survivors is such a centre, so that one that stays is linked to all of its bucket."""

MAX_PAIRS = 2**18
"""Pairs that are held at once."""

ROW = np.dtype(
    [
        ("key", "<i8"),
        ("content_high", "<u8"),
        ("content_low", "<u8"),
        ("doc_high", "<u8"),
        ("doc_low", "<u8"),
        ("day", "<i2"),
        ("source", "<i2"),
        ("num_shingles", "<i4"),
        ("row", "<u4"),
    ]
)
"""A document under a key. Days, and the sources of each, are numbered; identities are their two halves; the row is the document's
place in the index of its day."""

_CONTENT, _DOCUMENT = ("content_high", "content_low"), ("doc_high", "doc_low")


def members(rows: np.ndarray, day: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The contents under each key that more than one row has, one row for each document that stands for a content on some day.

    Args:
        rows: ROW[num_rows], all that there are of each key.
        day: the number of the day whose contents are new.

    Returns:
        ROW[num_members], those of a key behind each other; bool[num_members], whether it is a centre; bool[num_members], whether it
        is new.
    """
    order = np.argsort(rows["key"], kind="stable")
    keys = rows["key"][order]
    same = keys[1:] == keys[:-1]
    shared = np.zeros(len(rows), dtype=bool)
    shared[1:] |= same
    shared[:-1] |= same
    rows = rows[order[shared]]

    rows, starts = grouped(rows, ("key", "day", "source", *_CONTENT), _DOCUMENT)
    rows, starts = grouped(rows[starts], ("key", "day", "source"), _DOCUMENT)
    is_centre = _place_in_group(starts, len(rows)) < MAX_CENTRES
    rows, starts, is_centre = grouped(rows, ("key", "day", *_CONTENT), _DOCUMENT, is_centre)
    rows, is_centre = rows[starts], np.logical_or.reduceat(is_centre, starts) if len(starts) else is_centre
    is_new = rows["day"] == day
    # A record that was delivered again, as it was, is one member.
    rows, starts, is_centre, is_new = grouped(rows, ("key", *_DOCUMENT, *_CONTENT), (), is_centre, is_new)
    if len(starts):
        is_centre, is_new = (np.logical_or.reduceat(values, starts) for values in (is_centre, is_new))
    return rows[starts], is_centre, is_new


def pairs(rows: np.ndarray, is_centre: np.ndarray, is_new: np.ndarray, jaccard: float) -> Iterator[np.ndarray]:
    """The pairs to compare: of a centre and another content under the same key, one of which at least is new.

    Pairs whose numbers of shingles differ by so much that they cannot be as similar as `jaccard` are left out: their Jaccard
    similarity is at most the smaller number over the larger.

    Args:
        rows, is_centre, is_new: from `members`.

    Yields:
        ROW[num_pairs, 2]: the two of each pair in the order of document and content. A pair comes once for each key it shares.
    """
    order = np.lexsort(
        (is_new, ~is_centre, rows["key"])
    )  # within a key: old centres, new centres, other old, other new
    rows, is_centre, is_new = rows[order], is_centre[order], is_new[order]
    starts = _starts(rows, ("key",))
    sizes = np.diff(starts, append=len(rows))
    ends = np.repeat(starts + sizes, sizes)
    counts = [
        np.repeat(np.add.reduceat(kind, starts), sizes)
        for kind in (is_centre & ~is_new, is_centre, is_new & ~is_centre)
    ]
    first = np.repeat(starts, sizes)
    old_centres, centres, new_others = counts if len(rows) else [first] * 3
    fresh, old = np.flatnonzero(is_centre & is_new), np.flatnonzero(is_centre & ~is_new)
    partners = [
        (fresh, fresh + 1, ends[fresh]),
        (old, (first + old_centres)[old], (first + centres)[old]),
        (old, (ends - new_others)[old], ends[old]),
    ]
    for centre, low, high in partners:
        for a, b in expand(centre, low, high):
            small, large = np.sort([rows["num_shingles"][a], rows["num_shingles"][b]], axis=0)
            other = (rows["content_high"][a] != rows["content_high"][b]) | (
                rows["content_low"][a] != rows["content_low"][b]
            )
            wanted = other & (small / large >= jaccard)
            found = np.stack([rows[a[wanted]], rows[b[wanted]]], axis=1)
            if len(found):
                yield _in_order(found)


def expand(first: np.ndarray, low: np.ndarray, high: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """(first[k], each number from low[k] up to high[k]) for all k, in pieces of about MAX_PAIRS.

    Args:
        first, low, high: int64[num].

    Yields:
        int64[num_pairs], int64[num_pairs].
    """
    counts = np.maximum(high - low, 0)
    pieces = (np.cumsum(counts) - counts) // MAX_PAIRS
    for start, end in pairwise([*np.flatnonzero(np.diff(pieces, prepend=-1)).tolist(), len(first)]):
        own = counts[start:end]
        yield np.repeat(first[start:end], own), ranges(low[start:end], own)


def _in_order(found: np.ndarray) -> np.ndarray:
    a, b = found.T
    later = np.zeros(len(found), dtype=bool)
    undecided = np.ones(len(found), dtype=bool)
    for name in (*_DOCUMENT, *_CONTENT):
        later |= undecided & (a[name] > b[name])
        undecided &= a[name] == b[name]
    found[later] = found[later, ::-1]
    return found


def grouped(
    rows: np.ndarray, group: tuple[str, ...], within: tuple[str, ...], *values: np.ndarray
) -> tuple[np.ndarray, ...]:
    """The rows sorted by `group` and then `within`, where each group starts, and `values` in the same order."""
    order = np.lexsort([rows[name] for name in reversed((*group, *within))])
    rows = rows[order]
    return rows, _starts(rows, group), *(v[order] for v in values)


def _starts(rows: np.ndarray, group: tuple[str, ...]) -> np.ndarray:
    """int64[num_groups]: where rows begin that differ in `group` from those before."""
    differs = np.zeros(len(rows), dtype=bool)
    differs[:1] = True
    for name in group:
        differs[1:] |= rows[name][1:] != rows[name][:-1]
    return np.flatnonzero(differs)


def _place_in_group(starts: np.ndarray, num_rows: int) -> np.ndarray:
    return np.arange(num_rows) - np.repeat(starts, np.diff(starts, append=num_rows))


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
