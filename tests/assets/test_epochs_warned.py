"""The check `epochs`: a run that reads small sources again and again says which, and goes on."""

import dagster as dg
import pytest
from token_home import TokenHome

from assets.checks import epochs_result
from heal_pipeline import phases
from heal_pipeline.profile import load_profile


@pytest.fixture
def home(lake) -> TokenHome:
    return TokenHome(lake, phases={"initial": "constant", "rates": {"tasks": 9, "web": 1}}).pack()


def planned(home: TokenHome, tokens: int) -> dict[str, float]:
    config = home.profile.phases.model_copy(update={"tokens_per_phase": tokens})
    profile = home.profile.model_copy(update={"phases": config})
    phases.mixture(home.lake, profile, "phase_1", None)
    table = phases.shards(home.lake, profile, "phase_1").tables["rows_by_source"]
    return {row["source"]: row["epochs"] for row in table}


def test_a_source_that_is_read_too_often_is_named(home: TokenHome) -> None:
    epochs = planned(home, 60_000)
    assert epochs["tasks"] > 4 > epochs["web"] > 0
    result = epochs_result(home.lake, "phase_1", 4.0)
    assert not result.passed
    assert result.severity == dg.AssetCheckSeverity.WARN
    assert result.description == f"more than 4 epochs: tasks {epochs['tasks']:.3g}"
    rows = [record.data for record in result.metadata["epochs"].records]
    assert [(row["source"], row["too often"]) for row in rows] == [("tasks", "YES"), ("web", "no")]
    assert epochs_result(home.lake, "phase_1", epochs["tasks"]).passed, "the bound is the profile's, and included"


def test_a_run_that_reads_nothing_too_often_passes_and_so_does_none(home: TokenHome) -> None:
    planned(home, 2_000)
    result = epochs_result(home.lake, "phase_1", 4.0)
    assert (result.passed, result.description) == (True, None)
    missing = epochs_result(home.lake, "ablation_medical", 4.0)
    assert missing.passed
    assert "not committed" in missing.description


def test_every_run_has_the_check_and_it_blocks_nothing(tmp_path) -> None:
    from heal_pipeline.definitions import build

    profile = load_profile("sample")
    graph = build(str(tmp_path), "sample").resolve_asset_graph()
    keys = {key.asset_key.to_user_string() for key in graph.asset_check_keys if key.name == "epochs"}
    runs = {"phase_1", "phase_2", "tuning", *(f"ablation/{s}" for s in profile.ablation.subsets)}
    assert keys == {f"{run}/shards" for run in runs}
    assert not any(graph.get(key).blocking for key in graph.asset_check_keys if key.name == "epochs")
