"""Ingest: from the units of a source on a day to raw/<source>@day, its ledger and its registration.

1. Each Spark task reads units: records → cleaned text → identities → rows (`_read`).
2. Rows meet by document identity, sorted by origin: equal records become one document with a count, a second record
   under the same key with another text is quarantined (`_merge`).
3. Documents, decisions and registration rows are written, gated and committed.

Nothing depends on how many tasks there were. Errors in tasks give the class alone: their messages may hold records.
"""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.documents import (
    DOCUMENT_SCHEMA,
    REGISTRATION_SCHEMA,
    Record,
    Segment,
    content_id,
    doc_id,
    document_text,
    subject_id,
    summary_frame,
)
from heal_pipeline.lake import Lake, Staged, StageResult, Validator
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.sources.records import Unreadable
from heal_pipeline.sources.units import Unit, located, read, units
from heal_pipeline.text.normalise import clean

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession


READ, EMPTY, UNREADABLE, KEY_CONFLICT = "read", "empty", "unreadable", "key_conflict"
"""The rules of this stage; all but the first drop the record."""

BATCH_ROWS, BATCH_CHARS = 256, 8_000_000

ROW_SCHEMA = pa.schema(
    [
        *DOCUMENT_SCHEMA,
        pa.field("keyed", pa.bool_(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("registration", pa.list_(pa.struct({"field": pa.string(), "value": pa.string()})), nullable=False),
    ]
)
"""What tasks hand on: a document, kept or not, with the decision on it and what came with it of its subject."""

Batches = Iterator[pa.RecordBatch]


def ingest(
    spark: "SparkSession", lake: Lake, profile: Profile, entry: SourceEntry, day: str, validate: Validator
) -> StageResult:
    """Reads a source's records of a day into raw/<source>@day.

    A record or file that cannot be read is quarantined: the ledger has its error's class and its row, the rest goes on.

    Raises:
        SourceError: the source's files are nowhere.
        GateFailedError: the documents do not pass the expectations of the suite "raw".
    """
    from heal_pipeline.spark import map_batches, write_parquet

    entry = located(profile, entry)
    found = units(profile, entry, day)
    secret = lake.identity_key(profile.synthetic_seed) if entry.restricted else None
    table = lake.table(f"raw/{entry.name}", day, entry.zone)
    with lake.stage(table, code_version=code_version("raw")) as staged:
        rows_path = staged.path.with_name(staged.path.name + "-rows")
        try:
            if found:
                num_tasks = min(len(found), 4 * spark.sparkContext.defaultParallelism)
                frame = spark.createDataFrame([(u.dumps(),) for u in found], "unit string").repartition(num_tasks)
                rows = map_batches(frame, _reading(entry, day, secret), ROW_SCHEMA)
                ordered = rows.repartition("doc_id").sortWithinPartitions("doc_id", "origin_file", "origin_row")
                write_parquet(map_batches(ordered, _merging(entry.name, secret), ROW_SCHEMA), rows_path, ROW_SCHEMA)
                kept = spark.read.parquet(str(rows_path)).where("rule = 'read'").select(*DOCUMENT_SCHEMA.names)
                write_parquet(kept, staged.path, DOCUMENT_SCHEMA)
                small = _read_columns(
                    rows_path, ["doc_id", "subject_id", "rule", "evidence", "registration", "num_records"]
                )
            else:
                staged.write(DOCUMENT_SCHEMA.empty_table())
                small = ROW_SCHEMA.empty_table()
        finally:
            shutil.rmtree(rows_path, ignore_errors=True)
        decisions = _decisions(small, entry, day)
        frame_of_summary = _summary(staged)
        staged.gate(ledger.conserved(small.num_rows, decisions, len(frame_of_summary)))
        staged.gate(validate("raw", frame_of_summary))
        counts = ledger.summary(decisions)
        metadata: dict[str, Any] = {
            "files": sum(len(u.paths) for u in found),
            "records": int(pc.sum(small["num_records"]).as_py() or 0),
            "documents": len(frame_of_summary),
            "characters": int(frame_of_summary["num_chars"].sum()),
            **{f"dropped_{rule}": counts["by_rule"].get(rule, 0) for rule in (EMPTY, UNREADABLE, KEY_CONFLICT)},
        }
        manifest = ledger.commit(staged, decisions, metadata)
    if entry.restricted:
        metadata["registered_people"] = _register(lake, entry, day, small)
    quarantined = [
        {"evidence": key, "records": num}
        for key, num in sorted(_error_classes(decisions).items(), key=lambda kv: (-kv[1], kv[0]))
    ]
    return StageResult(
        f"raw/{entry.name}", small.num_rows, manifest.rows, manifest, metadata, {"quarantined": quarantined[:20]}
    )


def _reading(entry: SourceEntry, day: str, secret: bytes | None) -> Callable[[Batches], Batches]:
    """The task that reads units. The secret travels in the closure: it is in no plan, no configuration and no log."""
    document = entry.model_dump(mode="json")

    def read_units(batches: Batches) -> Batches:
        own = SourceEntry.model_validate(document)
        with _QuietErrors(own.name):
            rows: list[dict[str, Any]] = []
            size = 0
            for batch in batches:
                for text in batch.column("unit").to_pylist():
                    origin, records = read(Unit.loads(text), own)
                    for i, record in enumerate(records):
                        row = _row(record, own, day, origin, i, secret)
                        rows.append(row)
                        size += sum(len(s["text"]) for s in row["segments"])
                        if len(rows) >= BATCH_ROWS or size >= BATCH_CHARS:
                            yield pa.RecordBatch.from_pylist(rows, schema=ROW_SCHEMA)
                            rows, size = [], 0
            if rows:
                yield pa.RecordBatch.from_pylist(rows, schema=ROW_SCHEMA)

    return read_units


def _merging(source: str, secret: bytes | None) -> Callable[[Batches], Batches]:
    """The task that makes one document of the rows of one identity. Rows come sorted by identity and origin."""

    def merge(batches: Batches) -> Batches:
        with _QuietErrors(source):
            first: dict[str, Any] | None = None
            for batch in batches:
                done: list[dict[str, Any]] = []
                for row in batch.to_pylist():
                    if first is not None and row["doc_id"] == first["doc_id"]:
                        if row["content_id"] == first["content_id"]:
                            _join(first, row)
                        else:
                            done.append(_conflicting(row, source, secret))
                    else:
                        if first is not None:
                            done.append(first)
                        first = row
                if done:
                    yield pa.RecordBatch.from_pylist(done, schema=ROW_SCHEMA)
            if first is not None:
                yield pa.RecordBatch.from_pylist([first], schema=ROW_SCHEMA)

    return merge


def _join(first: dict[str, Any], row: dict[str, Any]) -> None:
    """Counts a record that came again, and keeps what it alone says of its subject: another phone, say."""
    first["num_records"] += row["num_records"]
    first["subject_id"] = first["subject_id"] or row["subject_id"]
    first["registration"] += [known for known in row["registration"] if known not in first["registration"]]


class _QuietErrors:
    """Turns any error into one that carries its class alone."""

    def __init__(self, source: str):
        self._source = source

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if kind is not None and issubclass(kind, Exception):
            raise RuntimeError(f"{kind.__name__} while reading {self._source}") from None


def _row(
    record: Record | Unreadable, entry: SourceEntry, day: str, origin: str, index: int, secret: bytes | None
) -> dict[str, Any]:
    if isinstance(record, Unreadable):
        return _dropped(entry, day, origin, index, secret, UNREADABLE, f"{record.error} at row {index}")
    segments = [Segment(clean(s.text), s.scored) for s in record.segments]
    segments = [s for s in segments if s.text.strip()]
    if not any(s.scored for s in segments):
        return _dropped(entry, day, origin, index, secret, EMPTY, f"row {index}")
    meta = {k: clean(str(v)) for k, v in record.meta.items() if k == "task" or k in entry.meta}
    subject = subject_id(record.subject, secret) if record.subject is not None and secret is not None else None
    return {
        "doc_id": doc_id(entry.name, record.key if record.key is not None else record_hash(record), secret),
        "content_id": content_id(document_text(segments)),
        "source": entry.name,
        "batch": day,
        "origin_file": origin,
        "origin_row": index,
        "num_records": 1,
        "subject_id": subject,
        "kind": record.kind or entry.kind,
        "segments": [{"text": s.text, "scored": s.scored} for s in segments],
        "meta": sorted(meta.items()),
        "keyed": record.key is not None,
        "rule": READ,
        "evidence": "",
        "registration": [
            {"field": name, "value": value}
            for name, value in (sorted(record.registration.items()) if subject is not None else [])
        ],
    }


def record_hash(record: Record) -> str:
    """The sha256 of a record without a key: of its texts as they came, which are scored, its kind and its subject."""
    parts = [record.kind or "", record.subject or ""]
    for segment in record.segments:
        parts += ["scored" if segment.scored else "unscored", segment.text]
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _dropped(
    entry: SourceEntry, day: str, origin: str, index: int, secret: bytes | None, rule: str, evidence: str
) -> dict[str, Any]:
    """The row of a record that is no document: its identity is its place, since it has no key that could be read."""
    return {
        "doc_id": doc_id(entry.name, f"{rule}:{origin}:{index}", secret),
        "content_id": "",
        "source": entry.name,
        "batch": day,
        "origin_file": origin,
        "origin_row": index,
        "num_records": 1,
        "subject_id": None,
        "kind": entry.kind,
        "segments": [],
        "meta": [],
        "keyed": False,
        "rule": rule,
        "evidence": evidence,
        "registration": [],
    }


def _conflicting(row: dict[str, Any], source: str, secret: bytes | None) -> dict[str, Any]:
    """The row of a record whose key is taken: it gets the identity of its place, and names the document that has the key."""
    return {
        **row,
        "doc_id": doc_id(source, f"{KEY_CONFLICT}:{row['origin_file']}:{row['origin_row']}", secret),
        "rule": KEY_CONFLICT,
        "evidence": row["doc_id"],
        "segments": [],
        "meta": [],
    }


def _read_columns(path: Any, columns: list[str]) -> pa.Table:
    import pyarrow.parquet as pq

    return pa.concat_tables(
        [pq.read_table(f, columns=columns, partitioning=None) for f in sorted(path.glob("*.parquet"))]
    )


def _summary(staged: Staged) -> "pd.DataFrame":
    """The summary of the staged documents, a batch at a time: texts are never all in memory."""
    import pandas as pd
    import pyarrow.parquet as pq

    frames = [
        summary_frame(pa.Table.from_batches([batch]))
        for file in staged.files()
        for batch in pq.ParquetFile(file).iter_batches(batch_size=1024)
    ]
    return pd.concat(frames, ignore_index=True) if frames else summary_frame(DOCUMENT_SCHEMA.empty_table())


def _decisions(rows: pa.Table, entry: SourceEntry, day: str) -> pa.Table:
    num = rows.num_rows
    nothing = pa.nulls(num, pa.float64())
    columns = {
        "doc_id": rows["doc_id"],
        "batch": pa.array([day] * num, pa.string()),
        "stage": pa.array([f"raw/{entry.name}"] * num, pa.string()),
        "rule": rows["rule"],
        "value": nothing,
        "threshold": nothing,
        "kept": pc.equal(rows["rule"], READ),
        "evidence": rows["evidence"],
    }
    return pa.table(columns).cast(ledger.LEDGER_SCHEMA)


def _error_classes(decisions: pa.Table) -> dict[str, int]:
    counts: dict[str, int] = {}
    broken = decisions.filter(pc.equal(decisions["rule"], UNREADABLE))
    for evidence in broken["evidence"].to_pylist():
        name = evidence.split(" ")[0]
        counts[name] = counts.get(name, 0) + 1
    return counts


def _register(lake: Lake, entry: SourceEntry, day: str, rows: pa.Table) -> int:
    """Writes registration/<source>@day: the distinct (subject, field, value) rows. Returns the number of people."""
    people = {
        (subject, known["field"], known["value"])
        for subject, values in zip(rows["subject_id"].to_pylist(), rows["registration"].to_pylist(), strict=True)
        if subject is not None
        for known in values
    }
    table = pa.Table.from_pylist(
        [{"subject_id": s, "field": f, "value": v} for s, f, v in sorted(people)], schema=REGISTRATION_SCHEMA
    )
    with lake.stage(
        lake.table(f"registration/{entry.name}", day, "restricted"),
        inputs=[lake.table(f"raw/{entry.name}", day, entry.zone)],
        code_version=code_version("registration"),
    ) as staged:
        staged.write(table)
        staged.commit({"people": len({s for s, _, _ in people}), "rows": table.num_rows})
    return len({s for s, _, _ in people})
