"""The paper's rule for the next mixture: where a source's validation loss stabilised, it is sampled less (HEAL, section 3).

Pure functions on numbers.
"""

from typing import Any

import numpy as np

from heal_pipeline.errors import UserError
from heal_pipeline.phases.decisions import Curve, Decision, Known, Rates
from heal_pipeline.profile import PhasesConfig


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


def stabilised(known: Known) -> list[Decision]:
    """Stabilised sources are sampled less, the others share what that frees. Where all are stabilised the mixture stays.

    Raises:
        UserError: there is no phase before.
    """
    if known.before is None:
        raise UserError("the rule stabilised goes by the phase before: set phases.initial to another rule")
    config, before = known.config, known.before
    falls = {s: second_half_fall(known.curves.get(s, [])) for s in before}
    stable = {s for s, fall in falls.items() if fall is not None and fall < config.stabilised_slope}
    rates = _lowered(before, stable, config)
    return [
        Decision(
            source=s,
            rate=rates[s],
            reason=_reason(falls[s], s in stable, len(stable) < len(before), config),
            rate_before=before[s],
            losses=[[step, loss] for step, loss in known.curves.get(s, [])],
            fall=falls[s],
            stabilised=s in stable,
        )
        for s in before
    ]


def _lowered(before: Rates, stable: set[str], config: PhasesConfig) -> Rates:
    lowered = {s: max(r * config.factor, min(r, config.floor)) if s in stable else r for s, r in before.items()}
    others = sum(r for s, r in lowered.items() if s not in stable)
    if not stable or others <= 0:
        return before
    freed = 1 - sum(lowered[s] for s in stable)
    return {s: r if s in stable else r * freed / others for s, r in lowered.items()}


def _reason(fall: float | None, stable: bool, others: bool, config: PhasesConfig) -> str:
    if fall is None:
        return "no validation loss"
    if not stable:
        return f"still falls by {config.stabilised_slope:.3g} or more"
    if not others:
        return "stable, as all are"
    return f"stable: rate × {config.factor:g}, at least {config.floor:g}"


def loss_chart(curves: dict[str, Curve]) -> dict[str, Any]:
    """The validation losses of a phase as a chart."""
    return {
        "title": "Validation loss by source",
        "x": "step",
        "y": "nats a token",
        "series": {s: [[step, loss] for step, loss in curve] for s, curve in sorted(curves.items()) if curve},
    }
