"""What all tests share: a home of their own, one Spark session for the whole run, where the open data is."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
OPEN_DATA = Path(os.environ.get("HEAL_OPEN_DATA") or ROOT.parent / "shared" / "data").resolve()


def pytest_configure() -> None:
    """rouge-score imports absl, whose log handler keeps the standard error that it found and closes it whenever logging is set up
    anew, as a new Dagster home does: that of the whole test run, then. It leaves the process's own alone."""
    from absl import logging

    logging.get_absl_handler().python_handler.stream = sys.__stderr__


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

    return lambda suite, frame, **parameters: Verdict(suite, True, [{"rows": len(frame)}])


PAGE = (
    "The clinic opens at eight in the morning, and most of the people who come in have an appointment. "
    "A nurse takes their blood pressure and asks about the medicines that they use. "
    "The doctor then listens, examines them, and explains what could be done next."
)
PAGES = [f"{PAGE} This is page number {i}." for i in range(12)]
PAGES_DAY = "2026-01-05"


@pytest.fixture
def pages_profile(tmp_path: Path) -> Callable[..., Path]:
    """Writes a profile with one public source, pages of a clinic, and gives its path. Further settings go in by name."""

    def write(extra: Sequence[str] = (), **settings: object) -> Path:
        pages = tmp_path / "data" / "pages"
        pages.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps({"text": text, "id": i}) + "\n" for i, text in enumerate([*PAGES, *extra])]
        (pages / "a.jsonl").write_text("".join(lines))
        source = {
            "name": "pages",
            "reader": "jsonl",
            "location": ["pages/*.jsonl"],
            "fields": {"text": "text", "key": "id"},
            "group": "medical_public",
            "kind": "text",
            "licence": "CC0",
            "owner": "team:library",
        }
        path = tmp_path / "mine.yaml"
        values = {"data": str(tmp_path / "data"), "days": [PAGES_DAY], "sources": [source], **settings}
        path.write_text(yaml.safe_dump(values))
        return path

    return write
