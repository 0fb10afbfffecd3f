"""Detectors: from texts to spans of identifiers. One frame for all; what finds them in a text is exchangeable.

1. fold the text, keeping the way back to its offsets
2. the person's registered values, and the full names of everybody who is registered
3. the finder: patterns and tagger ("crf"), Presidio, a Hugging Face model, or all of them
4. every span to the edges of its tokens, so that no tail is left
5. the record sweep: names that two cues agree on, and numbers, wherever else they stand in the record
6. one list without overlaps, the surer cue first

What a finder doubts and nothing covers in the end is the record's residual risk.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import prod
from typing import Any, NamedTuple, Protocol

from heal_pipeline.deid import harmless, patterns
from heal_pipeline.deid.fold import Folded, fold
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.registered import TITLES, WORD, Directory, Registered, Rows
from heal_pipeline.deid.resolving import MODEL, PATTERN, REGISTERED, Ranked, resolve, to_edges
from heal_pipeline.deid.tagger import Doubt, Tagger

SWEEP_SCORE = 0.6
NAMELESS_SCORE = 0.9
"""The score that a single common word needs that is on no list of names."""
_SWEPT_NUMBERS = frozenset({"MEDICAL_RECORD_NUMBER", "ID", "PHONE_NUMBER", "US_SSN", "CREDIT_CARD"})
_NAMES = frozenset({"PERSON", "LOCATION", "ORGANIZATION"})
"""The tagger's labels of what may be the namesake of a disease or drug."""
_ACTED = re.compile(r"(?<!\w)(?:i|we|they) $", re.IGNORECASE)
"""Behind these a common word in lower case is what somebody does ("when i bend")."""
_TO_PLACE = re.compile(r"(?<!\w)(?:in|at|from|to|near|of|outside|around|through|via|and|or|,) $", re.IGNORECASE)
"""What stands before a place that a common word in lower case names; elsewhere it is the word ("now bend it")."""
_MAX_KNOWN = 512
TOGETHER = 256
"""Texts that a finder is given at once."""


class Found(NamedTuple):
    """What a finder makes of one folded text.

    Attributes:
        ranked: identifiers, each with the rank of its cue.
        doubts: (start, end, probability of being an identifier) of words that it leaves alone and is not sure of; none
            where it has no probabilities.
    """

    ranked: list[Ranked]
    doubts: list[Doubt]


class Examined(NamedTuple):
    """What a detector makes of a record.

    Attributes:
        spans: as `Detector.detect_record` gives them.
        risks: for each text the probability that an identifier is left beside its spans: 1 - prod(1 - p) over the
            finder's doubts that no span covers, as if they were independent.
    """

    spans: list[list[Span]]
    risks: list[float]


class Finder(Protocol):
    """Finds identifiers in folded texts, in each by itself: those given together may be computed together."""

    def find(self, texts: Sequence[str]) -> list[Found]: ...


class CrfFinder:
    """Patterns and the tagger."""

    def __init__(self, tagger: Tagger):
        self._tagger = tagger

    def find(self, texts: Sequence[str]) -> list[Found]:
        return [self._of(text) for text in texts]

    def _of(self, text: str) -> Found:
        found: list[Ranked] = [(PATTERN, s) for s in patterns.find(text, self._tagger.lexicon)]
        tagged = self._tagger.tag(text)
        for start, end, label, score in tagged.spans:
            if not self._is_harmless(text, start, end, label, score):
                found.append((MODEL, (start, end, _presidio_type(label, text[start:end]), score)))
        return Found(found, tagged.doubts)

    def _is_harmless(self, text: str, start: int, end: int, label: str, score: float) -> bool:
        """Whether what looked like an identifier to the tagger is none: a title, a medical term, a common word."""
        if TITLES.issuperset(text[start:end].lower().replace(".", " ").split()) or harmless.by_form(text, start, end):
            return True
        if label not in _NAMES:
            return label == "ID" and harmless.is_medical_code(text, start, end)
        if text[start:end] in self._tagger.lexicon.common and (
            _ACTED.search(text, max(0, start - 8), start)
            or (label == "LOCATION" and not _TO_PLACE.search(text, max(0, start - 12), start))
        ):
            return True
        lexicon, words = self._tagger.lexicon, WORD.findall(text[start:end].lower())
        if (
            words
            and all(map(lexicon.nameless, words))
            and (all(map(lexicon.very_common, words)) or (len(words) == 1 and score < NAMELESS_SCORE))
        ):
            return True
        return lexicon.in_term(text, start, end)


class UnionFinder:
    """Everything that any of several finders finds."""

    def __init__(self, finders: Sequence[Finder]):
        self._finders = finders

    def find(self, texts: Sequence[str]) -> list[Found]:
        by_text = zip(*(finder.find(texts) for finder in self._finders), strict=True)
        return [
            Found([r for one in found for r in one.ranked], [d for one in found for d in one.doubts])
            for found in by_text
        ]


def _presidio_type(label: str, value: str) -> str:
    """Presidio's entity name for one of the tagger's labels; a contact's kind shows in its form."""
    if label != "CONTACT":
        return label
    lower = value.lower()
    if "@" in lower and "." in lower.partition("@")[2]:
        return "EMAIL_ADDRESS"
    if "://" in lower or "www" in lower or re.search(r"\w\.[a-z]{2,}", lower):
        return "URL"
    spoken = any(word in lower.split() for word in patterns.DIGIT_WORDS)
    return "PHONE_NUMBER" if spoken or sum(c.isdigit() for c in lower) >= 7 else "ID"


class Detector:
    """Finds identifiers in texts and in records.

    Args:
        finder: what looks at one text.
        lexicon: common words and names.
        directory: full names of everybody registered on the day.
    """

    def __init__(self, finder: Finder, lexicon: Lexicon, directory: Directory | None = None):
        self._finder, self.lexicon, self._directory = finder, lexicon, directory or Directory([])
        self._known: dict[tuple[tuple[str, str], ...], Registered] = {}

    def detect(self, texts: Iterable[str]) -> list[list[Span]]:
        """Spans for each text, each text a record by itself.

        Returns:
            One list a text: (start, end, type, score) with half-open character offsets of the text as given, in order,
            without overlaps, ends at token edges. Types are Presidio's.
        """
        spans: list[list[Span]] = []
        remaining = iter(texts)
        while folded := [fold(text) for text in islice(remaining, TOGETHER)]:
            found = self._finder.find([one.text for one in folded])
            spans += [self._examine([one], [here], []).spans[0] for one, here in zip(folded, found, strict=True)]
        return spans

    def detect_record(
        self, texts: Sequence[str], rows: Rows | None = None, coded: frozenset[int] = frozenset()
    ) -> list[list[Span]]:
        """Spans for the texts of one record: names found in one are looked for in all.

        Args:
            texts: segments and other strings of the record.
            rows: (field, value) registered of the person it is about.
            coded: texts that hold a code word, such as a task's name: the finder is not asked about them.
        """
        return self.examine_record(texts, rows, coded).spans

    def examine_record(
        self, texts: Sequence[str], rows: Rows | None = None, coded: frozenset[int] = frozenset()
    ) -> Examined:
        """The spans of a record, and the risk that is left in each text. Arguments as those of `detect_record`."""
        folded = [fold(text) for text in texts]
        asked = [i for i in range(len(folded)) if i not in coded]
        found = dict(zip(asked, self._finder.find([folded[i].text for i in asked]), strict=True))
        return self._examine(folded, [found.get(i, Found([], [])) for i in range(len(folded))], rows or [])

    def _examine(self, folded: Sequence[Folded], found: Sequence[Found], rows: Rows) -> Examined:
        """A record of which it is known what the finder found."""
        known = self._registered(rows)
        cues: list[list[Ranked]] = []
        for one, here in zip(folded, found, strict=True):
            ranked: list[Ranked] = [(REGISTERED, s) for s in [*known.find(one.text), *self._directory.find(one.text)]]
            cues.append([(rank, to_edges(one, span)) for rank, span in [*ranked, *here.ranked]])
        swept = self._sweep([f.text for f in folded], cues)
        spans = [
            resolve(one, [*ranked, *((rank, to_edges(one, span)) for rank, span in more)], self.lexicon)
            for one, ranked, more in zip(folded, cues, swept, strict=True)
        ]
        left = (_uncovered(one, here.doubts, made) for one, here, made in zip(folded, found, spans, strict=True))
        return Examined(spans, [any_of(probabilities) for probabilities in left])

    def _registered(self, rows: Rows) -> Registered:
        key = tuple(rows)
        if key not in self._known:
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            self._known[key] = Registered(rows, self.lexicon)
        return self._known[key]

    def _sweep(self, texts: list[str], found: list[list[Ranked]]) -> list[list[Ranked]]:
        """The other places of values that were found: numbers, and name words that two cues agree on."""
        cues: dict[str, set[str]] = {}
        numbers: set[str] = set()
        for text, ranked in zip(texts, found, strict=True):
            for rank, (start, end, type_, score) in ranked:
                if type_ == "PERSON":
                    for word in WORD.findall(text[start:end].lower()):
                        cues.setdefault(word, set()).add(
                            "registered" if rank == REGISTERED else f"{rank}{score > SWEEP_SCORE}"
                        )
                elif type_ in _SWEPT_NUMBERS and end - start >= 5 and any(c.isdigit() for c in text[start:end]):
                    numbers.add(text[start:end])
        names = {word for word, agreed in cues.items() if self._is_sure(word, agreed)}
        if not names and not numbers:
            return [[] for _ in texts]
        words = "|".join(sorted(map(re.escape, {*names, *(n.lower() for n in numbers)}), key=lambda w: (-len(w), w)))
        pattern = re.compile(rf"(?<![^\W_])(?:{words})(?![^\W_])", re.IGNORECASE)
        types = {
            text[s:e].lower(): t
            for text, ranked in zip(texts, found, strict=True)
            for _, (s, e, t, _) in sorted(ranked, reverse=True)  # the surest cue last, and so its type
            if t in _SWEPT_NUMBERS
        }
        return [
            [(MODEL, (*m.span(), types.get(m.group().lower(), "PERSON"), SWEEP_SCORE)) for m in pattern.finditer(text)]
            for text in texts
        ]

    def _is_sure(self, word: str, cues: set[str]) -> bool:
        """Whether a name word may be swept: no common word, and two cues for it (the lists of names are one)."""
        lists = self.lexicon
        if len(word) < 3 or word in lists.common or word in TITLES:
            return False
        listed = word in lists.first_set or word in lists.last_set
        return "registered" in cues or len(cues) + listed >= 2


def any_of(probabilities: Iterable[float]) -> float:
    """The probability that any of independent events occurs, to six places."""
    return round(1.0 - prod(1.0 - p for p in probabilities), 6)


def _uncovered(folded: Folded, doubts: list[Doubt], spans: list[Span]) -> Iterator[float]:
    """The probabilities of the doubts that lie in no span. Doubts are on the folded text, spans on the original."""
    if not doubts:
        return
    starts = [start for start, *_ in spans]
    for start, end, probability in doubts:
        first, last = folded.original(start, end)
        before = bisect_left(starts, last) - 1  # spans have no overlaps: the last that begins before the doubt ends
        if before < 0 or spans[before][1] <= first:
            yield probability


@dataclass(frozen=True)
class DetectorSpec:
    """All that it takes to build a detector in another process: plain values that travel in a closure.

    Attributes:
        name: crf, presidio, hf or union.
        threshold: tokens with a lower probability of being harmless are identifiers.
        model: bytes of the crfsuite file.
        lexicon: bytes of lexicon.json.
        fingerprint: of the tagger's artifact: a process loads each once.
        hf_model: a token classification model by path or hub id.
        presidio_config: a YAML file of Presidio's analyzer; None for its own recognizers without a language model.
    """

    name: str
    threshold: float
    model: bytes = field(repr=False)
    lexicon: bytes = field(repr=False)
    fingerprint: str
    hf_model: str | None = None
    presidio_config: str | None = None

    def load(self, directory: Directory | None = None) -> Detector:
        """The detector; what is heavy in it is loaded once a process, which keeps the last two: a second opinion has its own."""
        key = (self.name, self.threshold, self.fingerprint, self.hf_model, self.presidio_config)
        if key not in _LOADED:
            while len(_LOADED) >= _MAX_LOADED:
                del _LOADED[next(iter(_LOADED))]
            lexicon = Lexicon(**json.loads(self.lexicon))
            _LOADED[key] = (self._finder(lexicon), lexicon)
        finder, lexicon = _LOADED[key]
        return Detector(finder, lexicon, directory)

    def _finder(self, lexicon: Lexicon) -> Finder:
        from heal_pipeline.deid.huggingface import HuggingFaceFinder
        from heal_pipeline.deid.presidio import PresidioFinder

        def crf() -> Finder:
            return CrfFinder(Tagger(self.model, lexicon, self.threshold))

        def presidio() -> Finder:
            return PresidioFinder(self.threshold, self.presidio_config)

        def hf() -> Finder:
            return HuggingFaceFinder(self.hf_model, self.threshold)

        if self.name == "union":
            return UnionFinder([crf(), presidio(), *([hf()] if self.hf_model else [])])
        return {"crf": crf, "presidio": presidio, "hf": hf}[self.name]()


_MAX_LOADED = 2
_LOADED: dict[Any, tuple[Finder, Lexicon]] = {}
