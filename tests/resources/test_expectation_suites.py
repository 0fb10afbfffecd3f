"""Suites are data that Great Expectations knows, and a verdict names what failed without any value of the frame."""

import json
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from resources import expectations
from resources.counting import _FAILING, _OBSERVED, columns_of, count_failing
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
        "num_segments": 1,
        "num_scored": 1,
    }
    return pd.DataFrame({**values, **columns}).astype({"num_records": "int32"})


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

    content = load_suite(name)
    assert set(content) <= {"expectations", "aggregates"}
    assert content["expectations"]
    for entry in content["expectations"]:
        assert set(entry) <= {"type", "kwargs"}
        get_expectation_impl(entry["type"])(**entry.get("kwargs", {}))


@pytest.mark.parametrize("name", NAMES)
def test_every_suite_gives_a_result_for_each_expectation_even_without_rows(name: str) -> None:
    entries = load_suite(name)["expectations"]
    columns = {c for e in entries for c in columns_of(e["kwargs"])}
    frame = pd.DataFrame({c: pd.Series(dtype=object) for c in sorted(columns)})
    verdict = validate(name, frame, **dict.fromkeys(parameters_of(entries), 1.0))
    assert verdict.gate == f"expectations:{name}"
    assert sorted(r["expectation"] for r in verdict.results) == sorted(e["type"] for e in entries)
    assert json.loads(json.dumps(asdict(verdict))) == asdict(verdict)


def parameters_of(entries: list[dict]) -> list[str]:
    arguments = [a for e in entries for a in e["kwargs"].values()]
    return [a["$PARAMETER"] for a in arguments if isinstance(a, dict)]


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
    assert (failed["rows"], failed["failing"]) == (50, 1)


def test_a_column_that_is_not_there_fails() -> None:
    verdict = validate("raw", raw_frame().drop(columns="content_id"))
    failed = [(r["column"], r["failing"], r["observed"]) for r in verdict.results if not r["passed"]]
    assert sorted(failed) == [("", None, 9), ("content_id", None, None)]


def test_a_column_too_many_fails() -> None:
    """Whatever a stage adds to a frame must be declared: a text that slips in does not go unseen."""
    verdict = validate("raw", raw_frame(note="the text itself"))
    assert [r["expectation"] for r in verdict.results if not r["passed"]] == ["expect_table_columns_to_match_set"]


def test_a_column_of_another_type_fails() -> None:
    verdict = validate("raw", raw_frame().astype({"num_records": "float64"}))
    assert [r["expectation"] for r in verdict.results if not r["passed"]] == ["expect_column_values_to_be_of_type"]


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


def test_the_library_itself_is_asked_for_nothing_but_whether_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    from great_expectations.datasource.fluent.interfaces import Batch

    judge, outcomes = Batch.validate, []

    def remembering(self: Batch, *args: object, **kwargs: object) -> object:
        outcomes.append(judge(self, *args, **kwargs))  # type: ignore[arg-type]
        return outcomes[-1]

    monkeypatch.setattr(Batch, "validate", remembering)
    assert not validate("raw", raw_frame(kind=["note"] * 49 + [PLANTED])).passed
    assert [r.result for outcome in outcomes for r in outcome.results if r.result] == []
    assert PLANTED not in str(outcomes)


@pytest.mark.parametrize("expectation", EXPECTATIONS, ids=lambda e: e["type"])
def test_no_value_of_the_frame_leaves_it(suite, expectation: dict, caplog, capfd) -> None:
    frame = pd.DataFrame({"name": [PLANTED, PLANTED, "known"], "day": "2024-01-01"})
    with caplog.at_level("DEBUG"):
        verdict = validate(suite(expectation), frame)
    assert not verdict.passed
    told = json.dumps(asdict(verdict)) + caplog.text + "".join(capfd.readouterr())
    for part in (*PLANTED.split(), *PLANTED.split("-")):
        assert part not in told.replace(json.dumps(expectation["kwargs"].get("regex", "none")), "")


DAY_MEASURES = {"documents": 40.0, "drop_share": 0.25, "english_share": 0.9, "mean_words": 120.0}
OPEN = {f"{name}_{side}": bound for name in DAY_MEASURES for side, bound in (("least", 0), ("most", None))}


@pytest.mark.parametrize("name", sorted(DAY_MEASURES))
@pytest.mark.parametrize("side", ["least", "most"])
def test_each_bound_of_a_day_can_fail_and_shows_what_was_measured(name: str, side: str) -> None:
    frame = pd.DataFrame([DAY_MEASURES])
    assert validate("source_day", frame, **OPEN).passed
    measured = DAY_MEASURES[name]
    for bound in ({f"{name}_{side}": measured}, {f"{name}_{side}": measured * (1.01 if side == "least" else 0.99)}):
        verdict = validate("source_day", frame, **{**OPEN, **bound})
        failed = [(r["column"], r["observed"]) for r in verdict.results if not r["passed"]]
        assert failed == ([] if bound[f"{name}_{side}"] == measured else [(name, measured)])


def test_a_measure_with_nothing_to_judge_passes_but_the_number_of_documents_is_never_that() -> None:
    nothing = pd.DataFrame([dict.fromkeys(DAY_MEASURES)], dtype=float)
    verdict = validate("source_day", nothing, **{**OPEN, "drop_share_most": 0.0})
    assert [(r["expectation"], r["column"]) for r in verdict.results if not r["passed"]] == [
        ("expect_column_values_to_not_be_null", "documents")
    ]


def test_a_bound_that_nobody_gave_is_an_error() -> None:
    with pytest.raises(Exception, match="drop_share_most"):
        validate(
            "source_day", pd.DataFrame([DAY_MEASURES]), **{k: v for k, v in OPEN.items() if k != "drop_share_most"}
        )


VALUES = st.one_of(st.none(), st.sampled_from(["a", "b", "0" * 32]), st.sampled_from(["f" * 32, ""]))
NUMBERS = st.one_of(st.none(), st.integers(-2, 3), st.floats(-2, 3))
COUNTED = [
    ("expect_column_values_to_not_be_null", {"column": "text"}),
    ("expect_column_values_to_be_unique", {"column": "text"}),
    ("expect_column_values_to_be_in_set", {"column": "text", "value_set": ["a", ""]}),
    ("expect_column_values_to_match_regex", {"column": "text", "regex": "^[0-9a-f]{32}$"}),
    ("expect_column_values_to_not_match_regex", {"column": "text", "regex": "^a"}),
    ("expect_column_values_to_be_between", {"column": "number", "min_value": 0, "max_value": 2, "strict_min": True}),
    ("expect_column_values_to_be_between", {"column": "number", "max_value": 1}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "number", "column_B": "other", "or_equal": True}),
    ("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "number", "column_B": "other"}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["text", "number"]}),
]


@pytest.mark.parametrize(("expectation", "arguments"), COUNTED, ids=lambda v: v if isinstance(v, str) else "")
@given(rows=st.lists(st.tuples(VALUES, NUMBERS, NUMBERS), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_our_counts_agree_with_great_expectations(expectation: str, arguments: dict, rows: list) -> None:
    frame = pd.DataFrame(rows, columns=["text", "number", "other"]).astype({"number": float, "other": float})
    counted = count_failing(expectation, frame, arguments)
    gx = expectations._great_expectations()
    from great_expectations.expectations.registry import get_expectation_impl

    suite = gx.ExpectationSuite(name="one", expectations=[get_expectation_impl(expectation)(**arguments)])
    outcome = expectations._context().get_batch({"dataframe": frame}).validate(suite, result_format="BASIC")
    assert counted == outcome.results[0].result["unexpected_count"]
    assert (counted == 0) == outcome.success


def test_every_expectation_of_a_suite_shows_a_number() -> None:
    """Of types alone nothing can be counted."""
    types = {e["type"] for name in NAMES for e in load_suite(name)["expectations"]}
    assert types - set(_FAILING) - set(_OBSERVED) == {"expect_column_values_to_be_of_type"}


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
