"""Units of reading: what one Spark task reads, and how. A unit is a file, files that belong together, a shard of a
Hugging Face data set, or a stream of the synthetic clinic.

Units are properties of the data, never of the cluster, so that origins do not change with the number of partitions.
"""

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from heal_pipeline.documents import Record
from heal_pipeline.errors import SourceError
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.sources import files
from heal_pipeline.sources.records import Unreadable

FILELESS_READERS = ("clinic", "huggingface")


@dataclass(frozen=True)
class Unit:
    """Plain values that travel to a task.

    Attributes:
        paths: the files, in order; empty for units without files.
        arguments: what a unit without files is read with.
    """

    paths: tuple[str, ...] = ()
    arguments: dict[str, Any] | None = None

    def dumps(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def loads(text: str) -> "Unit":
        values = json.loads(text)
        return Unit(tuple(values["paths"]), values["arguments"])


def located(profile: Profile, entry: SourceEntry) -> SourceEntry:
    """The entry with the files of its `join` option found.

    Raises:
        SourceError: they are not there.
    """
    join = entry.options.get("join")
    if not join:
        return entry
    if not {"files", "by"} <= set(join):
        raise SourceError(f"`join` of {entry.name} lacks `files` or `by`: give both, as docs/sources.md shows")
    paths = [str(p) for p in files.expand(profile.data_folder(), join["files"])]
    if not paths:
        raise SourceError(
            f"the files that {entry.name} joins are not there: {', '.join(join['files'])}; mend `join` in the profile"
        )
    return entry.model_copy(update={"options": {**entry.options, "join": {**join, "files": paths}}})


def units(profile: Profile, entry: SourceEntry, day: str) -> list[Unit]:
    """What is to be read of a source on a day; nothing where a dayless source meets a later day.

    Raises:
        SourceError: no file of the source is there on any day, or its reader is unknown.
    """
    from heal_pipeline.sources.readers import READERS

    if entry.reader == "clinic":
        arguments = {
            "seed": profile.seed,
            "documents": profile.clinic_documents,
            "days": profile.days,
            "stream": entry.options.get("stream", entry.name),
            "day": day,
        }
        return [Unit(arguments=arguments)] if day in profile.days else []
    if entry.reader == "huggingface":
        return _hub_units(profile, entry) if day == profile.days[0] else []
    if entry.reader not in READERS:
        known = ", ".join(sorted((*READERS, *FILELESS_READERS)))
        raise SourceError(f"the reader {entry.reader!r} of {entry.name} is unknown: give one of {known}")
    folder = profile.data_folder()
    dated = any(files.DAY_PLACEHOLDER in pattern for pattern in entry.location)
    try:
        paths = files.expand(folder, entry.location, day if dated else None)
        present = paths or files.expand(folder, entry.location)
    except ValueError as error:
        raise SourceError(f"{entry.name}: {error}; give a path below it") from None
    if not present:
        raise SourceError(
            f"no file of {entry.name} is in {folder}: looked for {', '.join(entry.location) or 'nothing (no location)'}; mend the location or the folder"
        )
    if not dated and day != profile.days[0]:
        return []
    return [Unit(tuple(map(str, group))) for group in _groups(paths, entry.options.get("group_by"))]


def _groups(paths: list[Path], pattern: str | None) -> list[list[Path]]:
    """Files whose stem gives the same first group of the pattern belong together; without a pattern each is alone."""
    if pattern is None:
        return [[p] for p in paths]
    groups: dict[str, list[Path]] = {}
    for path in paths:
        match = re.match(pattern, files.stem(path.name))
        groups.setdefault(f"{path.parent}/{match.group(1) if match else path.name}", []).append(path)
    return [groups[key] for key in sorted(groups)]


def read(unit: Unit, entry: SourceEntry) -> tuple[str, Iterator[Record | Unreadable]]:
    """(origin, records) of a unit. What cannot be read comes as Unreadable; the iterator itself does not raise.

    Args:
        unit: made by `units`.
        entry: as `located` gives it.
    """
    if entry.reader == "clinic":
        arguments = unit.arguments or {}
        return hashlib.sha256(f"clinic-{arguments['seed']}".encode()).hexdigest(), _clinic(arguments)
    if entry.reader == "huggingface":
        arguments = unit.arguments or {}
        origin = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()
        return origin, _guarded(_hub_records(arguments, entry))
    paths = [Path(p) for p in unit.paths]
    try:
        origin = files.origin_of(paths)
    except OSError as error:
        return hashlib.sha256("".join(unit.paths).encode()).hexdigest(), iter([Unreadable(type(error).__name__)])
    return origin, _guarded(_file_records(paths, entry))


def _guarded(records: Iterator[Record | Unreadable]) -> Iterator[Record | Unreadable]:
    """The records up to an error, then what the error was: its class alone, since its message may hold text."""
    try:
        yield from records
    except (ImportError, MemoryError, KeyError):
        raise  # of the installation, the machine or the profile, not of the data
    except Exception as error:
        yield Unreadable(type(error).__name__)


def _file_records(paths: list[Path], entry: SourceEntry) -> Iterator[Record | Unreadable]:
    from heal_pipeline.sources.readers import KEEPS_COMPRESSION, READERS

    reader = READERS[entry.reader]
    keep = entry.reader in KEEPS_COMPRESSION
    if len(paths) == 1 and not entry.options.get("group_by"):
        for member in files.members(paths[0], entry.members, keep):
            yield from _guarded(reader(member, entry))  # a bad member does not end the archive
        return
    streams = [files.members(p, entry.members, keep) for p in paths]
    together = [next(s) for s in streams]
    match = re.match(entry.options["group_by"], together[0].file)
    first = together[0]
    first.file = match.group(1) if match else first.file
    first.companions = together[1:]
    yield from _guarded(reader(first, entry))


def _clinic(arguments: dict[str, Any]) -> Iterator[Record]:
    from heal_pipeline.sources.clinic import Clinic

    clinic = Clinic(arguments["seed"], arguments["documents"], arguments["days"])
    return clinic.records(arguments["stream"], arguments["day"])


def _hub_units(profile: Profile, entry: SourceEntry) -> list[Unit]:
    """One unit a file shard of the data set, so that a large one is read by many tasks.

    Options: `path` (hub id, or "json", "parquet", "csv", "text" with `location` naming local files), `config`, `split`,
    `revision`, `shards` (read this many file shards at most), `first` (records a shard at most).
    """
    options = entry.options
    arguments: dict[str, Any] = {
        "path": options.get("path"),
        "config": options.get("config"),
        "split": options.get("split", "train"),
        "revision": options.get("revision"),
        "data_files": [str(p) for p in files.expand(profile.data_folder(), entry.location)] if entry.location else None,
        "first": options.get("first"),
    }
    if entry.location and not arguments["data_files"]:
        raise SourceError(
            f"no file of {entry.name} is in the data folder: looked for {', '.join(entry.location)}; mend the location"
        )
    if not arguments["path"]:
        raise SourceError(
            f"{entry.name} names no data set: give `path` in its options, a hub id or a builder such as json"
        )
    try:
        num_shards = _load(arguments).num_shards
    except Exception as error:
        raise SourceError(
            f"{entry.name}: the data set {arguments['path']!r} cannot be loaded ({type(error).__name__}): check its name, the network, and HF_HOME"
        ) from None
    wanted = min(num_shards, options.get("shards") or num_shards)
    return [Unit(arguments={**arguments, "shard": i, "num_shards": num_shards}) for i in range(wanted)]


def _load(arguments: dict[str, Any]) -> Any:
    from datasets import load_dataset

    return load_dataset(
        arguments["path"],
        arguments["config"],
        split=arguments["split"],
        revision=arguments["revision"],
        data_files=arguments["data_files"],
        streaming=True,
    )


def _hub_records(arguments: dict[str, Any], entry: SourceEntry) -> Iterator[Record | Unreadable]:
    import io

    from heal_pipeline.sources.readers.lines import mapped

    shard = _load(arguments).shard(arguments["num_shards"], arguments["shard"])
    name = arguments["path"].rpartition("/")[2]
    rows = itertools.islice(iter(shard), arguments["first"])
    return mapped(rows, files.Member(name, name, name, io.BytesIO()), entry)
