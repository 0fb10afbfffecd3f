"""The sections of a note in one clinician's voice. `notes.py` and `instructions.py` put them together.

A note that must follow from the conversation alone is written `anonymous`: without age, sex, and what only the chart knows.
"""

from dataclasses import dataclass
from functools import cached_property

from heal_pipeline.sources.clinic.encounters.facts import Encounter
from heal_pipeline.sources.clinic.encounters.history import Medication
from heal_pipeline.sources.clinic.encounters.written import RULES
from heal_pipeline.sources.clinic.grammar import Writer, capitalise, infinitives, listed
from heal_pipeline.sources.clinic.knowledge.symptoms import symptoms

DIGITS = {word: str(i) for i, word in enumerate("zero one two three four five six seven eight nine ten".split())}
VOICES = ("full", "full", "terse", "dictated")


def in_digits(text: str) -> str:
    """ "three weeks" as "3 weeks"."""
    return " ".join(DIGITS.get(word, word) for word in text.split(" "))


@dataclass(frozen=True)
class Sections:
    """Writes the sections of one visit's note.

    Attributes:
        w: draws every choice; a method asked twice answers differently.
        slots: marked names and places of the chart.
        bullets: lists and plans stand on lines of their own.
    """

    e: Encounter
    w: Writer
    slots: dict[str, str]
    voice: str
    bullets: bool
    anonymous: bool

    @cached_property
    def _numbers_as_digits(self) -> bool:
        return self.voice == "terse" or self.w.chance(0.5)

    def _say(self, rule: str, **slots: str) -> str:
        return capitalise(self.w.one(RULES[rule], **{**self.slots, **slots}).strip())

    def _time(self, words: str) -> str:
        return in_digits(words) if self._numbers_as_digits else words

    def complaint(self) -> str:
        return capitalise(self.e.complaint) + self.w.pick(("", ".", f" x {in_digits(self.e.duration)}"))

    def present_illness(self) -> str:
        """How it began and is, in sentences."""
        e = self.e
        known = "known" if e.is_follow_up else "who"
        facts = {
            "cc": e.complaint,
            "dur": self._time(e.duration),
            "history": listed(e.background.conditions) or "good health",
        }
        said = [self._say(f"{known} {'anonymous ' * self.anonymous}{self.voice}", **facts)]
        if e.is_follow_up:
            said.append(self._say("status", status=e.status))
        else:
            rule = "feel only" if e.brief else f"feel {self.voice}"
            said.append(self._say(rule, feel=e.feel, severity=str(e.severity)))
            said.append(self._say(f"worse {self.voice}", worse=listed(e.worse), better=e.better))
        return " ".join([*said, self.associated()])

    def associated(self) -> str:
        """What goes with it, and what does not."""
        e, w = self.e, self.w
        said = [self._say(f"present {self.voice}", present=listed(e.present))]
        if e.absent:
            said.append(self._say(f"absent {self.voice}", absent=listed(e.absent, "or", w.chance(0.7))))
        return " ".join(said)

    def review(self) -> str:
        """A review of systems: the systems with an answer, one a line or in a row."""
        e = self.e
        answers: dict[str, list[str]] = {}
        for term in e.present:
            answers.setdefault(symptoms()[term].system, []).append(f"positive for {term}")
        for term in e.absent:
            answers.setdefault(symptoms()[term].system, []).append(f"no {term}")
        lines = [f"{system}: {', '.join(said)}." for system, said in answers.items()]
        return ("\n" if self.bullets else " ").join(lines)

    def conditions(self) -> str:
        return self._list(
            [capitalise(c) if self.bullets else c for c in self.e.background.conditions], "otherwise well"
        )

    def medications(self) -> str:
        return self._list([self._medicine(m) for m in self.e.medications], "no medications")

    def _medicine(self, m: Medication) -> str:
        name = capitalise(m.drug) if self.bullets else m.drug
        return f"{name} {m.dose} {m.frequency}"

    def _list(self, items: list[str], empty: str) -> str:
        if not items:
            return self._say(empty)
        if self.bullets:
            return "\n".join(f"- {item}" for item in items)
        return capitalise("; ".join(items)) + "."

    def allergies(self) -> str:
        found = self.e.background.allergies
        return (
            " ".join(self._say("allergy", drug=a.drug, reaction=a.reaction) for a in found)
            if found
            else self._say("no allergies")
        )

    def social(self) -> str:
        b = self.e.background
        said = [
            f"Works as a {b.job}" if not b.job.startswith("retired") else f"Is a {b.job}",
            capitalise(b.smoking),
            capitalise(b.drinking),
        ]
        return ". ".join(self.w.some(said, 3)) + "."

    def family(self) -> str:
        kin, illness = self.e.background.relative
        return (
            f"{capitalise(kin)}: {illness}."
            if kin
            else self.w.pick(("Noncontributory.", "Negative.", "Nothing known."))
        )

    def vitals(self) -> str:
        v, w = self.e.vitals, self.w
        parts = [
            f"BP {v.pressure[0]}/{v.pressure[1]}",
            f"{w.pick(('HR', 'pulse', 'P'))} {v.pulse}",
            f"{w.pick(('T', 'temp'))} {v.temperature:.1f}",
        ]
        if not self.anonymous:
            parts += [f"RR {v.breaths}", f"{w.pick(('SpO2', 'O2 sat'))} {v.saturation}%", f"weight {v.weight} lb"]
        return capitalise(", ".join(parts)) + "."

    def exam(self) -> str:
        found = [f"{capitalise(system)}: {finding}" for system, finding in self.e.findings]
        if self.bullets or self.w.chance(0.4):
            return "\n".join(f"{line}." for line in found)
        return ". ".join(found) + "."

    def assessment(self) -> str:
        e = self.e
        rule = {"continue": "stable", "increase": "raised"}.get(e.changes[0].action if e.changes else "", "new")
        first = self._say(f"assessment {rule}", diagnosis=e.condition.name, cc=e.complaint, dur=self._time(e.duration))
        if self.bullets and e.background.conditions and not self.anonymous:
            others = [f"{i + 2}. {capitalise(c)}." for i, c in enumerate(e.background.conditions)]
            return "\n".join([f"1. {first}", *others])
        return first

    def plan(self) -> str:
        e, w = self.e, self.w
        said = []
        for change in e.changes:
            m = change.medication
            doses = {"dose": m.dose, "earlier": change.earlier_dose}
            said.append(self._say(change.action, drug=m.drug, frequency=m.frequency, **doses))
        if e.tests:
            said.append(self._say("test", tests=listed(e.tests)))
        if e.refer:
            said.append(self._say("refer", refer=e.refer))
        if w.chance(0.5):
            said.append(self._say("advice", advice=_without_your(infinitives(e.advice))))
        else:
            said += [self._say("advice line", advice=_without_your(a)) for a in e.advice]
        said += [self._say("alarm", alarm=e.alarm), self._say("follow", returns=self._time(e.returns))]
        if not self.bullets:
            return " ".join(said)
        sign = w.pick(("- ", "* ", "{}. "))
        return "\n".join(sign.format(i + 1) + line for i, line in enumerate(said))


def _without_your(advice: str) -> str:
    """An imperative as a clinician notes it: "check your feet every day" becomes "check feet every day"."""
    return advice.replace(" your ", " ")
