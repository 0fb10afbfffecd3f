"""The order in which survivors are chosen, and in which the first copy of a sentence is found."""

import pyarrow as pa

from heal_pipeline.profile import Profile


def in_order(documents: pa.Table, profile: Profile) -> pa.Table:
    """Documents with their source's `priority`, in the order of batch, priority and doc_id. A source that left the profile
    comes last.

    Args:
        documents: columns batch, doc_id and source at least.
    """
    priority_of = {entry.name: entry.priority for entry in profile.sources}
    last = max(priority_of.values(), default=0) + 1
    coded = documents["source"].combine_chunks().dictionary_encode()
    priority = pa.array([priority_of.get(name, last) for name in coded.dictionary.to_pylist()], pa.int64())
    documents = documents.append_column("priority", priority.take(coded.indices))
    return documents.sort_by([(name, "ascending") for name in ("batch", "priority", "doc_id")])
