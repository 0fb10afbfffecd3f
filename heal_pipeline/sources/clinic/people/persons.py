"""Persons as values: who a patient is, who treats them, and the many ways in which a record may write it, always marked."""

import datetime
import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

from heal_pipeline.sources.clinic.grammar import Writer
from heal_pipeline.sources.clinic.marking import mark
from heal_pipeline.sources.clinic.people import names

EPOCH = datetime.date(2026, 1, 1)
"""Ages are counted at this day, so that a person is the same whatever days a profile has."""
NUM_CLINICIANS = 40
OLDEST_SPOKEN_AGE = 89
"""Ages above it identify (45 CFR 164.514(b)(2)(i)(C))."""

RELATIVES = {
    "female": ("wife", "daughter", "mother", "sister", "granddaughter", "niece"),
    "male": ("husband", "son", "father", "brother", "grandson", "nephew"),
}


def when(day: datetime.date, writer: Writer, spoken: bool = False, with_year: bool = False) -> str:
    """A date as people write or say it, marked."""
    month, short = day.strftime("%B"), day.strftime("%b")
    forms: tuple[str, ...]
    if spoken:
        year = f", {day.year}" if with_year else ""
        forms = (
            f"{month} {day.day}{year}",
            f"{month} {ordinal(day.day)}{year}",
            f"the {ordinal(day.day)} of {month}{year}",
        )
    else:
        forms = (
            f"{day.month:02d}/{day.day:02d}/{day.year}",
            f"{day.month}/{day.day}/{day.year % 100:02d}",
            f"{month} {day.day}, {day.year}",
            f"{day.day:02d}-{short}-{day.year}",
            day.isoformat(),
        )
    return mark("DATE_TIME", writer.pick(forms))


def ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


@dataclass(frozen=True)
class Name:
    first: str
    last: str

    @property
    def full(self) -> str:
        return f"{self.first} {self.last}"

    def marked(self, form: str = "{first} {last}") -> str:
        """The name in a form such as "{last}, {first}", as one identifier."""
        return mark("PERSON", form.format(first=self.first, last=self.last))


@dataclass(frozen=True)
class Patient:
    """A patient. Values are in the clear; `registration` is what a source hands on beside each record."""

    number: int
    sex: str
    name: Name
    birth_date: datetime.date
    mrn: str
    phone: str
    street: str
    city: str
    state: str
    postal_code: str
    email: str
    relative: Name
    relation: str
    member_number: str
    earlier_city: str
    hospital: str
    lives_alone: bool = field(default=False)

    @property
    def subject(self) -> str:
        return f"patient-{self.number}"

    @cached_property
    def age(self) -> int:
        born = self.birth_date
        return EPOCH.year - born.year - ((EPOCH.month, EPOCH.day) < (born.month, born.day))

    @property
    def age_text(self) -> str:
        """The age as text, marked where it identifies."""
        return str(self.age) if self.age <= OLDEST_SPOKEN_AGE else mark("AGE", str(self.age))

    @property
    def title(self) -> str:
        return "Mr." if self.sex == "male" else "Ms."

    @property
    def address(self) -> str:
        return f"{self.street}, {self.city}, {self.state} {self.postal_code}"

    @property
    def polite(self) -> str:
        """ "Ms. Okafor"."""
        return f"{self.title} {self.name.marked('{last}')}"

    @property
    def pronouns(self) -> dict[str, str]:
        he, him, his = ("he", "him", "his") if self.sex == "male" else ("she", "her", "her")
        man = "man" if self.sex == "male" else "woman"
        return {"he": he, "him": him, "his": his, "man": man, "sex": self.sex, "m": self.sex[0].upper()}

    @property
    def registration(self) -> dict[str, str]:
        return {
            "name": self.name.full,
            "mrn": self.mrn,
            "birth_date": self.birth_date.isoformat(),
            "phone": self.phone,
            "email": self.email,
            "address": self.address,
        }


@dataclass(frozen=True)
class Clinician:
    name: Name
    credential: str
    practice: str
    city: str
    phone: str

    @property
    def doctor(self) -> str:
        """ "Dr. Whitcombe"."""
        return f"Dr. {self.name.marked('{last}')}"

    @property
    def signature(self) -> str:
        return f"{self.name.marked()}, {self.credential}"


def patient(seed: int, number: int) -> Patient:
    """The patient of a number: the same in every encounter, stream and process."""
    w = Writer(seed, "patient", number)
    sex = w.pick(("female", "male"))
    name = _name(w, sex)
    born = EPOCH - datetime.timedelta(days=w.between(19 * 366, 79 * 365) if w.chance(0.94) else w.between(80, 95) * 365)
    city, state, postal = _place(w)
    kin_sex = w.pick(("female", "male"))
    kin = _name(w, kin_sex)
    same_family = w.chance(0.6)
    return Patient(
        number=number,
        sex=sex,
        name=name,
        birth_date=born,
        mrn=_mrn(w),
        phone=_phone(w),
        street=f"{w.between(2, 9899)} {w.pick(names.STREETS)} {w.pick(names.STREET_KINDS)}",
        city=city,
        state=state,
        postal_code=postal,
        email=_email(w, name, born.year),
        relative=Name(kin.first, name.last if same_family else kin.last),
        relation=w.pick(_possible_relations(sex, kin_sex, EPOCH.year - born.year)),
        member_number=f"{w.pick('ABCDEGHKMPRTWXYZ')}{w.pick('ABCDEGHKMPRTWXYZ')}{w.between(1000000, 99999999)}",
        earlier_city=_place(w)[0],
        hospital=hospital(w),
        lives_alone=w.chance(0.25),
    )


def _possible_relations(sex: str, kin_sex: str, age: int) -> list[str]:
    """Relations that fit the age of the patient. Marriages may join any two sexes, most join two different ones."""
    found = [r for r in RELATIVES[kin_sex] if r not in ("wife", "husband") or sex != kin_sex]
    if age < 45:
        found = [r for r in found if not r.startswith("grand") and r not in ("daughter", "son")]
    if age > 70:
        found = [r for r in found if r not in ("mother", "father")]
    return found


def clinician(seed: int, number: int) -> Clinician:
    """The clinician of a number."""
    w = Writer(seed, "clinician", number)
    return Clinician(
        name=_name(w, w.pick(("female", "male"))),
        credential=w.pick(("MD", "MD", "DO", "NP", "PA-C")),
        practice=f"{w.pick(names.HOSPITAL_FIRST)} {w.pick(names.CLINIC_KINDS)}",
        city=_place(w)[0],
        phone=_phone(w),
    )


def colleague(seed: int, number: int, own: Clinician) -> Clinician:
    """A clinician of the same house with another family name: that of the number, or the next one."""
    found = (clinician(seed, (number + i) % NUM_CLINICIANS) for i in range(NUM_CLINICIANS))
    return next((c for c in found if c.name.last != own.name.last), own)


def hospital(w: Writer) -> str:
    return f"{w.pick(names.HOSPITAL_FIRST)} {w.pick(names.HOSPITAL_KINDS)}"


def _name(w: Writer, sex: str) -> Name:
    return Name(w.pick(names.FEMALE if sex == "female" else names.MALE), w.pick(names.FAMILY))


def _place(w: Writer) -> tuple[str, str, str]:
    city, _, rest = w.pick(names.CITIES).partition(", ")
    state, prefix = rest.split(" ")
    return city, state, f"{prefix}{w.between(1, 99):02d}"


def _mrn(w: Writer) -> str:
    return w.pick(
        (
            f"{w.between(1000000, 9999999)}",
            f"{w.between(10000000, 99999999)}",
            f"{w.pick('KMNRT')}{w.between(100000, 999999)}",
        )
    )


def _phone(w: Writer) -> str:
    area, line = w.between(201, 989), f"555-01{w.between(0, 99):02d}"
    return w.pick((f"({area}) {line}", f"{area}-{line}", f"{area}.{line.replace('-', '.')}"))


def _email(w: Writer, name: Name, year: int) -> str:
    first, last = (re.sub("[^a-z]", "", _ascii(part).lower()) for part in (name.first, name.last))
    local = w.pick((f"{first}.{last}", f"{first[0]}{last}{year % 100:02d}", f"{last}{first[0]}", f"{first}_{last}"))
    return f"{local}@{w.pick(names.MAIL_HOSTS)}"


def _ascii(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
