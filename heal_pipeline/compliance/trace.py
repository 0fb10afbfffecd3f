"""Where a document is: tables, decisions, duplicates, survivors, releases, shards, and the models made from those.

A trace names places, rules and other documents; it never holds text, and reads no column but ids of restricted tables.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from heal_pipeline import ledger
from heal_pipeline.compliance.lineage import Lineage, Node, read_lineage
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake

DOC_ID = re.compile(r"[0-9a-f]{32}")

SHARD_FOLDERS = {"cleared/shards/": "training", "cleared/validation/": "validation"}
"""Where packed rows lie → what they are for."""

_TOLD_IN_FULL = ("survivors", "repeated_sentences", "release", "revocations", "contamination")
"""Tables whose rows on a document are shown whole: they hold ids, names and numbers alone."""


def trace(lake: Lake, doc_id: str) -> list[dict[str, Any]]:
    """Everything that happened to a document, in the order of the pipeline.

    Returns:
        Records with `what`: "table", "decision", "duplicate", "survivors", "repeated_sentences", "release", "revocations",
        "contamination", "shard" (rows of it that hold the document) or "model" (made from such shards).

    Raises:
        UserError: it is no document id, or nothing in this home knows the document.
    """
    if not DOC_ID.fullmatch(doc_id):
        raise UserError("a document id has 32 hexadecimal digits: take one from the ledger or from `survivors`")
    found = read_lineage(lake)
    rows = _in_tables(lake, found, doc_id)
    rows += [{"what": "decision", **r} for r in ledger.trace(lake, doc_id)]
    rows += _duplicates(lake, found, doc_id)
    rows += _told_in_full(lake, found, doc_id)
    shards = _in_shards(lake, found, doc_id)
    rows += shards
    rows += _models(found, [r["shard"] for r in shards if r["purpose"] == "training"])
    if not rows:
        raise UserError(
            "no table of this home knows that document: see `heal status` for what was run, or give another --home"
        )
    return rows


def models_made_from(found: Lineage, labels: list[str]) -> dict[str, list[str]]:
    """Models that descend from any of these commits → the commits through which they do."""
    models: dict[str, list[str]] = {}
    for label in sorted(set(labels)):
        for made in found.descendants(label):
            if made.startswith("models/") and _is_model(made):
                models.setdefault(made, []).append(label)
    return dict(sorted(models.items()))


def _is_model(label: str) -> bool:
    return label.removeprefix("models/").partition("_")[0] not in ("tokenizer", "phi")


def rows_with(lake: Lake, node: Node, column: str, values: Sequence[Any], columns: list[str]) -> list[dict[str, Any]]:
    """The rows of a committed table whose `column` is one of `values`; only `columns` are read."""
    import pyarrow.parquet as pq

    folder = (lake.home / node.path).parent / f"data-{node.fingerprint}"
    wanted = [c for c in columns if c in node.columns]
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob("*.parquet")):
        keep = [(column, "in", set(values))]
        found += pq.read_table(path, columns=wanted, filters=keep, partitioning=None).to_pylist()
    return found


def _special(node: Node) -> bool:
    return node.base.partition("/")[0] in ("ledger", "releases", *_TOLD_IN_FULL)


def _in_tables(lake: Lake, found: Lineage, doc_id: str) -> list[dict[str, Any]]:
    order = {"raw": 0, "signals": 1, "filtered": 2, "deidentified": 3}
    nodes = [n for n in found.nodes.values() if n.kind == "table" and "doc_id" in n.columns and not _special(n)]
    rows = []
    for node in sorted(nodes, key=lambda n: (order.get(n.base.partition("/")[0], 4), n.label)):
        count = len(rows_with(lake, node, "doc_id", [doc_id], ["doc_id"]))
        if count:
            rows.append(
                {
                    "what": "table",
                    "table": node.label,
                    "zone": node.zone,
                    "rows": count,
                    "fingerprint": node.fingerprint,
                }
            )
    return rows


def _duplicates(lake: Lake, found: Lineage, doc_id: str) -> list[dict[str, Any]]:
    rows = []
    for node in sorted(found.nodes.values(), key=lambda n: n.label):
        if node.base != "duplicate_pairs":
            continue
        for own, other in (("a", "b"), ("b", "a")):
            for pair in rows_with(lake, node, own, [doc_id], ["a", "b", "jaccard", "accepted", "rule"]):
                other_id = pair.pop(other)
                pair.pop(own)
                rows.append({"what": "duplicate", "table": node.label, "other": other_id, **pair})
    return rows


def _told_in_full(lake: Lake, found: Lineage, doc_id: str) -> list[dict[str, Any]]:
    rows = []
    for node in sorted(found.nodes.values(), key=lambda n: n.label):
        head = node.base.partition("/")[0]
        if node.kind == "table" and head in (*_TOLD_IN_FULL, "releases") and "doc_id" in node.columns:
            for row in rows_with(lake, node, "doc_id", [doc_id], node.columns):
                row.pop("doc_id")
                what = "release" if head == "releases" else head
                rows.append({"what": what, "table": node.label, "fingerprint": node.fingerprint, **row})
    return rows


def shard_documents(folder: Path) -> list[Any]:
    """The sidecars of a shard folder: Arrow tables with a doc_id column, one a file."""
    import pyarrow.parquet as pq

    return [
        pq.read_table(path, partitioning=None)
        for path in sorted(folder.rglob("*.parquet"))
        if "doc_id" in pq.read_schema(path).names
    ]


def _in_shards(lake: Lake, found: Lineage, doc_id: str) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    rows = []
    for node in sorted(found.nodes.values(), key=lambda n: n.label):
        purpose = next((p for prefix, p in SHARD_FOLDERS.items() if node.label.startswith(prefix)), None)
        if node.kind != "artifact" or purpose is None:
            continue
        folder = (lake.home / node.path).parent / f"content-{node.fingerprint}"
        spans = 0
        shard_rows: set[int] = set()
        for sidecar in shard_documents(folder):
            mine = sidecar.filter(pc.equal(sidecar["doc_id"], doc_id))
            spans += mine.num_rows
            if "row" in sidecar.column_names:
                shard_rows.update(mine["row"].to_pylist())
        if spans:
            rows.append(
                {
                    "what": "shard",
                    "shard": node.label,
                    "purpose": purpose,
                    "spans": spans,
                    "rows": sorted(shard_rows),
                    "fingerprint": node.fingerprint,
                }
            )
    return rows


def _models(found: Lineage, shards: list[str]) -> list[dict[str, Any]]:
    return [
        {"what": "model", "model": label, "fingerprint": found.nodes[label].fingerprint, "through": through}
        for label, through in models_made_from(found, shards).items()
        if label in found.nodes
    ]
