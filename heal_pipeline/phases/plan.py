"""The rows of a step, as a pure function of the plan and the step: nothing is stored, drawn at random or counted along.

1. Draw k of a source with rate r has the time (k + 1/2) / r. A phase is the draws of all sources in the order of their
   times: after n of them each source has had its share of n to within a row (cumulative rounding).
2. A source's draws go through its rows by a seeded permutation, from the cursor at which the phase before stopped. Nothing
   repeats until every row has been read; then comes the next epoch with another permutation.

The processes of a run share out the rows of a step, so that their number changes nothing.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from heal_pipeline.errors import GateError, UserError
from heal_pipeline.ragged import ranges
from heal_pipeline.seeded import ranks
from heal_pipeline.text.words import mix

SCHEME = "plan/v1"
FEISTEL_ROUNDS = 6


@dataclass(frozen=True)
class SourceRows:
    """A source in a plan.

    Attributes:
        num_rows: of its shard.
        rate: share of the phase's rows, relative to the other rates.
        cursor: rows drawn in the phases before.
    """

    name: str
    num_rows: int
    rate: float
    cursor: int = 0


class Plan:
    """Which rows are trained on, in which order.

    Args:
        sources: what is sampled; their order decides between draws of equal time.
        num_rows: rows in all.
        rows_per_step: rows in a step; the last one may have fewer.

    Raises:
        UserError: the rates add up to nothing, one is negative, or a source with a rate has no rows.
    """

    def __init__(self, sources: list[SourceRows], *, seed: int, num_rows: int, rows_per_step: int) -> None:
        self.sources, self.seed = sources, seed
        self.num_rows, self.rows_per_step = num_rows, rows_per_step
        rates = np.array([s.rate for s in sources], dtype=np.float64)
        if not np.isfinite(rates).all() or (rates < 0).any() or rates.sum() <= 0:
            raise UserError("the sampling rates must be at least 0 and add up to more than 0: mend the mixture")
        if any(s.rate and not s.num_rows for s in sources):
            raise UserError("a source with a sampling rate has no rows: rematerialise packed and the mixture")
        self._rates = rates / rates.sum()

    @staticmethod
    def load(path: Path) -> "Plan":
        """The plan in a plan.json.

        Raises:
            GateError: it has another scheme.
        """
        values = json.loads(path.read_text())
        if values.get("scheme") != SCHEME:
            raise GateError(
                f"{path} has the scheme {values.get('scheme')!r}, this reader needs {SCHEME!r}: rematerialise the phase's shards"
            )
        sources = [SourceRows(n, s["num_rows"], s["rate"], s["cursor"]) for n, s in values["sources"].items()]
        counts: dict[str, Any] = {k: values[k] for k in ("seed", "num_rows", "rows_per_step")}
        return Plan(sources, **counts)

    @property
    def num_steps(self) -> int:
        return -(-self.num_rows // self.rows_per_step)

    def rows(self, step: int) -> list[tuple[str, int]]:
        """(source, row of its shard) of each row of a step, counted from 0; sources are mixed.

        Raises:
            IndexError: there is no such step.
        """
        if not 0 <= step < self.num_steps:
            raise IndexError(f"the plan has {self.num_steps} steps: step {step} was asked for")
        first = step * self.rows_per_step
        before, after = self.counts(first), self.counts(min(first + self.rows_per_step, self.num_rows))
        num = after - before
        source = np.repeat(np.arange(len(num)), num)
        draw = ranges(before, num)
        order = np.lexsort((source, (draw + 0.5) / self._rates[source]))
        source, draw = source[order], draw[order]
        names = [s.name for s in self.sources]
        return [(names[s], r) for s, r in zip(source.tolist(), self._shard_rows(source, draw).tolist(), strict=True)]

    def counts(self, num_draws: int) -> np.ndarray:
        """int64[num_sources]: how many of the phase's first `num_draws` draws are of each source."""
        rates = self._rates
        drawn = np.floor(rates * num_draws + 0.5).astype(np.int64)
        surplus = int(drawn.sum()) - num_draws
        with np.errstate(divide="ignore"):
            while True:
                upcoming, latest = (drawn + 0.5) / rates, (drawn - 0.5) / rates
                soonest = int(np.argmin(upcoming))
                last = len(rates) - 1 - int(np.argmax(latest[::-1]))
                if surplus < 0:
                    drawn[soonest] += 1
                    surplus += 1
                elif surplus > 0:
                    drawn[last] -= 1
                    surplus -= 1
                elif (latest[last], last) > (upcoming[soonest], soonest):
                    drawn[soonest] += 1
                    drawn[last] -= 1
                else:
                    return drawn

    def source_rows(self, source: int, num_draws: int) -> np.ndarray:
        """int64[num_draws]: the shard rows of a source's first draws in this phase."""
        return self._shard_rows(np.full(num_draws, source), np.arange(num_draws))

    def _shard_rows(self, source: np.ndarray, draw: np.ndarray) -> np.ndarray:
        sizes = self._sizes[source]
        place = self._cursors[source] + draw
        epoch = place // sizes
        keys = mix(self._keys[source] + epoch.astype(np.uint64))
        return permute(place % sizes, sizes, keys)

    @cached_property
    def _sizes(self) -> np.ndarray:
        return np.array([max(1, s.num_rows) for s in self.sources], dtype=np.int64)

    @cached_property
    def _cursors(self) -> np.ndarray:
        return np.array([s.cursor for s in self.sources], dtype=np.int64)

    @cached_property
    def _keys(self) -> np.ndarray:
        return ranks([s.name for s in self.sources], self.seed, "order of rows")


def permute(places: np.ndarray, sizes: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """int64[n]: where each place goes in the permutation of its 0 … size - 1 that its key names.

    A Feistel network permutes the numbers of an even number of bits; a result beyond the size goes through it again until
    it is inside (cycle walking; Black and Rogaway 2002).

    Args:
        places, sizes: int64[n], 0 <= place < size.
        keys: uint64[n].
    """
    half = np.maximum(1, -(-np.frexp((sizes - 1).astype(np.float64))[1] // 2)).astype(np.uint64)
    result = places.astype(np.uint64)
    limit = sizes.astype(np.uint64)
    walking = np.arange(len(result))
    while len(walking):
        result[walking] = _feistel(result[walking], half[walking], keys[walking])
        walking = walking[result[walking] >= limit[walking]]
    return result.astype(np.int64)


def _feistel(values: np.ndarray, half: np.ndarray, keys: np.ndarray) -> np.ndarray:
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = values >> half, values & mask
    for i in range(FEISTEL_ROUNDS):
        left, right = right, left ^ (mix(right + keys + np.uint64(i << 56)) & mask)
    return (left << half) | right


def rows_within(plan: Plan, row_tokens: list[np.ndarray], budget: int) -> int:
    """How many of the plan's draws come closest to a number of tokens: at least one, and off by less than a row's tokens.

    Args:
        row_tokens: int64[num_rows] of each source: tokens of its rows.
        budget: tokens.
    """
    means = np.array([t.mean() if len(t) else 0.0 for t in row_tokens])
    sampled = float((plan.counts(10**6) * means).sum() / 10**6)
    upper = int(budget / sampled * 1.05) + 2 * len(row_tokens)
    while True:
        sums = [
            np.concatenate([[0], np.cumsum(tokens[plan.source_rows(i, n)])])
            for i, (tokens, n) in enumerate(zip(row_tokens, plan.counts(upper).tolist(), strict=True))
        ]

        def total(num_draws: int, sums: list[np.ndarray] = sums) -> int:
            return sum(int(s[n]) for s, n in zip(sums, plan.counts(num_draws).tolist(), strict=True))

        if total(upper) >= budget:
            break
        upper *= 2
    low, high = 0, upper  # total(low) < budget <= total(high)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if total(middle) < budget else (low, middle)
    closest = low if budget - total(low) < total(high) - budget else high
    return max(1, closest)
