"""The home, the profile and the Spark session of a run, opened once and shared by all of its assets."""

import contextlib
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import BaseModel, PrivateAttr, ValidationError

from heal_pipeline import progress
from heal_pipeline.errors import HomeError
from heal_pipeline.lake import Lake, Validator
from heal_pipeline.profile import Profile, load_profile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class Pipeline(dg.ConfigurableResource):
    """What every asset needs.

    Attributes:
        home: the home folder. One run at a time holds it.
        profile_name: a name in configs/ or the path of a YAML file.
    """

    home: str
    profile_name: str
    _exit: contextlib.ExitStack = PrivateAttr(default_factory=contextlib.ExitStack)

    @cached_property
    def profile(self) -> Profile:
        return load_profile(self.profile_name)

    def lake(self, profile: Profile | None = None) -> Lake:
        """The home's tables. `profile` is the one that an asset runs with, after the launchpad's edits."""
        return Lake(Path(self.home), (profile or self.profile).hash)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        lake = self.lake()
        try:
            self._exit.enter_context(lake.lock())
        except HomeError as error:
            progress.emit("user_error", message=str(error))
            raise
        progress.become_latest()
        lake.clear_scratch()
        if context.instance is not None and context.run_id is not None:
            settle_dead_runs(context.instance, context.run_id)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        self._exit.close()

    def spark(self) -> "SparkSession":
        """The run's one Spark session, started at the first call; it ends with the process."""
        from heal_pipeline.spark import session

        return session(self.profile.spark, self.lake())

    @property
    def validate_suite(self) -> Validator:
        """Runs a Great Expectations suite of resources/suites on a frame."""
        from resources.expectations import validate

        return validate

    def with_knobs(self, **sections: dg.Config) -> Profile:
        """The profile with the values that were edited in the launchpad.

        Raises:
            dg.Failure: a value that the profile would not take either.
        """
        update = {name: _edited(name, getattr(self.profile, name), knobs) for name, knobs in sections.items()}
        return self.profile.model_copy(update=update)


def _edited(name: str, section: BaseModel, knobs: dg.Config) -> BaseModel:
    try:
        return type(section).model_validate({**section.model_dump(), **knobs.model_dump()})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in (name, *first["loc"]))
        problem = first["msg"].removeprefix("Value error, ")
        raise dg.Failure(
            description=f"{key}: {problem}; mend it in the launchpad, see docs/profiles.md for the settings",
            allow_retries=False,
        ) from None


def settle_dead_runs(instance: dg.DagsterInstance, own_run: str) -> None:
    """Ends the runs that a killed process left as begun, and frees their places in pools, where this run would wait.

    For the holder of the home's lock: no other run of the home has it, and one that is only starting would be refused it.
    """
    begun = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    for run in instance.get_runs(filters=dg.RunsFilter(statuses=begun)):
        if run.run_id == own_run:
            continue
        if run.status == dg.DagsterRunStatus.CANCELING:
            instance.report_run_canceled(run, message="Its process had ended before it was cancelled.")
        else:
            instance.report_run_failed(run, message="Its process ended without a word: it was killed.")
    storage = instance.event_log_storage
    if storage.supports_global_concurrency_limits:
        for run_id in storage.get_concurrency_run_ids() - {own_run}:
            storage.free_concurrency_slots_for_run(run_id)
