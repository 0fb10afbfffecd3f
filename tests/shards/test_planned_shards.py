"""What is trained on is what was planned: a shard with any other byte, or made again, is refused before a run begins."""

from pathlib import Path

import pytest
from token_home import TokenHome

from heal_pipeline import artifacts, releases
from heal_pipeline.errors import GateError
from heal_pipeline.shards import open_planned


def planned(home: TokenHome) -> str:
    name = f"cleared/shards/{releases.current(home.lake)}/web"
    return str(artifacts.content(home.lake, name).relative_to(home.lake.home))


def flip(path: Path, place: int) -> None:
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["tokens.bin", "mask.bin", "ends.bin", "spans.parquet"])
def test_a_flipped_bit_in_any_row_is_seen(lake, name: str) -> None:
    home = TokenHome(lake).pack()
    path = planned(home)
    shard = open_planned(lake, path, "phase_1")
    assert shard.num_rows > 64, "Shard.open alone reads 64 rows"
    file = shard.folder / name
    flip(file, file.stat().st_size // shard.num_rows * 2 + 1)
    with pytest.raises(GateError, match=f"{name} does not hold what was committed"):
        open_planned(lake, path, "phase_1")


def test_a_shard_that_was_made_again_is_refused(lake) -> None:
    home = TokenHome(lake).pack()
    path = planned(home)
    home.profile = home.profile.model_copy(
        update={"packing": home.profile.packing.model_copy(update={"max_length": 32})}
    )
    home.pack()
    with pytest.raises(
        GateError, match="was removed or made again since phase_1 was planned: rematerialise phase_1/shards"
    ):
        open_planned(lake, path, "phase_1")
