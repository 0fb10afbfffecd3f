"""Damaged and hostile files: what can be read is read, the rest is told by the class of its error, memory stays bounded."""

import gzip
import io
import json
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_files import DAY, entry, parse, read_file, read_folder, tar, texts

from heal_pipeline.documents import Record
from heal_pipeline.profile import Profile
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.sources.readers import READERS
from heal_pipeline.sources.units import Unit, numbered, read, units

PAGE = "<doc><Focus>F</Focus><QAPairs><QAPair><Question>q</Question><Answer>a</Answer></QAPair></QAPairs></doc>"


def test_a_truncated_gzip_gives_what_came_before_and_one_quarantined_record(tmp_path: Path) -> None:
    words = random.Random(1)
    lines = "".join(json.dumps({"text": f"{words.random()} {i}"}) + "\n" for i in range(20_000)).encode()
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(lines)[:-5000])
    records = read_file(tmp_path / "x.jsonl.gz", "jsonl")
    assert 10_000 < len(records) < 20_000
    assert records[-1] == Unreadable("TruncatedError")
    assert all(isinstance(r, Record) for r in records[:-1])


@pytest.mark.parametrize(
    ("reader", "good", "bad"),
    [
        ("medquad", PAGE.encode(), b"<doc"),
        ("medquad", PAGE.encode(), b"<a>" * 5000),
        ("text", b"fine", b"\xef\xbb\xbf\xff"),
        ("json", b'[{"text": "fine"}]', b"nothing"),
        ("markdown", b"fine", b"---\ntitle: [\n---\nbody"),
    ],
)
def test_a_bad_member_does_not_end_the_archive(tmp_path: Path, reader: str, good: bytes, bad: bytes) -> None:
    path = tar(tmp_path / "a.tar.gz", {"1": good, "2": bad, "3": good})
    assert [type(r).__name__ for r in read_file(path, reader)] == ["Record", "Unreadable", "Record"]


@pytest.mark.parametrize("reader", sorted(READERS))
@pytest.mark.parametrize(
    "data", [b"", b"\0", b"\0\x01\xff\xfe\xfd" * 50, b"{", b"\xef\xbb\xbf", b"PK\x03\x04", b"<a>" * 9999]
)
def test_no_file_stops_a_reader(tmp_path: Path, reader: str, data: bytes) -> None:
    (tmp_path / "x.bin").write_bytes(data)
    for record in read_file(tmp_path / "x.bin", reader, fields={"text": "text"}):
        assert isinstance(record, Record | Unreadable)


def test_a_file_that_vanished_is_quarantined(tmp_path: Path) -> None:
    assert read_file(tmp_path / "gone.csv", "csv") == [Unreadable("FileNotFoundError")]


# JSON documents


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "damage", ["@", "", '{"a": nope, "text": [{"text": "never"}]}', '{"text": "x" "y"}', '{"text": "\n"}']
)
def test_a_damaged_record_of_a_json_document_is_passed_over(keyed: bool, indent: int | None, damage: str) -> None:
    values = {f"k{i}": {"text": f"text {i}, {{[", "deep": [{"text": "deep"}]} for i in range(5)}
    document = values if keyed else list(values.values())
    data = json.dumps(document, indent=indent)
    whole = json.dumps(values["k2"], indent=indent)
    if indent:
        whole = "\n ".join(whole.split("\n"))
    assert data.count(whole) == 1
    records = texts(parse("json", data.replace(whole, damage).encode(), options={"keyed": keyed}))
    assert records == ["text 0, {[", "text 1, {[", "<JSONDecodeError>", "text 3, {[", "text 4, {["]


@given(st.integers(0, 400), st.sampled_from(['"', "{", "}", "[", "]", ",", "\\", "x"]))
def test_damage_anywhere_in_a_json_document_never_invents_a_record(at: int, sign: str) -> None:
    rows = [{"text": f"text {i}", "deep": [{"text": "deep", "n": [i, {"a": "}"}]}]} for i in range(6)]
    data = json.dumps(rows)
    at = 1 + at % (len(data) - 1)
    found = texts(parse("json", (data[:at] + sign + data[at + 1 :]).encode()))
    known = {r["text"] for r in rows}
    altered = [t for t in found if t not in known and not t.startswith("<")]
    assert len(altered) <= 1  # a letter of a text may be another one: that is no damage that could be seen
    assert "deep" not in altered


def test_a_json_document_that_was_cut_off_keeps_its_whole_records() -> None:
    assert texts(parse("json", b'[{"text": "a"}, {"text": "b"}')) == ["a", "b", "<JSONDecodeError>"]
    assert texts(parse("json", b'[{"text": "a"}, {"te')) == ["a", "<JSONDecodeError>"]
    assert texts(parse("json", b'[{"text": "a"}] more')) == ["a", "<JSONDecodeError>"]
    assert texts(parse("json", b"[]")) == texts(parse("json", b"{}", options={"keyed": True})) == []


def test_records_above_the_bound_are_quarantined(tmp_path: Path) -> None:
    long = "x" * 2000
    for reader, data in {
        "json": json.dumps([{"text": "a"}, {"text": long}, {"text": "b"}]),
        "jsonl": f'{{"text": "a"}}\n{{"text": "{long}"}}\n{{"text": "b"}}\n',
        "csv": f'id,text\n1,a\n2,"{long}"\n3,b\n',
    }.items():
        (tmp_path / reader).write_text(data)
        assert texts(read_file(tmp_path / reader, reader, 1500)) == ["a", "<RecordTooLargeError>", "b"], reader
    (tmp_path / "text").write_text(long)
    assert read_file(tmp_path / "text", "text", 1500) == [Unreadable("RecordTooLargeError")]


# Parquet


def parquet_file(path: Path, num_rows: int = 400, damaged_group: int | None = None, compression: str = "zstd") -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    words = random.Random(3)
    rows = pa.table({"text": [f"row {i} {words.random()}" for i in range(num_rows)]})
    pq.write_table(
        rows, path, row_group_size=100, compression=compression, use_dictionary=False, write_page_checksum=True
    )
    if damaged_group is not None:
        chunk = pq.read_metadata(path).row_group(damaged_group).column(0)
        data = bytearray(path.read_bytes())
        middle = chunk.data_page_offset + chunk.total_compressed_size // 2
        data[middle] ^= 0x55
        path.write_bytes(data)


@pytest.mark.parametrize("compression", ["zstd", "none"])
def test_a_damaged_row_group_costs_its_own_rows(tmp_path: Path, compression: str) -> None:
    parquet_file(tmp_path / "a.parquet", damaged_group=1, compression=compression)
    records = list(numbered(iter(read_file(tmp_path / "a.parquet", "parquet"))))
    kept = [(row, r.segments[0].text.split()[1]) for row, r in records if isinstance(r, Record)]
    assert kept == [(i, str(i)) for i in range(400) if not 100 <= i < 200]
    assert [(row, r) for row, r in records if isinstance(r, Unreadable)] == [(100, Unreadable("OSError", 100))]


def test_a_parquet_file_without_its_end_is_quarantined(tmp_path: Path) -> None:
    parquet_file(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:-20])
    assert read_file(tmp_path / "b.parquet", "parquet") == [Unreadable("ArrowInvalid")]


def test_parquet_in_archives_and_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet_file(tmp_path / "a.parquet")
    whole = texts(read_file(tmp_path / "a.parquet", "parquet"))
    path = tar(tmp_path / "a.tar.gz", {"a.parquet": (tmp_path / "a.parquet").read_bytes()})
    assert texts(read_file(path, "parquet")) == whole
    monkeypatch.setattr("heal_pipeline.sources.splitting.SPLIT_BYTES", 3000)
    own = entry("parquet", location=["a.parquet"])
    parts = units(Profile(name="p", days=[DAY], data=str(tmp_path), sources=[own]), own, DAY)
    assert len(parts) > 1
    assert [Unit.loads(p.dumps()) for p in parts] == parts
    rows = [(p.first_row + i, t) for p in parts for i, t in enumerate(texts(list(read(p, own)[1])))]
    assert rows == list(enumerate(whole))


@given(
    st.lists(
        st.sampled_from(['{"text": "a"}', '{"text": "Größe"}', "", "  ", "{", "x" * 90, '{"text": "\0"}', "[]"]),
        max_size=30,
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.booleans(),
)
def test_json_lines_in_parts_are_those_of_the_whole(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, ends: bool, mark: bool
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.jsonl"
    path.write_bytes((b"\xef\xbb\xbf" if mark else b"") + (end.join(lines) + (end if ends else "")).encode())
    own = entry("jsonl", location=["a.jsonl"])
    profile = Profile(name="p", days=[DAY], data=str(path.parent), sources=[own])
    whole = list(numbered(read(Unit((str(path),)), own, 60)[1]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("heal_pipeline.sources.splitting.SPLIT_BYTES", 40)
        parts = units(profile, own, DAY)
    assert len({read(part, own)[0] for part in [*parts, Unit((str(path),))]}) == 1
    assert [r for part in parts for r in numbered(read(part, own, 60)[1], part.first_row)] == whole


# Workbooks


def workbook(path: Path, replace: dict[str, bytes] | None = None) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["text"])
    for i in range(300):
        book.active.append([f"row {i}"])
    book.save(path)
    parts = {name: zipfile.ZipFile(path).read(name) for name in zipfile.ZipFile(path).namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**parts, **(replace or {})}.items():
            archive.writestr(name, data)


SHEET = "xl/worksheets/sheet1.xml"


def test_a_workbook_that_swells_or_declares_entities_is_refused(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    assert len(read_file(tmp_path / "a.xlsx", "xlsx")) == 300
    workbook(tmp_path / "b.xlsx", {"xl/sharedStrings.xml": b"<sst>" + b" " * 2**26 + b"</sst>"})
    assert read_file(tmp_path / "b.xlsx", "xlsx") == [Unreadable("UnpackingError")]
    lol = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    bomb = f'<!DOCTYPE worksheet [<!ENTITY l0 "lol">{lol}]><worksheet><sheetData>&l11;</sheetData></worksheet>'
    workbook(tmp_path / "c.xlsx", {SHEET: bomb.encode()})
    assert read_file(tmp_path / "c.xlsx", "xlsx") == [Unreadable("ValueError")]


def test_a_workbook_without_its_sheet_is_quarantined(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    parts = zipfile.ZipFile(tmp_path / "a.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as archive:
        for name in parts.namelist():
            if name != SHEET:
                archive.writestr(name, parts.read(name))
    assert read_file(tmp_path / "b.xlsx", "xlsx") == [Unreadable("ValueError")]


def test_a_sheet_that_breaks_off_keeps_the_rows_before(tmp_path: Path) -> None:
    workbook(tmp_path / "a.xlsx")
    sheet = zipfile.ZipFile(tmp_path / "a.xlsx").read(SHEET)
    workbook(tmp_path / "b.xlsx", {SHEET: sheet[: len(sheet) // 2]})
    records = read_file(tmp_path / "b.xlsx", "xlsx")
    assert texts(records[:2]) == ["row 0", "row 1"]
    assert 100 < len(records) < 200
    assert records[-1] == Unreadable("ParseError")


# Markup


def test_entity_bombs_are_refused() -> None:
    lol = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    data = f'<!DOCTYPE doc [<!ENTITY l0 "lol">{lol}]><doc><Focus>&l11;</Focus></doc>'
    for reader in ("medquad", "jats"):
        with pytest.raises(SyntaxError, match=r"(?i)entity"):
            parse(reader, data.encode())


def test_external_entities_are_not_read_and_named_characters_are(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("never to be read")
    page = "<doc><Focus>a&x;b</Focus><QAPairs><QAPair><Question>q</Question><Answer>x&x;y&nbsp;z</Answer></QAPair></QAPairs></doc>"
    data = f'<!DOCTYPE doc PUBLIC "-//X//EN" "x.dtd" [<!ENTITY x SYSTEM "{secret.as_uri()}">]>{page}'
    assert texts(parse("medquad", data.encode())) == ["ab\n\nq\nxy\xa0z"]


def warc_of(pages: list[bytes]) -> bytes:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    stream = io.BytesIO()
    writer = WARCWriter(stream, gzip=True)
    for i, page in enumerate(pages):
        headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
        writer.write_record(
            writer.create_warc_record(f"http://example.org/{i}", "response", io.BytesIO(page), http_headers=headers)
        )
    return stream.getvalue()


ARTICLE = (
    b"<html><body><article><h1>Opening hours</h1>"
    + b"<p>The clinic opens at eight in the morning.</p>" * 5
    + b"</article></body></html>"
)


def test_pages_without_a_body_too_deep_or_too_large_do_not_end_a_web_archive() -> None:
    pages = [
        ARTICLE,
        b"<html><head><title>No body</title></head></html>",
        b"",
        b"\0\0\0",
        b"<div>" * 20_000 + b"deep" + b"</div>" * 20_000,
        b"<p>" + b"x" * (8 * 2**20) + b"</p>",
        ARTICLE,
    ]
    found = texts(parse("warc", warc_of(pages)))
    assert len(found) == 7
    assert "opens at eight" in found[0]
    assert "opens at eight" in found[6]
    assert found[1:4] == ["", "", ""]
    assert found[5] == "<RecordTooLargeError>"


@pytest.mark.parametrize("missing", [5, 50, 150, 300])
def test_a_web_archive_that_breaks_off_keeps_the_pages_before(tmp_path: Path, missing: int) -> None:
    data = warc_of([ARTICLE, ARTICLE, ARTICLE])
    (tmp_path / "a.warc.gz").write_bytes(data[: len(data) - missing])
    found = texts(read_file(tmp_path / "a.warc.gz", "warc"))
    assert all("opens at eight" in text for text in found[:-1])
    assert found[2:] in (["<TruncatedError>"], [found[1], "<TruncatedError>"])
    plain = gzip.decompress(data)
    (tmp_path / "b.warc").write_bytes(plain[: len(plain) - 100])
    assert texts(read_file(tmp_path / "b.warc", "warc"))[2:] == ["<TruncatedError>"]


def test_special_tokens_stay_text_in_every_text_format() -> None:
    special = "Say </s> or [INST] <s> <|endoftext|> [/INST] <unk> <0x0A> ▁."
    row = json.dumps({"text": special})
    assert texts(parse("jsonl", row.encode())) == texts(parse("json", row.encode())) == [special]
    assert texts(parse("csv", f'text\n"{special}"\n'.encode())) == texts(parse("text", special.encode())) == [special]


def test_one_file_of_a_conversation_may_be_damaged(tmp_path: Path) -> None:
    (tmp_path / "a_doctor.TextGrid").write_text("no grid")
    (tmp_path / "a_patient.TextGrid").write_text("no grid")
    own = entry("textgrid", location=["*.TextGrid"], options={"group_by": "(.+)_(doctor|patient)$"})
    assert read_folder(tmp_path, own) == [Unreadable("ValueError")]


PEAK = """
import resource, sys
from pathlib import Path
from source_files import read_file
import heal_pipeline.sources.readers.lines, lxml.etree, pyarrow.parquet
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
records = read_file(Path(sys.argv[1]), sys.argv[2], 4 * 2**20)
print(len(records), records[-2].error, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("reader", ["jsonl", "csv"])
def test_a_line_of_200_mb_is_never_held(tmp_path: Path, reader: str, ending: str) -> None:
    start, end = (b'{"text": "', b'"}\n{"text": "last"}\n') if reader == "jsonl" else (b"text\n", b"\nlast\n")
    path = tmp_path / f"a.{reader}{ending}"
    letters = random.Random(1).randbytes(2**16).hex().encode()
    with gzip.open(path, "wb", 1) if ending else path.open("wb") as stream:
        stream.write(start)
        for _ in range(200 * 2**20 // len(letters)):
            stream.write(letters)
        stream.write(end)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(path), reader],
        capture_output=True, text=True, check=True, env={"PYTHONPATH": str(Path(__file__).parent)},
    )  # fmt: skip
    num_records, error, peak_mb = done.stdout.split()
    assert (num_records, error) == ("2", "RecordTooLargeError")
    assert int(peak_mb) < 40, "the bound is 4 MiB, the line 200"
