"""The stage duplicate_pairs: pairs between a day's documents and those of every day present, each verified on its texts.

1. Documents of equal content are paired from the index alone (`linking.equals`).
2. Band keys of all days meet, and different contents under one key become candidates (`linking.pairs`).
3. The texts of the candidates are read, shingled and compared (`verification.compare`).

A near pair is a fact about two contents, and `content_a`, `content_b` name them: it stays true when documents go, change
or come back. The pairs of all days form one set that does not depend on the order in which days came in; what lies
between two days may be reported by both.
"""

import math
import shutil
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.code_version import code_version
from heal_pipeline.dedup import indexing, reading
from heal_pipeline.dedup.linking import ROW, equals, halves
from heal_pipeline.dedup.minhash import Scheme
from heal_pipeline.dedup.tasks import (
    BLOCK_SCHEMA,
    CANDIDATE_SCHEMA,
    EVIDENCE_SCHEMA,
    PAIR_SCHEMA,
    comparing,
    keying,
    linking,
    shingling,
)
from heal_pipeline.dedup.verification import BELOW, EXACT, JACCARD
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import NUMBERS_DIFFER
from heal_pipeline.text.sieve import Sieve

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

TABLE = "duplicate_pairs"

NEAR_MISS = 0.1
"""A pair that is less similar than the threshold by more than this is counted, and not stored."""

BLOCK_BYTES = 64 * 2**20
"""What a task holds: keys of about this many bytes, or two blocks of contents with as many bytes of shingles each."""


def find_pairs(spark: "SparkSession", lake: Lake, profile: Profile, day: str, validate: Validator) -> StageResult:
    """Writes duplicate_pairs@day: pairs of a document of the day and one of any day present, accepted or nearly so.

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
        candidates = staged.path.with_name(staged.path.name + "-candidates")
        num_candidates = num_compared = 0
        try:
            if _link(spark, indexes, profile, day, candidates):
                num_candidates, num_compared = _verify(spark, lake, profile, documents, candidates, staged)
        finally:
            shutil.rmtree(candidates, ignore_errors=True)
        staged.write(_equal_pairs(documents, day))
        stored = staged.read()
        rules = Counter(stored["rule"].to_pylist())
        result = [{"candidates": num_candidates, "compared": num_compared}]
        staged.gate(Verdict("candidates_compared", num_compared == num_candidates, result))
        staged.gate(validate(TABLE, stored.to_pandas()))
        accepted = {rule: rules[rule] for rule in (EXACT, JACCARD, NUMBERS_DIFFER)}
        below = num_compared - rules[JACCARD] - rules[NUMBERS_DIFFER]
        metadata = {"days_compared": len(days), "candidates": num_candidates, **accepted, BELOW: below}
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


def _link(spark: "SparkSession", indexes: list[Table], profile: Profile, day: str, out: Path) -> bool:
    """Writes the candidates and tells whether there are any.

    Keys travel as blocks of numbers: a row of Spark's for each key would cost more than all that is done with it.
    """
    import pyarrow.parquet as pq

    from heal_pipeline.spark import map_batches, write_parquet

    days = [str(t.day) for t in indexes]
    own = days.index(day)
    if not indexes[own].manifest().rows:
        return False
    num_keys = Scheme.of(profile.dedup).num_bands * sum(t.manifest().rows for t in indexes)
    num_parts = max(spark.sparkContext.defaultParallelism, -(-num_keys * ROW.itemsize // BLOCK_BYTES))
    sources = {entry.name: number for number, entry in enumerate(profile.sources)}
    sieve = _keys_of(indexes[own]) if len(indexes) > 1 else None
    rows = reading.units(spark, ((file, number) for number, t in enumerate(indexes) for file in t.files()))
    blocks = map_batches(rows, keying(own, sources, sieve, num_parts), BLOCK_SCHEMA)
    blocks = blocks.repartition("part").sortWithinPartitions("part")
    write_parquet(map_batches(blocks, linking(own, profile.dedup.jaccard), CANDIDATE_SCHEMA), out, CANDIDATE_SCHEMA)
    return any(pq.read_metadata(f).num_rows for f in out.glob("*.parquet"))


def _keys_of(index: Table) -> Sieve:
    """Of other days, only what may meet a key of this day is moved."""
    import pyarrow.parquet as pq

    sieve = Sieve()
    for file in index.files():
        for batch in pq.ParquetFile(file).iter_batches(columns=["bands"]):
            sieve.put(pc.list_flatten(batch.column("bands")).to_numpy().view(np.uint64))
    return sieve


def _verify(
    spark: "SparkSession", lake: Lake, profile: Profile, documents: pa.Table, candidates: Path, staged: Staged
) -> tuple[int, int]:
    """Writes the candidate pairs with the true similarity of their texts; returns how many there are, and were compared.

    Contents are dealt into blocks. A pair and its two contents meet in the cell of their blocks, contents first: a task gathers
    the contents of a cell, then compares, and holds no more than two blocks.
    """
    from pyspark.sql import Observation
    from pyspark.sql import functions as F
    from pyspark.sql.pandas.types import from_arrow_schema

    from heal_pipeline.spark import map_batches, write_parquet

    wanted = _documents_of(candidates)
    needed = documents.filter(pa.array(wanted.lets_through(halves(documents["doc_id"])[:, 0])))
    num_bytes = 8 * pc.sum(needed["num_shingles"]).as_py()
    num_cores = spark.sparkContext.defaultParallelism
    num_blocks = max(math.ceil(math.sqrt(2 * num_cores)), -(-num_bytes // BLOCK_BYTES))

    def block(name: str) -> Any:
        return F.crc32(name) % num_blocks

    def cell(one: Any, other: Any) -> Any:
        return F.least(one, other) * num_blocks + F.greatest(one, other)

    places = sorted(set(zip(needed["source"].to_pylist(), needed["batch"].to_pylist(), strict=True)))
    tables = [lake.table(profile.source(source).clean_table, batch) for source, batch in places]
    rows = reading.units(spark, ((file, 0) for t in tables for file in t.files()))
    contents = map_batches(rows, shingling(profile.dedup.shingle_words, wanted), EVIDENCE_SCHEMA)
    pairs = spark.read.schema(from_arrow_schema(CANDIDATE_SCHEMA)).parquet(str(candidates))
    pairs = pairs.withColumn("cell", cell(block("content_a"), block("content_b")))
    sides = F.explode(F.array("content_a", "content_b")).alias("content_id")
    contents = contents.join(pairs.select(sides, "cell").distinct(), "content_id")
    rows = pairs.unionByName(contents, allowMissingColumns=True)
    order: list[Any] = ["cell", F.col("a").isNotNull(), "a", "b", "content_a", "content_b"]
    compared = map_batches(
        rows.repartition("cell").sortWithinPartitions(*order), comparing(profile.dedup.jaccard), PAIR_SCHEMA
    )
    seen = Observation()
    compared = compared.observe(seen, F.count("*").alias("candidates"), F.count("jaccard").alias("compared"))
    stored = compared.where(F.col("accepted") | (F.col("jaccard") >= profile.dedup.jaccard - NEAR_MISS))
    write_parquet(stored, staged.path, PAIR_SCHEMA)
    return seen.get["candidates"], seen.get["compared"]


def _documents_of(candidates: Path) -> Sieve:
    """The documents that stand in candidates."""
    import pyarrow.parquet as pq

    sieve = Sieve()
    for file in sorted(candidates.glob("*.parquet")):
        for batch in pq.ParquetFile(file).iter_batches(columns=["a", "b"]):
            for column in batch.columns:
                sieve.put(halves(column.unique())[:, 0])
    return sieve


def _equal_pairs(documents: pa.Table, day: str) -> pa.Table:
    own = pc.unique(documents.filter(pc.equal(documents["batch"], day))["content_id"])
    documents = documents.filter(pc.is_in(documents["content_id"], own))
    counts = documents.group_by("content_id").aggregate([([], "count_all")])
    repeated = counts.filter(pc.greater(counts["count_all"], 1))["content_id"]
    documents = documents.filter(pc.is_in(documents["content_id"], repeated))
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
