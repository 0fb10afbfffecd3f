"""The probability that a text is English, from the offline identifier py3langid (Lui and Baldwin 2012, langid.py).

The identifier is a finite automaton over UTF-8 bytes, whose states mark features, and a naive Bayes model over these. Here it
runs over all texts of a batch at once, a byte of each in a step: the same model and the same result, up to the rounding of
single precision.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

WINDOWS, WINDOW_CHARS = 3, 128
"""A longer text is judged by windows at its beginning, middle and end: the identifier costs time by the byte."""

DECIMALS = 6
"""More are the machine's: exponentials in single precision differ in their last bits from one processor to another."""


@dataclass(frozen=True)
class _Model:
    """py3langid's model as arrays.

    Attributes:
        rows: int32[num_states], where the moves of a state begin in `moves`.
        moves: uint32[num_rows * 256], the next state after a byte.
        features: int32[num_states], the feature that ends in a state, -1 where none does.
        weights: float32[num_features, num_labels], log probabilities.
        priors: float32[num_labels].
        aliases: pairs of labels that are one language; the first stands for both.
        english: the label.
    """

    rows: np.ndarray
    moves: np.ndarray
    features: np.ndarray
    weights: np.ndarray
    priors: np.ndarray
    aliases: list[tuple[int, int]]
    english: int


@cache
def _model() -> _Model:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    full = LanguageIdentifier.from_model_file(MODEL_FILE)
    labels = list(full.nb_classes)
    return _Model(
        rows=np.asarray(full.tk_row, dtype=np.int32) << 8,
        moves=np.asarray(full.tk_nextmove),
        features=np.asarray(full.tk_output, dtype=np.int32),
        weights=full.nb_ptc.astype(np.float32),
        priors=full.nb_pc,
        aliases=[(labels.index(label), i) for i, label in enumerate(labels) if labels.index(label) < i],
        english=labels.index("en"),
    )


def english_probability(texts: Sequence[str]) -> np.ndarray:
    """float64[num_texts] in [0, 1]; 0 where another language is likelier, or where nothing in the text tells languages apart."""
    encoded = [_encode(sample(text)) for text in texts]
    texts_of, features = _visit(encoded)
    scores = _scores(texts_of, features, np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded)))
    english = _model().english
    probability = np.where(scores.argmax(axis=1) == english, scores[:, english], 0.0)
    return np.round(probability.astype(np.float64), DECIMALS)


def sample(text: str) -> str:
    """The text itself, or evenly spaced windows of it, one a line, where it is longer than they are together."""
    if len(text) <= WINDOWS * WINDOW_CHARS:
        return text
    last = len(text) - WINDOW_CHARS
    return "\n".join(text[start : start + WINDOW_CHARS] for start in (0, last // 2, last))


def _encode(text: str) -> bytes:
    """As py3langid does."""
    return unicodedata.normalize("NFC", text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")


def _visit(encoded: Sequence[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """(text, feature) of each visit of a state that marks one, in no order.

    The longest texts come first, so that those that still have a byte at a step are always the first ones.
    """
    model = _model()
    sizes = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
    order = np.argsort(-sizes, kind="stable")
    longest = int(sizes.max())
    padded = np.frombuffer(b"".join(text.ljust(longest, b"\0") for text in encoded), dtype=np.uint8)
    at_step = padded.reshape(len(encoded), longest)[order].T.copy()
    num_left = np.searchsorted(-sizes[order], -np.arange(longest))  # texts that have a byte at each step
    state = np.zeros(len(encoded), dtype=np.uint32)
    visited = [state[:0]]
    for step, left in enumerate(num_left.tolist()):
        state = model.moves[model.rows[state[:left]] + at_step[step, :left]]
        visited.append(state)
    features = model.features[np.concatenate(visited)]
    texts = np.concatenate([order[:left] for left in (0, *num_left)])
    marked = np.flatnonzero(features >= 0)
    return texts[marked], features[marked]


def _scores(texts_of: np.ndarray, features: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """float32[num_texts, num_labels]: probabilities from the visits of features; all alike where there were none."""
    from scipy.sparse import csc_array

    model = _model()
    num_texts, num_features = len(sizes), len(model.weights)
    keys, counts = np.unique(features * np.int64(num_texts) + texts_of, return_counts=True)
    columns = np.searchsorted(keys, np.arange(num_features + 1) * num_texts)
    rows = keys % num_texts
    # By columns, so that the weights of a feature are read once for all texts: that is what the product costs.
    visits = csc_array((np.log1p(counts.astype(np.float32)), rows, columns), shape=(num_texts, num_features))
    scores = visits @ model.weights + model.priors
    scores[np.bincount(rows, minlength=num_texts) == 0] = 0.0
    scores *= (1.0 / np.sqrt(np.maximum(sizes, 1))).astype(np.float32)[:, None]
    np.exp(scores - scores.max(axis=1, keepdims=True), out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    for first, second in model.aliases:
        scores[:, first] += scores[:, second]
        scores[:, second] = 0.0
    return scores
