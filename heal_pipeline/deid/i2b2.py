"""The shared tasks of i2b2 on de-identification: their gold documents, for users who hold the licence, and their scores.

Gold documents of 2014 (Stubbs and Uzuner 2015: a TEXT, and TAGS with offsets) and of 2006 (Uzuner et al. 2007: RECORDs
with PHI elements in the text) are read as they are given out. The scores are those of the 2014 task (Stubbs, Kotfila and
Uzuner 2015, "Automated systems for the de-identification of longitudinal clinical narratives"), pooled over documents.
Messages name a document by its position: names of files may be numbers of patients.
"""

import re
import tarfile
import zipfile
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from heal_pipeline.deid.scoring import rounded, share
from heal_pipeline.errors import UserError

GoldText = tuple[str, list[tuple[int, int, str]]]
"""A text and its spans (start, end, type), half-open."""

TYPES = {
    "NAME": "PATIENT DOCTOR USERNAME NAME PERSON STAFF HCW",
    "PROFESSION": "PROFESSION",
    "LOCATION": "HOSPITAL ORGANIZATION STREET CITY STATE COUNTRY ZIP DEPARTMENT ROOM LOCATION-OTHER LOCATION LOC PATORG VENDOR",
    "AGE": "AGE",
    "DATE": "DATE DATE_TIME",
    "CONTACT": "PHONE FAX EMAIL URL IPADDR CONTACT PHONE_NUMBER EMAIL_ADDRESS IP_ADDRESS",
    "ID": "SSN MEDICALRECORD HEALTHPLAN ACCOUNT LICENSE VEHICLE DEVICE BIOID IDNUM ID US_SSN MEDICAL_RECORD_NUMBER CREDIT_CARD "
    "IBAN_CODE US_DRIVER_LICENSE US_PASSPORT US_BANK_NUMBER US_ITIN UK_NHS",
    "OTHER": "OTHER OTHERPHI",
}
"""Category of the 2014 task to the types in it: its own, those of 2006, and those of the detectors (Presidio's names, and
those of models that were trained on these sets). Types that are not here count as OTHER."""
CATEGORIES = {type_: category for category, types in TYPES.items() for type_ in types.split()}
HIPAA = frozenset(
    "PATIENT AGE CITY STREET ZIP ORGANIZATION DATE PHONE FAX EMAIL SSN MEDICALRECORD HEALTHPLAN ACCOUNT LICENSE VEHICLE "
    "DEVICE BIOID IDNUM LOCATION ID".split()
)
"""The types of the gold documents that the task's HIPAA scores ask for; LOCATION and ID are those of 2006."""
RELAXED_BY = 2
"""How many characters an end may be off in the relaxed scores: "'s" and the like."""
MAX_BYTES = 64 * 2**20
"""A document that is larger is none of these sets."""

_TOKEN = re.compile(r"[a-zA-Z0-9]+")
_Entity = tuple[int, int, str]
"""Start, end, category."""


def read(path: Path) -> list[GoldText]:
    """The gold documents of a folder, of an XML file, or of a .zip, .tar, .tar.gz or .tgz of XML files; by name.

    Raises:
        UserError: there is no document, one is no XML of these tasks, declares entities, or has a tag whose offsets do
            not hold the text that the tag says they hold.
    """
    documents = [
        document
        for position, data in enumerate(_files(path), 1)
        for document in _documents(data, f"document {position} of {path.name}")
    ]
    if not documents:
        raise UserError(f"{path.name} holds no XML document: give a folder, an XML file, or an archive of them")
    return documents


def _files(path: Path) -> Iterator[bytes]:
    """The bytes of each XML file, in the order of the names."""
    try:
        if path.is_dir():
            for file in sorted(f for f in path.rglob("*") if _is_document(f.name)):
                yield _bounded(file.read_bytes())
        elif zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as packed:
                for info in sorted(packed.infolist(), key=lambda i: i.filename):
                    if _is_document(info.filename):
                        with packed.open(info) as stream:
                            yield _bounded(stream.read(MAX_BYTES + 1))
        elif tarfile.is_tarfile(path):
            with tarfile.open(path) as packed_tar:
                for member in sorted(packed_tar.getmembers(), key=lambda m: m.name):
                    wanted = member.isreg() and _is_document(member.name)
                    if wanted and (content := packed_tar.extractfile(member)) is not None:
                        yield _bounded(content.read(MAX_BYTES + 1))
        else:
            yield _bounded(path.read_bytes())
    except (OSError, EOFError, zipfile.BadZipFile, tarfile.TarError, RuntimeError) as error:
        raise UserError(f"{path.name} cannot be read ({type(error).__name__}): give i2b2's documents") from None


def _is_document(name: str) -> bool:
    """An XML file, and no companion of one that a Mac wrote ("._110-01.xml")."""
    return name.lower().endswith(".xml") and not PurePosixPath(name).name.startswith("._")


def _bounded(data: bytes) -> bytes:
    if len(data) > MAX_BYTES:
        raise UserError(f"a document is over {MAX_BYTES // 2**20} MiB: none of i2b2's is")
    return data


@dataclass
class _Reader:
    """What the parser has seen of a file: its documents so far, and the one that it is in."""

    documents: list[GoldText] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    length: int = 0
    inside: bool = False
    in_tags: bool = False
    open_phi: tuple[int, str] | None = None
    spans: list[tuple[int, int, str]] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "TEXT":
            self.text, self.length, self.spans, self.tags, self.inside = [], 0, [], [], True
        elif name == "PHI" and self.inside:
            self.open_phi = (self.length, attributes.get("TYPE", "OTHER"))
        elif name == "TAGS":
            self.in_tags = True
        elif self.in_tags and {"start", "end"} <= attributes.keys():
            self.tags.append({"TYPE": name, **attributes})

    def characters(self, data: str) -> None:
        if self.inside:
            self.text.append(data)
            self.length += len(data)

    def end(self, name: str) -> None:
        if name == "TEXT":
            self.inside = False
        elif name == "PHI" and self.open_phi is not None:
            self.spans.append((self.open_phi[0], self.length, self.open_phi[1]))
            self.open_phi = None
        elif name == "TAGS":
            self.in_tags = False
        elif name == "RECORD":
            self.close()

    def close(self) -> None:
        """Ends a document, where there is one."""
        if self.text or self.tags:
            text = "".join(self.text)
            self.documents.append((text, sorted([*self.spans, *_tagged(text, self.tags)])))
        self.text, self.spans, self.tags = [], [], []


class _UnfitError(Exception):
    """Something that these documents do not have. The message is of this module, never of the document."""


def _documents(data: bytes, place: str) -> list[GoldText]:
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = reader.start, reader.end
    parser.CharacterDataHandler = reader.characters
    parser.EntityDeclHandler = _refuse_entities  # no document may make itself larger, or read files
    try:
        parser.Parse(data, True)
        reader.close()
    except expat.ExpatError as error:
        raise UserError(f"{place} is no well-formed XML (line {error.lineno}): mend it, or leave it out") from None
    except _UnfitError as error:
        raise UserError(f"{place} {error}") from None
    if not reader.documents:
        raise UserError(f"{place} has no TEXT: give i2b2's documents with their gold marks")
    return reader.documents


def _refuse_entities(*_: object) -> None:
    raise _UnfitError("declares entities: no document of these tasks does")


def _tagged(text: str, tags: Sequence[dict[str, str]]) -> list[tuple[int, int, str]]:
    """The spans of a document's tags, each of which holds the text that it says it holds.

    XML gives every line end as one character. Offsets that were counted while it was two (CR LF) are counted back.
    """
    places = [_place(tag, number) for number, tag in enumerate(tags, 1)]
    wrong = _first_unfit(text, places, tags)
    if wrong is None:
        return places
    if _first_unfit(text.replace("\n", "\r\n"), places, tags) is None:
        breaks = [m.start() + n for n, m in enumerate(re.finditer("\n", text))]
        return [(s - bisect_left(breaks, s), e - bisect_left(breaks, e), type_) for s, e, type_ in places]
    raise _UnfitError(f"has a tag (number {wrong}) whose offsets do not hold its text: mend it, or leave it out")


def _first_unfit(text: str, places: Sequence[tuple[int, int, str]], tags: Sequence[dict[str, str]]) -> int | None:
    """The number of the first tag whose place does not hold its text. In an attribute of XML, line ends are blanks."""
    for number, ((start, end, _), tag) in enumerate(zip(places, tags, strict=True), 1):
        held = text[start:end].split()
        if end > len(text) or tag.get("text", text[start:end]).split() != held:
            return number
    return None


def _place(tag: dict[str, str], number: int) -> tuple[int, int, str]:
    try:
        start, end = int(tag["start"]), int(tag["end"])
    except ValueError:
        start, end = 0, 0
    if not 0 <= start < end:
        raise _UnfitError(f"has a tag (number {number}) without offsets: mend it, or leave it out")
    return start, end, tag["TYPE"].upper()


@dataclass
class _Matches:
    """Entities or tokens: how many are asked for, were found, and are both."""

    asked: int = 0
    found: int = 0
    correct: int = 0

    def row(self) -> dict[str, int | float | None]:
        return {
            "gold": self.asked,
            "found": self.found,
            "precision": rounded(share(self.correct, self.found)),
            "recall": rounded(share(self.correct, self.asked)),
            "F1": rounded(share(2 * self.correct, self.asked + self.found)),
        }


UNITS = ("entity, strict", "entity, relaxed", "token", "token, binary")
SCOPES = ("all types", "HIPAA types")


class Scores:
    """The scores of the 2014 task, pooled ("micro") over the documents that are added.

    strict: category, start and end are equal. relaxed: the end may be off by two characters. token: each word of an
    entity by itself, with its category. binary: without it.

    Types are compared by their category: no detector whose types are Presidio's tells patients from doctors. For the
    same reason the HIPAA scores leave out, beside gold of other types, what was found in its place; what was found
    where there is no gold counts against the detector in both scopes.
    """

    def __init__(self) -> None:
        self._matches = {(unit, scope): _Matches() for scope in SCOPES for unit in UNITS}
        self._asked: Counter[str] = Counter()
        self._correct: Counter[str] = Counter()

    def add(self, text: str, gold: Iterable[tuple[int, int, str]], found: Iterable[Sequence]) -> None:
        """Counts a document. `gold` and `found` hold spans that begin with (start, end, type), half-open."""
        gold = [(s, e, t.upper()) for s, e, t in gold]
        made = {(s, e, CATEGORIES.get(str(t).upper(), "OTHER")) for s, e, t, *_ in found}
        hipaa, other = ([g for g in gold if (g[2] in HIPAA) is asked_for] for asked_for in (True, False))
        for scope, asked, counted in (
            ("all types", gold, made),
            ("HIPAA types", hipaa, {f for f in made if _touches(f, hipaa) or not _touches(f, other)}),
        ):
            wanted = {(s, e, CATEGORIES.get(t, "OTHER")) for s, e, t in asked}
            self._count(text, wanted, counted, scope)
        tokens = {t for entity in made for t in _tokens(text, entity)}
        places = {t[:2] for t in tokens}
        for entity in {(s, e, CATEGORIES.get(t, "OTHER")) for s, e, t in gold}:
            own = list(_tokens(text, entity))
            self._asked[entity[2]] += len(own)
            self._correct[entity[2]] += sum(t[:2] in places for t in own)

    def _count(self, text: str, wanted: set[_Entity], made: set[_Entity], scope: str) -> None:
        asked_tokens, found_tokens = ({t for e in entities for t in _tokens(text, e)} for entities in (wanted, made))
        asked_places, found_places = {t[:2] for t in asked_tokens}, {t[:2] for t in found_tokens}
        for unit, asked, found, correct in (
            ("entity, strict", len(wanted), len(made), len(wanted & made)),
            ("entity, relaxed", len(wanted), len(made), _relaxed(wanted, made)),
            ("token", len(asked_tokens), len(found_tokens), len(asked_tokens & found_tokens)),
            ("token, binary", len(asked_places), len(found_places), len(asked_places & found_places)),
        ):
            matches = self._matches[unit, scope]
            matches.asked += asked
            matches.found += found
            matches.correct += correct

    def rows(self) -> list[dict[str, int | float | str | None]]:
        """A row a unit and scope: gold, found, precision, recall, F1."""
        return [{"unit": unit, "types": scope, **m.row()} for (unit, scope), m in self._matches.items()]

    def category_rows(self) -> list[dict[str, int | float | str | None]]:
        """A row a category of the gold: its tokens, and the share of them that was found as anything."""
        return [
            {"category": c, "tokens": n, "recall": round(self._correct[c] / n, 4)}
            for c, n in sorted(self._asked.items())
            if n
        ]


def _tokens(text: str, entity: _Entity) -> Iterator[_Entity]:
    """The words of an entity, cut at its ends as the task's own evaluation does."""
    for match in _TOKEN.finditer(text[entity[0] : entity[1]]):
        yield entity[0] + match.start(), entity[0] + match.end(), entity[2]


def _relaxed(wanted: set[_Entity], made: set[_Entity]) -> int:
    """How many wanted entities have one that was made with their category and start, and an end within two characters.

    Each that was made serves once.
    """
    free = set(made)
    correct = 0
    for start, end, category in sorted(wanted):
        near = sorted((end + off for off in range(-RELAXED_BY, RELAXED_BY + 1)), key=lambda e: (abs(e - end), e))
        match = next((m for e in near if (m := (start, e, category)) in free), None)
        if match is not None:
            free.remove(match)
            correct += 1
    return correct


def _touches(entity: _Entity, others: Sequence[tuple[int, int, str]]) -> bool:
    return any(s < entity[1] and e > entity[0] for s, e, _ in others)
