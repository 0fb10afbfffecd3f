"""Question sets: each publisher's form, what is missing or broken, the seeded limit, and the real files."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from heal_pipeline.errors import UserError
from heal_pipeline.evaluation_sets import TASKS, Item, absent, check_files, load_all, load_task, read_items
from heal_pipeline.profile import EvaluationConfig, Profile, SourceEntry, load_profile

PUBMEDQA = {
    "123": {"QUESTION": "Does it help?", "CONTEXTS": ["It did.", "Twice."], "final_decision": "no"},
    "77": {"QUESTION": "Is it safe?", "CONTEXTS": [], "final_decision": "maybe"},
}
MEDQA = {"question": "What now?", "options": {"B": "wait", "A": "act"}, "answer_idx": "B", "answer": "wait"}
MEDMCQA = {"id": "x-1", "question": "Which?", "opa": "one", "opb": "two", "opc": "three", "opd": "four", "cop": 4}


def profile_of(data: Path | None, **benchmarks: list[str]) -> Profile:
    source = SourceEntry(
        name="s", reader="clinic", group="medical_public", kind="note", licence="MIT", owner="team:data"
    )
    return Profile(
        name="p",
        days=["2026-01-01"],
        sources=[source],
        data=str(data) if data else None,
        evaluation=EvaluationConfig(benchmarks=benchmarks),
    )


def write(path: Path, content: str) -> Path:
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())
    return path


def lines(*records: dict[str, Any]) -> str:
    return "".join(json.dumps(r) + "\n" for r in records)


def test_pubmedqa_has_passages_and_three_options(tmp_path: Path) -> None:
    path = write(tmp_path / "q.json.gz", json.dumps(PUBMEDQA))
    decisions = ("yes", "no", "maybe")
    assert read_items("pubmedqa", path) == [
        Item("pubmedqa", "123", "Does it help?", "It did.\nTwice.", decisions, 1, ("It did.", "Twice.")),
        Item("pubmedqa", "77", "Is it safe?", "", decisions, 2, ()),
    ]


def test_questions_may_have_more_than_four_options_up_to_the_letters_that_there_are(tmp_path: Path) -> None:
    six = {"question": "What now?", "options": dict(zip("ABCDEF", "uvwxyz", strict=True)), "answer_idx": "F"}
    path = write(tmp_path / "test.jsonl", lines(six))
    assert read_items("medqa", path) == [Item("medqa", "test:0", "What now?", "", tuple("uvwxyz"), 5)]
    many = {"question": "?", "options": {chr(65 + i): str(i) for i in range(11)}, "answer_idx": "A"}
    with pytest.raises(UserError, match=r"test.jsonl.*more than 10 options"):
        read_items("medqa", write(path, lines(many)))


def test_files_are_looked_for_without_being_read(tmp_path: Path) -> None:
    write(tmp_path / "q.jsonl", "not read")
    check_files(profile_of(tmp_path, medqa=["q.jsonl"]))
    check_files(profile_of(None, medqa=["q.jsonl"]))  # without a data folder the task is reported as absent
    with pytest.raises(UserError, match=r"gone.csv of mmlu is not there"):
        check_files(profile_of(tmp_path, medqa=["q.jsonl"], mmlu=["gone.csv"]))


def test_medqa_answers_are_letters_whatever_their_order(tmp_path: Path) -> None:
    path = write(tmp_path / "test.jsonl", lines(MEDQA, MEDQA))
    assert read_items("medqa", path) == [
        Item("medqa", "test:0", "What now?", "", ("act", "wait"), 1),
        Item("medqa", "test:1", "What now?", "", ("act", "wait"), 1),
    ]


def test_medmcqa_counts_answers_from_one(tmp_path: Path) -> None:
    path = write(tmp_path / "dev.json", lines(MEDMCQA))
    assert read_items("medmcqa", path) == [Item("medmcqa", "x-1", "Which?", "", ("one", "two", "three", "four"), 3)]


def test_mmlu_cells_may_hold_line_ends(tmp_path: Path) -> None:
    path = write(tmp_path / "anatomy_test.csv", '"Two\nlines, one cell",a,"b, c",d,e,B\nNext,1,2,3,4,D\n')
    assert read_items("mmlu", path) == [
        Item("mmlu", "anatomy_test:0", "Two\nlines, one cell", "", ("a", "b, c", "d", "e"), 1),
        Item("mmlu", "anatomy_test:1", "Next", "", ("1", "2", "3", "4"), 3),
    ]


@pytest.mark.parametrize(
    ("task", "content"),
    [
        ("pubmedqa", "[]"),
        ("pubmedqa", json.dumps({"1": {**PUBMEDQA["123"], "final_decision": "perhaps"}})),
        ("medqa", lines({**MEDQA, "answer_idx": "F"})),
        ("medqa", '{"question": "cut'),
        ("medmcqa", lines({**MEDMCQA, "cop": 0})),
        ("medmcqa", "[1]\n"),
        ("mmlu", "question,a,b,c,d,E\n"),
        ("mmlu", "question\n"),
        ("mmlu", ""),
    ],
)
def test_a_broken_file_is_named_with_where_it_breaks(tmp_path: Path, task: str, content: str) -> None:
    path = write(tmp_path / "broken.x", content)
    with pytest.raises(UserError, match=r"broken\.x"):
        read_items(task, path)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gone\.json of pubmedqa is not there"):
        load_task(profile_of(tmp_path, pubmedqa=["gone.json"]), "pubmedqa")
    (tmp_path / "no.json.gz").write_bytes(b"not gzip")
    with pytest.raises(UserError, match="cannot be read: BadGzipFile"):
        read_items("pubmedqa", tmp_path / "no.json.gz")
    with pytest.raises(UserError, match="give one of pubmedqa, medqa, medmcqa, mmlu"):
        read_items("trivia", tmp_path)


def test_an_absent_task_says_why(tmp_path: Path) -> None:
    unnamed = profile_of(tmp_path)
    assert "names no files for medqa" in absent(unnamed, "medqa")
    assert load_task(unnamed, "medqa") == []
    folderless = profile_of(None, medqa=["a.jsonl"])
    assert "HEAL_OPEN_DATA" in absent(folderless, "medqa")
    assert load_all(folderless) == []
    write(tmp_path / "a.jsonl", lines(MEDQA))
    assert absent(profile_of(tmp_path, medqa=["a.jsonl"]), "medqa") == ""


def test_the_limit_is_seeded_and_nested(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", lines(*[{**MEDQA, "question": f"q{i}"} for i in range(50)]))
    profile = profile_of(tmp_path, medqa=["a.jsonl"])
    everything = load_task(profile, "medqa")
    few, more = load_task(profile, "medqa", 10), load_task(profile, "medqa", 20)
    assert len(few) == 10
    assert few == [i for i in everything if i in few]  # in the order of the file
    assert set(few) < set(more)
    assert few != everything[:10]
    assert load_task(profile, "medqa", 500) == everything
    other = profile.model_copy(update={"seed": 18})
    assert load_task(other, "medqa", 10) != few


@pytest.mark.open_data
def test_the_real_sets_are_read(open_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEAL_OPEN_DATA", str(open_data))
    profile = load_profile("open")
    sets = {task: load_task(profile, task) for task in TASKS}
    assert {task: len(items) for task, items in sets.items()} == {
        "pubmedqa": 500,
        "medqa": 637,
        "medmcqa": 2092,
        "mmlu": 544,
    }
    for items in sets.values():
        assert len({i.item_id for i in items}) == len(items)
        assert all(i.question.strip() and 0 <= i.answer < len(i.options) for i in items)
        assert len({i.answer for i in items}) == len(items[0].options)  # each option is the right one somewhere
    assert all(i.context and i.passage_texts for i in sets["pubmedqa"])
    assert all(len(i.options) == 4 for task in TASKS[1:] for i in sets[task])
