"""The streams of the clinic: which documents each has on a day. Every document is a function of the seed and its number.

Visits and pages are dealt out to the days in turn. A copy may be of a document of the same day or of an earlier one.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from heal_pipeline.sources.clinic import noise
from heal_pipeline.sources.clinic.encounters import Encounter, encounter
from heal_pipeline.sources.clinic.encounters.conversation import conversation
from heal_pipeline.sources.clinic.encounters.forms import filled_document
from heal_pipeline.sources.clinic.encounters.instructions import instructions
from heal_pipeline.sources.clinic.encounters.notes import ehr_note, soap_note
from heal_pipeline.sources.clinic.gold import DUPLICATE, QUALITY, Draft
from heal_pipeline.sources.clinic.grammar import Writer
from heal_pipeline.sources.clinic.knowledge.drugs import drugs
from heal_pipeline.sources.clinic.reading import general_page, medical_page, question

CRAWL_PAGES = 1_000_000
"""The crawl's own pages have numbers from here on, so that none is a page of another stream."""
COPIES = 0.05
"""Share of documents in the clinical streams and the page streams that have a copy on the same day or a later one."""
OTHER_DOSE = 0.02
"""Share of SOAP notes that come again with another dose: alike word for word, and no duplicate."""
BAD_PAGES = 0.02


@dataclass(frozen=True)
class Size:
    """How much there is.

    Attributes:
        visits: encounters over all days.
        days: in order.
    """

    seed: int
    visits: int
    days: tuple[str, ...]

    def day_of(self, number: int) -> str:
        return self.days[number % len(self.days)]

    def numbers(self, day: str, share: float = 1.0) -> range:
        """The numbers of a day's documents in a stream that has so many a visit; at least one a day."""
        total = max(len(self.days), round(self.visits * share))
        return range(self.days.index(day), total, len(self.days))

    def has(self, stream: str, number: int, share: float) -> bool:
        """Whether a stream that has a share of the visits has this one; the first of each day it always has."""
        return number < len(self.days) or Writer(self.seed, "in", stream, number).chance(share)

    def copied_on(self, day: str, stream: str, known: Iterable[int]) -> Iterator[tuple[int, Writer]]:
        """(number, writer) of the documents whose copy comes on a day: of that day or an earlier one.

        Args:
            known: the stream's numbers that may be copied, of all days up to this one.
        """
        for number in known:
            w = Writer(self.seed, "copy", stream, number)
            if w.chance(COPIES) and self.days[w.between(number % len(self.days), len(self.days) - 1)] == day:
                yield number, w

    def up_to(self, day: str, share: float = 1.0) -> list[int]:
        """The numbers of a day and of all days before it."""
        return sorted(n for earlier in self.days[: self.days.index(day) + 1] for n in self.numbers(earlier, share))

    def visit(self, number: int) -> Encounter:
        return encounter(self.seed, number, self.day_of(number))


Stream = Callable[[Size, str], Iterator[Draft]]


def _visits(size: Size, day: str, stream: str, share: float) -> Iterator[Encounter]:
    """The day's visits that a stream has."""
    return (size.visit(n) for n in size.numbers(day) if size.has(stream, n, share))


def _copies(size: Size, day: str, stream: str, share: float) -> Iterator[tuple[Encounter, Writer]]:
    """The visits whose document in a stream comes again on a day."""
    known = (n for n in size.up_to(day) if size.has(stream, n, share))
    return ((size.visit(n), w) for n, w in size.copied_on(day, stream, known))


def conversations(size: Size, day: str) -> Iterator[Draft]:
    def draft(e: Encounter) -> Draft:
        return Draft(
            f"conversation-{e.number:06d}", [(conversation(e).text(), True)], e.patient, rubric=tuple(e.rubric())
        )

    yield from map(draft, _visits(size, day, "conversations", 1.0))
    for e, w in _copies(size, day, "conversations", 1.0):
        yield _copy(draft(e), w, "-corrected", "")


def soap_notes(size: Size, day: str) -> Iterator[Draft]:
    def draft(e: Encounter) -> Draft:
        return Draft(f"soap-{e.number:06d}", [(soap_note(e), True)], e.patient, rubric=tuple(e.rubric()))

    for e in _visits(size, day, "soap_notes", 0.9):
        own = draft(e)
        yield own
        w = Writer(size.seed, "other dose", e.number)
        if w.chance(OTHER_DOSE) and (text := _with_other_dose(e, own.text())):
            yield Draft(f"{own.key}-b", [(text, True)], e.patient, reason="other dose")
    for e, w in _copies(size, day, "soap_notes", 0.9):
        yield _copy(
            draft(e),
            w,
            "-addendum",
            w.pick(("Addendum: reviewed with the patient.", "Late entry. Note reviewed, no changes.")),
        )


def _with_other_dose(e: Encounter, text: str) -> str:
    """The note with the next dose of one of its medicines in all places; "" where there is none."""
    for m in (*(c.medication for c in e.changes), *e.medications):
        for other in (d for d in drugs()[m.drug].doses if d != m.dose):
            changed = re.sub(rf"({m.drug}) {re.escape(m.dose)}\b", rf"\1 {other}", text, flags=re.IGNORECASE)
            if changed != text:
                return changed
    return ""


def ehr_notes(size: Size, day: str) -> Iterator[Draft]:
    def draft(e: Encounter) -> Draft:
        text, left_out = ehr_note(e)
        rubric = tuple(entry for entry in e.rubric() if entry[0] not in left_out)
        return Draft(f"ehr-{e.number:06d}", [(text, True)], e.patient, rubric=rubric)

    yield from map(draft, _visits(size, day, "ehr_notes", 0.8))
    for e, w in _copies(size, day, "ehr_notes", 0.8):
        yield _copy(
            draft(e),
            w,
            "-faxed",
            w.pick(("Copy sent by fax.", "Printed copy for the referring office.", "Scanned into the chart.")),
        )


def ros_templates(size: Size, day: str) -> Iterator[Draft]:
    for e in _visits(size, day, "ros_templates", 0.5):
        text, answers = filled_document(e)
        yield Draft(f"ros-{e.number:06d}", [(text, True)], e.patient, answers=tuple(answers.items()))


def clinic_instructions(size: Size, day: str) -> Iterator[Draft]:
    for e in _visits(size, day, "clinic_instructions", 0.9):
        for i, found in enumerate(instructions(e)):
            meta = {"task": found.task}
            if found.rubric:
                meta["rubric"] = "\n".join(f"{category}: {term}" for category, term in found.rubric)
            yield Draft(
                f"instruction-{e.number:06d}-{i}",
                [(found.prompt, False), (found.response, True)],
                e.patient,
                meta,
                rubric=found.rubric,
                answers=found.answers,
            )


def medical_qa(size: Size, day: str) -> Iterator[Draft]:
    for number in size.numbers(day, 0.5):
        found = question(size.seed, number)
        yield Draft(f"qa-{number:06d}", [(found.prompt, False), (found.response, True)], meta={"task": "qa"})


def general_pages(size: Size, day: str) -> Iterator[Draft]:
    yield from _pages(size, day, "general")


def medical_pages(size: Size, day: str) -> Iterator[Draft]:
    yield from _pages(size, day, "medical")


def _pages(size: Size, day: str, topic: str) -> Iterator[Draft]:
    for number in size.numbers(day, 0.8):
        own = _page(size.seed, topic, number)
        if kind := _junk_kind(size, topic, number):
            w = Writer(size.seed, "junk page", topic, number)
            own = Draft(own.key, [(noise.JUNK[kind](w, own.text()), True)], meta=own.meta, drop=QUALITY, reason=kind)
        yield own
    for number, w in size.copied_on(day, topic, _good_pages(size, day, topic)):
        yield _copy(_page(size.seed, topic, number), w, "-v2", "Last updated this month.")


def _junk_kind(size: Size, topic: str, number: int) -> str:
    """Which kind of junk stands in place of a page; "" for most."""
    w = Writer(size.seed, "page", topic, number)
    return w.pick(("stub", "menu", "repeated lines")) if number >= len(size.days) and w.chance(BAD_PAGES) else ""


def _good_pages(size: Size, day: str, topic: str) -> list[int]:
    """The pages of a day and those before it that others may copy."""
    return [n for n in size.up_to(day, 0.8) if not _junk_kind(size, topic, n)]


def _page(seed: int, topic: str, number: int) -> Draft:
    title, text = (general_page if topic == "general" else medical_page)(seed, number)
    return Draft(
        f"{topic}-{number:06d}",
        [(text, True)],
        meta={"title": title[0].upper() + title[1:], "url": _url(seed, topic, number)},
    )


def _url(seed: int, topic: str, number: int) -> str:
    w = Writer(seed, "url", topic, number)
    host = (
        w.pick(("reader", "almanac", "handbook", "journal", "notes"))
        if topic == "general"
        else w.pick(("health", "medline", "clinicguide"))
    )
    return f"https://{host}.example.org/{w.pick(('a', 'page', 'read'))}/{number}"


def _copy(own: Draft, w: Writer, suffix: str, extra: str) -> Draft:
    """A copy of a draft under another key: one in four word by word, the others edited."""
    exact = w.chance(0.25)
    segments = own.segments if exact else [(noise.near_copy(w, text, extra), scored) for text, scored in own.segments]
    reason = "exact copy" if exact else "near copy"
    return Draft(
        f"{own.key}{suffix}", segments, own.patient, own.meta, own.rubric, own.key, DUPLICATE, reason, own.answers
    )


def web_crawl(size: Size, day: str) -> Iterator[Draft]:
    """What a crawl brings: pages of its own, some within boilerplate, copies of the pages of the other streams, and junk."""
    known = {topic: _good_pages(size, day, topic) for topic in ("general", "medical")}
    for number in size.numbers(day, 0.7):
        w = Writer(size.seed, "crawl", number)
        key, topic = f"crawl-{number:06d}", w.pick(("general", "general", "medical"))
        share = w.rng.random() if number >= len(size.days) else 0.0
        meta = {"url": f"https://site{w.between(1, 400)}.example.com/{w.between(1, 99999)}"}
        if share < 0.35:
            own = _page(size.seed, topic, CRAWL_PAGES + number)
            text = noise.boilerplate(w, own.text()) if w.chance(0.3) else own.text()
            yield Draft(key, [(text, True)], meta=meta)
        elif share < 0.65:
            yield _crawled_copy(size, topic, known[topic], w, key, meta)
        else:
            kind = w.pick(list(noise.JUNK))
            text = noise.JUNK[kind](w, _page(size.seed, topic, CRAWL_PAGES + number).text())
            yield Draft(key, [(text, True)], meta=meta, drop=QUALITY, reason=kind)


def _crawled_copy(size: Size, topic: str, known: Sequence[int], w: Writer, key: str, meta: dict[str, str]) -> Draft:
    """A page of another stream that was there on the day, word by word or edited."""
    own = _page(size.seed, topic, w.pick(known))
    exact = w.chance(0.3)
    text = own.text() if exact else noise.near_copy(w, own.text(), w.one(noise.FOOTER, year="2025"))
    return Draft(
        key, [(text, True)], meta=meta, cluster=own.key, drop=DUPLICATE, reason="exact copy" if exact else "near copy"
    )


def captions(size: Size, day: str) -> Iterator[Draft]:
    """Talks as captions. One in eight is a clean transcript, and goes with the rest of the source."""
    for number in size.numbers(day, 0.14):
        w = Writer(size.seed, "captions", number)
        text = _page(size.seed, w.pick(("general", "medical")), 2 * CRAWL_PAGES + number).text()
        bad = number < len(size.days) or w.chance(0.875)
        yield Draft(
            f"talk-{number:06d}",
            [(noise.captions(w, text) if bad else text, True)],
            drop=QUALITY,
            reason="captions" if bad else "excluded source",
        )


STREAMS: dict[str, Stream] = {
    "general_pages": general_pages,
    "medical_pages": medical_pages,
    "web_crawl": web_crawl,
    "captions": captions,
    "conversations": conversations,
    "ehr_notes": ehr_notes,
    "soap_notes": soap_notes,
    "ros_templates": ros_templates,
    "clinic_instructions": clinic_instructions,
    "medical_qa": medical_qa,
}
"""Every stream by the name that a profile gives as a source's name, or as its option `stream`."""
