"""Budgets of tokens over real shards: met to within a row, and a smaller one is the beginning of a larger one."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from token_home import TokenHome

from heal_pipeline import artifacts, phases
from heal_pipeline.phases.plan import Plan
from heal_pipeline.profile import load_profile
from heal_pipeline.shards import Shard

SUBSETS = {
    "all": ["non_medical_public", "medical_public", "medical_proprietary"],
    "medical": ["medical_public", "medical_proprietary"],
    "public": ["non_medical_public", "medical_public"],
}


@pytest.fixture
def home(lake) -> TokenHome:
    return TokenHome(lake, ablation={"subsets": SUBSETS, "tokens": 1000}).pack()


def planned(home: TokenHome, run: str, section: str, **values: object) -> tuple[list[tuple[str, int]], list[int]]:
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
    rows, tokens = planned(home, f"ablation_{subset}", "ablation", tokens={subset: small})
    larger, larger_tokens = planned(home, f"ablation_{subset}", "ablation", tokens={subset: small + more})
    assert larger[: len(rows)] == rows
    for budget, found in ((small, tokens), (small + more, larger_tokens)):
        assert abs(sum(found) - budget) < 64


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(budget=st.integers(1000, 12_000))
@pytest.mark.parametrize("subset", ["medical", "public"])
def test_a_subset_reads_the_beginning_of_what_the_total_reads_of_its_groups(home, subset: str, budget: int) -> None:
    total, tokens = planned(home, "ablation_all", "ablation", tokens={"all": budget})
    groups = {s.name: s.group for s in home.profile.sources}
    part = [(row, n) for row, n in zip(total, tokens, strict=True) if groups[row[0]] in SUBSETS[subset]]
    rows, _ = planned(home, f"ablation_{subset}", "ablation", tokens={"all": 64, subset: sum(n for _, n in part)})
    for source in {name for name, _ in [*rows, *total] if groups[name] in SUBSETS[subset]}:
        mine = [row for name, row in rows if name == source]
        of_total = [row for name, row in total if name == source]
        shared = min(len(mine), len(of_total))
        assert mine[:shared] == of_total[:shared]
        assert abs(len(mine) - len(of_total)) <= 1
    fewer, _ = planned(home, f"ablation_{subset}", "ablation", tokens={subset: budget // 2})
    assert fewer == rows[: len(fewer)]


def test_the_papers_subsets_lie_within_its_total() -> None:
    config = load_profile("heal-13b").ablation
    assert config.tokens["all"] == 10**9
    for subset in ("medical", "public"):
        share = len(config.subsets[subset]) / len(config.subsets["all"])
        assert 0.99 < config.tokens[subset] / (share * config.tokens["all"]) <= 1


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
