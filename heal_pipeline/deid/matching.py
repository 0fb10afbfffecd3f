"""Expressions that are tried only where their matches can be: around the strings or digits that each match holds.

Of most texts that is a small part. Which expressions there are is patterns.py's.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

Span = tuple[int, int, str, float]
"""(start, end, type, score): half-open character offsets, Presidio's name of the type, 0 to 1."""


@dataclass(frozen=True)
class Pattern:
    """The expression is tried around the occurrences of its `gate`: any of some strings, or a digit (DIGITS). Strings in lower
    case are found in any case.
    The group `v` is the identifier where there is one, else the whole match."""

    type: str
    expression: re.Pattern[str]
    gate: tuple[str, ...]
    score: float
    accept: Callable[[str], bool] | None


DIGITS = "#"
"""The gate of expressions that need a digit."""
_REACH = 120
"""How far around its gate a match is looked for, in characters. Where it ends beyond that, it is found whole all the same."""


def pattern(
    type_: str, expression: str, gate: str = "", score: float = 0.95, accept: Callable[[str], bool] | None = None
) -> Pattern:
    return Pattern(type_, re.compile(expression, re.IGNORECASE), tuple(gate.split()), score, accept)


_NUMBER = re.compile(r"\d+")


class Around:
    """The parts of a text that lie around the strings of a gate.

    Args:
        text: a folded text.
    """

    def __init__(self, text: str):
        self._text, self._lower = text, text.lower()
        self._places = {DIGITS: [m.start() for m in _NUMBER.finditer(text)]}
        self._parts: dict[tuple[str, ...], list[tuple[int, int]]] = {(): [(0, len(text))]}

    def _occurrences(self, word: str) -> list[int]:
        if word not in self._places:
            text = self._lower if word.islower() else self._text
            found, start = [], text.find(word)
            while start >= 0:
                found.append(start)
                start = text.find(word, start + 1)
            self._places[word] = found
        return self._places[word]

    def parts(self, gate: tuple[str, ...]) -> list[tuple[int, int]]:
        """Half-open ranges that do not touch, in order; the whole text for an empty gate."""
        if gate not in self._parts:
            parts = self._parts[gate] = []
            for place in sorted(p for word in gate for p in self._occurrences(word)):
                if parts and place - _REACH <= parts[-1][1]:
                    parts[-1] = (parts[-1][0], place + _REACH)
                else:
                    parts.append((max(0, place - _REACH), place + _REACH))
        return self._parts[gate]


def found(patterns: Iterable[Pattern], text: str, around: Around) -> Iterator[Span]:
    for pattern in patterns:
        value = "v" if "v" in pattern.expression.groupindex else 0
        for first, last in around.parts(pattern.gate):
            for seen in pattern.expression.finditer(text, first, last):
                match = pattern.expression.match(text, seen.start())  # as it is in the whole text
                if match is None:
                    continue
                start, end = match.span(value)
                if pattern.accept is None or pattern.accept(text[start:end]):
                    yield start, end, pattern.type, pattern.score
