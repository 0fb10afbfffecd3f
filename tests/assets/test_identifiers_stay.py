"""A name and a record number, planted wherever a record could carry them, and looked for wherever a run writes."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest
import yaml

from heal_pipeline.definitions import build
from heal_pipeline.lake import Lake
from heal_pipeline.launch import dagster_environment
from resources import expectations

pytestmark = [pytest.mark.spark, pytest.mark.slow]

DAYS = ["2026-01-05", "2026-01-06"]
NAME, NUMBER = "Zebulon Quillfeather", "MRN-7730419"
PLANTED = ("Zebulon", "Quillfeather", "7730419")
NOTE = f"{NAME} ({NUMBER}) was seen in clinic today and feels well. The blood pressure is normal. Return in a year."

LEAKY = [
    {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "note", "value_set": ["none"]}},
    {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "note", "regex": "^none$"}},
    {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "note"}},
    {"type": "expect_column_distinct_values_to_be_in_set", "kwargs": {"column": "note", "value_set": ["none"]}},
    {"type": "expect_column_most_common_value_to_be_in_set", "kwargs": {"column": "note", "value_set": ["none"]}},
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "note", "min_value": 0, "max_value": 1}},
    {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["note", "batch"]}},
]
"""Expectations that the texts of the records fail, each in its own way."""


@pytest.fixture
def profile_path(tmp_path: Path) -> str:
    """A clinic's letters on two days: identifiers in texts, keys, subjects, titles, file names, and in rows that are broken."""
    for number, day in enumerate(DAYS):
        folder = tmp_path / "data" / "letters" / day
        folder.mkdir(parents=True)
        records = [
            {
                "text": f"{NOTE} Visit {i} of day {number}." * (1 + number),
                "key": f"{NUMBER}/{i}",
                "mrn": NUMBER,
                "name": NAME,
            }
            for i in range(120)
        ]
        lines = [json.dumps({**r, "title": f"Letter about {NAME}"}) for r in records]
        broken = [f'{{"text": "{NAME} broke off', json.dumps({"key": NUMBER, "name": NAME}), json.dumps([NAME, NUMBER])]
        (folder / f"{NAME} {NUMBER}.jsonl").write_text("\n".join([*lines, *broken, ""]))
    source = {
        "name": "letters",
        "reader": "jsonl",
        "location": ["letters/{day}/*.jsonl"],
        "fields": {"text": "text", "key": "key", "subject": "mrn", "title": "title"},
        "meta": ["title"],
        "options": {"registration": {"name": "{name}", "mrn": "{mrn}"}},
        "group": "medical_proprietary",
        "kind": "note",
        "licence": "internal",
        "owner": "team:records",
        "phi": "contains",
    }
    path = tmp_path / "clinic.yaml"
    path.write_text(yaml.safe_dump({"data": str(tmp_path / "data"), "days": DAYS, "sources": [source]}))
    return str(path)


@pytest.fixture
def leaky_suites(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The suites as they are, but for a raw one that looks at the texts themselves, which it is then given."""
    suites = shutil.copytree(expectations.SUITES, tmp_path / "suites")
    (suites / "raw.yaml").write_text(yaml.safe_dump({"expectations": LEAKY}))
    real = expectations.validate
    monkeypatch.setattr(expectations, "SUITES", suites)
    monkeypatch.setattr(
        expectations, "validate", lambda suite, frame, **bounds: real(suite, frame.assign(note=NOTE), **bounds)
    )
    expectations.load_suite.cache_clear()
    yield
    expectations.load_suite.cache_clear()


def materialize(
    instance: dg.DagsterInstance, home: Path, profile_path: str, day: str, *assets: str
) -> dg.ExecuteInProcessResult:
    selection = dg.AssetSelection.assets(*[[name, "letters"] for name in assets])
    jobs = dg.Definitions(jobs=[dg.define_asset_job("some", selection=selection)])
    job = dg.Definitions.merge(build(str(home), profile_path), jobs).resolve_job_def("some")
    return job.execute_in_process(partition_key=day, instance=instance, raise_on_error=False)


def written(home: Path) -> Iterator[tuple[str, str]]:
    """(place, what stands there) for all that a run left but the restricted tables themselves: Dagster's databases and logs,
    the ledger, statistics and signals, and the manifests and verdicts of every table."""
    for path in sorted(p for p in home.rglob("*") if p.is_file()):
        place = path.relative_to(home)
        yield f"name of {place}", str(place)
        if path.suffix == ".parquet":
            if place.parts[0] != "restricted":
                yield str(place), str(pq.read_table(path, partitioning=None).to_pylist())
        else:
            yield str(place), path.read_bytes().decode("utf-8", "replace")


def test_no_identifier_leaves_the_restricted_tables(
    tmp_path: Path, profile_path: str, spark, request: pytest.FixtureRequest, monkeypatch, caplog, capfd
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    told: list[str] = []
    with (
        dg.DagsterInstance.from_config(dagster_environment(profile_path, home)["DAGSTER_HOME"]) as instance,
        caplog.at_level("INFO"),
    ):
        for day in DAYS:
            run = materialize(instance, home, profile_path, day, "raw", "filtered")
            assert run.success
            told += map(str, run.get_asset_check_evaluations())
        assert "lies within" in told[-1] + told[-2]
        assert "mean then" in told[-1] + told[-2], "the second day was compared with the first"

        def failing(*_: object) -> None:
            raise ValueError(f"{NAME} has the number {NUMBER}")

        monkeypatch.setattr("heal_pipeline.filtering.stage.judge_source", failing)
        run = materialize(instance, home, profile_path, DAYS[0], "filtered")
        assert not run.success
        told += map(str, run.all_events)
        assert "ValueError in filtered/letters" in "".join(told)

        request.getfixturevalue("leaky_suites")
        run = materialize(instance, home, profile_path, DAYS[1], "raw")
        [check] = run.get_asset_check_evaluations()
        assert not check.passed
        assert [r.data["passed"] for r in check.metadata["verdicts"].records].count("NO") == len(LEAKY)
        told.append(str(check))
    told += [caplog.text, *capfd.readouterr()]
    lake = Lake(home)
    assert any(
        word in str(lake.table("filtered/letters", DAYS[0], "restricted").read().to_pylist()) for word in PLANTED
    )
    places = dict(written(home))
    assert sum("failed.json" in place for place in places) > 1, "verdicts of the failed gate"
    assert any("expectations:raw" in text for place, text in places.items() if place.endswith(".db")), "the event log"
    assert any(place.startswith("cleared/statistics/letters") for place in places)
    assert any(place.startswith("cleared/ledger/raw/letters") for place in places)
    leaks = sorted({place for place, text in places.items() for word in PLANTED if word in text})
    assert not leaks
    assert not [word for word in PLANTED for text in told if word in text]
