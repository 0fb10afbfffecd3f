"""Units of reading: where files are looked for, days, data sets of the Hugging Face library."""

import json
from pathlib import Path

import pytest
from source_files import entry, texts

from heal_pipeline.errors import SourceError
from heal_pipeline.profile import Profile
from heal_pipeline.sources.units import read, units


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    own = entry("csv", location=["nowhere/*.csv"])
    profile = Profile(name="p", days=["2026-01-01"], data=str(tmp_path), sources=[own])
    with pytest.raises(SourceError, match=r"no file of source is in .*nowhere/\*\.csv"):
        units(profile, own, "2026-01-01")


def test_drop_folders_of_days(tmp_path: Path) -> None:
    (tmp_path / "2026-01-02").mkdir()
    (tmp_path / "2026-01-02" / "a.csv").write_text("text\nx\n")
    (tmp_path / "all.csv").write_text("text\nx\n")
    dated, dayless = entry("csv", location=["{day}/*.csv"]), entry("csv", location=["all.csv"])
    profile = Profile(name="p", days=["2026-01-01", "2026-01-02"], data=str(tmp_path), sources=[dated])
    assert [len(units(profile, dated, d)) for d in profile.days] == [0, 1]
    assert [len(units(profile, dayless, d)) for d in profile.days] == [1, 0]


def test_local_files_through_the_hugging_face_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    for part in range(2):
        rows = [{"q": f"Q{part}{i}", "a": f"A{part}{i}"} for i in range(3)]
        (tmp_path / f"part{part}.jsonl").write_text("\n".join(map(json.dumps, rows)))
    own = entry(
        "huggingface",
        kind="instruction",
        location=["part*.jsonl"],
        fields={"prompt": "{q}", "response": "{a}", "key": "q"},
        options={"path": "json", "first": 2},
    )
    profile = Profile(name="p", days=["2026-01-01"], data=str(tmp_path), sources=[own])
    parts = units(profile, own, "2026-01-01")
    assert len(parts) == 2
    assert len({read(u, own)[0] for u in parts}) == 2
    assert sorted(t for u in parts for t in texts(list(read(u, own)[1]))) == ["A00", "A01", "A10", "A11"]
