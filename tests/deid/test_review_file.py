"""The file that people fill in: given out, filled, taken back whole or not at all; never a word of it in a message."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result
from review_days import DAY, OUTPUTS, commit_day

from heal_pipeline.cli import main
from heal_pipeline.deid import review
from heal_pipeline.deid.review_file import FIELDS
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile

LEAK = "Oakhollow"


@pytest.fixture
def profile(profile_with) -> Profile:
    return profile_with(review_top=4, review_random=6)


@pytest.fixture
def heal(lake: Lake, profile: Profile, tmp_path: Path):
    """Runs a `heal review` command on the home, which holds one day with a queue."""
    commit_day(lake, profile)
    values = profile.model_dump(mode="json", exclude={"name"})
    (tmp_path / "p.yaml").write_text(yaml.safe_dump(values))

    def run(*arguments: str, input: str | None = None) -> Result:
        options = ["--home", str(lake.home), "--profile", str(tmp_path / "p.yaml")]
        return CliRunner().invoke(main, ["review", *arguments, *options], input=input)

    return run


@pytest.fixture
def given(heal, tmp_path: Path) -> Path:
    """The exported file."""
    assert heal("export", "--out", str(tmp_path / "r.jsonl")).exit_code == 0
    return tmp_path / "r.jsonl"


def rows_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def write(path: Path, rows: list[Any]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def answered(rows: list[dict[str, Any]], missed: int = 0) -> list[dict[str, Any]]:
    return [{**row, "missed": missed} for row in rows]


def test_what_is_given_out(heal, given: Path, tmp_path: Path) -> None:
    rows = rows_of(given)
    assert given.stat().st_mode & 0o777 == 0o600
    assert all(tuple(row) == FIELDS for row in rows)
    assert all(row["missed"] is None and "⟦Sue Reed⟧" in row["text"] for row in rows)
    assert [("random" in row["drawn"]) for row in rows] == [True] * 6 + [False] * (len(rows) - 6)
    again = heal("export", "--out", str(given))
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    inside = heal("export", "--out", str(tmp_path / "home" / "restricted" / "review" / "r.jsonl"))
    assert (inside.exit_code, inside.stderr) == (0, "")
    assert "outside the restricted zone" in heal("export", "--out", str(tmp_path / "s.jsonl")).stderr


def test_a_filled_file_is_taken_and_proves_something(heal, given: Path, lake: Lake, tmp_path: Path) -> None:
    rows = answered(rows_of(given))
    rows[0] |= {"missed": 2, "remarks": f"{LEAK} twice"}
    write(given, rows)
    done = heal("import", str(given))
    assert done.exit_code == 0, done.output
    assert LEAK not in done.output
    assert "Random sample" in done.stdout
    assert len(review.verdicts(lake)) == len(rows)
    pending = heal("export", "--pending", "--out", str(tmp_path / "t.jsonl"))
    assert "nothing was written" in pending.stderr
    everything = heal("export", "--out", str(tmp_path / "u.jsonl"))
    assert everything.exit_code == 0
    assert rows_of(tmp_path / "u.jsonl")[0]["missed"] == 2


def test_what_is_left_open_stays_open_and_a_later_answer_counts(heal, given: Path, lake: Lake) -> None:
    rows = rows_of(given)
    write(given, [*answered(rows[:2], 1), *rows[2:]])
    assert heal("import", str(given)).exit_code == 0
    assert len(review.verdicts(lake)) == 2
    write(given, [*rows[:1], *answered(rows[1:2], 3), *rows[2:]])
    assert heal("import", str(given)).exit_code == 0
    assert sorted(v["missed"] for v in review.verdicts(lake).values()) == [1, 3]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"doc_id": "0" * 32}, "no document of the present queues"),
        ({"text": f"{LEAK} has pain"}, "source, day or text are not as they were given out"),
        ({"day": "2026-03-03"}, "source, day or text are not as they were given out"),
        ({"missed": -1}, "`missed` is neither null nor a whole number"),
        ({"missed": 1.5}, "`missed` is neither null nor a whole number"),
        ({"missed": True}, "`missed` is neither null nor a whole number"),
        ({"missed": "two"}, "`missed` is neither null nor a whole number"),
        ({"missed": None, "remarks": LEAK}, "there are remarks, and `missed` is null"),
        ({"remarks": 3}, "`remarks` is no string"),
        ({"seen": True}, "not a line of `heal review export`"),
        ({"doc_id": 7}, "not a line of `heal review export`"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken(heal, given: Path, lake: Lake, change, words: str) -> None:
    rows = answered(rows_of(given))
    rows[3] |= change
    write(given, rows)
    failed = heal("import", str(given))
    assert failed.exit_code == 2
    assert f"line 4: {words}" in failed.stderr
    assert LEAK not in failed.output
    assert review.verdicts(lake) == {}


def test_each_wrong_line_has_its_own_message(heal, given: Path, lake: Lake) -> None:
    rows = answered(rows_of(given))
    broken = [rows[0], rows[0], "{"]
    given.write_bytes(b"\xff\xfe\n" + "\n".join(json.dumps(r) for r in broken).encode() + b"\n{half")
    failed = heal("import", str(given))
    said = failed.stderr.splitlines()
    assert [line.partition(", ")[2] for line in said[:-1]] == [
        "line 1: not UTF-8 text",
        "line 3: the document of line 2 again",
        "line 4: not a line of `heal review export`: it must have its fields, no more and no fewer",
        "line 5: no JSON",
    ]
    assert "4 in number" in said[-1]
    assert review.verdicts(lake) == {}


@pytest.mark.parametrize("content", ["", "\n\n"])
def test_a_file_without_lines_is_refused(heal, given: Path, content: str) -> None:
    given.write_text(content)
    assert "it holds no line" in heal("import", str(given)).stderr


def test_wrong_places_are_told_in_one_line(heal, tmp_path: Path) -> None:
    for arguments in (
        ("import", str(tmp_path / "none.jsonl")),
        ("export", "--out", str(tmp_path / "no" / "r.jsonl")),
        ("export", "--out", str(tmp_path / "x.jsonl"), "--source", "nobody"),
        ("export", "--out", str(tmp_path / "x.jsonl"), "--day", "1999-01-01"),
    ):
        failed = heal(*arguments)
        assert (failed.exit_code, failed.stderr.count("\n")) == (2, 1)


def test_a_file_is_filled_by_asking(heal, given: Path) -> None:
    """0, an answer that is none and then 2 with a remark, later, and the end."""
    said = heal("fill", str(given), input="0\n\nmany\n2\na name\n\nq\n")
    assert said.exit_code == 0, said.output
    assert "a whole number from 0 up" in said.output
    rows = rows_of(given)
    assert [(row["missed"], row["remarks"]) for row in rows[:4]] == [(0, ""), (2, "a name"), (None, ""), (None, "")]
    assert given.stat().st_mode & 0o777 == 0o600
    assert "2 of" in said.output


def test_answers_stay_with_texts_that_did_not_change(
    heal, given: Path, lake: Lake, profile: Profile, tmp_path: Path
) -> None:
    """A day is made anew with another text in one reviewed document: its verdict no longer counts, the others do."""
    rows = answered(rows_of(given))
    write(given, rows)
    assert heal("import", str(given)).exit_code == 0
    changed = next(i for i, text in enumerate(OUTPUTS) if text in rows[0]["text"].replace("⟦", "").replace("⟧", ""))
    outputs = [text.replace("Sue", "Kim") if i == changed else text for i, text in enumerate(OUTPUTS)]
    commit_day(lake, profile, outputs)
    assert "no document of the present" not in heal("import", str(given)).stderr  # it is one, with another text
    assert heal("export", "--pending", "--out", str(tmp_path / "p.jsonl")).exit_code == 0
    assert [row["doc_id"] for row in rows_of(tmp_path / "p.jsonl")] == [rows[0]["doc_id"]]


def test_no_queue_of_a_table_that_was_made_anew_without_one(heal, lake: Lake, tmp_path: Path) -> None:
    table = lake.table("deidentified/notes", DAY)
    with lake.stage(table) as staged:
        staged.write(table.read().slice(1))
        staged.commit()
    failed = heal("export", "--out", str(tmp_path / "r.jsonl"))
    assert "there is no review queue" in failed.stderr


def test_withdrawn_documents_are_not_given_out(heal, given: Path, lake: Lake, tmp_path: Path) -> None:
    import pyarrow as pa

    gone = rows_of(given)[0]["doc_id"]
    with lake.stage(lake.table("revocations")) as staged:
        staged.write(pa.table({"doc_id": [gone], "reason": ["document withdrawn"], "batch": [DAY]}))
        staged.commit()
    assert heal("export", "--out", str(tmp_path / "w.jsonl")).exit_code == 0
    assert gone not in {row["doc_id"] for row in rows_of(tmp_path / "w.jsonl")}
