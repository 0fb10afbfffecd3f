"""Texts to token ids, exactly as the tokenizer does it and several times as fast: each word is encoded once and remembered.

Tokenizers cut a text at its blanks before they look for tokens (or their tokens never reach over one), so that the ids of a text
are those of its words in a row. Whether that holds is asked of each tokenizer: of its vocabulary, and of texts that are encoded
both ways. Where it does not, texts are encoded whole.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MAX_REMEMBERED_TOKENS = 2**20
"""Tokens of remembered words, about 50 MB with their words; then it begins anew."""
_CUT = re.compile(r"(?<=[^\s▁]) (?=[^\s▁])")
"""A single blank between signs: rows of blanks may be tokens of their own, and SentencePiece's sign for a blank is one."""
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

    Attributes:
        lead: what is put before a word that follows a blank, where it is encoded by itself: the blank, or nothing where the
            tokenizer writes it unasked; None where words cannot be encoded by themselves.
    """

    def __init__(self, tokenizer_json: str):
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_str(tokenizer_json)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.tokenizer.encode_special_tokens = True
        self.lead = _lead(self.tokenizer, json.loads(tokenizer_json))
        self._words = _Words(self.tokenizer, self.lead or "")

    def encode(self, texts: Sequence[str]) -> Tokens:
        """The tokens of texts, without those that a tokenizer adds at beginnings and ends."""
        return _whole(self.tokenizer, texts) if self.lead is None else self._words.encode(texts)


class _Words:
    """Words and their tokens, as they were met."""

    def __init__(self, tokenizer: "Tokenizer", lead: str):
        self._tokenizer, self._lead = tokenizer, lead
        self._forget()

    def _forget(self) -> None:
        self._first: dict[str, int] = {}
        """Word at the beginning of a text to its number, and below after a blank."""
        self._later: dict[str, int] = {}
        none = np.zeros(0, dtype=np.int64)
        self._tokens = Tokens(none.astype(np.int32), none, none, none)
        self._at = none  # of a word's first token

    def encode(self, texts: Sequence[str]) -> Tokens:
        if len(self._tokens.ids) > MAX_REMEMBERED_TOKENS:
            self._forget()
        parts = [_CUT.split(text) for text in texts]
        self._learn({p[0] for p in parts}, "", self._first)
        self._learn({word for p in parts for word in p[1:]}, self._lead, self._later)
        numbers: list[int] = []
        for part in parts:
            numbers.append(self._first[part[0]])
            numbers += map(self._later.__getitem__, part[1:])
        words = np.array(numbers, dtype=np.int64)
        lengths = np.fromiter((len(word) for p in parts for word in p), np.int64, len(words))
        return self._joined(words, lengths, np.array([len(p) for p in parts], dtype=np.int64))

    def _learn(self, words: set[str], lead: str, known: dict[str, int]) -> None:
        new = sorted(words - known.keys())
        if not new:
            return
        found = _whole(self._tokenizer, [lead + word for word in new])
        number = len(self._first) + len(self._later)
        known.update((word, number + i) for i, word in enumerate(new))
        starts, ends = found.starts, found.ends
        if not lead and known is self._later:  # the tokenizer wrote the blank: offsets count from it here too
            first = np.cumsum(found.num) - found.num
            more = first[found.num > 1]
            ends[more] = np.minimum(ends[more], starts[more + 1])  # a token that is the blank alone
            starts, ends = starts + 1, ends + 1
            starts[first[found.num > 0]] -= 1
        self._at = np.concatenate([self._at, len(self._tokens.ids) + np.cumsum(found.num) - found.num])
        self._tokens = Tokens(
            np.concatenate([self._tokens.ids, found.ids]),
            np.concatenate([self._tokens.starts, starts]),
            np.concatenate([self._tokens.ends, ends]),
            np.concatenate([self._tokens.num, found.num]),
        )

    def _joined(self, words: np.ndarray, lengths: np.ndarray, num_words: np.ndarray) -> Tokens:
        """The tokens of texts, given as the numbers and lengths of their words and how many each text has."""
        num = self._tokens.num[words]
        first_words = np.cumsum(num_words) - num_words
        place = np.repeat(self._at[words] - (np.cumsum(num) - num), num) + np.arange(num.sum())
        places = np.cumsum(lengths + 1) - (lengths + 1)
        places -= np.repeat(places[first_words], num_words) + 1  # of the blank before a word
        places[first_words] = 0
        place_of = np.repeat(places, num)
        return Tokens(
            self._tokens.ids[place],
            self._tokens.starts[place] + place_of,
            self._tokens.ends[place] + place_of,
            np.add.reduceat(num, first_words) if len(num_words) else num_words,
        )


def _whole(tokenizer: "Tokenizer", texts: Sequence[str]) -> Tokens:
    """The tokens of texts, as the tokenizer alone makes them."""
    encodings = tokenizer.encode_batch(list(texts), add_special_tokens=False)
    ids = np.array([i for e in encodings for i in e.ids], dtype=np.int32)
    offsets = np.array([o for e in encodings for o in e.offsets], dtype=np.int64).reshape(-1, 2)
    return Tokens(
        ids, offsets[:, 0].copy(), offsets[:, 1].copy(), np.array([len(e) for e in encodings], dtype=np.int64)
    )


def _lead(tokenizer: "Tokenizer", spec: dict[str, Any]) -> str | None:
    """See `Encoder.lead`."""
    if any(_OVER_A_BLANK.search(token) for token in tokenizer.get_vocab(with_added_tokens=False)):
        return None
    if any(map(_reaches_over_blanks, spec.get("added_tokens") or ())):
        return None
    whole = _whole(tokenizer, _PROBES)
    for lead in (" ", ""):
        if _equal(_Words(tokenizer, lead).encode(_PROBES), whole):
            return lead
    return None


def _reaches_over_blanks(token: dict[str, Any]) -> bool:
    """Whether an added token that is looked for in texts may take blanks along."""
    return not token["special"] and (token["lstrip"] or token["rstrip"] or any(map(str.isspace, token["content"])))


def _equal(one: Tokens, other: Tokens) -> bool:
    pairs: Iterable[tuple[np.ndarray, np.ndarray]] = (
        (one.num, other.num), (one.ids, other.ids), (one.starts, other.starts), (one.ends, other.ends),
    )  # fmt: skip
    return all(np.array_equal(a, b) for a, b in pairs)
