"""Intervals and tests agree with scipy, are reproducible, and treat clusters as wholes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from heal_pipeline.evaluation import statistics as ours


def test_a_bootstrap_is_reproducible_and_holds_the_mean() -> None:
    values = np.random.default_rng(1).normal(3, 1, 60).tolist()
    low, high = ours.bootstrap(values, 2000, 7)
    assert (low, high) == ours.bootstrap(values, 2000, 7)
    assert (low, high) != ours.bootstrap(values, 2000, 8)
    assert low < np.mean(values) < high
    half = 1.96 * np.std(values) / 60**0.5
    assert [low, high] == pytest.approx([np.mean(values) - half, np.mean(values) + half], abs=half / 5)


def test_chunks_of_draws_change_nothing_but_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [float(i % 7) for i in range(40)]
    whole = ours.bootstrap(values, 500, 3)
    monkeypatch.setattr(ours, "MAX_DRAWN", 40 * 11)
    assert ours.bootstrap(values, 500, 3) == pytest.approx(whole)


def test_clusters_are_drawn_as_wholes() -> None:
    values = [0.0] * 50 + [1.0] * 50
    narrow = ours.bootstrap(values, 500, 1)
    wide = ours.bootstrap(values, 500, 1, ["a"] * 50 + ["b"] * 50)
    assert wide == (0.0, 1.0)
    assert narrow[1] - narrow[0] < 0.3
    assert ours.bootstrap(values, 500, 1, ["a"] * 100) == (0.5, 0.5)


def test_equal_models_do_not_differ() -> None:
    scores = [0.1, 0.9, 0.4]
    assert ours.paired_difference(scores, scores, 100, 1) == (0.0, 0.0, 0.0)
    mean, low, high = ours.paired_difference([s + 0.5 for s in scores], scores, 100, 1)
    assert [mean, low, high] == pytest.approx([0.5] * 3)


@pytest.mark.parametrize("values", [[], [1.0, float("nan")]])
def test_no_interval_without_numbers(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        ours.bootstrap(values, 10, 1)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(counts: tuple[int, int]) -> None:
    expected = stats.binomtest(*counts).proportion_ci(method="wilson")
    assert ours.wilson(*counts) == pytest.approx((expected.low, expected.high), abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=60))
def test_mcnemar_is_the_exact_binomial_test(pairs: list[tuple[bool, bool]]) -> None:
    a, b = [x for x, _ in pairs], [y for _, y in pairs]
    only_a, only_b = sum(x and not y for x, y in pairs), sum(y and not x for x, y in pairs)
    expected = stats.binomtest(only_a, only_a + only_b).pvalue if only_a + only_b else 1.0
    assert ours.mcnemar(a, b) == pytest.approx(expected)


def test_macro_f1_by_hand() -> None:
    # class 0: P 1/2, R 1/1; class 1: P 1/1, R 1/2; class 2 is never there
    assert ours.macro_f1([0, 1, 1], [0, 0, 1], 3) == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert ours.macro_f1([0, 1, 2], [0, 1, 2], 3) == 1.0


def test_wilson_of_nothing() -> None:
    with pytest.raises(ValueError, match="no share"):
        ours.wilson(0, 0)
