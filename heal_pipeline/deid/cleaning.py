"""From a record to the same record without identifiers: marks, detection, policy, and a re-scan of what was written.

The Spark stage, the command line and the evaluation all clean through here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from heal_pipeline.deid import marks, patterns
from heal_pipeline.deid.detectors import Detector, any_of
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.policy import Policy
from heal_pipeline.deid.registered import Rows
from heal_pipeline.deid.surrogates import Pools, Surrogates, is_reserved

MAX_RESCANS = 3
MIN_TRACED = 6
"""Digits of a value that is looked for in the output."""


class Given(NamedTuple):
    """A record to be cleaned: its texts, and which of them hold a code word (`Detector.detect_record`)."""

    texts: Sequence[str]
    coded: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Cleaned:
    """A record after cleaning.

    Attributes:
        texts: as many as were given.
        found: how many identifiers of each type were replaced.
        echoes: original numbers and contacts that are still somewhere in the texts. Always 0, or something is wrong.
        broken_intervals: what the policy promises of dates and does not hold here: pairs of dates that are no longer as
            far apart (limited_data_set), or years that are others (safe_harbor). Always 0, or something is wrong.
        written: the lower-case words that were written in their place.
        risk: the probability that an identifier is left, as the detector sees it (`Detector.examine_record`).
    """

    texts: list[str]
    found: Counter[str] = field(default_factory=Counter)
    echoes: int = 0
    broken_intervals: int = 0
    written: frozenset[str] = frozenset()
    risk: float = 0.0


class Cleaner:
    """Cleans records.

    Args:
        detector: finds identifiers.
        policy: says what becomes of them.
        key: the home's secret behind the surrogates.
        pools: where surrogates come from.
    """

    def __init__(self, detector: Detector, policy: Policy, key: bytes, pools: Pools):
        self._detector, self._policy, self._key, self._pools = detector, policy, key, pools

    def clean(
        self,
        texts: Sequence[str],
        subject: str,
        rows: Rows | None = None,
        coded: frozenset[int] = frozenset(),
        keep: frozenset[str] = frozenset(),
    ) -> Cleaned:
        """Cleans the texts of one record.

        Args:
            texts: segments and other strings of the record.
            subject: whose surrogates are used: the same person, the same surrogates.
            rows: (field, value) registered of the person.
            coded: texts that hold a code word (`Detector.detect_record`).
            keep: words that an earlier pass wrote, to be left alone.
        """
        return self.clean_together([Given(texts, coded)], subject, rows, keep)[0]

    def clean_together(
        self, records: Sequence[Given], subject: str, rows: Rows | None = None, keep: frozenset[str] = frozenset()
    ) -> list[Cleaned]:
        """Cleans records of one person: what is found in one is looked for in all. Arguments as those of `clean`."""
        surrogates = Surrogates(self._key, subject, self._pools, keep)
        given = [marks.normalise(text) for record in records for text in record.texts]
        starts = list(accumulate((len(record.texts) for record in records), initial=0))
        coded = frozenset(start + i for start, record in zip(starts, records, strict=False) for i in record.coded)
        examined = self._detector.examine_record(given, rows, coded)
        originals = {
            text[s:e]
            for text, spans in zip(given, examined.spans, strict=True)
            for s, e, type_, _ in spans
            if _is_traced(type_, text[s:e])
        }
        found: list[Counter[str]] = [Counter() for _ in records]
        results: list[list[str]] = []
        for counts, first, last in zip(found, starts, starts[1:], strict=False):
            results.append([])
            for text, spans in zip(given[first:last], examined.spans[first:last], strict=True):
                counts.update(type_ for _, _, type_, _ in spans)
                results[-1].append(self._rescanned(self._policy.apply(text, spans, surrogates), surrogates, counts))
        written = frozenset(surrogates.written)
        return [
            Cleaned(
                texts,
                counts,
                echoes=_echoes(texts, originals),
                written=written,
                risk=any_of(examined.risks[first:last]),
            )
            for texts, counts, first, last in zip(results, found, starts, starts[1:], strict=False)
        ]

    def _rescanned(self, text: str, surrogates: Surrogates, found: Counter[str]) -> str:
        """Replaces contacts that only show once others were replaced (two numbers that stood side by side)."""
        for _ in range(MAX_RESCANS):
            left = open_contacts(text)
            if not left:
                break
            found.update(type_ for _, _, type_, _ in left)
            text = self._policy.apply(text, left, surrogates)
        return text


def _echoes(texts: list[str], originals: set[str]) -> int:
    output = "\n".join(texts)
    return sum(value in output for value in originals)


def _is_traced(type_: str, value: str) -> bool:
    """Whether a value is looked for in the output: a number or contact long enough to be no chance, and not fictional."""
    if type_ not in (*patterns.CONTACT_TYPES, *patterns.NUMBER_TYPES) or sum(c.isdigit() for c in value) < MIN_TRACED:
        return False
    return not is_reserved(type_, fold(value).text)


def open_contacts(text: str) -> list[Span]:
    """Contacts in a cleaned text that are in no reserved range: leaks. In order, without overlaps."""
    folded = fold(text)
    result: list[Span] = []
    end = 0
    for span in sorted(patterns.contacts(folded.text), key=lambda s: (s[0], -s[1])):
        if span[0] >= end and not is_reserved(span[2], folded.text[span[0] : span[1]]):
            result.append((*folded.original(span[0], span[1]), span[2], span[3]))
            end = span[1]
    return result
