"""The review queue: which de-identified documents people look at for identifiers that were missed, and what they said.

Queue and verdicts are tables of the restricted zone, since what is looked at may hold a leak and remarks may quote one.
The file that people fill in is review_file.py; what their verdicts prove is review_bounds.py.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from heal_pipeline.code_version import code_version
from heal_pipeline.deid.marking import marked
from heal_pipeline.deid.scoring import TOKEN
from heal_pipeline.documents import SEGMENT_SEPARATOR
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import Lake, Manifest, Staged, Table
from heal_pipeline.profile import DeidConfig, Profile
from heal_pipeline.seeded import ranks

QUEUES = "review/queue"
VERDICTS = "review/verdicts"

QUEUE_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("by_risk", pa.bool_(), nullable=False),  # among those of highest residual risk
        pa.field("at_random", pa.bool_(), nullable=False),  # in the uniform sample; a document may be in both
        pa.field("place", pa.uint64(), nullable=False),  # its place in the seeded order that the sample is drawn by
        pa.field("risk", pa.float64(), nullable=False),
        pa.field("text", pa.string(), nullable=False),  # the output, what was replaced in marks (marking.py)
        pa.field("text_id", pa.string(), nullable=False),  # 16 hex digits of `text`: what a verdict is about
        pa.field("num_tokens", pa.int64(), nullable=False),
    ]
)

VERDICT_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("text_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("missed", pa.int64(), nullable=False),  # identifiers that a person found in the text
        pa.field("remarks", pa.string(), nullable=False),
    ]
)


class Drawn(NamedTuple):
    """Why a document is looked at, and its place in the seeded order."""

    by_risk: bool
    at_random: bool
    place: int


def queue(staged: Staged, filtered: Table, risks: Mapping[str, float], profile: Profile) -> Manifest:
    """Draws the review queue of a day's de-identified documents and commits it. Call it right before the table's commit.

    It commits only where every gate of the staged table has passed, and names the staged content as its input, so that a
    queue whose table was not committed after all is seen to be none of the present table.

    Args:
        staged: deidentified/<source>@day with all its files written and all its gates added.
        filtered: the table that it was made of, for the marks around what was replaced.
        risks: the residual risk, from 0 to 1, of each document of the staged table.

    Returns:
        The manifest of the queue, in the restricted zone. Its metadata count documents, `by_risk` and `at_random`.

    Raises:
        GateFailedError: a gate failed; no queue is written then.
    """
    staged.require_gates()
    source, day = source_of(staged.table), str(staged.table.day)
    chosen = draw(risks, profile.deid, profile.seed)
    outputs, originals = _parts(staged.files(), chosen), _parts(filtered.files(), chosen)
    rows = [
        _row(doc, source, day, drawn, risks[doc], shown_text(originals[doc], outputs[doc]))
        for doc, drawn in sorted(chosen.items(), key=lambda item: item[1].place)
    ]
    counts = {
        "documents": len(risks),
        "by_risk": sum(d.by_risk for d in chosen.values()),
        "at_random": sum(d.at_random for d in chosen.values()),
    }
    table, version = queue_table(staged.table.lake, source, day), code_version("deidentified")
    with table.lake.stage(table, inputs=[staged.entry], code_version=version) as queued:
        queued.write(pa.Table.from_pylist(rows, schema=QUEUE_SCHEMA))
        return queued.commit(counts)


def draw(risks: Mapping[str, float], config: DeidConfig, seed: int) -> dict[str, Drawn]:
    """Which documents are looked at: those of highest risk, and a uniform sample of all.

    The sample knows nothing of the risks, so that it stands for all documents, those of highest risk included. Both are
    the same whatever the order of the documents.
    """
    ids = sorted(risks)
    places = dict(zip(ids, ranks(ids, seed, "review").tolist(), strict=True))
    at_random = set(sorted(ids, key=lambda doc: places[doc])[: config.review_random])
    by_risk = set(sorted(ids, key=lambda doc: (-risks[doc], places[doc]))[: config.review_top])
    return {doc: Drawn(doc in by_risk, doc in at_random, places[doc]) for doc in ids if doc in by_risk | at_random}


Parts = tuple[list[str], list[tuple[str, str]]]
"""A document as it is shown: the texts of its segments, and its metadata as (name, value)."""


def shown_text(original: Parts, output: Parts) -> str:
    """What a reviewer sees: the output with what was replaced in marks, its metadata below, since they leave the zone too."""
    segments = [marked(before, after) for before, after in zip(original[0], output[0], strict=True)]
    meta = [f"{name}: {marked(b, a)}" for (_, b), (name, a) in zip(original[1], output[1], strict=True)]
    return SEGMENT_SEPARATOR.join(segments) + ("\n\n" + "\n".join(meta) if meta else "")


def _parts(files: list[str], doc_ids: Mapping[str, Any]) -> dict[str, Parts]:
    """doc_id → its parts, of the documents asked for; no other row is kept in memory."""
    import pyarrow.parquet as pq

    found: dict[str, Parts] = {}
    for file in files:
        for batch in pq.ParquetFile(file).iter_batches(256, columns=["doc_id", "segments", "meta"]):
            for i, doc in enumerate(batch["doc_id"].to_pylist()):
                if doc in doc_ids:
                    segments, meta = batch["segments"][i].as_py(), batch["meta"][i].as_py()
                    found[doc] = ([s["text"] or "" for s in segments], [(n, v or "") for n, v in meta])
    return found


def _row(doc: str, source: str, day: str, drawn: Drawn, risk: float, text: str) -> dict[str, Any]:
    return {
        "doc_id": doc, "source": source, "batch": day, **drawn._asdict(), "risk": float(risk), "text": text,
        "text_id": fingerprint_json(text), "num_tokens": sum(1 for _ in TOKEN.finditer(text)),
    }  # fmt: skip


def source_of(table: Table) -> str:
    """The source of a table that is one source's: "notes" of deidentified/notes."""
    return table.name.partition("/")[2]


def queue_table(lake: Lake, source: str, day: str) -> Table:
    return lake.table(f"{QUEUES}/{source}", day, "restricted")


def queues(lake: Lake, profile: Profile) -> list[tuple[Table, Table | None]]:
    """Every committed de-identified table of the profile's sources, with the queue that was drawn of its present content.

    None stands where there is no such queue: it was drawn of another version, or the table is older than the queue.
    """
    found: list[tuple[Table, Table | None]] = []
    for entry in profile.restricted_sources:
        for day in lake.days(entry.clean_table):
            table, queued = lake.table(entry.clean_table, day), queue_table(lake, entry.name, day)
            if table.committed():
                fits = queued.committed() and queued.manifest().inputs.get(table.label) == table.manifest().fingerprint
                found.append((table, queued if fits else None))
    return found


def verdicts(lake: Lake) -> dict[tuple[str, str], dict[str, Any]]:
    """(doc_id, text_id) → what a person said of that text. A document whose text has changed since has another text_id."""
    table = lake.table(VERDICTS, zone="restricted")
    rows = table.read().to_pylist() if table.committed() else []
    return {(r["doc_id"], r["text_id"]): r for r in rows}


def store(lake: Lake, new: list[dict[str, Any]]) -> None:
    """Adds verdicts to those that are there. A later one on the same text replaces the earlier one; none is lost otherwise.

    Args:
        new: rows of VERDICT_SCHEMA.

    Raises:
        HomeError: a run holds the home.
    """
    with lake.lock():
        merged = {**verdicts(lake), **{(r["doc_id"], r["text_id"]): r for r in new}}
        table = lake.table(VERDICTS, zone="restricted")
        with lake.stage(table, code_version=code_version("deidentified")) as staged:
            rows = [merged[key] for key in sorted(merged)]
            staged.write(pa.Table.from_pylist(rows, schema=VERDICT_SCHEMA))
            staged.commit({"verdicts": len(rows)})
