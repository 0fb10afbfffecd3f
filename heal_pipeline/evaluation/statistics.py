"""Intervals and tests for scores of items: seeded bootstraps over clusters, Wilson's interval, McNemar's test.

A comparison of two models is paired: both answered the same items. Nothing here knows what an item is.
"""

import math
from collections.abc import Sequence

import numpy as np

LEVEL = 0.95
"""The share that every interval here covers."""

MAX_DRAWN = 2**24
"""Cluster numbers drawn at once: 128 MiB."""


def bootstrap(
    values: Sequence[float], samples: int, seed: int, clusters: Sequence[str] | None = None
) -> tuple[float, float]:
    """The percentile interval of a mean (Efron 1979), by drawing whole clusters with replacement.

    Args:
        values: one score an item; of a paired comparison, the differences.
        clusters: what each item belongs to (a conversation, a person); None: each item stands alone.

    Returns:
        the 2.5 % and 97.5 % quantiles; the mean twice where there are fewer than two clusters.

    Raises:
        ValueError: there are no values, or one is no finite number.
    """
    scores = np.asarray(values, dtype=np.float64)
    if not len(scores) or not np.isfinite(scores).all():
        raise ValueError("an interval needs finite values, at least one")
    names = list(clusters) if clusters is not None else [str(i) for i in range(len(scores))]
    _, member = np.unique(np.asarray(names), return_inverse=True)
    sums, counts = np.bincount(member, weights=scores), np.bincount(member)
    num_clusters = len(sums)
    if num_clusters < 2:
        return float(scores.mean()), float(scores.mean())
    rng = np.random.default_rng(seed)
    means: list[np.ndarray] = []
    chunk = max(1, MAX_DRAWN // num_clusters)
    for start in range(0, samples, chunk):
        drawn = rng.integers(num_clusters, size=(min(chunk, samples - start), num_clusters))
        means.append(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1))
    low, high = np.quantile(np.concatenate(means), [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def mean(values: Sequence[float | None]) -> float | None:
    """The mean of the values that there are; None where there are none."""
    known = [v for v in values if v is not None]
    return sum(known) / len(known) if known else None


def paired_difference(
    a: Sequence[float], b: Sequence[float], samples: int, seed: int, clusters: Sequence[str] | None = None
) -> tuple[float, float, float]:
    """The mean of a - b over the same items, and its bootstrap interval: (mean, low, high)."""
    differences = [x - y for x, y in zip(a, b, strict=True)]
    low, high = bootstrap(differences, samples, seed, clusters)
    return float(np.mean(differences)), low, high


def wilson(successes: int, total: int) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927): sensible for few items and for shares near 0 or 1.

    Raises:
        ValueError: there are no items.
    """
    if not 0 <= successes <= total or not total:
        raise ValueError(f"{successes} of {total} is no share")
    z = 1.959963984540054  # the 97.5 % quantile of the normal distribution
    share = successes / total
    centre = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    # At 0 and 1 the bound is the share itself; rounding must not push it past.
    return max(0.0, min((centre - half) / scale, share)), min(1.0, max((centre + half) / scale, share))


def mcnemar(a: Sequence[bool], b: Sequence[bool]) -> float:
    """The two-sided exact p value that two models answer the same items equally well (McNemar 1947)."""
    pairs = list(zip(a, b, strict=True))
    only_a, only_b = sum(x and not y for x, y in pairs), sum(y and not x for x, y in pairs)
    n = only_a + only_b
    tail = sum(math.comb(n, k) for k in range(min(only_a, only_b) + 1)) / 2**n
    return min(1.0, 2 * tail)


def macro_f1(answers: Sequence[int], predictions: Sequence[int], num_classes: int) -> float:
    """The unweighted mean over classes of F1; a class that is neither an answer nor predicted counts 0, as in scikit-learn."""
    pairs = list(zip(answers, predictions, strict=True))
    scores = []
    for c in range(num_classes):
        hits = sum(x == c == y for x, y in pairs)
        named = sum(x == c for x, _ in pairs) + sum(y == c for _, y in pairs)
        scores.append(2 * hits / named if named else 0.0)
    return sum(scores) / num_classes
