"""A gate that fails stops what is downstream: in the same run, in a later one, and outside Dagster."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from heal_pipeline.definitions import build
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake
from resources import expectations

pytestmark = [pytest.mark.spark, pytest.mark.slow]

DAY = "2026-01-05"


@pytest.fixture
def profile_path(pages_profile, spark) -> str:
    """Twelve good pages and one that the rules drop, where no loss at all is allowed."""
    return str(pages_profile(extra=["no"], filtering={"expected": {"drop_share": [0, 0]}, "exclude_source_at": 1.0}))


STRICT = """
expectations:
  - {type: expect_column_values_to_not_be_null, kwargs: {column: doc_id}}
  - {type: expect_column_values_to_be_between, kwargs: {column: num_chars, max_value: 20}}
"""


@pytest.fixture
def strict_raw_suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The suites of the project, but for a raw one that lets no page pass."""
    suites = shutil.copytree(expectations.SUITES, tmp_path / "suites")
    (suites / "raw.yaml").write_text(STRICT)
    monkeypatch.setattr(expectations, "SUITES", suites)
    expectations.load_suite.cache_clear()
    yield
    expectations.load_suite.cache_clear()


def materialize(home: Path, profile_path: str, *selection: str) -> dg.ExecuteInProcessResult:
    definitions = build(str(home), profile_path)
    job = dg.define_asset_job("some", selection=dg.AssetSelection.assets(*[s.split("/") for s in selection]))
    definitions = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.ephemeral() as instance:
        return definitions.resolve_job_def("some").execute_in_process(
            partition_key=DAY, instance=instance, raise_on_error=False
        )


def gates_of(run: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    found = run.get_asset_check_evaluations()
    return {e.asset_key.to_user_string(): e for e in found if e.check_name == "gates"}


def test_a_failed_gate_stops_what_is_downstream(tmp_path: Path, profile_path: str) -> None:
    home = tmp_path / "home"
    run = materialize(home, profile_path, "raw/pages", "filtered/pages", "minhash_index")

    checks = gates_of(run)
    assert checks["raw/pages"].passed
    assert not checks["filtered/pages"].passed
    assert "source_day" in (checks["filtered/pages"].description or "")
    assert not run.success
    assert "minhash_index" not in {e.step_key for e in run.get_step_success_events()}
    lake = Lake(home)
    assert not lake.table("minhash_index", DAY).committed()

    with pytest.raises(GateError, match="did not pass"):
        lake.table("filtered/pages", DAY).read()

    later = materialize(home, profile_path, "minhash_index")
    assert not later.success
    assert not lake.table("minhash_index", DAY).committed()


@pytest.mark.usefixtures("strict_raw_suite")
def test_a_suite_of_great_expectations_that_fails_stops_what_is_downstream(tmp_path: Path, profile_path: str) -> None:
    home = tmp_path / "home"
    run = materialize(home, profile_path, "raw/pages", "filtered/pages")

    (check,) = run.get_asset_check_evaluations()
    assert not check.passed
    assert check.description == "expectations:raw failed"
    records = [record.data for record in check.metadata["verdicts"].records]
    failed = [
        (r["gate"], r["column"], r["expectation"], r["bound"], r["failing"]) for r in records if r["passed"] == "NO"
    ]
    assert failed == [("expectations:raw", "num_chars", "lies within", "at most 20", "12")]
    assert "clinic" not in str(records), "a verdict shows text"
    assert not run.success
    assert "filtered__pages" not in {e.step_key for e in run.get_step_success_events()}
    assert not Lake(home).table("filtered/pages", DAY).committed()
