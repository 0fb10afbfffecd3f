"""The form of a text that detectors read, and the way back to the original's offsets. No rules about identifiers.

Folding undoes what hides an identifier from a pattern: full-width and styled letters, accents, zero-width characters,
look-alike letters of other alphabets, typographic quotes and dashes, UTF-8 that was read as Latin-1 or Windows-1252.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass

_LOOK_ALIKES = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеіјорсуѕхһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοѵɡı",
        "ABESIJKMHOPCTYXaeijopcysxhdqwABEZHIKMNOPTYXovgi",
        strict=True,
    )
)
_PUNCTUATION = dict(
    zip("‘’‚‛ʼ´“”„‟«»‐‑‒–—―−⁃\u00a0\u2028\u2029\u0085", "''''''\"\"\"\"\"\"--------" + " \n\n\n", strict=True)
)

_PLAIN = _LOOK_ALIKES | _PUNCTUATION


def _misread() -> dict[str, str]:
    """ "Ã©" for "é", "â€™" for "’": what Western letters and typographic signs in UTF-8 become in a one-byte encoding."""
    found: dict[str, str] = {}
    for char in [*map(chr, range(0xA0, 0x180)), *"‘’‚“”„‹›–—…•™€"]:
        for encoding in ("latin-1", "cp1252"):
            seen = char.encode().decode(encoding, "ignore")
            if len(seen) == len(char.encode()):
                found[seen] = char
    return found


_MISREAD = _misread()
_FOREIGN = re.compile("|".join(sorted(map(re.escape, _MISREAD), key=len, reverse=True)) + r"|[^\x00-\x7f]")


@functools.lru_cache(maxsize=8192)
def _fold_char(char: str) -> str:
    return "".join(
        _PLAIN.get(c, c)
        for c in unicodedata.normalize("NFKD", _PLAIN.get(char, char))
        if unicodedata.category(c) not in ("Mn", "Cf", "Me", "Cs")
    )


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text.

    Attributes:
        text: what detectors read.
        offsets: int per folded character: the original offset of the character it comes from; None where both are equal.
        length: characters of the original.
    """

    text: str
    offsets: list[int] | None
    length: int

    def whole(self, start: int, end: int) -> tuple[int, int]:
        """The span drawn out to whole characters of the original: "½" is three folded ones."""
        if self.offsets is not None:
            while 0 < start < len(self.offsets) and self.offsets[start - 1] == self.offsets[start]:
                start -= 1
            while 0 < end < len(self.offsets) and self.offsets[end - 1] == self.offsets[end]:
                end += 1
        return start, end

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The half-open span of the original that a non-empty half-open span of the folded text stands for.

        Characters that folding dropped belong to the span before them.
        """
        if self.offsets is None:
            return start, end
        last = self.offsets[end - 1] + 1
        return self.offsets[start], max(last, self.offsets[end] if end < len(self.offsets) else self.length)


def fold(text: str) -> Folded:
    """Folds a text: compatibility forms, accents, invisible characters, look-alikes. ASCII text is its own folded form."""
    if text.isascii():
        return Folded(text, None, len(text))
    pieces: list[str] = []
    offsets: list[int] = []
    position = 0
    for match in _FOREIGN.finditer(text):
        start, found = match.start(), match.group()
        piece = _fold_char(_MISREAD.get(found, found))
        pieces += [text[position:start], piece]
        offsets += range(position, start)
        offsets += [start] * len(piece)
        position = match.end()
    pieces.append(text[position:])
    offsets += range(position, len(text))
    return Folded("".join(pieces), offsets, len(text))


def fold_word(word: str) -> str:
    """The key under which words are compared: folded, lower-case."""
    return fold(word).text.lower()
