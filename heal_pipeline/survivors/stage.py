"""The stage survivors: a row for each document of every indexed day, and the ledger of each day."""

from collections import Counter
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.lake import Lake, Staged, StageResult, Validator
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import facts, guards
from heal_pipeline.survivors.choice import DUPLICATE, REASONS, Decision, Document, choose, clusters

SURVIVOR_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("kept", pa.bool_(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # one of REASONS; empty where it stays
        pa.field("evidence", pa.string(), nullable=False),  # the document, the item or the withdrawal that decided
        pa.field(
            "cluster", pa.string(), nullable=False
        ),  # of those that stay, its smallest doc_id; empty where it is alone
    ]
)


def decide(lake: Lake, profile: Profile, validate: Validator) -> StageResult:
    """Writes the table survivors, one row for each document of every indexed day, and its ledger by day.

    Raises:
        GateError: a day's pairs or contamination are absent, made by another scheme, or older than the index.
        GateFailedError: rows are missing, a source is wiped out (`wipe_out_guard`), one document stands for too many
            (`largest_cluster`), a contaminated one stays, or the suite "survivors" fails.
    """
    days = [d for d in lake.days("minhash_index") if lake.table("minhash_index", d).committed()]
    indexes, pairs, contamination = (
        {day: lake.table(name, day) for day in days} for name in ("minhash_index", "duplicate_pairs", "contamination")
    )
    facts.require_compared(indexes, pairs)
    documents = facts.indexed_documents(indexes, profile)
    near, contaminated = facts.near_duplicates(pairs), facts.contaminated(contamination)
    decisions, cluster = decisions_of(documents, near, contaminated, facts.withdrawn(lake))
    table = _table(documents, decisions, cluster)
    inputs = [*indexes.values(), *pairs.values(), *contamination.values()]
    inputs += [t for t in (lake.table("revocations"), *facts.about_people(lake)) if t.committed()]
    with lake.stage(lake.table("survivors"), inputs=inputs, code_version=code_version("survivors")) as staged:
        staged.write(table)
        written = staged.read()
        staged.gate(guards.conserved(documents, written))
        staged.gate(guards.none_contaminated(written, contaminated))
        staged.gate(guards.wipe_out_guard(written, profile.dedup.max_removed_share))
        staged.gate(guards.largest_cluster(written, profile.dedup.max_cluster_share))
        staged.gate(validate("survivors", written.to_pandas()))
        reasons = Counter(d.reason for d in decisions)
        metadata = {"days": len(days), "kept": reasons[""], **{reason: reasons[reason] for reason in REASONS}}
        staged.require_gates()
        _record(staged, days, table, decisions, profile.dedup.jaccard)  # before the table: see ledger.commit
        manifest = staged.commit(metadata)
    return StageResult(
        "survivors", table.num_rows, reasons[""], manifest, metadata, {"by_source": _counts_by_source(table)}
    )


def decisions_of(
    documents: pa.Table,
    near: dict[str, list[facts.Near]],
    contaminated: dict[tuple[str, str], str],
    withdrawn: dict[str, str],
) -> tuple[list[Decision], dict[str, str]]:
    """A decision for each document, and the clusters of those that stay.

    Most documents match no other, and of these nothing needs to be decided one by one.
    """
    gone = pa.array(sorted({*withdrawn, *(doc for doc, _ in contaminated)}), pa.string())
    entangled = (
        _repeated(documents["content_id"])
        | _repeated(documents["doc_id"])
        | _among(documents["content_id"], pa.array(list(near), pa.string()))
        | _among(documents["doc_id"], gone)
    )
    chosen = documents.filter(pa.array(entangled)).select(Document._fields)
    rows = [Document(*row) for row in zip(*(column.to_pylist() for column in chosen.columns), strict=True)]
    made = choose(rows, near, contaminated, withdrawn)
    decisions = [Decision()] * documents.num_rows
    for place, decision in zip(np.flatnonzero(entangled).tolist(), made, strict=True):
        decisions[place] = decision
    return decisions, clusters(list(compress(rows, (not d.reason for d in made))), near)


def _repeated(column: pa.ChunkedArray) -> np.ndarray:
    """bool[num_rows]: whether a value stands in another row too."""
    codes = column.combine_chunks().dictionary_encode().indices.to_numpy()
    return (np.bincount(codes)[codes] > 1) if len(codes) else np.zeros(0, dtype=bool)


def _among(column: pa.ChunkedArray, values: pa.Array) -> np.ndarray:
    return pc.is_in(column, value_set=values).to_numpy(zero_copy_only=False).astype(bool)


def _table(documents: pa.Table, decisions: list[Decision], cluster: dict[str, str]) -> pa.Table:
    reasons = [decision.reason for decision in decisions]
    columns = {
        "doc_id": documents["doc_id"],
        "source": documents["source"],
        "batch": documents["batch"],
        "kept": pa.array([not reason for reason in reasons], pa.bool_()),
        "reason": pa.array(reasons, pa.string()),
        "evidence": pa.array([decision.evidence for decision in decisions], pa.string()),
        "cluster": pa.array(
            [
                "" if reason else cluster.get(doc_id, "")
                for doc_id, reason in zip(documents["doc_id"].to_pylist(), reasons, strict=True)
            ],
            pa.string(),
        ),
    }
    return pa.table(columns).cast(SURVIVOR_SCHEMA)


def _record(staged: Staged, days: list[str], table: pa.Table, decisions: list[Decision], threshold: float) -> None:
    """Writes ledger/survivors@day for each day."""
    rows = ledger.rows(
        table["doc_id"],
        table["batch"],
        "survivors",
        rule=pc.if_else(table["kept"], "survivor", table["reason"]),
        kept=table["kept"],
        evidence=table["evidence"],
        value=[decision.similarity for decision in decisions],
        threshold=[threshold if decision.reason == DUPLICATE else None for decision in decisions],
    )
    for day in days:
        own = rows.filter(pc.equal(rows["batch"], day))
        ledger.record(staged.table.lake, "survivors", day, own, inputs=[staged.entry])


def _counts_by_source(table: pa.Table) -> list[dict[str, Any]]:
    counts = Counter(zip(table["source"].to_pylist(), table["reason"].to_pylist(), strict=True))
    return [
        {
            "source": source,
            "documents": sum(counts[source, reason] for reason in ("", *REASONS)),
            "kept": counts[source, ""],
            **{reason: counts[source, reason] for reason in REASONS},
        }
        for source in sorted({source for source, _ in counts})
    ]
