"""One row for every decision taken on a document, partitioned by (stage, batch), so that a rerun replaces its rows.

Evidence names other documents or numbers, never text; the ledger is therefore in the cleared zone.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.code_version import code_version
from heal_pipeline.lake import Inputs, Lake, Manifest, Staged, Verdict

LEDGER_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("stage", pa.string(), nullable=False),
        pa.field("rule", pa.string(), nullable=False),
        pa.field("value", pa.float64(), nullable=True),
        pa.field("threshold", pa.float64(), nullable=True),
        pa.field("kept", pa.bool_(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
    ]
)


def rows(
    doc_ids: pa.ChunkedArray,
    batch: "pa.ChunkedArray | str",
    stage: str,
    rule: Any,
    kept: Any,
    evidence: Any,
    value: Any = None,
    threshold: Any = None,
) -> pa.Table:
    """Decisions in LEDGER_SCHEMA, a row a document. `batch` is one for all or each one's own; the others are arrays, and a value
    that is NaN or not there is null."""
    num = len(doc_ids)

    def floats(values: Any) -> Any:
        return pa.nulls(num, pa.float64()) if values is None else pa.array(values, pa.float64(), from_pandas=True)

    columns = {
        "doc_id": doc_ids,
        "batch": pa.repeat(batch, num) if isinstance(batch, str) else batch,
        "stage": pa.repeat(stage, num),
        "rule": rule,
        "value": floats(value),
        "threshold": floats(threshold),
        "kept": kept,
        "evidence": evidence,
    }
    return pa.table(columns).cast(LEDGER_SCHEMA)


def record(lake: Lake, stage: str, batch: str, decisions: pa.Table, inputs: Inputs = ()) -> Manifest:
    """Replaces the rows of (stage, batch). `decisions` has one row a document of the stage's input, in LEDGER_SCHEMA."""
    version = code_version(stage.partition("/")[0])
    with lake.stage(lake.table(f"ledger/{stage}", batch), inputs=inputs, code_version=version) as staged:
        staged.write(decisions.cast(LEDGER_SCHEMA))
        return staged.commit(metadata=summary(decisions))


def commit(staged: Staged, decisions: pa.Table, metadata: dict[str, Any]) -> Manifest:
    """Commits a daily table and the decisions that led to it: the decisions first, and only where all gates passed.

    A process that ends between the two leaves decisions that name a table which is not there yet, beside the old one,
    and a step that has not ended: the next run of the stage writes both anew. The other order would leave a table that
    looks finished under the decisions of another.

    Raises:
        GateFailedError: a gate failed; neither is written.
    """
    staged.require_gates()
    assert staged.table.day is not None, "a ledger is partitioned by day"
    record(staged.table.lake, staged.table.name, staged.table.day, decisions, inputs=[staged.entry])
    return staged.commit(metadata)


def summary(decisions: pa.Table) -> dict[str, Any]:
    """Counts of a stage's decisions: rows in, kept, dropped, and dropped by rule."""
    dropped = decisions.filter(pc.invert(decisions["kept"]))
    by_rule = {row["values"]: row["counts"] for row in pc.value_counts(dropped["rule"]).to_pylist()}
    return {
        "rows_in": decisions.num_rows,
        "kept": decisions.num_rows - dropped.num_rows,
        "dropped": dropped.num_rows,
        "by_rule": by_rule,
    }


def summaries(lake: Lake, stage: str) -> dict[str, dict[str, Any]]:
    """Day → `summary` of a stage's decisions, from the commit records alone."""
    tables = [lake.table(f"ledger/{stage}", day) for day in lake.days(f"ledger/{stage}")]
    return {str(t.day): t.manifest().metadata for t in tables if t.committed()}


def conserved(rows_in: int, decisions: pa.Table, rows_out: int) -> Verdict:
    """The gate of every stage that removes: one decision a document, and kept + dropped = input."""
    counts = summary(decisions)
    passed = (
        counts["rows_in"] == rows_in
        and counts["kept"] == rows_out
        and pc.count_distinct(decisions["doc_id"]).as_py() == rows_in
    )
    return Verdict(
        "rows_conserved", bool(passed), [{"rows_in": rows_in, "kept": rows_out, "dropped": counts["dropped"]}]
    )


def trace(lake: Lake, doc_id: str) -> list[dict[str, Any]]:
    """Every decision taken on a document, in the order of the stages' names and days."""
    rows: list[dict[str, Any]] = []
    root = lake.home / "cleared" / "ledger"
    for manifest in sorted(root.glob("**/manifest.json")):
        folder = manifest.parent.relative_to(root)
        table = lake.table(f"ledger/{folder.parent}", folder.name)
        found = table.read()
        rows += found.filter(pc.equal(found["doc_id"], doc_id)).to_pylist()
    return rows
