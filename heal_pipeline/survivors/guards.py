"""The gates of survivors: what must hold of the decisions before they are committed."""

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.lake import Verdict
from heal_pipeline.survivors.choice import DUPLICATE

MIN_CLUSTER = 100
"""A cluster of no more documents is never too large."""


def conserved(documents: pa.Table, table: pa.Table) -> Verdict:
    """Each document of each day has its row, and of the deliveries of a record at most one stays."""
    kept = table["doc_id"].filter(table["kept"])
    same = all(table[name].equals(documents[name]) for name in ("doc_id", "batch"))
    in_order = kept.take(pc.sort_indices(kept))  # half the effort of counting the distinct ones
    passed = same and not pc.any(pc.equal(in_order[1:], in_order[:-1])).as_py()
    counts = {"rows_in": documents.num_rows, "kept": len(kept), "dropped": table.num_rows - len(kept)}
    return Verdict("rows_conserved", passed, [counts])


def clusters_stay(table: pa.Table) -> Verdict:
    """A cluster is named by one of its documents, and of its documents all stay."""
    members = table.filter(pc.not_equal(table["cluster"], ""))
    names = members.filter(pc.equal(members["cluster"], members["doc_id"]))["doc_id"]
    named = pc.all(pc.is_in(members["cluster"], value_set=names.combine_chunks())).as_py()
    results = {
        "documents": members.num_rows,
        "clusters": len(names),
        "removed": pc.sum(pc.invert(members["kept"])).as_py() or 0,
    }
    return Verdict("clusters_stay", named is not False and not results["removed"], [results])


def none_contaminated(table: pa.Table, contaminated: dict[tuple[str, str], str]) -> Verdict:
    """No document in which an evaluation item was found stays."""
    is_suspect = pc.is_in(table["doc_id"], pa.array(sorted({doc for doc, _ in contaminated}), pa.string()))
    suspects = table.filter(pc.and_(table["kept"], is_suspect))
    left = sum(
        pair in contaminated for pair in zip(suspects["doc_id"].to_pylist(), suspects["batch"].to_pylist(), strict=True)
    )
    return Verdict(
        "no_contaminated_document", left == 0, [{"contaminated": len(contaminated), "kept_all_the_same": left}]
    )


def wipe_out_guard(table: pa.Table, max_removed_share: float) -> Verdict:
    """The gate against false merges: no source collapses onto so few documents that more than this share of it is lost.

    Counted is what a source's documents became: a document that stays is itself, a duplicate is the one that stays for
    it. Where texts were made alike by a broken reader or a careless redaction, a whole source becomes one or two. A
    second release of a data set is removed whole too, and rightly: its documents become as many in the other source, and
    no content is lost. A source needs 1 / (1 - share) documents to fall, 20 at 0.95; fewer say nothing.
    """
    removed, kept = pc.equal(table["reason"], DUPLICATE), table["kept"]
    favoured = pc.is_in(table["doc_id"], value_set=pc.unique(table["evidence"].filter(removed)))
    alike = table.filter(pc.or_(removed, pc.and_(kept, favoured)))  # each other one that stays is itself alone
    became = pc.if_else(alike["kept"], alike["doc_id"], alike["evidence"])
    counts = pa.table({"source": alike["source"], "became": became}).group_by("source")
    found = counts.aggregate([("became", "count"), ("became", "count_distinct")]).to_pylist()
    lost = {row["source"]: row["became_count"] - row["became_count_distinct"] for row in found}
    documents = pc.value_counts(table["source"].filter(pc.or_(removed, kept))).to_pylist()
    results = [
        {"source": source, "documents": num, "distinct": num - lost.get(source, 0)}
        for source, num in sorted((row["values"], row["counts"]) for row in documents)
    ]
    passed = all(r["documents"] - r["distinct"] <= max_removed_share * r["documents"] for r in results)
    return Verdict("wipe_out_guard", passed, [{**r, "max_removed_share": max_removed_share} for r in results])


def largest_cluster(table: pa.Table, max_share: float) -> Verdict:
    """No document stays for more than this share of all documents: what so many things are like was broken before.

    A cluster is a document that stays and all that were removed in its favour. It needs more than MIN_CLUSTER documents to fail.
    """
    removed = pc.value_counts(table["evidence"].filter(pc.equal(table["reason"], DUPLICATE)))
    survivor, size = "", min(1, table.num_rows)
    if len(removed):
        most = removed[pc.index(removed.field("counts"), pc.max(removed.field("counts"))).as_py()]
        survivor, size = most["values"].as_py(), 1 + most["counts"].as_py()
    passed = size <= max(MIN_CLUSTER, max_share * table.num_rows)
    result = {"documents": table.num_rows, "largest": size, "survivor": survivor, "max_cluster_share": max_share}
    return Verdict("largest_cluster", passed, [result])
