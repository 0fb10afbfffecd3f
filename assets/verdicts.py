"""How verdicts and drift read on a check's page in the UI: one row an expectation, in plain words. No check is defined here."""

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from assets.stage import table
from heal_pipeline.lake import Verdict

SOURCE_DAY = "expectations:source_day"

WORDS = {
    "expect_table_columns_to_match_set": "the table has these columns",
    "expect_table_row_count_to_equal": "number of rows",
    "expect_table_row_count_to_be_between": "number of rows",
    "expect_column_unique_value_count_to_be_between": "number of different values",
    "expect_column_values_to_be_of_type": "has the type",
    "expect_column_values_to_not_be_null": "is never missing",
    "expect_column_values_to_be_unique": "is different in every row",
    "expect_compound_columns_to_be_unique": "together are different in every row",
    "expect_column_values_to_be_in_set": "is one of",
    "expect_column_values_to_match_regex": "has the form",
    "expect_column_values_to_not_match_regex": "does not have the form",
    "expect_column_values_to_be_between": "lies within",
    "expect_column_pair_values_a_to_be_greater_than_b": "the first is above the second",
}
"""What an expectation says, to be read after its column. Others go by their own name."""


def verdict_table(labelled: Sequence[tuple[str, Verdict]]) -> dg.TableMetadataValue:
    """Gates and their results, those that failed first. What was found of several alike stands there once.

    Args:
        labelled: (the table or artifact, a verdict of it).
    """
    found: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for label, verdict in labelled:
        for result in verdict.results or [{}]:
            found.setdefault(tuple(_row(verdict, result).items()), []).append(label)
    rows = [{**dict(row), "of": _of(labels)} for row, labels in found.items()]
    if len({label for label, _ in labelled}) == 1:
        rows = [{name: cell for name, cell in row.items() if name != "of"} for row in rows]
    return table(sorted(rows, key=lambda row: row["passed"] != "NO"))


def _of(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{labels[0]} and {len(labels) - 1} more"


def _row(verdict: Verdict, result: dict[str, Any]) -> dict[str, str]:
    passed = "yes" if result.get("passed", verdict.passed) else "NO"
    if "expectation" not in result:
        numbers = ", ".join(f"{k.replace('_', ' ')} {_number(v)}" for k, v in result.items() if k != "passed")
        words, column, bound, rows, failing, observed = verdict.gate.replace("_", " "), "", "", "", "", numbers
    else:
        words, column, bound = _words(result["expectation"]), result["column"], _bound(result["arguments"])
        rows, failing, observed = (_number(result.get(name)) for name in ("rows", "failing", "observed"))
        if verdict.gate == SOURCE_DAY and column and not observed:
            observed = "nothing to judge"
    return {
        "passed": passed,
        "column": column,
        "expectation": words,
        "bound": bound,
        "rows": rows,
        "failing": failing,
        "observed": observed,
        "gate": verdict.gate,
    }


def _words(expectation: str) -> str:
    return WORDS.get(expectation, expectation.removeprefix("expect_").replace("_", " "))


def _bound(arguments: Mapping[str, Any]) -> str:
    """The arguments of an expectation, as the bound that they are."""
    least, most = arguments.get("min_value"), arguments.get("max_value")
    if least is not None and most is not None:
        return f"{_number(least)} to {_number(most)}"
    if least is not None:
        return f"{'above' if arguments.get('strict_min') else 'at least'} {_number(least)}"
    if most is not None:
        return f"{'below' if arguments.get('strict_max') else 'at most'} {_number(most)}"
    values = next((arguments[k] for k in ("value_set", "column_set", "value", "type_", "regex") if k in arguments), "")
    return ", ".join(_number(v) or "nothing" for v in values) if isinstance(values, list) else _number(values)


def _number(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:,.4g}" if value != int(value) else f"{int(value):,}"
    return str(value)
