"""The audit report: failed gates first, every part there or saying why not, and no word of any record."""

import json
from typing import Any

import pytest
from review_days import DAY, documents

from heal_pipeline import artifacts, deid
from heal_pipeline.deid import canaries, review
from heal_pipeline.deid.audit_tables import Cleaned, cleaning, over_redaction, residual_risk, second_opinion
from heal_pipeline.deid.canaries import DISGUISES, TYPES, upper_bound
from heal_pipeline.deid.evaluating import EVALUATION
from heal_pipeline.deid.gates import canary_verdict
from heal_pipeline.errors import GateFailedError
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.profile import DeidConfig, Profile
from heal_pipeline.report.status import status
from heal_pipeline.report.tables import read_section

PLANTED = canaries.make(280, 5)


def survival(*survivors: int) -> list[dict[str, Any]]:
    """As of a run in which these canaries came through."""
    return canaries.survival(PLANTED, [c.text if i in survivors else "" for i, c in enumerate(PLANTED)])


def numbers(**values: Any) -> dict[str, Any]:
    """What the stage keeps of a day."""
    return {
        "documents": 60, "identifiers": 120, "quarantined": 1, "broken_intervals": 0, "detector": "crf", "policy": "safe_harbor",
        "label": "Safe Harbor", "found": {"PERSON": 100, "DATE_TIME": 20}, "survival": survival(), **values,
    }  # fmt: skip


def commit(lake: Lake, profile: Profile, day: str = DAY, passed: bool = True, **values: Any) -> None:
    """A de-identified day of sixty people as the stage leaves it; a failed one leaves its verdicts alone."""
    filtered = lake.table("filtered/notes", day, "restricted")
    with lake.stage(filtered) as staged:
        staged.write(documents([f"Ann Oakhollow has pain {i}" for i in range(60)], day))
        staged.commit()
    table = documents([f"Sue Reed has pain {i}" for i in range(60)], day)
    with lake.stage(lake.table("deidentified/notes", day), inputs=[filtered]) as staged:
        staged.write(table)
        staged.gate(Verdict("rows_conserved", True, [{"rows_in": 60, "kept": 60, "dropped": 0}]))
        staged.gate(Verdict("registration_residue", passed, [{"documents": 60, "survivors": 0 if passed else 3}]))
        if passed:
            review.queue(staged, filtered, dict.fromkeys(table["doc_id"].to_pylist(), 0.0), profile)
            staged.commit(numbers(**values))
        else:
            with pytest.raises(GateFailedError, match="registration_residue"):
                staged.commit()


def audited(lake: Lake, profile: Profile) -> dict[str, dict[str, Any]]:
    """Title → table of the report."""
    deid.audit(lake, profile)
    return {t["title"]: t for t in json.loads((lake.reports / "deid_audit.json").read_text())["tables"]}


def test_failed_gates_come_first_with_all_their_numbers(lake: Lake, profile_with) -> None:
    profile = profile_with()
    commit(lake, profile)
    commit(lake, profile, "2026-03-03", passed=False)
    result = deid.audit(lake, profile)
    tables = audited(lake, profile)
    assert next(iter(tables)) == "Gates that failed"
    (failed,) = tables["Gates that failed"]["rows"]
    assert failed == {
        "of": "notes", "day": "2026-03-03", "gate": "registration_residue", "numbers": "documents 60, survivors 3",
    }  # fmt: skip
    assert [(r["gate"], r["ran"], r["failed"]) for r in tables["Gates"]["rows"]] == [
        ("registration_residue", 2, 1),
        ("rows_conserved", 2, 0),
    ]
    assert not tables["Gates of every table and day"]["rows"][0]["passed"]
    assert len(tables["Gates of every table and day"]["rows"]) == 4
    assert (result.metadata["failed"], result.tables["failed_gates"]) == (1, [failed])
    assert tables["Sources that may hold PHI"]["rows"][0]["days"] == 1, "a failed day has no numbers"


def test_every_gate_of_the_stage_says_what_it_asks() -> None:
    """The names that the modules of gates give to their verdicts."""
    import re
    from pathlib import Path

    from heal_pipeline.deid.auditing import ASKED

    folder = Path(deid.__file__).parent
    found = {
        name
        for path in folder.glob("*.py")
        if path.name != "review_bounds.py"
        for name in re.findall(r'Verdict\(\s*"(\w+)"', path.read_text())
    }
    assert found
    assert found <= set(ASKED)


def test_the_evaluation_of_the_tagger_is_part_of_it(lake: Lake, profile_with) -> None:
    """Its gates are among the gates; a set that was not there is named in the note, not a row of gaps."""
    scores = [{"set": "held-out", "recall": 0.98}, {"set": "asq-phi", "absent": "not below the data folder"}]
    values = {
        "canary_survival": survival(), "token_scores": scores,
        "over_redaction": [{"kind": "all", "planted": 9, "altered": 0, "share": 0.0}], "type_scores": [{"set": "held-out"}],
    }  # fmt: skip
    for passed in (True, False):
        with artifacts.stage(lake, EVALUATION) as staged:
            (staged.path / "evaluation.json").write_text(json.dumps(values))
            staged.gate(Verdict("detection", passed, [{"set": "held-out", "names_covered": 0.98, "passed": passed}]))
            if passed:
                staged.commit()
                tables = audited(lake, profile_with())
                assert tables["Tagger: token scores by set"]["rows"] == scores[:1]
                assert "asq-phi (not below the data folder)" in tables["Tagger: token scores by set"]["note"]
                assert tables["Gates"]["rows"][0]["gate"] == "detection"
            else:
                with pytest.raises(GateFailedError):
                    staged.commit()
    tables = audited(lake, profile_with())
    assert tables["Gates that failed"]["rows"][0]["of"] == "phi_tagger_evaluation"
    assert "set held-out, names covered 0.98" in tables["Gates that failed"]["rows"][0]["numbers"]
    assert "not evaluated, or did not pass" in tables["Tagger"]["absent"]


def test_of_a_gate_that_failed_what_failed_is_told_and_what_to_do(lake: Lake, profile_with) -> None:
    rows = canaries.survival(PLANTED, [c.text if c.type == "MRN" else "" for c in PLANTED])
    with artifacts.stage(lake, EVALUATION) as staged, pytest.raises(GateFailedError):
        staged.gate(canary_verdict(rows, len(PLANTED), DeidConfig(max_canary_survival=0.2)))
        staged.commit()
    (failed,) = audited(lake, profile_with())["Gates that failed"]["rows"]
    assert failed["numbers"].startswith("type MRN, disguise all, planted 40, survived 40")
    ((_, _, what, remedy),) = status(lake, profile_with())[1].rows
    assert what == failed["numbers"]
    assert "then `heal run --job evaluate_tagger`" in remedy


def test_canaries_are_shown_at_their_worst_run_with_bounds(lake: Lake, profile_with) -> None:
    profile = profile_with()
    first_name = next(i for i, c in enumerate(PLANTED) if (c.type, c.disguise) == ("NAME", "lower"))
    commit(lake, profile)
    commit(lake, profile, "2026-03-03", survival=survival(first_name))
    tables = audited(lake, profile)
    rows = {r["type"]: r for r in tables["Planted canaries that survived"]["rows"]}
    assert list(rows) == ["all", *TYPES]
    assert (rows["NAME"]["planted"], rows["NAME"]["survived"], rows["NAME"]["lower"], rows["NAME"]["upper"]) == (
        40,
        1,
        1,
        0,
    )
    assert rows["NAME"]["share_at_most"] == round(upper_bound(1, 40), 4)
    assert set(DISGUISES) <= set(rows["all"])
    assert len(tables["Canaries by type and disguise"]["rows"]) == 1 + len(TYPES) + len(DISGUISES) * (1 + len(TYPES))


def test_numbers_of_days_and_sources() -> None:
    days = [
        Cleaned("notes", "d1", numbers(found={"PERSON": 3}, identifiers=3, documents=2)),
        Cleaned("notes", "d2", numbers(found={"PERSON": 1, "AGE": 1}, identifiers=2, documents=2)),
        Cleaned(
            "letters", "d1", numbers(found={}, identifiers=0, documents=0, policy="limited_data_set", label="Ours")
        ),
    ]
    sources, replaced = cleaning(days)
    assert [(r["source"], r["days"], r["identifiers_per_document"]) for r in sources["rows"]] == [
        ("notes", 2, 1.25),
        ("letters", 1, None),
    ]
    assert "crf under limited_data_set, called “Ours”; crf under safe_harbor, called “Safe Harbor”." in sources["note"]
    assert replaced["rows"] == [
        {"type": "PERSON", "notes": 4, "letters": 0, "total": 4},
        {"type": "AGE", "notes": 1, "letters": 0, "total": 1},
    ]
    controls = [{"kind": "drug", "planted": 40, "altered": n, "share": n / 40} for n in (1, 3)]
    runs = [
        Cleaned("notes", "d1", {"over_redaction": controls[:1]}),
        Cleaned("notes", "d2", {"over_redaction": controls[1:]}),
    ]
    assert over_redaction(runs)["rows"] == [
        {"kind": "drug", "planted": 40, "altered": 3, "share": 0.075, "share_at_most": round(upper_bound(3, 40), 4)}
    ]
    second = {"documents": 10, "leaking": 1, "tokens both find": 7, "tokens the second finds alone": 0}
    found = second_opinion([Cleaned("notes", "d", {"second_opinion": second})] * 2)
    assert found["rows"] == [
        {
            "source": "notes",
            "documents": 20,
            "with_a_finding": 2,
            "share_with_a_finding": 0.1,
            "tokens both find": 14,
            "tokens the second finds alone": 0,
        }
    ]
    assert residual_risk([Cleaned("notes", "d", {"risk": {"median": 0.1}}), Cleaned("notes", "e", {"risk": {}})])[
        "rows"
    ] == [{"source": "notes", "day": "d", "median": 0.1}]


def test_what_is_absent_says_why(lake: Lake, profile_with) -> None:
    tables = audited(lake, profile_with())
    absent = {title for title, t in tables.items() if t.get("absent")}
    assert len(absent) >= 12
    assert all(t["rows"] or t.get("absent") or t["note"] for t in tables.values() if not t.get("details"))
    section = read_section(lake.reports, "deid_audit")
    assert "materialise deidentified" in section.absent
    assert all(t.note for t in section.tables if not t.details)


def test_review_and_groups_are_in_the_report(lake: Lake, profile_with) -> None:
    profile = profile_with(min_group=5)
    commit(lake, profile)
    tables = audited(lake, profile)
    assert tables["Review: random sample"]["rows"][0]["drawn"] == 20
    assert "Nobody has reviewed any yet" in tables["Review: random sample"]["note"]
    fingerprint = lake.table("deidentified/notes", DAY).manifest().fingerprint
    assert tables["Review: random sample by day"]["rows"][0]["table"] == fingerprint
    (alike,) = tables["Metadata: people alike"]["rows"]
    assert (alike["people"], alike["without_a_person"], alike["identifying_columns"]) == (
        60,
        60,
        "meta: title",
    )
    assert "at least 5 are asked for" in tables["Metadata: people alike"]["note"]
    by_column = {r["column"]: r for r in tables["Metadata by column"]["rows"]}
    assert by_column["meta: title"]["share_alone_without_it"] == 0


def test_no_text_or_person_is_in_report_manifests_or_metadata(lake: Lake, profile_with) -> None:
    """Values of records, of output, of metadata, of remarks, and who a record is about."""
    profile = profile_with()
    commit(lake, profile)
    rows = review.queue_table(lake, "notes", DAY).read().to_pylist()
    kept = ("doc_id", "text_id", "source", "batch")
    review.store(lake, [{**{k: rows[0][k] for k in kept}, "missed": 1, "remarks": "Dr. Quillfeather is left"}])
    result = deid.audit(lake, profile)
    assert result.metadata["documents_reviewed"] == 1
    outside = [p for p in lake.home.rglob("*.json") if "data-" not in str(p)]
    assert any("restricted" in p.parts for p in outside)
    text = json.dumps([result.metadata, result.tables]) + "".join(p.read_text() for p in outside)
    for value in ("Oakhollow", "Sue Reed", "has pain", "Visit 7", "Quillfeather", *(r["doc_id"] for r in rows)):
        assert value not in text
