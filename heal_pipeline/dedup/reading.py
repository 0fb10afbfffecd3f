"""Tables read by Spark's tasks themselves: of rows and columns that a task does not need nothing passes through Java."""

from collections.abc import Iterable, Iterator
from dataclasses import astuple
from typing import TYPE_CHECKING

import pyarrow as pa

from heal_pipeline.pieces import RowGroup, batches_of, row_groups

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

UNIT_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("index", pa.int32()),
        ("num_rows", pa.int64()),
        ("num_bytes", pa.int64()),
        ("day", pa.int32()),
    ]
)
"""What is read at once: a row group. Days are numbered."""

TASKS_PER_CORE = 4


def units(spark: "SparkSession", files: Iterable[tuple[str, int]]) -> "DataFrame":
    """The row groups of Parquet files, in UNIT_SCHEMA, dealt to tasks. `files` are (path, number of the day), at least one."""
    from pyspark.sql.pandas.types import from_arrow_schema

    found = [(*astuple(group), day) for file, day in files for group in row_groups([file])]
    num_tasks = min(len(found), TASKS_PER_CORE * spark.sparkContext.defaultParallelism)
    dealt = [unit for task in range(num_tasks) for unit in found[task::num_tasks]]
    return spark.createDataFrame(spark.sparkContext.parallelize(dealt, num_tasks), from_arrow_schema(UNIT_SCHEMA))


def read_units(batches: Iterator[pa.RecordBatch], columns: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """(number of the day, rows) of the units of a task, with the columns in the order given."""
    for batch in batches:
        for *group, day in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            for rows in batches_of((RowGroup(*group),), columns):
                yield day, rows.select(columns)
