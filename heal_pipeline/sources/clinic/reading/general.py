"""General pages: encyclopedic, towns and lives, stories, guides, recipes and local news. Nothing in them is medical or private."""

from functools import cache

from heal_pipeline.sources.clinic.grammar import Rules, Writer, capitalise, entries
from heal_pipeline.sources.clinic.reading import places_and_lives as places
from heal_pipeline.sources.clinic.reading import stories_and_guides as stories
from heal_pipeline.sources.clinic.reading import topics


def general_page(seed: int, number: int) -> tuple[str, str]:
    """(title, text) of the page of a number."""
    w = Writer(seed, "general page", number)
    kinds = (_topic, _town, _life, _story, _guide, _topic, _recipe, _news, _town, _story)
    kind = kinds[number % len(kinds)]
    title, text = kind(w)
    if w.chance(0.5):  # a magazine: a piece of another kind below the first
        text = f"{text}\n\n{w.pick([k for k in kinds if k is not kind])(w)[1]}"
    return title, text


@cache
def _blocks(text: str) -> dict[str, tuple[str, ...]]:
    """Heading → its lines."""
    return {lines[0]: lines[1:] for block in text.split("\n= ")[1:] if (lines := entries(block))}


def _topic(w: Writer) -> tuple[str, str]:
    facts = _blocks(topics.TEXT)
    name = w.pick(list(facts))
    said = [w.say(fact) for fact in w.some(facts[name], w.between(6, 8))]
    other = w.pick([n for n in facts if n != name])
    if w.chance(0.5):
        said += [
            w.say(
                "[Those who like|Readers who like] {name} may also [like to read|want to know more] about {other}.",
                name=name,
                other=other,
            ),
            w.say(w.pick(facts[other])),
        ]
    title = w.say(
        "[About {name}|{Name}|A page on {name}|What to know about {name}|Notes on {name}|{Name}, an introduction]",
        name=name,
    )
    return title, _page(w, title, said)


def _page(w: Writer, title: str, sentences: list[str]) -> str:
    """Sentences in paragraphs of two to five, under a title or without one."""
    paragraphs: list[str] = []
    rest = [capitalise(s) for s in sentences]
    while rest:
        size = w.between(2, 5) if len(rest) > 3 else len(rest)
        paragraphs.append(" ".join(rest[:size]))
        rest = rest[size:]
    body = ("\n\n" if w.chance(0.8) else "\n").join(paragraphs)
    return f"{title}\n\n{body}" if w.chance(0.75) else body


def _names(w: Writer) -> dict[str, str]:
    """Invented names of places and people, and years that follow each other."""
    syllables = places.SYLLABLES
    make = lambda: w.pick(syllables["head"]) + w.pick(syllables["tail"])  # noqa: E731
    first_year = w.between(1050, 1480)
    born = w.between(1610, 1850)
    return {
        "town": make(),
        "other": make(),
        "river": w.pick(syllables["head"]) + w.pick(("e", "a", "en", "er", "ow", "y")),
        "first": w.pick(syllables["first"]),
        "last": w.pick(syllables["last"]),
        "people": f"{w.between(9, 480) * 100:,}",
        "year1": str(first_year),
        "year2": str(born),
        "year2b": str(born + w.between(38, 79)),
        "year3": str(w.between(1862, 1974)),
        "century": w.pick(("sixteenth", "seventeenth", "eighteenth", "nineteenth")),
        "amount": str(w.between(12, 90) * 10),
    }  # fmt: skip


def _told(w: Writer, rules: Rules, plan: list[tuple[str, int]], **slots: str) -> list[str]:
    """Sentences by plan: of each rule so many different ones."""
    return [w.say(template, **slots) for name, num in plan for template in w.some(rules[name], num)]


def _town(w: Writer) -> tuple[str, str]:
    slots = _names(w)
    middle = w.some(["old", "work", "sights", "road", "nature", "people"], w.between(4, 6))
    said = _told(w, places.TOWN, [("open", 1), *((name, w.between(1, 2)) for name in middle)], **slots)
    return slots["town"], _page(w, slots["town"], said)


def _life(w: Writer) -> tuple[str, str]:
    slots = _names(w)
    plan = [
        ("open", 1),
        ("youth", w.between(1, 2)),
        ("work", w.between(2, 3)),
        ("private", w.between(1, 2)),
        ("end", w.between(1, 2)),
    ]
    title = f"{slots['first']} {slots['last']}"
    return title, _page(w, title, _told(w, places.LIFE, plan, **slots))


def _story(w: Writer) -> tuple[str, str]:
    who = w.pick([name.strip() for line in stories.STORY["who"] for name in line.split("|")])
    thing = w.pick(stories.STORY["thing"])
    plan = [("open", 1), ("turn", w.between(2, 3)), ("act", w.between(3, 4)), ("end", w.between(1, 2))]
    title = capitalise(w.pick((thing, who)))
    return title, _page(w, title, _told(w, stories.STORY, plan, who=who, thing=thing))


def _guide(w: Writer) -> tuple[str, str]:
    guides = _blocks(stories.GUIDE_TEXT)
    name = w.pick(list(guides))
    steps = [w.say(step) for step in w.some_in_order(guides[name], w.between(6, 8))]
    if w.chance(0.3):
        steps = [f"{i + 1}. {step}" for i, step in enumerate(steps)]
        body = "\n".join(steps)
    else:
        words = ("", "", "Then ", "After that, ", "Next, ", "Now ")
        said = [steps[0], *(_after(w.pick(words), step) for step in steps[1:])]
        body = (
            " ".join(said) if w.chance(0.5) else "\n\n".join(" ".join(said[i : i + 3]) for i in range(0, len(said), 3))
        )
    opening = w.say(
        "[It is easier than it looks|Many people ask|This is a skill that lasts|There is no secret to it|Anyone can do it]: {name}[, step by step|, explained|, in a few steps|].",
        name=name,
    )
    closing = w.say(
        "[With some practice it goes by itself|The second time it will be faster|Take your time|Ask someone to help you the first time], [and you will not forget it|and it will be worth it|then teach it to somebody|and enjoy it]."
    )
    title = capitalise(name)
    return title, "\n\n".join(filter(None, (title, capitalise(opening) if w.chance(0.6) else "", body, closing if w.chance(0.6) else "")))  # fmt: skip


def _after(word: str, step: str) -> str:
    """A step behind a connecting word."""
    return (
        word + step[0].lower() + step[1:]
        if word and not step.startswith(("If ", "For ", "To ", "In ", "Your ", "Two ", "Ten ", "Twenty "))
        else step
    )


def _recipe(w: Writer) -> tuple[str, str]:
    rules = stories.RECIPE
    slots = {name: w.pick(rules[name]) for name in ("dish", "main", "second", "spice", "fat")}
    plan = [("open", 1), ("buy", 1)]
    steps = [w.say(step, **slots) for step in w.some_in_order(rules["do"], w.between(4, 6))]
    said = [*_told(w, rules, plan, **slots), *steps, *_told(w, rules, [("end", w.between(1, 2))], **slots)]
    title = capitalise(f"{slots['main']} {slots['dish']} with {slots['second']}")
    return title, _page(w, title, said)


def _news(w: Writer) -> tuple[str, str]:
    slots = {**_names(w), "street": w.pick(stories.NEWS["street"])}
    plan = [("open", 1), ("more", w.between(4, 6)), ("end", w.between(1, 2))]
    title = f"News from {slots['town']}"
    return title, _page(w, title, _told(w, stories.NEWS, plan, **slots))
