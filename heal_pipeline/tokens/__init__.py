"""Tokens: the tokenizer (`make_tokenizer`) and the tokens of a day (`tokenize_day`): ids, loss mask, sentences. Rows and shards
are not made here.

The loss mask comes from the documents' scored segments and from nothing else. What looks like a special token in a text is
encoded as the ordinary characters that it is. Importing this is light.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from heal_pipeline.lake import Lake, StageResult, Validator
    from heal_pipeline.profile import Profile

__all__ = ["make_tokenizer", "tokenize_day"]


def make_tokenizer(lake: "Lake", profile: "Profile") -> "StageResult":
    """Commits models/tokenizer. See tokenizer.py."""
    from heal_pipeline.tokens.tokenizer import make_tokenizer as run

    return run(lake, profile)


def tokenize_day(
    spark: "SparkSession", lake: "Lake", profile: "Profile", day: str, validate: "Validator"
) -> "StageResult":
    """Writes tokenized@day from the clean documents of all sources on a day. See stage.py."""
    from heal_pipeline.tokens.stage import tokenize_day as run

    return run(spark, lake, profile, day, validate)
