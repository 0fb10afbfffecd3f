"""Packing that was killed goes on: what is in place stays, what is whole is not written again, and the end is the same."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from token_home import TokenHome, passed

from heal_pipeline import artifacts, packing, releases
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.packing import placing, writing

SOURCES = ("notes", "papers", "tasks", "web")


@pytest.fixture
def home(lake: Lake) -> TokenHome:
    home = TokenHome(lake)
    releases.cut(lake, home.profile)
    return home


@pytest.fixture
def fingerprints(tmp_path: Path) -> dict[str, str]:
    """Of the shards of a run that nothing broke off."""
    other = TokenHome(Lake(tmp_path / "other")).pack()
    return {s: artifacts.manifest(other.lake, name(other, s)).fingerprint for s in SOURCES}


def name(home: TokenHome, source: str) -> str:
    return f"cleared/shards/{releases.current(home.lake)}/{source}"


def folder(home: TokenHome) -> Path:
    return home.lake.home / "cleared" / "shards" / releases.current(home.lake)


def pack(home: TokenHome) -> None:
    packing.pack(home.lake, home.profile, passed)


def inodes(home: TokenHome) -> dict[str, int]:
    return {str(p.relative_to(folder(home))): p.stat().st_ino for p in folder(home).rglob("*.bin")}


def kill_at(home: TokenHome, target: object, function: str, call: int) -> None:
    """Packs in a child that is killed when it calls a function for the `call`th time."""
    real: Callable = getattr(target, function)
    calls = []

    def counted(*arguments, **named):
        calls.append(1)
        if len(calls) == call:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*arguments, **named)

    child = os.fork()
    if not child:
        setattr(target, function, counted)
        pack(home)
        os._exit(0)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


def pieces_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    read: list[int] = []
    batches_of = placing.batches_of

    def counted(piece, columns):
        read.append(1)
        return batches_of(piece, columns)

    monkeypatch.setattr(placing, "batches_of", counted)
    return read


def committed(home: TokenHome, source: str) -> str:
    return artifacts.manifest(home.lake, name(home, source)).fingerprint


def test_killed_between_two_pieces_it_reads_the_second_alone(home, fingerprints, monkeypatch) -> None:
    kill_at(home, placing, "batches_of", 2)
    assert not any((folder(home) / s).exists() for s in SOURCES)
    before = inodes(home)
    assert before
    read = pieces_read(monkeypatch)
    pack(home)
    assert len(read) == 1
    assert {s: committed(home, s) for s in SOURCES} == fingerprints
    assert {p.name for p in folder(home).iterdir()} == set(SOURCES), "nothing unfinished is left"
    written = set(inodes(home).values())
    assert {i for path, i in before.items() if path.endswith("tokens.bin")} <= written, "the files went on"


def test_killed_in_the_middle_of_a_piece_it_puts_that_piece_again(home, fingerprints, monkeypatch) -> None:
    kill_at(home, writing.Target, "writer", 2 * len(SOURCES))  # after the folders were made, inside a task
    read = pieces_read(monkeypatch)
    pack(home)
    assert len(read) == 2
    assert {s: committed(home, s) for s in SOURCES} == fingerprints


def test_killed_between_two_commits_it_keeps_the_first_and_reads_nothing(home, fingerprints, monkeypatch) -> None:
    kill_at(home, writing, "_commit", 3)
    assert [(folder(home) / s).exists() for s in SOURCES] == [True, True, False, False]
    before = set(inodes(home).values())
    read = pieces_read(monkeypatch)
    pack(home)
    assert read == []
    assert set(inodes(home).values()) == before, "no file was written again"
    assert {s: committed(home, s) for s in SOURCES} == fingerprints


def test_what_is_there_and_whole_is_not_written_again_and_what_was_altered_is(home, monkeypatch) -> None:
    pack(home)
    before = inodes(home)
    pack(home)
    assert inodes(home) == before
    path = artifacts.content(home.lake, name(home, "papers")) / "tokens.bin"
    whole = path.read_bytes()
    data = bytearray(whole)
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    pack(home)
    assert path.read_bytes() == whole
    changed = {p for p, i in inodes(home).items() if before[p] != i}
    assert {p.partition("/")[0] for p in changed} == {"papers"}


def test_an_unfinished_run_of_other_settings_is_not_gone_on_with(home, monkeypatch) -> None:
    kill_at(home, placing, "batches_of", 2)
    packed = home.profile.packing.model_copy(update={"window_documents": 20})
    home.profile = home.profile.model_copy(update={"packing": packed})
    read = pieces_read(monkeypatch)
    pack(home)
    assert len(read) == 2
    assert {p.name for p in folder(home).iterdir()} == set(SOURCES)


def test_a_failed_gate_leaves_nothing_to_go_on_with_and_refuses_what_was_kept(home) -> None:
    pack(home)
    with pytest.raises(Exception, match="packed"):
        packing.pack(home.lake, home.profile, lambda suite, frame: Verdict(suite, False))
    for source in SOURCES:
        with pytest.raises(Exception, match="did not pass"):
            committed(home, source)
    pack(home)
    assert all(committed(home, source) for source in SOURCES)
