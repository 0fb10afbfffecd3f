"""Units of reading: what one Spark task reads, and how. A unit is a file, files that belong together, a part of a
large file, a shard of a Hugging Face data set, or a stream of the synthetic clinic.

Units are properties of the data, never of the cluster, so that origins do not change with the number of partitions.
"""

import hashlib
import io
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
from heal_pipeline.sources import archives, files, splitting
from heal_pipeline.sources.entries import HubOptions, check_entry
from heal_pipeline.sources.files import Member
from heal_pipeline.sources.quarantine import RecordTooLargeError, Unreadable
from heal_pipeline.sources.records import mapped


@dataclass(frozen=True)
class Unit:
    """Plain values that travel to a task.

    Attributes:
        paths: the files, in order; empty for units without files.
        arguments: what a unit without files is read with.
        part: of a file that is several units, the part of this one (splitting.py).
        first_row: the number of its first record in the file.
        origin: the file's hash, where it was made beforehand.
    """

    paths: tuple[str, ...] = ()
    arguments: dict[str, Any] | None = None
    part: tuple[int, int] | None = None
    first_row: int = 0
    origin: str | None = None

    def dumps(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def loads(text: str) -> "Unit":
        values = json.loads(text)
        part = values["part"]
        return Unit(**{**values, "paths": tuple(values["paths"]), "part": part and tuple(part)})

    def places(self, folder: Path | None) -> list[str]:
        """What it is read from, as a person would name it: paths below the data folder, or a shard of a data set."""
        if self.paths and folder is not None:
            return [Path(p).relative_to(folder).as_posix() for p in self.paths]
        arguments = self.arguments or {}
        if "num_shards" in arguments:
            return [f"{arguments['path']}, shard {arguments['shard'] + 1} of {arguments['num_shards']}"]
        return [f"clinic, stream {arguments['stream']}"] if "stream" in arguments else []


def located(profile: Profile, entry: SourceEntry) -> SourceEntry:
    """The entry, checked, with the files of its `join` option found.

    Raises:
        ProfileError: it has a mistake.
        SourceError: the files are not there.
    """
    check_entry(entry)
    join = entry.options.get("join")
    if not join:
        return entry
    found = [str(p) for p in files.expand(profile.data_folder(), join["files"])]
    if not found:
        raise SourceError(
            f"the files that {entry.name} joins are not there: {', '.join(join['files'])}; mend `join` in the profile"
        )
    return entry.model_copy(update={"options": {**entry.options, "join": {**join, "files": found}}})


def units(profile: Profile, entry: SourceEntry, day: str) -> list[Unit]:
    """What is to be read of a source (`located`) on a day; nothing where a dayless source meets a later day.

    Raises:
        SourceError: no file of the source is there on any day.
    """
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
    found = [
        Unit(tuple(map(str, group))) for group in _groups(paths(profile, entry, day), entry.options.get("group_by"))
    ]
    return [part for unit in found for part in _stretches(unit, entry)]


def paths(profile: Profile, entry: SourceEntry, day: str) -> list[Path]:
    """The files of a source on a day, sorted; none where a dayless source meets a later day.

    Raises:
        SourceError: no file of the source is there on any day.
    """
    folder = profile.data_folder()
    dated = any(files.DAY_PLACEHOLDER in pattern for pattern in entry.location)
    try:
        found = files.expand(folder, entry.location, day if dated else None)
        present = found or files.expand(folder, entry.location)
    except ValueError as error:
        raise SourceError(f"{entry.name}: {error}; give a path below it") from None
    if not present:
        raise SourceError(
            f"no file of {entry.name} is in {folder}: looked for {', '.join(entry.location) or 'nothing (no location)'}; mend the location or the folder"
        )
    return found if dated or day == profile.days[0] else []


def _stretches(unit: Unit, entry: SourceEntry) -> list[Unit]:
    """A large file as several units, where its format allows it. Its hash is made here, once."""
    path = Path(unit.paths[0])
    split = {"parquet": splitting.row_groups, "jsonl": splitting.line_ranges}.get(entry.reader)
    plain = path.suffix in (".parquet", ".jsonl", ".json") and not entry.options.get("encoding")
    if split is None or not plain or len(unit.paths) > 1 or path.stat().st_size <= splitting.SPLIT_BYTES:
        return [unit]
    origin, found = split(path)
    return [Unit(unit.paths, part=s.part, first_row=s.first_row, origin=origin) for s in found] or [unit]


def _groups(found: list[Path], pattern: str | None) -> list[list[Path]]:
    """Files whose stem gives the same first group of the pattern belong together; without a pattern each is alone."""
    if pattern is None:
        return [[p] for p in found]
    groups: dict[str, list[Path]] = {}
    for path in found:
        match = re.match(pattern, files.stem(path.name))
        groups.setdefault(f"{path.parent}/{match.group(1) if match else path.name}", []).append(path)
    return [groups[key] for key in sorted(groups)]


def read(
    unit: Unit, entry: SourceEntry, max_record_bytes: int = files.MAX_RECORD_BYTES
) -> tuple[str, Iterator[Record | Unreadable]]:
    """(origin, records) of a unit. What cannot be read comes as Unreadable; the iterator itself does not raise, but for
    data sets on the hub: the rest of a shard is not given up because the network failed.

    Args:
        unit: made by `units`.
        entry: as `located` gives it.
        max_record_bytes: a record above this is Unreadable.
    """
    if entry.reader == "clinic":
        arguments = unit.arguments or {}
        return hashlib.sha256(f"clinic-{arguments['seed']}".encode()).hexdigest(), _clinic(arguments)
    if entry.reader == "huggingface":
        arguments = unit.arguments or {}
        origin = hashlib.sha256(json.dumps(arguments, sort_keys=True).encode()).hexdigest()
        records = _hub_records(arguments, entry)
        return origin, _within(_guarded(records) if arguments["data_files"] else records, max_record_bytes)
    try:
        origin = unit.origin or files.origin_of([Path(p) for p in unit.paths])
    except OSError as error:
        return hashlib.sha256("".join(unit.paths).encode()).hexdigest(), iter([Unreadable(type(error).__name__)])
    return origin, _within(_guarded(_file_records(unit, entry, max_record_bytes)), max_record_bytes)


def numbered(records: Iterator[Record | Unreadable], first_row: int = 0) -> Iterator[tuple[int, Record | Unreadable]]:
    """(number of the record in its file, record). What stands for several records takes as many numbers."""
    row = first_row
    for record in records:
        yield row, record
        row += record.num_records if isinstance(record, Unreadable) else 1


def _guarded(records: Iterator[Record | Unreadable]) -> Iterator[Record | Unreadable]:
    """The records up to an error, then what the error was: its class alone, since its message may hold text."""
    try:
        yield from records
    except (ImportError, MemoryError):
        raise  # of the installation or the machine, not of the data
    except Exception as error:
        yield Unreadable(type(error).__name__)


def _within(records: Iterator[Record | Unreadable], max_bytes: int) -> Iterator[Record | Unreadable]:
    """The records with those above the bound quarantined: a cell of a binary table is held before it can be measured."""
    for record in records:
        if isinstance(record, Record) and sum(len(s.text) for s in record.segments) > max_bytes:
            yield Unreadable(RecordTooLargeError.__name__)
        else:
            yield record


def _file_records(unit: Unit, entry: SourceEntry, max_record_bytes: int) -> Iterator[Record | Unreadable]:
    from heal_pipeline.sources.readers import READERS

    reader = READERS[entry.reader]

    def members_of(path: str) -> Iterator[Member | Unreadable]:
        for member in archives.members(Path(path), entry.members):
            if isinstance(member, Member):
                member.max_record_bytes = max_record_bytes
                member.encoding = entry.options.get("encoding")
                if unit.part and entry.reader == "jsonl":
                    member.stream = io.BufferedReader(splitting.ByteRange(Path(path), *unit.part), 2**17)
                    member.encoding = "utf-8"
                elif unit.part:
                    member.row_groups = unit.part
            yield member

    def records_of(member: Member) -> Iterator[Record | Unreadable]:
        yield from reader.read(member, entry)  # some begin to read when they are called

    group_by = entry.options.get("group_by")
    if len(unit.paths) == 1 and not group_by:
        for member in members_of(unit.paths[0]):
            if isinstance(member, Unreadable):
                yield member
            else:
                yield from _guarded(records_of(member))  # a bad member does not end the archive
        return
    streams = [members_of(p) for p in unit.paths]  # held: a file is open as long as its stream
    together = [next(s) for s in streams]
    if any(isinstance(member, Unreadable) for member in together):
        yield from (m for m in together if isinstance(m, Unreadable))
        return
    first, *companions = (m for m in together if isinstance(m, Member))
    match = re.match(group_by or "", first.file)
    first.file = match.group(1) if match and match.groups() else first.file
    first.companions = companions
    yield from _guarded(records_of(first))


def _clinic(arguments: dict[str, Any]) -> Iterator[Record]:
    from heal_pipeline.sources.clinic import Clinic

    clinic = Clinic(arguments["seed"], arguments["documents"], arguments["days"])
    return clinic.records(arguments["stream"], arguments["day"])


def _hub_units(profile: Profile, entry: SourceEntry) -> list[Unit]:
    """One unit a file shard of the data set, so that a large one is read by many tasks."""
    options = HubOptions.of(entry)
    arguments: dict[str, Any] = {
        "path": options.path,
        "config": options.config,
        "split": options.split,
        "revision": options.revision,
        "data_files": [str(p) for p in files.expand(profile.data_folder(), entry.location)] if entry.location else None,
        "first": options.first,
    }
    if entry.location and not arguments["data_files"]:
        raise SourceError(
            f"no file of {entry.name} is in the data folder: looked for {', '.join(entry.location)}; mend the location"
        )
    try:
        num_shards = _load(arguments).num_shards
    except Exception as error:
        raise SourceError(
            f"{entry.name}: the data set {arguments['path']!r} cannot be loaded ({type(error).__name__}): check its name, the network, and HF_HOME"
        ) from None
    wanted = min(num_shards, options.shards or num_shards)
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
    shard = _load(arguments).shard(arguments["num_shards"], arguments["shard"])
    name = arguments["path"].rpartition("/")[2]
    rows = itertools.islice(iter(shard), arguments["first"])
    yield from mapped(rows, Member(name, name, name, io.BytesIO()), entry)
