"""`heal note`, `heal benchmark` and `heal score-notes`: what they print, and the one line they say when they cannot."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from heal_pipeline.cli import main
from heal_pipeline.evaluation import benchmark_file, write_note

TRANSCRIPT = "Doctor: Any fever?\nPatient: No fever, but a cough for 3 days.\n"


def heal(*arguments: str, text: str | None = None) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(arguments), input=text)
    return result.exit_code, result.output


def assert_one_line(code: int, output: str, *words: str) -> None:
    assert code == 2, output
    assert len(output.strip().splitlines()) == 1
    assert all(word in output for word in words), output


def test_note(checkpoint: Path, tmp_path: Path) -> None:
    path = tmp_path / "transcript.txt"
    path.write_text(TRANSCRIPT)
    code, output = heal("note", "--model", str(checkpoint), "--transcript", str(path), "--max-new-tokens", "8")
    assert code == 0
    assert output.strip() == write_note(checkpoint, TRANSCRIPT, "full", 8).strip()
    arguments = ["note", "--model", str(checkpoint), "--transcript", "-", "--section", "plan", "--max-new-tokens", "8"]
    code, output = heal(*arguments, text=TRANSCRIPT)
    assert (code, output.strip()) == (0, write_note(checkpoint, TRANSCRIPT, "plan", 8).strip())


def test_a_note_is_all_that_is_written(checkpoint: Path, tmp_path: Path) -> None:
    (tmp_path / "transcript.txt").write_text(TRANSCRIPT)
    arguments = ["note", "--model", str(checkpoint), "--transcript", str(tmp_path / "transcript.txt")]
    command = [sys.executable, "-m", "heal_pipeline.cli", *arguments, "--max-new-tokens", "4"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_model_of_a_home_keeps_its_name(checkpoint: Path, question_files: Path, tmp_path: Path) -> None:
    folder = tmp_path / "models" / "tuned_model" / f"content-{'0' * 64}" / "hf"
    shutil.copytree(checkpoint, folder)
    assert benchmark_file(folder, "pubmedqa", question_files / "pubmedqa.json")["model"] == "tuned_model"


def test_benchmark(checkpoint: Path, question_files: Path) -> None:
    path = question_files / "pubmedqa.json"
    code, output = heal("benchmark", "--model", str(checkpoint), "--task", "pubmedqa", "--data", str(path))
    assert code == 0
    row = json.loads(output)
    assert row == benchmark_file(checkpoint, "pubmedqa", path)
    assert (row["items"], row["majority"]) == (5, 0.6)


def test_score_notes(tmp_path: Path) -> None:
    notes, rubrics = tmp_path / "notes.jsonl", tmp_path / "rubrics.jsonl"
    notes.write_text(json.dumps({"id": "a", "text": "Cough for 5 days. He owns horses."}) + "\n")
    rubrics.write_text(json.dumps({"id": "a", "text": "symptom: cough for 3 days\nsymptom: fever"}) + "\n")
    code, output = heal("score-notes", "--notes", str(notes), "--rubrics", str(rubrics))
    assert code == 0
    row = json.loads(output)
    assert [row[k] for k in ("id", "entries", "missed", "incorrect", "irrelevant")] == ["a", 2, 1, 1, 1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["note", "--model", "CHECKPOINT", "--transcript", "/nowhere.txt"], ["/nowhere.txt"]),
        (["note", "--model", "nothing", "--transcript", "-", "--home", "/nowhere"], ["nothing", "/nowhere"]),
        (["note", "--model", "CHECKPOINT", "--transcript", "-"], ["transcript is empty"]),
        (["note", "--model", "EMPTY", "--transcript", "-"], ["tokenizer.json"]),
        (["benchmark", "--model", "CHECKPOINT", "--task", "pubmedqa", "--data", "/nowhere.json"], ["/nowhere.json"]),
        (["benchmark", "--model", "CHECKPOINT", "--task", "chess", "--data", "/nowhere.json"], ["chess", "medqa"]),
    ],
)  # fmt: skip
def test_what_cannot_be_done(checkpoint: Path, tmp_path: Path, arguments: list[str], words: list[str]) -> None:
    (tmp_path / "empty").mkdir()
    places = {"CHECKPOINT": str(checkpoint), "EMPTY": str(tmp_path / "empty")}
    text = "" if "empty" in words[0] else TRANSCRIPT
    assert_one_line(*heal(*(places.get(a, a) for a in arguments), text=text), *words)
