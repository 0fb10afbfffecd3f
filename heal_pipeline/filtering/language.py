"""The probability that a text is English, from the offline identifier py3langid (Lui and Baldwin 2012, langid.py)."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

WINDOWS, WINDOW_CHARS = 3, 128
"""A longer text is judged by windows at its beginning, middle and end: the identifier costs time by the byte."""


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def english_probability(text: str) -> float:
    """In [0, 1]; 0 where another language is likelier, or where nothing in the text tells languages apart."""
    language, probability = _identifier().classify(sample(text))
    return probability if language == "en" else 0.0


def sample(text: str) -> str:
    """The text itself, or evenly spaced windows of it, one a line, where it is longer than they are together."""
    if len(text) <= WINDOWS * WINDOW_CHARS:
        return text
    last = len(text) - WINDOW_CHARS
    return "\n".join(text[start : start + WINDOW_CHARS] for start in (0, last // 2, last))
