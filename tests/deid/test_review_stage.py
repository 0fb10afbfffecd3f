"""What the real stage leaves for reviewers, and what k-anonymity stops in it."""

import json
from typing import Any

import pytest
from review_days import DAY

from heal_pipeline import deid
from heal_pipeline.deid import review, review_bounds
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.lake import Lake

pytestmark = [pytest.mark.spark, pytest.mark.slow]

PEOPLE = {
    f"p{i}": {"name": name, "mrn": f"K48291{i}"}
    for i, name in enumerate(["Marwenna Oakhollow", "Dustan Tarnwick", "Elowen Brackish", "Corvin Saltmarsh"])
}
RECORDS: list[dict[str, Any]] = [
    {
        "text": f"{values['name']}, MRN {values['mrn']}, was seen for knee pain. Continue metformin 500 mg twice daily.",
        "subject": subject,
        "meta": {"title": f"Visit of {values['name']}", "ward": "north"},
    }
    for subject, values in PEOPLE.items()
]
VALUES = [word.lower() for values in PEOPLE.values() for word in (*values["name"].split(), values["mrn"])]


@pytest.fixture
def run(spark, passing_validator, profile_with, home: Lake, tables):
    tables(home, RECORDS, PEOPLE)

    def deidentify(**values: Any):
        profile = profile_with(**values)
        return deid.deidentify_source(spark, home, profile, profile.source("notes"), DAY, passing_validator)

    return deidentify


def test_the_stage_leaves_a_queue_of_its_output(run, home: Lake, profile_with) -> None:
    run(review_top=1, review_random=3)
    rows = review.queue_table(home, "notes", DAY).read().to_pylist()
    assert sum(r["at_random"] for r in rows) == 3
    assert sum(r["by_risk"] for r in rows) == 1
    shown = " ".join(r["text"] for r in rows)
    assert not any(value in shown.lower() for value in VALUES)
    assert all("⟧, was seen for knee pain" in r["text"] and "ward: north" in r["text"] for r in rows)
    found = review_bounds.review(home, profile_with())
    assert [(row["documents"], row["drawn"], row["reviewed"]) for row in found.by_source] == [(4, 3, 0)]
    again = review.queue_table(home, "notes", DAY).manifest().fingerprint
    run(review_top=1, review_random=3)
    assert review.queue_table(home, "notes", DAY).manifest().fingerprint == again


def test_nothing_of_a_person_is_in_any_manifest_or_report(run, home: Lake, profile_with) -> None:
    result = run()
    audited = deid.audit(home, profile_with())
    files = [p for p in home.home.rglob("*.json") if not any(part.startswith("content-") for part in p.parts)]
    assert any("review" in p.parts for p in files)
    text = json.dumps([result.metadata, result.tables, audited.metadata, audited.tables]) + "".join(
        p.read_text() for p in files
    )
    subjects = {r["subject_id"] for r in home.table("filtered/notes", DAY, "restricted").read().to_pylist()}
    assert [value for value in (*VALUES, *subjects) if value in text.lower()] == []


def test_people_who_are_alone_with_their_metadata_stop_a_day_with_a_bound(run, home: Lake) -> None:
    with pytest.raises(GateFailedError, match="k_anonymity"):
        run(min_group=2)
    with pytest.raises(GateError):
        review.queue_table(home, "notes", DAY).read()
    (failed,) = [v for v in home.table("deidentified/notes", DAY).verdicts() if not v.passed]
    assert failed.results[0] == {"people": 4, "smallest_group": 1, "people_in_small_groups": 4, "allowed_group": 2}
    without = {row["column"]: row["share_alone_without_it"] for row in failed.results[1:]}
    assert without == {"kind": 1.0, "batch": 1.0, "meta: ward": 1.0, "meta: title": 0.0}
