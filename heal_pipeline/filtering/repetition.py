"""Repetition of lines and of runs of words (Rae et al. 2021, appendix A.1.1), exact and without hashing.

A repeat is what stood earlier in the text: the first occurrence of a line or n-gram is not one. The shares say therefore how
much of a text would go if every repeat were struck out. N-grams count the characters of their words alone, blanks and
punctuation do not weigh.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

TOP_SIZES = (2, 3, 4)
REPEAT_SIZES = (5, 6, 7, 8, 9, 10)


@dataclass(frozen=True)
class Repetition:
    """Shares of a text's word characters, by n; 0 for a size that is not in them.

    Attributes:
        top: in the occurrences of the most frequent n-gram, at most 1; of equally frequent ones the longest counts. An n-gram
            that occurs once is not frequent.
        repeated: in n-grams that stood earlier in the text. A character in several of them counts once.
    """

    top: dict[int, float] = field(default_factory=lambda: dict.fromkeys(TOP_SIZES, 0.0))
    repeated: dict[int, float] = field(default_factory=lambda: dict.fromkeys(REPEAT_SIZES, 0.0))


def repeated_lines(lines: Sequence[str]) -> tuple[float, float]:
    """(share of lines, share of their characters) in lines that stood earlier in the text."""
    num_chars = sum(map(len, lines))
    if not num_chars:
        return 0.0, 0.0
    distinct = set(lines)
    return 1 - len(distinct) / len(lines), 1 - sum(map(len, distinct)) / num_chars


def ngram_repetition(words: Sequence[str]) -> Repetition:
    """Repetition of n-grams of 2 to 10 words.

    An n-gram can occur twice only where its first n - 1 words do. So n-grams are numbered for growing n, each by the number of
    its beginning and its last word, and only those that occur twice go on: after n = 2 few are left of an ordinary text.
    """
    shares = Repetition()
    num_words = len(words)
    number_of = {word: number for number, word in enumerate(dict.fromkeys(words))}
    ids = np.fromiter(map(number_of.__getitem__, words), dtype=np.int64, count=num_words)
    sizes = np.fromiter(map(len, words), dtype=np.int64, count=num_words)
    before = np.concatenate([[0], np.cumsum(sizes)])  # before[i]: characters of the words before word i
    starts, classes = np.arange(num_words), ids
    for n in range(2, max(REPEAT_SIZES) + 1):
        inside = starts + n <= num_words
        starts, classes = starts[inside], classes[inside]
        if len(starts) < 2:
            break
        keys = classes * num_words + ids[starts + n - 1]
        order = np.argsort(keys, kind="stable")  # equal n-grams side by side, in the order of the text
        keys, again = keys[order], np.zeros(len(keys), dtype=bool)
        np.equal(keys[1:], keys[:-1], out=again[1:])
        repeats = starts[order[again]]
        if not len(repeats):
            break
        if n in shares.top:
            shares.top[n] = _top_share(starts[order], again, before, n)
        if n in shares.repeated:
            shares.repeated[n] = _covered_share(repeats, sizes, before[-1], n)
        numbered = np.empty_like(classes)
        numbered[order] = np.cumsum(~again)
        twice = again.copy()
        twice[:-1] |= again[1:]
        going_on = np.sort(order[twice])
        starts, classes = starts[going_on], numbered[going_on]
    return shares


def _top_share(starts: np.ndarray, again: np.ndarray, before: np.ndarray, n: int) -> float:
    """`starts` and `again` in the order in which equal n-grams stand side by side."""
    first = np.flatnonzero(~again)
    counts = np.concatenate([first[1:], [len(starts)]]) - first
    chars = before[starts[first] + n] - before[starts[first]]
    most = counts.max()
    return min(1.0, float(most * chars[counts == most].max() / before[-1]))


def _covered_share(repeats: np.ndarray, sizes: np.ndarray, num_chars: int, n: int) -> float:
    covered = np.zeros(len(sizes), dtype=bool)
    for i in range(n):
        covered[repeats + i] = True
    return float(sizes[covered].sum() / num_chars)
