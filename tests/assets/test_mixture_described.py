"""The catalog says of each mixture what sets it under the profile's rules."""

import dagster as dg
import pytest

from assets import models
from heal_pipeline.profile import PhasesConfig, load_profile


def descriptions(**settings: object) -> list[str]:
    profile = load_profile("sample").model_copy(update={"phases": PhasesConfig(**settings)})
    specs = {spec.key: spec for asset in models.build(profile) for spec in asset.specs}
    return [specs[dg.AssetKey([f"phase_{k}", "mixture"])].description for k in (1, 2)]


@pytest.mark.parametrize(
    ("settings", "first", "later"),
    [
        ({}, "equal shares of the groups", "from the validation losses of phase_1"),
        ({"initial": "proportional", "rule": "equal_groups"}, "share of all rows", "equal shares of the groups"),
        ({"initial": "temperature", "rule": "temperature", "temperature": 2}, "to the power of 1/2", "power of 1/2"),
        ({"initial": "constant", "rates": {"medical_public": 1}}, "weights in phases.rates", "validation losses"),
        ({"rule": "constant"}, "equal shares", "those of phase_1"),
        ({"initial": "own:first", "rule": "own:later"}, "by the rule own:first", "by the rule own:later"),
    ],
)
def test_the_description_tells_of_the_rule(settings: dict, first: str, later: str) -> None:
    one, two = descriptions(**settings)
    assert one.startswith("Sampling rate of each source in phase_1: ")
    assert first in one
    assert later in two
    assert ("losses" in two) == (settings.get("rule", "stabilised") == "stabilised")


def test_ablations_tell_their_budgets() -> None:
    profile = load_profile("heal-13b")
    specs = {spec.key: spec for asset in models.build(profile) for spec in asset.specs}
    medical = specs[dg.AssetKey(["ablation", "medical", "checkpoint"])]
    assert "665,000,000 tokens of: medical public, medical proprietary" in medical.description


def test_the_bound_of_a_warning_leaves_plans_in_sync_and_a_budget_does_not() -> None:
    profile = load_profile("sample")

    def versions(**sections: object) -> dict[dg.AssetKey, str | None]:
        changed = profile.model_copy(update=sections)
        return {spec.key: spec.code_version for asset in models.build(changed) for spec in asset.specs}

    before = versions()
    assert versions(phases=profile.phases.model_copy(update={"max_epochs": 9.0})) == before
    other = versions(ablation=profile.ablation.model_copy(update={"tokens": {**profile.ablation.tokens, "public": 1}}))
    assert [key.path for key in before if other[key] != before[key]] == [["ablation", "public", "shards"]]
    steps = versions(training=profile.training.model_copy(update={"rows_per_step": 4}))
    assert {tuple(k.path) for k in before if k.path[-1] == "shards"} <= {
        tuple(k.path) for k in before if steps[k] != before[k]
    }
    longer = versions(training=profile.training.model_copy(update={"tuning_max_steps": 7}))
    assert longer[dg.AssetKey(["tuning", "shards"])] != before[dg.AssetKey(["tuning", "shards"])]
