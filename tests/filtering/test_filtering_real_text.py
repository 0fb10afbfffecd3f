"""What the built-in rules do to real text: web pages mostly stay, captions go, clinical documents are left alone."""

import gzip
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks import prose_reference, quality
from heal_pipeline import filtering
from heal_pipeline.filtering.rules import BUILT_IN_RULES, decide
from heal_pipeline.filtering.signals import measure
from heal_pipeline.profile import OPEN_DATA_VARIABLE, Profile, load_profile

pytestmark = pytest.mark.open_data


@pytest.fixture
def profile(open_data: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    monkeypatch.setenv(OPEN_DATA_VARIABLE, str(open_data))
    return load_profile("open")


def test_most_pages_of_c4_stay(open_data: Path) -> None:
    [path] = sorted((open_data / "redpajama-sample" / "c4-rp").glob("*.jsonl.gz"))[:1]
    with gzip.open(path, "rt") as stream:
        texts = [json.loads(line)["text"] for line in stream][:300]
    kept = sum(o["keep"] for o in filtering.judge(texts)) / len(texts)
    assert 0.7 < kept < 0.95


def test_people_s_judgement_is_met_better_than_by_keeping_all(open_data: Path) -> None:
    """Bounds far below what `make bench NAME=quality` measures: the test is there to see a broken score, not to fit one."""
    gold = quality.read_gold(open_data)
    ours = quality.ours(gold.texts)
    assert ours.score is not None
    assert quality.auc(ours.score, gold.good) > 0.85
    assert quality.f1_ahead(ours.kept, np.ones_like(ours.kept), gold.good)[1] > 0.05


def test_edited_text_is_prose(profile: Profile) -> None:
    for source in prose_reference.EDITED:
        texts = prose_reference.texts_of(profile, source)[:500]
        decisions = decide(BUILT_IN_RULES, measure(texts), profile.source(source).group, ["text"] * len(texts))
        assert decisions.failing["not_prose"] < 0.1 * len(texts), source


def test_what_surrounds_a_page_goes(profile: Profile) -> None:
    pages = prose_reference.raw_pages(profile)
    assert not any(outcome["keep"] for outcome in filtering.judge(pages[prose_reference.LEFT_OUT]))
    assert sum(outcome["keep"] for outcome in filtering.judge(pages[prose_reference.WHOLE])) < 0.4 * len(
        pages[prose_reference.WHOLE]
    )


def test_captions_fail_as_a_source(open_data: Path) -> None:
    from heal_pipeline.sources.readers.captions import caption_text

    with tarfile.open(open_data / "google-captions" / "captions.tar.gz") as archive:
        members = [m for m in archive.getmembers() if m.isfile()][:60]
        texts = [caption_text(archive.extractfile(m).read().decode("utf-8", "replace")) for m in members]  # type: ignore[union-attr]
    assert sum(not o["keep"] for o in filtering.judge(texts)) / len(texts) > 0.8


def test_interviews_are_kept(open_data: Path) -> None:
    with tarfile.open(open_data / "osce-interviews" / "clean_transcripts.tar.gz") as archive:
        members = [m for m in archive.getmembers() if m.isfile() and m.name.endswith(".txt")][:60]
        texts = [archive.extractfile(m).read().decode("utf-8", "replace") for m in members]  # type: ignore[union-attr]
    decisions = decide(BUILT_IN_RULES, measure(texts), "medical_proprietary", ["conversation"] * len(texts))
    assert (decisions.rule == "").all()
