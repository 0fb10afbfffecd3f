"""From a record to the same record without identifiers: marks, detection, policy, and a re-scan of what was written.

The Spark stage, the command line and the evaluation all clean through here.
"""

import hashlib
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise
from typing import NamedTuple

from heal_pipeline.deid import marks, patterns
from heal_pipeline.deid.detectors import Detector, any_of
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.intervals import Intervals
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.policy import Policy, Writer
from heal_pipeline.deid.registered import Rows
from heal_pipeline.deid.surrogates import Pools, is_reserved

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
        echoes: original numbers and contacts that are still somewhere in the texts, and contacts in ranges reserved for
            fiction that were not written here. Always 0, or something is wrong.
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
    ) -> Cleaned:
        """Cleans the texts of one record.

        Args:
            texts: segments and other strings of the record.
            subject: whose surrogates are used: the same person, the same surrogates.
            rows: (field, value) registered of the person.
            coded: texts that hold a code word (`Detector.detect_record`).
        """
        return self.clean_together([Given(texts, coded)], subject, rows)[0]

    def clean_together(self, records: Sequence[Given], subject: str, rows: Rows | None = None) -> list[Cleaned]:
        """Cleans records of one person: what is found in one is looked for in all. Arguments as those of `clean`."""
        given = [marks.normalise(text) for record in records for text in record.texts]
        starts = list(accumulate((len(record.texts) for record in records), initial=0))
        coded = frozenset(start + i for start, record in zip(starts, records, strict=False) for i in record.coded)
        examined = self._detector.examine_record(given, rows, coded)
        spans = [_beside(one, self._policy.more_spans, text) for one, text in zip(examined.spans, given, strict=True)]
        originals = {
            text[s:e]
            for text, found in zip(given, spans, strict=True)
            for s, e, type_, _ in found
            if _is_traced(type_, text[s:e])
        }
        intervals = Intervals(self._policy.name, self._policy.year)
        cleaned: list[Cleaned] = []
        for first, last in pairwise(starts):
            one = self._cleaned(given[first:last], spans[first:last], subject, originals, intervals)
            cleaned.append(replace(one, risk=any_of(examined.risks[first:last])))
        return cleaned

    def _cleaned(
        self, texts: list[str], spans: list[list[Span]], subject: str, originals: set[str], intervals: Intervals
    ) -> Cleaned:
        """One record with its spans replaced, and what is checked of the output."""
        dates = [
            fold(text[s:e]).text
            for text, own in zip(texts, spans, strict=True)
            for s, e, type_, _ in own
            if type_ == "DATE_TIME"
        ]
        writer = self._policy.writer(self._key, subject, _identity(texts), self._pools, dates)
        counts: Counter[str] = Counter()
        output: list[str] = []
        made_dates: list[str] = []
        echoes = 0
        for text, own in zip(texts, spans, strict=True):
            counts.update(type_ for _, _, type_, _ in own)
            made = writer.rewrite(text, own)
            made_dates += [
                made.text[start:end]
                for (_, _, type_, _), (start, end) in zip(own, made.places, strict=True)
                if type_ == "DATE_TIME"
            ]
            final, strangers = _rescanned(writer, made.text, made.ours, counts)
            output.append(final)
            echoes += strangers
        return Cleaned(
            output,
            counts,
            echoes=echoes + _echoes("\n".join(output), originals),
            broken_intervals=intervals.add(list(zip(dates, made_dates, strict=True))),
            written=frozenset(writer.surrogates.written),
        )


def _identity(texts: list[str]) -> str:
    """What tells a record from another of its person, whatever their order."""
    return hashlib.blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _beside(spans: list[Span], find: Callable[[str], list[Span]], text: str) -> list[Span]:
    """The spans of a text, and beside them those that `find` finds on the folded text where none of them is."""
    folded = fold(text)
    more = [(*folded.original(start, end), type_, score) for start, end, type_, score in find(folded.text)]
    starts = [start for start, *_ in spans]
    free = [m for m in more if (i := bisect_left(starts, m[1])) == 0 or spans[i - 1][1] <= m[0]]
    return sorted([*spans, *free]) if free else spans


def _rescanned(writer: Writer, text: str, ours: bytearray, found: Counter[str]) -> tuple[str, int]:
    """Replaces contacts that only show once others were replaced (two numbers that stood side by side).

    Returns:
        The text, and how many contacts are left in it that were not written here.
    """
    for _ in range(MAX_RESCANS):
        left = open_contacts(text, ours)
        if not left:
            return text, 0
        found.update(type_ for _, _, type_, _ in left)
        text, ours, _ = writer.rewrite(text, left, ours)
    return text, len(open_contacts(text, ours))


def _echoes(output: str, originals: set[str]) -> int:
    """How many of the originals stand in the output. Time is linear in its length, however many they are."""
    if not originals:
        return 0
    lengths = sorted({len(value) for value in originals})
    signs = ("".join(sorted({value[i] for value in originals})) for i in range(MIN_TRACED))
    near = re.compile("(?=" + "".join(f"[{re.escape(s)}]" for s in signs) + ")")
    places = (match.start() for match in near.finditer(output))
    return len({v for at in places for length in lengths if (v := output[at : at + length]) in originals})


def _is_traced(type_: str, value: str) -> bool:
    """Whether a value is looked for in the output: a number or contact long enough to be no chance, and not fictional."""
    if type_ not in (*patterns.CONTACT_TYPES, *patterns.NUMBER_TYPES) or sum(c.isdigit() for c in value) < MIN_TRACED:
        return False
    return not is_reserved(type_, fold(value).text)


def open_contacts(text: str, ours: bytearray | None = None) -> list[Span]:
    """Contacts in a cleaned text that are leaks, in order, without overlaps.

    Args:
        ours: a byte for each character of the text: 1 where a surrogate was written. A contact that is not wholly ours is a
            leak. None: nobody knows, and what is in no range reserved for fiction is one.
    """
    folded = fold(text)
    result: list[Span] = []
    end = 0
    for start, stop, type_, score in sorted(patterns.contacts(folded.text), key=lambda s: (s[0], -s[1])):
        if start < end:
            continue
        place = folded.original(start, stop)
        known = is_reserved(type_, folded.text[start:stop])
        if not known or (ours is not None and any(text[i].isalnum() and not ours[i] for i in range(*place))):
            result.append((*place, type_, score))
            end = stop
    return result
