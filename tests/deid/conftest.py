"""What the de-identification tests share: one home with a small trained tagger, a profile, and documents about people."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from heal_pipeline import deid
from heal_pipeline.deid.detectors import Detector
from heal_pipeline.deid.lexicon import Lexicon, make_lexicon
from heal_pipeline.deid.surrogates import Pools
from heal_pipeline.documents import DOCUMENT_SCHEMA, REGISTRATION_SCHEMA, content_id, doc_id, subject_id
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import DeidConfig, Profile, SourceEntry, load_profile

DAY = "2026-03-02"
KEY = b"k" * 32


def _profile(**values: Any) -> Profile:
    config: dict[str, Any] = {"training_documents": 1500, "training_iterations": 40, "canaries": 140, **values}
    entry = SourceEntry(
        name="notes",
        reader="jsonl",
        group="medical_proprietary",
        kind="note",
        licence="internal",
        owner="team:data",
        phi="contains",
    )
    public = entry.model_copy(update={"name": "pages", "phi": "none", "group": "medical_public"})
    return Profile(name="p", days=[DAY], synthetic=True, sources=[entry, public], deid=DeidConfig(**config))


@pytest.fixture(scope="session")
def profile_with() -> Callable[..., Profile]:
    """Makes a profile with one restricted source, "notes", and one public one, "pages"; its arguments are of `deid`."""
    return _profile


@pytest.fixture(scope="session")
def trained_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a tagger, made by the front door. Tests read it, and write to copies of it."""
    home = tmp_path_factory.mktemp("tagger") / "home"
    assert deid.ensure_tagger(Lake(home), _profile())
    deid.evaluate_tagger(Lake(home), _profile())
    return home


@pytest.fixture(scope="session")
def detector(trained_home: Path) -> Detector:
    return deid.detector(Lake(trained_home), _profile())


@pytest.fixture(scope="session")
def sample_detector(tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """The detector of the sample profile, trained without public text: the least that any home has."""
    profile = load_profile("sample")
    lake = Lake(tmp_path_factory.mktemp("sample-tagger"), profile.hash)
    deid.ensure_tagger(lake, profile)
    return deid.detector(lake, profile)


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    """The lists of packages, with a few common words: no training."""
    return make_lexicon(["the patient will have long walks and grace", "the patient will have long walks and grace"])


@pytest.fixture(scope="session")
def pools(lexicon: Lexicon) -> Pools:
    return Pools.of(lexicon)


@pytest.fixture
def home(trained_home: Path, tmp_path: Path) -> Lake:
    """A copy of the trained home to write to."""
    shutil.copytree(trained_home, tmp_path / "home")
    return Lake(tmp_path / "home")


@pytest.fixture
def tables() -> Callable[..., None]:
    """Commits raw/notes, filtered/notes and registration of a day in a lake, as the stages before would."""

    def commit(
        lake: Lake,
        records: list[dict[str, Any]],
        registered: dict[str, dict[str, str]] | None = None,
        day: str = DAY,
    ) -> None:
        rows = []
        for i, record in enumerate(records):
            segments = record.get("segments") or [{"text": record["text"], "scored": True}]
            subject = record.get("subject")
            rows.append(
                {
                    "doc_id": doc_id("notes", f"{day} {i}", KEY), "content_id": content_id("x"), "source": "notes", "batch": day,
                    "origin_file": "f" * 64, "origin_row": i, "num_records": 1,
                    "subject_id": subject_id(subject, KEY) if subject else None, "kind": record.get("kind", "note"),
                    "segments": segments, "meta": sorted(record.get("meta", {}).items()),
                }
            )  # fmt: skip
        raw, part, whole = (
            lake.table(name, day, "restricted") for name in ("raw/notes", "registration/notes", "registration")
        )
        for table in (raw, lake.table("filtered/notes", day, "restricted")):
            with lake.stage(table) as staged:
                staged.write(pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA))
                staged.commit()
        people = [
            {"subject_id": subject_id(s, KEY), "field": f, "value": v}
            for s, values in (registered or {}).items()
            for f, v in values.items()
        ]
        for table, made_of in ((part, raw), (whole, part)):
            with lake.stage(table, inputs=[made_of]) as staged:
                staged.write(pa.Table.from_pylist(people, schema=REGISTRATION_SCHEMA))
                staged.commit()

    return commit


@pytest.fixture
def suite():
    from resources.expectations import validate

    return validate


@pytest.fixture
def run(spark, suite) -> Callable[..., StageResult]:
    """The stage on "notes" of a day; further arguments are of `deid`."""

    def deidentify(lake: Lake, day: str = DAY, **values: Any) -> StageResult:
        profile = _profile(**values)
        return deid.deidentify_source(spark, lake, profile, profile.source("notes"), day, suite)

    return deidentify


@pytest.fixture(scope="session")
def growth() -> Callable[[Callable[[str], object], str, int], float]:
    """How many times as long a function takes for a text that is four times as long. No less than 20 ms count, so that 16,
    which says "quadratic", is far from what noise gives: a guard against hangs, and no measurement.

    Arguments: the function, what the text repeats, the characters of the longer text.
    """

    def took(function: Callable[[str], object], text: str) -> float:
        start = time.process_time()
        function(text)
        return time.process_time() - start

    def ratio(function: Callable[[str], object], unit: str, length: int) -> float:
        seconds = []
        for size in (length // 4, length):
            text = (unit * (size // len(unit) + 1))[:size]
            seconds.append(min(took(function, text) for _ in range(3)))  # a full garbage collection may fall into one
        return seconds[1] / max(seconds[0], 0.02)

    return ratio
