"""Marks of an earlier de-identification: which are recognised, which only look like one, and that detection leaves them alone."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import example, given
from hypothesis import strategies as st

from heal_pipeline.cli import main
from heal_pipeline.deid import marks

MARKS = [
    # MIMIC, PhysioNet
    ("[**Name**]", "NAME"), ("[**Known lastname 1234**]", "NAME"), ("[**First Name8 (NamePattern2) **]", "NAME"), ("[**Doctor Last Name **]", "NAME"),
    ("[**Initials (NamePattern4) **]", "NAME"), ("[**2101-3-4**]", "DATE"), ("[**12-25**]", "DATE"), ("[**2101**]", "DATE"), ("[**Month/Day/Year 5**]", "DATE"),
    ("[**Hospital1 18**]", "LOCATION"), ("[**Hospital1\n 18**]", "LOCATION"), ("[**Street Address(2) 7**]", "LOCATION"), ("[**Age over 90 **]", "AGE"),
    ("[**Telephone/Fax (1) 12**]", "CONTACT"), ("[**MD Number(1) **]", "ID"), ("[**Numeric Identifier 44**]", "ID"), ("[****]", "REDACTED"), ("___", "REDACTED"),
    # i2b2, Philter, scrubbers
    ("<PHI>", "REDACTED"), ("<PHI TYPE=DOCTOR>", "NAME"), ('<PHI TYPE="DATE">', "DATE"), ("<PHI TYPE=\"DOCTOR\">Wood</PHI>", "NAME"), ("<CITY>Tarnhaven</CITY>", "LOCATION"),
    ("****", "REDACTED"), ("*********", "REDACTED"), ("**/**/****", "DATE"), ("XXX", "REDACTED"), ("XXXXXXXX", "REDACTED"), ("XX/XX/XXXX", "DATE"), ("XXX-XX-XXXX", "ID"),
    ("XXX-XXX-XXXX", "CONTACT"), ("\u2588\u2588\u2588", "REDACTED"), ("[REDACTED]", "REDACTED"), ("[redacted]", "REDACTED"), ("[NAME REDACTED]", "NAME"),
    # Presidio, JSL, templates
    ("<NAME>", "NAME"), ("<PERSON>", "NAME"), ("<PATIENT>", "NAME"), ("<DATE_TIME>", "DATE"), ("<US_SSN>", "ID"), ("<PHONE_NUMBER>", "CONTACT"), ("<EMAIL_ADDRESS>", "CONTACT"),
    ("<MEDICAL_RECORD_NUMBER>", "ID"), ("<<DATE>>", "DATE"), ("{{NAME}}", "NAME"), ("{{ DATE_1 }}", "DATE"), ("[PERSON_1]", "NAME"), ("[PATIENT NAME]", "NAME"), ("[MRN-5]", "ID"),
]  # fmt: skip

NO_MARKS = [
    "Chills: ___N___  Cough: ___Y___  Signature: ______", "____________________\nPLAN", "a_b __init__ snake___case", "***", "* * *", "---", "****\nPLAN\n****",
    "**** ASSESSMENT ****", "## **** PLAN", "> **** quote", "**bold** and ***both*** and 2 ** 3", "pass****word", "47,XXX karyotype", "47, XXX", "a girl with XXX syndrome",
    "XXX females are tall", "trisomy XXX", "Stage XXX", "Chapter XXX", "Super Bowl XXX", "46,XX/46,XY", "size XXXL or XXL", "XX chromosome", "factor XX", "Type XXX",
    "[doctor] hi\n[patient] yes", "[DOCTOR] HI\n[PATIENT] YES", "[x] cough [ ] fever", "[IDEA] [US] [MRI]", "if a<b and c>d", "<name> <b>date</b> <Patient>", "{{ name }} {DATE}",
    "x-ray, XR, XRT", "[1] [2,3]", "BP [120/80]", "text [see note **here**]",
]  # fmt: skip


PLACES = ("seen by {} today.", "Dr. {}, ({})", "{}", "it was\n{}\nthen")
IN_PLACES = [(m, k, p) for m, k in MARKS for p in PLACES if not m.startswith("*") or p == PLACES[0]]
"""Asterisks at the begin of a line are a rule."""


@pytest.mark.parametrize(("mark", "kind", "around"), IN_PLACES)
def test_every_mark_has_one_form(mark: str, kind: str, around: str) -> None:
    normal = around.replace("{}", f"[{kind}]")
    assert marks.normalise(around.replace("{}", mark)) == normal
    assert marks.normalise(normal) == normal


@pytest.mark.parametrize("text", NO_MARKS)
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    assert marks.normalise(text) == text


def test_ends_of_words_stay_with_their_mark() -> None:
    assert marks.normalise("___'s wife, ___F, Dr. ___.") == "[REDACTED]'s wife, [REDACTED]F, Dr. [REDACTED]."


PIECES = st.one_of(
    st.sampled_from([m for m, _ in MARKS] + NO_MARKS),
    st.text(alphabet="[]<>{}*_X/-ND AMEb\n\u2588", max_size=12),
    st.sampled_from([" ", "\n", " pain ", "Anna"]),
)


@given(st.lists(PIECES, max_size=12).map("".join))
@example("___****")
def test_normalising_twice_is_normalising_once(text: str) -> None:
    once = marks.normalise(text)
    assert marks.normalise(once) == once


@given(st.text(alphabet=st.characters(exclude_characters="[<{_*X\u2588")))
def test_a_text_without_the_signs_of_marks_is_untouched(text: str) -> None:
    assert marks.normalise(text) == text


@given(st.lists(PIECES, max_size=12).map("".join))
def test_words_outside_of_marks_stay(text: str) -> None:
    assert marks.normalise(f"zq {text} zq").startswith("zq ")
    assert marks.normalise(f"zq {text} zq").endswith(" zq")


@pytest.mark.parametrize(("mark", "kind"), [(m, k) for m, k in MARKS if "\n" not in m])
def test_nothing_in_a_mark_is_found_and_a_name_beside_it_is(mark: str, kind: str, detector) -> None:
    text = marks.normalise(f"Seen by {mark} and Dr. Quillfeather today, with {mark} at home.")
    assert f"by [{kind}] and" in text
    found = [text[s:e] for s, e, *_ in detector.detect([text])[0]]
    assert any("Quillfeather" in f for f in found)
    assert not any(re.search(r"[\[\]]", f) or f in marks.KINDS for f in found)


def test_texts_that_were_de_identified_before_keep_their_marks_and_lose_what_was_missed(
    trained_home: Path, tmp_path: Path
) -> None:
    records = [
        {"id": i, "text": f"Patient {mark} was seen by Dr. Quillfeather, call 614-287-9304.", "subject": "p"}
        for i, (mark, _) in enumerate(MARKS)
        if "\n" not in mark
    ]
    (tmp_path / "notes.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    result = CliRunner().invoke(main, ["deidentify", str(tmp_path / "notes.jsonl"), "--home", str(trained_home)])
    assert result.exit_code == 0, result.output
    written = {r["id"]: r["text"] for r in map(json.loads, result.stdout.splitlines())}
    for record in records:
        text = written[record["id"]]
        assert text.startswith(f"Patient [{MARKS[record['id']][1]}] was seen by Dr. "), text
        assert "Quillfeather" not in text
        assert "287-9304" not in text


@pytest.mark.parametrize(
    "unit",
    [
        "[",
        "[**",
        "[**a",
        "<PHI ",
        "<NAME>",
        "</",
        "{{ID",
        "[ID ",
        "X",
        "X-",
        "XX/",
        "_",
        "___",
        "*",
        "**** ",
        "**/",
        "\u2588",
        "<DATE=",
        "[ID" + "A" * 28,
    ],
)
def test_a_long_line_of_broken_marks_takes_time_by_its_length(unit: str, growth) -> None:
    assert growth(marks.normalise, unit, 200_000) < 10
