"""The entries that a good note holds: read from a rubric's lines, or drawn from a reference note by a fixed rule."""

from dataclasses import dataclass

from heal_pipeline.evaluation.notes.facts import Quantity, Statement, statements

MAX_CATEGORY_WORDS = 3
_BULLETS = "-*•↳ \t"


@dataclass(frozen=True)
class Entry:
    """One thing a note shall say.

    Attributes:
        text: as it was written.
        terms: the content terms that name it.
        quantities: the doses and numbers that belong to it.
        negated: whether it says that something is not so.
    """

    text: str
    category: str
    terms: frozenset[str]
    quantities: frozenset[Quantity]
    negated: bool


def parse_rubric(text: str) -> list[Entry]:
    """The entries of a rubric: one a line, "category: term" or the term alone. Lines without content are left out.

    Where a number without a unit is all that follows the colon, what stands before it is part of the entry ("BP: 128/84").
    """
    entries: dict[Entry, None] = {}
    for line in text.splitlines():
        line = line.strip(_BULLETS)
        category, _, term = line.partition(":")
        said = statements(term) if len(category.split()) <= MAX_CATEGORY_WORDS else []
        if not any(s.terms or any(unit for unit, _ in s.quantities) for s in said):
            category, said = "", statements(line)
        clauses = tuple(c for s in said for c in s.clauses)
        if clauses:
            whole = Statement(line, clauses)
            entries[Entry(line, category.strip(), whole.terms, whole.quantities, whole.negates(whole.terms))] = None
    return list(entries)


def derive_rubric(reference: str) -> list[Entry]:
    """The entries of a reference note, where nobody wrote a rubric: one for each clause with a content term.

    An entry has the clause's terms, its quantities, and whether the sentence negates them; equal ones count once. A rubric
    derived so asks for the reference's wording: it counts more entries, and coarser ones, than a clinician would name.
    """
    entries: dict[tuple[object, ...], Entry] = {}
    for statement in statements(reference):
        for clause in statement.clauses:
            terms = frozenset(clause.terms)
            if terms:
                entry = Entry(statement.text, "", terms, clause.quantities, statement.negates(terms))
                entries.setdefault((entry.terms, entry.quantities, entry.negated), entry)
    return list(entries.values())
