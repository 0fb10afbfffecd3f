"""The prose score: how far a crawled page reads as running text rather than as menus, listings and fragments.

A mean of ten signals with equal weights. Each is first put on one scale: how many standard deviations it lies above the mean of
crawled pages, clipped. Its sign is what its paper says of it, or what grammar does: prose has function words and sentence ends,
menus have capitals and short lines. No weight is fitted to labelled documents: where signals agree in direction, equal weights
predict about as well as fitted ones, and carry over to other data better (Dawes 1979, "The robust beauty of improper linear
models in decision making").
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

CLIP = 3.0
"""Standard deviations beyond which a signal counts no further, so that none outvotes the others."""


DECIMALS = 6


@dataclass(frozen=True)
class Standing:
    """How a signal's value becomes a standing.

    Attributes:
        sign: 1 where prose has more of it, -1 where it has less.
        mean, deviation: over crawled pages, each of the reference sets weighing the same.
        transform: applied to the value first.
    """

    sign: int
    mean: float
    deviation: float
    transform: Callable[[np.ndarray], np.ndarray] = np.asarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """float64[num]: standard deviations above the mean in the direction of prose, within ±CLIP."""
        return self.sign * np.clip((self.transform(values) - self.mean) / self.deviation, -CLIP, CLIP)


STANDINGS: dict[str, Standing] = {
    "fineweb_short_lines_v1": Standing(-1, 0.2668, 0.3350),
    "gopher_symbols_v1": Standing(-1, 0.0017, 0.0063),
    "uppercase_v1": Standing(-1, 0.0658, 0.0460),
    "title_words_v1": Standing(-1, 0.2635, 0.1940),
    "gopher_alpha_words_v1": Standing(1, 0.9688, 0.0372),
    "c4_line_ends_v1": Standing(1, 0.6295, 0.3780),
    "gopher_ellipsis_lines_v1": Standing(-1, 0.0180, 0.0942),
    "gopher_stop_words_v1": Standing(1, 6.3123, 1.7337),
    "function_words_v1": Standing(1, 0.3555, 0.1048),
    "gopher_words_v1": Standing(1, 5.7276, 1.1094, np.log1p),
}
"""What the score is made of. The numbers come from `python -m benchmarks.prose_reference`: pages of C4, of a Common Crawl dump,
of Dolma, the texts that are extracted from raw web pages, and what the extraction leaves out there. The last is in it because the
others were cleaned by their makers: by themselves they would say that every line ends a sentence."""


def prose_score(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    """float64[num_documents]: the mean standing, within ±CLIP; 0 is the average crawled page, prose lies above.

    Args:
        columns: float64[num_documents] for each signal of STANDINGS at least.
    """
    total = sum(standing.of(columns[name]) for name, standing in STANDINGS.items())
    # One after the other, since numpy adds in another order by the number of documents; rounded, since the last bits of a
    # logarithm are the machine's.
    return np.round(total / len(STANDINGS), DECIMALS)
