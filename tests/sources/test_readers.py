"""Readers: every format with the quirks of its publishers, and the open sets' stated numbers."""

import csv
import datetime
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_files import entry, parse, read_file, read_folder, texts

from heal_pipeline.documents import Record
from heal_pipeline.profile import load_profile
from heal_pipeline.sources import archives, files
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.sources.readers.captions import caption_text
from heal_pipeline.sources.readers.markup import plain_markdown
from heal_pipeline.sources.units import located, read, units

# Rows


def test_a_bad_json_line_is_quarantined_and_the_next_is_read() -> None:
    data = b'{"text": "one"}\n{"text": \n\n[1]\n{"other": 1}\n"x"\n{"text": "two"}\n\xff\xfe{"text"}\n'
    assert texts(parse("jsonl", data)) == [
        "one", "<JSONDecodeError>", "<NotAnObject>", "<MissingFieldError:text>", "<NotAnObject>", "two", "<UnicodeDecodeError>",
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_json_lines_in_every_encoding(encoding: str, end: str) -> None:
    rows = [{"text": "Größe\u2028x"}, {"text": "zwei"}]
    data = end.join(json.dumps(r, ensure_ascii=False) for r in rows).encode(encoding)
    assert texts(parse("jsonl", data)) == [r["text"] for r in rows]


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_csv_fields_come_back_exactly_whatever_line_ends_they_hold(values: list[str]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "text"], *[[str(i), v] for i, v in enumerate(values)]])
    got = parse("csv", stream.getvalue().encode(), fields={"text": "text", "key": "id"})
    assert texts(got) == values
    assert [r.key for r in got if isinstance(r, Record)] == [str(i) for i in range(len(values))]


def test_csv_rows_of_another_width_or_encoding_are_quarantined() -> None:
    data = b"id,text\n1,one\n2\n3,a,b\n4,four\n5,caf\xff\n" + b"6,six\n"
    padded = data.replace(b"4,four", b"4," + b"x" * 70_000)  # the bad byte lies beyond what the encoding is judged by
    assert [t[:25] for t in texts(parse("csv", padded))] == [
        "one", "<WrongNumberOfFields>", "<WrongNumberOfFields>", "x" * 25, "<UnicodeDecodeError>", "six",
    ]  # fmt: skip


def test_templates_prompts_codes_and_meta() -> None:
    (record,) = parse(
        "csv",
        b"ID,head,note,secret\n7,CC,Cough.,123\n",
        name="MTS-Train",
        kind="instruction",
        fields={
            "prompt": "Write the {head}.",
            "response": "{note}",
            "key": "{_file}:{ID}",
            "subject": "p-{_file}-{ID}",
            "heading": "head",
        },
        meta=["heading"],
        options={"values": {"head": {"CC": "chief complaint"}}, "task": "note_generation", "strip_name": ["MTS-"]},
    )
    assert isinstance(record, Record)
    assert [(s.text, s.scored) for s in record.segments] == [("Write the chief complaint.", False), ("Cough.", True)]
    assert (record.key, record.subject) == ("Train:7", "p-Train-7")
    assert record.meta == {"task": "note_generation", "heading": "chief complaint"}


def test_braces_in_the_data_are_no_templates() -> None:
    (record,) = parse("jsonl", b'{"text": "{key} and {x}", "key": "1"}', fields={"text": "{text}!", "key": "key"})
    assert texts([record]) == ["{key} and {x}!"]


def test_json_documents_keyed_listed_and_single() -> None:
    assert texts(parse("json", b'[{"text": "a"}, 3, {"text": "b"}]')) == ["a", "<NotAnObject>", "b"]
    keyed = parse(
        "json", b'{"12": {"text": "a"}, "13": {"text": "b"}}', fields={"key": "_key"}, options={"keyed": True}
    )
    assert [r.key for r in keyed if isinstance(r, Record)] == ["12", "13"]
    assert texts(
        parse("json", b'{"text": "only", "meta": {"deep": {"url": "u"}}}', fields={"text": "meta.deep.url"})
    ) == ["u"]


def test_parquet_rows() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    stream = io.BytesIO()
    pq.write_table(pa.table({"body": ["one", "two"], "n": [1, 2]}), stream)
    records = parse("parquet", stream.getvalue(), fields={"text": "body", "key": "n"})
    assert [(r.segments[0].text, r.key) for r in records if isinstance(r, Record)] == [("one", "1"), ("two", "2")]


def test_sheets_of_a_workbook_are_rows_of_text(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["text"])
    book.active.append(["of the first sheet"])
    sheet = book.create_sheet("Letters")
    sheet.append(["Letters of 2026"])
    sheet.append(["id", "text", None, "seen", "at", "dose", "signed"])
    sheet.append([7, "One\ntwo", "beside", datetime.date(2026, 1, 5), datetime.time(9, 30), 2.5, True])
    sheet.append([])
    sheet.append([8, None, None, datetime.datetime(2026, 1, 5, 9, 30), None, "=6*7", None])
    book.save(tmp_path / "a.xlsx")
    fields = {"text": "{text}|{seen}|{at}|{dose}|{signed}", "key": "id"}
    options = {"sheet": "Letters", "header_row": 2}
    records = read_file(tmp_path / "a.xlsx", "xlsx", fields=fields, options=options)
    assert texts(records) == ["One\ntwo|2026-01-05|09:30:00|2.5|true", "|2026-01-05T09:30:00|||"]
    assert [r.key for r in records if isinstance(r, Record)] == ["7", "8"]
    assert texts(read_file(tmp_path / "a.xlsx", "xlsx")) == ["of the first sheet"]
    assert read_file(tmp_path / "a.xlsx", "xlsx", options={"sheet": "Bills"}) == [Unreadable("ValueError")]
    (tmp_path / "empty.xlsx").write_bytes(b"")
    assert read_file(tmp_path / "empty.xlsx", "xlsx") == [Unreadable("BadZipFile")]


@pytest.mark.open_data
def test_published_workbooks_are_read(open_data: Path) -> None:
    """Checklists of PriMock57: for evaluation alone, and read here for their form."""
    found = [
        read_file(path, "xlsx", fields={"text": "_file"}) for path in sorted((open_data / "primock57").rglob("*.xlsx"))
    ]
    assert len(found) == 16
    assert all(records and all(isinstance(r, Record) for r in records) for records in found)


def test_a_column_may_be_joined_from_another_file_and_registers_the_subject(tmp_path: Path) -> None:
    (tmp_path / "meta.csv").write_text("visit,first,family\nv1,Ann , Lee\nv2,,\n")
    (tmp_path / "data.csv").write_text("visit,text\nv1,hello\nv2,bye\nv3,unknown\n")
    own = entry(
        "csv",
        phi="contains",
        location=["data.csv"],
        fields={"text": "text", "subject": "visit"},
        options={"join": {"files": ["meta.csv"], "by": "visit"}, "registration": {"name": "{first} {family}"}},
    )
    records = read_folder(tmp_path, own)
    assert [r.registration if isinstance(r, Record) else r.error for r in records] == [
        {"name": "Ann Lee"},
        {},
        "MissingFieldError:first",
    ]


# Markup


MEDQUAD = """<?xml version="1.0" encoding="UTF-8"?>
<{root} id="1" source="NIDDK" url="https://example.org/a"><Focus>Acne</Focus><QAPairs>
<QAPair pid="1"><Question qid="1-1" qtype="information">What is
 (are) Acne ?</Question><Answer>A skin &amp; pore disease.</Answer></QAPair>
<QAPair pid="2"><Question qid="1-2" qtype="causes">Why?</Question><Answer></Answer></QAPair>
</QAPairs></{root}>"""


@pytest.mark.parametrize("root", ["Document", "doc", "DiseaseFile"])
def test_medquad_pages_and_pairs(root: str) -> None:
    data = MEDQUAD.format(root=root).encode()
    assert texts(parse("medquad", data)) == ["Acne\n\nWhat is (are) Acne ?\nA skin & pore disease."]
    pairs = parse("medquad", data, fields={"prompt": "{question}", "response": "{answer}"}, options={"unit": "pair"})
    assert texts(pairs) == ["A skin & pore disease.", ""]


def test_medquad_without_answers_is_empty_and_another_root_is_refused() -> None:
    data = b"<Document><Focus>X</Focus><QAPairs><QAPair><Question>Q</Question><Answer/></QAPair></QAPairs></Document>"
    assert texts(parse("medquad", data)) == [""]
    with pytest.raises(ValueError, match="no MedQuAD"):
        parse("medquad", b"<html/>")


def test_jats_gives_title_abstract_and_body_in_order() -> None:
    data = b"""<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><journal-meta><journal-title>J</journal-title></journal-meta>
    <article-meta><article-id pub-id-type="doi">10.1/x</article-id><title-group><article-title>On <italic>Tbx15</italic></article-title></title-group>
    <contrib-group><contrib><name><surname>Nobody</surname></name></contrib></contrib-group>
    <abstract><sec><title>Aim</title><p>Why H<sub>2</sub>O.</p></sec></abstract></article-meta></front>
    <body><sec><title>Results</title><p>First <xref rid="t">1</xref>.<table-wrap><table><tr><td>9</td></tr></table></table-wrap></p>
    <p>Then:<list><list-item><p>one</p></list-item><list-item><p>two</p></list-item></list> after.</p><fig><caption><p>Not me</p></caption></fig></sec></body>
    <back><ref-list><ref><p>Nor me</p></ref></ref-list></back></article>"""
    (record,) = parse("jats", data, meta=["title", "journal", "doi"])
    assert isinstance(record, Record)
    assert record.segments[0].text.split("\n\n") == [
        "On Tbx15", "Abstract", "Aim", "Why H2O.", "Results", "First 1.", "Then:", "one", "two", "after.",
    ]  # fmt: skip
    assert record.meta == {"title": "On Tbx15", "journal": "J", "doi": "10.1/x"}


def test_markdown_pages_become_plain_text() -> None:
    page = (
        '---\r\ntitle: "A &amp; B"\r\ndate: 2012-02-22\r\n---\r\n\r\n## Why\r\n\r\n{{< note "x" >}}Kept [words]({{< ref "a.md" >}}) **bold** _it_{{< /note >}}\r\n'
        '<p>Raw <a href="u">HTML</a> &amp; more</p>![alt](pic.png) snake_case_name 2 < 3 <!-- gone -->'
    )
    (record,) = parse("markdown", page.encode(), meta=["title", "date"])
    assert isinstance(record, Record)
    assert record.segments[0].text == "A & B\n\nWhy\n\nKept words bold it\nRaw HTML & more\n snake_case_name 2 < 3"
    assert record.meta == {"title": "A & B", "date": "2012-02-22"}


def test_markdown_without_a_body_is_empty_and_bad_front_matter_raises() -> None:
    assert texts(parse("markdown", b"---\ntitle: T\n---\n{{< button >}}\n")) == [""]
    assert texts(parse("markdown", b"No front matter")) == ["No front matter"]
    with pytest.raises(Exception, match=r"(?i)flow|pars|expected"):
        parse("markdown", b"---\ntitle: [\n---\nbody")


@given(st.text(alphabet="ab[](){}<>%*_# \n!&;", max_size=200))
def test_any_markdown_gives_some_text(text: str) -> None:
    assert isinstance(plain_markdown(text), str)


# Conversations and captions


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_transcripts_read_the_same_in_every_encoding(encoding: str, end: str) -> None:
    data = end.join(["D: What brings you in?", "", "P: Chest pain: since 9:30.", "", "Other: x"]).encode(encoding)
    (text,) = texts(parse("text", data, kind="conversation", options={"speakers": {"D": "Doctor", "P": "Patient"}}))
    assert text == "Doctor: What brings you in?\nPatient: Chest pain: since 9:30.\nOther: x"


def textgrid_of(name: str, spoken: list[tuple[float, float, str]]) -> str:
    parts = "".join(
        f'        intervals [{i}]:\n            xmin = {a} \n            xmax = {b} \n            text = "{t}" \n'
        for i, (a, b, t) in enumerate(spoken, 1)
    )
    return f'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nitem []: \n    item [1]:\n        class = "IntervalTier" \n        name = "{name}" \n        xmin = 0 \n        xmax = 9 \n        intervals: size = {len(spoken)} \n{parts}'


def test_textgrids_of_two_speakers_merge_by_time(tmp_path: Path) -> None:
    doctor = [
        (0, 1, ""),
        (1, 2, "Hello <UNSURE>there</UNSURE>."),
        (2, 3, "<UNIN/>"),
        (5, 6, 'Say ""ah"" <UNIN/>.'),
        (10, 11, "Bye."),
    ]
    patient = [(3, 4, "Hi."), (4.5, 5, "I cough.")]
    (tmp_path / "c01_doctor.TextGrid").write_text(textgrid_of("Speaker", doctor))
    (tmp_path / "c01_patient.TextGrid").write_text(textgrid_of("Speaker", patient))
    own = entry(
        "textgrid",
        location=["*.TextGrid"],
        fields={"text": "text", "key": "_file"},
        options={"group_by": "(.+)_(doctor|patient)$"},
    )
    (record,) = read_folder(tmp_path, own)
    assert isinstance(record, Record)
    assert record.key == "c01"
    assert record.segments[0].text == 'Doctor: Hello there.\nPatient: Hi. I cough.\nDoctor: Say "ah" [inaudible]. Bye.'


@pytest.mark.parametrize(
    "data",
    [
        "1\n00:00:04,033 --> 00:00:06,133\nThere are 3\nthings\n\n2\n00:00:06,133 --> 00:00:10,467\n<i>2008</i>\n",
        "[INFORMATION]\n00:00:02.900,00:00:15.230\nThere are 3[br]things\n\n00:00:15.231,00:00:31.330\n2008\n",
        "*TC 00:00:02;24\nThere are 3\nthings\n\n*TC 00:00:05;08\n2008",
        "\ufeff00:00:11.890,00:00:13.540\r\nThere are 3\r\nthings\r\n\r\n00:00:14.970,00:00:17.960\r\n2008",
    ],
)
def test_caption_formats_give_the_same_words(data: str) -> None:
    assert caption_text(data) == "There are 3\nthings\n2008"


def test_pubtator_blocks() -> None:
    data = b"1|t|Title one.\n1|a|Abstract.\n1\t0\t5\tTitle\tChemical\tD1\n\n2|t|Two\n2|a|\n\n3|t|Three\n4|a|mixed\n\n"
    assert texts(parse("pubtator", data, fields={"text": "text", "key": "pmid"})) == [
        "Title one.\n\nAbstract.",
        "Two\n\n",
        "<MixedBlock>",
    ]


# The open sets


@pytest.mark.open_data
@pytest.mark.parametrize(
    ("source", "num_records"),
    [
        ("c4", 1000),
        ("common_crawl", 10),
        ("wikipedia_bg", 10),
        ("dolma_cc", 10),
        ("warc_pages", 15),
        ("google_captions", 143),
        ("pmc_articles", 48),
        ("pubmed_abstracts", 1000),
        ("wikidoc_instructions", 5199),
        ("osce_interviews", 204),
        ("mts_instructions", 1201 + 100),
        ("aci_notes", 67 + 20),
        ("aci_transcripts", 77),
        ("primock_dialogues", 29),
        ("primock_notes", 29),
        ("visit_corpus_dialogues", 1201 + 100),
        ("visit_corpus_visits", 67 + 20),
    ],
)
def test_open_sets_hold_what_their_publishers_state(open_data: Path, source: str, num_records: int) -> None:
    records = open_records(open_data, source)
    assert len(records) == num_records
    assert all(isinstance(r, Record) and r.segments[-1].text.strip() for r in records)
    keys = [r.key for r in records if isinstance(r, Record) and r.key is not None]
    assert len(set(keys)) == len(keys)


def open_records(folder: Path, source: str) -> list[Record | Unreadable]:
    profile = load_profile("open").model_copy(update={"data": str(folder)})
    own = located(profile, profile.source(source))
    return [r for u in units(profile, own, profile.days[0]) for r in read(u, own)[1]]


@pytest.mark.open_data
@pytest.mark.parametrize("source", ["mts_dialogues", "mts_notes"])
def test_codes_of_note_sections_are_spelled_out(open_data: Path, source: str) -> None:
    sections = {r.meta["section"] for r in open_records(open_data, source) if isinstance(r, Record)}
    assert len(sections) == 20
    assert all(section == section.lower() for section in sections)


@pytest.mark.open_data
def test_digitalgov_pages_lose_their_markup(open_data: Path) -> None:
    pages = texts(open_records(open_data, "digitalgov"))
    assert len(pages) == 1951
    assert not any("{{<" in p or "&nbsp;" in p or "<p>" in p for p in pages)


@pytest.mark.open_data
def test_utf_16_transcripts_and_shift_jis_captions_are_text(open_data: Path) -> None:
    assert all(
        t.startswith(("Doctor:", "Patient:")) or "Doctor:" in t[:300]
        for t in texts(open_records(open_data, "osce_interviews"))
    )
    captions = texts(open_records(open_data, "google_captions"))
    assert not any("\ufffd" in c or "-->" in c or "\0" in c for c in captions)
    assert sum("サイト" in c for c in captions) == 2


@pytest.mark.open_data
def test_articles_say_what_the_curated_plain_text_says(open_data: Path) -> None:
    """Parity: CRAFT ships its own plain text of each article, with captions and acknowledgements that we leave out."""
    curated = {
        m.name: m.text()
        for m in archives.members(open_data / "craft" / "txt.tar.gz", "*.txt")
        if isinstance(m, files.Member)
    }
    found = {r.key: r.segments[0].text for r in open_records(open_data, "pmc_articles") if isinstance(r, Record)}
    assert set(found) == set(curated)
    for key, text in found.items():
        ours, theirs = set(text.split()), set(curated[str(key)].split())
        assert len(ours & theirs) > 0.99 * len(ours)
        assert len(ours & theirs) > 0.7 * len(theirs)
        paragraphs = {" ".join(line.split()) for line in curated[str(key)].split("\n")}
        blocks = [" ".join(b.split()) for b in text.split("\n\n")]
        assert sum(len(b) for b in blocks if b in paragraphs) > 0.8 * sum(map(len, blocks))
