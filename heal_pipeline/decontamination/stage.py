"""The stage contamination: a row for each document of a day and evaluation item of which it holds text.

1. One Spark pass over the day's clean tables of all sources looks every run of a document up (`runs.matches`).
2. A run that many different texts of a source hold is that source's phrase, and tells nothing alone (`verdicts.telling`).

One telling run is enough: a leak that is missed makes a score worthless, a document that is reported by chance is one document
less. The table keeps counts and places, so that a reader can tell a quotation from a copy.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.code_version import code_version
from heal_pipeline.decontamination.runs import ItemRuns, item_runs, longest_stretch, matches, texts_of_item
from heal_pipeline.decontamination.verdicts import MATCH_SCHEMA, telling
from heal_pipeline.documents import DOCUMENT_SCHEMA, texts_of
from heal_pipeline.errors import class_alone
from heal_pipeline.evaluation_sets import TASKS, Item
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import Lake, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import DecontaminationConfig, Profile
from heal_pipeline.spark import Batches

if TYPE_CHECKING:
    from pathlib import Path

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
            found = _look_up(spark, list(tables.values()), wanted, staged.path.with_name(staged.path.name + "-matches"))
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


def _look_up(spark: "SparkSession", tables: list[Table], wanted: ItemRuns, place: "Path") -> pa.Table:
    """All matches, in MATCH_SCHEMA. `place` is for scratch."""
    import shutil

    import pyarrow.parquet as pq
    from pyspark.sql.pandas.types import from_arrow_schema

    from heal_pipeline.spark import map_batches, write_parquet

    needed = pa.schema([DOCUMENT_SCHEMA.field(name) for name in ("doc_id", "source", "content_id", "segments")])
    frame = spark.read.schema(from_arrow_schema(needed)).parquet(*(f for t in tables for f in t.files()))
    try:
        write_parquet(map_batches(frame, _matching(wanted), MATCH_SCHEMA), place, MATCH_SCHEMA)
        return pa.concat_tables([pq.read_table(f, schema=MATCH_SCHEMA) for f in sorted(place.glob("*.parquet"))])
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _matching(wanted: ItemRuns) -> Callable[[Batches], Batches]:
    """The task that looks documents up."""

    def match(batches: Batches) -> Batches:
        with class_alone("looking for evaluation items"):
            for batch in batches:
                ids, sources, contents = (batch.column(n).to_pylist() for n in ("doc_id", "source", "content_id"))
                rows = []
                for found in matches(texts_of(batch), wanted):
                    start, end = longest_stretch(found.starts, found.ends)
                    rows.append(
                        {
                            "doc_id": ids[found.text],
                            "source": sources[found.text],
                            "content_id": contents[found.text],
                            "item": found.item,
                            "runs": np.unique(found.runs).view(np.int64),
                            "start_word": start,
                            "end_word": end,
                        }
                    )
                if rows:
                    yield pa.RecordBatch.from_pylist(rows, schema=MATCH_SCHEMA)

    return match


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
