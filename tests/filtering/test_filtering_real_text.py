"""What the built-in rules do to real text: web pages mostly stay, captions go, clinical documents are left alone."""

import gzip
import json
import tarfile
from pathlib import Path

import pytest

from heal_pipeline import filtering
from heal_pipeline.filtering.rules import BUILT_IN_RULES, decide
from heal_pipeline.filtering.signals import measure

pytestmark = pytest.mark.open_data


def test_most_pages_of_c4_stay(open_data: Path) -> None:
    [path] = sorted((open_data / "redpajama-sample" / "c4-rp").glob("*.jsonl.gz"))[:1]
    with gzip.open(path, "rt") as stream:
        texts = [json.loads(line)["text"] for line in stream][:300]
    kept = sum(o["keep"] for o in filtering.judge(texts)) / len(texts)
    assert 0.7 < kept < 0.95


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
