"""Medical questions and answers for everyone. Half come with a passage that holds the answer, half ask for what pages teach."""

from dataclasses import dataclass

from heal_pipeline.sources.clinic.grammar import Writer, capitalise, entries, listed
from heal_pipeline.sources.clinic.knowledge.conditions import conditions
from heal_pipeline.sources.clinic.knowledge.drugs import drugs
from heal_pipeline.sources.clinic.reading import medical_rules as rules
from heal_pipeline.sources.clinic.reading.medical import condition_slots, drug_slots

CONDITION_QUESTIONS: dict[str, tuple[str, ...]] = {
    "what": ("What is {name}?", "What does {name} mean?", "My doctor said I have {name}. What is that?", "Explain {name} in plain words.", "Can you tell me what {name} is?"),
    "why": ("What causes {name}?", "How does {name} come about?", "Why do people get {name}?", "What happens in the body in {name}?"),
    "risk": ("Who is at risk of {name}?", "What are the risk factors for {name}?", "What raises the risk of {name}?", "Am I at risk of {name}?"),
    "signs": ("What are the symptoms of {name}?", "How do I know if I have {name}?", "What are the signs of {name}?", "Which complaints are typical of {name}?"),
    "test": ("How is {name} diagnosed?", "Which tests are done for {name}?", "How do doctors find out about {name}?"),
    "drugs": ("How is {name} treated?", "Which medicines help with {name}?", "What do doctors prescribe for {name}?", "What is the treatment of {name}?"),
    "care": ("What can I do myself about {name}?", "How can I take care of {name} at home?", "What helps with {name} besides medicine?"),
    "alarm": ("When should I see a doctor about {name}?", "What are warning signs in {name}?", "When is {name} an emergency?"),
}  # fmt: skip
DRUG_QUESTIONS: dict[str, tuple[str, ...]] = {
    "what": ("What is {drug} for?", "Why would I take {drug}?", "What is {drug}?", "What kind of medicine is {drug}?"),
    "effect": ("How does {drug} work?", "What does {drug} do in the body?", "Explain how {drug} helps."),
    "side": (
        "What are the side effects of {drug}?",
        "Does {drug} have side effects?",
        "What should I expect when I take {drug}?",
    ),
    "dose": ("How is {drug} taken?", "How often do people take {drug}?", "What strengths of {drug} are there?"),
    "caution": (
        "What should I watch out for with {drug}?",
        "Are there warnings about {drug}?",
        "What should I know before I take {drug}?",
    ),
}
ASK_WITH_TEXT = entries("""
    Read the text and answer the question.
    Answer from the text.
    Use the passage to answer.""")


@dataclass(frozen=True)
class Question:
    prompt: str
    response: str


def question(seed: int, number: int) -> Question:
    """The question of a number. Subjects and aspects go through all pairs, in a seeded order, before one comes again."""
    pairs = [("condition", name, aspect) for name in conditions() for aspect in CONDITION_QUESTIONS]
    pairs += [("drug", name, aspect) for name in drugs() for aspect in DRUG_QUESTIONS]
    order = Writer(seed, "order", "questions", number // len(pairs)).some(range(len(pairs)), len(pairs))
    kind, name, aspect = pairs[order[number % len(pairs)]]
    w = Writer(seed, "question", number)
    if w.chance(0.15):
        return _yes_or_no(w, name)
    if kind == "condition":
        slots, asked, frames = condition_slots(w, conditions()[name]), CONDITION_QUESTIONS, rules.CONDITION
        others = [a for a in asked if a != aspect]
    else:
        slots, asked, frames = drug_slots(w, drugs()[name]), DRUG_QUESTIONS, rules.DRUG
        others = [a for a in (*asked, "safe") if a != aspect]
    ask = w.one(asked[aspect], **slots)
    answer = capitalise(w.one(frames[aspect], **slots))
    more = [capitalise(w.one(frames[a], **slots)) for a in w.some(others, 2)]
    if w.chance(0.5):
        passage = " ".join(w.some([answer, *more], 3))
        head = w.one(ASK_WITH_TEXT)
        return Question(w.pick((f"{head}\n\n{passage}\n\n{ask}", f"{ask}\n\n{passage}")), answer)
    return Question(ask, f"{answer} {more[0]}" if w.chance(0.5) else answer)


def _yes_or_no(w: Writer, name: str) -> Question:
    """A statement about a passage to be judged, as reading tests ask it."""
    found = conditions().get(name)
    if found is None:
        d = drugs()[name]
        slots, frames, label = drug_slots(w, d), rules.DRUG, d.name
        true, others = (
            w.pick(d.side_effects),
            [e for o in drugs().values() for e in o.side_effects if e not in d.side_effects],
        )
        passage, claim = (
            f"{capitalise(w.one(frames['what'], **slots))} It may cause {listed(d.side_effects)}.",
            "Can {name} cause {thing}?",
        )
    else:
        slots, frames, label = condition_slots(w, found), rules.CONDITION, found.name
        true, others = w.pick(found.signs), [s for o in conditions().values() for s in o.signs if s not in found.signs]
        passage, claim = (
            f"{capitalise(w.one(frames['what'], **slots))} Its symptoms are {listed(found.signs)}.",
            "Is {thing} among the symptoms of {name}?",
        )
    is_true = w.chance(0.5)
    ask = w.say(claim, name=label, thing=true if is_true else w.pick(others))
    return Question(f"{passage}\n\nBy this text: {ask} Answer yes or no.", "Yes." if is_true else "No.")
