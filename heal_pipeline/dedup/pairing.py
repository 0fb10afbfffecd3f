"""The stage duplicate_pairs: pairs between a day's documents and those of every day present, each verified on its texts.

1. Documents of equal content are paired from the index alone (`linking.equals`).
2. Band keys of all days are sorted, and different contents under one key become candidates (`linking.candidates`).
3. The texts of the candidates, and no others, are read, shingled and compared (`verification.compare`).

A near pair is a fact about two contents, and `content_a`, `content_b` name them: it stays true when documents go, change
or come back. The facts of all days form one set that does not depend on the order in which days came in; a pair of days
may be reported from both sides.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.dedup import indexing
from heal_pipeline.dedup.linking import Row, candidates, equals
from heal_pipeline.dedup.minhash import Scheme
from heal_pipeline.dedup.verification import BELOW, EXACT, JACCARD, Evidence, compare, evidence
from heal_pipeline.documents import texts_of
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import NUMBERS_DIFFER

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLE = "duplicate_pairs"
CODE_VERSION = "duplicate_pairs/v1"

PAIR_SCHEMA = pa.schema(
    [
        pa.field("a", pa.string()),
        pa.field("b", pa.string()),
        pa.field("jaccard", pa.float64()),
        pa.field("containment", pa.float64()),
        pa.field("bands_shared", pa.int32()),
        pa.field("accepted", pa.bool_()),
        pa.field("rule", pa.string()),
        pa.field("content_a", pa.string()),
        pa.field("content_b", pa.string()),
    ]
)

_IDS = [pa.field(name, pa.string()) for name in ("a", "content_a", "b", "content_b")]
CANDIDATE_SCHEMA = pa.schema(_IDS)
SIDE_SCHEMA = pa.schema(
    [
        *_IDS,
        pa.field("bands_shared", pa.int32()),
        pa.field("content_id", pa.string()),
        pa.field("shingles", pa.list_(pa.int64())),
        pa.field("numbers", pa.list_(pa.string())),
    ]
)
"""A candidate pair with what is compared of one of its two contents."""

BATCH_PAIRS = 4096
Batches = Iterator[pa.RecordBatch]


def find_pairs(spark: "SparkSession", lake: Lake, profile: Profile, day: str, validate: Validator) -> StageResult:
    """Writes duplicate_pairs@day: pairs of a document of the day and one of any day present, accepted or not.

    Raises:
        GateError: the day's index, or another day's, is absent or has another scheme.
        GateFailedError: a candidate was not compared, or the suite "duplicate_pairs" does not hold.
    """
    scheme = Scheme.of(profile.dedup)
    days = days_present(lake, profile, day)
    indexes = [lake.table(indexing.TABLE, d) for d in days]
    documents = pa.concat_tables([t.read(["doc_id", "source", "batch", "content_id"], scheme.name) for t in indexes])
    name = f"{scheme.name}/jaccard{profile.dedup.jaccard}"
    with lake.stage(lake.table(TABLE, day), inputs=indexes, code_version=CODE_VERSION, scheme=name) as staged:
        found = staged.path.with_name(staged.path.name + "-candidates")
        try:
            num_candidates = _link(spark, indexes, profile, day, found)
            if num_candidates:
                _verify(spark, _texts_needed(lake, profile, found, documents), scheme, profile, found, staged)
        finally:
            shutil.rmtree(found, ignore_errors=True)
        staged.write(_equal_pairs(documents, day))
        pairs = staged.read()
        compared = pc.sum(pc.not_equal(pairs["rule"], EXACT)).as_py() or 0
        result = [{"candidates": num_candidates, "compared": compared}]
        staged.gate(Verdict("candidates_compared", compared == num_candidates, result))
        staged.gate(validate(TABLE, pairs.to_pandas()))
        metadata = {
            "days_compared": len(days),
            "candidates": num_candidates,
            **{
                rule: pc.sum(pc.equal(pairs["rule"], rule)).as_py() or 0
                for rule in (EXACT, JACCARD, NUMBERS_DIFFER, BELOW)
            },
        }
        manifest = staged.commit(metadata)
    return StageResult(f"{TABLE}@{day}", documents.num_rows, manifest.rows, manifest, metadata)


def days_present(lake: Lake, profile: Profile, day: str) -> list[str]:
    """The days to compare with: `day`, and all that have an index made from their clean tables as they are now.

    Another day whose clean tables changed since is left out, since its texts are not those of its index. It compares
    itself with this one when it is indexed again, and until then `survivors` refuses the two.

    Raises:
        GateError: the day's own index is older than its clean tables.
    """
    if not _is_current(lake, profile, day):
        raise GateError(
            f"{indexing.TABLE}@{day} is older than the clean tables of the day: rematerialise {indexing.TABLE}"
        )
    others = [d for d in lake.days(indexing.TABLE) if d != day and lake.table(indexing.TABLE, d).committed()]
    return sorted([day, *(d for d in others if _is_current(lake, profile, d))])


def _is_current(lake: Lake, profile: Profile, day: str) -> bool:
    clean = [t for t in indexing.clean_tables(lake, profile, day) if t.committed()]
    return lake.table(indexing.TABLE, day).manifest().inputs == {t.label: t.manifest().fingerprint for t in clean}


def _link(spark: "SparkSession", indexes: list[Table], profile: Profile, day: str, out: Path) -> int:
    """Writes the candidates, one row a pair with the number of bands it shares; returns how many there are."""
    import pyarrow.parquet as pq
    from pyspark.sql import functions as F

    from heal_pipeline.spark import map_batches, write_parquet

    filled = [t for t in indexes if t.manifest().rows]
    if day not in [t.day for t in filled]:
        return 0
    index = spark.read.parquet(*(f for t in filled for f in t.files()))
    keys = index.select(F.explode("bands").alias("key"), "batch", "source", "doc_id", "content_id")
    if len(filled) > 1:  # of other days, only what meets a key of this day is moved
        keys = keys.join(keys.where(F.col("batch") == day).select("key"), "key", "left_semi")
    priorities = {entry.name: entry.priority for entry in profile.sources}
    met = map_batches(keys.repartition("key").sortWithinPartitions("key"), _linking(day, priorities), CANDIDATE_SCHEMA)
    counted = met.groupBy(*CANDIDATE_SCHEMA.names).agg(F.count("*").cast("int").alias("bands_shared"))
    write_parquet(counted, out, CANDIDATE_SCHEMA.append(pa.field("bands_shared", pa.int32())))
    return sum(pq.read_metadata(f).num_rows for f in out.glob("*.parquet"))


def _linking(day: str, priorities: dict[str, int]) -> Callable[[Batches], Batches]:
    """The task that links: rows sorted by key to candidates."""

    def link(batches: Batches) -> Batches:
        rows = (
            Row(row["key"], row["batch"], priorities[row["source"]], row["doc_id"], row["content_id"])
            for batch in batches
            for row in batch.to_pylist()
        )
        pairs = (
            {"a": a.doc_id, "content_a": a.content_id, "b": b.doc_id, "content_b": b.content_id}
            for a, b in candidates(rows, day)
        )
        yield from _in_batches(pairs, CANDIDATE_SCHEMA)

    return link


def _texts_needed(lake: Lake, profile: Profile, candidate_files: Path, documents: pa.Table) -> list[str]:
    """The files of the clean tables that hold a document of a candidate pair."""
    import pyarrow.parquet as pq

    found = [pq.read_table(f, columns=["a", "b"]) for f in sorted(candidate_files.glob("*.parquet"))]
    wanted = pa.concat_tables(found)
    ids = pc.unique(pa.chunked_array([*wanted["a"].chunks, *wanted["b"].chunks], pa.string()))
    needed = documents.filter(pc.is_in(documents["doc_id"], ids)).group_by(["source", "batch"]).aggregate([])
    places = sorted(zip(needed["source"].to_pylist(), needed["batch"].to_pylist(), strict=True))
    return [
        file
        for source, batch in places
        for file in lake.table(f"{profile.source(source).clean_stage}/{source}", batch).files()
    ]


def _verify(
    spark: "SparkSession",
    text_files: list[str],
    scheme: Scheme,
    profile: Profile,
    candidate_files: Path,
    staged: Staged,
) -> None:
    """Writes each candidate pair with the true similarity of its texts."""
    from pyspark.sql import functions as F

    from heal_pipeline.spark import map_batches, write_parquet

    pairs = spark.read.parquet(str(candidate_files))
    side = F.explode(
        F.array(*(F.struct(F.col(x).alias("doc_id"), F.col(f"content_{x}").alias("content_id")) for x in "ab"))
    )
    sides = pairs.select("*", side.alias("side")).select(*pairs.columns, "side.*")
    texts = spark.read.parquet(*text_files).select("doc_id", "content_id", "segments")
    shingled = map_batches(sides.join(texts, ["doc_id", "content_id"]), _shingling(scheme.shingle_words), SIDE_SCHEMA)
    met = shingled.repartition("content_a", "content_b").sortWithinPartitions("content_a", "content_b")
    write_parquet(map_batches(met, _verifying(profile.dedup.jaccard), PAIR_SCHEMA), staged.path, PAIR_SCHEMA)


def _shingling(shingle_words: int) -> Callable[[Batches], Batches]:
    """The task that makes evidence of texts. The join hands out the rows of one text together: each is shingled once."""

    def shingle(batches: Batches) -> Batches:
        for batch in batches:
            known: dict[str, tuple[np.ndarray, list[str]]] = {}
            rows = []
            for content, text in zip(batch.column("content_id").to_pylist(), texts_of(batch), strict=True):
                if content not in known:
                    made = evidence(text, shingle_words)
                    known[content] = made.shingles.view(np.int64), made.numbers
                rows.append(known[content])
            columns = [batch.column(name) for name in SIDE_SCHEMA.names[:-2]]
            arrays = [
                pa.array([r[0] for r in rows], pa.list_(pa.int64())),
                pa.array([r[1] for r in rows], pa.list_(pa.string())),
            ]
            yield pa.RecordBatch.from_arrays([*columns, *arrays], schema=SIDE_SCHEMA)

    return shingle


def _verifying(threshold: float) -> Callable[[Batches], Batches]:
    """The task that compares: the rows of a pair stand together, one for each of its contents."""

    def verify(batches: Batches) -> Batches:
        rows = (row for batch in batches for row in _side_rows(batch))
        yield from _in_batches(_compared(rows, threshold), PAIR_SCHEMA)

    return verify


def _side_rows(batch: pa.RecordBatch) -> Iterator[dict[str, Any]]:
    """The rows of a batch in SIDE_SCHEMA, with the shingles as arrays instead of lists."""
    shingle_lists = batch.column("shingles")
    for i, row in enumerate(batch.drop_columns(["shingles"]).to_pylist()):
        yield {**row, "shingles": shingle_lists[i].values.to_numpy(zero_copy_only=False).view(np.uint64)}


def _compared(rows: Iterable[dict[str, Any]], threshold: float) -> Iterator[dict[str, Any]]:
    for _, sides in groupby(rows, key=lambda row: (row["content_a"], row["content_b"])):
        both: dict[str, Evidence] = {}
        for row in sides:
            both[row["content_id"]] = Evidence(row["shingles"], row["numbers"])
        if len(both) == 2:
            verdict = compare(both[row["content_a"]], both[row["content_b"]], threshold)
            yield {**{name: row[name] for name in ("a", "b", "bands_shared", "content_a", "content_b")}, **verdict}


def _equal_pairs(documents: pa.Table, day: str) -> pa.Table:
    columns = (documents[name].to_pylist() for name in ("content_id", "batch", "doc_id"))
    rows = [
        {
            "a": a,
            "b": b,
            "jaccard": 1.0,
            "containment": 1.0,
            "bands_shared": 0,  # they met by content, not under keys
            "accepted": True,
            "rule": EXACT,
            "content_a": content,
            "content_b": content,
        }
        for a, b, content in equals(zip(*columns, strict=True), day)
    ]
    return pa.Table.from_pylist(rows, PAIR_SCHEMA)


def _in_batches(rows: Iterator[dict[str, Any]], schema: pa.Schema) -> Batches:
    while chunk := list(islice(rows, BATCH_PAIRS)):
        yield pa.RecordBatch.from_pylist(chunk, schema=schema)
