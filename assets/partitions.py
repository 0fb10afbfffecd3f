"""The days by which the corpus is partitioned."""

import datetime

import dagster as dg

from heal_pipeline.profile import Profile
from heal_pipeline.sources.files import DAY_PLACEHOLDER

SINGLE_RUN = dg.BackfillPolicy.single_run()
"""A range of days is one run with one Spark session."""


def daily(profile: Profile) -> dg.DailyPartitionsDefinition:
    """Days from the profile's first one on. The clock decides only which days can be asked for, never what is in them.

    A profile without drop folders of a day is a finished corpus: its days are all that there will be.
    """
    grows = any(DAY_PLACEHOLDER in pattern for source in profile.sources for pattern in source.location)
    after_last = datetime.date.fromisoformat(profile.days[-1]) + datetime.timedelta(days=1)
    return dg.DailyPartitionsDefinition(profile.days[0], end_date=None if grows else after_last.isoformat())
