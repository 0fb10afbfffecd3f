"""The tagger's training documents: contexts with made-up identifiers, and noise. Seeded; every document has exact labels.

1. contexts of notes, talks, letters, forms and general text (contexts.py), filled by values.py;
2. slot-swap: sentences of public text in which a pronoun or noun phrase gives its place to an identifier, and rows of
   random words, so that a value is known by its form where no context helps;
3. noise over whole documents: lower case, capitals, lost punctuation, spaced punctuation, typos, broken lines.
"""

import random
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from heal_pipeline.deid import contexts
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.values import Values

OUTSIDE = "O"
_SLOT = re.compile(r"\{(\w+)\}")
_SWAP = re.compile(
    r"\b(?:(?:[Tt]he|[Aa]n?|[Tt]his|[Ee]ach|[Hh]is|[Hh]er|[Yy]our) (?:[a-z]+)|[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Yy]ou|someone|people|patients|users)\b(?! of)"
)
_AFTER_PLACE = re.compile(
    r"\b(in|at|from|to|near|through|via|around|for|with|by|and|of|on|since|until|called|like)\b (?=[a-z])"
)
_PREFIXES = "cardio nephro hepato gastro neuro derm osteo myo arthr hemo pulmo encephalo tracheo angio adeno cysto chondro lipo spondylo rhino".split()
_SUFFIXES = "itis osis emia opathy ectomy oma algia iasis ostomy oscopy ology itic otic oid plasty megaly rrhea trophy paresis genic".split()
_STEMS = "al ber cor dex el flu gly ibu keto lam mon nor oxy pan quin ris sal tel val xen zol cet tri fen lor met pra ser tam".split()
_DRUG_ENDS = "pril olol statin mycin cillin azole sartan mab idone pine zepam oxacin dronate gliptin parin setron tidine triptan vir caine prazole onide terol lukast tropium gliflozin glutide oxetine afil profen cycline".split()
_EPONYMS = "maneuver|sign|syndrome|disease|phenomenon|contracture|fracture|reflex|palsy|criteria|lymphoma".split("|")
_BRAND_ENDS = "ex ix ax ol an in is yl um ra va ma do".split()
_NUMBERS: dict[str, Callable[[random.Random], str]] = {
    "reading": lambda rng: f"{rng.randint(85, 199)}/{rng.randint(45, 115)}",
    "amount": lambda rng: str(
        rng.choice([rng.randint(2, 99), rng.randint(100, 999), rng.choice([1000, 1500, 2000, 5000])])
    ),
    "range": lambda rng: f"{(low := rng.randint(1, 150))}{rng.choice(['-', ' - ', ' to '])}{low + rng.randint(1, 30)}",
}
"""Harmless slots of numbers: a blood pressure, an amount, two ends."""
_KEYS_NEAR = {"a": "s", "e": "r", "i": "o", "o": "p", "n": "m", "t": "r", "s": "d", "l": "k", "r": "t", "c": "v"}

Piece = tuple[str, str]
"""A stretch of text, and its label."""


@dataclass
class Labelled:
    """A document with labels: `spans` are half-open character ranges with a type."""

    text: str
    spans: list[tuple[int, int, str]] = field(default_factory=list)


class Generator:
    """Makes labelled documents.

    Args:
        lexicon: where names and words come from.
        sentences: sentences of public text for slot-swap; may be empty.
        seed: two generators with one seed make the same documents.
    """

    def __init__(self, lexicon: Lexicon, sentences: list[str], seed: int):
        self.rng = random.Random(seed)
        self.values = Values(lexicon, self.rng)
        self.sentences = sentences
        self._words = sorted(w for w in lexicon.common if lexicon.protected(w))
        self._ambiguous = sorted(w for w, bucket in lexicon.common.items() if bucket == 2 and not lexicon.protected(w))
        self._terms = lexicon.terms or self._words
        self._harmless = {k: v.split("|") for k, v in contexts.WORDS.items()}
        self._blocks = {n: contexts.templates(getattr(contexts, n)) for n in ("NOTE", "TALK", "GENERAL", "CLEAN")}

    def documents(self, count: int) -> Iterator[Labelled]:
        for _ in range(count):
            yield self.document()

    def document(self) -> Labelled:
        rng = self.rng
        kind = rng.choices(["NOTE", "TALK", "GENERAL", "swap"], [3, 3, 2, 3 if self.sentences else 1.5])[0]
        pieces: list[Piece] = []
        joiner = rng.choice(["\n", " ", "\n\n", "  "]) if kind != "TALK" else rng.choice(["\n", "\n", " "])
        speakers = rng.choice(
            [
                ("[doctor] ", "[patient] "),
                ("Doctor: ", "Patient: "),
                ("", ""),
                ("D: ", "P: "),
                ("Doctor: ", "Guest_family: "),
            ]
        )
        for i in range(rng.randint(3, 9)):
            if pieces:
                pieces.append((joiner, OUTSIDE))
            if kind == "TALK":
                pieces.append((speakers[i % 2], OUTSIDE))
            roll = rng.random()
            if kind == "swap" and roll < 0.8:
                pieces += self._swapped()
            elif roll < 0.3:
                pieces += self._fill(rng.choice(self._blocks["CLEAN"]))
            elif roll < 0.4:
                pieces += self._random_row()
            else:
                pieces += self._fill(rng.choice(self._blocks["GENERAL" if kind == "swap" else kind]))
            if kind == "TALK" and rng.random() < 0.3:
                pieces += [(" ", OUTSIDE), *self._fill(rng.choice(self._blocks["TALK"]))]
        return self._noise(pieces)

    def _harmless_word(self, slot: str) -> str:
        rng = self.rng
        if slot == "invented_drug":
            word = "".join(rng.choice(_STEMS) for _ in range(rng.randint(1, 3))) + rng.choice(_DRUG_ENDS)
            return word.title() if rng.random() < 0.3 else word
        if slot == "invented_disease":
            word = "".join(rng.choice(_PREFIXES) for _ in range(rng.randint(1, 2))) + rng.choice(_SUFFIXES)
            return word.title() if rng.random() < 0.15 else word
        if slot == "invented_eponym":
            owner = self.values.last() + (f"-{self.values.last()}" if rng.random() < 0.3 else "")
            return f"{owner}{rng.choice([chr(39) + 's', '', ''])} {rng.choice(_EPONYMS)}"
        if slot == "invented_abbr":
            return "".join(rng.choices(string.ascii_uppercase, k=rng.randint(2, 4)))
        if slot == "invented_brand":
            return (rng.choice(_STEMS) + rng.choice(_STEMS) + rng.choice(_BRAND_ENDS)).title()
        if slot in _NUMBERS:
            return _NUMBERS[slot](rng)
        if slot == "term":
            return self._term()
        if slot == "word":
            return rng.choice(self._words if rng.random() < 0.5 else self._ambiguous)
        if slot == "Heading":
            heading = rng.choice(self._harmless["heading"])
            return heading.title() if rng.random() < 0.5 else heading.capitalize()
        if slot.endswith("_list"):
            return ", ".join(rng.choice(self._harmless[slot[:-5].lower()]) for _ in range(3))
        if slot[0].isupper():
            return rng.choice(self._harmless[slot.lower()]).capitalize()
        word = rng.choice(self._harmless[slot])
        return (
            word.capitalize() if rng.random() < 0.12 and slot in ("drug", "disease", "symptom", "rel", "role") else word
        )

    def _term(self) -> str:
        """A medical term that holds a name, in one of its written forms ("Crohn's disease")."""
        term = self.rng.choice(self._terms)
        if self.rng.random() < 0.3:
            term = re.sub(r"(?<=[a-z]{3}) (?=(?:disease|syndrome|sign|palsy|lymphoma|tumor)$)", "'s ", term)
        return self.rng.choice([str.lower, str.capitalize, str.title])(term)

    def _value(self, slot: str) -> Piece:
        return self.values.makers[slot](), contexts.IDENTIFIERS[slot]

    def _fill(self, template: str) -> list[Piece]:
        pieces: list[Piece] = []
        position = 0
        for match in _SLOT.finditer(template):
            pieces.append((template[position : match.start()], OUTSIDE))
            slot = match.group(1)
            pieces.append(self._value(slot) if slot in contexts.IDENTIFIERS else (self._harmless_word(slot), OUTSIDE))
            position = match.end()
        return [*pieces, (template[position:], OUTSIDE)]

    def _any_value(self) -> Piece:
        names, others = (
            ["name", "first", "last", "full"],
            ["city", "city", "place", "street", "hospital", "date", "company", "id", "phone", "email"],
        )
        return self._value(self.rng.choice(names if self.rng.random() < 0.55 else others))

    def _swapped(self) -> list[Piece]:
        """A public sentence in which something gives its place to an identifier; without sentences, random words."""
        if not self.sentences:
            return self._random_row()
        sentence, rng = self.rng.choice(self.sentences), self.rng
        if rng.random() < 0.35:
            return [(sentence, OUTSIDE)]
        places = [(m.start(), m.end()) for m in _SWAP.finditer(sentence)] + [
            (m.end(), m.end()) for m in _AFTER_PLACE.finditer(sentence)
        ]
        if not places:
            return [(sentence, OUTSIDE)]
        start, end = rng.choice(places)
        value = self._any_value()
        tail = sentence[end:]
        return [(sentence[:start], OUTSIDE), value, (tail if end > start or not tail else " " + tail, OUTSIDE)]

    def _random_row(self) -> list[Piece]:
        """Random words with identifiers among them: no context helps here, only the form of the value."""
        rng = self.rng
        words = [rng.choice(self._words if rng.random() < 0.9 else self._ambiguous) for _ in range(rng.randint(3, 9))]
        cut = rng.randint(0, len(words))
        head, tail = " ".join(words[:cut]), " ".join(words[cut:])
        return [
            (head + " " if head else "", OUTSIDE),
            self._any_value(),
            (" " + tail if tail else "", OUTSIDE),
            (rng.choice([".", "", " ."]), OUTSIDE),
        ]

    def _noise(self, pieces: list[Piece]) -> Labelled:
        rng = self.rng
        case = rng.choices([None, str.lower, str.upper], [0.52, 0.38, 0.1])[0]
        bare, spaced, broken, typos = (rng.random() < share for share in (0.12, 0.1, 0.15, 0.06))
        whole = Labelled("")
        for text, label in pieces:
            if case:
                text = case(text)
            if bare:
                text = re.sub(r"[,;:!?](?=\s|$)|\.(?=\s|$)", "", text)
            if spaced and label == OUTSIDE:
                text = re.sub(r"(?<=\w)([.,?!])(?=\s|$)", r" \1", text)
            if broken:
                text = re.sub(" ", lambda m: "\n" if rng.random() < 0.08 else " ", text)
            if typos and rng.random() < 0.3:
                text = "".join(_KEYS_NEAR.get(c, c) if rng.random() < 0.04 else c for c in text)
            if text and label != OUTSIDE:
                start = len(whole.text)
                whole.spans.append((start, start + len(text), label))
            whole.text += text
        return whole


def usable_sentences(texts: list[str], lexicon: Lexicon, limit: int) -> list[str]:
    """Sentences for slot-swap that seem to name nobody: no capitalised word inside unless it is all capitals.

    Args:
        texts: public texts.
        limit: at most this many, spread evenly over the texts.
    """
    from heal_pipeline.text.sentences import sentence_spans

    found: list[str] = []
    for text in texts:
        for start, end in sentence_spans(text):
            sentence = text[start:end].strip()
            if 30 <= len(sentence) <= 240 and not re.search(
                r"[a-z,)] [A-Z][a-z]|\d{3}|[`*_{}<>=|\\@#]|::|\.\.", sentence
            ):
                first = re.match(r"[A-Za-z]+", sentence)
                if first and (lexicon.protected(first.group().lower()) or lexicon.very_common(first.group().lower())):
                    found.append(" ".join(sentence.split()))
    found = list(dict.fromkeys(found))
    step = max(1, len(found) // limit)
    return found[::step][:limit]
