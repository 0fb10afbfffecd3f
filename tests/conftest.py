"""What all tests share: a home of their own, one Spark session for the whole run, where the open data is."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OPEN_DATA = Path(os.environ.get("HEAL_OPEN_DATA") or ROOT.parent / "shared" / "data")


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HEAL_HOME", "HEAL_PROFILE", "HEAL_KEY", "HEAL_PROGRESS", "HEAL_OPEN_DATA", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def lake(tmp_path: Path):
    from heal_pipeline.lake import Lake

    return Lake(tmp_path / "home")


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory):
    """The one Spark session of the test run."""
    from heal_pipeline.lake import Lake
    from heal_pipeline.profile import SparkConfig
    from heal_pipeline.spark import session

    config = SparkConfig(master="local[2]", driver_memory="1g", shuffle_partitions=2)
    spark = session(config, Lake(tmp_path_factory.mktemp("spark-home")))
    yield spark
    spark.stop()


@pytest.fixture(scope="session")
def open_data() -> Path:
    """The folder with the open data sets; without it the test is skipped, and says so."""
    if not OPEN_DATA.is_dir():
        pytest.skip(f"the open data sets are not there ({OPEN_DATA}): set HEAL_OPEN_DATA")
    return OPEN_DATA


@pytest.fixture
def passing_validator():
    """A validator for tests of stages whose subject is not the suites themselves."""
    from heal_pipeline.lake import Verdict

    return lambda suite, frame: Verdict(suite, True, [{"rows": len(frame)}])
