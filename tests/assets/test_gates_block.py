"""A gate that fails stops what is downstream: in the same run, in a later one, and outside Dagster."""

import json
from pathlib import Path

import dagster as dg
import pytest
import yaml

from heal_pipeline.definitions import build
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake

pytestmark = [pytest.mark.spark, pytest.mark.slow]

DAY = "2026-01-05"
PAGE = (
    "The clinic opens at eight in the morning, and most of the people who come in have an appointment. "
    "A nurse takes their blood pressure and asks about the medicines that they use. "
    "The doctor then listens, examines them, and explains what could be done next."
)


@pytest.fixture
def profile_path(tmp_path: Path, spark) -> str:
    pages = tmp_path / "data" / "pages"
    pages.mkdir(parents=True)
    texts = [f"{PAGE} This is page number {i}." for i in range(12)] + ["no"] * 1
    (pages / "a.jsonl").write_text("".join(json.dumps({"text": t, "id": i}) + "\n" for i, t in enumerate(texts)))
    source = {
        "name": "pages",
        "reader": "jsonl",
        "location": ["pages/*.jsonl"],
        "fields": {"text": "text", "key": "id"},
        "group": "medical_public",
        "kind": "text",
        "licence": "CC0",
        "owner": "team:x",
    }
    path = tmp_path / "mine.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "data": str(tmp_path / "data"),
                "days": [DAY],
                "sources": [source],
                "filtering": {"max_drop_share": 0.0, "exclude_source_at": 1.0},
            }
        )
    )
    return str(path)


def materialize(home: Path, profile_path: str, *selection: str) -> dg.ExecuteInProcessResult:
    definitions = build(str(home), profile_path)
    job = dg.define_asset_job("some", selection=dg.AssetSelection.assets(*[s.split("/") for s in selection]))
    definitions = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.ephemeral() as instance:
        return definitions.resolve_job_def("some").execute_in_process(
            partition_key=DAY, instance=instance, raise_on_error=False
        )


def test_a_failed_gate_stops_what_is_downstream(tmp_path: Path, profile_path: str) -> None:
    home = tmp_path / "home"
    run = materialize(home, profile_path, "raw/pages", "filtered/pages", "minhash_index")

    checks = {e.asset_check_key.asset_key.to_user_string(): e for e in run.get_asset_check_evaluations()}
    assert checks["raw/pages"].passed
    assert not checks["filtered/pages"].passed
    assert "max_drop_share" in (checks["filtered/pages"].description or "")
    assert not run.success
    assert "minhash_index" not in {e.step_key for e in run.get_step_success_events()}
    lake = Lake(home)
    assert not lake.table("minhash_index", DAY).committed()

    with pytest.raises(GateError, match="did not pass"):
        lake.table("filtered/pages", DAY).read()

    later = materialize(home, profile_path, "minhash_index")
    assert not later.success
    assert not lake.table("minhash_index", DAY).committed()
