"""What was replaced in a text, found by comparing it with its original: for people who look for what was not.

A surrogate looks like an identifier. Without marks nobody could tell one from a leak, and would miss most leaks (Carrell
et al. 2020, JAMIA: readers find about a quarter of the leaks among realistic surrogates).
"""

import re
from collections.abc import Sequence

OPEN, CLOSE = "⟦", "⟧"
"""Stand around what was replaced."""

_WORD = re.compile(r"\w+")
_WITHIN = re.compile(r"[^\w\n]{1,3}")
"""What may stand between two words of one replaced value."""
_SAME = 3
"""Words that must agree for two texts to be in step again."""
_REACH = 160
"""Words of both texts together within which they are brought back into step; a replaced value has far fewer."""
_NEAR = 12
"""A word of the output that the original has so near is taken to be the original's: better a mark too few than a leak hidden."""


def marked(original: str, output: str) -> str:
    """The output with marks around what does not stand in the original there. Time is linear in the number of words."""
    pieces: list[str] = []
    end = 0
    for start, stop in replaced(original, output):
        pieces += [output[end:start], OPEN, output[start:stop], CLOSE]
        end = stop
    return "".join([*pieces, output[end:]])


def replaced(original: str, output: str) -> list[tuple[int, int]]:
    """Half-open character ranges of the output whose words are not the original's, in order, apart from each other."""
    before = [m.group() for m in _WORD.finditer(original)]
    found = list(_WORD.finditer(output))
    after = [m.group() for m in found]
    new = [False] * len(after)
    i = j = 0
    while j < len(after):
        if i < len(before) and before[i] == after[j]:
            i, j = i + 1, j + 1
            continue
        old, made = _back_in_step(before, after, i, j)
        near = {word.casefold() for word in before[max(0, i - _NEAR) : i + old + _NEAR]}
        new[j : j + made] = [word.casefold() not in near for word in after[j : j + made]]
        i, j = i + old, j + made
    ranges: list[tuple[int, int]] = []
    for start, end in (match.span() for match, is_new in zip(found, new, strict=True) if is_new):
        if ranges and _WITHIN.fullmatch(output, ranges[-1][1], start):
            ranges[-1] = (ranges[-1][0], end)
        else:
            ranges.append((start, end))
    return ranges


def _back_in_step(before: Sequence[str], after: Sequence[str], i: int, j: int) -> tuple[int, int]:
    """How many words of each text to pass over until both go on alike; all that are left where they do not within reach."""
    for together in range(1, _REACH):
        for old in range(together + 1):
            made = together - old
            if i + old > len(before) or j + made > len(after):
                continue
            if before[i + old : i + old + _SAME] == after[j + made : j + made + _SAME]:
                return old, made
    return len(before) - i, len(after) - j
