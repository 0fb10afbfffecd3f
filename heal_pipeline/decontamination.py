"""Decontamination: which documents of a day hold text of an evaluation item. It reports; `survivors` removes.

1. An item's question and each passage of its context become runs of 13 words (Brown et al. 2020, appendix C); a passage of fewer
   words, but at least 8, is one run of all its words. A question of fewer than 8 is taken together with its options.
2. A run that occurs in many items is a phrase of examiners, not of an item, and is left out.
3. One Spark pass over the day's clean tables of all sources looks every run of a document up.

A document is reported with every item of which it holds a whole run. One is enough: a leak that is missed makes a score worthless,
a document that is reported by chance is one document less. The table keeps the counts, so that a reader can tell a quotation
from a copy. What is compared are the words of the normal form: case, punctuation and line breaks hide nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.code_version import code_version
from heal_pipeline.documents import DOCUMENT_SCHEMA, texts_of
from heal_pipeline.errors import class_alone
from heal_pipeline.evaluation_sets import LETTERS, TASKS, Item
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import DecontaminationConfig, Profile
from heal_pipeline.text.words import ngram_hashes, word_hashes

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


MAX_ITEMS_PER_RUN = 5
"""A run of words in more items than this tells none of them from the others ("which of the following is the most …")."""

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
    ]
)

Batches = Iterator[pa.RecordBatch]


@dataclass(frozen=True)
class ItemRuns:
    """The runs of words of all items, made for search. Plain arrays: they travel to the tasks.

    Attributes:
        names: (task, item id) of each item.
        sizes: the lengths of runs that occur, in words.
        runs: uint64[num_runs], sorted; one that several items hold stands there once for each.
        owners: int32[num_runs], the item of each run.
        num_runs_of: int32[num_items], distinct runs of each item that are looked for; 0 where it is too short to be found.
    """

    names: list[tuple[str, str]]
    sizes: tuple[int, ...]
    runs: np.ndarray
    owners: np.ndarray
    num_runs_of: np.ndarray


def item_runs(items: Sequence[Item], config: DecontaminationConfig) -> ItemRuns:
    """The runs of items, without those that more than MAX_ITEMS_PER_RUN of them hold."""
    sizes: set[int] = set()
    of_item: list[np.ndarray] = []
    for item in items:
        own = [np.empty(0, np.uint64)]
        for hashes in map(word_hashes, _texts(item, config)):
            if len(hashes) >= config.min_item_words:
                size = min(config.ngram_words, len(hashes))
                sizes.add(size)
                own.append(ngram_hashes(hashes, size))
        of_item.append(np.unique(np.concatenate(own)))
    runs = np.concatenate([np.empty(0, np.uint64), *of_item])
    owners = np.repeat(np.arange(len(items), dtype=np.int32), [len(own) for own in of_item])
    _, which, num_items = np.unique(runs, return_inverse=True, return_counts=True)
    telling = num_items[which] <= MAX_ITEMS_PER_RUN
    runs, owners = runs[telling], owners[telling]
    order = np.argsort(runs, kind="stable")
    num_runs_of = np.bincount(owners, minlength=len(items)).astype(np.int32)
    names = [(item.task, item.item_id) for item in items]
    return ItemRuns(names, tuple(sorted(sizes)), runs[order], owners[order], num_runs_of)


def _texts(item: Item, config: DecontaminationConfig) -> list[str]:
    """What of an item may stand in a document. Runs do not reach from one text into the next."""
    return [*_questions(item, config), *item.passage_texts]


def _questions(item: Item, config: DecontaminationConfig) -> list[str]:
    """The question; a short one with its options, as lists write them: with letters and without."""
    if len(word_hashes(item.question)) >= config.min_item_words:
        return [item.question]
    lettered = [f"{letter} {option}" for letter, option in zip(LETTERS, item.options, strict=False)]
    return ["\n".join([item.question, *item.options]), "\n".join([item.question, *lettered])]


def shared_runs(text: str, wanted: ItemRuns) -> list[tuple[int, int]]:
    """(item, how many of its runs the text holds) for each item with any, in the order of the items."""
    hashes = word_hashes(text)
    found = np.concatenate([np.empty(0, np.uint64), *(ngram_hashes(hashes, n) for n in wanted.sizes)])
    places = np.searchsorted(wanted.runs, found)
    inside = places < len(wanted.runs)
    places, found = places[inside], found[inside]
    counts: Counter[int] = Counter()
    for run in np.unique(found[wanted.runs[places] == found]):
        start, end = np.searchsorted(wanted.runs, run, "left"), np.searchsorted(wanted.runs, run, "right")
        counts.update(wanted.owners[start:end].tolist())
    return sorted(counts.items())


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
        if sum(documents.values()) and len(wanted.runs):
            _write_matches(spark, list(tables.values()), wanted, staged)
        else:
            staged.write(CONTAMINATION_SCHEMA.empty_table())
        rows = staged.read()
        staged.gate(_probes_found(items, wanted, profile.decontamination))
        staged.gate(validate("contamination", rows.to_pandas()))
        metadata = _metadata(rows, wanted, sum(documents.values()))
        manifest = staged.commit(metadata)
    found = {"tasks": _by_task(rows, wanted), "sources": _by_source(rows, documents)}
    return StageResult(
        "contamination", sum(documents.values()), manifest.rows, manifest, metadata, found, made="matches"
    )


def _item_sets(items: Sequence[Item]) -> list[tuple[str, str]]:
    """The evaluation sets as inputs, which are no commits: (label, fingerprint of the items) a task."""
    return [
        (f"evaluation_sets/{task}", fingerprint_json([asdict(i) for i in items if i.task == task]))
        for task in sorted({i.task for i in items})
    ]


def _write_matches(spark: "SparkSession", tables: list[Table], wanted: ItemRuns, staged: Staged) -> None:
    from pyspark.sql.pandas.types import from_arrow_schema

    from heal_pipeline.spark import map_batches, write_parquet

    needed = pa.schema([DOCUMENT_SCHEMA.field(name) for name in ("doc_id", "source", "segments")])
    frame = spark.read.schema(from_arrow_schema(needed)).parquet(*(f for t in tables for f in t.files()))
    write_parquet(map_batches(frame, _matching(wanted), CONTAMINATION_SCHEMA), staged.path, CONTAMINATION_SCHEMA)


def _matching(wanted: ItemRuns) -> Callable[[Batches], Batches]:
    """The task that looks documents up."""

    def match(batches: Batches) -> Batches:
        with class_alone("looking for evaluation items"):
            for batch in batches:
                ids, sources = batch.column("doc_id").to_pylist(), batch.column("source").to_pylist()
                rows = [
                    {
                        "doc_id": doc_id,
                        "source": source,
                        "task": wanted.names[item][0],
                        "item_id": wanted.names[item][1],
                        "ngrams_shared": shared,
                        "item_ngrams": int(wanted.num_runs_of[item]),
                    }
                    for doc_id, source, text in zip(ids, sources, texts_of(batch), strict=True)
                    for item, shared in shared_runs(text, wanted)
                ]
                if rows:
                    yield pa.RecordBatch.from_pylist(rows, schema=CONTAMINATION_SCHEMA)

    return match


def _probes_found(items: Sequence[Item], wanted: ItemRuns, config: DecontaminationConfig) -> Verdict:
    """The gate on the scan's own sight: items, evenly spaced over all that can be found, are found in their own text."""
    findable = np.flatnonzero(wanted.num_runs_of)
    probes = findable[np.linspace(0, len(findable) - 1, min(NUM_PROBES, len(findable)), dtype=int)]
    found = sum(i in dict(shared_runs("\n".join(_texts(items[i], config)), wanted)) for i in probes.tolist())
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
