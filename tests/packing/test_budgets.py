"""Budgets of tokens over real shards: met to within a row, and a smaller one is the beginning of a larger one."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from token_home import TokenHome

from heal_pipeline import artifacts, phases
from heal_pipeline.phases.plan import Plan
from heal_pipeline.shards import Shard

SUBSETS = {"all": ["non_medical_public", "medical_public", "medical_proprietary"], "medical": ["medical_public"]}


@pytest.fixture
def home(lake) -> TokenHome:
    return TokenHome(lake, ablation={"subsets": SUBSETS, "tokens": 1000}).pack()


def planned(home: TokenHome, run: str, section: str, **values: int) -> tuple[list[tuple[str, int]], list[int]]:
    """The rows of a run in order, and how many tokens each holds."""
    changed = getattr(home.profile, section).model_copy(update=values)
    phases.shards(home.lake, home.profile.model_copy(update={section: changed}), run)
    path = artifacts.content(home.lake, f"cleared/phases/{run}/shards") / "plan.json"
    plan = Plan.load(path)
    rows = [row for step in range(plan.num_steps) for row in plan.rows(step)]
    sources = json.loads(path.read_text())["sources"]
    tokens = {name: Shard.open(home.lake.home / s["shard"]).row_tokens for name, s in sources.items()}
    return rows, [int(tokens[name][row]) for name, row in rows]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(small=st.integers(64, 4000), more=st.integers(0, 4000))
@pytest.mark.parametrize("subset", SUBSETS)
def test_a_smaller_budget_of_a_subset_is_the_beginning_of_a_larger_one(home, subset, small, more) -> None:
    rows, tokens = planned(home, f"ablation_{subset}", "ablation", tokens=small)
    larger, larger_tokens = planned(home, f"ablation_{subset}", "ablation", tokens=small + more)
    assert larger[: len(rows)] == rows
    for budget, found in ((small, tokens), (small + more, larger_tokens)):
        assert abs(sum(found) - budget) < 64


def test_a_phase_meets_its_budget_to_within_a_row(home) -> None:
    phases.mixture(home.lake, home.profile, "phase_1", None)
    for budget in (500, 6000, 50_000):
        _, tokens = planned(home, "phase_1", "phases", tokens_per_phase=budget)
        assert abs(sum(tokens) - budget) < 64


def test_tuning_reads_its_epochs_or_its_steps(home) -> None:
    rows, _ = planned(home, "tuning", "training", tuning_epochs=2, tuning_max_steps=1000)
    assert all(rows.count(row) == 2 for row in rows)
    fewer, _ = planned(home, "tuning", "training", tuning_epochs=2, tuning_max_steps=2)
    assert fewer == rows[: 2 * home.profile.training.rows_per_step]
