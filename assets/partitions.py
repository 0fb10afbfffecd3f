"""The days by which the corpus is partitioned."""

import dagster as dg

from heal_pipeline.profile import Profile

SINGLE_RUN = dg.BackfillPolicy.single_run()
"""A range of days is one run with one Spark session."""


def daily(profile: Profile) -> dg.DailyPartitionsDefinition:
    """Days from the profile's first one on. The clock decides only which days can be asked for, never what is in them."""
    return dg.DailyPartitionsDefinition(start_date=profile.days[0])
