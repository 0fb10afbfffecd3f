"""What is packed: compressed files, archives and their members. Nothing is unpacked to disk: a member's name leads nowhere.

What swells beyond any real text is refused while it is read, whatever its headers say.
"""

import bz2
import fnmatch
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, cast

from heal_pipeline.sources.files import TAR_ENDINGS, Member, stem
from heal_pipeline.sources.quarantine import TruncatedError, UnpackingError, Unreadable

MAX_RATIO = 250
"""Bytes unpacked of one packed byte: gzip reaches 1,032 at most, text in any language some ten, logs a hundred."""
FREE_BYTES = 64 * 2**20
"""The ratio counts only beyond this: a small file may be all blanks."""

_MAGIC = ((b"\x1f\x8b\x08", ".gz"), (b"BZh", ".bz2"), (b"\xfd7zXZ\x00", ".xz"), (b"\x28\xb5\x2f\xfd", ".zst"))
_DRIVE = re.compile(r"^[A-Za-z]:")


def members(path: Path, pattern: str = "*") -> Iterator[Member | Unreadable]:
    """What a file holds: itself, or the members of an archive whose path matches a glob pattern, in the archive's order.

    Links, devices and folders of an archive are no members. One that cannot be opened is Unreadable; the next ones are
    read where the archive allows it.

    Args:
        path: the file.
        pattern: matched against a member's path and against its last part.

    Raises:
        OSError, ValueError, tarfile.TarError, zipfile.BadZipFile: the file is damaged, or swells. Members before that
            were given.
    """
    name = path.name.lower()
    file = stem(path.name)
    with path.open("rb") as raw:
        if name.endswith(TAR_ENDINGS):
            yield from _of_tar(raw, name, file, pattern)
        elif name.endswith(".zip"):
            yield from _of_zip(raw, file, pattern)
        else:
            yield Member(file, file, file, _unpacked(raw, name, raw.tell))


def _of_tar(raw: io.BufferedReader, name: str, file: str, pattern: str) -> Iterator[Member | Unreadable]:
    with tarfile.open(fileobj=_unpacked(raw, name, raw.tell), mode="r|") as archive:
        for info in archive:
            if not info.isreg() or not _wanted(info.name, pattern):
                continue
            if info.issparse():  # its holes swell without a byte in the archive
                yield Unreadable(UnpackingError.__name__)
            elif (content := archive.extractfile(info)) is not None:
                yield _member(file, info.name, content, content.tell)


def _of_zip(raw: io.BufferedReader, file: str, pattern: str) -> Iterator[Member | Unreadable]:
    with zipfile.ZipFile(raw) as archive:
        for info in archive.infolist():
            if not info.is_dir() and _wanted(info.filename, pattern):
                yield _opened(archive, info, file)


def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str) -> Member | Unreadable:
    try:
        bounded = _Bounded(archive.open(info), lambda: info.compress_size)
        return _member(file, info.filename, io.BufferedReader(bounded), lambda: bounded.size)
    except Exception as error:  # encrypted, of another method, damaged: the next members are places of their own
        return Unreadable(type(error).__name__)


def _member(file: str, path: str, content: IO[bytes], packed_bytes: Callable[[], int]) -> Member:
    clean = clean_path(path) or "member"
    own = stem(clean)
    inner = PurePosixPath(clean).with_name(own).as_posix()
    return Member(file, own, inner, _unpacked(content, clean.lower(), packed_bytes))


def clean_path(path: str) -> str:
    """The path of a member as a plain relative one: a name in an archive may be any string."""
    parts = _DRIVE.sub("", path.replace("\\", "/")).split("/")
    return "/".join(p for p in parts if p not in ("", ".", ".."))


def _wanted(path: str, pattern: str) -> bool:
    return fnmatch.fnmatch(path, pattern) or fnmatch.fnmatch(PurePosixPath(path).name, pattern)


def _unpacked(stream: IO[bytes], name: str, packed_bytes: Callable[[], int]) -> IO[bytes]:
    """A stream without its compression, which its name tells, or else its first bytes.

    Args:
        packed_bytes: how many bytes of it were read so far.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(cast("io.RawIOBase", stream))
    first = buffered.peek(8)
    kind = next(
        (e for e in (".gz", ".bz2", ".xz", ".zst") if name.endswith(e)),
        ".gz" if name.endswith(".tgz") else next((ending for magic, ending in _MAGIC if first.startswith(magic)), ""),
    )
    if not kind:
        return buffered
    unpacked: IO[bytes]
    if kind == ".gz":
        unpacked = cast("IO[bytes]", gzip.GzipFile(fileobj=buffered))
    elif kind == ".bz2":
        unpacked = cast("IO[bytes]", bz2.BZ2File(buffered))
    elif kind == ".xz":
        unpacked = cast("IO[bytes]", lzma.LZMAFile(buffered))
    else:
        import pyarrow as pa

        unpacked = cast("IO[bytes]", pa.CompressedInputStream(pa.PythonFile(buffered, mode="r"), "zstd"))
    return io.BufferedReader(_Bounded(unpacked, packed_bytes), 2**17)


class _Bounded(io.RawIOBase):
    """What a packed stream holds, until it has given more than real text ever packs into the bytes that were read.

    Raises:
        UnpackingError: it has.
        TruncatedError: the packed stream breaks off.
    """

    def __init__(self, unpacked: IO[bytes], packed_bytes: Callable[[], int]):
        self._unpacked, self._packed_bytes, self.size = unpacked, packed_bytes, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview") -> int:  # type: ignore[override]
        try:
            data = self._unpacked.read1(len(buffer))  # type: ignore[attr-defined]  # what came before damage is given first
        except EOFError:  # which some who read would take for a proper end
            raise TruncatedError from None
        buffer[: len(data)] = data
        self.size += len(data)
        if self.size > FREE_BYTES and self.size > MAX_RATIO * max(self._packed_bytes(), 1):
            raise UnpackingError
        return len(data)
