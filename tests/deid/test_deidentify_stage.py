"""The stage on real Spark: what is replaced and kept, gates, quarantine, canaries, the same whatever the partitions."""

import dataclasses
import json
from typing import Any

import pytest

from heal_pipeline import artifacts, deid
from heal_pipeline.deid import deidentifying, records
from heal_pipeline.documents import content_id, document_text
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake

pytestmark = pytest.mark.spark

DAY = "2026-03-02"
PEOPLE = {
    "p1": {
        "name": "Marwenna Oakhollow", "mrn": "K482913", "birth_date": "1951-07-23", "phone": "(614) 287-9304",
        "email": "m.oakhollow@brightpost.net", "address": "412 Tarn Street, Eldermouth, OH 44118",
    },
    "p2": {"name": "Will Long", "mrn": "7730021", "birth_date": "1930-02-28", "sex": "male"},
}  # fmt: skip
NOTE = (
    "Patient: Oakhollow, Marwenna   MRN: K-482913   DOB: 7/23/51\n"
    "MARWENNA was seen with her husband Dustan; reach her on 614.287.9304 or m.oakhollow@brightpost.net. "
    "She lives at 412 Tarn Street, Eldermouth, OH 44118. Continue metformin 500 mg twice daily. [**Hospital1 18**] records."
)
RECORDS: list[dict[str, Any]] = [
    {"text": NOTE, "subject": "p1", "meta": {"task": "note_generation", "title": "Visit of Marwenna Oakhollow"}},
    {
        "segments": [
            {"text": "hi marwenna , how is the knee ?", "scored": False},
            {"text": "Ms. Oakhollow has knee pain.", "scored": True},
        ],
        "subject": "p1",
        "kind": "instruction",
    },
    {"text": "Mr. Long has had a long walk. He will walk again. He is 96 years old.", "subject": "p2"},
    {"text": "Spoke with Marwenna Oakhollow's sister about the plan for hypertension."},
    {"text": "Blood pressure 120/80, continue lisinopril 10 mg daily."},
]


@pytest.fixture
def suite():
    from resources.expectations import validate

    return validate


@pytest.fixture
def run(spark, suite, profile_with):
    def deidentify(lake: Lake, **values: Any):
        profile = profile_with(**values)
        return deid.deidentify_source(spark, lake, profile, profile.source("notes"), DAY, suite)

    return deidentify


@pytest.fixture
def cleaned(run, home: Lake, tables):
    tables(home, RECORDS, PEOPLE)
    result = run(home)
    rows = sorted(home.table("deidentified/notes", DAY).read().to_pylist(), key=lambda r: r["origin_row"])
    return home, result, rows


def test_identifiers_go_and_medicine_stays(cleaned) -> None:
    _, result, rows = cleaned
    assert len(rows) == len(RECORDS) == result.rows_in == result.rows_out
    everything = " ".join(document_text(r["segments"]) + str(r["meta"]) for r in rows).lower()
    for value in (
        "oakhollow",
        "marwenna",
        "482913",
        "287.9304",
        "brightpost",
        "tarn",
        "eldermouth",
        "44118",
        "7/23",
        "dustan",
    ):
        assert value not in everything
    first = document_text(rows[0]["segments"])
    assert "metformin 500 mg twice daily" in first
    assert "DOB: 1951" in first
    assert "[LOCATION] records" in first
    assert "Mr. Long" not in document_text(rows[2]["segments"])
    assert "a long walk. He will walk again. He is 90+ years old." in document_text(rows[2]["segments"])
    assert document_text(rows[4]["segments"]) == RECORDS[4]["text"]
    assert dict(rows[0]["meta"])["task"] == "note_generation"
    assert [s["scored"] for s in rows[1]["segments"]] == [False, True]
    assert all(r["content_id"] == content_id(document_text(r["segments"])) for r in rows)


def test_a_person_has_one_surrogate_over_all_documents(cleaned) -> None:
    _, _, rows = cleaned
    surname = document_text(rows[0]["segments"]).split("Patient: ")[1].split(",")[0]
    assert f"Ms. {surname} has knee pain" in document_text(rows[1]["segments"])


def test_no_value_leaves_the_restricted_zone(cleaned, profile_with) -> None:
    lake, result, _ = cleaned
    deid.audit(lake, profile_with())
    shown = json.dumps([result.metadata, result.tables])
    outside = [
        p
        for f in ("cleared", "reports", "models")
        for p in (lake.home / f).rglob("*")
        if p.suffix in (".json", ".jsonl")
    ]
    text = (shown + "".join(p.read_text() for p in outside)).lower()
    assert "oakhollow" not in text
    assert "482913" not in text
    assert not list(lake.scratch.glob("deidentified*"))


def test_verdicts_ledger_and_audit(cleaned, profile_with) -> None:
    lake, result, _ = cleaned
    gates = {v.gate: v for v in result.manifest.verdicts}
    assert set(gates) == {
        "rows_conserved", "registration_residue", "pattern_rescan", "intervals", "canary_survival", "over_redaction",
        "quarantined_share", "second_detector", "expectations:deidentified",
    }  # fmt: skip
    assert gates["registration_residue"].results[0]["values_looked_for"] > 5
    assert lake.table("ledger/deidentified/notes", DAY).read().num_rows == len(RECORDS)
    deid.audit(lake, profile_with())
    report = json.loads((lake.reports / "deid_audit.json").read_text())
    assert [t["title"] for t in report["tables"]][:2] == ["Gates that failed", "Gates"]
    assert "not evaluated" in report["tables"][-1]["absent"]


def test_the_same_whatever_the_partitions(spark, run, home: Lake, tables) -> None:
    prints = set()
    for size in (64 * 2**20, 2048):
        tables(home, RECORDS, PEOPLE)
        spark.conf.set("spark.sql.files.maxPartitionBytes", str(size))
        prints.add(run(home).manifest.fingerprint)
    spark.conf.set("spark.sql.files.maxPartitionBytes", str(64 * 2**20))
    assert len(prints) == 1


def test_an_untrained_tagger_is_stopped_and_nothing_is_committed(run, home: Lake, tables, profile_with) -> None:
    tables(home, RECORDS, PEOPLE)
    blind = profile_with(training_documents=3, training_iterations=1, threshold=0.0)
    deid.build_training_corpus(home, blind)
    deid.train_tagger(home, blind)
    with pytest.raises(GateFailedError, match="canary_survival"):
        run(home, threshold=0.0)
    table = home.table("deidentified/notes", DAY)
    assert not table.committed()
    with pytest.raises(GateError):
        table.read()


@pytest.mark.slow
def test_blank_presidio_is_stopped_too(run, home: Lake, tables) -> None:
    tables(home, RECORDS, PEOPLE)
    with pytest.raises(GateFailedError, match="canary_survival"):
        run(home, detector="presidio")


def test_a_registered_value_that_is_left_stops_the_day(run, home: Lake, tables, monkeypatch) -> None:
    """The pass forgets who is registered; the gate does not."""
    pass_ = deidentifying._run

    def forgetful(spark, filtered, planted, job, work):
        return pass_(spark, filtered, planted, dataclasses.replace(job, people={}), work)

    monkeypatch.setattr(deidentifying, "_run", forgetful)
    tables(home, [{"text": "the tablet blue-19-morning helps", "subject": "p"}], {"p": {"portal": "blue-19-morning"}})
    with pytest.raises(GateFailedError, match="registration_residue"):
        run(home, threshold=0.0, max_canary_survival=1.0, max_contact_survival=1.0)


def test_a_detector_that_fails_on_every_row_is_stopped(run, home: Lake, tables, monkeypatch) -> None:
    class Broken:  # local, so that tasks get it by value
        def __init__(self, spec):
            self.spec = spec

        def load(self, directory=None):
            found = self.spec.load(directory)
            found.examine_record = None
            return found

    pass_ = deidentifying._run

    def blind(spark, filtered, planted, job, work):
        return pass_(spark, filtered, planted, dataclasses.replace(job, spec=Broken(job.spec)), work)

    monkeypatch.setattr(deidentifying, "_run", blind)
    tables(home, RECORDS, PEOPLE)
    with pytest.raises(GateFailedError, match="canary_survival, over_redaction, quarantined_share"):
        run(home)
    assert not home.table("deidentified/notes", DAY).committed()
    assert not home.table("ledger/deidentified/notes", DAY).committed()


def test_registration_that_is_older_than_a_part_of_it_is_refused(run, home: Lake, tables) -> None:
    tables(home, RECORDS, PEOPLE)
    part = home.table("registration/notes", DAY, "restricted")
    with home.stage(part) as staged:
        staged.write(part.read().slice(1))
        staged.commit()
    with pytest.raises(GateError, match=f"registration@{DAY} was not made of the present registration/notes@{DAY}"):
        run(home)


def test_a_record_that_fails_is_dropped_with_its_class_alone() -> None:
    cleaner = object()
    row = {"doc_id": "d", "segments": [{"text": "Ann", "scored": True}], "meta": [], "subject_id": None}
    [failed] = records.clean_run([row], cleaner, {})  # type: ignore[arg-type]
    assert (failed["rule"], failed["evidence"], failed["segments"]) == ("quarantined", "AttributeError", [])


def test_a_day_without_records_commits_an_empty_table(run, home: Lake, tables) -> None:
    tables(home, [], {})
    result = run(home)
    assert (result.rows_in, result.rows_out) == (0, 0)
    assert home.table("deidentified/notes", DAY).read().num_rows == 0


def test_the_stage_asks_for_a_tagger(run, lake: Lake, tables) -> None:
    tables(lake, RECORDS, PEOPLE)
    with pytest.raises(GateError, match="phi_tagger"):
        run(lake)
    assert not artifacts.committed(lake, "models/phi_tagger")
