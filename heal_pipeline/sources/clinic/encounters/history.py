"""What a patient brings to a visit: other conditions, their medicines, allergies, habits, family."""

from collections.abc import Sequence
from dataclasses import dataclass

from heal_pipeline.sources.clinic.grammar import Writer
from heal_pipeline.sources.clinic.knowledge.conditions import Condition, conditions
from heal_pipeline.sources.clinic.knowledge.drugs import drugs
from heal_pipeline.sources.clinic.people import Patient

LASTING = (
    "hypertension", "type 2 diabetes", "hypothyroidism", "high cholesterol", "acid reflux", "asthma", "generalized anxiety",
    "major depression", "allergic rhinitis", "insomnia", "migraine", "gout", "chronic kidney disease", "osteoporosis",
)  # fmt: skip
"""What people often have beside the reason of a visit."""
OLD_AGE = ("hypertension", "high cholesterol", "type 2 diabetes", "gout", "chronic kidney disease", "osteoporosis")
MIDDLE_AGE = 38

ALLERGIES = (
    ("penicillin", ("hives", "a rash", "swelling of the lips")),
    ("sulfa", ("a rash", "hives", "fever")),
    ("codeine", ("vomiting", "itching")),
    ("latex", ("itching", "a rash")),
    ("shellfish", ("hives", "swelling of the lips")),
    ("aspirin", ("wheezing", "hives")),
)
CROSS_REACTIONS = {
    "penicillin": ("amoxicillin", "cephalexin"),
    "sulfa": ("trimethoprim-sulfamethoxazole",),
    "aspirin": ("aspirin", "ibuprofen", "naproxen", "indomethacin", "ketorolac", "diclofenac gel"),
}
SMOKING = (
    "never smoked", "never smoked", "quit smoking ten years ago", "smokes half a pack a day", "smokes a pack a day", "quit smoking last year",
)  # fmt: skip
DRINKING = (
    "does not drink alcohol", "drinks a glass of wine on weekends", "drinks two beers a night", "drinks alcohol rarely",
    "has a beer after work",
)  # fmt: skip
JOBS = (
    "bus driver", "school teacher", "line cook", "carpenter", "accountant", "warehouse worker", "hair stylist", "electrician", "librarian",
    "truck driver", "software developer", "farmer", "cashier", "nurse's aide", "welder", "postal carrier", "baker", "real estate agent",
    "mechanic", "graphic designer", "janitor", "paralegal", "landscaper", "bank teller", "machinist", "preschool teacher", "plumber",
)  # fmt: skip
FAMILY = (
    "high blood pressure", "type 2 diabetes", "heart disease", "a stroke", "breast cancer", "colon cancer", "thyroid disease", "asthma",
    "kidney disease", "depression",
)  # fmt: skip
SURGERIES = (
    "appendectomy", "gallbladder removal", "tonsillectomy", "knee arthroscopy", "hernia repair", "cataract surgery", "wisdom tooth removal",
)  # fmt: skip


@dataclass(frozen=True)
class Medication:
    drug: str
    dose: str
    frequency: str


@dataclass(frozen=True)
class Allergy:
    drug: str
    reaction: str


@dataclass(frozen=True)
class Background:
    """Attributes:
    conditions: other conditions by name; that of a follow-up is not among them.
    medications: what is taken, that of the follow-up's condition first.
    relative: ("mother", "a stroke"); ("", "") where nothing is known.
    surgery: "" where there was none.
    """

    conditions: tuple[str, ...]
    medications: tuple[Medication, ...]
    allergies: tuple[Allergy, ...]
    smoking: str
    drinking: str
    job: str
    relative: tuple[str, str]
    surgery: str


def background(w: Writer, person: Patient, condition: Condition) -> Background:
    """What a person brings to a visit about a condition."""
    allergies = tuple(Allergy(d, w.pick(r)) for d, r in w.some(ALLERGIES, 1)) if w.chance(0.4) else ()
    old = person.age >= MIDDLE_AGE
    pool = [c for c in LASTING if c != condition.name and (old or c not in OLD_AGE)]
    names = w.some(pool, w.between(1, 2) if old else w.between(0, 1))
    treated = [*([condition.name] if condition.is_follow_up else []), *names]
    taken: dict[str, Medication] = {}
    for name in treated:
        candidates = [d for d in conditions()[name].drugs[:3] if not forbidden(d, allergies)]
        options = [d for d in candidates if not any(d == t or alike(d, t) for t in taken)]
        if options:
            found = medication(w, w.pick(options))
            taken[found.drug] = found
    return Background(
        conditions=tuple(names),
        medications=tuple(taken.values()),
        allergies=allergies,
        smoking=w.pick(SMOKING),
        drinking=w.pick(DRINKING),
        job="retired " * (person.age > 66) + w.pick(JOBS),
        relative=(w.pick(("mother", "father", "brother", "sister")), w.pick(FAMILY)) if w.chance(0.5) else ("", ""),
        surgery=w.pick(SURGERIES) if w.chance(0.3) else "",
    )


def medication(w: Writer, name: str) -> Medication:
    """A medicine with one of its doses, the common ones in the middle most often."""
    drug = drugs()[name]
    last = len(drug.doses) - 1
    return Medication(name, drug.doses[min(last, w.between(0, 2))], drug.frequency)


def alike(drug: str, other: str) -> bool:
    """Whether two medicines are of one kind, so that nobody takes both: a long word of their groups is the same."""
    first, second = (set(drugs()[name].group.split()) for name in (drug, other))
    return any(len(word) > 5 for word in first & second)


def forbidden(drug: str, allergies: Sequence[Allergy]) -> bool:
    return any(drug in CROSS_REACTIONS.get(a.drug, ()) for a in allergies)
