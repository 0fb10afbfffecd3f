"""The only module of the library that knows Dagster, and the one place where all is put together.

The home comes from HEAL_HOME (else ./.heal) and the profile from HEAL_PROFILE (else sample).
"""

import os
import warnings
from typing import Any

import dagster as dg

warnings.filterwarnings("ignore", category=dg.BetaWarning)
warnings.filterwarnings("ignore", category=dg.PreviewWarning)


def build(home: str, profile_name: str, resources: dict[str, Any] | None = None) -> dg.Definitions:
    """All assets, checks, jobs and schedules of a profile.

    Args:
        home: the home folder.
        profile_name: a name in configs/ or the path of a YAML file.
        resources: replaces resources by name (for tests).
    """
    import assets.checks
    import assets.compliance
    import assets.corpus
    import assets.evaluation
    import assets.models
    import assets.sources
    import assets.tokens
    import jobs.pipeline
    import jobs.schedules
    from heal_pipeline import sources
    from heal_pipeline.profile import load_profile
    from resources.pipeline import Pipeline

    profile = load_profile(profile_name)
    sources.check_entries(profile)
    stages = (assets.sources, assets.compliance, assets.corpus, assets.tokens, assets.models, assets.evaluation)
    pipeline_jobs = jobs.pipeline.build(profile)
    return dg.Definitions(
        assets=[asset for module in stages for asset in module.build(profile)],
        asset_checks=assets.checks.build(profile),
        jobs=pipeline_jobs,
        schedules=jobs.schedules.build(pipeline_jobs),
        resources={"pipeline": Pipeline(home=home, profile_name=profile_name), **(resources or {})},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    return build(os.environ.get("HEAL_HOME") or ".heal", os.environ.get("HEAL_PROFILE") or "sample")
