"""The facts of a visit, drawn once: every conversation, note, form and instruction of it tells these and no others.

How they are worded is decided elsewhere; `rubric` names them as the gold that notes are judged by.
"""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from heal_pipeline.sources.clinic.encounters import history
from heal_pipeline.sources.clinic.encounters.history import Allergy, Background, Medication
from heal_pipeline.sources.clinic.grammar import Writer
from heal_pipeline.sources.clinic.knowledge.conditions import Condition, conditions
from heal_pipeline.sources.clinic.knowledge.drugs import drugs
from heal_pipeline.sources.clinic.people import NUM_CLINICIANS, Clinician, Patient, clinician, patient

RETURNING_SHARE = 0.12
"""Visits of a patient who has been seen before."""
LATE_CONDITIONS = {
    "osteoporosis", "prostate enlargement", "chronic obstructive pulmonary disease", "heart failure", "stable angina",
    "atrial fibrillation", "chronic kidney disease", "gout", "knee osteoarthritis", "gallstone disease", "shingles",
}  # fmt: skip
LATE = 45
OTHER_FINDINGS = (
    ("general appearance", "no acute distress"), ("lungs", "clear lungs"), ("heart", "regular rate and rhythm"), ("neck", "supple neck"),
    ("abdomen", "soft abdomen"), ("neuro", "normal strength in both arms"), ("gait", "steady gait"), ("mouth", "moist mucous membranes"),
)  # fmt: skip
RETURNS = {
    "days": ("one week", "ten days", "two weeks"),
    "weeks": ("two weeks", "four weeks", "six weeks"),
    "months": ("six weeks", "two months", "three months"),
    "years": ("three months", "four months", "six months"),
}


@dataclass(frozen=True)
class Change:
    """What is done with one medicine: "start", "continue" or "increase"; an increase has the dose it comes from."""

    action: str
    medication: Medication
    earlier_dose: str = ""

    @property
    def term(self) -> str:
        return f"{self.action} {self.medication.drug} {self.medication.dose}"


@dataclass(frozen=True)
class Vitals:
    pressure: tuple[int, int]
    pulse: int
    temperature: float
    breaths: int
    saturation: int
    weight: int


@dataclass(frozen=True)
class Encounter:
    """A visit. Texts are plain words without marks, but for the patient and the clinician, who write themselves marked.

    Attributes:
        lay: the complaint as the patient says it.
        duration: "three weeks", in words.
        feel, worse, better: "" for follow-ups.
        status: "" but for follow-ups.
        present, absent: symptom terms.
        findings: (system, finding).
        brief: nobody asks for family, habits and work.
    changes, tests, advice, alarm, refer, returns: the plan. `advice` holds imperatives, `refer` may be "".
    """

    seed: int
    number: int
    date: datetime.date
    patient: Patient
    clinician: Clinician
    condition: Condition
    side: str
    lay: str
    duration: str
    severity: int
    feel: str
    worse: tuple[str, ...]
    better: str
    status: str
    present: tuple[str, ...]
    absent: tuple[str, ...]
    background: Background
    vitals: Vitals
    findings: tuple[tuple[str, str], ...]
    changes: tuple[Change, ...]
    tests: tuple[str, ...]
    advice: tuple[str, ...]
    alarm: str
    refer: str
    returns: str
    brief: bool

    @property
    def complaint(self) -> str:
        return self.condition.complaint

    @property
    def is_follow_up(self) -> bool:
        return self.condition.is_follow_up

    @cached_property
    def medications(self) -> tuple[Medication, ...]:
        """What the patient takes on arrival."""
        return self.background.medications

    def writer(self, *purpose: str | int) -> Writer:
        """A writer for one text of this visit."""
        return Writer(self.seed, "visit", self.number, *purpose)

    def rubric(self, parts: Sequence[str] = ("subjective", "objective", "assessment", "plan")) -> list[tuple[str, str]]:
        """(category, term): what a note of these parts shall say. Without identifiers."""
        b = self.background
        entries = {
            "subjective": [
                ("complaint", self.complaint),
                ("duration", self.duration),
                *(("symptom", s) for s in self.present),
                *(("negative", f"no {s}") for s in self.absent),
                *(("history", c) for c in b.conditions),
                *(("medication", f"{m.drug} {m.dose}") for m in b.medications),
                *(("allergy", f"{a.drug} allergy, {a.reaction}") for a in b.allergies),
            ],
            "objective": [("finding", finding) for _, finding in self.findings],
            "assessment": [("diagnosis", self.condition.name)],
            "plan": [
                *(("medication", c.term) for c in self.changes),
                *(("test", t) for t in self.tests),
                *(("advice", a) for a in self.advice),
                ("precaution", self.alarm),
                *([("referral", f"referral to {self.refer}")] if self.refer else []),
                ("follow-up", f"follow up in {self.returns}"),
            ],
        }
        return [entry for part in parts for entry in entries[part]]


def encounter(seed: int, number: int, day: str) -> Encounter:
    """The visit of a number on a day: a pure function of the three."""
    w = Writer(seed, "encounter", number)
    returning = number > 0 and w.chance(RETURNING_SHARE)
    person = patient(seed, w.between(0, number - 1) if returning else number)
    condition = w.pick(_possible(person))
    side = w.pick(("left", "right"))
    background = history.background(w, person, condition)
    brief = w.chance(0.6)
    present = tuple(
        w.some(condition.with_, 1 if condition.is_follow_up else w.between(1, 2) if brief else w.between(2, 3))
    )
    absent = tuple(s for s in w.some(condition.without, 2 if brief else w.between(3, 4)) if s not in present)
    changes = _changes(w, condition, background)
    say = lambda items: w.one(items, side=side)  # noqa: E731
    return Encounter(
        seed=seed,
        number=number,
        date=datetime.date.fromisoformat(day) - datetime.timedelta(days=w.between(0, 20)),
        patient=person,
        clinician=_clinician(w, seed, person),
        condition=condition,
        side=side,
        lay=say(condition.lay),
        duration=_duration(w, condition.onset[0]),
        severity=w.between(3, 9),
        feel=say(condition.feel) if condition.feel else "",
        worse=tuple(w.some(condition.worse, w.between(1, 2))),
        better=say(condition.better) if condition.better else "",
        status=say(condition.status) if condition.status else "",
        present=present,
        absent=absent,
        background=background,
        vitals=_vitals(w, condition, present),
        findings=_findings(w, condition, side, present, 1 if brief else 2),
        changes=changes,
        tests=tuple(
            t
            for t in (w.say(t, side=side) for t in w.some(condition.test, 1 if brief else 2))
            if not t.startswith(("no ", "look "))
        ),
        advice=tuple(w.some(condition.care, 2)),
        alarm=w.pick(condition.alarm),
        refer=say(condition.refer) if condition.refer and w.chance(0.5) else "",
        returns=w.pick(RETURNS[condition.onset[0]]),
        brief=brief,
    )


def _clinician(w: Writer, seed: int, person: Patient) -> Clinician:
    """One of the practice who does not share the patient's family name."""
    found = [clinician(seed, w.between(0, NUM_CLINICIANS - 1)) for _ in range(3)]
    return next((c for c in found if c.name.last != person.name.last), found[-1])


def _possible(person: Patient) -> list[Condition]:
    """Conditions that a person of this age and sex may have."""
    return [
        c
        for c in conditions().values()
        if (not c.sex or person.sex in c.sex) and (person.age >= LATE or c.name not in LATE_CONDITIONS)
    ]


def _duration(w: Writer, unit: str) -> str:
    numbers = {
        "days": "two three four five six".split(),
        "weeks": "two three four five six".split(),
        "months": "two three four six eight".split(),
        "years": "two three five eight ten".split(),
    }
    return f"{w.pick(numbers[unit])} {unit}"


def _vitals(w: Writer, condition: Condition, present: Sequence[str]) -> Vitals:
    high = condition.name in ("hypertension", "chronic kidney disease", "heart failure")
    febrile = "fever" in present or "fever" in condition.complaint
    breathless = "shortness of breath" in present
    return Vitals(
        pressure=(w.between(142, 162), w.between(86, 98)) if high else (w.between(108, 134), w.between(66, 84)),
        pulse=w.between(88, 108) if febrile or condition.name == "atrial fibrillation" else w.between(60, 86),
        temperature=w.between(1004, 1024) / 10 if febrile else w.between(974, 989) / 10,
        breaths=w.between(18, 22) if breathless else w.between(12, 16),
        saturation=w.between(92, 95) if breathless else w.between(96, 99),
        weight=w.between(118, 246),
    )


def _findings(
    w: Writer, condition: Condition, side: str, present: Sequence[str], num_others: int
) -> tuple[tuple[str, str], ...]:
    own = [w.say(item, side=side).split(" = ") for item in condition.exam]
    systems = " ".join(system for system, _ in own)
    febrile = "fever" in present or "fever" in condition.complaint
    others = [f for f in OTHER_FINDINGS if f[0] not in systems and not (febrile and f[0] == "general appearance")]
    return (*((system, finding) for system, finding in own), *w.some_in_order(others, num_others))


def _changes(w: Writer, condition: Condition, background: Background) -> tuple[Change, ...]:
    """What is done with medicines: a follow-up goes on with its own or raises it, a new problem gets one or two new ones."""
    own = [m for m in background.medications if m.drug in condition.drugs]
    if condition.is_follow_up and own:
        doses = drugs()[own[0].drug].doses
        place = doses.index(own[0].dose)
        if place + 1 < len(doses) and w.chance(0.5):
            return (Change("increase", Medication(own[0].drug, doses[place + 1], own[0].frequency), own[0].dose),)
        return (Change("continue", own[0]),)
    taken = {m.drug for m in background.medications}
    options = [d for d in condition.drugs if d not in taken and not history.forbidden(d, background.allergies)]
    chosen: list[str] = []
    for name in w.some(options, len(options)):
        if len(chosen) < 2 and not any(history.alike(name, other) for other in (*taken, *chosen)):
            chosen.append(name)
    return tuple(Change("start", history.medication(w, name)) for name in chosen[: 2 if w.chance(0.35) else 1])


__all__ = ["Allergy", "Background", "Change", "Encounter", "Medication", "Vitals", "encounter"]
