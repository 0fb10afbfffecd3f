"""Withdrawal: a document's or a person's documents go into the table `revocations`; the next survivors leave them out.

The identifier that was asked for is looked up and forgotten: it is in no table, no message and no return value. Models
that were made from the documents are named, so that someone can decide to retrain them.
"""

import os
import stat
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa

from heal_pipeline.code_version import code_version
from heal_pipeline.compliance.lineage import Lineage, Node, read_lineage
from heal_pipeline.compliance.trace import DOC_ID, SHARD_FOLDERS, models_made_from, rows_with, shard_documents
from heal_pipeline.documents import subject_id
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import DOCUMENT_WITHDRAWN, SUBJECT_WITHDRAWN

REVOCATION_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # "document withdrawn" or "subject withdrawn"
        pa.field("batch", pa.string(), nullable=False),  # the day the document came in
    ]
)

REVOKED_SUBJECT_SCHEMA = pa.schema([pa.field("subject_id", pa.string(), nullable=False)])
"""Keyed hashes of the people who withdrew: survivors withdraws what comes in later about them, but nobody can be named."""

REASONS = {"doc": DOCUMENT_WITHDRAWN, "subject": SUBJECT_WITHDRAWN}
_DOCUMENT_STAGES = ("raw", "filtered", "deidentified")


def read_identifier(path: str) -> str:
    """The identifier in a file, or on standard input where `path` is "-". It is never taken from the command line,
    where other users of the machine and the shell's history would see it.

    Raises:
        UserError: the file cannot be read, others may read it, or it holds not exactly one line. No message repeats
            what it holds.
    """
    if path == "-":
        text = sys.stdin.read()
    else:
        try:
            mode = stat.S_IMODE(os.stat(path).st_mode)
            if mode & 0o077:
                raise UserError(f"{path} can be read by others (mode {mode:o}): `chmod 600` it first")
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
            raise UserError(f"{path} cannot be read ({reason}): give a 0600 file that holds the identifier") from None
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) != 1:
        raise UserError(
            f"one line with one identifier is needed, and there are {len(lines)}: give it on standard input or in a 0600 file"
        )
    return lines[0]


def revoke(lake: Lake, identifier: str, kind: str, profile: Profile | None = None) -> dict[str, Any]:
    """Withdraws documents: adds them to the table `revocations`.

    Args:
        identifier: kind "doc": a document id. Kind "subject": the person's record number as the sources have it, or
            the subject id made of it.
        profile: the home's profile; the key of a home of generated records comes from its seed.

    Returns:
        Counts: `documents`, `new` (not withdrawn before), `by_source`, and the `models` made from shards that hold them.
        Neither the identifier nor a document id.

    Raises:
        UserError: the kind is neither, or no document of the home has that identifier.
        HomeError: a run holds the home.
    """
    if kind not in REASONS:
        raise UserError(f"there is no kind {kind!r}: give doc or subject")
    with lake.lock():
        return _revoke(lake, identifier, kind, profile)


def _revoke(lake: Lake, identifier: str, kind: str, profile: Profile | None) -> dict[str, Any]:
    found = read_lineage(lake)
    subject = None
    if kind == "doc":
        if not DOC_ID.fullmatch(identifier):
            raise UserError("that is no document id (32 hexadecimal digits): for a record number use `--kind subject`")
        documents = _documents(lake, found, "doc_id", [identifier])
    else:
        key = lake.identity_key(profile.synthetic_seed if profile else None)
        candidates = [subject_id(identifier, key), *([identifier] if DOC_ID.fullmatch(identifier) else [])]
        documents = _documents(lake, found, "subject_id", candidates)
        subject = next(iter({d["subject_id"] for d in documents.values()}), None)
    if not documents:
        raise UserError(
            "no document of this home has that identifier: check it, the --kind and the --home; nothing was changed"
        )
    new = _add(lake, {d: row["batch"] for d, row in documents.items()}, REASONS[kind])
    if subject is not None:
        _add_subject(lake, subject)
    return {
        "kind": kind,
        "documents": len(documents),
        "new": new,
        "by_source": dict(sorted(Counter(row["source"] for row in documents.values()).items())),
        "models": sorted(m.removeprefix("models/") for m in _models_with(lake, found, set(documents))),
        "next": "heal run --job refresh, then --job release: survivors and the next release leave them out",
    }


def _documents(lake: Lake, found: Lineage, column: str, values: list[str]) -> dict[str, dict[str, Any]]:
    """doc_id → {doc_id, source, batch, subject_id} of documents in any table of documents, restricted ones included."""
    nodes = [n for n in found.nodes.values() if _holds_documents(n) and column in n.columns]
    columns = ["doc_id", "source", "batch", "subject_id"]
    rows = (row for node in nodes for row in rows_with(lake, node, column, values, columns))
    return {row["doc_id"]: row for row in rows}


def _holds_documents(node: Node) -> bool:
    return node.kind == "table" and node.base.partition("/")[0] in _DOCUMENT_STAGES


def _add(lake: Lake, batches: dict[str, str], reason: str) -> int:
    table = lake.table("revocations")
    rows = table.read().to_pylist() if table.committed() else []
    known = {row["doc_id"] for row in rows}
    new = [{"doc_id": d, "reason": reason, "batch": batch} for d, batch in batches.items() if d not in known]
    rows = sorted([*rows, *new], key=lambda row: row["doc_id"])
    with lake.stage(table, code_version=code_version("compliance")) as staged:
        staged.write(pa.Table.from_pylist(rows, REVOCATION_SCHEMA))
        kept = known <= {row["doc_id"] for row in rows}
        staged.gate(Verdict("nothing_forgotten", kept, [{"before": len(known), "after": len(rows)}]))
        staged.commit({"documents": len(rows), **{r: sum(x["reason"] == r for x in rows) for r in REASONS.values()}})
    return len(new)


def _add_subject(lake: Lake, subject: str) -> None:
    table = lake.table("revoked_subjects")
    known = set(table.read()["subject_id"].to_pylist()) if table.committed() else set()
    with lake.stage(table, code_version=code_version("compliance")) as staged:
        rows = [{"subject_id": s} for s in sorted(known | {subject})]
        staged.write(pa.Table.from_pylist(rows, REVOKED_SUBJECT_SCHEMA))
        staged.commit({"subjects": len(rows)})


def _models_with(lake: Lake, found: Lineage, documents: set[str]) -> list[str]:
    """Models that descend from a training shard which holds one of the documents."""
    shards = []
    for node in found.nodes.values():
        if node.kind == "artifact" and SHARD_FOLDERS.get("/".join(node.label.split("/")[:2]) + "/") == "training":
            folder = (lake.home / node.path).parent / f"content-{node.fingerprint}"
            if any(documents & set(s["doc_id"].to_pylist()) for s in shard_documents(folder)):
                shards.append(node.label)
    return list(models_made_from(found, shards))
