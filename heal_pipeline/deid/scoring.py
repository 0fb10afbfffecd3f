"""How well spans cover gold spans, whatever their types: token by token, and span by span. No texts are kept.

The scores of the i2b2 shared task, in which types and ends count, are in i2b2.py.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

TOKEN = re.compile(r"\w+")
NOT_IDENTIFYING = frozenset({"ORGANIZATION", "TITLE", "NRP"})
"""Types that are not among the 18 identifiers of HIPAA: neither asked for nor counted against a detector."""
PERSON_TYPES = frozenset({"PERSON", "NAME", "PATIENT", "DOCTOR"})
"""What gold sets call the names of people."""


@dataclass
class SpanCounts:
    """Counts over the gold spans of one type, and over the tokens in them."""

    spans: int = 0
    full: int = 0
    tokens: int = 0
    correct: int = 0


@dataclass
class TokenCounts:
    """Counts over a set of texts, and what follows from them.

    Attributes:
        texts, tokens: all that were counted.
        gold, found, correct: tokens that belong to an identifier, that were found to, and both.
        bearing_texts: texts with an identifier in them.
        leaking_texts: texts with a token of an identifier that was not found.
        types: gold type to the counts of its spans.
    """

    texts: int = 0
    tokens: int = 0
    gold: int = 0
    found: int = 0
    correct: int = 0
    bearing_texts: int = 0
    leaking_texts: int = 0
    types: dict[str, SpanCounts] = field(default_factory=dict)

    def add(self, text: str, gold: Iterable[tuple[int, int, str]], found: Iterable[Sequence]) -> None:
        """Counts a text. `gold` and `found` hold spans that begin with (start, end, type), half-open."""
        gold, found = list(gold), list(found)
        wanted = [s for s in gold if s[2] not in NOT_IDENTIFYING]
        ignored = _mask(text, (s for s in (*gold, *found) if s[2] in NOT_IDENTIFYING))
        asked = _mask(text, wanted)
        made = _mask(text, (s for s in found if s[2] not in NOT_IDENTIFYING))
        missed = False
        for start, end in (m.span() for m in TOKEN.finditer(text)):
            is_gold, is_found = any(asked[start:end]), any(made[start:end])
            if not is_gold and any(ignored[start:end]):
                continue
            self.tokens += 1
            self.gold += is_gold
            self.found += is_found
            self.correct += is_gold and is_found
            missed |= is_gold and not is_found
        self.texts += 1
        self.bearing_texts += bool(wanted)
        self.leaking_texts += missed
        for start, end, type_ in wanted:
            self._add_span(text, start, end, type_, made)

    def _add_span(self, text: str, start: int, end: int, type_: str, made: bytearray) -> None:
        counts = self.types.setdefault(type_, SpanCounts())
        tokens = [m.span() for m in TOKEN.finditer(text, start, end)]
        counts.spans += 1
        counts.full += all(all(made[s:e]) for s, e in tokens)
        counts.tokens += len(tokens)
        counts.correct += sum(any(made[s:e]) for s, e in tokens)

    def fully_covered(self, types: Iterable[str] = PERSON_TYPES) -> float | None:
        """Share of the gold spans of some types of which every letter and digit was found; None: there are no such spans."""
        own = [self.types[t] for t in types if t in self.types]
        return share(sum(c.full for c in own), sum(c.spans for c in own))

    def row(self) -> dict[str, int | float | None]:
        """Precision, recall, F2 (recall weighs twice), people's names that are covered as a whole, false positives in
        1,000 tokens, and the share of texts with an identifier of which some token was missed."""
        precision, recall = share(self.correct, self.found), share(self.correct, self.gold)
        f2 = None
        if precision is not None and recall is not None:
            f2 = 5 * precision * recall / (4 * precision + recall) if precision + recall else 0.0
        false = share(1000 * (self.found - self.correct), self.tokens)
        return {
            "texts": self.texts,
            "identifying tokens": self.gold,
            "precision": rounded(precision),
            "recall": rounded(recall),
            "F2": rounded(f2),
            "names fully covered": rounded(self.fully_covered()),
            "false positives per 1,000 tokens": rounded(false),
            "share of texts with a miss": rounded(share(self.leaking_texts, self.bearing_texts)),
        }

    def type_rows(self) -> list[dict[str, int | float | str | None]]:
        """A row a gold type, in order of its name: spans, share that is covered as a whole, recall of its tokens."""
        return [
            {
                "type": type_,
                "spans": counts.spans,
                "fully covered": rounded(counts.full / counts.spans),
                "recall": rounded(share(counts.correct, counts.tokens)),
            }
            for type_, counts in sorted(self.types.items())
        ]


def _mask(text: str, spans: Iterable[Sequence]) -> bytearray:
    """A byte a character: 1 where a span covers it."""
    mask = bytearray(len(text))
    for start, end, *_ in spans:
        mask[start:end] = b"\1" * (end - start)
    return mask


def share(count: int, of: int) -> float | None:
    """None where there is nothing to have a share of."""
    return count / of if of else None


def rounded(value: float | None) -> float | None:
    """To four places, as tables show shares and rates."""
    return None if value is None else round(value, 4)
