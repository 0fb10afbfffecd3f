"""Which matches of a day tell of a leak, and which are phrases that a source uses anyway."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.decontamination.runs import ItemRuns
from heal_pipeline.profile import DecontaminationConfig

MATCH_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("content_id", pa.string()),
        pa.field("item", pa.int32()),  # its number in `ItemRuns`
        pa.field("runs", pa.list_(pa.int64())),  # distinct; the bits of uint64
        pa.field("start_word", pa.int32()),
        pa.field("end_word", pa.int32()),
    ]
)
"""A document and an item of which it holds runs."""


def telling(found: pa.Table, wanted: ItemRuns, config: DecontaminationConfig) -> np.ndarray:
    """bool[num_matches]: whether a match holds a run that its source does not use anyway, or so much of the item that it is no phrase.

    A run is a source's phrase where more than `common_texts` different texts of it hold the run on that day (Brown et al. 2020,
    appendix C, leave out 13-grams of more than ten documents). However common its runs are, a text that holds `copied_share` of an
    item's runs is a copy: an item that leaked many times does not hide itself.

    Args:
        found: in MATCH_SCHEMA.
    """
    if not found.num_rows:
        return np.zeros(0, dtype=bool)
    lengths = pc.list_value_length(found["runs"]).to_numpy()
    parent = np.repeat(np.arange(found.num_rows), lengths)
    run = pc.list_flatten(found["runs"]).to_numpy()
    sources = found["source"].combine_chunks().dictionary_encode().indices.to_numpy()[parent]
    contents = found["content_id"].combine_chunks().dictionary_encode().indices.to_numpy()[parent]
    texts, place = np.unique(np.stack([sources, run, contents]), axis=1, return_inverse=True)
    _, phrase, num_texts = np.unique(texts[:2], axis=1, return_inverse=True, return_counts=True)
    is_common = num_texts[phrase.ravel()[place.ravel()]] > config.common_texts
    num_telling = np.bincount(parent[~is_common], minlength=found.num_rows)
    of_item = wanted.num_runs_of[found["item"].to_numpy()]
    return (num_telling > 0) | (lengths >= config.copied_share * of_item)
