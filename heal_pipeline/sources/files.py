"""Where files are, and what of them is read as one: locations, days, members. What is packed is archives.py's matter.

Importing it is light: the partitions of the assets ask it for the placeholder of a day.
"""

import hashlib
import io
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from heal_pipeline.fingerprint import fingerprint_file
from heal_pipeline.sources import decoding
from heal_pipeline.sources.quarantine import RecordTooLargeError

DAY_PLACEHOLDER = "{day}"
MAX_MEMBER_BYTES = 512 * 2**20
"""What must be held whole, though it has many records (a JSON document, a workbook), is refused above this size."""
MAX_RECORD_BYTES = 64 * 2**20
"""What `ingest.max_record_bytes` is where nobody says otherwise."""

TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst")
COMPRESSION_ENDINGS = (".gz", ".bz2", ".xz", ".zst")


@dataclass
class Member:
    """A readable stretch of bytes: a plain file, or one member of an archive.

    Attributes:
        file: the stem of the file it lies in ("train" for train.csv.gz); the `_file` column of field templates.
        name: its own stem, equal to `file` where the file is no archive; the `_member` column.
        path: its path inside the archive, without ending; the file's stem where there is none. The `_path` column.
        stream: its bytes, unpacked.
        max_record_bytes: no record above this size is held.
        encoding: None: it is found.
        row_groups: of a Parquet file, those to read, as a half-open range; None: all.
        companions: further files read together with this one (the other speakers of one conversation).
    """

    file: str
    name: str
    path: str
    stream: IO[bytes]
    max_record_bytes: int = MAX_RECORD_BYTES
    encoding: str | None = None
    row_groups: tuple[int, int] | None = None
    companions: list["Member"] = field(default_factory=list)

    def read(self, max_bytes: int | None = None) -> bytes:
        """All of its bytes.

        Args:
            max_bytes: the most there may be; None: the bound of one record, for formats of which a file is one.

        Raises:
            RecordTooLargeError: there are more.
        """
        bound = self.max_record_bytes if max_bytes is None else max_bytes
        data = self.stream.read(bound + 1)
        if len(data) > bound:
            raise RecordTooLargeError
        return data

    def text(self, max_bytes: int | None = None) -> str:
        """All of it as text, line ends as they are. Raises as `read` does, and UnicodeError."""
        return decoding.decode(self.read(max_bytes), self.encoding)

    def seekable(self) -> IO[bytes]:
        """Its bytes for formats that are read from their end: the file itself, or a copy in memory.

        Raises:
            RecordTooLargeError: it is packed, and has more than 512 MiB.
        """
        own_file = isinstance(getattr(self.stream, "raw", self.stream), io.FileIO)
        return self.stream if own_file else io.BytesIO(self.read(MAX_MEMBER_BYTES))

    def lines(self) -> decoding.Lines:
        """Its lines as text, each within the bound of a record. What the encoding cannot read comes as lone surrogates."""
        stream = self.peekable()
        encoding = self.encoding or decoding.encoding_of(head(stream))
        return decoding.Lines(stream, encoding, self.max_record_bytes)

    def peekable(self) -> io.BufferedReader:
        """Its bytes with a buffer that can be looked into."""
        if not isinstance(self.stream, io.BufferedReader):
            self.stream = io.BufferedReader(self.stream, 2 * decoding.SNIFFED_BYTES)  # type: ignore[type-var]
        return self.stream  # type: ignore[return-value]


def head(stream: io.BufferedReader) -> bytes:
    """The bytes that an encoding is judged by; they stay in the stream."""
    return stream.peek(decoding.SNIFFED_BYTES)[: decoding.SNIFFED_BYTES]


def expand(folder: Path, patterns: list[str], day: str | None = None) -> list[Path]:
    """The files that patterns name below a folder, sorted; a pattern that begins with "!" takes files away again.

    Args:
        folder: the data folder.
        patterns: paths or glob patterns relative to it.
        day: what `{day}` stands for; None: any day.

    Raises:
        ValueError: a pattern leaves the folder.
    """
    found: set[Path] = set()
    for pattern in patterns:
        wanted = pattern.removeprefix("!").replace(DAY_PLACEHOLDER, day or "*")
        if PurePosixPath(wanted).is_absolute() or ".." in PurePosixPath(wanted).parts:
            raise ValueError(f"the location {pattern!r} leaves the data folder")
        matches = {p for p in folder.glob(wanted) if p.is_file()}
        found = found - matches if pattern.startswith("!") else found | matches
    return sorted(found)


def stem(path: str) -> str:
    """A path's last part without its endings of compression and format: "a/b.csv.gz" → "b"."""
    name = PurePosixPath(path).name
    for ending in (*TAR_ENDINGS, *COMPRESSION_ENDINGS):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return name.rsplit(".", 1)[0] if "." in name.strip(".") else name


def origin_of(paths: list[Path]) -> str:
    """What stands for files in a document's origin: the sha256 of the file, or of the files' hashes where they are several."""
    hashes = [fingerprint_file(p) for p in paths]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
