"""Files and what is inside them: locations, archives, compression, encodings. What the bytes mean is the readers' matter.

Archives are only ever read as streams, nothing is unpacked to disk, so a member's name cannot lead anywhere.
"""

import bz2
import codecs
import fnmatch
import gzip
import hashlib
import io
import lzma
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, TextIO, cast

from heal_pipeline.fingerprint import fingerprint_file

DAY_PLACEHOLDER = "{day}"
MAX_MEMBER_BYTES = 512 * 2**20
"""A member read as a whole is refused above this size: a small archive may unpack to a very large one."""

_SNIFF_BYTES = 2**16
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_TAR_ENDINGS = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
_COMPRESSION_ENDINGS = (".gz", ".bz2", ".xz", ".zst")


@dataclass
class Member:
    """A readable stretch of bytes: a plain file, or one member of an archive.

    Attributes:
        file: the stem of the file it lies in ("train" for train.csv.gz); the `_file` column of field templates.
        name: its own stem, equal to `file` where the file is no archive; the `_member` column.
        path: its path inside the archive, without ending; the file's stem where there is none. The `_path` column.
        stream: its bytes, uncompressed.
        companions: further files read together with this one (the other speakers of one conversation).
    """

    file: str
    name: str
    path: str
    stream: IO[bytes]
    companions: list["Member"] = field(default_factory=list)

    def read(self) -> bytes:
        """All of its bytes.

        Raises:
            ValueError: more than 512 MiB.
        """
        data = self.stream.read(MAX_MEMBER_BYTES + 1)
        if len(data) > MAX_MEMBER_BYTES:
            raise ValueError("member too large")
        return data

    def text(self) -> str:
        """All of it as text, line ends as they are."""
        return decode(self.read())

    def open_text(self) -> TextIO:
        """Its text as a stream, line ends as they are. What the encoding cannot read comes as lone surrogates."""
        stream = _peekable(self.stream)
        head = stream.peek(_SNIFF_BYTES)[:_SNIFF_BYTES]
        return io.TextIOWrapper(stream, encoding=encoding_of(head), errors="surrogateescape", newline="")


def expand(folder: Path, patterns: list[str], day: str | None = None) -> list[Path]:
    """The files that patterns name below a folder, sorted; a pattern that begins with "!" takes files away again.

    Args:
        folder: the data folder.
        patterns: paths or glob patterns relative to it.
        day: what `{day}` stands for; None: any day.
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
    for ending in (*_TAR_ENDINGS, *_COMPRESSION_ENDINGS):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
            break
    return name.rsplit(".", 1)[0] if "." in name.strip(".") else name


def origin_of(paths: list[Path]) -> str:
    """What stands for files in a document's origin: the sha256 of the file, or of the files' hashes where they are several."""
    hashes = [fingerprint_file(p) for p in paths]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()


def members(path: Path, pattern: str = "*", keep_compressed: bool = False) -> Iterator[Member]:
    """What a file holds: itself, or the members of an archive whose path matches a glob pattern, in the archive's order.

    Args:
        path: the file.
        pattern: matched against a member's path and against its last part.
        keep_compressed: hand out a compressed file as it is (its format brings its own compression, as WARC does).

    Raises:
        OSError, EOFError, tarfile.TarError, zipfile.BadZipFile: the file is damaged. Members before the damage were given.
    """
    name = path.name.lower()
    file = stem(path.name)
    if name.endswith(_TAR_ENDINGS):
        with tarfile.open(path, mode="r|*") as archive:
            for info in archive:
                content = archive.extractfile(info) if info.isfile() and _wanted(info.name, pattern) else None
                if content is not None:
                    yield _member_of_archive(file, info.name, cast("IO[bytes]", content))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(path) as zipped:
            for entry in zipped.infolist():
                if not entry.is_dir() and _wanted(entry.filename, pattern):
                    with zipped.open(entry) as content:
                        yield _member_of_archive(file, entry.filename, content)
    else:
        with path.open("rb") as raw:
            stream = cast("IO[bytes]", raw) if keep_compressed else _decompressed(raw, name)
            yield Member(file, file, file, stream)


def _member_of_archive(file: str, path: str, content: IO[bytes]) -> Member:
    own = stem(path)
    inner = PurePosixPath(path).with_name(own).as_posix()
    return Member(file, own, inner, _decompressed(content, path.lower()))


def _wanted(path: str, pattern: str) -> bool:
    return fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(PurePosixPath(path).name, pattern)


def _decompressed(stream: IO[bytes], name: str) -> IO[bytes]:
    if name.endswith(".gz"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream))
    if name.endswith(".bz2"):
        return cast("IO[bytes]", bz2.BZ2File(stream))
    if name.endswith(".xz"):
        return cast("IO[bytes]", lzma.LZMAFile(stream))
    if name.endswith(".zst"):
        import pyarrow as pa

        return cast("IO[bytes]", pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"))
    return stream


def _peekable(stream: IO[bytes]) -> io.BufferedReader:
    return stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream), 2**17)


def encoding_of(data: bytes) -> str:
    """The encoding of a text by its first bytes: a byte order mark decides, then whether it is UTF-8, then statistics.

    Args:
        data: a beginning; a character cut off at its end does no harm.
    """
    for mark, name in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return name
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=False)
        return "utf-8"
    except UnicodeDecodeError:
        pass
    from charset_normalizer import from_bytes

    best = from_bytes(data).best()
    return best.encoding if best else "latin-1"


def decode(data: bytes) -> str:
    """Bytes as text, whatever encoding they came in.

    Raises:
        UnicodeDecodeError: they begin with a byte order mark and go on otherwise.
    """
    encoding = encoding_of(data)
    return data.decode(encoding)
