"""Ingest: identities, equal records, quarantine, registration, zones; the same whatever the number of partitions."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from heal_pipeline import sources
from heal_pipeline.documents import content_id, doc_id, subject_id
from heal_pipeline.errors import GateError, GateFailedError, SourceError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import IngestConfig, Profile, SourceEntry, load_profile
from heal_pipeline.sources import files, ingesting, splitting, units

pytestmark = pytest.mark.spark

DAY = "2026-01-01"


def one_source(folder: Path, days: list[str] | None = None, **values: Any) -> tuple[Profile, SourceEntry]:
    base: dict[str, Any] = {
        "name": "letters",
        "reader": "jsonl",
        "location": ["*.jsonl*"],
        "group": "medical_public",
        "kind": "note",
        "licence": "MIT",
        "owner": "team:data",
    }
    profile = Profile(name="p", days=days or [DAY], data=str(folder), sources=[SourceEntry(**{**base, **values})])
    return profile, profile.sources[0]


def write(path: Path, *rows: Any) -> Path:
    lines = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return path


@pytest.fixture
def suite():
    from resources.expectations import validate

    return validate


def test_documents_are_cleaned_counted_and_identified(spark, lake: Lake, suite, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", {"text": "One\r\ntwo\u0007  \n"}, {"text": "same"}, {"text": "  \n"}, "{broken")
    write(tmp_path / "b.jsonl.gz", {"text": "same", "extra": "x"}, {"no": "text"})
    profile, entry = one_source(tmp_path, meta=["extra"], max_quarantined_share=0.5)
    result = sources.ingest(spark, lake, profile, entry, DAY, suite)
    rows = {r["segments"][0]["text"]: r for r in lake.table("raw/letters", DAY).read().to_pylist()}
    assert set(rows) == {"One\ntwo", "same"}
    assert rows["same"]["num_records"] == 2
    assert rows["One\ntwo"]["content_id"] == content_id("One\ntwo")
    assert rows["One\ntwo"]["origin_row"] == 0
    assert all(r["subject_id"] is None and r["kind"] == "note" and r["batch"] == DAY for r in rows.values())
    assert (result.rows_in, result.rows_out) == (5, 2)
    assert result.metadata["records"] == 6
    decisions = lake.table("ledger/raw/letters", DAY).read().to_pylist()
    a, b = (files.origin_of([tmp_path / name]) for name in ("a.jsonl", "b.jsonl.gz"))
    assert sorted((d["rule"], d["kept"], d["evidence"]) for d in decisions) == [
        ("empty", False, f"in {a[:16]} at row 2"),
        ("read", True, ""),
        ("read", True, ""),
        ("unreadable", False, f"JSONDecodeError in {a[:16]} at row 3"),
        ("unreadable", False, f"MissingFieldError:text in {b[:16]} at row 1"),
    ]
    origins = lake.table("origins/letters", DAY, "restricted").read().to_pylist()
    assert {o["origin_file"]: (o["paths"], o["records"], o["quarantined"]) for o in origins} == {
        a: (["a.jsonl"], 4, 1),
        b: (["b.jsonl.gz"], 2, 1),
    }
    assert {o["bytes"] for o in origins} == {p.stat().st_size for p in tmp_path.glob("*.jsonl*")}
    assert {d["doc_id"] for d in decisions if d["kept"]} == {r["doc_id"] for r in rows.values()}
    assert not list((lake.home / "restricted" / "staging").glob("raw*"))


def test_neither_partitions_nor_file_names_change_the_result(spark, tmp_path: Path, suite) -> None:
    rows = [{"id": f"k{i % 40}", "text": f"text {i % 45}"} for i in range(90)]
    results = []
    for attempt, num_partitions in enumerate((1, 5)):
        folder = tmp_path / f"data{attempt}"
        folder.mkdir()
        for i in range(0, 90, 30):
            write(folder / (f"{i}.jsonl" if attempt else f"{99 - i}.jsonl"), *rows[i : i + 30])
        lake = Lake(tmp_path / f"home{attempt}")
        profile, entry = one_source(folder, fields={"text": "text", "key": "id"}, max_quarantined_share=1.0)
        spark.conf.set("spark.sql.shuffle.partitions", str(num_partitions))
        spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "7" if attempt else "512")
        result = sources.ingest(spark, lake, profile, entry, DAY, suite)
        results.append(
            (
                lake.table("raw/letters", DAY).manifest().fingerprint,
                lake.table("ledger/raw/letters", DAY).manifest().fingerprint,
                result.rows_in,
                result.rows_out,
            )
        )
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "512")
    assert results[0] == results[1]
    assert results[0][3] == 40


def test_a_taken_key_quarantines_the_later_record(spark, lake: Lake, suite, tmp_path: Path) -> None:
    write(
        tmp_path / "a.jsonl",
        {"id": 1, "text": "first"},
        {"id": 2, "text": "x"},
        {"id": 1, "text": "second"},
        {"id": 1, "text": "first"},
    )
    profile, entry = one_source(tmp_path, fields={"text": "text", "key": "id"})
    result = sources.ingest(spark, lake, profile, entry, DAY, suite)
    kept = {r["doc_id"]: r for r in lake.table("raw/letters", DAY).read().to_pylist()}
    first = kept[doc_id("letters", "1")]
    assert first["segments"][0]["text"] == "first"
    assert first["num_records"] == 2
    assert result.metadata["dropped_key_conflict"] == 1
    (dropped,) = [d for d in lake.table("ledger/raw/letters", DAY).read().to_pylist() if not d["kept"]]
    place = f"in {files.origin_of([tmp_path / 'a.jsonl'])[:16]} at row 2"
    assert (dropped["rule"], dropped["evidence"]) == ("key_conflict", f"{first['doc_id']} {place}")


def test_bad_input_is_quarantined_with_file_and_row_and_the_rest_goes_on(
    spark, lake: Lake, suite, tmp_path: Path
) -> None:
    special = "Say </s> or [INST] <s> <|endoftext|> [/INST] and <unk>."
    rows = [json.dumps({"id": i, "text": f"record {i}"}).encode() for i in range(40)]
    rows[5] = b'{"id": 5, "text": "caf\xff\xfe"}'
    rows[6] = b'{"id": 6, "text": "' + b"x" * 70_000 + b'"}'
    rows[7] = b'{"id": 7, "text": "a\0b"}'
    rows[8] = b'{"id": 8, "text": null}'
    rows[9] = b'{"id": 9, "text": "nul \\u0000 inside"}'
    rows[10] = json.dumps({"id": 10, "text": special}).encode()
    rows[11] = b'{"id": 3, "text": "another record 3"}'
    rows[12] = b'{"id": 12}'
    rows[13] = b'{"id": 13, "text": ' + b'{"a":' * 12_000
    whole = b"\n".join(rows) + b"\n"
    (tmp_path / "a.jsonl").write_bytes(whole)
    (tmp_path / "copy of Ann Lee.jsonl").write_bytes(whole)
    (tmp_path / "empty.jsonl").write_bytes(b"")
    (tmp_path / "torn.jsonl.gz").write_bytes(gzip.compress(b'{"id": 99, "text": "whole"}\n' * 3)[:-9])
    profile, entry = one_source(
        tmp_path, phi="possible", fields={"text": "text", "key": "id"}, max_quarantined_share=0.3
    )
    profile = profile.model_copy(update={"ingest": IngestConfig(max_record_bytes=2**16)})
    sources.ingest(spark, lake, profile, entry, DAY, suite)
    table = lake.table("raw/letters", DAY, "restricted").read().to_pylist()
    kept = {r["origin_row"]: r["segments"][0]["text"] for r in table if r["segments"][0]["text"] != "whole"}
    assert set(kept) == set(range(40)) - {5, 6, 7, 8, 11, 12, 13}
    assert kept[10] == special
    assert kept[9] == "nul  inside"
    decisions = lake.table("ledger/raw/letters", DAY).read().to_pylist()
    a, torn, empty = (files.origin_of([tmp_path / n]) for n in ("a.jsonl", "torn.jsonl.gz", "empty.jsonl"))
    three = doc_id("letters", "3", lake.identity_key())
    errors = {
        5: "UnicodeDecodeError",
        6: "RecordTooLargeError",
        7: "JSONDecodeError",
        12: "MissingFieldError:text",
        13: "RecursionError",
    }
    expected = {("unreadable", f"{error} in {a[:16]} at row {row}") for row, error in errors.items()}
    expected |= {("empty", f"in {a[:16]} at row 8"), ("key_conflict", f"{three} in {a[:16]} at row 11")}
    dropped = [(d["rule"], d["evidence"]) for d in decisions if not d["kept"]]
    (torn_evidence,) = {e for _, e in dropped if torn[:16] in e}
    assert torn_evidence.startswith("TruncatedError in ")
    assert {d for d in dropped if torn[:16] not in d[1]} == expected
    assert len(dropped) == len(expected) + 1  # what is there twice is told once
    origins = {o["origin_file"]: o for o in lake.table("origins/letters", DAY, "restricted").read().to_pylist()}
    assert origins[a]["paths"] == ["a.jsonl", "copy of Ann Lee.jsonl"]
    assert (origins[a]["records"], origins[a]["quarantined"]) == (80, 12)
    assert (origins[empty]["records"], origins[empty]["bytes"]) == (0, 0)
    outside = [p for p in (lake.home / "cleared").rglob("*") if p.is_file()] + list(lake.reports.rglob("*"))
    assert not any(name in p.read_bytes() for p in outside for name in (b"Ann", b".jsonl"))


def test_too_many_quarantined_records_stop_the_source(spark, lake: Lake, suite, tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", *[{"text": str(i)} for i in range(58)], "{", "{", "{", "[]")
    profile, entry = one_source(tmp_path)
    with pytest.raises(GateFailedError, match="quarantined_share"):
        sources.ingest(spark, lake, profile, entry, DAY, suite)
    assert not lake.table("raw/letters", DAY).committed()
    (verdict,) = [v for v in lake.table("raw/letters", DAY).verdicts() if not v.passed]
    assert verdict.results == [
        {"records": 62, "quarantined": 4, "allowed": 3},
        {"error": "JSONDecodeError", "records": 3},
        {"error": "NotAnObject", "records": 1},
    ]
    sources.ingest(spark, lake, profile, entry.model_copy(update={"max_quarantined_share": 0.1}), DAY, suite)
    assert lake.table("raw/letters", DAY).read().num_rows == 58


def test_a_large_parquet_file_gives_the_same_in_one_unit_or_many(
    spark, suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "data").mkdir()
    path = tmp_path / "data" / "a.parquet"
    rows = pa.table({"text": [f"{i} {'x' * (i % 90)}" for i in range(900)], "id": [str(i % 890) for i in range(900)]})
    pq.write_table(rows, path, row_group_size=100, compression="none", use_dictionary=False)
    data = bytearray(path.read_bytes())
    chunk = pq.read_metadata(path).row_group(4).column(0)
    data[chunk.data_page_offset : chunk.data_page_offset + 20] = b"\xff" * 20
    path.write_bytes(data)
    profile, entry = one_source(
        tmp_path / "data",
        reader="parquet",
        location=["*.parquet"],
        fields={"text": "text", "key": "id"},
        max_quarantined_share=0.2,
    )
    results = []
    for split_bytes in (splitting.SPLIT_BYTES, 1000):
        monkeypatch.setattr(splitting, "SPLIT_BYTES", split_bytes)
        lake = Lake(tmp_path / f"home{split_bytes}")
        sources.ingest(spark, lake, profile, entry, DAY, suite)
        tables = [lake.table("raw/letters", DAY), lake.table("ledger/raw/letters", DAY)]
        origins = lake.table("origins/letters", DAY, "restricted")
        results.append([t.manifest().fingerprint for t in (*tables, origins)])
        assert origins.read()["records"].to_pylist() == [900]
        assert tables[0].read().num_rows == 790
    assert results[0] == results[1]
    assert len(units.units(profile, entry, DAY)) == 9


def test_records_of_people_stay_restricted_and_have_keyed_identities(spark, lake: Lake, suite, tmp_path: Path) -> None:
    rows = [
        {"id": "N1", "text": "Seen today.", "mrn": "12345", "who": " Ann  Lee ", "ward": "3"},
        {"id": "N2", "text": "Seen again.", "mrn": "12345", "who": "Ann Lee", "ward": "4"},
        {"id": "N3", "text": "Other.", "mrn": "777", "who": "", "ward": "4"},
    ]
    write(tmp_path / "a.jsonl", *rows)
    options = {"registration": {"name": "{who}", "mrn": "{mrn}"}}
    profile, entry = one_source(
        tmp_path, phi="contains", fields={"text": "text", "key": "id", "subject": "mrn"}, options=options
    )
    result = sources.ingest(spark, lake, profile, entry, DAY, suite)
    secret = lake.identity_key()
    table = lake.table("raw/letters", DAY, "restricted").read()
    assert not lake.table("raw/letters", DAY).committed()
    assert set(table["doc_id"].to_pylist()) == {doc_id("letters", k, secret) for k in ("N1", "N2", "N3")}
    ann, other = subject_id("12345", secret), subject_id("777", secret)
    assert sorted(table["subject_id"].to_pylist()) == sorted([ann, ann, other])
    assert all(meta == [] for meta in table["meta"].to_pylist())  # nothing was allowed through
    people = lake.table("registration/letters", DAY, "restricted").read().to_pylist()
    expected = [(ann, "mrn", "12345"), (ann, "name", "Ann Lee"), (other, "mrn", "777")]
    assert sorted((p["subject_id"], p["field"], p["value"]) for p in people) == sorted(expected)
    assert result.metadata["registered_people"] == 2
    outside = [p for p in (lake.home / "cleared").rglob("*") if p.is_file()] + list(lake.reports.rglob("*"))
    assert not any(value in p.read_bytes() for p in outside for value in (b"12345", b"Ann", b"Seen"))
    gathered = sources.gather_registration(lake, profile, DAY)
    assert gathered.rows_out == 3


def test_a_record_that_comes_again_keeps_what_it_alone_says_of_its_person(
    spark, lake: Lake, suite, tmp_path: Path
) -> None:
    record = {"id": "N1", "text": "Seen today.", "mrn": "12345", "phone": "614-555-0101"}
    write(tmp_path / "a.jsonl", record, {**record, "phone": "614-555-0102"}, record)
    options = {"registration": {"phone": "{phone}"}}
    fields = {"text": "text", "key": "id", "subject": "mrn"}
    profile, entry = one_source(tmp_path, phi="contains", fields=fields, options=options)
    result = sources.ingest(spark, lake, profile, entry, DAY, suite)
    assert (result.rows_out, result.metadata["records"]) == (1, 3)
    people = lake.table("registration/letters", DAY, "restricted").read()
    assert people["value"].to_pylist() == ["614-555-0101", "614-555-0102"]


def test_registration_refuses_to_miss_a_source(spark, lake: Lake, suite, tmp_path: Path, monkeypatch) -> None:
    write(tmp_path / "a.jsonl", {"text": "Seen."})
    profile, entry = one_source(tmp_path, phi="contains")
    both = profile.model_copy(update={"sources": [entry, entry.model_copy(update={"name": "faxes"})]})
    sources.ingest(spark, lake, both, entry, DAY, suite)
    with pytest.raises(GateError, match=f"registration/faxes@{DAY} is not there: materialise raw/faxes@{DAY}"):
        sources.gather_registration(lake, both, DAY)
    assert sources.gather_registration(lake, profile, DAY).rows_out == 0

    def killed(*_: Any) -> int:
        raise KeyboardInterrupt

    write(tmp_path / "b.jsonl", {"text": "Seen again."})
    monkeypatch.setattr(ingesting, "_register", killed)
    with pytest.raises(KeyboardInterrupt):
        sources.ingest(spark, lake, profile, entry, DAY, suite)
    with pytest.raises(GateError, match=f"was not made of the present raw/letters@{DAY}: rematerialise"):
        sources.gather_registration(lake, profile, DAY)


def test_a_day_without_files_commits_an_empty_table_and_no_day_at_all_is_the_error(
    spark, lake: Lake, suite, tmp_path: Path
) -> None:
    days = [DAY, "2026-01-02"]
    (tmp_path / DAY).mkdir()
    write(tmp_path / DAY / "a.jsonl", {"text": ""})
    profile, entry = one_source(tmp_path, days, location=["{day}/*.jsonl"])
    for day in days:
        sources.ingest(spark, lake, profile, entry, day, suite)
        assert lake.table("raw/letters", day).read().num_rows == 0
    with pytest.raises(SourceError, match=r"letters .*\{day\}.*is empty on all days \(2\)"):
        sources.require_documents(lake, profile, entry)
    write(tmp_path / DAY / "a.jsonl", {"text": "now"})
    sources.ingest(spark, lake, profile, entry, DAY, suite)
    sources.require_documents(lake, profile, entry)


def test_a_failing_suite_commits_nothing(spark, lake: Lake, tmp_path: Path) -> None:
    from heal_pipeline.lake import Verdict

    write(tmp_path / "a.jsonl", {"text": "x"})
    profile, entry = one_source(tmp_path)
    with pytest.raises(GateFailedError):
        sources.ingest(spark, lake, profile, entry, DAY, lambda name, frame: Verdict(name, False))
    assert not lake.table("raw/letters", DAY).committed()
    assert not list((lake.home / "restricted" / "staging").glob("raw*"))


def test_check_reports_what_is_there_and_what_is_wrong(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", {"text": "x"}, {"text": ""}, "{")
    profile, entry = one_source(tmp_path)
    absent = entry.model_copy(update={"name": "absent", "location": ["no/*.csv"]})
    silent = entry.model_copy(update={"name": "silent", "fields": {"text": "body"}})
    private = entry.model_copy(update={"name": "private", "phi": "contains", "fields": {"text": "body"}})
    found = sources.check(profile.model_copy(update={"sources": [entry, absent, silent, private]}))
    rows = [f.row for f in found]
    assert [(r["rows"], r["empty"], r["unreadable"]) for r in rows] == [(1, 1, 1), (0, 0, 0), (0, 0, 3), (0, 0, 3)]
    assert rows[0]["bytes"] == (tmp_path / "a.jsonl").stat().st_size
    assert [bool(r["problem"]) for r in rows] == [False, True, True, True]
    assert "no/*.csv" in rows[1]["problem"]
    assert found[0].samples == [{"source": "letters", "file": "a.jsonl", "row": 2, "error": "JSONDecodeError"}]
    assert {s["file"] for s in found[3].samples} == {files.origin_of([tmp_path / "a.jsonl"])[:16]}


def test_check_tells_that_ingest_would_stop(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", *[{"text": str(i)} for i in range(9)], "{", "{")
    profile, entry = one_source(tmp_path)
    patient = entry.model_copy(update={"name": "patient", "max_quarantined_share": 0.5})
    stops, goes_on = sources.check(profile.model_copy(update={"sources": [entry, patient]}))
    assert "ingest would stop" in stops.row["problem"]
    assert goes_on.row["problem"] == ""


@pytest.mark.open_data
def test_encounters_share_their_subject_over_dialogue_note_and_instruction(
    spark, lake: Lake, suite, open_data: Path
) -> None:
    profile = load_profile("open").model_copy(update={"data": str(open_data)})
    day = profile.days[0]
    names = ("aci_dialogues", "aci_notes", "aci_instructions", "aci_transcripts")
    subjects = {}
    for name in names:
        sources.ingest(spark, lake, profile, profile.source(name), day, suite)
        subjects[name] = set(lake.table(f"raw/{name}", day, "restricted").read()["subject_id"].to_pylist())
    assert subjects["aci_dialogues"] == subjects["aci_notes"] == subjects["aci_instructions"]
    assert len(subjects["aci_notes"]) == 87
    assert subjects["aci_transcripts"] <= subjects["aci_dialogues"]
    registered = lake.table("registration/aci_notes", day, "restricted").read()
    assert set(registered["field"].to_pylist()) == {"name", "clinician_name"}
    assert len(set(registered["subject_id"].to_pylist())) == 84
