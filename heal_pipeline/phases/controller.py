"""The next mixture: from the groups of the sources for the first phase, from validation losses for the later ones.

The paper trains in phases; where the loss of a validation subset stabilises, its source is sampled less in the next phase
(HEAL, section 3). Pure functions on numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from heal_pipeline.errors import UserError
from heal_pipeline.profile import PhasesConfig

Rates = dict[str, float]
Curve = list[tuple[int, float]]
"""(step, loss) of a source's evaluations over a phase, in order."""


@dataclass(frozen=True)
class Decision:
    """What is done with a source, and why.

    Attributes:
        losses: [step, nats a token] over the phase before.
        fall: share of the loss that went over the second half of the phase; None where it cannot be told.
    """

    source: str
    losses: list[list[float]]
    fall: float | None
    stabilised: bool
    rate_before: float
    rate: float
    reason: str


def first_rates(groups: dict[str, str], num_rows: dict[str, int], initial: str) -> Rates:
    """The rates of a first phase, adding up to 1.

    Args:
        groups: source → group.
        num_rows: source → rows.
        initial: "equal_groups": each group present has the same share, and a source its share of the group's rows;
            "proportional": each source its share of all rows.

    Raises:
        UserError: there are no rows.
    """
    if sum(num_rows.values()) <= 0:
        raise UserError(
            "no source has packed rows, so that there is nothing to sample: see `heal status` for the sources"
        )
    present = {s: n for s, n in num_rows.items() if n}
    if initial == "proportional":
        total = sum(present.values())
        return {s: n / total for s, n in present.items()}
    of_group: dict[str, int] = {}
    for source, num in present.items():
        of_group[groups[source]] = of_group.get(groups[source], 0) + num
    return {s: n / of_group[groups[s]] / len(of_group) for s, n in present.items()}


def second_half_fall(curve: Curve) -> float | None:
    """The share by which a loss fell over the second half of a phase's steps, by a line fitted to its evaluations there.

    A line, since one evaluation is noisy. None where fewer than two evaluations are in that half. A rise is negative.
    """
    if not curve:
        return None
    last = curve[-1][0]
    half = [(step, loss) for step, loss in curve if step >= last / 2]
    steps, losses = np.array(half, dtype=np.float64).T
    if len(set(steps.tolist())) < 2 or not np.isfinite(losses).all():
        return None
    slope, height = np.polyfit(steps - steps[0], losses, 1)
    return float(-slope * (steps[-1] - steps[0]) / height) if height > 0 else None


def next_rates(before: Rates, curves: dict[str, Curve], config: PhasesConfig) -> tuple[Rates, list[Decision]]:
    """The rates of the next phase: stabilised sources are sampled less, the others share what that frees.

    Args:
        before: the rates of the phase before.
        curves: source → its validation losses over that phase.

    Returns:
        rates that add up to 1, and the decision on each source. Where all sources are stabilised there is none to favour.
    """
    total = sum(before.values())
    before = {s: r / total for s, r in before.items()}
    falls = {s: second_half_fall(curves.get(s, [])) for s in before}
    stabilised = {s for s, fall in falls.items() if fall is not None and fall < config.stabilised_slope}
    lowered = {s: max(r * config.factor, min(r, config.floor)) if s in stabilised else r for s, r in before.items()}
    others = sum(r for s, r in lowered.items() if s not in stabilised)
    if stabilised and others > 0:
        freed = 1 - sum(lowered[s] for s in stabilised)
        rates = {s: r if s in stabilised else r * freed / others for s, r in lowered.items()}
    else:
        rates = before
    decisions = [
        Decision(
            source=s,
            losses=[[step, loss] for step, loss in curves.get(s, [])],
            fall=falls[s],
            stabilised=s in stabilised,
            rate_before=before[s],
            rate=rates[s],
            reason=_reason(falls[s], s in stabilised, others > 0, config),
        )
        for s in before
    ]
    return rates, decisions


def _reason(fall: float | None, stabilised: bool, others: bool, config: PhasesConfig) -> str:
    if fall is None:
        return "no validation loss to judge by: its share of what stabilised sources give up"
    if not stabilised:
        return f"the loss still falls by at least {config.stabilised_slope:g} of itself"
    if not others:
        return "the loss is stable, as that of every source: the mixture stays"
    return f"the loss is stable: rate × {config.factor:g}, not below {config.floor:g}"


def loss_chart(curves: dict[str, Curve]) -> dict[str, Any]:
    """The validation losses of a phase as a chart."""
    return {
        "title": "Validation loss by source",
        "x": "step",
        "y": "nats a token",
        "series": {s: [[step, loss] for step, loss in curve] for s, curve in sorted(curves.items()) if curve},
    }
