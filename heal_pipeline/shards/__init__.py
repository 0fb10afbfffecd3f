"""Token rows on disk: what a shard is (layout), how it is written once (writing), read by row (reading, planned), and handed
to other programs (export). Which rows are read is not decided here."""

from heal_pipeline.shards.layout import SCHEME, SPANS, TRAINING, VALIDATION, Header, artifact_name, token_type
from heal_pipeline.shards.planned import open_planned
from heal_pipeline.shards.reading import Shard
from heal_pipeline.shards.writing import ShardWriter

__all__ = [
    "SCHEME",
    "SPANS",
    "TRAINING",
    "VALIDATION",
    "Header",
    "Shard",
    "ShardWriter",
    "artifact_name",
    "open_planned",
    "token_type",
]
