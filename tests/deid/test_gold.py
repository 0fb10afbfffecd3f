"""Gold sets of one's own: their forms, what is refused, and the command that scores a detector on them."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from heal_pipeline.cli import main
from heal_pipeline.deid import gold
from heal_pipeline.errors import UserError

LINE = json.dumps({"text": "Anna Vole saw it", "spans": [[0, 9, "PERSON", 1.0]]})
SENTENCE = {
    "full_text": "Anna Vole saw it",
    "spans": [{"entity_type": "PERSON", "start_position": 0, "end_position": 9, "entity_value": "Anna Vole"}],
}
XML = '<deIdi2b2><TEXT>Anna Vole saw it</TEXT><TAGS><NAME start="0" end="9" text="Anna Vole" TYPE="PATIENT"/></TAGS></deIdi2b2>'


@pytest.mark.parametrize(
    ("form", "data", "type_"),
    [
        ("jsonl", (LINE + "\n\n").encode(), "PERSON"),
        ("presidio", json.dumps([SENTENCE]).encode(), "PERSON"),
        ("presidio", gzip.compress(json.dumps([SENTENCE]).encode()), "PERSON"),
        ("i2b2", XML.encode(), "PATIENT"),
    ],
)
def test_each_form_gives_texts_and_spans(form: str, data: bytes, type_: str, tmp_path: Path) -> None:
    (tmp_path / "gold").write_bytes(data)
    assert gold.read(tmp_path / "gold", form) == [("Anna Vole saw it", [(0, 9, type_)])]


@pytest.mark.parametrize("sign", ["\u2028", "\x85"])
def test_signs_of_new_lines_within_a_text_end_no_record(sign: str, tmp_path: Path) -> None:
    text = f"Anna Vole{sign}saw it"
    (tmp_path / "gold").write_text(
        json.dumps({"text": text, "spans": [[0, 9, "PERSON"]]}, ensure_ascii=False), encoding="utf-8"
    )
    assert gold.read(tmp_path / "gold", "jsonl") == [(text, [(0, 9, "PERSON")])]


@pytest.mark.parametrize("form", gold.FORMATS)
@pytest.mark.parametrize(
    "data", [b"{", b"\x1f\x8bVole", b'{"text": "Vole"}', b'[{"full_text": "Vole"}]', b"[1]\n", b"\xff\xfe"]
)
def test_what_is_no_gold_set_is_refused_in_one_line_without_its_text(form: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / "gold").write_bytes(data)
    with pytest.raises(UserError) as error:
        gold.read(tmp_path / "gold", form)
    assert "Vole" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("span", [[0, 0, "PERSON"], [9, 3, "PERSON"], [0, 99, "PERSON"], [-3, 2, "PERSON"]])
def test_spans_outside_their_text_are_refused(span: list, tmp_path: Path) -> None:
    (tmp_path / "gold").write_text(json.dumps({"text": "Anna Vole", "spans": [span]}))
    with pytest.raises(UserError, match="outside their text"):
        gold.read(tmp_path / "gold", "jsonl")


def test_absent(tmp_path: Path) -> None:
    for form in gold.FORMATS:
        with pytest.raises(UserError, match="none"):
            gold.read(tmp_path / "none", form)


def test_a_detector_is_scored_from_the_command_line_and_no_text_is_shown(trained_home: Path, tmp_path: Path) -> None:
    (tmp_path / "quillfeather.xml").write_text(
        XML.replace("Anna Vole saw it", "Anna Vole called 614-287-9304 on Monday")
    )
    options = ["score-deid", "--gold", str(tmp_path), "--format", "i2b2", "--home", str(trained_home)]
    result = CliRunner().invoke(main, options)
    assert result.exit_code == 0, result.output
    scores = json.loads(result.output)
    assert scores["coverage"][0]["names fully covered"] == 1.0
    assert scores["types"] == [{"type": "PATIENT", "spans": 1, "fully covered": 1.0, "recall": 1.0}]
    assert {r["unit"] for r in scores["i2b2"]} >= {"entity, strict", "token, binary"}
    table = CliRunner().invoke(main, [*options, "--table"])
    assert table.exit_code == 0
    assert not any(word in result.output + table.output for word in ("Vole", "9304", "quillfeather"))
