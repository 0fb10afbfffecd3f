"""The packed shards of a release that rows are drawn from, and whether they belong together."""

from dataclasses import dataclass

from heal_pipeline import artifacts, releases, vocabulary
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile
from heal_pipeline.shards import SCHEME, TRAINING, Shard, artifact_name


@dataclass(frozen=True)
class Packed:
    """A committed shard of a source."""

    artifact: str
    fingerprint: str
    path: str
    """Of its folder, below the home."""
    split: str
    """Names the settings of the held-out split."""
    shard: Shard


def packed_shards(lake: Lake, profile: Profile, purpose: str) -> dict[str, Packed]:
    """The shards of the current release that have rows, in the order of the profile's sources.

    Args:
        purpose: TRAINING or VALIDATION.

    Raises:
        UserError: there are none to train on.
        GateError: there is no release, or a shard has another tokenizer or length of rows.
    """
    release = releases.current(lake)
    tokenizer = vocabulary.read(lake).fingerprint
    found = {}
    for entry in profile.sources:
        name = artifact_name(purpose, release, entry.name)
        if not (lake.home / name).is_dir():
            continue
        manifest = artifacts.manifest(lake, name, SCHEME)
        folder = artifacts.content(lake, name)
        shard = Shard.open(folder)
        if shard.header.tokenizer != tokenizer:
            raise GateError(f"{name} holds tokens of another tokenizer than models/tokenizer: cut a new release")
        if shard.max_length != profile.packing.max_length:
            raise GateError(
                f"{name} has rows of {shard.max_length} tokens, packing.max_length is {profile.packing.max_length}: rematerialise packed and validation_set"
            )
        path = str(folder.relative_to(lake.home))
        found[entry.name] = Packed(name, manifest.fingerprint, path, manifest.metadata["split"], shard)
    if not found and purpose == TRAINING:
        raise UserError(f"the release {release} has no packed rows: materialise packed (`heal run --job release`)")
    return found


def require_one_split(packed: dict[str, Packed], validation: dict[str, Packed]) -> None:
    """Rows for training and for validation that were split by different settings would overlap."""
    if len({p.split for p in [*packed.values(), *validation.values()]}) > 1:
        raise GateError(
            "packed and validation_set were made with different settings of packing, so that documents may be in both: rematerialise both"
        )
