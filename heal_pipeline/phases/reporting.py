"""What people read of phases: the tables of rates and of rows by source, and the charts of losses, mixtures and tokens."""

import math
from collections.abc import Iterable
from typing import Any

from heal_pipeline.phases.decisions import Curve, Rates
from heal_pipeline.profile import Profile

ROWS_COLUMNS = ("rate", "rows", "tokens", "cursor", "num_rows", "epochs")
FIRST_COLUMNS = ("source", "rate", "reason")
LATER_COLUMNS = ("source", "rate_before", "rate", "fall", "reason")


def rates_table(decisions: list[dict[str, Any]], *, first: bool) -> list[dict[str, Any]]:
    """A row a source: what was decided of it, and why."""
    columns = FIRST_COLUMNS if first else LATER_COLUMNS
    return [{column: decision[column] for column in columns} for decision in decisions]


def rows_table(records: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """A row a source of a plan: what is drawn of it."""
    return [{"source": source, **{c: record[c] for c in ROWS_COLUMNS}} for source, record in records.items()]


def sources_note(profile: Profile, packed: Iterable[str]) -> str:
    """Which of the profile's sources have no packed rows, in words."""
    absent = [s.name for s in profile.sources if s.name not in set(packed)]
    return f"without packed rows, and left out: {', '.join(absent)}" if absent else "every source has packed rows"


def by_group(rates: Rates, groups: dict[str, str]) -> Rates:
    return {g: sum(r for s, r in rates.items() if groups[s] == g) for g in dict.fromkeys(groups.values())}


def loss_chart(curves: dict[str, Curve]) -> dict[str, Any]:
    """The validation losses of a phase as a chart; a loss that is not finite has no point."""
    points = {s: [[step, loss] for step, loss in curve if math.isfinite(loss)] for s, curve in sorted(curves.items())}
    return {
        "title": "Validation loss by source",
        "x": "step",
        "y": "nats a token",
        "series": {source: found for source, found in points.items() if found},
    }


def mixture_chart(over_phases: list[dict[str, Any]]) -> dict[str, Any]:
    """A bar a phase, its parts the groups."""
    names = list(dict.fromkeys(g for phase in over_phases for g in phase["groups"]))
    return {
        "title": "Mixture over phases",
        "x": "share of rows",
        "bars": [phase["phase"] for phase in over_phases],
        "series": {g: [phase["groups"].get(g, 0.0) for phase in over_phases] for g in names},
    }


def tokens_chart(records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """A bar a source: the tokens of its rows, in their first epoch and read again."""
    again = {s: r["tokens"] * _share_again(r) for s, r in records.items()}
    return {
        "title": "Tokens by source",
        "x": "tokens",
        "bars": list(records),
        "ends": [f"{r['epochs']:.2g} epochs" for r in records.values()],
        "series": {
            "first epoch": [r["tokens"] - again[s] for s, r in records.items()],
            "read again": list(again.values()),
        },
    }


def _share_again(record: dict[str, Any]) -> float:
    """The share of a run's rows of a source that were read before, in it or in an earlier phase."""
    first = min(max(0, record["num_rows"] - record["cursor"]), record["rows"])
    return 1 - first / record["rows"] if record["rows"] else 0.0
