"""Whole notes of a visit: the SOAP note, and the notes of an electronic record (visit note, letter, telephone note)."""

import datetime

from heal_pipeline.sources.clinic.encounters.facts import Encounter
from heal_pipeline.sources.clinic.encounters.sections import VOICES, Sections
from heal_pipeline.sources.clinic.encounters.written import (
    BACKGROUND_LINES,
    EHR_HEADINGS,
    HEADERS,
    SIGNATURES,
    SOAP_HEADINGS,
)
from heal_pipeline.sources.clinic.grammar import Writer, capitalise, listed
from heal_pipeline.sources.clinic.marking import mark
from heal_pipeline.sources.clinic.people import colleague
from heal_pipeline.sources.clinic.people.persons import when

PART_NAMES = ("subjective", "objective", "assessment", "plan")


def sections(e: Encounter, w: Writer, anonymous: bool = False) -> Sections:
    """The section writer of one note, in the voice of the visit's clinician, who mostly keeps to it."""
    voice = w.pick((VOICES[len(e.clinician.name.full) % len(VOICES)], w.pick(VOICES)))
    return Sections(e, w, chart_slots(e, w), voice, bullets=w.chance(0.5), anonymous=anonymous)


def soap_note(e: Encounter) -> str:
    """The SOAP note of a visit, with its header and signature."""
    w = e.writer("soap")
    s = sections(e, w)
    note = soap_body(s)
    head = w.one(HEADERS, **s.slots) if w.chance(0.8) else ""
    return "\n\n".join(filter(None, (head, note, w.one(SIGNATURES, **s.slots))))


def soap_body(s: Sections, parts: tuple[str, ...] = PART_NAMES) -> str:
    """The parts of a SOAP note under their headings; a part alone has none.

    Args:
        parts: among PART_NAMES, in that order.
    """
    w = s.w
    texts = {"subjective": subjective, "objective": objective, "assessment": Sections.assessment, "plan": Sections.plan}
    if len(parts) == 1:
        return texts[parts[0]](s)
    headings = dict(zip(PART_NAMES, w.pick(SOAP_HEADINGS), strict=True))
    between = "\n" if headings["plan"].isalpha() or w.chance(0.5) else " "
    parted = []
    for part in parts:
        text = texts[part](s)
        parted.append(f"{headings[part]}{_break_before(text) or between}{text}")
    return ("\n\n" if w.chance(0.6) else "\n").join(parted)


def _break_before(text: str) -> str:
    """A line end where a text is a list, which begins on a line of its own."""
    return "\n" if text.startswith(("- ", "* ", "1. ")) else ""


def subjective(s: Sections) -> str:
    """The subjective part: present illness, then history, medicines and allergies with or without labels."""
    e, w = s.e, s.w
    parts = [s.present_illness()]
    parts.append(f"{w.pick(('PMH', 'History', 'Medical history'))}: {_inline(s.conditions())}")
    parts.append(f"{w.pick(('Meds', 'Medications', 'Current medications'))}: {_inline(s.medications())}")
    parts.append(f"{w.pick(('Allergies', 'Drug allergies'))}: {s.allergies()}")
    if not e.brief and w.chance(0.7):
        parts.append(f"{w.pick(('Social', 'Social history', 'SH'))}: {s.social()}")
        parts.append(f"{w.pick(('Family', 'Family history', 'FH'))}: {s.family()}")
    return ("\n" if s.bullets else " ").join(parts)


def _inline(text: str) -> str:
    """A list on one line: labels stand before it."""
    items = [line.removeprefix("- ") for line in text.split("\n")]
    return text if len(items) == 1 and not text.startswith("- ") else "; ".join(items) + "."


def _one_line(text: str) -> str:
    return text.replace("\n", " ")


def objective(s: Sections) -> str:
    w = s.w
    vitals = w.pick(("", "Vitals: ", "VS: ")) + s.vitals()
    exam = s.exam()
    if "\n" in exam:
        return f"{vitals}\n{exam}"
    return f"{vitals} {w.pick(('', 'Exam: ', 'On exam: '))}{exam}"


def ehr_note(e: Encounter) -> tuple[str, tuple[str, ...]]:
    """A note of the electronic record: most are visit notes, some are letters and telephone notes.

    Returns:
        The marked text, and the categories of the visit's rubric that a note of its kind leaves out.
    """
    w = e.writer("ehr")
    s = sections(e, w)
    kind = w.rng.random()
    if kind < 0.16:
        return _letter(s), ("history",)
    if kind < 0.28:
        return _telephone_note(s), ("history", "finding")
    return _visit_note(s), ()


def _visit_note(s: Sections) -> str:
    e, w = s.e, s.w
    style = w.between(0, 3)
    texts = {
        "cc": s.complaint(),
        "hpi": f"{s.present_illness()} {w.one(BACKGROUND_LINES, **s.slots)}",
        "pmh": s.conditions(),
        "meds": s.medications(),
        "allergies": s.allergies(),
        **({} if e.brief else {"social": s.social(), "family": s.family()}),
        **({"ros": s.review()} if w.chance(0.6) else {}),
        "vitals": s.vitals(),
        "exam": s.exam(),
        "assessment": s.assessment(),
        "plan": s.plan(),
    }
    order = list(texts)
    if w.chance(0.3):  # some houses put medicines and allergies first
        order = ["cc", "allergies", "meds", *[name for name in order if name not in ("cc", "allergies", "meds")]]
    ending = w.pick((":\n", ": ", "\n"))
    gap = w.pick(("\n\n", "\n"))
    parts = []
    for name in order:
        between = ":\n" if "\n" in texts[name] or _break_before(texts[name]) else ending
        parts.append(f"{EHR_HEADINGS[name][style]}{between}{texts[name]}")
    body = gap.join(parts)
    return "\n\n".join(filter(None, (w.one(HEADERS, **s.slots), body, w.one(SIGNATURES, **s.slots))))


def _letter(s: Sections) -> str:
    """A letter to the doctor who sent the patient."""
    e, w, slots = s.e, s.w, s.slots
    he = capitalise(slots["he"])
    opening = w.pick((
        "Thank you for [referring|sending] {polite} to our clinic, whom I saw on {date}.",
        "I saw your patient {name} (born {dob}) on {date} [here in {clinic_city}|at {practice}].",
        "It was a pleasure to meet {polite} on {date}. As you know, {he} lives in {city} [with {his} {relation} {kin}|].",
    ))  # fmt: skip
    body = [
        f"{s.present_illness()} {he} takes {listed([f'{m.drug} {m.dose} {m.frequency}' for m in e.medications]) or 'no regular medicines'}."
        f" {w.pick(('As for allergies', 'Allergies'))}: {s.allergies()}",
        f"On examination, blood pressure was {e.vitals.pressure[0]}/{e.vitals.pressure[1]}. {_one_line(s.exam())}",
        f"{_one_line(s.assessment())} {_one_line(s.plan())}",
    ]
    closing = w.pick((
        "[Please call me at|You can reach me at] {clinic_phone} with any questions.",
        "I will keep you informed. {polite} can be reached at {phone}.",
        "Thank you for letting me take part in {his} care.",
    ))  # fmt: skip
    parts = [
        f"{slots['date']}",
        f"Dear {slots['earlier_doctor']},",
        w.say(opening, **slots),
        *body,
        w.say(closing, **slots),
    ]
    return "\n\n".join(
        [
            *parts,
            f"{w.pick(('Sincerely', 'With kind regards', 'Best regards'))},\n{slots['signature']}\n{slots['practice']}",
        ]
    )


def _telephone_note(s: Sections) -> str:
    """What was spoken on the telephone after a visit."""
    e, w, slots = s.e, s.w, s.slots
    first = w.pick((
        "[Telephone encounter|Phone note], {date}. Called {name} at {phone} [about|regarding] {cc}.",
        "{date}: {polite} (MRN {mrn}) called about {cc}. Call back number {phone}.",
        "[Spoke with|Call from] {his} {relation} {kin} on {date} about {name}, MRN {mrn}, {cc}.",
        "Patient message of {date} from {email}, {name}, DOB {dob}, about {cc}.",
    ))  # fmt: skip
    lines = [
        w.say(first, **{**slots, "cc": e.complaint}),
        f"Symptoms for {e.duration}. {s.associated()}",
        f"Current medications: {listed([f'{m.drug} {m.dose}' for m in e.medications]) or 'none'}. Allergies: {s.allergies()}",
        f"{w.pick(('Assessment', 'Impression'))}: {_one_line(s.assessment())}",
        f"{w.pick(('Plan', 'Advice given', 'Per ' + slots['doctor']))}: {_one_line(s.plan())}",
        w.say(
            "[{kin} and the patient understand|Patient voiced understanding|Understands] and [agrees|will call back if worse]. {signature}",
            **slots,
        ),
    ]
    return ("\n" if w.chance(0.6) else "\n\n").join(lines)


def chart_slots(e: Encounter, w: Writer) -> dict[str, str]:
    """What a chart knows of the patient and the visit, marked, for templates. Dates are written in drawn forms."""
    p, c = e.patient, e.clinician
    date = when(e.date, w)
    pronouns = {**p.pronouns, "His": capitalise(p.pronouns["his"])}
    return {
        **pronouns,
        "polite": p.polite,
        "name": p.name.marked(),
        "name_reversed": p.name.marked(w.pick(("{last}, {first}", "{first} {last}"))),
        "age": p.age_text,
        "job": e.background.job,
        "mrn": mark("MEDICAL_RECORD_NUMBER", p.mrn),
        "dob": when(p.birth_date, w),
        "date": date,
        "earlier_date": when(e.date - datetime.timedelta(days=w.between(20, 300)), w),
        "phone": mark("PHONE_NUMBER", p.phone),
        "email": mark("EMAIL_ADDRESS", p.email),
        "address": mark("LOCATION", p.address),
        "city": mark("LOCATION", p.city),
        "earlier_city": mark("LOCATION", p.earlier_city),
        "member": mark("ID", p.member_number),
        "hospital": mark("LOCATION", p.hospital),
        "relation": p.relation,
        "kin": mark("PERSON", p.relative.first),
        "kin_full": p.relative.marked(),
        "doctor": c.doctor,
        "signature": c.signature,
        "practice": mark("LOCATION", c.practice),
        "clinic_city": mark("LOCATION", c.city),
        "clinic_phone": mark("PHONE_NUMBER", c.phone),
        "earlier_doctor": colleague(e.seed, e.number + 19, c).doctor,
    }
