"""Controls: harmless words in carrier sentences, planted beside the canaries to see what is replaced that is no identifier.

Drugs, diseases, eponyms and sites of the body come from installed packages at run time (`medical_terms`); carriers,
titles and headings are of this module alone. Nothing that makes training data may read it: tests/deid/test_controls.py.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from heal_pipeline import medical_terms

KINDS = ("drug", "disease", "eponym", "anatomy", "title", "section")
_CASES: tuple[Callable[[str], str], ...] = (str, str.lower, str.upper)
"""As typed, as of a speech recogniser, and in capitals."""

_CARRIERS: dict[str, tuple[str, ...]] = {
    "drug": (
        "Hold {v} tonight and recheck the potassium in the morning.",
        "[patient] the {v} makes me queasy if i skip breakfast.",
        "Rash appeared after the second dose of {v}.",
        "Swallows {v} with applesauce, tolerating well.",
        "{v} was tapered and stopped without withdrawal.",
    ),
    "disease": (
        "Imaging raised the question of {v}, not confirmed.",
        "[doctor] we want to rule out {v} with one more test.",
        "Two relatives on the mother's side have {v}.",
        "Known {v}, stable on current treatment.",
        "Counselled at length about {v} and its course.",
    ),
    "eponym": (
        "The picture is most consistent with {v}.",
        "[doctor] it might be {v}, but the scan will tell us.",
        "Longstanding {v} under conservative care.",
        "No features to suggest {v} at present.",
    ),
    "anatomy": (
        "Tenderness over the {v}, no guarding.",
        "[patient] it hurts around the {v} when i bend.",
        "A small lesion of the {v} was noted incidentally.",
        "Normal appearance of the {v} on both views.",
    ),
    "title": (
        "Discussed with the {v} on call, who agrees with the plan.",
        "The {v} will phone with the results.",
        "[doctor] the {v} is going to take your blood pressure again.",
    ),
    "section": ("{v}:\nNo acute distress, lungs clear.", "{v}: unchanged since the previous visit."),
}
_TITLES = (
    "attending physician", "charge nurse", "physical therapist", "resident", "pharmacist", "radiologist",
    "nurse practitioner", "social worker", "anesthesiologist", "dietitian", "hospitalist", "case manager",
)  # fmt: skip
_SECTIONS = (
    "Assessment and Plan", "History of Present Illness", "Review of Systems", "Past Surgical History", "Family History",
    "Social History", "Physical Examination", "Hospital Course", "Chief Complaint", "Discharge Medications",
    "Laboratory Data", "Impression", "Allergies", "Disposition", "Interval Events",
)  # fmt: skip


@dataclass(frozen=True)
class Control:
    """A word or term in a sentence without an identifier; `kind` is one of KINDS."""

    kind: str
    value: str
    text: str

    def altered(self, output: str) -> bool:
        """Was anything in the term replaced?"""
        return self.value not in output


def make(count: int, seed: int) -> list[Control]:
    """`count` controls, kinds and cases in turn, the same for the same seed and packages."""
    rng = random.Random(f"control-{seed}")
    values = _values()
    found = []
    for i in range(count):
        kind = KINDS[i % len(KINDS)]
        case = _CASES[i // len(KINDS) % len(_CASES)]
        carrier, value = rng.choice(_CARRIERS[kind]), rng.choice(values[kind])
        found.append(Control(kind, case(value), case(carrier.replace("{v}", value))))
    return found


def _values() -> dict[str, tuple[str, ...]]:
    return {
        "drug": medical_terms.drugs(),
        "disease": tuple(name for name in medical_terms.diseases() if "'" not in name),
        "eponym": tuple(_written(name) for name in medical_terms.diseases() if "'s " in name),
        "anatomy": medical_terms.sites(),
        "title": _TITLES,
        "section": _SECTIONS,
    }


def _written(eponym: str) -> str:
    """ "crohn's disease" as it is written: the name with a capital."""
    return " ".join(word.title().replace("'S", "'s") if "'s" in word else word for word in eponym.split())


def alterations(planted: list[Control], outputs: list[str]) -> list[dict[str, int | float | str]]:
    """Rows of (kind, planted, altered, share), the one for all kinds first."""
    hits = [(control.kind, control.altered(output)) for control, output in zip(planted, outputs, strict=True)]
    rows: list[dict[str, int | float | str]] = []
    for kind in ("all", *KINDS):
        own = [hit for k, hit in hits if kind in (k, "all")]
        if own:
            rows.append(
                {"kind": kind, "planted": len(own), "altered": sum(own), "share": round(sum(own) / len(own), 4)}
            )
    return rows
