"""The held-out split: which units (people; documents where nobody is named) no model is trained on. Pure functions."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from heal_pipeline.seeded import ranks

if TYPE_CHECKING:
    import pyarrow as pa


def joined(units: "pa.Array", clusters: np.ndarray) -> "tuple[np.ndarray, pa.Array]":
    """The units of documents, those that share a cluster as one: near-duplicates of what is held out would give it away.

    Args:
        units: of each document, in any type that sorts.
        clusters: int32[num_documents]; -1 is no cluster.

    Returns:
        int64[num_documents], the number of each document's unit, and the name of each unit: the smallest of those that are
        one with it, over any number of shared clusters.
    """
    import pyarrow.compute as pc
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(units):
        return np.zeros(0, dtype=np.int64), units
    encoded = units.dictionary_encode()
    names, unit_of = encoded.dictionary, encoded.indices.to_numpy().astype(np.int64)
    inside = clusters >= 0
    num_nodes = len(names) + int(clusters.max()) + 1
    edges = (np.ones(int(inside.sum()), dtype=np.int8), (unit_of[inside], len(names) + clusters[inside]))
    component = connected_components(coo_array(edges, shape=(num_nodes, num_nodes)), directed=False)[1][: len(names)]
    by_name = pc.sort_indices(names).to_numpy()
    _, first, number = np.unique(component[by_name], return_index=True, return_inverse=True)
    number_of_name = np.empty(len(names), dtype=np.int64)
    number_of_name[by_name] = number
    return number_of_name[unit_of], names.take(by_name[first])


def held_out_units(
    unit_of: np.ndarray,
    names: Iterable[str],
    source_of: np.ndarray,
    num_tokens: np.ndarray,
    *,
    share: float,
    minimum: int,
    max_share: float,
    seed: int,
) -> np.ndarray:
    """bool[num_units]: units whose documents are for validation, the same for all sources that have documents of them.

    Units are taken whole, in a seeded order, as long as a source of theirs has fewer held-out documents than it needs, and
    passed over where one of their sources would give away more than it may. A source of few large units, two books say, may
    so have nothing held out: a part of a book in training would give the rest of it away.

    Args:
        unit_of, source_of, num_tokens: int64[num_documents].
        names: of the units, in the order of their numbers.
        share: of each source's documents that is held out.
        minimum: documents of each source that are held out at least, as far as the bounds allow.
        max_share: of each source's tokens that is held out at most; of its documents it is a half.
    """
    num_units, num_sources = (int(numbers.max(initial=-1)) + 1 for numbers in (unit_of, source_of))
    totals = np.bincount(source_of, minlength=num_sources)
    most = (totals // 2).tolist()
    most_tokens = (np.bincount(source_of, num_tokens, minlength=num_sources) * max_share).tolist()
    needed = np.minimum(np.maximum(np.ceil(totals * share).astype(np.int64), minimum), totals // 2).tolist()
    pairs, pair_of = np.unique(unit_of * max(1, num_sources) + source_of, return_inverse=True)
    counts = np.bincount(pair_of, minlength=len(pairs))
    tokens = np.bincount(pair_of, num_tokens, minlength=len(pairs))
    first_pair = np.searchsorted(pairs, np.arange(num_units + 1) * max(1, num_sources))
    pair_source = pairs % max(1, num_sources)

    held, held_tokens = [0] * num_sources, [0.0] * num_sources
    lacking = sum(n > 0 for n in needed)
    chosen = np.zeros(num_units, dtype=bool)
    for unit in np.argsort(ranks(names, seed, "held out"), kind="stable"):
        if not lacking:
            break
        own = slice(first_pair[unit], first_pair[unit + 1])
        parts = list(zip(*(column[own].tolist() for column in (pair_source, counts, tokens)), strict=True))
        if any(held[s] < needed[s] for s, _, _ in parts) and all(
            held[s] + n <= most[s] and held_tokens[s] + t <= most_tokens[s] for s, n, t in parts
        ):
            chosen[unit] = True
            for source, count, size in parts:
                lacking -= held[source] < needed[source] <= held[source] + count
                held[source] += count
                held_tokens[source] += size
    return chosen
