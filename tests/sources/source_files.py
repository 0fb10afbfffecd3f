"""Entries and files that the tests of this folder read."""

import io
import tarfile
from pathlib import Path
from typing import Any

from heal_pipeline.documents import Record
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.sources.readers import READERS
from heal_pipeline.sources.units import Unit, located, read, units

DAY = "2026-01-01"


def entry(reader: str, **values: Any) -> SourceEntry:
    base: dict[str, Any] = {
        "name": "source",
        "group": "medical_public",
        "kind": "text",
        "licence": "MIT",
        "owner": "team:data",
    }
    return SourceEntry(reader=reader, **{**base, **values})


def parse(
    reader: str, data: bytes, name: str = "file", max_record_bytes: int = 2**20, **values: Any
) -> list[Record | Unreadable]:
    """What a reader makes of bytes."""
    return list(
        READERS[reader].read(Member(name, name, name, io.BytesIO(data), max_record_bytes), entry(reader, **values))
    )


def read_file(path: Path, reader: str, max_record_bytes: int = 2**20, **values: Any) -> list[Record | Unreadable]:
    """What is read of a file, as a task does it."""
    return list(read(Unit((str(path),)), entry(reader, **values), max_record_bytes)[1])


def read_folder(folder: Path, own: SourceEntry) -> list[Record | Unreadable]:
    """What is read of a source with files below a folder."""
    profile = Profile(name="p", days=[DAY], data=str(folder), sources=[own])
    own = located(profile, own)
    return [record for unit in units(profile, own, DAY) for record in read(unit, own)[1]]


def texts(records: list[Record | Unreadable]) -> list[str]:
    """The last text of each record; of an unreadable one "<its error>"."""
    return [r.segments[-1].text if isinstance(r, Record) else f"<{r.error}>" for r in records]


def tar(path: Path, contents: dict[str, bytes], mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in contents.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path
