"""Signals of web pages: C4 (Raffel et al. 2020, section 2.2) and FineWeb (Penedo et al. 2024, section 3.6)."""

import numpy as np

from heal_pipeline.filtering.kernels.batch import TextBatch, share

SHORT_LINE_CHARS = 30
_PLACEHOLDER = "lorem ipsum"


def lorem_ipsum(batch: TextBatch) -> np.ndarray:
    """C4: 1 where the placeholder text occurs."""
    if (
        _PLACEHOLDER.encode() not in batch.joined.encode("utf-8", "surrogatepass").lower()
    ):  # hardly a batch has it: then no text is searched
        return np.zeros(len(batch.texts))
    return np.array([float(_PLACEHOLDER in text.lower()) for text in batch.texts])


def curly_brackets(batch: TextBatch) -> np.ndarray:
    """C4: curly brackets a word, the mark of code. C4 drops a page with a single one; a rate spares pages that quote some."""
    return share(batch.count(batch.find("{")) + batch.count(batch.find("}")), batch.num_tokens)


def line_ends(batch: TextBatch) -> np.ndarray:
    """C4, FineWeb: share of lines that end in a mark that ends sentences, closing quotes included."""
    return batch.share_of_lines(batch.line_closed)


def short_lines(batch: TextBatch) -> np.ndarray:
    """FineWeb: share of lines of at most 30 characters."""
    return batch.share_of_lines(batch.line_sizes <= SHORT_LINE_CHARS)
