"""Sentences that a release leaves out of its documents, as tokens of these. Which ones they are is not decided here."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.profile import TokenizerConfig


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
    starts, num_tokens = _flat(documents, "sentence_starts"), documents["num_tokens"].to_numpy()
    num_sentences = pc.list_value_length(documents["sentence_starts"]).to_numpy().astype(np.int64)
    first = np.cumsum(num_sentences) - num_sentences
    place = first[row] + sentence
    is_last = sentence == num_sentences[row] - 1
    begin = starts[place] + ((sentence == 0) & config.add_bos)
    end = np.where(is_last, num_tokens[row] - config.add_eos, starts[np.minimum(place + 1, len(starts) - 1)])
    return begin.astype(np.int64), end.astype(np.int64)


def _flat(documents: pa.RecordBatch | pa.Table, column: str) -> np.ndarray:
    return pc.list_flatten(documents[column]).to_numpy()
