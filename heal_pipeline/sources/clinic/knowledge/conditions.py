"""Conditions as records: reads the blocks of text of this folder, and refuses what the other tables do not have.

One block a condition: "= name", then "field: items" with the items divided by semicolons; every item is a template of
`grammar.py`. `visit: follow-up` marks what people come back for. Kept plain and correct enough for reading text; it is no
medical reference.
"""

from dataclasses import dataclass, fields
from functools import cache

from heal_pipeline.sources.clinic.grammar import entries
from heal_pipeline.sources.clinic.knowledge import DATA
from heal_pipeline.sources.clinic.knowledge.drugs import drugs
from heal_pipeline.sources.clinic.knowledge.symptoms import symptoms


@dataclass(frozen=True)
class Condition:
    """A condition as reading text explains it and as a visit meets it. All texts are templates.

    Attributes:
        what: completes "it is ...".
        why: how it comes about, a sentence without full stop.
        risk, signs, test, drugs, care, alarm: noun phrases, terms, names, imperatives.
        fact: sentences.
        cc: the complaint as a note names it.
        lay: the complaint in a patient's words, behind "I've had".
        onset: the unit of how long it lasts: days, weeks, months, years.
        status: how a known condition stands, for follow-ups.
        with_, without: symptoms that go with it, and those whose absence matters.
        exam: "system = finding".
    """

    name: str
    what: tuple[str, ...]
    why: tuple[str, ...]
    risk: tuple[str, ...]
    signs: tuple[str, ...]
    test: tuple[str, ...]
    drugs: tuple[str, ...]
    care: tuple[str, ...]
    alarm: tuple[str, ...]
    fact: tuple[str, ...]
    cc: tuple[str, ...]
    lay: tuple[str, ...]
    onset: tuple[str, ...]
    with_: tuple[str, ...]
    without: tuple[str, ...]
    exam: tuple[str, ...]
    feel: tuple[str, ...] = ()
    worse: tuple[str, ...] = ()
    better: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    visit: tuple[str, ...] = ("new",)
    sex: tuple[str, ...] = ()
    refer: tuple[str, ...] = ()

    @property
    def is_follow_up(self) -> bool:
        return self.visit == ("follow-up",)

    @property
    def complaint(self) -> str:
        return self.cc[0]


_FIELDS = {f.name.rstrip("_"): f.name for f in fields(Condition)}


@cache
def conditions() -> dict[str, Condition]:
    """All conditions by name.

    Raises:
        ValueError: a block names a field, drug or symptom that there is not.
    """
    found: dict[str, Condition] = {}
    for block in "\n".join(DATA).split("\n= ")[1:]:
        name, *lines = entries(block)
        found[name] = _condition(name, lines)
    return found


def _condition(name: str, lines: list[str]) -> Condition:
    values: dict[str, tuple[str, ...]] = {}
    for line in lines:
        field, _, items = line.partition(": ")
        if field not in _FIELDS:
            raise ValueError(f"{name}: {field!r} is no field of a condition")
        values[_FIELDS[field]] = tuple(item.strip() for item in items.split(";"))
    unknown = [d for d in values["drugs"] if d not in drugs()]
    unknown += [s for key in ("signs", "with_", "without") for s in values[key] if s not in symptoms()]
    if unknown:
        raise ValueError(f"{name}: {unknown} are in no table")
    return Condition(name=name, **values)  # type: ignore[arg-type]


COUNTABLE_TESTS = (
    "x-ray", "scan", "test", "culture", "count", "panel", "level", "study", "swab", "MRI", "electrocardiogram", "questionnaire",
    "echocardiogram", "urinalysis", "colonoscopy", "ultrasound", "diary", "endoscopy", "measurement",
)  # fmt: skip


def a_test(test: str) -> str:
    """A test with its article, where it takes one."""
    return f"a {test}" if test.split(" of ")[0].endswith(COUNTABLE_TESTS) else test
