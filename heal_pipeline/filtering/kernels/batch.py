"""Texts taken apart together: their characters, tokens, lines and words as arrays, each made once however many signals count them.

The texts of a batch stand in one array of code points, a newline before and after each, so that no token and no line reaches
into another text. What lies at sorted positions of that array is counted by text with `TextBatch.count`. No signal is here.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, cached_property

import numpy as np

from heal_pipeline.filtering.kernels.repetition import Repetition, ngram_repetition, repeated_lines
from heal_pipeline.filtering.kernels.turns import Turns, find_turns
from heal_pipeline.text import words
from heal_pipeline.text.words import WordBatch, edges, find_words

BATCH_CHARS, BATCH_TEXTS = 2**20, 2**12
"""What is taken apart at once: enough to spread the cost of a numpy call, little enough to bound the memory and stay in cache."""

SPACE, UPPER, LOWER, DIGIT, LETTER = 1, 2, 4, 8, 16
"""Bits of a character's class. A letter is any word character but the decimal digits and the underscore."""

_LINE_ENDS = [ord(mark) for mark in ".!?\"'”’…。！？"]
_TABLE_SIZE = 0x40000
"""Planes 0 to 3: above them no character has a class, and neither has the last one of these, which stands for all that."""
_BASIC_PLANE = 0x10000
_CATEGORY_BITS = {"Lu": UPPER, "Lt": UPPER, "Ll": LOWER, "Nd": DIGIT}


def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """float64[num_texts]: part / whole; a share of nothing is 0."""
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def batches(texts: Sequence[str]) -> Iterator["TextBatch"]:
    """The texts in order, in batches of at most `BATCH_CHARS` characters and `BATCH_TEXTS` texts; a longer text stands alone.

    Measuring takes about 50 bytes a character of the batch, and so of the longest text.
    """
    return map(TextBatch, words.batches(texts, BATCH_CHARS, BATCH_TEXTS))


class TextBatch:
    """At least one text, taken apart. Every part is made when first asked for."""

    def __init__(self, texts: Sequence[str]):
        self.texts = texts
        self.num_chars = np.fromiter(map(len, texts), dtype=np.int64, count=len(texts))
        self.bounds = 1 + np.concatenate([[0], np.cumsum(self.num_chars + 1)])
        """int64[num_texts + 1]: text i lies at [bounds[i], bounds[i + 1] - 1), and the newline after it at its end."""

    @cached_property
    def joined(self) -> str:
        """All texts, a newline before and after each."""
        return "\n".join(["", *self.texts, ""])

    @cached_property
    def codes(self) -> np.ndarray:
        """uint32[num_positions]: the code points of `joined`."""
        return np.frombuffer(self.joined.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)

    @cached_property
    def classes(self) -> np.ndarray:
        """uint8[num_positions]: the class of each character, as bits."""
        return _class_table().take(self.codes, mode="clip")

    def find(self, character: str) -> np.ndarray:
        """int64[num_found]: the positions of a character, ascending."""
        return np.flatnonzero(self.codes == ord(character))

    def count(self, positions: np.ndarray) -> np.ndarray:
        """float64[num_texts]: how many of the ascending positions lie in each text."""
        return np.diff(np.searchsorted(positions, self.bounds)).astype(np.float64)

    def total(self, values: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """float64[num_texts]: the sum of the values by the text in which their ascending positions lie."""
        until = np.concatenate([[0], np.cumsum(values)])
        return np.diff(until[np.searchsorted(positions, self.bounds)]).astype(np.float64)

    def count_class(self, bit: int) -> np.ndarray:
        """float64[num_texts]: characters of a class."""
        return np.add.reduceat((self.classes & bit) != 0, self.bounds[:-1], dtype=np.int64).astype(np.float64)

    @cached_property
    def _token_edges(self) -> np.ndarray:
        return edges((self.classes & SPACE) == 0)

    @property
    def token_starts(self) -> np.ndarray:
        """int64[num_tokens]: where the tokens begin, the stretches between blanks that Rae et al. (2021) call words."""
        return self._token_edges[::2]

    @property
    def token_ends(self) -> np.ndarray:
        """int64[num_tokens]: where the tokens end."""
        return self._token_edges[1::2]

    @cached_property
    def num_tokens(self) -> np.ndarray:
        """float64[num_texts]"""
        return self.count(self.token_starts)

    @cached_property
    def num_visible(self) -> np.ndarray:
        """float64[num_texts]: characters that are not blank."""
        return self.total(self.token_ends - self.token_starts, self.token_starts)

    @cached_property
    def newlines(self) -> np.ndarray:
        """int64[num_newlines]: the newlines of `joined`, those between the texts included."""
        return self.find("\n")

    @cached_property
    def _line_edges(self) -> tuple[np.ndarray, np.ndarray]:
        first = np.searchsorted(self.token_starts, self.newlines)  # the first token after each newline
        first = first[np.diff(first, append=len(self.token_starts)) > 0]
        last = np.append(first[1:], len(self.token_starts))[: len(first)] - 1
        return self.token_starts[first], self.token_ends[last]

    @property
    def line_starts(self) -> np.ndarray:
        """int64[num_lines]: where the lines begin. A line is what is not blank of one, without the blanks around it."""
        return self._line_edges[0]

    @property
    def line_ends(self) -> np.ndarray:
        """int64[num_lines]: where the lines end."""
        return self._line_edges[1]

    @cached_property
    def line_sizes(self) -> np.ndarray:
        """int64[num_lines]: characters of each line."""
        return self.line_ends - self.line_starts

    @cached_property
    def line_closed(self) -> np.ndarray:
        """bool[num_lines]: whether it ends in a mark that ends sentences, closing quotes included."""
        return np.isin(self.codes[self.line_ends - 1], _LINE_ENDS)

    @cached_property
    def text_of_line(self) -> np.ndarray:
        """int64[num_lines]: the text in which each line stands."""
        return np.searchsorted(self.bounds, self.line_starts, side="right") - 1

    @cached_property
    def num_lines(self) -> np.ndarray:
        """float64[num_texts]"""
        return self.count(self.line_starts)

    def share_of_lines(self, lines: np.ndarray) -> np.ndarray:
        """float64[num_texts]: the share that bool[num_lines] marks."""
        return share(self.count(self.line_starts[lines]), self.num_lines)

    def share_of_line_chars(self, lines: np.ndarray) -> np.ndarray:
        """float64[num_texts]: the share of the lines' characters in those that bool[num_lines] marks."""
        part, whole = self.line_sizes * lines, self.line_sizes
        return share(self.total(part, self.line_starts), self.total(whole, self.line_starts))

    def line_of(self, positions: np.ndarray) -> np.ndarray:
        """int64[num_positions]: the line in which each position lies that is not blank."""
        return np.searchsorted(self.line_starts, positions, side="right") - 1

    @cached_property
    def repeated_lines(self) -> np.ndarray:
        """bool[num_lines]: whether the line stood earlier in its text."""
        return repeated_lines(self.joined, self.text_of_line, self.line_starts, self.line_ends)

    @cached_property
    def turns(self) -> Turns:
        """Lines that begin with a speaker's mark."""
        bounds = np.searchsorted(self.line_starts, self.bounds)
        return find_turns(self.joined, self.codes, bounds, self.line_starts, self.line_ends)

    @cached_property
    def words(self) -> WordBatch:
        """The words of the normal forms, as everywhere in this project."""
        return find_words(self.texts)

    @cached_property
    def repetition(self) -> Repetition:
        """Repeated n-grams of these words."""
        return ngram_repetition(self.words)


@cache
def _class_table() -> np.ndarray:
    """uint8[_TABLE_SIZE]: the class of each character; case and digits of the basic plane alone."""
    characters = np.arange(_TABLE_SIZE, dtype=np.uint32).view("U1")
    classes = np.where(np.strings.isspace(characters), SPACE, 0).astype(np.uint8)
    classes[np.strings.isalnum(characters) & ~np.strings.isdecimal(characters)] |= LETTER
    bits = (_category_bit(chr(code)) for code in range(_BASIC_PLANE))
    classes[:_BASIC_PLANE] |= np.fromiter(bits, dtype=np.uint8, count=_BASIC_PLANE)
    return classes


def _category_bit(character: str) -> int:
    return _CATEGORY_BITS.get(unicodedata.category(character), 0)
