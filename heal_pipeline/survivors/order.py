"""The order in which survivors are chosen, and in which the first copy of a sentence is found."""

import numpy as np
import pyarrow as pa

from heal_pipeline.documents import halves
from heal_pipeline.profile import Profile


def in_order(documents: pa.Table, profile: Profile) -> pa.Table:
    """Documents by batch, their source's priority, and doc_id. A source that left the profile comes last.

    Args:
        documents: columns batch, doc_id and source at least.
    """
    priority_of = {entry.name: entry.priority for entry in profile.sources}
    last = max(priority_of.values(), default=0) + 1
    day, source = (documents[name].combine_chunks().dictionary_encode() for name in ("batch", "source"))
    priority = np.array([priority_of.get(name, last) for name in source.dictionary.to_pylist()], dtype=np.int64)
    days = np.argsort(np.argsort(day.dictionary.to_numpy(zero_copy_only=False)))
    ranks = np.unique(priority, return_inverse=True)[1]
    group = days[day.indices.to_numpy()] * len(ranks) + ranks[source.indices.to_numpy()]
    small = np.min_scalar_type(len(days) * len(ranks))  # of two bytes or one numpy sorts by radix
    by_id = _by_id(*halves(documents["doc_id"].combine_chunks()).T)
    return documents.take(pa.array(by_id[np.argsort(group.astype(small)[by_id], kind="stable")]))


def _by_id(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """int64[num]: the places of ids, given by their halves, in order; of equal ones the first comes first.

    Numpy sorts one array of numbers ten times as fast as it sorts by several, and few ids have a half in common.
    """
    order = np.argsort(high)
    repeated = high[order][1:] == high[order][:-1]
    tied = np.flatnonzero(np.append(repeated, False) | np.append(False, repeated))
    places = order[tied]
    order[tied] = places[np.lexsort((places, low[places], high[places]))]
    return order
