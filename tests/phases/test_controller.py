"""The paper's rule: less of what has stabilised, and always rates that add up to 1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.phases.controller import second_half_fall
from heal_pipeline.phases.decisions import Curve, Decision, Known, Rates
from heal_pipeline.phases.reporting import loss_chart
from heal_pipeline.phases.rules import decide
from heal_pipeline.profile import PhasesConfig
from heal_pipeline.training.run import evenly

FALLING = [(0, 8.0), (5, 6.0), (10, 5.0), (15, 4.5), (20, 4.0)]
STABLE = [(0, 8.0), (5, 5.0), (10, 4.0), (15, 3.99), (20, 3.98)]


def next_rates(before: Rates, losses: dict[str, Curve], config: PhasesConfig) -> tuple[Rates, list[Decision]]:
    known = Known(dict.fromkeys(before, "public"), dict.fromkeys(before, 10), config, before, losses)
    return decide("stabilised", known)


def test_the_fall_is_that_of_the_second_half() -> None:
    assert second_half_fall(FALLING) == pytest.approx(1 / 5.0, rel=0.01)
    assert second_half_fall(STABLE) == pytest.approx(0.02 / 4.0, rel=0.01)
    assert second_half_fall([(0, 4.0), (10, 4.0), (20, 5.0)]) == pytest.approx(-0.25)
    assert second_half_fall([]) is None
    assert second_half_fall([(0, 4.0)]) is None
    assert second_half_fall([(0, 4.0), (20, 3.0)]) is None
    assert second_half_fall([(0, 0.0), (10, 0.0), (20, 0.0)]) == 0


@given(st.integers(2, 400), st.integers(2, 12))
def test_two_evaluations_tell_a_fall_at_any_number_of_steps(num_steps: int, num_evaluations: int) -> None:
    steps = sorted(evenly(num_steps, num_evaluations))
    assert sum(step >= num_steps / 2 for step in steps) >= 2
    assert second_half_fall([(0, 9.0), *((s, 4.0) for s in steps)]) == pytest.approx(0)
    assert second_half_fall([(0, 9.0), *((s, 9.0 - s / num_steps) for s in steps)]) > 0


def test_early_evaluations_are_judged_where_the_second_half_has_one() -> None:
    """Where evaluations stand is not the controller's to decide."""
    assert second_half_fall([(0, 9.0), (9, 4.0), (20, 2.0)]) == pytest.approx(0.5)


def test_a_stabilised_source_is_sampled_less_and_the_others_share_what_it_gives_up() -> None:
    config = PhasesConfig(stabilised_slope=0.02, factor=0.5, floor=0.01)
    before = {"web": 0.6, "papers": 0.3, "notes": 0.1}
    rates, decisions = next_rates(before, {"web": STABLE, "papers": FALLING, "notes": FALLING}, config)
    assert rates == pytest.approx({"web": 0.3, "papers": 0.525, "notes": 0.175})
    web = next(d for d in decisions if d.source == "web")
    assert (web.stabilised, web.losses) == (True, [list(p) for p in STABLE])
    assert web.rate_before == pytest.approx(0.6)
    assert web.rate == pytest.approx(0.3)
    assert web.fall == pytest.approx(0.005, rel=0.01)


def test_a_rising_loss_counts_as_stabilised() -> None:
    rates, _ = next_rates({"a": 0.5, "b": 0.5}, {"a": [(0, 3.0), (10, 3.0), (20, 3.5)], "b": FALLING}, PhasesConfig())
    assert rates["a"] == pytest.approx(0.25)


def test_no_rate_falls_below_the_floor() -> None:
    config = PhasesConfig(factor=0.1, floor=0.05)
    rates, _ = next_rates({"a": 0.1, "b": 0.9}, {"a": STABLE, "b": FALLING}, config)
    assert rates["a"] == pytest.approx(0.05)
    rates, _ = next_rates({"a": 0.02, "b": 0.98}, {"a": STABLE, "b": FALLING}, config)
    assert rates["a"] == pytest.approx(0.02)


def test_where_all_are_stable_the_mixture_stays() -> None:
    before = {"a": 0.2, "b": 0.8}
    rates, decisions = next_rates(before, {"a": STABLE, "b": STABLE}, PhasesConfig(floor=0.15))
    assert rates == pytest.approx(before)
    assert all(d.stabilised for d in decisions)


def test_a_source_without_losses_is_not_judged() -> None:
    rates, decisions = next_rates({"a": 0.5, "b": 0.5}, {"a": STABLE}, PhasesConfig())
    assert rates == pytest.approx({"a": 0.25, "b": 0.75})
    assert decisions[1].fall is None
    assert "no validation loss" in decisions[1].reason


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_source_whose_loss_is_not_finite_keeps_its_rate(loss: float) -> None:
    before = {"a": 0.5, "b": 0.3, "c": 0.2}
    curves = {"a": STABLE, "b": [*FALLING[:-1], (20, loss)], "c": FALLING}
    rates, decisions = next_rates(before, curves, PhasesConfig())
    assert rates == pytest.approx({"a": 0.25, "b": 0.3, "c": 0.45})
    assert decisions[1].reason == "loss not finite: rate kept"
    assert (decisions[1].stabilised, decisions[1].fall) == (False, None)
    rates, decisions = next_rates({"a": 0.6, "b": 0.4}, curves, PhasesConfig())
    assert rates == pytest.approx({"a": 0.6, "b": 0.4})
    assert decisions[0].reason == "stable; no other source can gain"


@pytest.mark.parametrize(
    ("curve", "rate", "after", "reason"),
    [
        (STABLE, 0.5, 0.25, "stable: × 0.5"),
        (STABLE, 0.015, 0.01, "stable: down to the floor 0.01"),
        (STABLE, 0.005, 0.005, "stable: not above the floor 0.01"),
        (STABLE, 0.01, 0.01, "stable: not above the floor 0.01"),
        (STABLE, 0.02, 0.01, "stable: × 0.5"),
        ([(0, 3.0), (10, 3.0), (20, 3.5)], 0.5, 0.25, "rises: × 0.5"),
        (STABLE, 1.0, 1.0, "stable; no other source can gain"),
        (STABLE, 0.0, 0.0, "not sampled before: stays 0"),
        (FALLING, 0.5, 0.5, "still falls"),
        ([], 0.5, 0.5, "no validation loss"),
        ([(0, 8.0)], 0.5, 0.5, "0 of 2 evaluations after step 0"),
        ([(0, 8.0), (20, 4.0)], 0.5, 0.5, "1 of 2 evaluations after step 0"),
    ],
)
def test_reasons_say_what_was_done(curve: Curve, rate: float, after: float, reason: str) -> None:
    rates, decisions = next_rates({"a": rate, "b": 1 - rate}, {"a": curve, "b": FALLING}, PhasesConfig())
    assert (rates["a"], decisions[0].reason) == (pytest.approx(after), reason)
    assert decisions[0].stabilised == (reason.startswith(("stable", "rises")))


losses_of_a_phase = st.floats(0.0, 12) | st.sampled_from([float("nan"), float("inf")])
curves = st.lists(losses_of_a_phase, min_size=0, max_size=6).map(lambda ls: [(5 * i, x) for i, x in enumerate(ls)])


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.just(0.0) | st.floats(0.001, 5), curves), min_size=1, max_size=8).filter(
        lambda sources: any(rate for rate, _ in sources)
    ),
    st.floats(0.05, 1),
    st.floats(0, 0.2),
)
def test_rates_add_up_and_no_stabilised_source_gains(sources, factor: float, floor: float) -> None:
    total = sum(rate for rate, _ in sources)
    before = {f"s{i}": rate / total for i, (rate, _) in enumerate(sources)}
    losses = {f"s{i}": curve for i, (_, curve) in enumerate(sources)}
    rates, decisions = next_rates(before, losses, PhasesConfig(factor=factor, floor=floor))
    assert sum(rates.values()) == pytest.approx(1)
    for decision in decisions:
        if decision.stabilised:
            assert rates[decision.source] <= decision.rate_before + 1e-9
        elif "not finite" in decision.reason:
            assert rates[decision.source] == pytest.approx(decision.rate_before)
        else:
            assert rates[decision.source] >= decision.rate_before - 1e-9
        assert len(decision.reason) <= 35


def test_the_chart_leaves_out_what_has_no_point() -> None:
    curves = {"a": [*FALLING, (25, float("nan"))], "b": [], "c": [(0, float("inf"))]}
    assert loss_chart(curves)["series"] == {"a": [[s, x] for s, x in FALLING]}
