"""What is known before a phase's mixture is set, and what a rule decides of each source. Plain values; no rule is here."""

from dataclasses import dataclass, field

from heal_pipeline.profile import PhasesConfig

Rates = dict[str, float]
"""Source to its share of a phase's rows; adds up to 1."""
Curve = list[tuple[int, float]]
"""(step, nats a token) of a source's evaluations over a phase, in order."""


@dataclass(frozen=True)
class Known:
    """What a rule may go by.

    Attributes:
        groups: source to group.
        num_rows: source to its packed rows; at least one each. These are the sources that may be sampled.
        config: the profile's settings of phases.
        before: rates of the phase before; None where there is none.
        curves: source to its validation losses over the phase before.
    """

    groups: dict[str, str]
    num_rows: dict[str, int]
    config: PhasesConfig
    before: Rates | None = None
    curves: dict[str, Curve] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """What is done with a source, and why.

    Attributes:
        rate: its share of the next phase's rows, relative to the others'.
        losses: [step, nats a token] over the phase before, where the rule went by them.
        fall: share of the loss that went over the second half of the phase before; None where it cannot be told.
    """

    source: str
    rate: float
    reason: str
    rate_before: float | None = None
    losses: list[list[float]] = field(default_factory=list)
    fall: float | None = None
    stabilised: bool = False
