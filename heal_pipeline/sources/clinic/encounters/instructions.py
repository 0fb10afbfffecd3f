"""Instructions from a visit: a prompt with what is known, and the response that follows from it alone.

The wording of the note prompts is that of `heal note`; others are mixed in, so that a model does not learn one line by heart.
"""

from dataclasses import dataclass

from heal_pipeline.sources.clinic.encounters import forms
from heal_pipeline.sources.clinic.encounters.conversation import BLOCKS, SUBJECTIVE, Conversation, conversation
from heal_pipeline.sources.clinic.encounters.facts import Encounter
from heal_pipeline.sources.clinic.encounters.notes import PART_NAMES, chart_slots, sections, soap_body
from heal_pipeline.sources.clinic.grammar import Writer, capitalise, infinitives, listed
from heal_pipeline.sources.clinic.knowledge.conditions import a_test

NOTE, ROS, PATIENT, QA, SUMMARY = "note_generation", "ros_template", "patient_instructions", "qa", "summary"

NOTE_PROMPTS = {
    "full": (
        "Write the clinical note of this visit from the conversation.",
        "Write the clinical note of this visit from the conversation.",
        "Write [a|the] SOAP note [of|for] this [visit|conversation].",
        "Turn this [conversation|transcript] into a clinical note.",
        "Summarize the [visit|encounter] below as a SOAP note.",
    ),
    "subjective": (
        "Write the subjective section of the clinical note from this conversation.",
        "Write the subjective section of the clinical note from this conversation.",
        "From this part of the conversation, write the subjective part of the note.",
        "What belongs in the subjective section? Write it.",
    ),
    "objective": (
        "Write the objective section of the clinical note from this conversation.",
        "Write [down|] the vital signs and the [physical|] exam from this conversation.",
    ),
    "plan": (
        "Write the plan section of the clinical note from this conversation.",
        "Write the plan section of the clinical note from this conversation.",
        "[Write|List] the plan that the doctor [gives|makes] in this conversation.",
    ),
}
NOTE_PARTS = {"full": PART_NAMES, "subjective": ("subjective",), "objective": ("objective",), "plan": ("plan",)}
NOTE_BLOCKS = {
    "full": BLOCKS[:-1],
    "subjective": ("opening", *SUBJECTIVE),
    "objective": ("exam",),
    "plan": ("plan", "closing"),
}

ROS_PROMPTS = (
    "Fill in the review of systems from the conversation.",
    "Complete this form from the [conversation|transcript].",
    "Use the conversation to fill in the template.",
)
PATIENT_PROMPTS = (
    "Write instructions for the patient from this plan[, in plain words|].",
    "Explain this plan to the patient in plain words.",
    "[Rewrite|Turn] the plan below [as|into] instructions that the patient can take home.",
)
SUMMARY_PROMPTS = (
    "Summarize this visit in one sentence.",
    "Give a one-sentence summary of the [note|visit].",
    "What is this note about? Answer in one sentence.",
)


@dataclass(frozen=True)
class Instruction:
    """A prompt and its response, marked. `rubric` is the gold of a note, `answers` that of a form."""

    task: str
    prompt: str
    response: str
    rubric: tuple[tuple[str, str], ...] = ()
    answers: tuple[tuple[str, str], ...] = ()


def instructions(e: Encounter) -> list[Instruction]:
    """One note to write for each visit, and for two in five another task."""
    w = e.writer("instructions")
    talk = conversation(e)
    found = [_note(e, w, talk)]
    if w.chance(0.4):
        found.append(w.pick((_ros, _ros, _patient, _patient, _qa, _summary))(e, w, talk))
    return found


def _note(e: Encounter, w: Writer, talk: Conversation) -> Instruction:
    """Whole notes are asked of brief visits, sections of all: a prompt and its note shall fit into one context."""
    kinds = ("full", "full", "subjective", "plan") if e.brief else ("subjective", "plan", "plan", "objective")
    kind = w.pick(kinds)
    note = soap_body(sections(e, w, anonymous=True), NOTE_PARTS[kind])
    prompt = f"{w.one(NOTE_PROMPTS[kind])}\n\n{talk.text(NOTE_BLOCKS[kind])}"
    return Instruction(NOTE, prompt, note, rubric=tuple(e.rubric(NOTE_PARTS[kind])))


def _ros(e: Encounter, w: Writer, talk: Conversation) -> Instruction:
    own = forms.form(e, w)
    answers = forms.answers(e, own)
    said = talk.text(("complaint", "symptoms"))
    prompt = f"{w.one(ROS_PROMPTS)}\n\n{said}\n\n{own.blank()}"
    return Instruction(ROS, prompt, own.filled(answers), answers=tuple(answers.items()))


def _patient(e: Encounter, w: Writer, talk: Conversation) -> Instruction:
    slots = chart_slots(e, w)
    s = sections(e, w, anonymous=True)
    head = w.one(("Patient: {name}", "{name}, {date}", "{polite}, seen by {doctor}", ""), **slots)
    plan = f"{s.assessment()} {s.plan()}" if not s.bullets else f"{s.assessment()}\n{s.plan()}"
    prompt = "\n\n".join(filter(None, (w.one(PATIENT_PROMPTS), head, plan)))
    return Instruction(
        PATIENT,
        prompt,
        patient_instructions(e, w, slots["polite"] if "polite" in head or slots["name"] in head else ""),
    )


def patient_instructions(e: Encounter, w: Writer, polite: str = "") -> str:
    """The plan of a visit in words for the patient."""
    said = [
        f"Dear {polite}," if polite and w.chance(0.6) else "",
        f"You {w.pick(('have', 'were seen for', 'were treated for'))} {e.condition.name}.",
    ]
    for change in e.changes:
        m = change.medication
        action = {
            "start": "[Take|Start taking]",
            "continue": "[Keep taking|Go on taking]",
            "increase": "[From now on take|Now take]",
        }[change.action]
        said.append(f"{w.say(action)} {m.drug} {m.dose} {m.frequency}.")
    if e.tests:
        said.append(
            w.say("[You still need|We ordered|Please have] {tests}.", tests=listed([a_test(t) for t in e.tests]))
        )
    if e.refer:
        said.append(w.say("[You will get|Expect] a call [from|about your visit with] {refer}.", refer=e.refer))
    said += [f"{capitalise(a)}." for a in e.advice]
    said.append(w.say("[Call us|Get help|Call] [right away|at once] if you [have|notice] {alarm}.", alarm=e.alarm))
    said.append(w.say("[Come back|We will see you again|Your next visit is] in {returns}.", returns=e.returns))
    said = [line for line in said if line]
    if w.chance(0.4):
        return "\n".join(
            [*said[: 1 + said[0].startswith("Dear")], *(f"- {line}" for line in said[1 + said[0].startswith("Dear") :])]
        )
    return " ".join(said)


def _qa(e: Encounter, w: Writer, talk: Conversation) -> Instruction:
    """A question about a note. The note is written for it, so that the answer stands there."""
    b = e.background
    questions = [
        ("subjective", "How long has the patient had [this|the complaint]?", f"For {e.duration}."),
        ("subjective", "Which symptoms does the patient [deny|not have]?", capitalise(listed(e.absent)) + "."),
        ("subjective", "What does the patient report besides the main complaint?", capitalise(listed(e.present)) + "."),
        ("subjective", "Is the patient allergic to anything?", "; ".join(f"Yes, to {a.drug}: {a.reaction}" for a in b.allergies) + "." if b.allergies else "No known allergies."),
        ("plan", "When [is the follow-up|shall the patient come back]?", f"In {e.returns}."),
        ("plan", "When should the patient seek care [sooner|at once]?", f"In case of {e.alarm}."),
        ("plan", "What [advice does the patient get|was the patient advised to do]?", capitalise(infinitives(e.advice)) + "."),
        *(("subjective", f"What dose of {m.drug} does the patient take?", f"{m.dose} {m.frequency}.") for m in e.medications),
        *(("plan", f"What is done about {c.medication.drug}?", f"{capitalise(c.term)} {c.medication.frequency}.") for c in e.changes),
        *([("plan", "Which tests are planned?", capitalise(listed(e.tests)) + ".")] if e.tests else []),
    ]  # fmt: skip
    part, question, answer = w.pick(questions)
    slots = chart_slots(e, w)
    head = w.one(("{name}, MRN {mrn}", "Note of {date}, {polite}", "{doctor}, {date}", ""), **slots)
    note = soap_body(sections(e, w, anonymous=True), (part,))
    text = "\n".join(filter(None, (head, note)))
    return Instruction(QA, f"{text}\n\n{w.say(question)}" if w.chance(0.5) else f"{w.say(question)}\n\n{text}", answer)


def _summary(e: Encounter, w: Writer, talk: Conversation) -> Instruction:
    note = soap_body(sections(e, w, anonymous=True))
    treatment = listed([c.term for c in e.changes]) or listed(e.advice)
    response = w.say(
        "[The patient|Patient] has had {cc} for {dur}, [due to|diagnosed as] {dx}; the plan is to {treatment} and follow up in {returns}."
        if not e.is_follow_up
        else "{dx} for {dur}[, seen for follow-up|]; the plan is to {treatment} and follow up in {returns}.",
        cc=e.complaint,
        dur=e.duration,
        dx=e.condition.name,
        treatment=treatment,
        returns=e.returns,
    )
    return Instruction(SUMMARY, f"{w.one(SUMMARY_PROMPTS)}\n\n{note}", capitalise(response))
