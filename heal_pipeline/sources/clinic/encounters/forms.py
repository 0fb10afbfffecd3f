"""Review-of-systems forms: a blank one of a house's style, its filling from a visit, and the answers as gold."""

from collections.abc import Mapping
from dataclasses import dataclass

from heal_pipeline.sources.clinic.encounters.facts import Encounter
from heal_pipeline.sources.clinic.encounters.notes import chart_slots
from heal_pipeline.sources.clinic.encounters.written import HEADERS, SIGNATURES
from heal_pipeline.sources.clinic.grammar import Writer, capitalise, listed
from heal_pipeline.sources.clinic.knowledge.symptoms import by_system

YES, NO, NOT_ASKED = "yes", "no", "not asked"

STYLES: tuple[tuple[str, str, Mapping[str, str]], ...] = (
    ("[{}] {term}", " | ", {YES: "x", NO: "-", NOT_ASKED: " "}),
    ("{term}: {}", "; ", {YES: "yes", NO: "no", NOT_ASKED: "not asked"}),
    ("{term} ({})", ", ", {YES: "+", NO: "-", NOT_ASKED: "0"}),
    ("{term} ___{}___", "\t", {YES: "Y", NO: "N", NOT_ASKED: ""}),
    ("{} {term}", " / ", {YES: "positive for", NO: "denies", NOT_ASKED: "not discussed:"}),
)
"""How an item is written, what stands between items, and the sign of each answer."""
LEGENDS = (
    "[x] yes, [-] no, [ ] not asked",
    "Answer yes, no or not asked.",
    "+ present, - absent, 0 not asked",
    "Y = yes, N = no, blank = not asked",
    "Mark what was discussed.",
)
TITLES = (
    "REVIEW OF SYSTEMS",
    "Review of Systems",
    "ROS",
    "Review of systems form",
    "SYSTEMS REVIEW",
    "Intake: review of systems",
)


@dataclass(frozen=True)
class Form:
    """A form: which terms it asks, by system, in a style of STYLES."""

    style: int
    title: str
    terms: dict[str, tuple[str, ...]]

    def blank(self) -> str:
        return self._written({})

    def filled(self, answers: Mapping[str, str]) -> str:
        return self._written(answers)

    def _written(self, answers: Mapping[str, str]) -> str:
        item, between, signs = STYLES[self.style]
        empty = "" if self.style != 1 else "____"
        lines = [self.title, LEGENDS[self.style]]
        for system, terms in self.terms.items():
            items = (item.format(signs[answers[t]] if answers else empty, term=t).strip() for t in terms)
            lines.append(f"{system}: {between.join(items)}")
        return "\n".join(lines)


def answers(e: Encounter, form: Form) -> dict[str, str]:
    """Term → what the conversation of the visit says of it: `YES`, `NO` or `NOT_ASKED`."""
    had = {*e.present, *(t for terms in form.terms.values() for t in terms if t in e.complaint)}
    return {
        term: YES if term in had else NO if term in e.absent else NOT_ASKED
        for terms in form.terms.values()
        for term in terms
    }


def form(e: Encounter, w: Writer) -> Form:
    """A form for a visit: the systems that were spoken of and some others, a few terms of each."""
    spoken = {*e.present, *e.absent}
    relevant = [system for system, terms in by_system().items() if spoken & set(terms)]
    others = w.some([s for s in by_system() if s not in relevant], w.between(1, 3))
    systems = [s for s in by_system() if s in relevant or s in others]
    if w.chance(0.4):
        systems = w.some(systems, len(systems))
    chosen: dict[str, tuple[str, ...]] = {}
    for system in systems:
        asked = [t for t in by_system()[system] if t in spoken]
        more = w.some([t for t in by_system()[system] if t not in spoken], w.between(1, 3))
        terms = [*asked, *more]
        chosen[system] = tuple(w.some(terms, len(terms)))
    return Form(w.between(0, len(STYLES) - 1), w.pick(TITLES), chosen)


def filled_document(e: Encounter) -> tuple[str, dict[str, str]]:
    """The form of a visit as it lies in the record, marked, and its answers."""
    w = e.writer("ros form")
    slots = chart_slots(e, w)
    own = form(e, w)
    found = answers(e, own)
    comment = w.say(
        "[Comments|Notes|Remarks]: [{cc}, {dur}|here for {cc}, {dur}|{cc} for {dur}]. "
        "[Completed by {polite} on {date}.|Reviewed with {polite} and {his} {relation} {kin}.|All else negative per {polite}.|Form reviewed by {doctor} on {date}.|]",
        **{**slots, "cc": e.complaint, "dur": e.duration},
    )
    more = w.one((
        "Worse with {worse}." if e.worse else "Home report: {status}.",
        "Takes {medicines}.",
        "Allergies: {allergies}.",
        "Follow up in {returns}.",
    ), worse=listed(e.worse), status=e.status, medicines=listed([m.drug for m in e.medications]) or "no medicines", returns=e.returns,
        allergies=listed([a.drug for a in e.background.allergies]) or "none")  # fmt: skip
    parts = [w.one(HEADERS, **slots), own.filled(found), f"{capitalise(comment)} {more}", w.one(SIGNATURES, **slots)]
    return "\n\n".join(filter(None, (p.strip() for p in parts))), found
