"""The instructions that no model has trained on: those of the release's validation documents, as prompt and reference.

Their text comes from the clean tables, never from the restricted zone.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from heal_pipeline import releases
from heal_pipeline.documents import SEGMENT_SEPARATOR
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile, SourceEntry

NOTE_TASK = "note_generation"
OTHER_TASK = "other"
"""For instructions whose source names no task."""


@dataclass(frozen=True)
class Instruction:
    """A held-out instruction.

    Attributes:
        subject: the person it is about, else the document: what a bootstrap draws as a whole.
        prompt: the unscored segments, and the line end that stands before the answer.
        reference: the scored segments.
        rubric: "category: term" lines, where the source has them.
    """

    doc_id: str
    source: str
    task: str
    subject: str
    prompt: str
    reference: str
    rubric: str


def held_out_instructions(lake: Lake, profile: Profile) -> dict[str, list[Instruction]]:
    """Task → its held-out instructions. Both are in an order that says nothing: by name, and by doc_id, which is a hash.

    Raises:
        GateError: there is no release, or its validation shards have not been committed.
    """
    found: dict[str, list[Instruction]] = {}
    for entry in profile.sources:
        if entry.kind == "instruction":
            for instruction in _of_source(lake, entry):
                found.setdefault(instruction.task, []).append(instruction)
    return {task: sorted(found[task], key=lambda i: (i.doc_id, i.source)) for task in sorted(found)}


def _of_source(lake: Lake, entry: SourceEntry) -> Iterator[Instruction]:
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = releases.held_out(lake, entry.name)
    if not wanted:
        return
    tables = (lake.table(entry.clean_table, day) for day in lake.days(entry.clean_table))
    seen: set[str] = set()
    for table in tables:
        if not table.committed():
            continue
        rows = table.read(["doc_id", "subject_id", "kind", "segments", "meta"])
        kept = rows.filter(pc.is_in(rows["doc_id"], pa.array(wanted, pa.string())))
        for row in kept.to_pylist():
            segments, meta = row["segments"], dict(row["meta"])
            prompt = SEGMENT_SEPARATOR.join(s["text"] for s in segments if not s["scored"])
            reference = SEGMENT_SEPARATOR.join(s["text"] for s in segments if s["scored"])
            if row["kind"] != "instruction" or row["doc_id"] in seen or not prompt.strip() or not reference.strip():
                continue
            seen.add(row["doc_id"])
            yield Instruction(
                row["doc_id"],
                entry.name,
                meta.get("task") or OTHER_TASK,
                row["subject_id"] or row["doc_id"],
                prompt + SEGMENT_SEPARATOR,
                reference,
                meta.get("rubric", ""),
            )
