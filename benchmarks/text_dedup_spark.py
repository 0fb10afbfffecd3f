"""text-dedup's path through Spark, as the peers' interpreter runs it: Parquet in, the documents that stay as Parquet out.

Its script (`text_dedup.minhash_spark`) is a main program whose steps these are, with its own functions for all that is computed: filter
by length, band keys, edges of each bucket, components, a join, writing. Nothing of this project is imported here. What is kinder to
it than the script is: components by scipy, in place of GraphFrames, whose Java part is on no package index; and so few partitions as
fit one core, where the script has thousands. GraphFrames must be importable all the same: whoever starts this puts a stub on the path.
"""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import psutil

PARTITIONS = 8


def time_documents(texts: str, warm_up: str, place: str, num_perm: int, bands: int, rows: int, ngram: int) -> None:
    """Prints how fast the documents of a folder become those that stay, after those of another have warmed the workers.

    Args:
        texts, warm_up: folders of Parquet files with a column "text".
        place: a folder for Spark and for what is written.

    {"documents", "kept", "seconds", "cpu"}: seconds of all processes below this one and its own.
    """
    spark = _session(place)
    scheme = (num_perm, bands, rows, ngram)
    _deduplicate(spark, warm_up, f"{place}/warm", *scheme)
    start, cpu = time.perf_counter(), _tree_cpu()
    documents, kept = _deduplicate(spark, texts, f"{place}/out", *scheme)
    said = {"documents": documents, "kept": kept, "seconds": time.perf_counter() - start, "cpu": _tree_cpu() - cpu}
    print(json.dumps(said))
    spark.stop()


def _session(place: str) -> Any:
    from pyspark.sql import SparkSession

    return (
        SparkSession.builder.master("local[1]")
        .config("spark.driver.memory", "2g")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", f"{place}/spark")
        .config("spark.sql.warehouse.dir", f"{place}/warehouse")
        .config("spark.default.parallelism", str(PARTITIONS))
        .config("spark.sql.shuffle.partitions", str(PARTITIONS))
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .config("spark.ui.enabled", "false")
        .getOrCreate()
    )


def _deduplicate(spark: Any, texts: str, out: str, num_perm: int, bands: int, rows: int, ngram: int) -> tuple[int, int]:
    """(documents, documents that stay)."""
    from pyspark import StorageLevel
    from pyspark.sql import functions as F
    from pyspark.sql.types import BooleanType
    from text_dedup.minhash_spark import (
        DTYPE,
        MOD_PRIME,
        RNG,
        generate_edges,
        generate_hash_values,
        ngrams_length_check,
    )

    hash_ranges = [(i * rows, (i + 1) * rows) for i in range(bands)]
    permutations = tuple(RNG.randint(least, MOD_PRIME, size=(num_perm,), dtype=DTYPE) for least in (1, 0))
    long_enough = F.udf(ngrams_length_check, BooleanType())
    frame = (
        spark.read.parquet(texts)
        .filter(long_enough(F.col("text"), F.lit(ngram), F.lit(ngram)))
        .withColumn("__id__", F.monotonically_increasing_id())
        .persist(StorageLevel.DISK_ONLY)
    )
    num = frame.count()
    edges = (
        frame.select("__id__", "text")
        .rdd.flatMap(lambda x: generate_hash_values(x[1], x[0], num_perm, ngram, ngram, hash_ranges, permutations))
        .groupBy(lambda x: (x[0], x[1]))
        .flatMap(lambda x: generate_edges([ele[2] for ele in x[1]]))
        .distinct()
        .collect()
    )
    assignment = spark.createDataFrame(_components(edges), "id long, component long")
    kept = (
        frame.join(assignment, frame["__id__"] == assignment["id"], "left")
        .filter(F.col("component").isNull() | (F.col("component") == F.col("__id__")))
        .drop("component", "id")
    )
    kept.write.parquet(out, mode="overwrite", compression="snappy")
    frame.unpersist()
    num_kept = spark.read.parquet(out).count()
    shutil.rmtree(Path(out))
    return num, num_kept


def _components(edges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(document, smallest document of its component)."""
    import numpy as np
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    ids, ends = np.unique(np.array(edges, dtype=np.int64), return_inverse=True)
    a, b = ends.reshape(-1, 2).T
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(len(ids), len(ids)))
    component = connected_components(graph, directed=False)[1]
    first = np.unique(component, return_index=True)[1]
    return list(zip(ids.tolist(), ids[first][component].tolist(), strict=True))


def _tree_cpu() -> float:
    this = psutil.Process()
    times = [process.cpu_times() for process in (this, *this.children(recursive=True))]
    return sum(t.user + t.system + t.children_user + t.children_system for t in times)
