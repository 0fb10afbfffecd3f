"""Sentences that a release leaves out of its documents: where they are in the tokens, and the tokens without them.

Which ones they are is not decided here, and no row is laid out.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.profile import TokenizerConfig
from heal_pipeline.ragged import lists


def token_ranges(
    documents: pa.RecordBatch | pa.Table, row: np.ndarray, sentence: np.ndarray, config: TokenizerConfig
) -> tuple[np.ndarray, np.ndarray]:
    """Where sentences lie in the tokens of their documents. What stands before and after a document is in none of them: it
    begins and ends as before, whatever is left out.

    Args:
        documents: rows of tokenized@day with num_tokens and sentence_starts.
        row, sentence: int64[num], places in `documents` and in the row's sentences.
        config: says whether BOS and EOS were added.

    Returns:
        int64[num], int64[num]: half-open ranges.
    """
    starts, num_tokens = pc.list_flatten(documents["sentence_starts"]).to_numpy(), documents["num_tokens"].to_numpy()
    num_sentences = pc.list_value_length(documents["sentence_starts"]).to_numpy().astype(np.int64)
    place = (np.cumsum(num_sentences) - num_sentences)[row] + sentence
    is_last = sentence == num_sentences[row] - 1
    begin = starts[place] + ((sentence == 0) & config.add_bos)
    end = np.where(is_last, num_tokens[row] - config.add_eos, starts[np.minimum(place + 1, len(starts) - 1)])
    return begin.astype(np.int64), end.astype(np.int64)


@dataclass(frozen=True)
class LeftOut:
    """Sentences that are left out of documents or rows, sorted. Arrays are int64[num].

    Attributes:
        row: whose.
        sentence: its number in the text.
        begin, end: its tokens.
    """

    row: np.ndarray
    sentence: np.ndarray
    begin: np.ndarray
    end: np.ndarray

    @property
    def length(self) -> np.ndarray:
        """int64[num]: tokens."""
        return self.end - self.begin

    def of(self, row: int) -> "LeftOut":
        """Those of one row."""
        here = slice(*np.searchsorted(self.row, [row, row + 1]).tolist())
        return LeftOut(self.row[here], self.sentence[here], self.begin[here], self.end[here])

    def starts_without(self, row: int, starts: np.ndarray) -> np.ndarray:
        """The starts of a row's other sentences (int[num_sentences] of them all) in the tokens that stay."""
        own = self.of(row)
        kept = np.delete(starts, own.sentence)
        shifts = np.concatenate([[0], np.cumsum(own.length)])
        kept = kept - shifts[np.searchsorted(own.begin, kept)].astype(kept.dtype)
        kept[:1] = 0  # the first one begins with what stands before the document
        return kept

    def numbers_in_text(self, row: np.ndarray, place: np.ndarray) -> np.ndarray:
        """int64[num]: the number in the text of the sentence that has this place among the ones that stay in its row."""
        span = int(max(self.sentence.max(initial=0), place.max(initial=0))) + 2
        first = np.searchsorted(self.row, self.row)
        # A sentence that stays comes behind those left out that have no more than its place of such ones before them.
        keys = self.row * span + self.sentence - (np.arange(len(self.row)) - first)
        before = np.searchsorted(keys, row * span + place, side="right") - np.searchsorted(self.row, row)
        return place + before


def tokens_without(batch: pa.RecordBatch, row: np.ndarray, begin: np.ndarray, end: np.ndarray) -> pa.RecordBatch:
    """The columns tokens and scored of a batch without ranges of tokens.

    Args:
        row, begin, end: int64[num], sorted; ranges of a row do not overlap.
    """
    if not len(row):
        return batch.select(["tokens", "scored"])
    lengths = pc.list_value_length(batch["tokens"]).to_numpy().astype(np.int64)
    first = np.cumsum(lengths) - lengths
    depth = np.zeros(int(lengths.sum()) + 1, dtype=np.int8)
    np.add.at(depth, first[row] + begin, np.int8(1))
    np.add.at(depth, first[row] + end, np.int8(-1))
    stays = pa.array(np.cumsum(depth[:-1], dtype=np.int8) == 0)
    lengths -= np.bincount(row, end - begin, minlength=len(lengths)).astype(np.int64)
    columns = [lists(lengths, pc.list_flatten(batch[c]).filter(stays)) for c in ("tokens", "scored")]
    return pa.RecordBatch.from_arrays(columns, names=["tokens", "scored"])
