"""Words, and the hashes of words and of word n-grams: what filtering, deduplication and decontamination count."""

import re
import unicodedata
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain, repeat

import numpy as np
import pyarrow as pa

from heal_pipeline.text.normalise import normalise

_WORD = re.compile(r"\w+", re.UNICODE)


def words(text: str) -> list[str]:
    """The words of the text's normal form. Numbers are words."""
    return _WORD.findall(normalise(text))


def word_hashes(text: str) -> np.ndarray:
    """uint64[num_words]: a hash for each word, the same in every process and on every machine."""
    found = words(text)
    hashes = np.fromiter(
        (zlib.crc32(w.encode("utf-8", "surrogatepass")) for w in found), dtype=np.uint64, count=len(found)
    )
    return mix(hashes)


def mix(values: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64: spreads uint64 values over the whole range (Steele, Lea, Flood 2014)."""
    values = values.astype(np.uint64, copy=True)
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def ngram_hashes(hashes: np.ndarray, n: int) -> np.ndarray:
    """uint64[max(num_words - n + 1, 0)]: a hash for each run of n words.

    Args:
        hashes: uint64[num_words], from `word_hashes`.
        n: words in a run.
    """
    if len(hashes) < n:
        return np.empty(0, dtype=np.uint64)
    count = len(hashes) - n + 1
    result = np.zeros(count, dtype=np.uint64)
    for i in range(n):
        result = result * np.uint64(0x9E3779B97F4A7C15) + hashes[i : i + count]
    return mix(result)


@dataclass(frozen=True)
class WordBatch:
    """The words of several texts, numbered.

    Attributes:
        newlines: int64[num_newlines], where lines end in the normal forms, which stand behind each other with a newline before and
            after each.
        starts: int64[num_words], where the words begin there.
        sizes: int64[num_words], characters of each word.
        bounds: int64[num_texts + 1]; the words of text i are those from bounds[i] up to bounds[i + 1].
        ids: int64[num_words], equal words have equal numbers.
        distinct: the words by their numbers, in UTF-8 ("surrogatepass").
    """

    newlines: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    bounds: np.ndarray
    ids: np.ndarray
    distinct: list[bytes]

    @cached_property
    def text_of(self) -> np.ndarray:
        """int64[num_words]: the text in which each word stands."""
        return np.repeat(np.arange(len(self.bounds) - 1), np.diff(self.bounds))

    @cached_property
    def chars_before(self) -> np.ndarray:
        """int64[num_words + 1]: characters of all words before each word."""
        return np.concatenate([[0], np.cumsum(self.sizes)])

    @cached_property
    def num(self) -> np.ndarray:
        """int64[num_texts]: words of each text."""
        return np.diff(self.bounds)

    def newlines_before(self, words: np.ndarray) -> np.ndarray:
        """int64[num]: how many newlines stand before each of some words, given by their places in `starts`: a line's number."""
        return np.searchsorted(self.newlines, self.starts[words])

    def look_up(self, numbers: Mapping[bytes, int]) -> np.ndarray:
        """int64[num_distinct]: the number of each distinct word, -1 where it has none."""
        return np.fromiter(map(numbers.get, self.distinct, repeat(-1)), dtype=np.int64, count=len(self.distinct))

    def count(self, numbers: Mapping[bytes, int]) -> np.ndarray:
        """int64[num_texts]: how many words of each text have a number."""
        listed = np.flatnonzero((self.look_up(numbers) >= 0)[self.ids])
        return np.diff(np.searchsorted(listed, self.bounds))


def find_words(texts: Sequence[str]) -> WordBatch:
    """The same words as `words` finds, for all texts at once. Lines stay apart: a newline is a newline in the normal form."""
    codes, ends = _normal_forms(texts)
    in_word = _word_table().take(codes, mode="clip")
    found = edges(in_word)
    starts, sizes = found[::2], found[1::2] - found[::2]
    ids, distinct = _number(np.compress(in_word, codes), sizes)
    newlines = np.flatnonzero(codes == ord("\n"))
    return WordBatch(newlines, starts, sizes, np.searchsorted(starts, ends), ids, distinct)


def word_list(words: Iterable[str]) -> dict[bytes, int]:
    """Words numbered in their order, as `WordBatch.look_up` wants them."""
    return {word.encode("utf-8"): number for number, word in enumerate(words)}


def edges(mask: np.ndarray) -> np.ndarray:
    """int64[2 * num_runs]: start and end, in turn, of each run of True in a mask whose first and last entries are False."""
    return np.flatnonzero(mask[1:] != mask[:-1]) + 1


def _normal_forms(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The texts in NFKC and case folded, a newline before and after each: uint32[num_positions], and int64[num_texts + 1], the
    newlines before the first text and after each."""
    forms = [unicodedata.normalize("NFKC", text) for text in texts]
    codes = np.frombuffer("\n".join(["", *forms, ""]).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ends = np.cumsum([0, *(len(form) + 1 for form in forms)])
    folded = _fold_table().take(codes, mode="clip")
    unlisted = np.flatnonzero(folded == 0)
    folds = [chr(code).casefold() for code in codes[unlisted].tolist()]
    folded[unlisted] = [ord(fold[0]) for fold in folds]
    if any(len(fold) > 1 for fold in folds):  # "ß" is "ss": what follows it moves on
        rests = [np.array([ord(c) for c in fold[1:]], dtype=np.uint32) for fold in folds]
        head, *tails = np.split(folded, unlisted + 1)
        folded = np.concatenate([head, *chain.from_iterable(zip(rests, tails, strict=True))])
        ends = ends + np.cumsum([0, *map(len, rests)])[np.searchsorted(unlisted, ends)]
    return folded, ends


@cache
def _fold_table() -> np.ndarray:
    """uint32[0x20000]: what each character is in folded case; 0 where that is several characters, and as the last one, which stands
    for all beyond it: no case is there."""
    folded = (chr(code).casefold() for code in range(0x20000 - 1))
    return np.array([ord(fold) if len(fold) == 1 else 0 for fold in folded] + [0], dtype=np.uint32)


def _number(codes: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, list[bytes]]:
    """Numbers equal words alike, exactly. `codes` holds the code points of the words, one word after another."""
    encoded = codes.tobytes().decode("utf-32-le", "surrogatepass").encode("utf-8", "surrogatepass")
    wide = np.flatnonzero(codes >= 0x80)  # longer than a byte, by as much as follows
    more = 1 + (codes[wide] >= 0x800).astype(np.int64) + (codes[wide] >= 0x10000)
    in_word = np.searchsorted(np.cumsum(sizes), wide, side="right")
    num_bytes = sizes + np.bincount(in_word, weights=more, minlength=len(sizes)).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(num_bytes)])
    found = pa.Array.from_buffers(pa.large_binary(), len(sizes), [None, pa.py_buffer(offsets), pa.py_buffer(encoded)])
    numbered = found.dictionary_encode()
    return numbered.indices.to_numpy().astype(np.int64), numbered.dictionary.to_pylist()


@cache
def _word_table() -> np.ndarray:
    """bool[0x40000]: what `\\w` matches. Above plane 3 it matches nothing, nor does it the last entry, which stands for all that."""
    characters = np.arange(0x40000, dtype=np.uint32).view("U1")
    return np.strings.isalnum(characters) | (characters == "_")
