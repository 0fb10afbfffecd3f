"""Agreement of a written text with its reference: ROUGE, F1 of words, exact match. Words are compared, nothing is understood.

ROUGE is that of the rouge-score package (Lin 2004, Porter stems). It splits sentences at line ends alone, and on one-paragraph
texts its rougeLsum is rougeL; here sentences are split first, which is how the paper's "Rouge-cls" reads best.
"""

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from heal_pipeline.text.sentences import sentence_spans
from heal_pipeline.text.words import words

if TYPE_CHECKING:
    from rouge_score.rouge_scorer import RougeScorer

ROUGE_TYPES = ("rouge1", "rouge2", "rougeL", "rougeLsum")
SHORT_WORDS = 8
"""A reference of so many words at most is an answer that can be right word for word."""

MAX_WORDS = 2000
"""What is read of a text: the longest common subsequence takes time in the product of both lengths."""


@cache
def _scorer() -> "RougeScorer":
    from rouge_score.rouge_scorer import RougeScorer

    return RougeScorer(list(ROUGE_TYPES), use_stemmer=True)


def score(reference: str, written: str) -> dict[str, float | None]:
    """F1 of each ROUGE type and of words, and the exact match (None where the reference is longer than a short answer); 0 to 1."""
    found = _scorer().score(_by_sentence(reference), _by_sentence(written))
    values: dict[str, float | None] = {name: float(found[name].fmeasure) for name in ROUGE_TYPES}
    values["token_f1"] = token_f1(reference, written)
    short = len(words(reference)) <= SHORT_WORDS
    values["exact_match"] = float(words(reference) == words(written)) if short else None
    return values


def token_f1(reference: str, written: str) -> float:
    """F1 of the words that both texts have, counted with their repetitions (Rajpurkar et al. 2016)."""
    wanted, found = Counter(words(reference)), Counter(words(written))
    shared = (wanted & found).total()
    return 2 * shared / (wanted.total() + found.total()) if shared else float(wanted == found)


def _by_sentence(text: str) -> str:
    text = " ".join(text.split(" ")[:MAX_WORDS])
    return "\n".join(" ".join(text[a:b].split()) for a, b in sentence_spans(text))
