"""The rules that set a phase's mixture: built-in ones by name, anybody's by `module:function`.

A rule is a function of what is known (`Known`) to a decision for each source. `phases.initial` of the profile names the
rule of the first phase and of ablations, `phases.rule` that of the later phases. The paper's own is controller.py's.
"""

import importlib
import math
from collections.abc import Callable

from heal_pipeline.errors import UserError
from heal_pipeline.phases.controller import stabilised
from heal_pipeline.phases.decisions import Decision, Known, Rates

Rule = Callable[[Known], list[Decision]]


def proportional(known: Known) -> list[Decision]:
    """Each source has its share of all rows."""
    return [Decision(s, float(n), "its share of all rows") for s, n in known.num_rows.items()]


def equal_groups(known: Known) -> list[Decision]:
    """Each group has the same share, and a source its share of its group's rows (HEAL, section 4: the paper's ablation)."""
    of_group: dict[str, int] = {}
    for source, num in known.num_rows.items():
        of_group[known.groups[source]] = of_group.get(known.groups[source], 0) + num
    return [
        Decision(s, n / of_group[known.groups[s]], "equal groups; its share by rows") for s, n in known.num_rows.items()
    ]


def temperature(known: Known) -> list[Decision]:
    """Shares go by rows ** (1 / T): 1 is proportional, a high T nearly uniform (Conneau et al. 2020, section 3.1)."""
    power = 1.0 / known.config.temperature
    return [Decision(s, n**power, f"rows to the power of 1/{1 / power:g}") for s, n in known.num_rows.items()]


def constant(known: Known) -> list[Decision]:
    """The weights of `phases.rates`: of a source, or of a group, which its sources share by their rows; else nothing. Without
    weights the rates of the phase before stay."""
    weights = known.config.rates
    if not weights:
        if known.before is None:
            raise UserError("the rule constant needs weights in the first phase: set phases.rates of the profile")
        return [Decision(s, r, "stays as it was", rate_before=r) for s, r in known.before.items()]
    free: dict[str, int] = {}
    for source, num in known.num_rows.items():
        if source not in weights:
            free[known.groups[source]] = free.get(known.groups[source], 0) + num
    decisions = []
    for source, num in known.num_rows.items():
        group = known.groups[source]
        if source in weights:
            decisions.append(Decision(source, weights[source], "its own weight in phases.rates"))
        else:
            reason = f"its share of {group}" if group in weights else "not named in phases.rates"
            decisions.append(Decision(source, weights.get(group, 0.0) * num / free[group], reason))
    return decisions


RULES: dict[str, Rule] = {
    "equal_groups": equal_groups,
    "proportional": proportional,
    "temperature": temperature,
    "constant": constant,
    "stabilised": stabilised,
}


def decide(name: str, known: Known) -> tuple[Rates, list[Decision]]:
    """What a rule decides, with a rate for every source, which add up to 1. Sources that the rule leaves out have 0.

    Args:
        name: one of RULES, or `module:function`.

    Raises:
        UserError: there is nothing to sample, no such rule, or what it decides is no mixture of these sources.
    """
    if not known.num_rows:
        raise UserError(
            "no source has packed rows, so that there is nothing to sample: see `heal status` for the sources"
        )
    decisions = _rule(name)(known)
    rates = {d.source: float(d.rate) for d in decisions}
    unknown = sorted(set(rates) - set(known.num_rows))
    if unknown or len(rates) != len(decisions):
        what = f"gives rates to {', '.join(unknown)}, of which there are no rows" if unknown else "names a source twice"
        raise UserError(f"the mixture rule {name} {what}: mend the rule")
    total = math.fsum(rates.values())
    if not all(math.isfinite(r) and r >= 0 for r in rates.values()) or total <= 0:
        raise UserError(
            f"the mixture rule {name} gives rates that are below 0 or add up to nothing: mend phases.rates or the rule"
        )
    left_out = [
        Decision(s, 0.0, "left out by the rule", rate_before=(known.before or {}).get(s))
        for s in known.num_rows
        if s not in rates
    ]
    return {s: rates.get(s, 0.0) / total for s in known.num_rows}, [*decisions, *left_out]


def _rule(name: str) -> Rule:
    if name in RULES:
        return RULES[name]
    module, _, function = name.partition(":")
    try:
        rule: Rule = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(
            f"the mixture rule {name} cannot be loaded ({type(error).__name__}): give one of {', '.join(RULES)}, or module:function"
        ) from None
    return rule
