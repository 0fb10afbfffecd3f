"""Words, and the hashes of words and of word n-grams: what filtering, deduplication and decontamination count."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain, pairwise, repeat

import numpy as np
import pyarrow as pa

from heal_pipeline.text.normalise import normalise

_WORD = re.compile(r"\w+", re.UNICODE)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio, odd: the multiplier of n-gram hashes and the step of splitmix64."""

_BLANK = re.compile("[ \n]")

BATCH_CHARS = 2**17
"""Characters whose words are hashed at once: enough to spread the cost of a numpy call, few enough to stay in cache."""


def words(text: str) -> list[str]:
    """The words of the text's normal form. Numbers are words."""
    return _WORD.findall(normalise(text))


def word_hashes(text: str) -> np.ndarray:
    """uint64[num_words]: a hash for each word, the same in every process and on every machine."""
    return hash_words([text])[0]


def hash_words(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """A hash for each word that `words` finds, for all texts at once.

    Words of up to eight bytes in UTF-8 have different hashes for certain, longer ones as good as certainly.

    Returns:
        uint64[num_words], and int64[num_texts + 1], bounds: the words of text i are those from bounds[i] up to bounds[i + 1]. Long
        texts are taken in pieces, so that what is held besides does not grow with them.
    """
    if max(map(len, texts), default=0) <= BATCH_CHARS:
        return _hash_pieces(texts)
    cuts = [_cuts(text) for text in texts]
    pieces = (text[start:end] for text, places in zip(texts, cuts, strict=True) for start, end in pairwise(places))
    hashes, ends = _hash_pieces(pieces)
    return hashes, ends[np.cumsum([0, *(len(places) - 1 for places in cuts)])]


def _hash_pieces(texts: Iterable[str]) -> tuple[np.ndarray, np.ndarray]:
    """What `hash_words` gives, of texts that are not much longer than `BATCH_CHARS`."""
    hashes, num_words = [np.empty(0, dtype=np.uint64)], [np.zeros(1, dtype=np.int64)]
    for batch in batches(texts, BATCH_CHARS):
        found, bounds = _hash_words(batch)
        hashes.append(found)
        num_words.append(np.diff(bounds))
    return np.concatenate(hashes), np.cumsum(np.concatenate(num_words))


def batches(texts: Iterable[str], max_chars: int, max_texts: int | None = None) -> Iterator[list[str]]:
    """The texts in order, in batches of at most so many characters and texts; a longer text stands alone."""
    batch: list[str] = []
    num_chars = 0
    for text in texts:
        if batch and (num_chars + len(text) > max_chars or len(batch) == max_texts):
            yield batch
            batch, num_chars = [], 0
        batch.append(text)
        num_chars += len(text)
    if batch:
        yield batch


def mix(values: np.ndarray) -> np.ndarray:
    """The finaliser of splitmix64: spreads uint64 values over the whole range (Steele, Lea, Flood 2014)."""
    values = values.astype(np.uint64, copy=True)
    shifted = values >> np.uint64(30)
    values ^= shifted
    values *= np.uint64(0xBF58476D1CE4E5B9)
    np.right_shift(values, np.uint64(27), out=shifted)
    values ^= shifted
    values *= np.uint64(0x94D049BB133111EB)
    np.right_shift(values, np.uint64(31), out=shifted)
    values ^= shifted
    return values


def ngram_hashes(hashes: np.ndarray, n: int) -> np.ndarray:
    """uint64[max(num_words - n + 1, 0)]: a hash for each run of n words.

    Args:
        hashes: uint64[num_words], from `word_hashes`.
        n: words in a run.
    """
    if len(hashes) < n:
        return np.empty(0, dtype=np.uint64)
    count = len(hashes) - n + 1
    result = hashes[:count].copy()
    for i in range(1, n):
        result *= _GOLDEN
        result += hashes[i : i + count]
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


def _cuts(text: str) -> list[int]:
    """Where a text is cut into pieces, its start and end included, so that they are not much longer than `BATCH_CHARS`.

    Cuts are before blanks: no word reaches over one, and no normal form does, since a mark behind a blank combines with the blank. A
    text without blanks is one piece.
    """
    cuts = [0]
    while blank := _BLANK.search(text, cuts[-1] + BATCH_CHARS):
        cuts.append(blank.start())
    return [*cuts, len(text)]


def _hash_words(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """What `hash_words` gives, of texts that are hashed at once.

    A word's hash is the sum of those of its runs of eight bytes, each mixed with its place in the word.
    """
    codes, ends = _word_bytes(texts)
    found = edges(codes != 0)
    starts, sizes = found[::2], found[1::2] - found[::2]
    # The eight bytes from each place on, as a number.
    eight = np.ndarray(len(codes) - 7, dtype="<u8", buffer=codes, strides=(1,))
    hashes = mix(eight[starts] & _LOWER_BYTES[np.minimum(sizes, 8)])
    long = np.flatnonzero(sizes > 8)
    if len(long):
        num_more = (sizes[long] - 1) // 8
        first = np.concatenate([[0], np.cumsum(num_more)])
        place = 1 + np.arange(first[-1]) - np.repeat(first[:-1], num_more)
        rest = np.repeat(sizes[long], num_more) - 8 * place
        more = eight[np.repeat(starts[long], num_more) + 8 * place] & _LOWER_BYTES[np.minimum(rest, 8)]
        hashes[long] += np.add.reduceat(mix(more + place.astype(np.uint64) * _GOLDEN), first[:-1])
    return hashes, np.searchsorted(starts, ends)


_LOWER_BYTES = np.array([2 ** (8 * size) - 1 for size in range(9)], dtype=np.uint64)


def _word_bytes(texts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """The texts' normal forms in UTF-8 with 0 for each byte that is in no word: uint8[num_positions], eight zeros at the end, and
    int64[num_texts + 1], the zeros before the first text and after each."""
    return _folded_bytes([unicodedata.normalize("NFKC", text) for text in texts])


def _folded_bytes(forms: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """What `_word_bytes` gives, of texts in NFKC. Case is folded in place unless a character's fold has more or fewer bytes."""
    encoded = [form.encode("utf-8", "surrogatepass") for form in forms]
    ends = np.cumsum([0, *(len(form) + 1 for form in encoded)])
    codes = np.frombuffer(bytearray(b"\n").join([b"", *encoded, bytes(8)]).translate(_ASCII_IN_WORDS), dtype=np.uint8)
    wide = np.flatnonzero(codes >= 0x80)  # by themselves they are UTF-8 too
    characters = codes[wide].tobytes().decode("utf-8", "surrogatepass")
    if _resized_by_folding().search(characters):
        return _folded_bytes([form.casefold() for form in forms])
    folded = characters.casefold()
    codes[wide] = np.frombuffer(folded.encode("utf-8", "surrogatepass"), dtype=np.uint8)
    points = np.frombuffer(folded.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    num_bytes = 1 + (points >= 0x80).astype(np.int64) + (points >= 0x800) + (points >= 0x10000)
    codes[wide[~np.repeat(_word_table().take(points, mode="clip"), num_bytes)]] = 0
    return codes, ends


def _ascii_in_words() -> bytes:
    lower = [ord(chr(code).lower()) if _WORD.match(chr(code)) else 0 for code in range(0x80)]
    return bytes([*lower, *range(0x80, 0x100)])


_ASCII_IN_WORDS = _ascii_in_words()
"""What becomes of each byte of UTF-8: ASCII is folded, and 0 where `\w` does not match; other bytes stay."""


@cache
def _resized_by_folding() -> re.Pattern[str]:
    """Matches the characters that take more or fewer bytes in folded case, such as "İ". There are none above plane 1."""

    def num_bytes(characters: str) -> int:
        return len(characters.encode("utf-8", "surrogatepass"))

    resized = (c for c in map(chr, range(0x80, 0x20000)) if num_bytes(c) != num_bytes(c.casefold()))
    return re.compile(f"[{''.join(resized)}]")


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
