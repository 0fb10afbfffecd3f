"""The benchmark against human labels: its measures on cases that are known, and what it says without the labels."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import mannwhitneyu

from benchmarks import quality
from benchmarks.harness import AbsentInputError
from benchmarks.quality import Decisions, Gold, auc, f1_ahead, metrics, precision_recall_f1

GOOD = np.array([True, True, True, False, False])
KEPT = np.array([True, True, False, True, False])


def test_precision_recall_and_f1() -> None:
    assert precision_recall_f1(KEPT, GOOD) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert precision_recall_f1(np.ones(5, bool), GOOD) == pytest.approx((0.6, 1, 0.75))
    assert precision_recall_f1(np.zeros(5, bool), GOOD) == (0, 0, 0)


def test_auc_of_scores_and_of_keep_and_drop() -> None:
    assert auc(np.array([5.0, 4, 1, 2, 0]), GOOD) == pytest.approx(5 / 6)
    assert auc(KEPT, GOOD) == pytest.approx((2 / 3 + 1 / 2) / 2)  # recall and specificity, averaged
    assert auc(np.ones(5), GOOD) == 0.5


@given(st.lists(st.tuples(st.booleans(), st.floats(-3, 3)), min_size=2, max_size=40))
def test_auc_is_that_of_scipy(pages: list[tuple[bool, float]]) -> None:
    good, score = np.array([g for g, _ in pages]), np.array([s for _, s in pages])
    if good.all() or not good.any():
        return
    u = mannwhitneyu(score[good], score[~good]).statistic
    assert auc(score, good) == pytest.approx(u / (good.sum() * (~good).sum()))


def test_a_system_is_not_ahead_of_itself_and_a_better_one_is_ahead() -> None:
    good = np.arange(200) % 2 == 0
    worse = np.where(np.arange(200) % 7 == 0, ~good, good)
    assert f1_ahead(good, good, good) == (0, 0)
    mean, bound = f1_ahead(good, worse, good)
    assert 0 < bound < mean < 0.3
    assert mean == pytest.approx(1 - precision_recall_f1(worse, good)[2], abs=0.01)
    assert f1_ahead(worse, good, good)[1] < 0


def test_each_system_is_measured_on_all_pages_and_on_those_agreed_on() -> None:
    gold = Gold(["a"] * 5, GOOD, np.array([True, True, False, False, True]))
    ours, theirs = Decisions(KEPT, np.array([0.9, 0.8, 0.1, 0.3, 0.2])), Decisions(np.ones(5, bool))
    mine = metrics(ours, ours, gold)
    assert mine["F1, agreed pages", "share"] == [1.0]
    assert mine["AUC, all pages", "share"] == [pytest.approx(4 / 6)]
    assert not any("minus" in name for name, _ in mine)
    assert metrics(theirs, ours, gold)["F1 of ours minus its, mean", "share"][0] < 0


def test_without_the_labels_it_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAL_OPEN_DATA", str(tmp_path))
    with pytest.raises(AbsentInputError, match=r"^no dclm-quality/.* set HEAL_OPEN_DATA to the folder") as caught:
        quality.main(1, tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "reports").exists()
