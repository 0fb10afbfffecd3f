"""The quality signals of Gopher (Rae et al. 2021, appendix A.1.1), but for repetition, which `repetition` measures."""

import numpy as np

from heal_pipeline.filtering.kernels.batch import LETTER, TextBatch, share
from heal_pipeline.text.words import edges, word_list

_STOP_WORDS = word_list(("the", "be", "to", "of", "and", "that", "have", "with"))
_BULLETS = "•‣▶◦■▪▫●–-*"


def num_words(batch: TextBatch) -> np.ndarray:
    """Words, that is stretches between blanks."""
    return batch.num_tokens


def word_length(batch: TextBatch) -> np.ndarray:
    """Mean characters of a word, attached punctuation included."""
    return share(batch.num_visible, batch.num_tokens)


def symbols(batch: TextBatch) -> np.ndarray:
    """Hash signs a word or ellipses a word, whichever are more. An ellipsis is one character or each three dots of a run."""
    dots = edges(batch.codes == ord("."))
    ellipses = batch.total((dots[1::2] - dots[::2]) // 3, dots[::2]) + batch.count(batch.find("…"))
    return share(np.maximum(batch.count(batch.find("#")), ellipses), batch.num_tokens)


def bullet_lines(batch: TextBatch) -> np.ndarray:
    """Share of lines that begin with a bullet."""
    return batch.share_of_lines(np.isin(batch.codes[batch.line_starts], [ord(b) for b in _BULLETS]))


def ellipsis_lines(batch: TextBatch) -> np.ndarray:
    """Share of lines that end in an ellipsis."""
    ends, dots = batch.line_ends, batch.codes == ord(".")
    three_dots = (batch.line_sizes >= 3) & dots[ends - 1] & dots[ends - 2] & dots[ends - 3]
    return batch.share_of_lines(three_dots | (batch.codes[ends - 1] == ord("…")))


def alpha_words(batch: TextBatch) -> np.ndarray:
    """Share of words with a letter."""
    if not len(batch.token_starts):
        return np.zeros(len(batch.texts))
    lettered = np.logical_or.reduceat((batch.classes & LETTER) != 0, batch.token_starts)
    return share(batch.count(batch.token_starts[lettered]), batch.num_tokens)


def stop_words(batch: TextBatch) -> np.ndarray:
    """How many of eight frequent English words occur."""
    words = batch.words
    numbers = words.look_up(_STOP_WORDS)
    found = np.flatnonzero((numbers >= 0)[words.ids])
    occurs = np.zeros((len(batch.texts), len(_STOP_WORDS)))
    occurs[words.text_of[found], numbers[words.ids[found]]] = 1
    return occurs.sum(axis=1)
