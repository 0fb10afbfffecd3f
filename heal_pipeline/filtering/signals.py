"""Signals: what is measured of texts. Each is a pure function of a text with a versioned name; none decides anything.

A change of what a signal measures is a new version of its name, so that a rule never compares with another measure than it was
written for. The kernels stand in the modules of this folder, by what they look at, and measure a whole batch of texts at once;
a text is measured alike whatever stands beside it. Shares are in [0, 1]; a share of nothing is 0.
"""

from collections.abc import Callable, Sequence

import numpy as np

from heal_pipeline.filtering.kernels import boilerplate, characters, conversation, gopher, vocabulary, web
from heal_pipeline.filtering.kernels.batch import TextBatch, batches, share
from heal_pipeline.filtering.kernels.language import english_probability
from heal_pipeline.filtering.kernels.repetition import REPEAT_SIZES, TOP_SIZES
from heal_pipeline.filtering.prose import prose_score

Signal = Callable[[TextBatch], np.ndarray]
"""float64[num_texts] of a batch."""


def english(batch: TextBatch) -> np.ndarray:
    """Probability that the text is English, from windows of it; 0 where another language is likelier."""
    return english_probability(batch.texts)


def duplicate_lines(batch: TextBatch) -> np.ndarray:
    """Gopher: share of lines that stood earlier in the text."""
    return batch.share_of_lines(batch.repeated_lines)


def duplicate_line_chars(batch: TextBatch) -> np.ndarray:
    """Gopher, FineWeb: share of the lines' characters in lines that stood earlier in the text."""
    return batch.share_of_line_chars(batch.repeated_lines)


def top_ngram(n: int) -> Signal:
    """Gopher: share of characters in the most frequent n-gram."""
    return lambda batch: share(batch.repetition.top[n], batch.repetition.num_chars)


def duplicate_ngrams(n: int) -> Signal:
    """Gopher: share of characters in n-grams that stood earlier in the text."""
    return lambda batch: share(batch.repetition.repeated[n], batch.repetition.num_chars)


MEASURED: dict[str, Signal] = {
    "chars_v1": characters.num_chars,
    "gopher_words_v1": gopher.num_words,
    "gopher_word_length_v1": gopher.word_length,
    "gopher_symbols_v1": gopher.symbols,
    "gopher_bullet_lines_v1": gopher.bullet_lines,
    "gopher_ellipsis_lines_v1": gopher.ellipsis_lines,
    "gopher_alpha_words_v1": gopher.alpha_words,
    "gopher_stop_words_v1": gopher.stop_words,
    "gopher_duplicate_lines_v1": duplicate_lines,
    "gopher_duplicate_line_chars_v1": duplicate_line_chars,
    **{f"gopher_top_{n}gram_v1": top_ngram(n) for n in TOP_SIZES},
    **{f"gopher_duplicate_{n}gram_v1": duplicate_ngrams(n) for n in REPEAT_SIZES},
    "c4_lorem_ipsum_v1": web.lorem_ipsum,
    "c4_curly_brackets_v1": web.curly_brackets,
    "c4_line_ends_v1": web.line_ends,
    "fineweb_short_lines_v1": web.short_lines,
    "digits_v1": characters.digits,
    "uppercase_v1": characters.uppercase,
    "english_v1": english,
    "mojibake_v1": characters.mojibake,
    "subtitle_lines_v1": conversation.subtitle_lines,
    "turn_lines_v1": conversation.turn_lines,
    "turns_v1": conversation.turns,
    "title_words_v1": vocabulary.title_words,
    "function_words_v1": vocabulary.function_words,
    "unique_words_v1": vocabulary.unique_words,
    "medical_words_v1": vocabulary.medical_words,
    "boilerplate_v1": boilerplate.boilerplate,
}
"""Signals that are measured of texts, by their versioned names."""

COMPOSED: dict[str, Callable[[dict[str, np.ndarray]], np.ndarray]] = {"prose_v1": prose_score}
"""Signals that are made of others, scores rather than shares: each gets the columns of all that stand before it and gives float64[num_texts]."""

SIGNALS = (*MEASURED, *COMPOSED)
"""The name of every signal, which is also its column."""


def measure(texts: Sequence[str]) -> dict[str, np.ndarray]:
    """float64[num_texts] for each signal, all finite, in the order of `SIGNALS`. The memory it takes goes by the longest text."""
    columns = {name: np.zeros(len(texts)) for name in MEASURED}
    start = 0
    for batch in batches(texts):
        end = start + len(batch.texts)
        for name, signal in MEASURED.items():
            columns[name][start:end] = signal(batch)
        start = end
    for name, composite in COMPOSED.items():
        columns[name] = composite(columns)
    return columns
