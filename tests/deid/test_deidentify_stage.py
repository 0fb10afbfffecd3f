"""The stage on real Spark: what is replaced and kept, gates, quarantine, canaries, the same whatever the partitions."""

import dataclasses
import json
import random
import shutil
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
    assert "Tagger: token scores by set" in [t["title"] for t in report["tables"]]
    assert set(result.manifest.inputs) == {
        f"filtered/notes@{DAY}", f"registration@{DAY}", "models/phi_tagger", "models/phi_tagger_evaluation",
    }  # fmt: skip


def test_the_numbers_are_kept_and_shown(cleaned) -> None:
    lake, result, rows = cleaned
    numbers = result.manifest.metadata
    assert numbers["controls"] == 240
    assert numbers["broken_intervals"] == 0
    assert 0 <= numbers["risk"]["median"] <= numbers["risk"]["highest"] <= 1
    assert numbers["second_opinion"]["documents"] == len(rows)
    assert numbers["second_opinion"]["tokens both find"] > 0
    assert {"over_redaction", "residual_risk", "second_opinion"} <= result.tables.keys()
    queue = lake.table("review/queue/notes", DAY, "restricted").read()
    assert set(queue["doc_id"].to_pylist()) == {r["doc_id"] for r in rows}


def test_the_same_whatever_the_partitions_and_the_order_of_rows(spark, run, home: Lake, tables) -> None:
    """Of each order and number of partitions: the same documents, the same risks, the same review."""
    people = [{"text": f"{RECORDS[i % 5]['text']} Visit {i}.", "subject": f"p{i % 4}"} for i in range(20) if i % 5 != 1]
    tables(home, [*RECORDS, *people], PEOPLE)
    table = home.table("filtered/notes", DAY, "restricted")
    rows = table.read()
    prints = set()
    before = spark.conf.get("spark.sql.shuffle.partitions")
    try:
        for seed, partitions in enumerate((1, 4, 8)):
            spark.conf.set("spark.sql.shuffle.partitions", str(partitions))
            order = random.Random(seed).sample(range(rows.num_rows), rows.num_rows)
            with home.stage(table) as staged:
                for half in (order[: len(order) // 2], order[len(order) // 2 :]):
                    staged.write(rows.take(half))
                staged.commit()
            manifest = run(home).manifest
            queue = home.table("review/queue/notes", DAY, "restricted").manifest()
            prints.add((manifest.fingerprint, queue.fingerprint, json.dumps(manifest.metadata["risk"])))
    finally:
        spark.conf.set("spark.sql.shuffle.partitions", before)
    assert len(prints) == 1


def test_what_the_note_tells_is_found_in_the_conversation(run, home: Lake, tables) -> None:
    """Alone, the number in the conversation is nobody's; beside the note of the same person it is a record number."""
    note, talk = "MRN: 77A-30021-XK. Knee pain.", "the drawer says 77a-30021-xk and nothing else"
    tables(home, [{"text": note, "subject": "p9"}, {"text": talk, "subject": "p9"}])
    run(home)
    texts = [document_text(r["segments"]) for r in home.table("deidentified/notes", DAY).read().to_pylist()]
    assert not [t for t in texts if "30021" in t]
    assert len({t.split("MRN: ")[1].split(".")[0].lower() for t in texts if "MRN" in t}) == 1


LAX = {
    "max_canary_survival": 1.0, "max_contact_survival": 1.0, "max_number_survival": 1.0, "max_over_redaction": 1.0,
    "min_noisy_names_covered": 0.0,
}  # fmt: skip


@pytest.fixture
def evaluated(profile_with):
    """Lets a detector through its evaluation, whatever it can do: what is under test comes after it."""

    def evaluate(lake: Lake, **values: Any) -> None:
        deid.evaluate_tagger(lake, profile_with(**{**values, **LAX}))

    return evaluate


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"threshold": 0.5}, r"other settings \(deid.threshold\)"),
        ({"detector": "presidio"}, r"other settings \(deid.detector\)"),
    ],
)
def test_settings_that_were_not_evaluated_are_refused(run, home: Lake, tables, values, reason) -> None:
    tables(home, RECORDS, PEOPLE)
    with pytest.raises(GateError, match=f"{reason}.*heal run --job evaluate_tagger"):
        run(home, **values)
    assert not home.table("deidentified/notes", DAY).verdicts()


def test_a_tagger_that_was_not_evaluated_or_did_not_pass_is_refused(run, home: Lake, tables, profile_with) -> None:
    tables(home, RECORDS, PEOPLE)
    with pytest.raises(GateFailedError, match="over_redaction"):
        deid.evaluate_tagger(home, profile_with(max_over_redaction=0.0))
    with pytest.raises(GateError, match=r"did not pass its evaluation \(over_redaction\)"):
        run(home)
    shutil.rmtree(home.home / "models" / "phi_tagger_evaluation")
    with pytest.raises(GateError, match="has not been evaluated: `heal run --job evaluate_tagger`"):
        run(home)
    deid.evaluate_tagger(home, profile_with())
    assert run(home).manifest.rows == len(RECORDS)
    small = profile_with(training_documents=50, training_iterations=5)
    deid.build_training_corpus(home, small)
    deid.train_tagger(home, small)
    with pytest.raises(GateError, match="another tagger"):
        run(home)


def test_an_untrained_tagger_is_stopped_and_nothing_is_committed(
    run, home: Lake, tables, profile_with, evaluated
) -> None:
    tables(home, RECORDS, PEOPLE)
    blind = profile_with(training_documents=3, training_iterations=1, threshold=0.0)
    deid.build_training_corpus(home, blind)
    deid.train_tagger(home, blind)
    with pytest.raises(GateFailedError, match="canary_survival, detection"):
        deid.evaluate_tagger(home, blind)
    evaluated(home, threshold=0.0)
    with pytest.raises(GateFailedError, match="canary_survival"):
        run(home, threshold=0.0)
    table = home.table("deidentified/notes", DAY)
    assert not table.committed()
    with pytest.raises(GateError):
        table.read()


def test_a_detector_that_knows_no_names_is_stopped(run, home: Lake, tables, monkeypatch) -> None:
    """It passed its evaluation; at work it is another one."""

    class Nameless:  # local, so that tasks get it by value
        def __init__(self, spec):
            self.spec = spec

        def load(self, directory=None):
            found = self.spec.load(directory)
            whole = found.examine_record

            def without_names(*args):
                spans, risks = whole(*args)
                return type(
                    "Examined", (), {"spans": [[s for s in o if s[2] != "PERSON"] for o in spans], "risks": risks}
                )

            found.examine_record = without_names
            return found

    pass_ = deidentifying._run

    def blind(spark, filtered, planted, job, work):
        return pass_(spark, filtered, planted, dataclasses.replace(job, spec=Nameless(job.spec)), work)

    monkeypatch.setattr(deidentifying, "_run", blind)
    tables(home, RECORDS, PEOPLE)
    with pytest.raises(GateFailedError, match=r"registration_residue, .*canary_survival"):
        run(home)


@pytest.mark.slow
def test_blank_presidio_is_stopped_too(run, home: Lake, tables, evaluated) -> None:
    tables(home, RECORDS, PEOPLE)
    evaluated(home, detector="presidio")
    with pytest.raises(GateFailedError, match="canary_survival"):
        run(home, detector="presidio")


def test_a_registered_value_that_is_left_stops_the_day(run, home: Lake, tables, monkeypatch, evaluated) -> None:
    """The pass forgets who is registered; the gate does not."""
    pass_ = deidentifying._run

    def forgetful(spark, filtered, planted, job, work):
        return pass_(spark, filtered, planted, dataclasses.replace(job, people={}), work)

    monkeypatch.setattr(deidentifying, "_run", forgetful)
    tables(home, [{"text": "the tablet blue-19-morning helps", "subject": "p"}], {"p": {"portal": "blue-19-morning"}})
    evaluated(home, threshold=0.0)
    with pytest.raises(GateFailedError, match="registration_residue"):
        run(home, threshold=0.0, max_canary_survival=1.0, max_contact_survival=1.0, max_number_survival=1.0)


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
