"""Repetition of lines and of runs of words (Rae et al. 2021, appendix A.1.1), exact: hashing only finds what cannot repeat.

A repeat is what stood earlier in the text: the first occurrence of a line or n-gram is not one. The shares say therefore how
much of a text would go if every repeat were struck out. N-grams count the characters of their words alone, blanks and
punctuation do not weigh.
"""

from dataclasses import dataclass

import numpy as np

from heal_pipeline.text.words import WordBatch

TOP_SIZES = (2, 3, 4)
REPEAT_SIZES = (5, 6, 7, 8, 9, 10)


@dataclass(frozen=True)
class Repetition:
    """How many of the texts' word characters repeat, float64[num_texts] each.

    Attributes:
        num_chars: characters of all words.
        top: by n, those in the occurrences of the most frequent n-gram, at most all; of equally frequent ones the longest counts.
            An n-gram that occurs once is not frequent.
        repeated: by n, those in n-grams that stood earlier in the text. A character in several of them counts once.
    """

    num_chars: np.ndarray
    top: dict[int, np.ndarray]
    repeated: dict[int, np.ndarray]


def repeated_lines(joined: str, texts: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """bool[num_lines]: whether the line stood earlier in its text.

    Args:
        joined: where the lines stand.
        texts: int64[num_lines], the text of each line.
        starts, ends: int64[num_lines], half-open, in `joined`.
    """
    repeated = np.zeros(len(starts), dtype=bool)
    seen: set[tuple[int, str]] = set()
    for i in np.flatnonzero(_may_repeat(texts << 32 | (ends - starts))).tolist():
        line = int(texts[i]), joined[starts[i] : ends[i]]
        repeated[i] = line in seen
        seen.add(line)
    return repeated


def ngram_repetition(words: WordBatch) -> Repetition:
    """Repetition of n-grams of 2 to 10 words.

    An n-gram can occur twice in a text only where its first n - 1 words do. So n-grams are numbered for growing n, each by the
    number of its beginning and its last word, and only those that occur twice go on: after n = 2 few are left of ordinary text.
    """
    num_texts, num_ids = len(words.bounds) - 1, len(words.distinct)
    top, repeated = ({n: np.zeros(num_texts) for n in sizes} for sizes in (TOP_SIZES, REPEAT_SIZES))
    starts, numbers = np.arange(len(words.ids)), words.text_of * num_ids + words.ids
    for n in range(2, max(REPEAT_SIZES) + 1):
        inside = np.flatnonzero(starts + n <= words.bounds[words.text_of[starts] + 1])
        starts, numbers = starts[inside], numbers[inside]
        starts, again = _repeating(starts, numbers * num_ids + words.ids[starts + n - 1])
        if not len(starts):
            break
        if n in top:
            top[n] = _most_frequent(words, starts, again, n)
        if n in repeated:
            repeated[n] = _covered(words, starts[again], n)
        numbers = np.cumsum(~again)
    return Repetition(np.diff(words.chars_before[words.bounds]).astype(np.float64), top, repeated)


def _repeating(starts: np.ndarray, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those of the starts whose key another one has too, equal ones side by side in the order of the text; and whether each
    follows one of equal key."""
    likely = np.flatnonzero(_may_repeat(keys))
    starts, keys = starts[likely], keys[likely]
    order = np.argsort(keys, kind="stable")
    starts, keys = starts[order], keys[order]
    bounds = np.concatenate([[True], keys[1:] != keys[:-1], [True]])
    again = ~bounds[: len(keys)]
    repeats = np.flatnonzero(again | ~bounds[1 : len(keys) + 1])
    return starts[repeats], again[repeats]


def _may_repeat(keys: np.ndarray) -> np.ndarray:
    """bool[num_keys]: False only where no other key is equal. A key alone in its slot of a hash table is."""
    bits = max(int(4 * len(keys)).bit_length(), 1)
    slots = ((keys.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - bits)).astype(np.int64)
    return np.bincount(slots, minlength=1 << bits)[slots] > 1


def _most_frequent(words: WordBatch, starts: np.ndarray, again: np.ndarray, n: int) -> np.ndarray:
    """float64[num_texts]: characters in the occurrences of each text's most frequent n-gram, at most those of all its words."""
    first = np.flatnonzero(~again)
    counts = np.diff(first, append=len(starts))
    chars = words.chars_before[starts[first] + n] - words.chars_before[starts[first]]
    texts = words.text_of[starts[first]]  # ascending, as the numbers of n-grams are
    begins = np.flatnonzero(np.append(True, texts[1:] != texts[:-1]))
    best = np.maximum.reduceat(counts << 32 | chars, begins)  # the highest count, of equal ones the most characters
    most = np.zeros(len(words.bounds) - 1)
    most[texts[begins]] = (best >> 32) * (best & 0xFFFFFFFF)
    return np.minimum(most, np.diff(words.chars_before[words.bounds]))


def _covered(words: WordBatch, repeats: np.ndarray, n: int) -> np.ndarray:
    """float64[num_texts]: characters of the words in the n-grams that begin at `repeats`."""
    covered = np.zeros(len(words.ids), dtype=bool)
    for i in range(n):
        covered[repeats + i] = True
    found = np.flatnonzero(covered)
    return np.bincount(words.text_of[found], weights=words.sizes[found], minlength=len(words.bounds) - 1)
