"""The stage duplicate_pairs: pairs between a day's documents and those of every day present, each verified on its texts.

1. Documents of equal content are paired from the index alone (`linking.equals`).
2. Band keys of all days are sorted, and different contents under one key become candidates (`linking.candidates`).
3. The texts of the candidates, and no others, are read, shingled and compared (`verification.compare`).

A near pair is a fact about two contents, and `content_a`, `content_b` name them: it stays true when documents go, change
or come back. The pairs of all days form one set that does not depend on the order in which days came in; what lies
between two days may be reported by both.
"""

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.code_version import code_version
from heal_pipeline.dedup import indexing
from heal_pipeline.dedup.linking import Row, candidates, equals
from heal_pipeline.dedup.minhash import Scheme
from heal_pipeline.dedup.verification import BELOW, EXACT, JACCARD, Evidence, compare, evidence
from heal_pipeline.documents import texts_of
from heal_pipeline.errors import GateError, class_alone
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import NUMBERS_DIFFER

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLE = "duplicate_pairs"

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
EVIDENCE_SCHEMA = pa.schema(
    [
        pa.field("content_id", pa.string()),
        pa.field("shingles", pa.binary()),  # uint64[num_shingles]
        pa.field("numbers", pa.list_(pa.string())),
    ]
)

MIN_BLOCKS = 4
BLOCK_BYTES = 64 * 2**20
"""Contents are dealt into blocks of about this many bytes of shingles. A task compares the pairs between two blocks and
holds these two: a content is sent once a block, not once a pair."""

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
    columns = ["doc_id", "source", "batch", "content_id", "num_shingles"]
    documents = pa.concat_tables([t.read(columns, scheme.name) for t in indexes])
    name = f"{scheme.name}/jaccard{profile.dedup.jaccard}"
    with lake.stage(
        lake.table(TABLE, day), inputs=indexes, code_version=code_version("duplicate_pairs"), scheme=name
    ) as staged:
        found = staged.path.with_name(staged.path.name + "-candidates")
        try:
            num_candidates = _link(spark, indexes, profile, day, found)
            if num_candidates:
                texts, num_blocks = _texts_needed(lake, profile, found, documents)
                _verify(spark, texts, num_blocks, profile, found, staged)
        finally:
            shutil.rmtree(found, ignore_errors=True)
        staged.write(_equal_pairs(documents, day))
        pairs = staged.read()
        rules = Counter(pairs["rule"].to_pylist())
        compared = rules.total() - rules[EXACT]
        result = [{"candidates": num_candidates, "compared": compared}]
        staged.gate(Verdict("candidates_compared", compared == num_candidates, result))
        staged.gate(validate(TABLE, pairs.to_pandas()))
        counts = {rule: rules[rule] for rule in (EXACT, JACCARD, NUMBERS_DIFFER, BELOW)}
        metadata = {"days_compared": len(days), "candidates": num_candidates, **counts}
        manifest = staged.commit(metadata)
    return StageResult(f"{TABLE}@{day}", documents.num_rows, manifest.rows, manifest, metadata, made="pairs")


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
        with class_alone("linking documents"):
            rows = (
                Row(row["key"], row["batch"], priorities[row["source"]], row["doc_id"], row["content_id"])
                for batch in batches
                for row in batch.to_pylist()
            )
            for members, pairs in candidates(rows, day):
                columns = [pa.array(column, pa.string()) for column in zip(*members, strict=True)]
                for start in range(0, len(pairs), BATCH_PAIRS):
                    a, b = pairs[start : start + BATCH_PAIRS].T
                    arrays = [column.take(pa.array(side)) for side in (a, b) for column in columns]
                    yield pa.RecordBatch.from_arrays(arrays, schema=CANDIDATE_SCHEMA)

    return link


def _texts_needed(lake: Lake, profile: Profile, candidate_files: Path, documents: pa.Table) -> tuple[list[str], int]:
    """The files of the clean tables that hold a document of a candidate pair, and how many blocks its contents fill."""
    import pyarrow.parquet as pq

    found = [pq.read_table(f, columns=["a", "b"]) for f in sorted(candidate_files.glob("*.parquet"))]
    wanted = pa.concat_tables(found)
    ids = pc.unique(pa.chunked_array([*wanted["a"].chunks, *wanted["b"].chunks], pa.string()))
    needed = documents.filter(pc.is_in(documents["doc_id"], ids))
    places = sorted(set(zip(needed["source"].to_pylist(), needed["batch"].to_pylist(), strict=True)))
    tables = [lake.table(profile.source(source).clean_table, batch) for source, batch in places]
    num_bytes = 8 * pc.sum(needed["num_shingles"]).as_py()
    return [file for t in tables for file in t.files()], max(MIN_BLOCKS, -(-num_bytes // BLOCK_BYTES))


def _verify(
    spark: "SparkSession", texts: list[str], num_blocks: int, profile: Profile, candidate_files: Path, staged: Staged
) -> None:
    """Writes each candidate pair with the true similarity of its texts.

    Pairs and contents meet in cells of two blocks, contents first: a task gathers a cell's contents, then compares.
    """
    from pyspark.sql import functions as F

    from heal_pipeline.spark import map_batches, write_parquet

    def block(name: str) -> Any:
        return F.crc32(name) % num_blocks

    def cell(one: Any, other: Any) -> Any:
        return F.least(one, other) * num_blocks + F.greatest(one, other)

    pairs = spark.read.parquet(str(candidate_files)).withColumn("cell", cell(block("content_a"), block("content_b")))
    sides = F.array(*(F.struct(F.col(x).alias("doc_id"), F.col(f"content_{x}").alias("content_id")) for x in "ab"))
    wanted = pairs.select(F.explode(sides).alias("side")).select("side.*")
    documents = spark.read.parquet(*texts).select("doc_id", "content_id", "segments")
    documents = documents.join(wanted, ["doc_id", "content_id"], "left_semi")
    contents = map_batches(documents, _shingling(profile.dedup.shingle_words), EVIDENCE_SCHEMA)
    blocks = F.explode(F.sequence(F.lit(0), F.lit(num_blocks - 1)))
    contents = contents.withColumn("block", blocks).withColumn("cell", cell(block("content_id"), F.col("block")))
    rows = pairs.unionByName(contents.drop("block"), allowMissingColumns=True)
    met = rows.repartition("cell").sortWithinPartitions("cell", F.col("a").isNotNull())
    write_parquet(map_batches(met, _verifying(profile.dedup.jaccard), PAIR_SCHEMA), staged.path, PAIR_SCHEMA)


def _shingling(shingle_words: int) -> Callable[[Batches], Batches]:
    """The task that makes evidence of texts."""

    def shingle(batches: Batches) -> Batches:
        with class_alone("making evidence of texts"):
            for batch in batches:
                found = [evidence(text, shingle_words) for text in texts_of(batch)]
                columns = [
                    batch.column("content_id"),
                    pa.array([e.shingles.tobytes() for e in found], pa.binary()),
                    pa.array([e.numbers for e in found], pa.list_(pa.string())),
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=EVIDENCE_SCHEMA)

    return shingle


def _verifying(threshold: float) -> Callable[[Batches], Batches]:
    """The task that compares: rows sorted by cell, contents before pairs."""

    def verify(batches: Batches) -> Batches:
        with class_alone("comparing texts"):
            compared = _compared((row for batch in batches for row in batch.to_pylist()), threshold)
            while chunk := list(islice(compared, BATCH_PAIRS)):
                yield pa.RecordBatch.from_pylist(chunk, schema=PAIR_SCHEMA)

    return verify


def _compared(rows: Iterable[dict[str, Any]], threshold: float) -> Iterator[dict[str, Any]]:
    for _, cell in groupby(rows, key=lambda row: row["cell"]):
        known: dict[str, Evidence] = {}
        for row in cell:
            if row["a"] is None:
                known[row["content_id"]] = Evidence(np.frombuffer(row["shingles"], np.uint64), row["numbers"])
            elif row["content_a"] in known and row["content_b"] in known:
                yield {**row, **compare(known[row["content_a"]], known[row["content_b"]], threshold)}


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
