"""Large files as several stretches, so that many tasks read one: row groups of Parquet, ranges of lines of JSON lines.

A stretch begins where a record does, and knows the number of its first record: origins, and with them identities of
what was dropped, are those of the file read as a whole. CSV cannot be cut without reading it: a line may lie in quotes.
"""

import codecs
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path

from heal_pipeline.sources import decoding, files

SPLIT_BYTES = 128 * 2**20
"""A file above this is several stretches, of about this size each."""

_PIECE_BYTES = 2**20


@dataclass(frozen=True)
class Stretch:
    """A part of a file.

    Attributes:
        part: half-open range of row groups (Parquet) or of bytes (JSON lines).
        first_row: the number of its first record in the file.
    """

    part: tuple[int, int]
    first_row: int


def row_groups(path: Path) -> tuple[str, list[Stretch]]:
    """(the file's hash, stretches of row groups) of a Parquet file; none where it need not or cannot be split."""
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_metadata(path)
    except (OSError, ValueError):
        return "", []  # whoever reads it quarantines it
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    found: list[Stretch] = []
    first, size, row = 0, 0, 0
    for i, group in enumerate(groups):
        size += sum(group.column(c).total_compressed_size for c in range(group.num_columns))
        if size >= SPLIT_BYTES or i == len(groups) - 1:
            found.append(Stretch((first, i + 1), row))
            row += sum(g.num_rows for g in groups[first : i + 1])
            first, size = i + 1, 0
    return files.origin_of([path]), found


def line_ranges(path: Path) -> tuple[str, list[Stretch]]:
    """(the file's hash, stretches of whole lines) of JSON lines in UTF-8; none where it is anything else.

    Hash, lines and records are found in one pass. Lines without a record are not counted, as its reader does not.
    """
    digest = hashlib.sha256()
    starts: list[tuple[int, int]] = [(0, 0)]
    at, row, blank = 0, 0, True
    with path.open("rb") as stream:
        beginning = files.head(stream)
        lines = beginning.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"{")
        if not lines or decoding.unicode_encoding_of(beginning) not in ("utf-8", "utf-8-sig", None):
            return "", []  # it is packed, or of another encoding
        if beginning.startswith(codecs.BOM_UTF8):
            digest.update(stream.read(len(codecs.BOM_UTF8)))
            at = len(codecs.BOM_UTF8)
        while piece := stream.readline(_PIECE_BYTES):
            digest.update(piece)
            at += len(piece)
            blank = blank and not piece.strip()
            if piece.endswith(b"\n"):
                row += not blank
                blank = True
                if at - starts[-1][0] >= SPLIT_BYTES:
                    starts.append((at, row))
    ends = [*(start for start, _ in starts[1:]), at]
    found = [Stretch((start, end), row) for (start, row), end in zip(starts, ends, strict=True) if end > start]
    return digest.hexdigest(), found


class ByteRange(io.RawIOBase):
    """The bytes of a half-open range of a file."""

    def __init__(self, path: Path, start: int, end: int):
        self._file = path.open("rb")
        self._file.seek(start)
        self._left = end - start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()
