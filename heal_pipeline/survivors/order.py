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
    high, low = halves(documents["doc_id"].combine_chunks()).T  # as strings they would take thrice the time
    order = np.lexsort((low, high, priority[source.indices.to_numpy()], days[day.indices.to_numpy()]))
    return documents.take(pa.array(order))
