"""Near-duplicates among texts in memory, by the same scheme and verification as the stages. No Spark, no lake."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b
from itertools import combinations, product
from typing import Any

import numpy as np

from heal_pipeline.dedup.linking import MAX_CENTRES, expand
from heal_pipeline.dedup.minhash import Scheme, Shingles, shingle
from heal_pipeline.dedup.verification import similarity
from heal_pipeline.documents import ID_BYTES
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
    found = shingle(texts, config.shingle_words)
    alike: dict[bytes, list[int]] = {}  # texts of equal shingles
    for position in np.flatnonzero(found.num).tolist():
        alike.setdefault(blake2b(found.of(position).data, digest_size=ID_BYTES).digest(), []).append(position)
    members = {positions[0]: positions for positions in alike.values()}
    pairs: list[tuple[int, int, float, float]] = [
        (p, q, 1.0, 1.0) for positions in members.values() for p, q in combinations(positions, 2)
    ]
    for i, j in _candidates(found, np.array(list(members), dtype=np.int64), Scheme.of(config)):
        jaccard, containment = similarity(found.of(i), found.of(j))
        if jaccard >= config.jaccard:
            pairs += [(min(p, q), max(p, q), jaccard, containment) for p, q in product(members[i], members[j])]
    for first, second, jaccard, containment in sorted(pairs):
        yield {"a": ids[first], "b": ids[second], "jaccard": jaccard, "containment": containment}


def _candidates(found: Shingles, texts: np.ndarray, scheme: Scheme) -> list[list[int]]:
    """Pairs of some texts, given by their places, that share a band key, each once."""
    keys = scheme.bands(scheme.signatures(found)[texts]).ravel()
    order = np.argsort(keys, kind="stable")
    owners = np.repeat(texts, scheme.num_bands)[order]
    starts = np.flatnonzero(np.diff(keys[order], prepend=keys[order[:1]] - 1))
    sizes = np.diff(starts, append=len(keys))
    place = np.arange(len(keys))
    centres = np.flatnonzero(place - np.repeat(starts, sizes) < MAX_CENTRES)
    ends = np.repeat(starts + sizes, sizes)[centres]
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for a, b in expand(centres, centres + 1, ends):
        pairs.append(np.unique(np.stack([owners[a], owners[b]], axis=1), axis=0))
    return np.unique(np.concatenate(pairs), axis=0).tolist()
