"""The stage contamination: a row for each document of a day and evaluation item of which it holds text.

1. One pass over the day's clean tables of all sources, a piece a task, looks every run of a document up (`runs.matches`).
2. A run that many different texts of a source hold is that source's phrase, and tells nothing alone (`verdicts.telling`).

One telling run is enough: a leak that is missed makes a score worthless, a document that is reported by chance is one document
less. The table keeps counts and places, so that a reader can tell a quotation from a copy.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.code_version import code_version
from heal_pipeline.decontamination.runs import ItemRuns, item_runs, longest_stretch, matches, texts_of_item
from heal_pipeline.decontamination.verdicts import MATCH_SCHEMA, telling
from heal_pipeline.documents import texts_of
from heal_pipeline.errors import class_alone
from heal_pipeline.evaluation_sets import TASKS, Item
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import Lake, StageResult, Validator, Verdict
from heal_pipeline.pieces import Piece, batches_of, pieces_of
from heal_pipeline.profile import DecontaminationConfig, Profile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NUM_PROBES = 64
"""Items that each scan looks for in themselves, as a gate on its own sight."""

CONTAMINATION_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("task", pa.string(), nullable=False),
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("ngrams_shared", pa.int32(), nullable=False),
        pa.field("item_ngrams", pa.int32(), nullable=False),
        pa.field(
            "start_word", pa.int32(), nullable=False
        ),  # of the longest unbroken stretch, in words of the normal form
        pa.field("end_word", pa.int32(), nullable=False),  # half-open
    ]
)


def scan(
    spark: "SparkSession", lake: Lake, profile: Profile, day: str, items: Sequence[Item], validate: Validator
) -> StageResult:
    """Writes contamination@day from the day's clean tables of all sources: a row for each document and item of which it
    holds text. Without items, or on a day without documents, the table is empty.

    Args:
        items: of all evaluation sets, without a limit; from `heal_pipeline.evaluation_sets.load_all`.

    Raises:
        GateError: a source's clean table of the day is not committed.
        GateFailedError: items are not found in themselves, or the suite "contamination" does not hold.
    """
    from heal_pipeline.spark import run_tasks

    tables = {e.name: lake.table(e.clean_table, day) for e in profile.sources}
    documents = {source: table.manifest().rows for source, table in tables.items()}
    wanted = item_runs(items, profile.decontamination)
    with lake.stage(
        lake.table("contamination", day),
        inputs=[*tables.values(), *_item_sets(items)],
        code_version=code_version("contamination"),
    ) as staged:
        found = MATCH_SCHEMA.empty_table()
        if sum(documents.values()) and len(wanted.runs):
            pieces = pieces_of([file for table in tables.values() for file in table.files()])
            look_up = partial(_look_up, wanted=wanted)
            found = pa.concat_tables([found, *run_tasks(spark, look_up, [(piece,) for piece in pieces])])
        tells = telling(found, wanted, profile.decontamination)
        rows = _rows(found.filter(tells), wanted)
        staged.write(rows)
        staged.gate(_probes_found(items, wanted, profile.decontamination))
        staged.gate(validate("contamination", rows.to_pandas()))
        metadata = _metadata(rows, wanted, sum(documents.values()))
        metadata["matches_of_common_phrases"] = found.num_rows - rows.num_rows
        manifest = staged.commit(metadata)
    shown = {"tasks": _by_task(rows, wanted), "sources": _by_source(rows, documents)}
    return StageResult(
        "contamination", sum(documents.values()), manifest.rows, manifest, metadata, shown, made="matches"
    )


def _item_sets(items: Sequence[Item]) -> list[tuple[str, str]]:
    """The evaluation sets as inputs, which are no commits: (label, fingerprint of the items) a task."""
    return [
        (f"evaluation_sets/{task}", fingerprint_json([asdict(i) for i in items if i.task == task]))
        for task in sorted({i.task for i in items})
    ]


def _look_up(piece: Piece, wanted: ItemRuns) -> pa.Table:
    """The matches of a piece of clean tables, in MATCH_SCHEMA."""
    rows = []
    with class_alone("looking for evaluation items"):
        for batch in batches_of(piece, ["doc_id", "source", "content_id", "segments"]):
            ids, sources, contents = (batch.column(n) for n in ("doc_id", "source", "content_id"))
            for found in matches(texts_of(batch), wanted):
                start, end = longest_stretch(found.starts, found.ends)
                rows.append(
                    {
                        "doc_id": ids[found.text].as_py(),
                        "source": sources[found.text].as_py(),
                        "content_id": contents[found.text].as_py(),
                        "item": found.item,
                        "runs": np.unique(found.runs).view(np.int64),
                        "start_word": start,
                        "end_word": end,
                    }
                )
    return pa.Table.from_pylist(rows, MATCH_SCHEMA)


def _rows(found: pa.Table, wanted: ItemRuns) -> pa.Table:
    items = found["item"].to_numpy()
    columns = {
        "doc_id": found["doc_id"],
        "source": found["source"],
        "task": pa.array([wanted.names[item][0] for item in items], pa.string()),
        "item_id": pa.array([wanted.names[item][1] for item in items], pa.string()),
        "ngrams_shared": pc.list_value_length(found["runs"]),
        "item_ngrams": pa.array(wanted.num_runs_of[items], pa.int32()),
        "start_word": found["start_word"],
        "end_word": found["end_word"],
    }
    return pa.table(columns).cast(CONTAMINATION_SCHEMA)


def _probes_found(items: Sequence[Item], wanted: ItemRuns, config: DecontaminationConfig) -> Verdict:
    """The gate on the scan's own sight: items, evenly spaced over all that can be found, are found in their own text."""
    findable = np.flatnonzero(wanted.num_runs_of)
    probes = findable[np.linspace(0, len(findable) - 1, min(NUM_PROBES, len(findable)), dtype=int)]
    texts = ["\n".join(texts_of_item(items[i], config)) for i in probes.tolist()]
    found = sum(int(probes[match.text]) == match.item for match in matches(texts, wanted))
    return Verdict("items_found_in_themselves", found == len(probes), [{"probes": len(probes), "found": found}])


def _metadata(rows: pa.Table, wanted: ItemRuns, num_documents: int) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "documents": num_documents,
        "contaminated_documents": pc.count_distinct(rows["doc_id"]).as_py(),
        "items": len(wanted.names),
        "items_too_short": int((wanted.num_runs_of == 0).sum()),
        "runs_of_words": len(wanted.runs),
    }
    if not wanted.names:
        metadata["absent"] = (
            "no evaluation set is there, so nothing was looked for: name its files under evaluation.benchmarks"
        )
    return metadata


def _by_task(rows: pa.Table, wanted: ItemRuns) -> list[dict[str, Any]]:
    num_items = Counter(task for task, _ in wanted.names)
    return [
        {
            "task": task,
            "items": num_items[task],
            "items_found": pc.count_distinct(own["item_id"]).as_py(),
            "documents": pc.count_distinct(own["doc_id"]).as_py(),
        }
        for task in TASKS
        if num_items[task]
        for own in [rows.filter(pc.equal(rows["task"], task))]
    ]


def _by_source(rows: pa.Table, documents: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"source": source, "documents": num, "contaminated": pc.count_distinct(own["doc_id"]).as_py()}
        for source, num in documents.items()
        for own in [rows.filter(pc.equal(rows["source"], source))]
    ]
