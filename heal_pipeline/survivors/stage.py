"""The stage survivors: a row for each document of every indexed day, and the ledger of each day."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.lake import Lake, Staged, StageResult, Validator
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import facts, guards
from heal_pipeline.survivors.choice import (
    CONTAMINATED,
    DUPLICATE,
    NUMBERS_DIFFER,
    REASONS,
    STAYS,
    WITHDRAWN,
    Documents,
    Pairs,
    choose,
    clusters,
)

if TYPE_CHECKING:
    import pandas as pd

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
    table, similarity = decisions_of(documents, near, contaminated, facts.withdrawn(lake))
    inputs = [*indexes.values(), *pairs.values(), *contamination.values()]
    inputs += [t for t in (lake.table("revocations"), *facts.about_people(lake)) if t.committed()]
    with lake.stage(lake.table("survivors"), inputs=inputs, code_version=code_version("survivors")) as staged:
        staged.write(table)
        written = staged.read()
        staged.gate(guards.conserved(documents, written))
        staged.gate(guards.clusters_stay(written))
        staged.gate(guards.none_contaminated(written, contaminated))
        staged.gate(guards.wipe_out_guard(written, profile.dedup.max_removed_share))
        staged.gate(guards.largest_cluster(written, profile.dedup.max_cluster_share))
        staged.gate(validate("survivors", _measures(written)))
        reasons = _counts(table["reason"])
        metadata = {"days": len(days), "kept": reasons[""], **{reason: reasons[reason] for reason in REASONS}}
        staged.require_gates()
        _record(staged, days, table, similarity, profile.dedup.jaccard)  # before the table: see ledger.commit
        manifest = staged.commit(metadata)
    return StageResult(
        "survivors", table.num_rows, reasons[""], manifest, metadata, {"by_source": _counts_by_source(table)}
    )


def decisions_of(
    documents: pa.Table, near: pa.Table, contaminated: dict[tuple[str, str], str], withdrawn: dict[str, str]
) -> tuple[pa.Table, np.ndarray]:
    """A decision for each document, in SURVIVOR_SCHEMA, and for duplicates the similarity to the one that decided (else NaN).

    Args:
        documents, near: as `facts.indexed_documents` and `facts.near_duplicates` give them.
        contaminated: (doc_id, batch) → the item that was found.
        withdrawn: doc_id → why.
    """
    content, content_a, content_b = _numbered(documents["content_id"], near["content_a"], near["content_b"])
    [record] = _numbered(documents["doc_id"])
    gone = _gone(documents, contaminated, withdrawn)
    is_gone = np.zeros(documents.num_rows, dtype=bool)
    is_gone[list(gone)] = True
    differ = pc.equal(near["rule"], NUMBERS_DIFFER).to_numpy(zero_copy_only=False).astype(bool)
    pairs = Pairs(content_a, content_b, near["jaccard"].to_numpy(), differ)
    clinical = documents["clinical"].to_numpy(zero_copy_only=False).astype(bool)
    decider, similarity = choose(Documents(content, record, clinical, is_gone), pairs)
    stays = (decider == STAYS) & ~is_gone
    reasons = np.where(stays, 0, 1)
    evidence = documents["doc_id"].combine_chunks().take(pa.array(decider, mask=decider == STAYS)).fill_null("")
    if gone:
        places = sorted(gone)
        reasons[places] = [1 + REASONS.index(gone[place][0]) for place in places]
        whys = pa.array([gone[place][1] for place in places], pa.string())
        evidence = pc.replace_with_mask(evidence, pa.array(is_gone), whys)
    columns = {
        "doc_id": documents["doc_id"],
        "source": documents["source"],
        "batch": documents["batch"],
        "kept": pa.array(stays),
        "reason": pa.array(["", *REASONS]).take(pa.array(reasons)),
        "evidence": evidence,
        "cluster": _cluster_names(documents["doc_id"], stays, clusters(content[stays], pairs)),
    }
    return pa.table(columns).cast(SURVIVOR_SCHEMA), similarity


def _measures(table: pa.Table) -> "pd.DataFrame":
    """What the suite looks at, in one row: row by row all documents of all days would take longer to look at than to decide."""
    import pandas as pd

    kept, reasoned, shown = table["kept"], pc.not_equal(table["reason"], ""), pc.not_equal(table["evidence"], "")
    failing = {
        "unknown_reasons": pc.invert(pc.is_in(table["reason"], value_set=pa.array(["", *REASONS]))),
        "kept_with_a_reason": pc.and_(kept, pc.or_(reasoned, shown)),
        "removed_without_reason": pc.and_(pc.invert(kept), pc.invert(pc.and_(reasoned, shown))),
    }
    counts = {name: pc.sum(rows).as_py() or 0 for name, rows in failing.items()}
    missing = sum(column.null_count for column in table.columns)
    return pd.DataFrame([{"documents": table.num_rows, "missing_values": missing, **counts}])


def _numbered(*columns: pa.ChunkedArray) -> list[np.ndarray]:
    """int32[num_rows] of each column: the same number for the same value, over all of them."""
    coded = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string()).dictionary_encode()
    numbers = np.concatenate([np.empty(0, np.int32), *(chunk.indices.to_numpy() for chunk in coded.chunks)])
    return np.split(numbers, np.cumsum([len(column) for column in columns])[:-1])


def _gone(
    documents: pa.Table, contaminated: dict[tuple[str, str], str], withdrawn: dict[str, str]
) -> dict[int, tuple[str, str]]:
    """The place of each document that is withdrawn or contaminated → (reason, evidence)."""
    suspects = pa.array(sorted({*withdrawn, *(doc for doc, _ in contaminated)}), pa.string())
    places = np.flatnonzero(pc.is_in(documents["doc_id"], value_set=suspects).to_numpy(zero_copy_only=False))
    found = documents.select(["doc_id", "batch"]).take(pa.array(places))
    gone = {}
    for place, doc_id, batch in zip(places.tolist(), *(c.to_pylist() for c in found.columns), strict=True):
        if doc_id in withdrawn:
            gone[place] = (WITHDRAWN, withdrawn[doc_id])
        elif (doc_id, batch) in contaminated:
            gone[place] = (CONTAMINATED, contaminated[doc_id, batch])
    return gone


def _cluster_names(doc_ids: pa.ChunkedArray, stays: np.ndarray, cluster: np.ndarray) -> pa.Array:
    """The smallest document of its cluster, for those that stay and are in one; else "".

    Args:
        cluster: int64[num_stay], from `clusters`.
    """
    members = np.flatnonzero(stays)[cluster != STAYS]
    found = pa.table({"cluster": cluster[cluster != STAYS], "doc_id": doc_ids.take(pa.array(members))})
    least = dict(zip(*found.group_by("cluster").aggregate([("doc_id", "min")]).to_pydict().values(), strict=True))
    is_member = np.zeros(len(stays), dtype=bool)
    is_member[members] = True
    names = pa.array([least[c] for c in found["cluster"].to_pylist()], pa.string())
    return pc.replace_with_mask(pa.repeat("", len(stays)), pa.array(is_member), names)


def _record(staged: Staged, days: list[str], table: pa.Table, similarity: np.ndarray, threshold: float) -> None:
    """Writes ledger/survivors@day for each day."""
    is_duplicate = pc.equal(table["reason"], DUPLICATE).to_numpy(zero_copy_only=False)
    rows = ledger.rows(
        table["doc_id"],
        table["batch"],
        "survivors",
        rule=pc.if_else(table["kept"], "survivor", table["reason"]),
        kept=table["kept"],
        evidence=table["evidence"],
        value=similarity,
        threshold=np.where(is_duplicate, threshold, np.nan),
    )
    counts = _counts(rows["batch"])
    start = 0
    for day in days:  # in whose order the rows are
        own, start = rows.slice(start, counts[day]), start + counts[day]
        ledger.record(staged.table.lake, "survivors", day, own, inputs=[staged.entry])


def _counts(column: pa.ChunkedArray) -> Counter[str]:
    return Counter({row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()})


def _counts_by_source(table: pa.Table) -> list[dict[str, Any]]:
    reasons = {s: _counts(table["reason"].filter(pc.equal(table["source"], s))) for s in _counts(table["source"])}
    return [
        {
            "source": source,
            "documents": counts.total(),
            "kept": counts[""],
            **{reason: counts[reason] for reason in REASONS},
        }
        for source, counts in sorted(reasons.items())
    ]
