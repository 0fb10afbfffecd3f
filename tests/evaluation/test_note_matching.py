"""What the matcher says of a note: captured, missed, incorrect (dose, negation), irrelevant; and what it must never say."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.errors import UserError
from heal_pipeline.evaluation import score_notes
from heal_pipeline.evaluation.notes.facts import statements
from heal_pipeline.evaluation.notes.matching import score_note
from heal_pipeline.evaluation.notes.rubric import derive_rubric, parse_rubric

RUBRIC = """symptom: cough for 3 days
symptom: no fever
medication: lisinopril 10 mg
medication: metformin 500 mg twice daily
finding: blood pressure 128/84
plan: chest x-ray"""
NOTE = (
    "Cough for three days. Denies fever, chills or chest pain. Takes lisinopril 10mg and metformin 500 mg twice daily.\n"
    "Blood pressure was 128/84. Plan: order a chest x-ray."
)
REFERENCE_ONLY = ["Chills and chest pain are absent."]


def errors(note: str, sources: list[str] = REFERENCE_ONLY) -> tuple[int, int, int]:
    counts = score_note(note, parse_rubric(RUBRIC), sources).counts()
    return int(counts["missed"]), int(counts["incorrect"]), int(counts["irrelevant"])


def test_a_good_note_has_no_errors() -> None:
    assert errors(NOTE) == (0, 0, 0)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("Plan: order a chest x-ray.", "", (1, 0, 0)),  # left out
        ("lisinopril 10mg and", "", (1, 0, 0)),
        ("lisinopril 10mg", "lisinopril", (1, 0, 0)),  # without its dose
        ("lisinopril 10mg", "lisinopril 20 mg", (0, 1, 0)),  # another dose
        ("128/84", "182/84", (0, 1, 0)),
        ("three days", "three weeks", (1, 0, 0)),  # another unit is no number of that unit
        ("three days", "5 days", (0, 1, 0)),
        ("Denies fever, chills or chest pain", "Has fever; denies chills or chest pain", (0, 1, 0)),  # polarity
        ("Cough for", "No cough for", (0, 1, 0)),
        ("Denies fever", "There was no fever", (0, 0, 0)),  # said otherwise
        ("Denies fever, chills", "He has had no chills, fever", (0, 0, 0)),  # reordered
        ("Cough for", "He owns two horses and a boat. Cough for", (0, 0, 1)),
        ("Cough for", "He keeps horses. She likes jazz music. Cough for", (0, 0, 2)),
    ],
)
def test_one_change_is_one_error(old: str, new: str, expected: tuple[int, int, int]) -> None:
    assert old in NOTE
    assert errors(NOTE.replace(old, new)) == expected


def test_an_empty_note_misses_everything() -> None:
    assert errors("") == (6, 0, 0)


def test_what_the_conversation_says_is_not_irrelevant() -> None:
    note = "The dog bit her hand last night."
    assert errors(note)[2] == 1
    assert errors(note, ["Patient: my dog bit my hand last night"])[2] == 0


def test_a_dose_belongs_to_the_drug_in_its_clause() -> None:
    assert errors(NOTE.replace("lisinopril 10mg and metformin 500 mg", "lisinopril 500 mg and metformin 10 mg")) == (
        0,
        2,
        0,
    )


@pytest.mark.parametrize(
    ("text", "negated", "affirmed"),
    [
        ("No fever, chills, cough, nausea, vomiting or chest pain.", "fever chill cough nausea vomit chest pain", ""),
        ("Denies chest pain but has a cough.", "chest pain", "cough"),
        ("He did not have fever, has a cough.", "fever", "cough"),
        ("Chest pain: denied.", "chest pain", ""),
        ("Pneumonia was ruled out.", "pneumonia", ""),
        ("Negative for rash, positive for itching.", "rash", "itch"),
        ("Fever without rash.", "rash", "fever"),
        ("Headache, which is new.", "", "headach new"),
        ("I don't smoke", "smoke", ""),
        ("He didn’t vomit", "vomit", ""),
    ],
)  # fmt: skip
def test_how_far_a_negation_reaches(text: str, negated: str, affirmed: str) -> None:
    found = {term: flag for s in statements(text) for c in s.clauses for term, flag in c.terms.items()}
    assert found == dict.fromkeys(negated.split(), True) | dict.fromkeys(affirmed.split(), False)


def test_lines_of_a_rubric() -> None:
    entries = parse_rubric(
        "- medication: aspirin 81 mg\n\nBP: 128/84\nno history of asthma\nplan: follow up: call in 2 weeks\nduration: three weeks\n???\n"
    )
    assert [(e.category, sorted(e.terms), sorted(e.quantities), e.negated) for e in entries] == [
        ("medication", ["aspirin"], [("mg", "81")], False),
        ("", ["bp"], [("", "128/84")], False),
        ("", ["asthma"], [], True),
        ("plan", ["call", "follow"], [("week", "2")], False),
        ("duration", [], [("week", "3")], False),
    ]


WORDS = st.sampled_from(
    "no denies cough fever pain chest lisinopril 10 20 mg 500 days three , ; . : and but or has not the ( ) % absent\n".split(
        " "
    )
)


@settings(max_examples=300, deadline=None)
@given(st.lists(WORDS, max_size=40).map(" ".join) | st.text(max_size=60))
def test_a_reference_has_no_errors_against_itself(reference: str) -> None:
    counts = score_note(reference, derive_rubric(reference)).counts()
    assert (counts["missed"], counts["incorrect"], counts["irrelevant"]) == (0, 0, 0)
    assert counts["completeness"] == counts["correctness"] == counts["conciseness"] == counts["coverage"] == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(WORDS, max_size=30).map(" ".join), st.lists(WORDS, max_size=30).map(" ".join))
def test_entries_are_conserved_and_saying_more_misses_no_more(reference: str, note: str) -> None:
    entries = derive_rubric(reference)
    score = score_note(note, entries)
    assert score.captured + len(score.missed) + len(score.incorrect) == len(entries)
    more = score_note(note + "\n\n" + reference, entries)
    assert more.captured == len(entries)
    assert len(more.irrelevant) == len(score_note(note, entries, [reference]).irrelevant)


def test_score_notes_gives_counts_and_evidence() -> None:
    (found,) = score_notes(
        [{"id": 1, "text": NOTE.replace("10mg", "40 mg") + " He owns horses."}],
        [{"id": 1, "text": RUBRIC, "conversation": "chills or chest pain? no."}],
    )
    assert (found["id"], found["entries"], found["missed"], found["incorrect"], found["irrelevant"]) == (1, 6, 0, 1, 1)
    assert found["incorrect_entries"] == ["medication: lisinopril 10 mg"]
    assert found["irrelevant_statements"] == ["He owns horses."]
    assert found["completeness"] == pytest.approx(5 / 6)


@pytest.mark.parametrize(
    ("rubrics", "words"),
    [
        ([], "no rubric"),
        ([{"id": 1, "text": "..."}], "no entries"),
        ([{"id": 1, "text": RUBRIC}] * 2, "stands twice"),
    ],
)
def test_rubrics_that_do_not_fit(rubrics: list[dict], words: str) -> None:
    with pytest.raises(UserError, match=words):
        score_notes([{"id": 1, "text": NOTE}], rubrics)


@pytest.mark.open_data
def test_the_matcher_agrees_with_human_judgement(open_data) -> None:
    """Human omission rates of 200 summaries (MTS-Dialog, Ben Abacha et al. 2023). The rule was not fitted to them."""
    import csv

    import numpy as np

    path = open_data / "mts-dialog" / "Correlation-Study" / "automatic-summaries-with-manual-scores.csv"
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    scores = [
        score_note(
            r["Automatic Summary"], derive_rubric(r["Reference Summary"]), [r["Reference Summary"], r["Dialogue"]]
        )
        for r in rows
    ]
    omitted, invented = ([float(r[c]) for r in rows] for c in ("OmissionRate", "HallucinationRate"))
    missed = [len(s.missed) / s.num_entries if s.num_entries else 0.0 for s in scores]
    assert np.corrcoef(missed, omitted)[0, 1] > 0.5
    assert np.corrcoef([1 - s.coverage for s in scores], omitted)[0, 1] > 0.6
    assert np.corrcoef([s.unsupported_terms for s in scores], invented)[0, 1] > 0.3
