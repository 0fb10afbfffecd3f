"""Texts to token ids, exactly as the tokenizer does it and several times as fast: each word is encoded once and remembered.

Tokenizers cut a text at its blanks before they look for tokens (or their tokens never reach over one), so that the ids of a text
are those of its words in a row. Whether that holds is asked of each tokenizer: of its vocabulary, and of texts that are encoded
both ways. Where it does not, texts are encoded whole.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from heal_pipeline.ragged import ranges
from heal_pipeline.vocabulary import text_tokenizer

if TYPE_CHECKING:
    from tokenizers import AddedToken, Tokenizer

MAX_REMEMBERED_TOKENS = 2**20
"""Tokens of remembered words, about 50 MB with their words; then it begins anew."""
_LEARNT_TOGETHER = 256
_BEFORE, _BEHIND = "a", " a"
_SIGN = r"[^\s▁\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffd]"
"""Neither a blank (SentencePiece's sign for one is one) nor a control or format character: normalizers make blanks of these, or
nothing."""
_EDGES = re.compile(rf"{_SIGN}(?:.*{_SIGN})?", re.DOTALL)
"""A word that neither begins nor ends with a blank."""
_CUT = re.compile(rf" (?<={_SIGN} )(?={_SIGN})")
"""A single blank between signs: rows of blanks may be tokens of their own. The blank is looked for first, which is quick."""
_BLANKS = "Ġ▁ "
"""What stands for a blank in vocabularies: of bytes, of SentencePiece, as it is."""
_SPACE = r"Ġ▁\sĊčĉ"
_OVER_A_BLANK = re.compile(rf"[^{_SPACE}][{_BLANKS}]")
_PROBES = (
    "The patient's BP was 120/80, pulse 72. He'll take 2.5 mg (b.i.d.) for 1 234 567 days, won't he?",
    "line one\nline two \n  indented\t tab   three blanks .\r\nwindows \n\n\nend ",
    " begins with a blank , ends with one ",
    "Überweisung an die Klinik – naïve 患者 さん 𝄞 \u00a0 nbsp\u00a0here e\u0301 \u200b zero ﬁ ½ ①",
    "a b c 1 2 3 ! ? . , ; ' \" ' s 't 'll I 'm <s> </s> [CLS] <unk> ▁ Ġ ## @@ // http://x.y/z?q=1 #tag @name",
    "UPPER lower Mixed CamelCase snake_case kebab-case 3D x2 10mg 5' 6\" $5.00 50% +/- <= 10^3 ... --- *** ___",
)
_RARE = "\x01\x7f\x85\xad\u200b\u200c\u200d\u200e\u2028\u202a\u2060\ufeff\ufffc\ufffd\u00a0\u3000\u00b4\u0301\ufdfa"
_RARE_PROBES = ("{}", "{} b", "a {}", "a {} b", "a {}b c", "a b{} c", "a b{}", "{}b c")
"""Where rare characters stand, each probed from an empty memory: in a row with others they may be told apart."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of several texts, one after the other.

    Attributes:
        ids: int32[num_tokens].
        starts, ends: int64[num_tokens], characters of the token's own text: half-open.
        num: int64[num_texts], tokens of each text.
    """

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    num: np.ndarray


class Encoder:
    """Encodes texts. What looks like a special token in a text is taken for what it is: text.

    Args:
        tokenizer_json: of a Hugging Face tokenizer.
        special: tokens that are special, though tokenizer_json may not say so.

    Attributes:
        by_words: are words encoded by themselves? Else texts are encoded whole.
    """

    def __init__(self, tokenizer_json: str, special: Iterable[str] = ()):
        self.tokenizer = text_tokenizer(tokenizer_json, special)
        self._words = _Words(self.tokenizer)
        self.by_words = _parts_at_blanks(self.tokenizer)

    def encode(self, texts: Sequence[str]) -> Tokens:
        """The tokens of texts, without those that a tokenizer adds at beginnings and ends."""
        return self._words.encode(texts) if self.by_words else _whole(self.tokenizer, texts)


class _Words:
    """Words and their tokens, as they were met."""

    def __init__(self, tokenizer: "Tokenizer"):
        self._tokenizer = tokenizer
        self._forget()

    def _forget(self) -> None:
        self._first: dict[str, int] = {}
        """Word at the beginning of a text to its number, and below after a blank."""
        self._later: dict[str, int] = {}
        none = np.zeros(0, dtype=np.int64)
        self._known = Tokens(none.astype(np.int32), none, none, none)
        """Offsets count from a word's first character, or from the blank before it."""
        self._at = self._lengths = none  # each word's first token, and its characters with the blank

    def encode(self, texts: Sequence[str]) -> Tokens:
        if not texts:
            return _whole(self._tokenizer, texts)
        if len(self._known.ids) > MAX_REMEMBERED_TOKENS:
            self._forget()
        parts = [_CUT.split(text) for text in texts]
        self._learn_first(sorted({p[0] for p in parts} - self._first.keys()))
        self._learn_later(sorted(set().union(*parts) - self._later.keys()))
        num_words = np.fromiter(map(len, parts), np.int64, len(parts))
        words = np.fromiter(map(self._later.__getitem__, chain.from_iterable(parts)), np.int64, num_words.sum())
        words[np.cumsum(num_words) - num_words] = [self._first[p[0]] for p in parts]
        return self._joined(words, num_words)

    def _learn_first(self, words: list[str]) -> None:
        if words:
            self._remember(words, self._first, _whole(self._tokenizer, words), [len(word) for word in words])

    def _learn_later(self, words: list[str]) -> None:
        """Words are learnt as they stand in texts: between words, many in a row. One that begins or ends with a blank of its own
        stands at an end of its text, and is learnt alone, since rows of blanks may be tokens."""
        if not words:
            return
        alone = [word for word in words if not _EDGES.fullmatch(word)]
        plain = sorted(set(words).difference(alone))
        blocks = [plain[i : i + _LEARNT_TOGETHER] for i in range(0, len(plain), _LEARNT_TOGETHER)]
        texts = [" ".join([_BEFORE, *block]) + _BEHIND for block in blocks]
        blocks += [[word] for word in alone]
        texts += [f"{_BEFORE} {word}" for word in alone]
        words = list(chain.from_iterable(blocks))
        found = _whole(self._tokenizer, texts)
        lengths = np.fromiter(map(len, words), np.int64, len(words)) + 1
        num_words = np.fromiter(map(len, blocks), np.int64, len(blocks))
        block_of = np.repeat(np.arange(len(blocks)), num_words)
        # Offsets as if the blocks followed each other: of each word's blank, and of each block.
        blanks = np.cumsum(lengths) - lengths + (block_of + 1) * len(_BEFORE)
        places = np.repeat(blanks[np.cumsum(num_words) - num_words] - len(_BEFORE), found.num)
        block_ends = np.bincount(block_of, lengths, len(blocks)).astype(np.int64) + len(_BEFORE)
        own = (found.starts >= len(_BEFORE)) & (found.starts < np.repeat(block_ends, found.num))
        starts, ends = (found.starts + places)[own], (found.ends + places)[own]
        word_of = np.searchsorted(blanks, starts, side="right") - 1
        num = np.bincount(word_of, minlength=len(words))
        tokens = Tokens(found.ids[own], starts - blanks[word_of], ends - blanks[word_of], num)
        self._remember(words, self._later, tokens, lengths)

    def _remember(
        self, words: list[str], numbers: dict[str, int], found: Tokens, lengths: Sequence[int] | np.ndarray
    ) -> None:
        number = len(self._at)
        numbers.update((word, number + i) for i, word in enumerate(words))
        known = self._known
        self._at = np.concatenate([self._at, len(known.ids) + np.cumsum(found.num) - found.num])
        self._lengths = np.concatenate([self._lengths, lengths])
        self._known = Tokens(
            np.concatenate([known.ids, found.ids]),
            np.concatenate([known.starts, found.starts]),
            np.concatenate([known.ends, found.ends]),
            np.concatenate([known.num, found.num]),
        )

    def _joined(self, words: np.ndarray, num_words: np.ndarray) -> Tokens:
        """The tokens of texts, given as the numbers of their words and how many each text has."""
        num, lengths = self._known.num[words], self._lengths[words]
        first_words = np.cumsum(num_words) - num_words
        token = ranges(self._at[words], num)
        places = np.cumsum(lengths) - lengths
        place_of = np.repeat(places - np.repeat(places[first_words], num_words), num)
        return Tokens(
            self._known.ids[token],
            self._known.starts[token] + place_of,
            self._known.ends[token] + place_of,
            np.add.reduceat(num, first_words),
        )


def _whole(tokenizer: "Tokenizer", texts: Sequence[str]) -> Tokens:
    """The tokens of texts, as the tokenizer alone makes them."""
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    ids = np.array([i for e in encodings for i in e.ids], dtype=np.int32)
    offsets = np.array([o for e in encodings for o in e.offsets], dtype=np.int64).reshape(-1, 2)
    return Tokens(
        ids, offsets[:, 0].copy(), offsets[:, 1].copy(), np.array([len(e) for e in encodings], dtype=np.int64)
    )


def _parts_at_blanks(tokenizer: "Tokenizer") -> bool:
    """Whether the ids of a text are those of its words in a row."""
    if any(_OVER_A_BLANK.search(token) for token in tokenizer.get_vocab(with_added_tokens=False)):
        return False
    if any(map(_reaches_over_blanks, tokenizer.get_added_tokens_decoder().values())):
        return False
    rare = [[probe.format(character)] for character in _RARE for probe in _RARE_PROBES]
    return all(
        _equal(_Words(tokenizer).encode(texts), _whole(tokenizer, texts)) for texts in (_PROBES, _PROBES[::-1], *rare)
    )


def _reaches_over_blanks(token: "AddedToken") -> bool:
    """Whether an added token that is looked for in texts may take blanks along."""
    return not token.special and (token.lstrip or token.rstrip or any(map(str.isspace, token.content)))


def _equal(one: Tokens, other: Tokens) -> bool:
    pairs: Iterable[tuple[np.ndarray, np.ndarray]] = (
        (one.num, other.num), (one.ids, other.ids), (one.starts, other.starts), (one.ends, other.ends),
    )  # fmt: skip
    return all(np.array_equal(a, b) for a, b in pairs)
