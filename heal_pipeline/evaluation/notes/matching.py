"""Scores a note against the entries of a rubric: captured, missed, incorrect; and its statements: linked, irrelevant.

The rule, for each entry and each statement of the note: the statement is on the entry's topic where it holds two thirds of the
entry's terms. On topic, it captures the entry if polarity and quantities agree, contradicts it if the polarity is the opposite or
a number of the same unit differs, and otherwise leaves the number out. An entry is captured if any statement captures it, else
incorrect if any contradicts it, else missed: no entry is counted twice. A statement on no entry's topic is irrelevant if less than
half of its terms occur in the rubric, the reference or the conversation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from heal_pipeline.evaluation.notes.facts import Quantity, Statement, content_terms, statements
from heal_pipeline.evaluation.notes.rubric import Entry

ON_TOPIC = 2 / 3
SUPPORTED = 1 / 2

Finding = Literal["captured", "contradicted", "without number", "off topic"]


@dataclass(frozen=True)
class NoteScore:
    """What a note got right and wrong. The lists hold the words of the rubric and of the note: never put them into a report.

    Attributes:
        coverage: mean over entries of the share of their terms in their best statement; the soft form of captured.
        unsupported_terms: content terms of the note that neither rubric, reference nor conversation has.
    """

    num_entries: int
    captured: int
    missed: list[str]
    incorrect: list[str]
    num_statements: int
    irrelevant: list[str]
    unsupported_terms: int
    coverage: float

    def counts(self) -> dict[str, float]:
        """The numbers alone. Shares are of entries (complete, correct) and of statements (concise)."""
        stated = self.captured + len(self.incorrect)
        return {
            "entries": self.num_entries,
            "captured": self.captured,
            "missed": len(self.missed),
            "incorrect": len(self.incorrect),
            "irrelevant": len(self.irrelevant),
            "statements": self.num_statements,
            "unsupported_terms": self.unsupported_terms,
            "completeness": self.captured / self.num_entries if self.num_entries else 1.0,
            "correctness": self.captured / stated if stated else 1.0,
            "conciseness": 1 - len(self.irrelevant) / self.num_statements if self.num_statements else 1.0,
            "coverage": self.coverage,
        }


def score_note(note: str, entries: Sequence[Entry], sources: Iterable[str] = ()) -> NoteScore:
    """Scores one note.

    Args:
        sources: the reference note and the conversation, where they are known: what they say is not irrelevant.
    """
    said = statements(note)
    findings = [[find(entry, s) for s in said] for entry in entries]
    outcomes = [_outcome(row) for row in findings]
    linked = [any(row[i] != "off topic" for row in findings) for i in range(len(said))]
    supported = frozenset[str]().union(*(e.terms for e in entries), *(content_terms(s) for s in sources))
    irrelevant = [s.text for s, is_linked in zip(said, linked, strict=True) if not is_linked and _foreign(s, supported)]
    return NoteScore(
        num_entries=len(entries),
        captured=outcomes.count("captured"),
        missed=[e.text for e, o in zip(entries, outcomes, strict=True) if o == "missed"],
        incorrect=[e.text for e, o in zip(entries, outcomes, strict=True) if o == "incorrect"],
        num_statements=len(said),
        irrelevant=irrelevant,
        unsupported_terms=len(frozenset(t for s in said for t in s.terms) - supported),
        coverage=sum(_coverage(e, said) for e in entries) / len(entries) if entries else 1.0,
    )


def find(entry: Entry, statement: Statement) -> Finding:
    """What a statement says of an entry."""
    present = entry.terms & statement.terms
    if not entry.terms:
        return "captured" if all(_has(statement.quantities, q) for q in entry.quantities) else "off topic"
    if len(present) < ON_TOPIC * len(entry.terms):
        return "off topic"
    if statement.negates(present) != entry.negated:
        return "contradicted"
    near = statement.quantities_near(present)
    # A number may follow in a clause of its own ("started lisinopril today, at a dose of 10 mg"); another drug's contradicts nothing.
    absent = [q for q in entry.quantities if not _has(near or statement.quantities, q)]
    others = near - entry.quantities
    if any(unit == other for unit, _ in absent for other, _ in others):
        return "contradicted"
    return "without number" if absent else "captured"


def _outcome(row: list[Finding]) -> Literal["captured", "incorrect", "missed"]:
    if "captured" in row:
        return "captured"
    return "incorrect" if "contradicted" in row else "missed"


def _has(quantities: frozenset[Quantity], wanted: Quantity) -> bool:
    """Whether a number is there, in its unit or without one."""
    unit, value = wanted
    return any(v == value and (u == unit or not u or not unit) for u, v in quantities)


def _foreign(statement: Statement, supported: frozenset[str]) -> bool:
    terms = statement.terms
    return bool(terms) and len(terms & supported) < SUPPORTED * len(terms)


def _coverage(entry: Entry, said: list[Statement]) -> float:
    if not entry.terms:
        return float(any(find(entry, s) == "captured" for s in said))
    return max((len(entry.terms & s.terms) / len(entry.terms) for s in said), default=0.0)
