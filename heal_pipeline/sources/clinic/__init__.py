"""The synthetic clinic: a seeded generator of visits, reading text, duplicates and junk that knows its own gold.

Front door: `Clinic`. Nothing here comes from a person, a data set or a package's word list; the words the de-identification
stage trains with are its own, and neither reads the other's.

    encounters/   the facts of a visit, and what is spoken and written of them
    people/       patients, clinicians, places: every identifier
    knowledge/    conditions, medicines, symptoms
    reading/      general and medical pages, questions
    noise.py      junk, captions, boilerplate, edited copies
    streams.py    which documents a stream has on a day
"""

from collections.abc import Iterator, Sequence

from heal_pipeline.documents import Record
from heal_pipeline.errors import SourceError
from heal_pipeline.sources.clinic.gold import Draft, Gold
from heal_pipeline.sources.clinic.streams import STREAMS, Size

__all__ = ["STREAMS", "Clinic", "Gold"]


class Clinic:
    """The documents of a clinic, by stream and day.

    A visit and a page are functions of the seed and their number alone, so that more documents change none that were there.

    Args:
        documents: visits over all days; the streams have so many documents, or a fixed share of them.
        days: in any order; visits are dealt out to them in turn.
    """

    def __init__(self, seed: int, documents: int, days: Sequence[str]):
        self._size = Size(seed, documents, tuple(sorted(days)))

    def records(self, stream: str, day: str) -> Iterator[Record]:
        """The records of a stream on a day, in a fixed order.

        Raises:
            SourceError: there is no such stream, or the day is not one of the clinic's.
        """
        return (draft.record() for draft in self._drafts(stream, day))

    def gold(self, stream: str, day: str) -> dict[str, Gold]:
        """Record key → what is true of it."""
        return {draft.key: draft.gold() for draft in self._drafts(stream, day)}

    def _drafts(self, stream: str, day: str) -> Iterator[Draft]:
        if stream not in STREAMS:
            raise SourceError(f"the clinic has no stream {stream!r}: give one of {', '.join(sorted(STREAMS))}")
        if day not in self._size.days:
            raise SourceError(f"the clinic has no day {day}: it has {', '.join(self._size.days)}")
        return STREAMS[stream](self._size, day)
