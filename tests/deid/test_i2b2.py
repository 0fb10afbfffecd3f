"""Documents of the i2b2 shared tasks, made up here, and scores of the 2014 task worked out by hand."""

import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.deid import i2b2
from heal_pipeline.errors import UserError

TEXT = "\n\nRecord date: 2071-03-04\n\nMr. Vole & son, 61,\nof Tarnhaven saw Dr. Wood.\n"


def tag(
    category: str, value: str, type_: str, text: str = TEXT, start: int | None = None, shown: str | None = None
) -> str:
    begin = text.index(value) if start is None else start
    said = (value if shown is None else shown).replace("&", "&amp;").replace("\n", "&#10;")
    return f'<{category} id="P0" start="{begin}" end="{begin + len(value)}" text="{said}" TYPE="{type_}" comment="" />'


def document(*tags: str, text: str = TEXT, head: str = "") -> bytes:
    body = f"<deIdi2b2>\n<TEXT><![CDATA[{text}]]></TEXT>\n<TAGS>\n{''.join(tags)}\n</TAGS>\n</deIdi2b2>\n"
    return f'<?xml version="1.0" encoding="UTF-8" ?>\n{head}{body}'.encode()


TAGS = (
    tag("DATE", "2071-03-04", "DATE"),
    tag("NAME", "Vole", "PATIENT"),
    tag("AGE", "61", "AGE"),
    tag("LOCATION", "Tarnhaven", "CITY"),
    tag("NAME", "Wood", "DOCTOR"),
)
SPANS = [(15, 25, "DATE"), (31, 35, "PATIENT"), (43, 45, "AGE"), (50, 59, "CITY"), (68, 72, "DOCTOR")]


def written(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / name).write_bytes(data)
    return folder / name


def test_a_document_of_2014_is_read_as_it_is(tmp_path: Path) -> None:
    assert i2b2.read(written(tmp_path, "110-01.xml", document(*TAGS))) == [(TEXT, SPANS)]


@pytest.mark.parametrize("packed", ["folder", "zip", "tar.gz"])
def test_folders_and_archives_give_their_documents_by_name(packed: str, tmp_path: Path) -> None:
    files = {
        "set/110-02.xml": document(),
        "set/110-01.xml": document(*TAGS),
        "set/readme.txt": b"none",
        "set/._110-01.xml": b"none",
    }
    path = tmp_path / f"gold.{packed}"
    if packed == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    elif packed == "tar.gz":
        with tarfile.open(path, "w:gz") as tar:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    else:
        for name, data in files.items():
            written((path / name).parent, Path(name).name, data)
    assert i2b2.read(path) == [(TEXT, SPANS), (TEXT, [])]


@pytest.mark.parametrize("counted_with_breaks", [False, True])
def test_line_ends_of_two_characters(counted_with_breaks: bool, tmp_path: Path) -> None:
    text = TEXT.replace("\n", "\r\n")
    tags = [
        tag("NAME", v, t, text if counted_with_breaks else TEXT) for v, t in (("Vole", "PATIENT"), ("Wood", "DOCTOR"))
    ]
    assert i2b2.read(written(tmp_path, "a.xml", document(*tags, text=text))) == [(TEXT, [SPANS[1], SPANS[4]])]


def test_a_line_end_within_a_tag_is_a_blank_in_its_attribute(tmp_path: Path) -> None:
    value = "61,\nof Tarnhaven"
    for shown in (value, value.replace("\n", " ")):
        data = document(tag("OTHER", value, "OTHER", shown=shown))
        assert i2b2.read(written(tmp_path, "a.xml", data))[0][1] == [(43, 59, "OTHER")]


def test_a_document_of_2006_has_its_marks_in_the_text(tmp_path: Path) -> None:
    data = b"""<?xml version="1.0"?><ROOT>
<RECORD ID="7"><TEXT>
<PHI TYPE="ID">4718</PHI>
seen by <PHI TYPE="DOCTOR">WOOD &amp; VOLE</PHI> at 5 &lt; 6
</TEXT></RECORD><RECORD ID="8"><TEXT>well</TEXT></RECORD></ROOT>"""
    assert i2b2.read(written(tmp_path, "train.xml", data)) == [
        ("\n4718\nseen by WOOD & VOLE at 5 < 6\n", [(1, 5, "ID"), (14, 25, "DOCTOR")]),
        ("well", []),
    ]


EXPANDING = '<!DOCTYPE r [<!ENTITY a "Vole"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>\n'
READING = '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n'


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (document(tag("NAME", "Vole", "PATIENT", start=32)), "tag (number 1)"),
        (document(TAGS[0], tag("NAME", "Vole", "PATIENT", start=900)), "tag (number 2)"),
        (document('<NAME start="9" end="4" text="" TYPE="PATIENT"/>'), "without offsets"),
        (document('<NAME start="x" end="4" text="" TYPE="PATIENT"/>'), "without offsets"),
        (document(text="&b;", head=EXPANDING), "entities"),
        (document(head=READING), "entities"),
        (b"<deIdi2b2><TEXT>Vole", "no well-formed XML (line 1)"),
        (b"", "no well-formed XML"),
        (b"<html><p>Vole</p></html>", "has no TEXT"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_by_its_position_alone(data: bytes, said: str, tmp_path: Path) -> None:
    written(tmp_path / "gold", "a.xml", document(*TAGS))
    written(tmp_path / "gold", "vole-anna.xml", data)
    with pytest.raises(UserError) as error:
        i2b2.read(tmp_path / "gold")
    assert "document 2 of gold" in str(error.value)
    assert said in str(error.value)
    assert "vole" not in str(error.value).lower()


def test_no_document_at_all(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "absent.xml", written(tmp_path, "x.zip", b"PK\x03\x04broken")):
        with pytest.raises(UserError, match=path.name):
            i2b2.read(path)


def rows(*documents: tuple[str, list, list]) -> dict[tuple[str, str], dict]:
    scores = i2b2.Scores()
    for text, gold, found in documents:
        scores.add(text, gold, found)
    return {(row["unit"], row["types"]): row for row in scores.rows()}


def test_scores_by_hand() -> None:
    """Gold: DATE of 3 tokens, PATIENT, AGE, CITY, DOCTOR of 1 token each. Found: the date whole; the patient one character
    too long; the city as a person; the doctor exactly; "Record", which is nothing."""
    found = [(15, 25, "DATE_TIME"), (31, 36, "PERSON"), (50, 59, "PERSON"), (68, 72, "PERSON"), (2, 8, "ID")]
    got = rows((TEXT, SPANS, found))
    assert {k: (r["gold"], r["found"], round(r["recall"] * r["gold"])) for k, r in got.items()} == {
        ("entity, strict", "all types"): (5, 5, 2),  # date, doctor
        ("entity, relaxed", "all types"): (5, 5, 3),  # and the patient
        ("token", "all types"): (7, 7, 5),  # 3 of the date, patient, doctor
        ("token, binary", "all types"): (7, 7, 6),  # and the city
        ("entity, strict", "HIPAA types"): (4, 4, 1),  # the doctor is neither asked for nor counted against it
        ("entity, relaxed", "HIPAA types"): (4, 4, 2),
        ("token", "HIPAA types"): (6, 6, 4),
        ("token, binary", "HIPAA types"): (6, 6, 5),
    }
    row = got["entity, strict", "all types"]
    assert (row["precision"], row["recall"], row["F1"]) == (0.4, 0.4, 0.4)


def test_scores_are_pooled_over_documents() -> None:
    one = ("Vole", [(0, 4, "PATIENT")], [(0, 4, "PERSON")])
    none = ("Vole Wood Hay", [(0, 4, "PATIENT"), (5, 9, "DOCTOR"), (10, 13, "PATIENT")], [])
    row = rows(one, none)["entity, strict", "all types"]
    assert (row["gold"], row["found"], row["recall"], row["precision"]) == (4, 1, 0.25, 1.0)


def test_a_found_entity_serves_one_gold_entity() -> None:
    gold = [(0, 4, "PATIENT"), (0, 5, "PATIENT")]
    assert rows(("Vole's", gold, [(0, 4, "PERSON")]))["entity, relaxed", "all types"]["recall"] == 0.5


def test_recall_by_category_whatever_it_was_found_as() -> None:
    scores = i2b2.Scores()
    scores.add(TEXT, SPANS, [(31, 35, "LOCATION"), (15, 19, "DATE_TIME")])
    assert {r["category"]: (r["tokens"], r["recall"]) for r in scores.category_rows()} == {
        "AGE": (1, 0.0), "DATE": (3, 0.3333), "LOCATION": (1, 0.0), "NAME": (2, 0.5),
    }  # fmt: skip


def test_nothing_scores_nothing() -> None:
    assert all(r["precision"] is r["recall"] is r["F1"] is None for r in rows().values())


def test_every_type_has_one_category() -> None:
    listed = [t for types in i2b2.TYPES.values() for t in types.split()]
    assert len(listed) == len(set(listed))
    assert set(listed) >= i2b2.HIPAA


CUTS = st.lists(st.integers(0, 26), unique=True, max_size=12).map(sorted)


@given(st.text("ab -", min_size=26, max_size=26), CUTS, st.lists(st.sampled_from(sorted(i2b2.CATEGORIES)), min_size=6))
def test_gold_scores_one_against_itself(text: str, cuts: list[int], types: list[str]) -> None:
    gold = list(zip(cuts[::2], cuts[1::2], types, strict=False))
    assert all(r["F1"] in (1.0, None) for r in rows((text, gold, gold)).values())
