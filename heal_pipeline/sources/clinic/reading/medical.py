"""Medical pages for everyone: on conditions, medicines and symptoms, and cases without a person's name.

Each states what the knowledge tables hold, in drawn frames, order and depth. Public: nothing of any patient goes in.
"""

from heal_pipeline.sources.clinic.encounters.history import JOBS
from heal_pipeline.sources.clinic.grammar import Writer, capitalise, infinitives, listed, lowered
from heal_pipeline.sources.clinic.knowledge.conditions import Condition, a_test, conditions
from heal_pipeline.sources.clinic.knowledge.drugs import Drug, drugs
from heal_pipeline.sources.clinic.knowledge.symptoms import symptoms
from heal_pipeline.sources.clinic.reading import medical_rules as rules


def medical_page(seed: int, number: int) -> tuple[str, str]:
    """(title, text) of the page of a number. The pages go through all subjects before one comes again."""
    w = Writer(seed, "medical page", number)
    write = _KINDS[number % len(_KINDS)]
    earlier = _KINDS[: number % len(_KINDS)].count(write)
    return write(w, number // len(_KINDS) * _KINDS.count(write) + earlier, seed)


def _subject(names: list[str], place: int, seed: int, what: str) -> str:
    """The name at a place of a seeded order, again from the start when it is used up."""
    order = Writer(seed, "order", what, place // len(names)).some(names, len(names))
    return order[place % len(names)]


def _paragraphs(w: Writer, title: str, parts: list[tuple[str, str]]) -> tuple[str, str]:
    """A page of (aspect, paragraph): with headings, with a title, or as running text."""
    form = w.rng.random()
    if form < 0.3:
        body = "\n\n".join(f"{w.pick(rules.HEADINGS[aspect])}\n{text}" for aspect, text in parts)
    elif form < 0.7:
        body = "\n\n".join(text for _, text in parts)
    else:  # some write in one or two long paragraphs
        half = len(parts) // 2
        body = "\n\n".join(" ".join(text for _, text in some) for some in (parts[:half], parts[half:]) if some)
    return title, f"{title}\n\n{body}" if w.chance(0.7) else body


def condition_slots(w: Writer, c: Condition) -> dict[str, str]:
    """What frames may say of a condition, drawn anew each time."""
    say = lambda item: w.say(item, side=w.pick(("left", "right")))  # noqa: E731
    drug = drugs()[w.pick(c.drugs)]
    others = [d for d in c.drugs if d != drug.name]
    facts = w.some(c.fact, 2)
    cares = w.some(c.care, 2)
    risks = w.some(c.risk, w.between(2, min(4, len(c.risk))))
    signs = w.some(c.signs, w.between(2, min(4, len(c.signs))) if len(c.signs) > 1 else 1)
    tests = [
        a_test(say(t))
        for t in w.some([t for t in c.test if not t.startswith(("no ", "look "))] or ["a physical examination"], 2)
    ]
    return {
        "name": c.name,
        "what": say(w.pick(c.what)),
        "why": say(w.pick(c.why)),
        "risks": listed(risks),
        "signs": listed(signs),
        "tests": listed(tests, w.pick(("and", "or"))),
        "drugs": listed([drug.name, *others[:1]], w.pick(("and", "or"))),
        "drug": drug.name,
        "group": drug.group,
        "effect": drug.effect,
        "dose1": drug.doses[0],
        "frequency": drug.frequency,
        "side": listed(w.some(drug.side_effects, 2)),
        "caution": lowered(w.pick(drug.cautions)),
        "cares": listed(cares),
        "to_cares": infinitives(cares),
        "to_their_cares": infinitives(cares).replace("your ", "their "),
        "to_their_care1": infinitives(cares[:1]).replace("your ", "their "),
        "care1": cares[0],
        "care2": cares[-1],
        "to_care2": infinitives(cares[1:]),
        "alarms": listed(w.some(c.alarm, w.between(2, 3)), "or"),
        "fact1": facts[0],
        "fact2": facts[-1] if len(facts) > 1 else "",
        "fact_low": lowered(facts[0]),
    }


def _condition_page(w: Writer, place: int, seed: int) -> tuple[str, str]:
    c = conditions()[_subject(list(conditions()), place, seed, "conditions")]
    aspects = w.some_in_order(["why", "risk", "signs", "test", "drugs", "care", "alarm", "fact"], w.between(5, 8))
    if w.chance(0.4):
        aspects = w.some(aspects, len(aspects))
    parts = []
    for aspect in ("what", *aspects):
        said = [w.one(rules.CONDITION[aspect], **condition_slots(w, c))]
        if aspect == "drugs" and w.chance(0.5):
            more = w.one(rules.CONDITION[aspect], **condition_slots(w, c))
            said += [more] if more not in said else []
        parts.append((aspect, " ".join(capitalise(s) for s in said)))
    return _paragraphs(w, w.one(rules.CONDITION_TITLES, name=c.name), parts)


def drug_slots(w: Writer, d: Drug) -> dict[str, str]:
    """What frames may say of a drug, drawn anew each time."""
    sides, cautions = w.some(d.side_effects, w.between(2, 3)), w.some(d.cautions, 2)
    return {
        "drug": d.name,
        "group": d.group,
        "use": d.use,
        "effect": d.effect,
        "doses": listed(d.doses),
        "dose1": d.doses[0],
        "frequency": d.frequency,
        "sides": listed(sides),
        "side1": sides[0],
        "side2": sides[1],
        "caution1": cautions[0],
        "caution2": cautions[-1],
        "caution_low": lowered(cautions[0]),
    }


def _drug_page(w: Writer, place: int, seed: int) -> tuple[str, str]:
    d = drugs()[_subject(list(drugs()), place, seed, "drugs")]
    aspects = w.some(["effect", "dose", "side", "caution", "safe"], w.between(4, 5))
    said = [("what", w.one(rules.DRUG["what"], **drug_slots(w, d)))]
    said += [("fact", w.one(rules.DRUG[aspect], **drug_slots(w, d))) for aspect in aspects]
    treated = [c for c in conditions().values() if d.name in c.drugs]
    if treated:
        c = w.pick(treated)
        said.append(("what", w.one(rules.CONDITION["what"], **condition_slots(w, c))))
        said.append(("care", w.one(rules.CONDITION[w.pick(("care", "signs", "why"))], **condition_slots(w, c))))
    title = w.one(rules.DRUG_TITLES, drug=d.name)
    groups = [said[i : i + 2] for i in range(0, len(said), 2)]
    body = "\n\n".join(" ".join(capitalise(text) for _, text in group) for group in groups)
    return title, f"{title}\n\n{body}" if w.chance(0.7) else body


def _symptom_page(w: Writer, place: int, seed: int) -> tuple[str, str]:
    causes = {term: [c for c in conditions().values() if term in c.signs] for term in symptoms()}
    names = [term for term, found in causes.items() if len(found) > 1]
    sign = _subject(names, place, seed, "symptoms")
    said = [w.one(rules.SYMPTOM["open"], sign=sign)]
    for c in w.some(causes[sign], 4):
        others = [s for s in c.signs if s != sign] or ["no other complaint"]
        slots = {**condition_slots(w, c), "sign": sign, "others": listed(w.some(others, 2))}
        said.append(w.one(rules.SYMPTOM["cause"], **slots))
        if w.chance(0.4):
            said.append(w.one(rules.CONDITION[w.pick(("care", "drugs", "fact", "test"))], **slots))
    said += w.some([w.say(t, sign=sign) for t in rules.SYMPTOM["close"]], 2)
    title = w.one(rules.SYMPTOM_TITLES, sign=sign)
    between = w.pick((" ", "\n\n"))
    return title, f"{title}\n\n{between.join(capitalise(s) for s in said)}"


def _case(w: Writer, place: int, seed: int) -> tuple[str, str]:
    c = conditions()[_subject([n for n, c in conditions().items() if not c.is_follow_up], place, seed, "cases")]
    sign, *others = w.some([*c.signs, "a general feeling of being unwell"], 3)
    finding = w.say(w.pick(c.exam), side=w.pick(("left", "right"))).split(" = ")[1]
    slots = {
        **condition_slots(w, c),
        "sign": sign,
        "others": listed(others),
        "finding": finding,
        "age": str(w.between(20, 75) if not c.sex else w.between(52, 80)),
        "job": w.pick(JOBS),
    }
    said = [capitalise(w.one(rules.STORY[part], **slots)) for part in ("open", "visit", "treat", "end")]
    more = [
        capitalise(w.one(rules.CONDITION[aspect], **condition_slots(w, c)))
        for aspect in w.some(["risk", "fact", "test", "care"], 2)
    ]
    title = w.one(rules.STORY_TITLES, **slots)
    return title, f"{title}\n\n{' '.join(said[:2])}\n\n{' '.join(said[2:])}\n\n{' '.join(more)}"


_KINDS = (_condition_page, _drug_page, _condition_page, _symptom_page, _condition_page, _drug_page, _case)
