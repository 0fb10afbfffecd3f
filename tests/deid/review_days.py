"""Days of de-identified documents with their review queues, made without Spark or a detector."""

from typing import Any

import pyarrow as pa

from heal_pipeline.deid import review
from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, doc_id
from heal_pipeline.lake import Lake, Verdict
from heal_pipeline.profile import Profile

DAY = "2026-03-02"
ORIGINALS = [f"Ann Oakhollow has pain {i} and takes metformin." for i in range(60)]
OUTPUTS = [text.replace("Ann Oakhollow", "Sue Reed") for text in ORIGINALS]


def risks(num: int = 60) -> dict[str, float]:
    """The risk of each document: a hundredth of its number."""
    return {doc_id("notes", str(i)): i / 100 for i in range(num)}


def documents(texts: list[str], day: str = DAY, **values: Any) -> pa.Table:
    rows = [
        {
            "doc_id": doc_id("notes", str(i)), "content_id": content_id(text), "source": "notes", "batch": day,
            "origin_file": "f" * 64, "origin_row": i, "num_records": 1, "subject_id": None, "kind": "note",
            "segments": [{"text": text, "scored": True}], "meta": [("title", f"Visit {i}")], **values,
        }
        for i, text in enumerate(texts)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)


def commit_day(
    lake: Lake,
    profile: Profile,
    outputs: list[str] = OUTPUTS,
    *,
    risk: dict[str, float] | None = None,
    passed: bool = True,
    parts: int = 1,
    day: str = DAY,
) -> None:
    """Commits filtered/notes and deidentified/notes of a day, with the queue, in as many files as `parts` says."""
    filtered = lake.table("filtered/notes", day, "restricted")
    with lake.stage(filtered) as staged:
        staged.write(documents(ORIGINALS[: len(outputs)], day))
        staged.commit()
    with lake.stage(lake.table("deidentified/notes", day), inputs=[filtered]) as staged:
        table = documents(outputs, day)
        for part in range(parts):
            staged.write(table.take(pa.array(range(part, table.num_rows, parts), pa.int64())))
        staged.gate(Verdict("registration_residue", passed, []))
        review.queue(staged, filtered, risks(len(outputs)) if risk is None else risk, profile)
        staged.commit()
