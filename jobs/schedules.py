"""When jobs run by themselves: the nightly refresh, which is off until an operator turns it on."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from jobs.pipeline import job_name


def build(jobs: list[UnresolvedAssetJobDefinition]) -> list[dg.ScheduleDefinition]:
    refresh = next(job for job in jobs if job.name == job_name("refresh"))
    return [dg.build_schedule_from_partitioned_job(refresh, name="nightly_refresh", hour_of_day=2, minute_of_hour=30)]  # type: ignore[list-item]
