"""The benchmark of deduplication's stages: what it makes has the duplicates it says, and the stages find them."""

import json
from pathlib import Path

import pytest

from benchmarks import dedup_stage
from benchmarks.harness import measure
from heal_pipeline.dedup import duplicates


def test_the_share_of_duplicates_is_known_and_the_texts_are_a_prefix_of_more() -> None:
    texts = list(dedup_stage.texts(400, False))
    assert texts[:100] == list(dedup_stage.texts(100, False))
    copies = len(texts) - len(set(texts))
    near = {pair["b"] for pair in duplicates(list(map(str, range(len(texts)))), texts) if pair["jaccard"] < 1}
    assert 8 <= copies <= 45
    assert 20 <= len(near) <= 90
    varied = list(dedup_stage.texts(400, True))
    assert sum(a != b for a, b in zip(texts, varied, strict=True)) > 0


@pytest.mark.spark
@pytest.mark.slow
def test_a_day_and_a_night_go_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dedup_stage, "SIZES", (300,))
    monkeypatch.setattr(dedup_stage, "WARM_UP_DOCUMENTS", 20)
    monkeypatch.setattr(dedup_stage, "peer", lambda folder, num: None)
    system, _, _ = dedup_stage.systems(tmp_path)
    measured = measure(system)
    said = json.loads(measured.output.splitlines()[-1])
    assert said["documents"] == 297
    assert said["candidates"] > 10
    assert said["kept"] < said["documents"]
    assert set(said["night"]["by_stage"]) == {"minhash_index", "duplicate_pairs", "survivors"}
    assert dedup_stage.metrics(system, measured)[dedup_stage.PAIRS] == said["candidates"]
