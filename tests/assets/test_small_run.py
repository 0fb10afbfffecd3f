"""From records to shards on one small profile through Dagster: what the commits say of themselves, and what the checks show."""

import json
import re
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from heal_pipeline.compliance.lineage import read_lineage
from heal_pipeline.definitions import build
from heal_pipeline.lake import Lake

pytestmark = [pytest.mark.spark, pytest.mark.slow]

DAY = "2026-01-05"
SOURCES = [
    {"name": "medical_pages", "group": "medical_public", "kind": "article", "meta": ["title", "url"]},
    {"name": "conversations", "group": "medical_proprietary", "kind": "conversation", "phi": "contains"},
]
COMMON = {"reader": "clinic", "licence": "Apache-2.0", "owner": "team:data"}
PROFILE: dict[str, Any] = {
    "synthetic": True,
    "days": [DAY],
    "clinic_documents": 80,
    "sources": [{**COMMON, **source} for source in SOURCES],
    "deid": {  # a tagger that is trained in seconds, and judged by what it can do
        "training_documents": 400,
        "training_iterations": 20,
        "canaries": 40,
        "max_canary_survival": 0.5,
        "max_contact_survival": 0.5,
        "max_number_survival": 0.5,
        "max_over_redaction": 0.5,
        "min_names_covered": 0.5,
        "min_noisy_names_covered": 0.5,
        "max_false_positives": 100.0,
    },
    "tokenizer": {"vocab_size": 600},
    "packing": {"max_length": 128},
    "phases": {"count": 1, "tokens_per_phase": 4000},
}
STEPS = ("packed", "validation_set", "phase_1/mixture", "phase_1/shards", "base_model")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, spark: object) -> tuple[Lake, dg.ExecuteInProcessResult]:
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.yaml").write_text(yaml.safe_dump(PROFILE))
    definitions = build(str(folder / "home"), str(folder / "small.yaml"))
    wanted = dg.AssetSelection.assets(*[step.split("/") for step in STEPS]).upstream()
    definitions = dg.Definitions.merge(definitions, dg.Definitions(jobs=[dg.define_asset_job("small", wanted)]))
    with dg.DagsterInstance.ephemeral() as instance:
        run = definitions.resolve_job_def("small").execute_in_process(
            partition_key=DAY, instance=instance, raise_on_error=False
        )
    failed = [(e.step_key, e.step_failure_data.error_display_string) for e in run.get_step_failure_events()]
    assert run.success, failed
    return Lake(folder / "home"), run


def test_every_manifest_names_the_code_that_made_it(home) -> None:
    lake, _ = home
    nodes = read_lineage(lake).nodes.values()
    assert len(nodes) > 20
    assert [n.label for n in nodes if not re.fullmatch(r"[0-9a-f]{16}", n.code_version)] == []


def test_shards_descend_from_tagger_and_tokenizer(home) -> None:
    lake, _ = home
    found = read_lineage(lake)
    assert {e.target for e in found.edges if e.state == "superseded"} == set()
    behind = found.ancestors("cleared/phases/phase_1/shards")
    assert {"models/phi_tagger", "models/phi_training_corpus", "models/phi_lexicon", "models/tokenizer"} <= behind
    assert f"raw/conversations@{DAY}" in behind


def gates_of(check: dg.AssetCheckEvaluation) -> set[str]:
    return {str(record.data["gate"]) for record in check.metadata["verdicts"].records}


def test_checks_of_artifacts_show_their_verdicts(home) -> None:
    _, run = home
    found = run.get_asset_check_evaluations()
    assert all(check.passed for check in found)
    checks = {e.asset_key.to_user_string(): e for e in found if e.check_name == "gates"}
    for name in ("packed", "validation_set"):
        assert "tokens_conserved" in gates_of(checks[name])
    assert "expectations:packed" in gates_of(checks["packed"])
    assert "every_document_measured" in gates_of(checks["filtered/medical_pages"])


def test_a_check_tells_of_a_shard_that_failed(home) -> None:
    from assets.checks import artifact_attempt, verdict_result

    lake, _ = home
    (name,) = [str(p.relative_to(lake.home)) for p in lake.home.glob("cleared/shards/*/medical_pages")]
    failed = lake.home / name / "failed.json"
    failed.write_text(json.dumps([{"gate": "tokens_conserved", "passed": False, "results": []}]))
    try:
        result = verdict_result([artifact_attempt(lake, name)])
    finally:
        failed.unlink()
    assert not result.passed
    assert result.description == "tokens_conserved failed"
    assert verdict_result([artifact_attempt(lake, name)]).passed
    missing = verdict_result([artifact_attempt(lake, "cleared/shards/nowhere")])
    assert (missing.passed, missing.description) == (False, "cleared/shards/nowhere was never committed")


def test_the_restricted_zone_is_the_owners(home) -> None:
    lake, _ = home
    assert Path(lake.home / "restricted").stat().st_mode & 0o777 == 0o700
