"""Looks at the sources of a profile before a run: what is there, how many records, what is wrong. Without Spark."""

import itertools
from pathlib import Path
from typing import Any

from heal_pipeline.documents import Record
from heal_pipeline.errors import ProfileError, SourceError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.sources.records import Unreadable
from heal_pipeline.sources.units import FILELESS_READERS, located, read, units

CHECKED_RECORDS = 100
"""Records read of each data set on the hub, and of its first shard alone: reading it all would be the ingest itself."""


def check(profile: Profile) -> list[dict[str, Any]]:
    """One row a source: `source`, `reader`, `group`, `licence`, `phi`, `rows`, `bytes`, `unreadable`, `empty`, `problems`.

    Every file is read; of data sets on the hub the first 100 records. `problems` is empty where the source can be ingested; records that cannot be read, and empty
    ones, are counted, and are a problem only where no record remains.
    """
    return [_check(profile, entry) for entry in profile.sources]


def _check(profile: Profile, entry: SourceEntry) -> dict[str, Any]:
    row: dict[str, Any] = {
        "source": entry.name,
        "reader": entry.reader,
        "group": entry.group,
        "licence": entry.licence,
        "phi": entry.phi,
        "rows": 0,
        "bytes": 0,
        "unreadable": 0,
        "empty": 0,
        "problems": "",
    }
    try:
        entry = located(profile, entry)
        for day in profile.days:
            remote = entry.reader == "huggingface" and not entry.location
            for unit in units(profile, entry, day)[: 1 if remote else None]:
                row["bytes"] += sum(Path(p).stat().st_size for p in unit.paths)
                for record in itertools.islice(read(unit, entry)[1], CHECKED_RECORDS if remote else None):
                    row[_what(record)] += 1
    except (SourceError, ProfileError) as error:
        row["problems"] = str(error)
        return row
    if not row["rows"] and not (entry.reader in FILELESS_READERS and profile.clinic_documents == 0):
        row["problems"] = "no record with text"
    return row


def _what(record: Record | Unreadable) -> str:
    if isinstance(record, Unreadable):
        return "unreadable"
    return "rows" if any(s.scored and s.text.strip() for s in record.segments) else "empty"


def check_locations(profile: Profile) -> None:
    """Looks whether each source has files on any day. Data sets on the hub are not asked for: that would need a network.

    Raises:
        SourceError: a source has none, or its reader is unknown.
        ProfileError: the data folder is not named, or not there.
    """
    for entry in profile.sources:
        if entry.location or entry.reader not in FILELESS_READERS:
            units(profile, located(profile, entry), profile.days[0])


def require_documents(lake: Lake, profile: Profile, entry: SourceEntry) -> None:
    """Refuses a source that gave no document on any day.

    Raises:
        SourceError: it is empty; the line names it, its location and the remedy.
    """
    tables = [lake.table(f"raw/{entry.name}", day, entry.zone) for day in profile.days]
    if not any(t.committed() and t.manifest().rows for t in tables):
        place = ", ".join(entry.location) or f"reader {entry.reader}"
        raise SourceError(
            f"the source {entry.name} ({place}) is empty on all days ({len(tables)}): see its ledger for what was dropped, then mend its location or fields, or take it out of the profile"
        )
