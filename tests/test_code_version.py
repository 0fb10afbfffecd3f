"""The code version of a stage changes with its modules and with no others."""

import re
import shutil
from pathlib import Path

import pytest

from heal_pipeline import code_version as subject


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the library that may be edited."""
    copy = shutil.copytree(subject.LIBRARY, tmp_path / "heal_pipeline", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(subject, "LIBRARY", copy)
    subject.code_version.cache_clear()
    return copy


@pytest.fixture(autouse=True)
def _versions_of_the_library_itself():
    yield
    subject.code_version.cache_clear()


def versions() -> dict[str, str]:
    subject.code_version.cache_clear()
    return {stage: subject.code_version(stage) for stage in subject.MODULES}


def test_every_module_is_there_and_every_version_is_16_hex_digits() -> None:
    assert all(re.fullmatch(r"[0-9a-f]{16}", version) for version in versions().values())


@pytest.mark.parametrize(
    ("module", "changed", "same"),
    [
        ("deid/policy.py", {"deidentified", "phi_tagger"}, {"filtered", "tokens"}),
        ("filtering/rules.py", {"filtered"}, {"signals"}),
        ("filtering/signals.py", {"filtered", "signals"}, {"deidentified"}),
        ("documents.py", {"raw", "filtered", "minhash_index"}, {"release", "phases"}),
    ],
)
def test_an_edit_shows_where_it_decides(library: Path, module: str, changed: set[str], same: set[str]) -> None:
    before = versions()
    with (library / module).open("a") as stream:
        stream.write("# edited\n")
    after = versions()
    assert {s for s in before if before[s] != after[s]} >= changed
    assert all(before[s] == after[s] for s in same)
