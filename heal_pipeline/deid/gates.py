"""The gates of de-identification, on staged output: what is left of registered values, of contacts, of canaries.

They look for values in other ways than detection does: squeezed strings and word sets, not patterns. Verdicts hold names
and counts alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from heal_pipeline.deid import canaries, dates
from heal_pipeline.deid.cleaning import open_contacts
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.registered import ANY_YEAR, WORD, Rows, name_words, type_of
from heal_pipeline.lake import Verdict
from heal_pipeline.profile import DeidConfig

MIN_SQUEEZED = 5
"""Registered values of fewer letters and digits are too short to be told from chance."""


class Residue:
    """Counts registered values that are left in the output of the person they belong to.

    Args:
        people: subject to (field, value) rows.
        lexicon: says which name words are common ones (`registered.name_words`).
    """

    def __init__(self, people: dict[str, Rows], lexicon: Lexicon):
        self._people, self._lexicon = people, lexicon
        self._checks: dict[str, tuple[set[str], set[str], list[str]]] = {}
        self.documents = self.values = self.survivors = 0

    def add(self, subject: str | None, text: str) -> int:
        """Looks at one output text; returns how many registered values are left in it."""
        self.documents += 1
        if subject not in self._people:
            return 0
        anywhere, capitalised, squeezed = self._check(subject)
        words = set(WORD.findall(fold(text).text))
        left = canaries.squeeze(text)
        hits = len(anywhere & {w.lower() for w in words}) + len(capitalised & words)
        hits += sum(value in left for value in squeezed)
        self.values += len(anywhere) + len(capitalised) + len(squeezed)
        self.survivors += hits
        return hits

    def _check(self, subject: str) -> tuple[set[str], set[str], list[str]]:
        if subject not in self._checks:
            rows = self._people[subject]
            names = name_words(rows, self._lexicon)
            squeezed = sorted({s for field_, value in rows for s in _squeezed(field_, value)})
            self._checks[subject] = (set(names.anywhere), set(names.capitalised), squeezed)
        return self._checks[subject]

    def verdict(self) -> Verdict:
        """Passed where nothing is left."""
        return Verdict(
            "registration_residue",
            self.survivors == 0,
            [{"documents": self.documents, "values_looked_for": self.values, "survivors": self.survivors}],
        )


def _squeezed(field_: str, value: str) -> list[str]:
    """The forms of a registered value that are looked for as runs of letters and digits."""
    type_ = type_of(field_)
    if type_ is None:
        return []
    if type_ == "DATE_TIME":
        date = dates.parse(fold(value).text, ANY_YEAR)
        if date is None or date.year is None or date.day is None:
            return []
        month, day = f"{date.month:02d}", f"{date.day:02d}"
        return [f"{date.year}{month}{day}", f"{month}{day}{date.year}"]
    if type_ == "PERSON" and len(WORD.findall(value)) < 2:
        return []  # looked for as a word: "Richard" is no part of "Prichard"
    if type_ == "LOCATION":
        value = re.split(r"[,\n]", value)[0]
        if not any(c.isdigit() for c in value):
            return []  # a town alone is no one's
    found = canaries.squeeze(value)
    return [found] if len(found) >= MIN_SQUEEZED else []


@dataclass
class Rescan:
    """Counts contacts in the output that are in no reserved range, and originals that are still there."""

    documents: int = 0
    by_type: dict[str, int] = field(default_factory=dict)

    def add(self, texts: Iterable[str]) -> None:
        self.documents += 1
        for text in texts:
            for _, _, type_, _ in open_contacts(text):
                self.by_type[type_] = self.by_type.get(type_, 0) + 1

    def verdict(self, echoes: int) -> Verdict:
        """Passed where there is neither a contact of no reserved range nor an original number left in its document."""
        rows: list[dict[str, Any]] = [{"documents": self.documents, "original_numbers_left": echoes}]
        rows += [{"type": t, "survivors": n} for t, n in sorted(self.by_type.items())]
        return Verdict("pattern_rescan", not self.by_type and echoes == 0, rows)


def interval_verdict(num_documents: int, num_broken: int) -> Verdict:
    """Passed where all dates are as the policy promises: as far apart as they were, or of the same years."""
    return Verdict("intervals", num_broken == 0, [{"documents": num_documents, "broken_intervals": num_broken}])


def canary_verdict(rows: list[dict[str, Any]], num_cleaned: int, config: DeidConfig) -> Verdict:
    """Passed where all canaries came back cleaned, few enough survived, and few enough contacts and numbers of persons among them.

    Args:
        rows: from `canaries.survival`.
        num_cleaned: canaries that came back as cleaned documents. One that is lost proves nothing.
        config: `max_canary_survival`; `max_contact_survival`; `max_number_survival`, which SSN and MRN must keep each.
    """
    limits = {
        "all": config.max_canary_survival,
        "CONTACT": config.max_contact_survival,
        "SSN": config.max_number_survival,
        "MRN": config.max_number_survival,
    }
    by_type = [_judged(r, limits.get(r["type"])) for r in rows if r["disguise"] == "all"]
    num_planted = sum(r["planted"] for r in by_type if r["type"] == "all")
    counts = {"planted": num_planted, "cleaned": num_cleaned, "passed": 0 < num_planted == num_cleaned}
    results = [counts, *by_type]
    return Verdict("canary_survival", all(r["passed"] for r in results), results)


def _judged(row: dict[str, Any], limit: float | None) -> dict[str, Any]:
    """A row with a share, and whether that is within its limit; a row without one passes."""
    return {**row, "passed": True} if limit is None else {**row, "allowed": limit, "passed": row["share"] <= limit}


def control_verdict(rows: list[dict[str, Any]], config: DeidConfig) -> Verdict:
    """Passed where few enough of the harmless terms that were planted were replaced.

    Args:
        rows: from `controls.alterations`. Where no controls are planted it holds nothing, and passes.
    """
    results = [_judged(r, config.max_over_redaction if r["kind"] == "all" else None) for r in rows]
    return Verdict("over_redaction", all(r["passed"] for r in results), results)


def quarantine_verdict(num_documents: int, num_quarantined: int, config: DeidConfig) -> Verdict:
    """Passed where few enough documents could not be cleaned. One may always be: a small source has no share to give."""
    allowed = max(1, int(config.max_quarantined_share * num_documents))
    counts = {"documents": num_documents, "quarantined": num_quarantined, "allowed": allowed}
    return Verdict("quarantined_share", num_quarantined <= allowed, [counts])
