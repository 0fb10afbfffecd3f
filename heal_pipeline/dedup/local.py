"""Near-duplicates among texts in memory, by the same scheme and verification as the stages. No Spark, no lake."""

from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any

import numpy as np

from heal_pipeline.dedup.linking import pairs_to_compare
from heal_pipeline.dedup.minhash import Scheme
from heal_pipeline.dedup.verification import Evidence, evidence, similarity
from heal_pipeline.documents import content_id
from heal_pipeline.profile import DedupConfig


def duplicates(
    ids: Sequence[str], texts: Sequence[str], config: DedupConfig = DedupConfig()
) -> Iterator[dict[str, Any]]:
    """The pairs of texts whose shingles have a Jaccard similarity of at least `config.jaccard`.

    Args:
        ids: a name for each text.
        texts: as long as `ids`. A text without words is like no other.

    Yields:
        {"a", "b", "jaccard", "containment"}, in the order of the texts; a stands before b.
    """
    contents: dict[str, list[int]] = {}
    for position, text in enumerate(texts):
        contents.setdefault(content_id(text), []).append(position)
    members = list(contents.values())
    found = [evidence(texts[positions[0]], config.shingle_words) for positions in members]
    pairs: list[tuple[int, int, float, float]] = [
        (p, q, 1.0, 1.0)
        for same, positions in zip(found, members, strict=True)
        if len(same.shingles)
        for p, q in combinations(positions, 2)
    ]
    for i, j in _candidates(found, Scheme.of(config)):
        jaccard, containment = similarity(found[i].shingles, found[j].shingles)
        if jaccard >= config.jaccard:
            pairs += [(min(p, q), max(p, q), jaccard, containment) for p, q in product(members[i], members[j])]
    for first, second, jaccard, containment in sorted(pairs):
        yield {"a": ids[first], "b": ids[second], "jaccard": jaccard, "containment": containment}


def _candidates(found: list[Evidence], scheme: Scheme) -> list[list[int]]:
    """Index pairs of contents that share a band key, each once."""
    bands = [scheme.bands(scheme.signature(e.shingles)) for e in found]
    owners = np.repeat(np.arange(len(bands)), [len(b) for b in bands])
    keys = np.concatenate([*bands, np.empty(0, dtype=np.int64)])
    order = np.argsort(keys, kind="stable")
    buckets = np.split(owners[order], np.flatnonzero(np.diff(keys[order])) + 1)
    pairs = [bucket[pairs_to_compare(np.ones(len(bucket), dtype=bool))] for bucket in buckets if len(bucket) > 1]
    return np.unique(np.concatenate(pairs), axis=0).tolist() if pairs else []
