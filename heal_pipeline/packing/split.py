"""The held-out split: which units (people; documents where nobody is named) no model is trained on. Pure functions."""

import numpy as np

from heal_pipeline.seeded import ranks


def joined(units: list[str], clusters: list[str]) -> list[str]:
    """The units of documents, those that share a cluster as one: near-duplicates of what is held out would give it away.

    Args:
        units, clusters: of each document; a cluster of "" is that document's alone.

    Returns:
        for each document the smallest of the units that are one with its own, over any number of shared clusters.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not units:
        return []
    names, unit_of = np.unique(np.asarray(units), return_inverse=True)
    alike, cluster_of = np.unique(np.asarray(clusters), return_inverse=True)
    inside = np.asarray(clusters) != ""
    num_nodes = len(names) + len(alike)
    edges = (np.ones(inside.sum(), dtype=np.int8), (unit_of[inside], len(names) + cluster_of[inside]))
    component = connected_components(coo_array(edges, shape=(num_nodes, num_nodes)), directed=False)[1][: len(names)]
    _, smallest, place = np.unique(component, return_index=True, return_inverse=True)  # names are sorted
    return names[smallest][place][unit_of].tolist()


def held_out_units(units: list[str], sources: list[str], *, share: float, minimum: int, seed: int) -> set[str]:
    """Units whose documents are for validation, the same for all sources that have documents of them.

    Units are taken in a seeded order as long as a source of theirs has fewer held-out documents than it needs, and none
    would give away more than half of its documents.

    Args:
        units, sources: of each document.
        share: of each source's documents that is held out.
        minimum: documents of each source that are held out at least, up to half of them.
    """
    if not units:
        return set()
    names, unit_of = np.unique(np.asarray(units), return_inverse=True)
    source_names, source_of = np.unique(np.asarray(sources), return_inverse=True)
    num_sources = len(source_names)
    totals = np.bincount(source_of, minlength=num_sources)
    most = (totals // 2).tolist()
    needed = np.minimum(np.maximum(np.ceil(totals * share).astype(np.int64), minimum), totals // 2).tolist()
    pairs, counts = np.unique(unit_of.astype(np.int64) * num_sources + source_of, return_counts=True)
    first_pair = np.searchsorted(pairs, np.arange(len(names) + 1) * num_sources).tolist()
    pair_source, pair_count = (pairs % num_sources).tolist(), counts.tolist()

    held = [0] * num_sources
    lacking = sum(n > 0 for n in needed)
    chosen = []
    for unit in np.argsort(ranks(names.tolist(), seed, "held out"), kind="stable").tolist():
        if not lacking:
            break
        documents = [(pair_source[i], pair_count[i]) for i in range(first_pair[unit], first_pair[unit + 1])]
        wanted = any(held[s] < needed[s] for s, _ in documents)
        if wanted and all(held[s] + n <= most[s] for s, n in documents):
            chosen.append(unit)
            for source, count in documents:
                lacking -= held[source] < needed[source] <= held[source] + count
                held[source] += count
    return {str(names[i]) for i in chosen}
