"""Looks at the sources of a profile before a run: what is there, how many records, what is wrong. Without Spark."""

from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from heal_pipeline.documents import Record
from heal_pipeline.errors import ProfileError, SourceError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.sources.entries import FILELESS_READERS
from heal_pipeline.sources.quarantine import Unreadable, allowed_quarantine
from heal_pipeline.sources.rows import SHORT_ORIGIN
from heal_pipeline.sources.units import located, numbered, paths, read, units

CHECKED_RECORDS = 100
"""Records read of each data set on the hub, and of its first shard alone: reading it all would be the ingest itself."""
SAMPLES = 3
"""Unreadable records of a source that are shown."""


@dataclass
class Check:
    """What a source holds.

    Attributes:
        row: `source`, `reader`, `rows`, `bytes`, `unreadable`, `empty`, `licence`, `phi`, `problem`, which is empty where
            the source can be ingested.
        samples: `source`, `file`, `row`, `error` of its first unreadable records. The file's name only where there is
            no PHI; else the first digits of its hash, as in the ledger.
    """

    row: dict[str, Any]
    samples: list[dict[str, Any]] = field(default_factory=list)


def check(profile: Profile) -> list[Check]:
    """Reads every file of every source; of data sets on the hub the first 100 records.

    Unreadable and empty records are counted. They are a problem where ingest would stop for them.
    """
    return [_check(profile, entry) for entry in profile.sources]


def _check(profile: Profile, entry: SourceEntry) -> Check:
    found = Check(
        {
            "source": entry.name,
            "reader": entry.reader,
            "rows": 0,
            "bytes": 0,
            "unreadable": 0,
            "empty": 0,
            "licence": entry.licence,
            "phi": entry.phi,
            "problem": "",
        }
    )
    try:
        _read_all(profile, located(profile, entry), found)
        found.row["problem"] = _problem(profile, entry, found.row)
    except (SourceError, ProfileError) as error:
        found.row["problem"] = str(error)
    return found


def _read_all(profile: Profile, entry: SourceEntry, found: Check) -> None:
    remote = entry.reader == "huggingface" and not entry.location
    for day in profile.days:
        for unit in units(profile, entry, day)[: 1 if remote else None]:
            if unit.first_row == 0:  # of a file in several units, the first
                found.row["bytes"] += sum(Path(p).stat().st_size for p in unit.paths)
            origin, records = read(unit, entry, profile.ingest.max_record_bytes)
            name = ", ".join(unit.places(profile.data_folder() if unit.paths else None))
            place = name if entry.phi == "none" else origin[:SHORT_ORIGIN]
            for row, record in islice(numbered(records, unit.first_row), CHECKED_RECORDS if remote else None):
                if isinstance(record, Unreadable):
                    found.row["unreadable"] += record.num_records
                    if len(found.samples) < SAMPLES:
                        found.samples.append({"source": entry.name, "file": place, "row": row, "error": record.error})
                else:
                    found.row["rows" if _has_text(record) else "empty"] += 1


def _has_text(record: Record) -> bool:
    return any(s.scored and s.text.strip() for s in record.segments)


def _problem(profile: Profile, entry: SourceEntry, row: dict[str, Any]) -> str:
    if not row["rows"]:
        nothing_asked = entry.reader == "clinic" and profile.clinic_documents == 0
        return "" if nothing_asked else "no record with text"
    allowed = allowed_quarantine(profile, entry, row["rows"] + row["empty"] + row["unreadable"])
    return "" if row["unreadable"] <= allowed else f"more unreadable records than may be ({allowed}): ingest would stop"


def check_locations(profile: Profile) -> None:
    """Checks every entry, and whether its files are there on any day. Reads none of them.

    Data sets on the hub are not asked for: that would need a network.

    Raises:
        ProfileError: an entry has a mistake; the data folder is not named, or not there.
        SourceError: a source has no files.
    """
    for entry in profile.sources:
        located(profile, entry)
        if entry.location or entry.reader not in FILELESS_READERS:
            paths(profile, entry, profile.days[0])


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
