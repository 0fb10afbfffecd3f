"""Sources: readers of real formats, the synthetic clinic, and ingest into the raw tables.

Front door: `ingest` (raw/<source>@day), `gather_registration`, `require_documents`, `check`, `check_entries`,
`check_locations`. Importing it is light.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from heal_pipeline.lake import Lake, StageResult, Validator
    from heal_pipeline.profile import Profile, SourceEntry
    from heal_pipeline.sources.checking import Check

__all__ = ["check", "check_entries", "check_locations", "gather_registration", "ingest", "require_documents"]


def ingest(
    spark: "SparkSession", lake: "Lake", profile: "Profile", entry: "SourceEntry", day: str, validate: "Validator"
) -> "StageResult":
    """Reads a source's records of a day into raw/<source>@day, with its ledger and registration. See ingesting.py."""
    from heal_pipeline.sources.ingesting import ingest as run

    return run(spark, lake, profile, entry, day, validate)


def gather_registration(lake: "Lake", profile: "Profile", day: str) -> "StageResult":
    """Writes registration@day from the registration rows of all sources. See registration.py."""
    from heal_pipeline.sources.registration import gather_registration as run

    return run(lake, profile, day)


def require_documents(lake: "Lake", profile: "Profile", entry: "SourceEntry") -> None:
    """Raises SourceError where a source gave no document on any day."""
    from heal_pipeline.sources.checking import require_documents as run

    run(lake, profile, entry)


def check(profile: "Profile") -> "list[Check]":
    """What each source holds: rows, bytes, problems, licence, samples. Reads every file, without Spark."""
    from heal_pipeline.sources.checking import check as run

    return run(profile)


def check_entries(profile: "Profile") -> None:
    """Raises ProfileError where the entry of a source has a mistake. Looks at no file."""
    from heal_pipeline.sources.entries import check_entries as run

    run(profile)


def check_locations(profile: "Profile") -> None:
    """Raises ProfileError where an entry has a mistake, SourceError where its files are nowhere. Reads none of them."""
    from heal_pipeline.sources.checking import check_locations as run

    run(profile)
