"""The paper's rule for the next mixture: where a source's validation loss stabilised, it is sampled less (HEAL, section 3).

Pure functions on numbers.
"""

import math

import numpy as np

from heal_pipeline.errors import UserError
from heal_pipeline.phases.decisions import Curve, Decision, Known, Rates
from heal_pipeline.profile import PhasesConfig

MIN_EVALUATIONS = 2
"""What a line takes."""


def judged(curve: Curve) -> Curve:
    """The evaluations of the second half of a phase's steps, or the last two; none at step 0, which is before any training."""
    trained = [(step, loss) for step, loss in curve if step > 0]
    half = [(step, loss) for step, loss in trained if step >= trained[-1][0] / 2]
    return half if len(half) >= MIN_EVALUATIONS else trained[-MIN_EVALUATIONS:]


def second_half_fall(curve: Curve) -> float | None:
    """The share by which a loss fell over the evaluations that are judged, by a line fitted to them.

    A line, since one evaluation is noisy. None where there are fewer than two, or one is not finite. A rise is negative.
    """
    evaluations = judged(curve)
    if len(evaluations) < MIN_EVALUATIONS or not _finite(evaluations):
        return None
    steps, losses = np.array(evaluations, dtype=np.float64).T
    slope, height = np.polyfit(steps - steps[0], losses, 1)
    # A line of losses that begins at 0 does not fall.
    return float(-slope * (steps[-1] - steps[0]) / height) if height > 0 else 0.0


def stabilised(known: Known) -> list[Decision]:
    """Stabilised sources are sampled less, and what that frees goes to the others by their rates.

    One whose loss is not finite keeps its rate; where no source is left to gain, all do.

    Raises:
        UserError: there is no phase before.
    """
    if known.before is None:
        raise UserError("the rule stabilised goes by the phase before: set phases.initial to another rule")
    config, before = known.config, known.before
    curves = {s: known.curves.get(s, []) for s in before}
    falls = {s: second_half_fall(curve) for s, curve in curves.items()}
    sampled = {s for s, rate in before.items() if rate > 0}
    stable = {s for s in sampled if (fall := falls[s]) is not None and fall < config.stabilised_slope}
    gaining = {s for s in sampled - stable if _finite(judged(curves[s]))}
    rates = _lowered(before, stable, gaining, config) if stable and gaining else before
    return [
        Decision(
            source=s,
            rate=rates[s],
            reason=_reason(curves[s], falls[s], before[s], bool(gaining), config),
            rate_before=before[s],
            losses=[[step, loss] for step, loss in curves[s]],
            fall=falls[s],
            stabilised=s in stable,
        )
        for s in before
    ]


def _lowered(before: Rates, stable: set[str], gaining: set[str], config: PhasesConfig) -> Rates:
    lowered = {s: max(r * config.factor, min(r, config.floor)) if s in stable else r for s, r in before.items()}
    left = 1 - math.fsum(r for s, r in lowered.items() if s not in gaining)
    scale = left / math.fsum(before[s] for s in gaining)
    return {s: r * scale if s in gaining else r for s, r in lowered.items()}


def _reason(curve: Curve, fall: float | None, rate: float, others_gain: bool, config: PhasesConfig) -> str:
    """What was done with a source whose rate was `rate`, in the width of a cell."""
    if rate == 0:
        return "not sampled before: stays 0"
    if not curve:
        return "no validation loss"
    if not _finite(judged(curve)):
        return "loss not finite: rate kept"
    if fall is None:
        return f"{len(judged(curve))} of {MIN_EVALUATIONS} evaluations after step 0"
    if fall >= config.stabilised_slope:
        return "still falls"
    loss = "rises" if fall <= -config.stabilised_slope else "stable"
    if not others_gain:
        return f"{loss}; no other source can gain"
    if rate * config.factor >= config.floor:
        return f"{loss}: × {config.factor:.3g}"
    return f"{loss}: {'down to' if rate > config.floor else 'not above'} the floor {config.floor:.3g}"


def _finite(curve: Curve) -> bool:
    return all(math.isfinite(loss) for _, loss in curve)
