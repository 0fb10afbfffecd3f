"""Filtering: signals measure documents, rules decide on the numbers, and only rules remove.

Front door: `filter_source` (filtered/<source>@day, its signals and its ledger) and `judge` (texts, without a lake).
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from heal_pipeline.lake import Lake, StageResult, Validator
    from heal_pipeline.profile import Profile, SourceEntry

__all__ = ["filter_source", "judge"]


def filter_source(
    spark: "SparkSession", lake: "Lake", profile: "Profile", entry: "SourceEntry", day: str, validate: "Validator"
) -> "StageResult":
    """Writes signals/<source>@day, filtered/<source>@day, its ledger and statistics/<source>@day from raw/<source>@day.

    A source of at least 20 documents whose share of failing ones reaches `filtering.exclude_source_at` is excluded as a whole.

    Raises:
        ProfileError: a rule names no signal, or domain rules are set for a source that hands on no `url`.
        GateError: raw/<source>@day is not committed.
        GateFailedError: rows are not conserved, the day is not as the profile expects it (the suite "source_day"), or the suite
            "filtered" does not hold.
    """
    from heal_pipeline.filtering.stage import filter_source as run

    return run(spark, lake, profile, entry, day, validate)


def judge(texts: list[str]) -> list[dict[str, Any]]:
    """One `{"keep", "rule", "signals"}` a text: whether the built-in rules would keep it as public web text, which they judge
    hardest; the first rule that would drop it, "" where it is kept; and every signal by its versioned name."""
    from heal_pipeline.filtering.stage import judge as run

    return run(texts)
