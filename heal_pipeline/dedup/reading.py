"""Tables read by Spark's tasks themselves, with pyarrow: of rows and columns that a task does not need nothing passes through Java."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

UNIT_SCHEMA = pa.schema([("file", pa.string()), ("row_group", pa.int32()), ("day", pa.int32())])
"""What is read at once. Days are numbered."""

TASKS_PER_CORE = 4
READ_ROWS = 512


def units(spark: "SparkSession", files: Iterable[tuple[str, int]]) -> "DataFrame":
    """The row groups of Parquet files, in UNIT_SCHEMA, dealt to tasks. `files` are (path, number of the day), at least one."""
    import pyarrow.parquet as pq
    from pyspark.sql.pandas.types import from_arrow_schema

    found = [(file, group, day) for file, day in files for group in range(pq.read_metadata(file).num_row_groups)]
    num_tasks = min(len(found), TASKS_PER_CORE * spark.sparkContext.defaultParallelism)
    dealt = [unit for task in range(num_tasks) for unit in found[task::num_tasks]]
    return spark.createDataFrame(spark.sparkContext.parallelize(dealt, num_tasks), from_arrow_schema(UNIT_SCHEMA))


def row_groups(batches: Iterator[pa.RecordBatch], columns: list[str]) -> Iterator[tuple[int, pa.RecordBatch]]:
    """(number of the day, rows) of the units of a task, with the columns in the order given."""
    import pyarrow.parquet as pq

    for batch in batches:
        for file, row_group, day in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            with pq.ParquetFile(file) as opened:
                for rows in opened.iter_batches(READ_ROWS, [row_group], columns, use_threads=False):
                    yield day, rows.select(columns)
