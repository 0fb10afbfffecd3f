"""What goes where: documents cut into pieces at ends of sentences, pieces fitted into rows. Pure functions of lengths.

A sentence is cut only where it alone is longer than a row. Rows are filled by best-fit decreasing inside windows of
documents in a shuffled order: over everything it would sort a source by length ("Fewer Truncations", arXiv 2404.10830).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from heal_pipeline.text.words import mix


@dataclass(frozen=True)
class Layout:
    """Where the pieces of a source's documents lie. Arrays are [num_pieces], sorted by document and offset: int64 the document
    and the row, int32 the rest.

    Attributes:
        document: number of the document.
        offset, length: the piece in the document's tokens.
        first_sentence, num_sentences: the sentences it holds, the parts of a cut one included.
        row, start: where it lies.
        num_split: documents of more than one piece.
        num_cut: sentences that are cut.
    """

    num_rows: int
    document: np.ndarray
    offset: np.ndarray
    length: np.ndarray
    first_sentence: np.ndarray
    num_sentences: np.ndarray
    row: np.ndarray
    start: np.ndarray
    num_split: int
    num_cut: int


def cut_points(num_tokens: int, sentence_starts: np.ndarray, max_length: int) -> list[int]:
    """Offsets at which a document is cut, 0 and num_tokens included: each piece ends at the last sentence end that fits,
    or after max_length tokens where the sentence goes on for longer."""
    points = [0]
    while num_tokens - points[-1] > max_length:
        here = points[-1]
        i = int(np.searchsorted(sentence_starts, here + max_length, side="right")) - 1
        end = int(sentence_starts[i]) if i >= 0 else 0
        points.append(end if end > here else here + max_length)
    return [*points, num_tokens]


def cuts_inside(points: list[int], sentence_starts: np.ndarray) -> list[int]:
    """The sentences that cut points lie inside of, one entry a sentence."""
    inner = np.array(points[1:-1], dtype=np.int64)
    at = np.searchsorted(sentence_starts, inner, side="right") - 1
    return sorted({int(i) for i, p in zip(at, inner, strict=True) if sentence_starts[i] != p})


def best_fit(lengths: np.ndarray, capacity: int) -> np.ndarray:
    """int64[n]: the bin of each item by best-fit decreasing: the fullest bin that has room, else a new one.

    Bins wait by their room; the bits of one integer say which rooms occur, so that the smallest that is large enough is
    found in one step. A bin that takes an item and has room for another of the same length is then the fullest that has,
    so that items of one length fill a bin together.

    Args:
        lengths: int64[n] of 1 … capacity.
    """
    order = np.argsort(-lengths, kind="stable")
    waiting: dict[int, list[int]] = {}
    rooms = num_bins = 0
    chosen, taken = [], []
    distinct, counts = (values[::-1].tolist() for values in np.unique(lengths, return_counts=True))
    for length, count in zip(distinct, counts, strict=True):
        while count:
            fitting = rooms >> length
            if fitting:
                room = length + (fitting & -fitting).bit_length() - 1
                bin_number = waiting[room].pop()
                if not waiting[room]:
                    del waiting[room]
                    rooms ^= 1 << room
            else:
                room, bin_number = capacity, num_bins
                num_bins += 1
            together = min(count, room // length)
            count -= together
            left = room - together * length
            if left:
                waiting.setdefault(left, []).append(bin_number)
                rooms |= 1 << left
            chosen.append(bin_number)
            taken.append(together)
    result = np.empty(len(lengths), dtype=np.int64)
    result[order] = np.repeat(np.array(chosen, dtype=np.int64), taken)
    return result


def lay_out(
    num_tokens: np.ndarray,
    num_sentences: np.ndarray,
    long_starts: Mapping[int, np.ndarray],
    *,
    max_length: int,
    window: int,
    seed: int,
) -> Layout:
    """Fits the documents of a source into rows. The rows of a window follow each other, in a shuffled order.

    Args:
        num_tokens, num_sentences: int64[n] of the documents, in a shuffled order. One without tokens has no piece.
        long_starts: the sentence starts of each document with more than max_length tokens.
        window: documents that are fitted together.
        seed: of the order of the rows.
    """
    pieces, num_cut = _pieces(num_tokens, num_sentences, long_starts, max_length)
    document, _, length, _, _ = pieces
    row = np.empty(len(document), dtype=np.int64)
    num_rows = 0
    for first in range(0, len(num_tokens), window):
        here = slice(*np.searchsorted(document, [first, first + window]).tolist())
        bins = best_fit(length[here], max_length)
        num_bins = int(bins.max(initial=-1)) + 1
        row[here] = num_rows + _shuffled(num_rows, num_bins, seed)[bins]
        num_rows += num_bins
    return Layout(num_rows, *pieces, row, _starts(row, length), len(long_starts), num_cut)


def _shuffled(first: int, num_rows: int, seed: int) -> np.ndarray:
    """int64[num_rows]: the place of each row of a window. Best fit leaves them fullest first, with the longest documents in
    front, and whoever reads the first few must see all kinds."""
    place = np.empty(num_rows, dtype=np.int64)
    keys = mix(np.arange(first, first + num_rows, dtype=np.uint64) + np.uint64(seed))
    place[np.argsort(keys, kind="stable")] = np.arange(num_rows)
    return place


def _pieces(
    num_tokens: np.ndarray, num_sentences: np.ndarray, long_starts: Mapping[int, np.ndarray], max_length: int
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray], int]:
    """document, offset, length, first_sentence and num_sentences of the pieces, and the number of sentences cut."""
    points_of = {i: cut_points(int(num_tokens[i]), starts, max_length) for i, starts in sorted(long_starts.items())}
    num_pieces = (num_tokens > 0).astype(np.int64)
    num_pieces[list(points_of)] = [len(points) - 1 for points in points_of.values()]
    document = np.repeat(np.arange(len(num_tokens)), num_pieces)
    offset, first_sentence = (np.zeros(len(document), dtype=np.int32) for _ in range(2))
    length, sentences = num_tokens[document].astype(np.int32), num_sentences[document].astype(np.int32)
    first_piece = np.cumsum(num_pieces) - num_pieces
    num_cut = 0
    for i, points in points_of.items():
        starts = long_starts[i]
        num_cut += len(cuts_inside(points, starts))
        begin, end = np.array(points[:-1]), np.array(points[1:])
        exact = np.searchsorted(starts, begin)
        # A piece that begins inside a sentence holds a part of that one, too.
        inside = (exact == len(starts)) | (starts[np.minimum(exact, len(starts) - 1)] != begin)
        last = np.searchsorted(starts, end)
        last[-1] = len(starts)
        here = slice(first_piece[i], first_piece[i] + len(begin))
        offset[here], length[here] = begin, end - begin
        first_sentence[here] = exact - inside
        sentences[here] = last - first_sentence[here]
    return (document, offset, length, first_sentence, sentences), num_cut


def _starts(row: np.ndarray, length: np.ndarray) -> np.ndarray:
    """int32[num_pieces]: where each piece begins in its row, pieces of a row following each other in their order."""
    order = np.argsort(row, kind="stable")
    ends = np.cumsum(length[order])
    begins = ends - length[order]
    new_row = np.concatenate([[True], np.diff(row[order]) > 0]) if len(row) else np.zeros(0, bool)
    base = np.maximum.accumulate(np.where(new_row, begins, 0))
    start = np.empty(len(row), dtype=np.int32)
    start[order] = begins - base
    return start


def needless_cuts(
    layout: Layout, long_starts: Mapping[int, np.ndarray], num_tokens: np.ndarray, max_length: int
) -> int:
    """Cuts inside a sentence that would have fitted a row, counted from the layout alone: what the gate asks for."""
    count = 0
    for i in np.flatnonzero(layout.offset > 0).tolist():
        document, point = int(layout.document[i]), int(layout.offset[i])
        starts = long_starts.get(document)
        if starts is None:
            return count + 1
        after = int(np.searchsorted(starts, point, side="right"))
        begin = int(starts[after - 1])
        end = int(starts[after]) if after < len(starts) else int(num_tokens[document])
        count += begin != point and end - begin <= max_length
    return count
