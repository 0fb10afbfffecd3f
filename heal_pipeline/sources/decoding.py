"""From bytes to text: the encoding of a file by its beginning, and lines of bounded size.

UTF-8 and UTF-16 are told with and without a byte order mark. Other encodings are found by statistics, or named by the
option `encoding` of a source. Bytes that are no text in the encoding are an error, never replaced.
"""

import codecs
import io
import unicodedata
from collections.abc import Iterator
from typing import IO

from heal_pipeline.sources.quarantine import RecordTooLargeError

SNIFFED_BYTES = 2**16
"""An encoding is judged by this many bytes."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOST_UTF16 = 0.3
"""Share of two-byte units with a zero in one place alone that makes a text in a Latin script UTF-16: a stray NUL does not."""
_SOME_UTF16 = 0.01
"""The same for other scripts, where only blanks, digits and line ends have it; such bytes are no UTF-8 at the same time."""
_SKIPPED_BYTES = 2**20


def encoding_of(data: bytes) -> str:
    """The encoding of a text by its first bytes: that of Unicode which it has, else what statistics find.

    Args:
        data: a beginning; a character cut off at its end does no harm.

    Raises:
        UnicodeError: it is no text in any known encoding.
    """
    if name := unicode_encoding_of(data):
        return name
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    if best is None:
        raise UnicodeError("no text in any known encoding")
    return best.encoding


def unicode_encoding_of(data: bytes) -> str | None:
    """The Unicode encoding of a text by its first bytes: a byte order mark, zeros of UTF-16, else UTF-8; None: none.

    Text of which most lines with other than ASCII characters are UTF-8 is UTF-8: the other lines are damaged.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return name
    if utf16 := _utf16_without_mark(data, _MOST_UTF16):
        return utf16
    if _is(data, "utf-8"):
        return "utf-8"
    if utf16 := _utf16_without_mark(data, _SOME_UTF16):
        return utf16
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    return "utf-8" if sum(_is(line, "utf-8") for line in lines) > len(lines) / 2 else None


def _is(data: bytes, encoding: str) -> bool:
    try:
        codecs.getincrementaldecoder(encoding)().decode(data, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_without_mark(data: bytes, share: float) -> str | None:
    """Its byte order, where zeros stand (nearly) only in the first or only in the second bytes, and the text is one."""
    units = len(data) // 2
    first, second = data[0::2].count(0), data[1::2].count(0)
    for zeros, others, name in ((second, first, "utf-16-le"), (first, second, "utf-16-be")):
        if units and zeros >= max(1, share * units) and others <= 0.05 * zeros and _is(data[: 2 * units], name):
            text = data[: 2 * (units - 1)].decode(name, "ignore")
            strange = sum(unicodedata.category(c) in ("Cn", "Co", "Cc") and c not in "\t\n\r\f" for c in text)
            if strange <= 0.01 * len(text):
                return name
    return None


def decode(data: bytes, encoding: str | None = None) -> str:
    """Bytes as text, line ends as they are. `encoding` None: whatever they came in.

    Raises:
        UnicodeError: they are no text in it.
    """
    return data.decode(encoding or encoding_of(data))


class Lines(Iterator[str]):
    """The lines of a text stream with their ends, one at a time, never holding more than the bound.

    The bound holds for all lines since the last call of `begin`, since a record of CSV may span several.

    Raises (from `next`, and goes on with the following line):
        RecordTooLargeError: the bound was passed; the rest of that line is passed over.
    """

    def __init__(self, stream: IO[bytes], encoding: str, max_size: int):
        self._text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
        self._max_size, self._size = max_size, 0
        self._cut_after_cr = False

    def begin(self) -> None:
        """A new record begins."""
        self._size = 0

    def each(self) -> Iterator[str | RecordTooLargeError]:
        """Each line as a record of its own; one above the bound comes as the error."""
        while True:
            self.begin()
            try:
                yield next(self)
            except StopIteration:
                return
            except RecordTooLargeError as error:
                yield error

    def __next__(self) -> str:
        line = self._text.readline(self._max_size + 1)
        if self._cut_after_cr and line == "\n":
            line = self._text.readline(self._max_size + 1)
        self._cut_after_cr = False
        if not line:
            raise StopIteration
        self._size += len(line)
        if self._size > self._max_size:
            while line and not line.endswith(("\n", "\r")):
                line = self._text.readline(_SKIPPED_BYTES)
            self._cut_after_cr = line.endswith("\r")
            self.begin()
            raise RecordTooLargeError
        return line


def byte_lines(stream: IO[bytes], max_size: int) -> Iterator[bytes | RecordTooLargeError]:
    """The lines of a stream, split at LF; one above the bound is passed over and comes as the error."""
    while line := stream.readline(max_size + 1):
        if len(line) <= max_size:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(_SKIPPED_BYTES)
        yield RecordTooLargeError()


def undecoded(text: str) -> bool:
    """Whether a text holds bytes that its encoding could not read: they come as lone surrogates (PEP 383)."""
    return not text.isascii() and any("\udc80" <= c <= "\udcff" for c in text)
