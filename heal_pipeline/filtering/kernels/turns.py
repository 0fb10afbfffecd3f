"""Turns of speakers in written conversations."""

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

_NAME_CHARS = 30
_MARK = re.compile(r">>|\[(?P<boxed>[^\W\d_][\w.'’ -]*)\]|(?P<name>[^\W\d_][\w.'’-]*(?: [\w.'’-]+){0,2}) ?:(?=\s|$)")
ROLES = frozenset(
    "doctor dr d physician clinician provider nurse therapist counselor patient pt p mother father parent family guest "
    "interviewer interviewee speaker host moderator participant caller agent user assistant student teacher q a".split()
)


@dataclass(frozen=True)
class Turns:
    """Lines that begin with a speaker's mark.

    A mark is ">>", or a name of up to three words before a colon or in square brackets. A heading looks the same ("Plan:"): so a
    name counts if it is a role ("Doctor", "P", "Speaker 1") or stands before more than one line of the text.

    Attributes:
        marked: bool[num_lines].
        changes: float64[num_texts], how often a mark differs from the one before it in the text; ">>" always does.
    """

    marked: np.ndarray
    changes: np.ndarray


def find_turns(joined: str, codes: np.ndarray, bounds: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> Turns:
    """The turns in texts.

    Args:
        joined, codes: all texts, as a string and as its code points.
        bounds: int64[num_texts + 1], the lines of text i are those from bounds[i] up to bounds[i + 1].
        starts, ends: int64[num_lines], half-open, in `joined`.
    """
    candidates = np.flatnonzero(_may_be_marked(codes, starts, ends))
    marked, changes = np.zeros(len(starts), dtype=bool), np.zeros(len(bounds) - 1)
    found: dict[int, str] = {}
    for i in candidates.tolist():
        if match := _MARK.match(joined[starts[i] : min(starts[i] + _NAME_CHARS + 2, ends[i])]):
            found[i] = (match["boxed"] or match["name"] or match[0]).casefold()
    lines = np.fromiter(found, dtype=np.int64, count=len(found))
    by_text = np.searchsorted(lines, bounds)
    for text in np.flatnonzero(np.diff(by_text)).tolist():
        own = lines[by_text[text] : by_text[text + 1]].tolist()
        counts = Counter(found[i] for i in own)
        own = [i for i in own if counts[found[i]] > 1 or _is_role(found[i])]
        marked[own] = True
        changes[text] = sum(found[i] != found[j] or found[i] == ">>" for i, j in zip(own[1:], own, strict=False))
    return Turns(marked, changes)


def _may_be_marked(codes: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """bool[num_lines]: whether the line begins with a bracket or has a colon where that of a name would be."""
    colons = np.append(np.flatnonzero(codes == ord(":")), len(codes))
    until_colon = colons[np.searchsorted(colons, starts)] - starts
    has_colon = (until_colon <= _NAME_CHARS) & (until_colon < ends - starts)
    return has_colon | np.isin(codes[starts], [ord("["), ord(">")])


def _is_role(name: str) -> bool:
    return name == ">>" or name.rstrip("0123456789. ") in ROLES
