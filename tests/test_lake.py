"""Commits are whole or not at all, gates hold for every reader, fingerprints see content and nothing else."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline import artifacts
from heal_pipeline.errors import GateError, GateFailedError, HomeError
from heal_pipeline.lake import Lake, Verdict, fingerprints
from heal_pipeline.table_fingerprint import fingerprint_parquet


def commit(
    lake: Lake, name: str, rows: list[dict], *, passed: bool = True, inputs: list | None = None, scheme: str = ""
):
    with lake.stage(lake.table(name), inputs=inputs or [], scheme=scheme) as staged:
        staged.write(pa.Table.from_pylist(rows))
        staged.gate(Verdict("a gate", passed, [{"rows": len(rows)}]))
        return staged.commit()


def test_a_committed_table_reads_back_with_its_inputs(lake: Lake) -> None:
    first = commit(lake, "first", [{"a": 1}, {"a": 2}])
    second = commit(lake, "second", [{"a": 1}], inputs=[lake.table("first")])
    assert lake.table("first").read().to_pylist() == [{"a": 1}, {"a": 2}]
    assert second.inputs == {"first": first.fingerprint}
    assert second.rows == 1


def test_what_lies_beside_equal_rows_is_that_of_the_last_commit(lake: Lake) -> None:
    def made(beside: dict[str, str]) -> tuple[int, dict[str, str]]:
        with lake.stage(lake.table("t")) as staged:
            staged.write(pa.table({"a": [1]}))
            for name, text in beside.items():
                (staged.path / name).write_text(text)
            folder = lake.table("t").path / staged.commit().data
        return folder.stat().st_ino, {p.name: p.read_text() for p in folder.iterdir() if p.suffix != ".parquet"}

    first, found = made({"keys.npy": "of the code before"})
    assert (first, found) == made({"keys.npy": "of the code before"})
    for beside in ({"keys.npy": "of this code"}, {"rows.npy": "of this code"}, {}):
        assert made(beside)[1] == beside
        assert lake.table("t").read().to_pylist() == [{"a": 1}]


def test_a_failed_gate_commits_nothing_and_refuses_every_reader(lake: Lake) -> None:
    commit(lake, "t", [{"a": 1}])
    with pytest.raises(GateFailedError, match="a gate"):
        commit(lake, "t", [{"a": 2}], passed=False)
    with pytest.raises(GateError, match="did not pass"):
        Lake(lake.home).table("t").read()
    assert [v.passed for v in lake.table("t").verdicts()] == [False]
    commit(lake, "t", [{"a": 3}])
    assert lake.table("t").read().to_pylist() == [{"a": 3}]
    assert len(list((lake.home / "cleared" / "t").glob("data-*"))) == 1


def test_an_uncommitted_table_and_another_scheme_are_refused(lake: Lake) -> None:
    with pytest.raises(GateError, match="materialise it first"):
        lake.table("nothing").read()
    commit(lake, "index", [{"a": 1}], scheme="v1")
    with pytest.raises(GateError, match=r"'v1'.*'v2'"):
        lake.table("index").files(scheme="v2")


def test_staged_files_are_gone_whatever_happens(lake: Lake) -> None:
    with pytest.raises(RuntimeError), lake.stage(lake.table("t")) as staged:
        staged.write(pa.table({"a": [1]}))
        raise RuntimeError
    assert not list(lake.scratch.iterdir())
    assert not lake.table("t").committed()


def test_killed_while_writing_leaves_the_old_table(lake: Lake) -> None:
    commit(lake, "t", [{"a": 1}])
    program = textwrap.dedent(
        f"""
        import sys, time, pathlib, pyarrow as pa
        from heal_pipeline.lake import Lake
        lake = Lake(pathlib.Path({str(lake.home)!r}))
        with lake.stage(lake.table("t")) as staged:
            staged.write(pa.table({{"a": [2]}}))
            print("staged", flush=True)
            time.sleep(60)
        """
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "staged\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert lake.table("t").read().to_pylist() == [{"a": 1}]


KILLED_IN_COMMIT = """
import os, pathlib, signal, sys
import pyarrow as pa
from heal_pipeline import artifacts, lake as lakes

home, when = lakes.Lake(pathlib.Path(sys.argv[1])), sys.argv[2]
number = 0

def die(event, arguments):
    # Every change of the committed folders is an event; the process ends before the one with the number asked for.
    global number
    if event in ("os.rename", "os.remove", "os.rmdir", "shutil.rmtree", "shutil.move") and armed:
        if number == int(when):
            os.kill(os.getpid(), signal.SIGKILL)
        number += 1

armed = False
sys.addaudithook(die)
with home.stage(home.table("t")) as staged:
    staged.write(pa.table({"a": [2, 1]}))  # in another order than what is there
    staged.content
    armed = True
    staged.commit()
    armed = False
with artifacts.stage(home, "models/thing") as folder:
    (folder.path / "weights").write_text("one")
    armed = True
    folder.commit()
    armed = False
print("done")
"""


def test_killed_anywhere_in_a_commit_of_equal_content_leaves_it_readable(lake: Lake) -> None:
    def run(when: int) -> subprocess.CompletedProcess[str]:
        program = [sys.executable, "-c", KILLED_IN_COMMIT, str(lake.home), str(when)]
        return subprocess.run(program, capture_output=True, text=True)

    with lake.stage(lake.table("t")) as staged:
        staged.write(pa.table({"a": [1, 2]}))
        staged.commit()
    assert run(10_000).stdout == "done\n"
    for when in range(30):
        ended = run(when)
        assert lake.table("t").read()["a"].to_pylist() == [1, 2]
        assert (artifacts.content(lake, "models/thing") / "weights").read_text() == "one"
        if ended.stdout:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert when >= 4, "no event was met"
    assert ended.stdout == "done\n"


def test_equal_content_stays_unless_a_file_was_altered(lake: Lake) -> None:
    def commit() -> Path:
        with lake.stage(lake.table("t")) as staged:
            staged.write(pa.table({"a": [1, 2, 3]}))
            staged.commit()
        [file] = lake.table("t").files()
        return Path(file)

    file = commit()
    written = (file.stat().st_ino, file.read_bytes())
    assert (commit().stat().st_ino, file.read_bytes()) == written
    for data in (written[1][:-9], written[1][:40] + b"x" + written[1][41:]):
        file.write_bytes(data)
        assert commit().read_bytes() == written[1]


def test_equal_rows_in_another_order_leave_what_is_there(lake: Lake) -> None:
    """An index knows rows by their number."""
    for rows in ([1, 2, 3], [3, 2, 1]):
        with lake.stage(lake.table("t")) as staged:
            staged.write(pa.table({"a": rows}))
            staged.commit()
        assert lake.table("t").read()["a"].to_pylist() == [1, 2, 3]


def test_a_truncated_file_is_the_users_to_mend(lake: Lake) -> None:
    with lake.stage(lake.table("t")) as staged:
        staged.write(pa.table({"a": [1]}))
        staged.commit()
    [file] = lake.table("t").files()
    Path(file).write_bytes(Path(file).read_bytes()[:-9])
    with pytest.raises(GateError, match=r"^t cannot be read \(ArrowInvalid\).*rematerialise it$"):
        lake.table("t").read()


def test_equal_rows_of_another_type_replace_the_old_ones(lake: Lake) -> None:
    for schema in (pa.schema([("a", pa.int32())]), pa.schema([("a", pa.int64()), ("b", pa.string())])):
        with lake.stage(lake.table("empty")) as staged:
            staged.write(schema.empty_table())
            staged.commit()
        assert lake.table("empty").read().schema == schema


def test_inputs_are_tables_and_fingerprints_by_label(lake: Lake) -> None:
    first = commit(lake, "first", [{"a": 1}])
    expected = {"first": first.fingerprint, "models/x": "00"}
    assert fingerprints([lake.table("first"), ("models/x", "00")]) == expected == fingerprints(expected)
    with pytest.raises(GateError, match="nothing"), lake.stage(lake.table("t"), inputs=[lake.table("nothing")]):
        pass


@given(
    rows=st.lists(
        st.fixed_dictionaries(
            {
                "id": st.text(max_size=5),
                "n": st.one_of(st.none(), st.integers(-(2**62), 2**62)),
                "x": st.floats(allow_nan=False),
                "words": st.lists(st.text(max_size=3), max_size=3),
                "meta": st.dictionaries(st.text(max_size=2), st.text(max_size=2), max_size=2),
            }
        ),
        min_size=1,
        max_size=8,
    ),
    seed=st.randoms(use_true_random=False),
    cut=st.integers(0, 8),
)
def test_fingerprints_see_content_alone(
    rows: list[dict], seed, cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    schema = pa.schema(
        [
            ("id", pa.string()),
            ("n", pa.int64()),
            ("x", pa.float64()),
            ("words", pa.list_(pa.string())),
            ("meta", pa.map_(pa.string(), pa.string())),
        ]
    )
    lake = Lake(tmp_path_factory.mktemp("home"))

    def fingerprint(some: list[dict], parts: int) -> str:
        with lake.stage(lake.table("t")) as staged:
            staged.write(pa.Table.from_pylist(some[:parts], schema=schema))
            staged.write(pa.Table.from_pylist(some[parts:], schema=schema))
            return fingerprint_parquet(staged.files())[1]

    shuffled = list(rows)
    seed.shuffle(shuffled)
    original = fingerprint(rows, 0)
    assert fingerprint(shuffled, cut) == original
    changed = [{**rows[0], "words": [*rows[0]["words"], "!"]}, *rows[1:]]
    assert fingerprint(changed, 0) != original


def test_one_run_at_a_time_holds_a_home(lake: Lake) -> None:
    with lake.lock(), pytest.raises(HomeError, match="in use by another run"), Lake(lake.home).lock():
        pass


def test_a_home_without_space_is_refused(lake: Lake) -> None:
    with pytest.raises(HomeError, match="MiB free"):
        lake.require_space(2**60)


def test_a_home_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    home = Lake(tmp_path / "file" / "home")
    for write in (home.make_folders, home.lock().__enter__):
        with pytest.raises(HomeError, match="cannot be written"):
            write()


def test_opening_and_reading_a_home_writes_nothing(tmp_path: Path) -> None:
    home = Lake(tmp_path / "home")
    with pytest.raises(GateError):
        home.table("t").read()
    assert home.days("t") == []
    home.require_space()
    home.clear_scratch()
    assert not home.home.exists()
    commit(home, "t", [{"a": 1}])
    assert (home.home / "restricted").stat().st_mode & 0o777 == 0o700


def test_the_identity_key_is_kept_private_and_stays(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    key = lake.identity_key()
    assert lake.identity_key() == key
    assert (lake.home / "restricted" / "identity.key").stat().st_mode & 0o777 == 0o600
    assert (lake.home / "restricted").stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("HEAL_KEY", "ab" * 32)
    assert lake.identity_key() == bytes.fromhex("ab" * 32)


@pytest.mark.parametrize("key", ["", "  ", "ab" * 31, "no hex", "0x" + "ab" * 32])
def test_a_key_that_is_short_or_none_is_refused(lake: Lake, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAL_KEY", key)
    with pytest.raises(HomeError, match=r"HEAL_KEY .*64 hex digits"):
        lake.identity_key()
    assert lake.identity_key(synthetic_seed=1), "generated records need none"
    monkeypatch.delenv("HEAL_KEY")
    lake.identity_key()
    (lake.home / "restricted" / "identity.key").write_text(key)
    with pytest.raises(HomeError, match=r"identity\.key .*64 hex digits"):
        lake.identity_key()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_file_that_is_open_to_others_is_refused(lake: Lake, mode: int) -> None:
    key = lake.identity_key()
    path = lake.home / "restricted" / "identity.key"
    path.chmod(mode)
    with pytest.raises(HomeError, match="chmod 600"):
        lake.identity_key()
    path.chmod(0o600)
    assert lake.identity_key() == key


def test_manifests_hold_what_an_auditor_needs(lake: Lake) -> None:
    commit(lake, "t", [{"a": 1}])
    manifest = json.loads((lake.home / "cleared/t/manifest.json").read_text())
    assert {"rows", "fingerprint", "inputs", "verdicts", "code_version", "profile_hash", "columns"} <= manifest.keys()
