"""What a run leaves in Dagster's event log: each day's own data version, and one line where something cannot be done."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from assets import stage
from heal_pipeline.definitions import build
from heal_pipeline.errors import GateFailedError
from heal_pipeline.lake import StageResult
from resources.pipeline import Pipeline

DAYS = ("2026-01-05", "2026-01-06")
DAILY = dg.DailyPartitionsDefinition(start_date=DAYS[0])
SINGLE_RUN = dg.BackfillPolicy.single_run()


def run_range(definitions: dg.Definitions, instance: dg.DagsterInstance) -> dg.ExecuteInProcessResult:
    tags = {"dagster/asset_partition_range_start": DAYS[0], "dagster/asset_partition_range_end": DAYS[-1]}
    return definitions.resolve_job_def("some").execute_in_process(instance=instance, tags=tags)


def versions(instance: dg.DagsterInstance, key: str) -> dict[str, str]:
    """Day → the data version that counts."""
    found = {}
    for day in DAYS:
        wanted = dg.AssetRecordsFilter(dg.AssetKey(key), asset_partitions=[day])
        records = instance.fetch_materializations(wanted, limit=1).records
        if records:
            found[day] = records[0].asset_materialization.tags["dagster/data_version"]
    return found


@pytest.fixture
def two_assets() -> tuple[dg.Definitions, dict[str, str]]:
    """`first` says what `content` says of a day, and `second` is made from it."""
    content = {day: f"content of {day}" for day in DAYS}

    def say(day: str) -> StageResult:
        return StageResult("first", 1, 1, metadata={"fingerprint": content[day], "day": day})

    @dg.asset(partitions_def=DAILY, backfill_policy=SINGLE_RUN, code_version="1")
    def first(context: dg.AssetExecutionContext) -> stage.Days:
        yield from stage.run_days(context, say)

    @dg.asset(deps=[first], partitions_def=DAILY, backfill_policy=SINGLE_RUN, code_version="1")
    def second(context: dg.AssetExecutionContext) -> stage.Days:
        yield from stage.run_days(context, lambda day: StageResult("second", 1, 1))

    job = dg.define_asset_job("some", selection=dg.AssetSelection.all())
    only_first = dg.define_asset_job("only_first", selection=dg.AssetSelection.assets("first"))
    return dg.Definitions(assets=[first, second], jobs=[job, only_first]), content


def stale(definitions: dg.Definitions, instance: dg.DagsterInstance) -> dict[str, str]:
    """Day → what the UI says of `second`."""
    from dagster._core.definitions.data_version import CachingStaleStatusResolver
    from dagster._core.loader import LoadingContextForTest

    graph = definitions.get_repository_def().asset_graph
    resolver = CachingStaleStatusResolver(instance, graph, LoadingContextForTest(instance))
    return {day: resolver.get_status(dg.AssetKey("second"), day).value for day in DAYS}


def test_each_day_of_a_range_has_its_own_data_version(two_assets) -> None:
    definitions, content = two_assets
    with dg.DagsterInstance.ephemeral() as instance:
        assert run_range(definitions, instance).success
        assert versions(instance, "first") == content
        wanted = dg.AssetRecordsFilter(dg.AssetKey("first"), asset_partitions=[DAYS[1]])
        event = instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
        assert event.metadata["day"].value == DAYS[1]
        assert event.tags["dagster/code_version"] == "1"


def test_a_day_run_again_to_an_equal_end_makes_nothing_stale(two_assets) -> None:
    definitions, content = two_assets
    with dg.DagsterInstance.ephemeral() as instance:
        run_range(definitions, instance)
        again = definitions.resolve_job_def("only_first")
        assert again.execute_in_process(instance=instance, partition_key=DAYS[0]).success
        assert stale(definitions, instance) == {DAYS[0]: "FRESH", DAYS[1]: "FRESH"}
        content[DAYS[0]] = "another content"
        assert again.execute_in_process(instance=instance, partition_key=DAYS[0]).success
        assert stale(definitions, instance) == {DAYS[0]: "STALE", DAYS[1]: "FRESH"}


def failing() -> StageResult:
    raise GateFailedError("the gate said no")


@pytest.mark.parametrize("with_check", [False, True])
def test_a_failed_gate_never_ends_green(with_check: bool) -> None:
    @dg.asset
    def thing(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        return stage.run(context, failing)

    @dg.asset_check(asset=thing, blocking=True)
    def gates() -> dg.AssetCheckResult:
        return dg.AssetCheckResult(passed=False)

    checks: dict[str, Any] = {"asset_checks": [gates]} if with_check else {}
    job = dg.define_asset_job("some", selection=dg.AssetSelection.assets("thing"))
    definitions = dg.Definitions(assets=[thing], jobs=[job], **checks)
    with dg.DagsterInstance.ephemeral() as instance:
        run = definitions.resolve_job_def("some").execute_in_process(instance=instance, raise_on_error=False)
        assert not run.success
        assert bool(run.get_asset_materialization_events()) == with_check


@pytest.mark.parametrize(
    ("section", "knob", "value"),
    [("deid", "detector", "foo"), ("packing", "max_length", -1), ("training", "rows_per_step", 0)],
)
def test_values_of_the_launchpad_are_those_of_a_profile(
    pages_profile: Callable[..., Path], tmp_path: Path, section: str, knob: str, value: object
) -> None:
    pipeline = Pipeline(home=str(tmp_path / "home"), profile_name=str(pages_profile()))
    knobs = stage.knobs(getattr(pipeline.profile, section))
    assert pipeline.with_knobs(**{section: knobs()}).hash == pipeline.profile.hash
    with pytest.raises(dg.Failure, match=rf"^{section}\.{knob}: [^\n]*$"):
        pipeline.with_knobs(**{section: knobs(**{knob: value})})


def test_a_question_set_that_is_not_there_is_one_line(pages_profile: Callable[..., Path], tmp_path: Path) -> None:
    profile = str(pages_profile(evaluation={"benchmarks": {"medqa": ["nowhere/*.jsonl"]}}))
    definitions = build(str(tmp_path / "home"), profile)
    job = dg.define_asset_job("some", selection=dg.AssetSelection.assets("contamination"))
    definitions = dg.Definitions.merge(definitions, dg.Definitions(jobs=[job]))
    with dg.DagsterInstance.ephemeral() as instance:
        run = definitions.resolve_job_def("some").execute_in_process(
            partition_key=DAYS[0], instance=instance, raise_on_error=False
        )
    (failure,) = run.get_step_failure_events()
    assert failure.step_key == "contamination"
    description = failure.step_failure_data.user_failure_data.description
    assert "nowhere" in description
    assert "\n" not in description
