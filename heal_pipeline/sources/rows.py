"""The rows that tasks of ingest hand on: a document, kept or not, with the decision on it and what came with it.

From a record to its row, and one document of the rows of one identity. Errors in tasks give the class alone: their
messages may hold records.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from heal_pipeline.documents import DOCUMENT_SCHEMA, Record, Segment, content_id, doc_id, document_text, subject_id
from heal_pipeline.errors import class_alone
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.quarantine import Unreadable
from heal_pipeline.spark import Batches
from heal_pipeline.text.normalise import clean

READ, EMPTY, UNREADABLE, KEY_CONFLICT = "read", "empty", "unreadable", "key_conflict"
"""The rules of this stage; all but the first drop the record."""
FILE = "file"
"""The mark of a row that stands for what was read, a file mostly: no decision, but where the records came from."""

ROW_SCHEMA = pa.schema(
    [
        *DOCUMENT_SCHEMA,
        pa.field("keyed", pa.bool_(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("registration", pa.list_(pa.struct({"field": pa.string(), "value": pa.string()})), nullable=False),
    ]
)

SHORT_ORIGIN = 16
"""Digits of a file's hash by which the ledger names it."""

Row = dict[str, Any]


class Rows:
    """Makes the rows of the records of one file.

    Args:
        entry: the source.
        day: its batch.
        origin: the file's hash.
        secret: the key of identities; None for public sources.
    """

    def __init__(self, entry: SourceEntry, day: str, origin: str, secret: bytes | None):
        self._entry, self._day, self._origin, self._secret = entry, day, origin, secret

    def of(self, record: Record | Unreadable, index: int) -> Row:
        """The row of a record. `index` is its number in the file."""
        if isinstance(record, Unreadable):
            return {**self._dropped(UNREADABLE, index, f"{record.error} "), "num_records": record.num_records}
        segments = [Segment(clean(s.text), s.scored) for s in record.segments]
        segments = [s for s in segments if s.text.strip()]
        if not any(s.scored for s in segments):
            return self._dropped(EMPTY, index)
        entry, secret = self._entry, self._secret
        meta = {k: clean(str(v)) for k, v in record.meta.items() if k == "task" or k in entry.meta}
        subject = subject_id(record.subject, secret) if record.subject is not None and secret is not None else None
        return {
            **self._empty_row(index),
            "doc_id": doc_id(entry.name, record.key if record.key is not None else record_hash(record), secret),
            "content_id": content_id(document_text(segments)),
            "subject_id": subject,
            "kind": record.kind or entry.kind,
            "segments": [{"text": s.text, "scored": s.scored} for s in segments],
            "meta": sorted(meta.items()),
            "keyed": record.key is not None,
            "rule": READ,
            "registration": [
                {"field": name, "value": value}
                for name, value in (sorted(record.registration.items()) if subject is not None else [])
            ],
        }

    def of_file(self, unit: str, num_records: int) -> Row:
        """The row that says how many records a unit had. The unit is its evidence, for the table of origins alone."""
        identity = doc_id(self._entry.name, f"{FILE}:{unit}", self._secret)
        return {**self._empty_row(0), "doc_id": identity, "num_records": num_records, "rule": FILE, "evidence": unit}

    def _dropped(self, rule: str, index: int, error: str = "") -> Row:
        """The row of a record that is no document: its identity is its place, since it has no key that could be read."""
        identity = doc_id(self._entry.name, f"{rule}:{self._origin}:{index}", self._secret)
        evidence = error + _place(self._origin, index)
        return {**self._empty_row(index), "doc_id": identity, "rule": rule, "evidence": evidence}

    def _empty_row(self, index: int) -> Row:
        return {
            "doc_id": "",
            "content_id": "",
            "source": self._entry.name,
            "batch": self._day,
            "origin_file": self._origin,
            "origin_row": index,
            "num_records": 1,
            "subject_id": None,
            "kind": self._entry.kind,
            "segments": [],
            "meta": [],
            "keyed": False,
            "rule": "",
            "evidence": "",
            "registration": [],
        }


def _place(origin: str, index: int) -> str:
    return f"in {origin[:SHORT_ORIGIN]} at row {index}"


def record_hash(record: Record) -> str:
    """The sha256 of a record without a key: of its texts as they came, which are scored, its kind and its subject."""
    parts = [record.kind or "", record.subject or ""]
    for segment in record.segments:
        parts += ["scored" if segment.scored else "unscored", segment.text]
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def merging(source: str, secret: bytes | None) -> Callable[[Batches], Batches]:
    """The task that makes one document of the rows of one identity. Rows come sorted by identity and origin."""

    def merge(batches: Batches) -> Batches:
        with class_alone(f"reading {source}"):
            first: Row | None = None
            conflict: Row | None = None
            for batch in batches:
                done: list[Row] = []
                for row in batch.to_pylist():
                    if first is None or row["doc_id"] != first["doc_id"]:
                        done += [r for r in (first, conflict) if r is not None]
                        first, conflict = row, None
                    elif row["content_id"] == first["content_id"]:
                        _join(first, row)
                    elif conflict is not None and _same_place(conflict, row):  # of a file that is there twice
                        conflict["num_records"] += row["num_records"]
                    else:
                        done += [conflict] if conflict is not None else []
                        conflict = _conflicting(row, source, secret)
                if done:
                    yield pa.RecordBatch.from_pylist(done, schema=ROW_SCHEMA)
            if last := [r for r in (first, conflict) if r is not None]:
                yield pa.RecordBatch.from_pylist(last, schema=ROW_SCHEMA)

    return merge


def _join(first: Row, row: Row) -> None:
    """Counts a record that came again, and keeps what it alone says of its subject: another phone, say."""
    first["num_records"] += row["num_records"]
    first["subject_id"] = first["subject_id"] or row["subject_id"]
    first["registration"] += [known for known in row["registration"] if known not in first["registration"]]


def _same_place(one: Row, other: Row) -> bool:
    return (one["origin_file"], one["origin_row"]) == (other["origin_file"], other["origin_row"])


def _conflicting(row: Row, source: str, secret: bytes | None) -> Row:
    """The row of a record whose key is taken: it gets the identity of its place, and names the document that has the key."""
    identity = doc_id(source, f"{KEY_CONFLICT}:{row['origin_file']}:{row['origin_row']}", secret)
    evidence = f"{row['doc_id']} {_place(row['origin_file'], row['origin_row'])}"
    return {**row, "doc_id": identity, "rule": KEY_CONFLICT, "evidence": evidence, "segments": [], "meta": []}
