"""The shards that a plan names, with every byte compared: what is trained on, measured on and handed out."""

from pathlib import Path

from heal_pipeline import artifacts
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake
from heal_pipeline.shards.layout import SCHEME
from heal_pipeline.shards.reading import Shard


def open_planned(lake: Lake, path: str, run: str) -> Shard:
    """The shard at a path below the home, as the plan of a run has it: NAME/content-FINGERPRINT.

    `Shard.open` reads a few rows; here every file is read once, so that a run says of its rows that they are those of the plan.

    Raises:
        GateError: the shard is not there any more, was made again since, or a file of it was altered: the message names it.
    """
    name = str(Path(path).parent)
    if not artifacts.committed(lake, name) or artifacts.content(lake, name, SCHEME) != lake.home / path:
        raise GateError(f"{name} was removed or made again since {run} was planned: rematerialise {run}/shards")
    return Shard.open(artifacts.require_whole(lake, name, SCHEME))
