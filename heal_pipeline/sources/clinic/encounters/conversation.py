"""A visit as it is spoken: blocks of turns in the order of a consultation, so that a part can be taken with its name.

Everything that a note of the visit says is said here, in the words that the note and the rubric use beside others.
"""

import datetime
from dataclasses import dataclass
from itertools import groupby

from heal_pipeline.sources.clinic.encounters import speech
from heal_pipeline.sources.clinic.encounters.facts import Encounter
from heal_pipeline.sources.clinic.encounters.history import Medication
from heal_pipeline.sources.clinic.encounters.spoken import RULES
from heal_pipeline.sources.clinic.grammar import Writer, capitalise, infinitives, listed, lowered
from heal_pipeline.sources.clinic.knowledge.conditions import a_test
from heal_pipeline.sources.clinic.knowledge.symptoms import symptoms
from heal_pipeline.sources.clinic.marking import mark
from heal_pipeline.sources.clinic.people import colleague
from heal_pipeline.sources.clinic.people.persons import when

DOCTOR, PATIENT, RELATIVE = "doctor", "patient", "relative"
BLOCKS = ("opening", "complaint", "symptoms", "history", "exam", "assessment", "plan", "closing")
SUBJECTIVE = ("complaint", "symptoms", "history")
"""The blocks that the subjective part of a note is written from."""

LABELS = (
    ("Doctor: ", "Patient: ", "{relation}: "),
    ("Doctor: ", "Patient: ", "{relation}: "),
    ("D: ", "P: ", "F: "),
    ("DR: ", "PT: ", "FAMILY: "),
    ("[doctor] ", "[patient] ", "[family] "),
    ("{doctor}: ", "{patient}: ", "{relation}: "),
)
SPOKEN_NUMBERS = {
    "5": "five", "10": "ten", "20": "twenty", "25": "twenty-five", "40": "forty", "50": "fifty", "100": "a hundred", "2": "two",
    "4": "four", "75": "seventy-five",
}  # fmt: skip
SPOKEN_UNITS = {"mg": "milligrams", "mcg": "micrograms"}

Turn = tuple[str, str]


@dataclass(frozen=True)
class Conversation:
    """Turns by block, as spoken and transcribed, marked."""

    blocks: dict[str, list[Turn]]
    labels: dict[str, str]

    def text(self, blocks: tuple[str, ...] = BLOCKS) -> str:
        """The turns of blocks, one a line, with their speakers. What one says on from block to block is one turn."""
        turns = [turn for name in blocks for turn in self.blocks[name]]
        runs = ((who, [said for _, said in run]) for who, run in groupby(turns, key=lambda turn: turn[0]))
        return "\n".join(self.labels[who] + " ".join(said) for who, said in runs)


def conversation(e: Encounter) -> Conversation:
    """The conversation of a visit: a pure function of it."""
    w = Writer(e.seed, "conversation", e.number, rules=RULES)
    talk = _Talk(e, w)
    how = speech.manner(w)
    blocks = {name: _transcribed(w, getattr(talk, name)(), how) for name in BLOCKS}
    doctor, patient, relative = w.pick(LABELS)
    names = {
        "doctor": e.clinician.doctor,
        "patient": e.patient.polite,
        "relation": capitalise(e.patient.relation),
    }
    labels = (label.format(**names) for label in (doctor, patient, relative))
    return Conversation(blocks, dict(zip((DOCTOR, PATIENT, RELATIVE), labels, strict=True)))


def _transcribed(w: Writer, turns: list[Turn], how: speech.Manner) -> list[Turn]:
    """The turns as they are heard. Turns of one speaker in a row are one turn, unless the other one murmurs between them."""
    done: list[Turn] = []
    for who, text in turns:
        said = speech.spoken(w, text, how, hesitant=who == PATIENT)
        murmurs = w.chance(how.back_channels)
        murmur = capitalise(w.pick(speech.BACK_CHANNELS)) if murmurs else ""
        if done and done[-1][0] == who and murmurs:
            done += [(DOCTOR if who == PATIENT else PATIENT, murmur), (who, said)]
        elif done and done[-1][0] == who:
            done[-1] = (who, f"{done[-1][1]} {said}")
        else:
            done.append((who, f"{murmur} {said}" if murmurs and who == DOCTOR else said))
    return [(who, speech.recognised(text)) for who, text in done] if how.recognised else done


def spoken_dose(w: Writer, dose: str) -> str:
    """ "10 mg" as it is said or transcribed."""
    number, _, unit = dose.partition(" ")
    if w.chance(0.4):
        return dose
    unit = SPOKEN_UNITS.get(unit, unit)
    return f"{SPOKEN_NUMBERS.get(number, number) if w.chance(0.4) else number} {unit}"


class _Talk:
    """The blocks of one visit. Each gives turns of (speaker, text)."""

    def __init__(self, e: Encounter, w: Writer):
        self.e, self.w = e, w
        p, c = e.patient, e.clinician
        self.slots = {
            **p.pronouns,
            "title": p.title,
            "full": p.name.marked(),
            "first": mark("PERSON", p.name.first),
            "last": mark("PERSON", p.name.last),
            "doctor": c.doctor,
            "comma_doctor": w.pick((f", {c.doctor}", ", doctor", "")),
            "other_doctor": colleague(e.seed, e.number + 7, c).doctor,
            "earlier_doctor": colleague(e.seed, e.number + 19, c).doctor,
            "mrn": mark("MEDICAL_RECORD_NUMBER", p.mrn),
            "phone": mark("PHONE_NUMBER", p.phone),
            "email": mark("EMAIL_ADDRESS", p.email),
            "city": mark("LOCATION", p.city),
            "earlier_city": mark("LOCATION", p.earlier_city),
            "hospital": mark("LOCATION", p.hospital),
            "street": mark("LOCATION", p.street.split(" ", 1)[1]),
            "relation": p.relation,
            "relation_phrase": f"my {p.relation}{w.pick(('', ' ' + mark('PERSON', p.relative.first)))}",
            "kin": mark("PERSON", p.relative.first),
            "spoken_date": when(e.date - datetime.timedelta(days=w.between(9, 60)), w, spoken=True),
            "spoken_birth": when(p.birth_date, w, spoken=w.chance(0.7), with_year=True),
            "cc": e.complaint,
            "lay": e.lay,
            "dur": e.duration,
            "feel": e.feel,
            "worse": listed(e.worse),
            "better": e.better,
            "severity": str(e.severity),
            "status": e.status,
            "diagnosis": e.condition.name,
            "what": w.one(e.condition.what),
            "why": lowered(w.one(e.condition.why)),
            "alarm": e.alarm,
            "refer": e.refer,
            "returns": e.returns,
        }  # fmt: skip

    def _say(self, rule: str, **slots: str) -> str:
        return self.w.one(RULES[rule], **{**self.slots, **slots}).strip()

    def _exchange(self, ask: str, answer: str, **slots: str) -> list[Turn]:
        return [(DOCTOR, self._say(ask, **slots)), (PATIENT, self._say(answer, **slots))]

    def _pair(self, rule: str, first: str) -> list[Turn]:
        """A rule whose productions may hold what one says and what the other answers."""
        second = PATIENT if first == DOCTOR else DOCTOR
        return [(who, said) for who, said in zip((first, second), self._say(rule).split(" => "), strict=False)]

    def opening(self) -> list[Turn]:
        if self.w.chance(0.3):
            return [*self._exchange("hello_how", "small_talk"), (DOCTOR, self._say("what_for"))]
        hello = self._say("hello")
        if "date of birth" in hello:
            return [(DOCTOR, hello), (PATIENT, self._say("confirm")), (DOCTOR, self._say("what_for"))]
        return [(DOCTOR, hello)]

    def complaint(self) -> list[Turn]:
        e, w = self.e, self.w
        if e.is_follow_up:
            first = [
                (PATIENT, self._say("follow_up")),
                (DOCTOR, f"{self._say('recap_known')} {self._say('status_ask')}"),
            ]
            return [*first, (PATIENT, self._say("status"))]
        turns = [(PATIENT, self._say("complaint")), (DOCTOR, f"{self._say('recap')} {self._say('feel_ask')}")]
        turns.append((PATIENT, self._say("feel")))
        if not e.brief:
            turns += self._exchange("severity_ask", "severity")
        turns += self._exchange("worse_ask", "worse")
        return turns if e.brief or w.chance(0.5) else [*turns, *self._pair("history_elsewhere", DOCTOR)]

    def symptoms(self) -> list[Turn]:
        e, w = self.e, self.w
        turns: list[Turn] = []
        for i, term in enumerate(e.present):
            said = w.one(symptoms()[term].said, **self.slots)
            volunteered = term in said and i == 0
            ask = self._say("more_ask") if volunteered else self._say("have_ask", symptom=term)
            turns += [(DOCTOR, ask), (PATIENT, self._say("yes", said=said))]
        half = max(1, len(e.absent) - 2) if w.chance(0.5) else len(e.absent)
        for terms in filter(None, (e.absent[:half], e.absent[half:])):
            turns += self._exchange(
                "none_ask", "none", symptoms=listed(terms, "or", w.chance(0.7)), first_symptom=terms[0]
            )
        if not e.patient.lives_alone and w.chance(0.15):
            turns.append((RELATIVE, self._relative_says()))
        return turns

    def _relative_says(self) -> str:
        he = self.slots["he"]
        return self.w.pick((
            f"if I can add, {he} won't say it, but it's been hard at night.",
            f"{he} plays it down, doctor. I'm the {self.e.patient.relation}, I see it.",
            f"I keep telling {self.slots['him']} to come in.",
            f"and {he} forgets things when {he} is tired, so I wrote it all down.",
        ))  # fmt: skip

    def history(self) -> list[Turn]:
        e, w, b = self.e, self.w, self.e.background
        turns: list[Turn] = []
        if b.conditions:
            turns += self._exchange("conditions_ask", "conditions", conditions=listed(b.conditions))
        else:
            turns += self._exchange_without(RULES["conditions_ask"][:2], "no_conditions")
        if b.medications:
            turns += self._exchange(
                "medications_ask", "medications", medications=listed([self._medicine(m) for m in b.medications])
            )
        else:
            turns += self._exchange("medications_ask", "no_medications")
        asked = (DOCTOR, self._say("allergies_ask"))
        turns += [asked, *[(PATIENT, self._say("allergies", drug=a.drug, reaction=a.reaction)) for a in b.allergies]]
        if not b.allergies:
            turns.append((PATIENT, self._say("no_allergies")))
        return turns if e.brief else [*turns, *self._life(w)]

    def _exchange_without(self, asks: tuple[str, ...], answer: str) -> list[Turn]:
        return [(DOCTOR, self.w.one(asks, **self.slots)), (PATIENT, self._say(answer))]

    def _medicine(self, m: Medication) -> str:
        dose = spoken_dose(self.w, m.dose)
        return self.w.pick(
            (f"{m.drug} {dose}, {m.frequency}", f"{m.drug} {dose} {m.frequency}", f"{m.drug}, {dose}, {m.frequency}")
        )

    def _life(self, w: Writer) -> list[Turn]:
        """Family, surgery, habits and work."""
        b = self.e.background
        turns: list[Turn] = []
        if b.relative[0]:
            turns += self._exchange("family_ask", "family", kin=b.relative[0], illness=b.relative[1])
        if b.surgery:
            turns += self._exchange("surgery_ask", "surgery", surgery=b.surgery)
        answers = [
            self._say(f"smoking {b.smoking}"),
            self._say(f"drinking {b.drinking}"),
            self._say("work", job=b.job).rstrip(", "),
        ]
        return [*turns, (DOCTOR, self._say("social_ask")), (PATIENT, f"{answers[0]}, and {answers[1]}. {answers[2]}.")]

    def exam(self) -> list[Turn]:
        e, w, v = self.e, self.w, self.e.vitals
        start = self._say(
            "exam_start",
            pressure=f"{v.pressure[0]} over {v.pressure[1]}",
            pulse=str(v.pulse),
            temperature=f"{v.temperature:.1f}",
            saturation=str(v.saturation),
        )
        said = [self._say("finding", system=system, finding=finding) for system, finding in e.findings]
        if len(said) < 3 or w.chance(0.5):
            return [(DOCTOR, f"{start} {' '.join(said)}")]
        return [(DOCTOR, f"{start} {said[0]}"), (PATIENT, self._say("ouch")), (DOCTOR, " ".join(said[1:]))]

    def assessment(self) -> list[Turn]:
        said = self._say("assessment_known" if self.e.is_follow_up else "assessment")
        return [(DOCTOR, said), *self._pair("react", PATIENT)]

    def plan(self) -> list[Turn]:
        e = self.e
        said: list[str] = []
        for change in e.changes:
            m = change.medication
            doses = {"dose": spoken_dose(self.w, m.dose), "earlier": change.earlier_dose.split(" ")[0]}
            said.append(self._say(change.action, drug=m.drug, frequency=m.frequency, **doses))
        if e.tests:
            said.append(self._say("test", tests=listed([a_test(t) for t in e.tests])))
        if e.refer:
            said.append(self._say("refer"))
        between = [(PATIENT, self.w.pick(speech.BACK_CHANNELS))] if e.brief else self._pair("questions", PATIENT)
        advice = self._say("advice", to_a=infinitives(e.advice[:1]), a=e.advice[0], b=e.advice[1])
        return [(DOCTOR, " ".join(said)), *between, (DOCTOR, f"{advice} {self._say('alarm')} {self._say('follow')}")]

    def closing(self) -> list[Turn]:
        contact = self._pair("contact", DOCTOR) if self.w.chance(0.3 if self.e.brief else 0.6) else []
        return [*contact, *self._pair("bye", DOCTOR)]
