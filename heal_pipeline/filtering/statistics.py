"""Statistics of a source's day, as statistics/<source>@day: how its documents are spread over chosen signals, in numbers alone;
and the drift between two such days. Drift is shown and warned of: nothing that is committed depends on another day.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
import pyarrow as pa

from heal_pipeline.code_version import code_version
from heal_pipeline.lake import Lake, Manifest, Table
from heal_pipeline.profile import SourceEntry

COUNTED = ("chars_v1", "gopher_words_v1")
"""Signals that count. The other watched ones are shares."""

WATCHED = (
    *COUNTED,
    "english_v1",
    "c4_line_ends_v1",
    "fineweb_short_lines_v1",
    "subtitle_lines_v1",
    "gopher_duplicate_lines_v1",
    "gopher_duplicate_5gram_v1",
    "gopher_alpha_words_v1",
    "digits_v1",
    "uppercase_v1",
    "mojibake_v1",
    "medical_words_v1",
    "boilerplate_v1",
)
"""What changes where a publisher changes its export, a crawl its pages, or a reader its text."""

COUNT_EDGES = tuple(2 ** (k / 2) for k in range(41))
_NEAR_NOTHING = (0.001, 0.002, 0.005, 0.01, 0.02)
SHARE_EDGES = (*_NEAR_NOTHING, *(k / 20 for k in range(1, 20)), 0.98, 0.99, 0.995, 0.999)
"""A bin holds the values from one edge up to the next, the first all below and the last all above."""

SCHEME = "statistics/v1"
"""Of the bins. Days of another scheme are not compared."""

STATISTICS_SCHEMA = pa.schema(
    [
        pa.field("signal", pa.string(), nullable=False),
        pa.field("documents", pa.int64(), nullable=False),
        pa.field("mean", pa.float64(), nullable=True),  # null on a day without documents
        pa.field("sd", pa.float64(), nullable=True),
        pa.field("histogram", pa.list_(pa.int64()), nullable=False),  # documents a bin
    ]
)

MIN_COMPARED_DOCUMENTS = 100
"""A day with fewer documents is neither judged nor compared with."""

MIN_GROUP_SHARE = 0.05
"""Neighbouring bins are joined until they hold this share of the documents of both days: sparse bins are noise."""

NOISE_QUANTILE = 4.265
"""Of the normal distribution, at 0.99999. Thousands of comparisons are made in a month, and the joining of bins makes chance a
little more likely than that. Of 2,000 pairs of days of 100 documents from one even distribution none is warned of, where the
plain bound of .25 warns of 777."""


def write_statistics(lake: Lake, source: str, day: str, signals: Table, columns: dict[str, np.ndarray]) -> Manifest:
    """Commits statistics/<source>@day, over all documents that came in, kept or not.

    Args:
        signals: the table that was measured, as the input.
        columns: float64[num_documents] for each signal, in the order of the identities, so that sums are the same bits.
    """
    rows = [{"signal": name, **_spread(columns[name], _edges(name))} for name in WATCHED]
    table = lake.table(f"statistics/{source}", day)
    with lake.stage(table, inputs=[signals], code_version=code_version("filtered"), scheme=SCHEME) as staged:
        staged.write(pa.Table.from_pylist(rows, schema=STATISTICS_SCHEMA))
        return staged.commit({"documents": rows[0]["documents"]})


def _edges(signal: str) -> tuple[float, ...]:
    return COUNT_EDGES if signal in COUNTED else SHARE_EDGES


def _spread(values: np.ndarray, edges: tuple[float, ...]) -> dict[str, Any]:
    bins = np.searchsorted(edges, values, side="right")
    return {
        "documents": len(values),
        "mean": float(values.mean()) if len(values) else None,
        "sd": float(values.std()) if len(values) else None,
        "histogram": np.bincount(bins, minlength=len(edges) + 1).tolist(),
    }


@dataclass(frozen=True)
class Drift:
    """How a signal of a day differs from that of an earlier day.

    Attributes:
        before, now: its means.
        psi: the population stability index.
        noise: what the index of an unchanged signal stays below.
    """

    signal: str
    before: float
    now: float
    psi: float
    noise: float

    def beyond(self, bound: float) -> bool:
        """Whether the index is above the bound, and chance does not explain it."""
        return self.psi > max(bound, self.noise)


def last_day(lake: Lake, entry: SourceEntry, day: str) -> str | None:
    """The last earlier day on which enough documents of the source came in and were committed; None where there is none."""
    for earlier in reversed(lake.days(f"statistics/{entry.name}")):
        if earlier < day and lake.table(f"filtered/{entry.name}", earlier, entry.zone).committed():
            manifest = lake.table(f"statistics/{entry.name}", earlier).manifest()
            if manifest.scheme == SCHEME and manifest.rows and manifest.metadata["documents"] >= MIN_COMPARED_DOCUMENTS:
                return earlier
    return None


def drift(lake: Lake, source: str, before: str, now: str) -> list[Drift]:
    """What drifted most comes first.

    Raises:
        GateError: one of the days has no statistics of this scheme.
    """
    earlier, later = (
        {row["signal"]: row for row in lake.table(f"statistics/{source}", day).read(scheme=SCHEME).to_pylist()}
        for day in (before, now)
    )
    found = [
        Drift(
            name, earlier[name]["mean"], later[name]["mean"], *stability(earlier[name]["histogram"], row["histogram"])
        )
        for name, row in later.items()
        if name in earlier
    ]
    return sorted(found, key=lambda d: (-d.psi, d.signal))


def stability(before: list[int], now: list[int]) -> tuple[float, float]:
    """The population stability index of two histograms over the same bins, and what it stays below by chance.

    PSI = Σ (q − p) ln(q / p) over groups of bins (Siddiqi 2006, Credit Risk Scorecards, chapter 5), with half a document
    added to each group. Of n and m documents from one distribution it is about (1/n + 1/m) times a chi-squared variable with
    one degree of freedom less than there are groups (Yurdakul and Naranjo 2020, Statistical properties of the population
    stability index); its quantile is the approximation of Wilson and Hilferty (1931).
    """
    counts = np.array(_grouped(np.array(before, dtype=float), np.array(now, dtype=float)))
    if len(counts) < 2:
        return 0.0, 0.0
    p, q = ((counts + 0.5) / (counts + 0.5).sum(axis=0)).T
    freedom = len(counts) - 1
    quantile = freedom * (1 - 2 / (9 * freedom) + NOISE_QUANTILE * sqrt(2 / (9 * freedom))) ** 3
    return float(((q - p) * np.log(q / p)).sum()), float((1 / counts.sum(axis=0)).sum() * quantile)


def _grouped(before: np.ndarray, now: np.ndarray) -> list[np.ndarray]:
    """(documents before, documents now) of each group of neighbouring bins; what is left over joins the last group."""
    groups: list[np.ndarray] = []
    current = np.zeros(2)
    totals = np.array([before.sum(), now.sum()])
    for pair in np.stack([before, now], axis=1):
        current = current + pair
        if (current / totals).mean() >= MIN_GROUP_SHARE:
            groups.append(current)
            current = np.zeros(2)
    if groups:
        groups[-1] = groups[-1] + current
    return groups
