"""Suites are data that Great Expectations knows, and a verdict names what failed without any value of the frame."""

import json
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import yaml

from resources import expectations
from resources.expectations import SUITES, load_suite, validate

PLANTED = "Quillon-Abernathy 555-0142"
NAMES = sorted(p.stem for p in SUITES.glob("*.yaml"))


def identities(count: int) -> list[str]:
    return [f"{i:032x}" for i in range(count)]


def raw_frame(count: int = 50, **columns) -> pd.DataFrame:
    values = {
        "doc_id": identities(count),
        "content_id": identities(count),
        "source": "notes",
        "batch": "2024-01-01",
        "subject_id": None,
        "kind": "note",
        "num_records": 1,
        "num_chars": np.arange(1, count + 1),
        "num_scored": 1,
    }
    return pd.DataFrame({**values, **columns})


@pytest.fixture
def suite(monkeypatch, tmp_path):
    """Writes a suite of its own and gives its name."""
    monkeypatch.setattr(expectations, "SUITES", tmp_path)
    load_suite.cache_clear()

    def write(*entries: dict) -> str:
        (tmp_path / "own.yaml").write_text(yaml.safe_dump({"expectations": list(entries)}))
        return "own"

    yield write
    load_suite.cache_clear()


@pytest.mark.parametrize("name", NAMES)
def test_every_suite_names_expectations_that_exist_with_arguments_they_take(name: str) -> None:
    from great_expectations.expectations.registry import get_expectation_impl

    entries = load_suite(name)
    assert entries
    for entry in entries:
        assert set(entry) <= {"type", "kwargs", "severity"}
        get_expectation_impl(entry["type"])(**entry.get("kwargs", {}))


@pytest.mark.parametrize("name", NAMES)
def test_every_suite_gives_a_result_for_each_expectation_even_without_rows(name: str) -> None:
    columns = {c for e in load_suite(name) for c in columns_of(e["kwargs"])}
    verdict = validate(name, pd.DataFrame({c: pd.Series(dtype=object) for c in sorted(columns)}))
    assert verdict.gate == f"expectations:{name}"
    assert sorted(r["expectation"] for r in verdict.results) == sorted(e["type"] for e in load_suite(name))
    assert json.loads(json.dumps(asdict(verdict))) == asdict(verdict)


def columns_of(arguments: dict) -> list[str]:
    named = [arguments[k] for k in ("column", "column_A", "column_B") if k in arguments]
    return [*named, *arguments.get("column_list", [])]


def test_rows_that_are_as_they_should_be_pass() -> None:
    verdict = validate("raw", raw_frame())
    assert verdict.passed
    assert all(r["passed"] and r["rows"] == 50 for r in verdict.results)


def test_the_expectation_that_failed_is_named() -> None:
    verdict = validate("raw", raw_frame(kind=["note"] * 49 + ["letter"]))
    assert not verdict.passed
    [failed] = [r for r in verdict.results if not r["passed"]]
    assert failed["expectation"] == "expect_column_values_to_be_in_set"
    assert failed["column"] == "kind"
    assert "note" in failed["arguments"]["value_set"]


def test_a_column_that_is_not_there_fails() -> None:
    verdict = validate("raw", raw_frame().drop(columns="content_id"))
    assert [r["column"] for r in verdict.results if not r["passed"]] == ["content_id"]


EXPECTATIONS = [
    {"type": "expect_column_values_to_be_in_set", "kwargs": {"column": "name", "value_set": ["known"]}},
    {"type": "expect_column_values_to_match_regex", "kwargs": {"column": "name", "regex": "^[0-9a-f]{32}$"}},
    {"type": "expect_column_values_to_not_match_regex", "kwargs": {"column": "name", "regex": "Quillon"}},
    {"type": "expect_column_values_to_be_unique", "kwargs": {"column": "name"}},
    {"type": "expect_column_value_lengths_to_equal", "kwargs": {"column": "name", "value": 3}},
    {"type": "expect_column_distinct_values_to_be_in_set", "kwargs": {"column": "name", "value_set": ["known"]}},
    {"type": "expect_column_most_common_value_to_be_in_set", "kwargs": {"column": "name", "value_set": ["known"]}},
    {"type": "expect_column_values_to_be_between", "kwargs": {"column": "name", "min_value": 0, "max_value": 1}},
    {"type": "expect_compound_columns_to_be_unique", "kwargs": {"column_list": ["name", "day"]}},
]


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda e: e["type"])
def test_no_value_of_the_frame_leaves_it(suite, expectation: dict, caplog, capfd) -> None:
    frame = pd.DataFrame({"name": [PLANTED, PLANTED, "known"], "day": "2024-01-01"})
    with caplog.at_level("DEBUG"):
        verdict = validate(suite(expectation), frame)
    assert not verdict.passed
    told = json.dumps(asdict(verdict)) + caplog.text + "".join(capfd.readouterr())
    for part in (*PLANTED.split(), *PLANTED.split("-")):
        assert part not in told.replace(json.dumps(expectation["kwargs"].get("regex", "none")), "")


def test_the_same_rows_give_the_same_verdict_and_the_frame_stays_as_it_was() -> None:
    frame = raw_frame()
    before = frame.copy(deep=True)
    assert validate("raw", frame) == validate("raw", frame)
    pd.testing.assert_frame_equal(frame, before)


def test_a_later_frame_is_not_judged_by_an_earlier_one() -> None:
    assert validate("raw", raw_frame()).passed
    assert not validate("raw", raw_frame(kind="letter")).passed
    assert validate("raw", raw_frame()).passed


def test_a_program_without_a_file_gets_its_verdict_too() -> None:
    """pyspark ends such a process, silently and with exit code 0, when Great Expectations imports it."""
    code = (
        "import pandas, sys; from resources.expectations import validate; "
        "verdict = validate('release', pandas.DataFrame({'doc_id': []})); "
        "print(verdict.passed, hasattr(sys.modules['__main__'], '__file__'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=SUITES.parents[1], capture_output=True, text=True)
    assert done.stdout == "False False\n"
