"""Artifacts commit whole, name every file by its sha256, and are refused when a gate failed."""

import hashlib

import pytest

from heal_pipeline import artifacts
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake, Verdict


def make(lake: Lake, text: str, *, passed: bool = True, scheme: str = ""):
    with artifacts.stage(lake, "models/thing", inputs={"parent": "00"}, scheme=scheme) as staged:
        (staged.path / "sub").mkdir()
        (staged.path / "sub" / "weights.bin").write_text(text)
        staged.gate(Verdict("g", passed))
        return staged.commit({"size": len(text)})


def test_a_committed_folder_can_be_read_and_is_named_by_content(lake: Lake) -> None:
    manifest = make(lake, "one")
    assert (artifacts.content(lake, "models/thing") / "sub" / "weights.bin").read_text() == "one"
    assert manifest.files == {"sub/weights.bin": hashlib.sha256(b"one").hexdigest()}
    assert make(lake, "one").fingerprint == manifest.fingerprint
    assert make(lake, "two").fingerprint != manifest.fingerprint
    assert len(list((lake.home / "models/thing").glob("content-*"))) == 1


def test_equal_content_stays_unless_it_was_altered(lake: Lake) -> None:
    make(lake, "one")
    weights = artifacts.content(lake, "models/thing") / "sub" / "weights.bin"
    inode = weights.stat().st_ino
    make(lake, "one")
    assert weights.stat().st_ino == inode
    weights.write_text("two")
    with pytest.raises(GateError, match="does not hold what was committed"):
        artifacts.require_whole(lake, "models/thing")
    make(lake, "one")
    assert weights.read_text() == "one"
    weights.unlink()
    with pytest.raises(GateError, match="is not there any more"):
        artifacts.require_whole(lake, "models/thing")
    make(lake, "one")
    assert artifacts.require_whole(lake, "models/thing") == weights.parent.parent


def test_failed_gates_and_other_schemes_are_refused(lake: Lake) -> None:
    with pytest.raises(GateError, match="materialise it first"):
        artifacts.content(lake, "models/thing")
    make(lake, "one", scheme="v1")
    with pytest.raises(GateError, match="'v1'"):
        artifacts.content(lake, "models/thing", scheme="v2")
    with pytest.raises(GateFailedError):
        make(lake, "bad", passed=False)
    assert not artifacts.committed(lake, "models/thing")
