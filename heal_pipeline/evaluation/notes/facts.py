"""What a text says, read word by word: statements of clauses, their content terms, negations and quantities.

A lexical reading: no model, no medical dictionary. Terms are Porter stems; a negation reaches through a list up to a verb or a
conjunction; a quantity is a number with the unit behind it.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from heal_pipeline.evaluation.notes.vocabulary import (
    NEGATION_ENDS,
    NEGATION_WORDS,
    NEGATIONS,
    SPOKEN_NUMBERS,
    STOP_WORDS,
    UNITS,
)
from heal_pipeline.text.normalise import normalise
from heal_pipeline.text.sentences import sentence_spans

_TOKEN = re.compile(r"\d+(?:[.,/:-]\d+)*|[^\W\d_]\w*(?:['’](?:t|s|re|ve|ll|d|m)\b)?|[,;:()&%]")
_CLAUSE_END = frozenset([",", ";", "(", ")", "and", "or", "nor", "&", "but", "then"])
_LIST_SEPARATOR = frozenset([",", "or", "and", "nor", "/", "&"])

Quantity = tuple[str, str]
"""(unit, value); the unit is empty where the number has none, as in a blood pressure."""


@dataclass(frozen=True)
class Clause:
    """Content terms, each with whether it is negated, and quantities."""

    terms: dict[str, bool]
    quantities: frozenset[Quantity]


@dataclass(frozen=True)
class Statement:
    """A sentence: its text and its clauses, each with at least one content term (unless the sentence has none)."""

    text: str
    clauses: tuple[Clause, ...]

    @property
    def terms(self) -> frozenset[str]:
        return frozenset(t for c in self.clauses for t in c.terms)

    @property
    def quantities(self) -> frozenset[Quantity]:
        return frozenset(q for c in self.clauses for q in c.quantities)

    def negates(self, terms: frozenset[str]) -> bool:
        """Whether at least half of the occurrences of these terms are negated."""
        found = [negated for c in self.clauses for term, negated in c.terms.items() if term in terms]
        return bool(found) and 2 * sum(found) >= len(found)

    def quantities_near(self, terms: frozenset[str]) -> frozenset[Quantity]:
        """The quantities of the clauses that hold one of these terms."""
        return frozenset(q for c in self.clauses if not terms.isdisjoint(c.terms) for q in c.quantities)


def statements(text: str) -> list[Statement]:
    """The sentences of a text that say something: those with a content term or a quantity."""
    parts = (part for a, b in sentence_spans(text) for part in text[a:b].split(";"))
    found = (Statement(part.strip(), _clauses(part)) for part in parts)
    return [s for s in found if s.terms or s.quantities]


def content_terms(text: str) -> frozenset[str]:
    """All content terms of a text."""
    return frozenset(t for s in statements(text) for t in s.terms)


def _clauses(sentence: str) -> tuple[Clause, ...]:
    tokens = [SPOKEN_NUMBERS.get(t, t) for t in _TOKEN.findall(normalise(sentence).replace("’", "'"))]
    negated = _negated(tokens)
    clauses: list[Clause] = []
    terms: dict[str, bool] = {}
    quantities: set[Quantity] = set()
    for i, token in enumerate([*tokens, ","]):
        if token in _CLAUSE_END:
            clauses.append(Clause(terms, frozenset(quantities)))
            terms, quantities = {}, set()
        elif token[0].isdigit():
            unit = UNITS.get(tokens[i + 1], "") if i + 1 < len(tokens) else ""
            quantities.add((unit, _value(token)))
        elif _is_term(tokens, i):
            terms.setdefault(stem(token), negated[i])
    return tuple(_joined(clauses))


def _joined(clauses: Iterable[Clause]) -> list[Clause]:
    """Clauses without terms of their own ("lisinopril, 10 mg") become part of the one before, or of the next at the beginning."""
    joined: list[Clause] = []
    for clause in clauses:
        if joined and not (clause.terms and joined[-1].terms):
            last = joined.pop()
            clause = Clause({**last.terms, **clause.terms}, last.quantities | clause.quantities)
        joined.append(clause)
    return joined


def _is_term(tokens: list[str], i: int) -> bool:
    token = tokens[i]
    after_number = i > 0 and tokens[i - 1][0].isdigit()
    if len(token) < 2 or token in STOP_WORDS or token in NEGATIONS or (after_number and token in UNITS):
        return False
    return token[0].isalpha()


def _negated(tokens: list[str]) -> list[bool]:
    """Which tokens stand in the reach of a negation."""
    flags = [False] * len(tokens)
    for i, token in enumerate(tokens):
        if token not in NEGATIONS and tokens[max(0, i - 1) : i + 1] != ["ruled", "out"]:
            continue
        reached = _reach(tokens, i)
        for j in reached or _reach_back(tokens, i):
            flags[j] = True
    return flags


def _reach(tokens: list[str], negation: int) -> list[int]:
    """The content words that a negation reaches forwards: through a list, up to a verb, a conjunction or too many words."""
    reached: list[int] = []
    since_separator = 0
    for j in range(negation + 1, len(tokens)):
        token = tokens[j]
        if token in (";", ":", "(", ")") or (reached and token in NEGATION_ENDS) or token == "but":
            break
        if token in _LIST_SEPARATOR:
            if not reached:
                break  # "chest pain denied, takes aspirin"
            since_separator = 0
            continue
        since_separator += 1
        if since_separator > NEGATION_WORDS:
            break
        if _is_term(tokens, j):
            reached.append(j)
    return reached


def _reach_back(tokens: list[str], negation: int) -> list[int]:
    """The content words before a negation that closes its clause: "chest pain: denied", "pneumonia was ruled out"."""
    reached: list[int] = []
    for j in range(negation - 1, max(-1, negation - 1 - NEGATION_WORDS), -1):
        if tokens[j] in (",", ";", "(", ")", "but"):
            break
        if _is_term(tokens, j):
            reached.append(j)
    return reached


def _value(number: str) -> str:
    """A number in one form: "1,000" and "1000", "10.0" and "10" are equal; "128/84" stays as it is."""
    plain = re.sub(r",(?=\d{3}\b)", "", number)
    return f"{float(plain):g}" if re.fullmatch(r"\d+(\.\d+)?", plain) else plain


@lru_cache(maxsize=2**16)
def stem(word: str) -> str:
    """The Porter stem of a word, without an apostrophe's ending."""
    return str(_stemmer().stem(word.split("'")[0]))


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    from nltk.stem.porter import PorterStemmer

    return PorterStemmer()
