"""Signals: what is measured of a text. Each is a pure function of it with a versioned name; none decides anything.

A change of what a signal measures is a new version of its name, so that a rule never compares with another measure than it was
written for. Sources: Gopher = Rae et al. 2021, appendix A.1.1; C4 = Raffel et al. 2020, section 2.2; FineWeb = Penedo et al.
2024, section 3.6. Shares are in [0, 1]; a share of nothing is 0.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np

from heal_pipeline.filtering.language import english_probability
from heal_pipeline.filtering.repetition import REPEAT_SIZES, TOP_SIZES, repeated_lines
from heal_pipeline.filtering.views import DIGIT, LOWER, UPPER, TextView

Signal = Callable[[TextView], float]

STOP_WORDS = frozenset({"the", "be", "to", "of", "and", "that", "have", "with"})
BULLETS = ("•", "‣", "▶", "◦", "■", "▪", "▫", "●", "–", "-", "*")
ELLIPSES = ("...", "…")
LINE_ENDS = (".", "!", "?", '"', "'", "”", "’", "…", "。", "！", "？")
SHORT_LINE_CHARS = 30
CAPTION_LINE_CHARS = 45

_LETTER = re.compile(r"[^\W\d_]")
_CONTINUATION = "[\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"
_MOJIBAKE = re.compile(
    rf"\ufffd|[\u00c2-\u00df]{_CONTINUATION}|[\u00e0-\u00ef]{_CONTINUATION}{{2}}|[\u00f0-\u00f4]{_CONTINUATION}{{3}}"
)
_STAGE = r"(?i:(?:\w+ )?(?:laugh|applau|music|cheer|inaudible|indistinct|crosstalk|silence|sighs|chuckl))"
_CAPTION_MARK = re.compile(rf"-->|:\d\d[.,:;]\d|♪|\[{_STAGE}|\({_STAGE}")
"""A time code or a stage mark. Each alternative begins with a character of its own, which makes the search fast."""


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0


def num_chars(view: TextView) -> float:
    """Characters, blanks included."""
    return float(len(view.text))


def num_words(view: TextView) -> float:
    """Gopher: words, that is stretches between blanks."""
    return float(len(view.tokens))


def word_length(view: TextView) -> float:
    """Gopher: mean characters of a word, attached punctuation included."""
    return _share(sum(map(len, view.tokens)), len(view.tokens))


def symbols(view: TextView) -> float:
    """Gopher: hash signs a word or ellipses a word, whichever are more."""
    ellipses = sum(view.text.count(e) for e in ELLIPSES)
    return _share(max(view.text.count("#"), ellipses), len(view.tokens))


def bullet_lines(view: TextView) -> float:
    """Gopher: share of lines that begin with a bullet."""
    return _share(sum(line.startswith(BULLETS) for line in view.lines), len(view.lines))


def ellipsis_lines(view: TextView) -> float:
    """Gopher: share of lines that end in an ellipsis."""
    return _share(sum(line.endswith(ELLIPSES) for line in view.lines), len(view.lines))


def alpha_words(view: TextView) -> float:
    """Gopher: share of words with a letter."""
    mixed = [w for w in view.tokens if not w.isalpha()]
    without = sum(_LETTER.search(w) is None for w in mixed)
    return _share(len(view.tokens) - without, len(view.tokens))


def stop_words(view: TextView) -> float:
    """Gopher: how many of eight frequent English words occur."""
    return float(len(STOP_WORDS.intersection(view.words)))


def duplicate_lines(view: TextView) -> float:
    """Gopher: share of lines that stood earlier in the text."""
    return repeated_lines(view.lines)[0]


def duplicate_line_chars(view: TextView) -> float:
    """Gopher, FineWeb: share of the lines' characters in lines that stood earlier in the text."""
    return repeated_lines(view.lines)[1]


def top_ngram(n: int) -> Signal:
    """Gopher: share of characters in the most frequent n-gram."""
    return lambda view: view.repetition.top[n]


def duplicate_ngrams(n: int) -> Signal:
    """Gopher: share of characters in n-grams that stood earlier in the text."""
    return lambda view: view.repetition.repeated[n]


def lorem_ipsum(view: TextView) -> float:
    """C4: 1 where the placeholder text occurs."""
    return float("lorem ipsum" in view.text.lower())


def curly_brackets(view: TextView) -> float:
    """C4: curly brackets a word, the mark of code. C4 drops a page with a single one; a rate spares pages that quote some."""
    return _share(view.text.count("{") + view.text.count("}"), len(view.tokens))


def line_ends(view: TextView) -> float:
    """C4, FineWeb: share of lines that end in a mark that ends sentences, closing quotes included."""
    return _share(sum(line.endswith(LINE_ENDS) for line in view.lines), len(view.lines))


def short_lines(view: TextView) -> float:
    """FineWeb: share of lines of at most 30 characters."""
    return _share(sum(len(line) <= SHORT_LINE_CHARS for line in view.lines), len(view.lines))


def digits(view: TextView) -> float:
    """Share of decimal digits in the characters that are not blank."""
    return _share(view.character_counts[DIGIT], view.num_visible)


def uppercase(view: TextView) -> float:
    """Share of capitals in the letters that have case."""
    upper, lower = view.character_counts[UPPER], view.character_counts[LOWER]
    return _share(upper, upper + lower)


def english(view: TextView) -> float:
    """Probability that the text is English, from windows of it; 0 where another language is likelier."""
    return english_probability(view.text)


def mojibake(view: TextView) -> float:
    """Share of visible characters in replacement marks and in UTF-8 sequences that were read as Windows-1252 or Latin-1."""
    if view.text.isascii():
        return 0.0
    return min(1.0, _share(sum(len(m) for m in _MOJIBAKE.findall(view.text)), view.num_visible))


def subtitle_lines(view: TextView) -> float:
    """Share of lines as captions have them: a time code, a stage mark, a change of speakers (">>"), or a short line that breaks
    off within a sentence, that is one of at most 45 characters that ends none and whose next begins with a small letter."""
    marked = bool(_CAPTION_MARK.search(view.text))  # most texts have no mark: then no line is searched
    following = [*view.lines, ""][1:]
    found = sum(
        _breaks_off(line, after) or line.startswith(">>") or (marked and bool(_CAPTION_MARK.search(line)))
        for line, after in zip(view.lines, following, strict=True)
    )
    return _share(found, len(view.lines))


def _breaks_off(line: str, following: str) -> bool:
    return len(line) <= CAPTION_LINE_CHARS and following[:1].islower() and not line.endswith(LINE_ENDS)


SIGNALS: dict[str, Signal] = {
    "chars_v1": num_chars,
    "gopher_words_v1": num_words,
    "gopher_word_length_v1": word_length,
    "gopher_symbols_v1": symbols,
    "gopher_bullet_lines_v1": bullet_lines,
    "gopher_ellipsis_lines_v1": ellipsis_lines,
    "gopher_alpha_words_v1": alpha_words,
    "gopher_stop_words_v1": stop_words,
    "gopher_duplicate_lines_v1": duplicate_lines,
    "gopher_duplicate_line_chars_v1": duplicate_line_chars,
    **{f"gopher_top_{n}gram_v1": top_ngram(n) for n in TOP_SIZES},
    **{f"gopher_duplicate_{n}gram_v1": duplicate_ngrams(n) for n in REPEAT_SIZES},
    "c4_lorem_ipsum_v1": lorem_ipsum,
    "c4_curly_brackets_v1": curly_brackets,
    "c4_line_ends_v1": line_ends,
    "fineweb_short_lines_v1": short_lines,
    "digits_v1": digits,
    "uppercase_v1": uppercase,
    "english_v1": english,
    "mojibake_v1": mojibake,
    "subtitle_lines_v1": subtitle_lines,
}
"""Every signal by its versioned name, which is also its column."""


def measure(texts: Sequence[str]) -> dict[str, np.ndarray]:
    """float64[num_texts] for each signal, all finite."""
    columns = {name: np.zeros(len(texts)) for name in SIGNALS}
    for i, text in enumerate(texts):
        view = TextView(text)
        for name, signal in SIGNALS.items():
            columns[name][i] = signal(view)
    return columns
