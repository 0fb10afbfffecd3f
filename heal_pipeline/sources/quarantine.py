"""What cannot be read: the mark of it, why, and how much of it there may be.

The class of an error is all that is ever told of it, since a message may quote the record.
"""

from dataclasses import dataclass

from heal_pipeline.profile import Profile, SourceEntry


@dataclass(frozen=True)
class Unreadable:
    """A record or a file that could not be read. It is quarantined: the ledger names the error's class, file and row.

    Attributes:
        error: the error's class.
        num_records: how many records it stands for, where a format tells (the rest of a Parquet row group).
    """

    error: str
    num_records: int = 1


class MissingFieldError(ValueError):
    """A row lacks a column that the source's entry maps. The column's name is the profile's, and may be told."""

    def told(self) -> str:
        """The class with the column."""
        return f"{type(self).__name__}:{'_'.join(str(self).split())}"


class RecordTooLargeError(ValueError):
    """A line, page or row is above `ingest.max_record_bytes`, or a member that must be read whole above 512 MiB."""


class TruncatedError(OSError):
    """A file breaks off before its end."""


class UnpackingError(ValueError):
    """Something packed swells beyond any real text, or is of a kind that is never unpacked."""


def allowed_quarantine(profile: Profile, entry: SourceEntry, num_records: int) -> int:
    """How many of a source's records of a day may be quarantined: a share of them, and one always."""
    own = entry.max_quarantined_share
    share = profile.ingest.max_quarantined_share if own is None else own
    return max(1, int(share * num_records))
