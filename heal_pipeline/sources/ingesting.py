"""Ingest: from the units of a source on a day to raw/<source>@day, its ledger, its origins and its registration.

1. Each Spark task reads units: records → cleaned text → identities → rows (rows.py).
2. Rows meet by document identity, sorted by origin: equal records become one document with a count, a second record
   under the same key with another text is quarantined.
3. Documents, decisions, origins and registration rows are written, gated and committed.

Nothing depends on how many tasks there were. Errors in tasks give the class alone: their messages may hold records.
"""

import shutil
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.documents import DOCUMENT_SCHEMA, REGISTRATION_SCHEMA, summary_frame
from heal_pipeline.errors import class_alone
from heal_pipeline.lake import Lake, Staged, StageResult, Validator, Verdict, read_parquet
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.sources.origins import origins_of, write_origins
from heal_pipeline.sources.quarantine import allowed_quarantine
from heal_pipeline.sources.rows import (
    EMPTY,
    FILE,
    KEY_CONFLICT,
    READ,
    ROW_SCHEMA,
    UNREADABLE,
    Batches,
    Row,
    Rows,
    merging,
)
from heal_pipeline.sources.units import Unit, located, numbered, read, units

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

BATCH_ROWS, BATCH_CHARS = 256, 8_000_000

_SMALL_COLUMNS = ["doc_id", "subject_id", "rule", "evidence", "registration", "num_records", "origin_file"]
"""What the driver reads of all rows: no text."""


def ingest(
    spark: "SparkSession", lake: Lake, profile: Profile, entry: SourceEntry, day: str, validate: Validator
) -> StageResult:
    """Reads a source's records of a day into raw/<source>@day.

    A record or file that cannot be read is quarantined: the ledger has its error's class, its file and row, the rest goes on.

    Raises:
        ProfileError: the entry has a mistake.
        SourceError: the source's files are nowhere.
        GateFailedError: the documents do not pass the expectations of the suite "raw", or too much was quarantined.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

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
                rows = map_batches(frame, _reading(profile, entry, day, secret), ROW_SCHEMA)
                ordered = rows.repartition("doc_id").sortWithinPartitions("doc_id", "origin_file", "origin_row")
                write_parquet(map_batches(ordered, merging(entry.name, secret), ROW_SCHEMA), rows_path, ROW_SCHEMA)
                written = spark.read.schema(from_arrow_schema(ROW_SCHEMA)).parquet(str(rows_path))
                kept = written.where(f"rule = '{READ}'").select(*DOCUMENT_SCHEMA.names)
                write_parquet(kept, staged.path, DOCUMENT_SCHEMA)
                small = read_parquet(sorted(map(str, rows_path.glob("*.parquet"))), _SMALL_COLUMNS)
            else:
                staged.write(DOCUMENT_SCHEMA.empty_table())
                small = ROW_SCHEMA.empty_table()
        finally:
            shutil.rmtree(rows_path, ignore_errors=True)
        origins = origins_of(small, profile.data_folder() if any(u.paths for u in found) else None)
        small = small.filter(pc.not_equal(small["rule"], FILE))
        decisions = ledger.rows(
            small["doc_id"],
            day,
            f"raw/{entry.name}",
            rule=small["rule"],
            kept=pc.equal(small["rule"], READ),
            evidence=small["evidence"],
        )
        frame_of_summary = _summary(staged)
        staged.gate(ledger.conserved(small.num_rows, decisions, len(frame_of_summary)))
        staged.gate(quarantine_verdict(small, profile, entry))
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
    write_origins(lake, entry, day, origins)
    if entry.restricted:
        metadata["registered_people"] = _register(lake, entry, day, small)
    quarantined = [{"evidence": error, "records": num} for error, num in _by_error(small)]
    return StageResult(
        f"raw/{entry.name}", small.num_rows, manifest.rows, manifest, metadata, {"quarantined": quarantined[:20]}
    )


def quarantine_verdict(rows: pa.Table, profile: Profile, entry: SourceEntry) -> Verdict:
    """The gate on quarantined records: their share of all is at most the bound; one always may be. Empty ones are none.

    Args:
        rows: columns rule, evidence and num_records.
    """
    records = int(pc.sum(rows["num_records"]).as_py() or 0)
    errors = _by_error(rows)
    quarantined = sum(num for _, num in errors)
    allowed = allowed_quarantine(profile, entry, records)
    results: list[dict[str, Any]] = [{"records": records, "quarantined": quarantined, "allowed": allowed}]
    results += [{"error": error, "records": num} for error, num in errors[:5]]
    return Verdict("quarantined_share", quarantined <= allowed, results)


def _by_error(rows: pa.Table) -> list[tuple[str, int]]:
    """(class of the error, or the rule's name for a taken key; records), the most frequent first."""
    counts: Counter[str] = Counter()
    bad = rows.filter(pc.is_in(rows["rule"], pa.array([UNREADABLE, KEY_CONFLICT])))
    for row in bad.select(["rule", "evidence", "num_records"]).to_pylist():
        error = row["evidence"].split(" ")[0] if row["rule"] == UNREADABLE else KEY_CONFLICT
        counts[error] += row["num_records"]
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _reading(profile: Profile, entry: SourceEntry, day: str, secret: bytes | None) -> Callable[[Batches], Batches]:
    """The task that reads units. The secret travels in the closure: it is in no plan, no configuration and no log."""
    document = entry.model_dump(mode="json")
    max_record_bytes = profile.ingest.max_record_bytes

    def read_units(batches: Batches) -> Batches:
        own = SourceEntry.model_validate(document)
        with class_alone(f"reading {own.name}"):
            rows: list[Row] = []
            size = 0
            for text in (unit for batch in batches for unit in batch.column("unit").to_pylist()):
                unit = Unit.loads(text)
                origin, records = read(unit, own, max_record_bytes)
                made, num_records = Rows(own, day, origin, secret), 0
                for index, record in numbered(records, unit.first_row):
                    row = made.of(record, index)
                    rows.append(row)
                    num_records += row["num_records"]
                    size += sum(len(s["text"]) for s in row["segments"])
                    if len(rows) >= BATCH_ROWS or size >= BATCH_CHARS:
                        yield pa.RecordBatch.from_pylist(rows, schema=ROW_SCHEMA)
                        rows, size = [], 0
                rows.append(made.of_file(text, num_records))
            if rows:
                yield pa.RecordBatch.from_pylist(rows, schema=ROW_SCHEMA)

    return read_units


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
        num_people = len({subject for subject, _, _ in people})
        staged.commit({"people": num_people, "rows": table.num_rows})
    return num_people
