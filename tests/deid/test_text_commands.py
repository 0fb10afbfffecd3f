"""heal detect and heal deidentify on JSON lines: every line in its place, nothing that was not cleaned, no file held whole."""

import json
from itertools import count
from pathlib import Path

import pytest
from click.testing import CliRunner

from heal_pipeline.cli import main
from heal_pipeline.cli.texts import MAX_BATCH_CHARACTERS, MAX_BATCH_ROWS, batches

TEXT = "Dr. Quillfeather saw Anna Vole on 03/14/2019, MRN 482913."


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    """More lines than a batch: names, a text that is null, an empty one, fields beside the text."""
    rows = [{"id": i, "text": TEXT, "phone": "614-287-9304"} for i in range(MAX_BATCH_ROWS + 3)]
    rows += [{"id": "null", "text": None}, {"id": "empty", "text": ""}]
    file = tmp_path / "texts.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return file


def heal(home: Path, *arguments: str, given: str | None = None) -> list[dict]:
    result = CliRunner().invoke(main, [*arguments, "--home", str(home)], input=given)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    "options", [["--policy", "safe_harbor"], ["--policy", "limited_data_set"], ["--surrogates", "markov"]]
)
def test_every_text_is_cleaned_and_nothing_else_is_written(trained_home: Path, lines: Path, options: list[str]) -> None:
    made = heal(trained_home, "deidentify", str(lines), *options)
    assert [row["id"] for row in made] == [json.loads(line)["id"] for line in lines.read_text().splitlines()]
    assert all(set(row) == {"id", "text"} for row in made)
    assert [row["text"] for row in made[-2:]] == ["", ""]
    assert not any(part in row["text"] for row in made for part in ("Quillfeather", "Vole", "03/14/2019", "482913"))


def test_spans_are_of_the_texts_as_given(trained_home: Path, lines: Path) -> None:
    made = heal(trained_home, "detect", str(lines))
    assert len(made) == MAX_BATCH_ROWS + 5
    assert {TEXT[start:end] for start, end, *_ in made[-3]["spans"]} == {
        "Quillfeather", "Anna Vole", "03/14/2019", "482913"
    }  # fmt: skip
    assert made[-3]["spans"] == made[0]["spans"]
    assert heal(trained_home, "detect", "-", given=lines.read_text()) == made


def test_no_more_is_read_than_a_batch() -> None:
    endless = ({"id": i, "text": "a"} for i in count())
    assert [len(batch) for batch, _ in zip(batches(endless), range(2), strict=False)] == [MAX_BATCH_ROWS] * 2
    assert next(endless)["id"] <= 3 * MAX_BATCH_ROWS
    long = ({"id": i, "text": "a" * (MAX_BATCH_CHARACTERS // 2)} for i in count())
    assert len(next(batches(long))) == 2
