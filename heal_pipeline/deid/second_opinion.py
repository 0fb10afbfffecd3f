"""A second detector on a seeded sample: what it still finds in the output, and where it and the first differ on the source.

The output is what counts: an identifier that the first detector never saw stands there unchanged. Numbers alone leave.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from heal_pipeline.deid.detectors import Detector
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.scoring import NOT_IDENTIFYING, TOKEN
from heal_pipeline.deid.surrogates import written_words
from heal_pipeline.lake import Verdict
from heal_pipeline.profile import DeidConfig
from heal_pipeline.seeded import ranks

MAX_CHARACTERS = 50_000
"""Of a document that are read: the sample is bounded in documents, and so it is in their length."""
_SENTENCES = re.compile(r"\.{2,}|[A-Za-z]\.[A-Z][a-z]")
"""Dots in a row, or a full stop without a blank: "the...it", "OK.An"."""


def draw(doc_ids: Iterable[str], config: DeidConfig, seed: int) -> frozenset[str]:
    """The sample: `second_sample` documents, the same whatever their order."""
    ids = sorted(doc_ids)
    places = ranks(ids, seed, "second opinion")
    return frozenset(ids[i] for i in places.argsort(kind="stable")[: config.second_sample])


@dataclass
class SecondOpinion:
    """Counts over the sample.

    Attributes:
        first, second: the detector of the run, and the other one.
        documents, leaking: documents that were looked at, and those of which the output holds a span of the second
            detector that the first pass did not write.
        left: type to such spans.
        both, first_alone, second_alone: tokens of the source that are identifiers to them.
    """

    first: Detector
    second: Detector
    documents: int = 0
    leaking: int = 0
    left: Counter[str] = field(default_factory=Counter)
    both: int = 0
    first_alone: int = 0
    second_alone: int = 0

    def look(self, source: str, output: str, written: Iterable[str]) -> None:
        """Looks at a document before and after.

        Args:
            written: the lower-case words that were written in place of identifiers.
        """
        source, output, ours = source[:MAX_CHARACTERS], output[:MAX_CHARACTERS], frozenset(written)
        self.documents += 1
        found = [s for s in self._identifying(output) if not _is_ours(s, output, ours)]
        self.left.update(type_ for _, _, type_, _ in found)
        self.leaking += bool(found)
        [first] = self.first.detect([source])
        one, other = _tokens(source, first), _tokens(source, self._identifying(source))
        self.both += len(one & other)
        self.first_alone += len(one - other)
        self.second_alone += len(other - one)

    def _identifying(self, text: str) -> list[Span]:
        return [s for s in self.second.detect([text])[0] if s[2] not in NOT_IDENTIFYING and not _is_sentences(s, text)]

    def verdict(self, config: DeidConfig) -> Verdict:
        """Passed where few enough documents leak. One always may: of a small sample one false alarm is a large share."""
        allowed = max(1, int(config.max_second_share * self.documents))
        counts = {
            "detector": config.second_detector,
            "documents": self.documents,
            "leaking": self.leaking,
            "allowed": allowed,
        }
        rows: list[dict[str, Any]] = [{"type": t, "left": n} for t, n in sorted(self.left.items())]
        return Verdict("second_detector", self.leaking <= allowed, [counts, *rows])

    def numbers(self) -> dict[str, int]:
        """Counts for the manifest."""
        return {
            "documents": self.documents,
            "leaking": self.leaking,
            "tokens both find": self.both,
            "tokens the first finds alone": self.first_alone,
            "tokens the second finds alone": self.second_alone,
        }


def _is_ours(span: Span, text: str, written: frozenset[str]) -> bool:
    """Is it a surrogate: were all of its words written in place of identifiers?"""
    return written.issuperset(written_words(text[span[0] : span[1]]))


def _is_sentences(span: Span, text: str) -> bool:
    """Is what looks like an address the end of a sentence and the next one's beginning, as transcripts write them?"""
    value = text[span[0] : span[1]]
    return span[2] == "URL" and "//" not in value and bool(_SENTENCES.search(value))


def _tokens(text: str, spans: list[Span]) -> set[int]:
    """Where the tokens begin that spans cover."""
    return {match.start() for start, end, *_ in spans for match in TOKEN.finditer(text, start, end)}
