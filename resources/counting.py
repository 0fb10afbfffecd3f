"""How many rows fail an expectation, counted here: Great Expectations gives its counts only together with failing values.

A count says nothing of a gate's verdict, which is Great Expectations' alone; a test holds that the two agree.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Arguments = Mapping[str, Any]
Failing = Any
"""pd.Series of bool, one entry a row that was looked at; pandas' own types do not follow the operators."""


def columns_of(arguments: Arguments) -> list[str]:
    """The columns that an expectation is about; none where it is about the table."""
    named = [arguments[k] for k in ("column", "column_A", "column_B") if k in arguments]
    return [*named, *arguments.get("column_list", [])]


def count_failing(expectation: str, frame: "pd.DataFrame", arguments: Arguments) -> int | None:
    """Rows that fail. None where the expectation is not about rows, a column is not there, or holds what cannot be compared."""
    count = _FAILING.get(expectation)
    if count is None or not set(columns_of(arguments)) <= set(frame.columns):
        return None
    try:
        return int(count(frame, arguments).sum())
    except TypeError:  # Great Expectations fails such a column as well
        return None


def count_observed(expectation: str, frame: "pd.DataFrame", arguments: Arguments) -> int | None:
    """The count that the expectation compares with its bounds. None where it is about rows, or a column is not there."""
    count = _OBSERVED.get(expectation)
    if count is None or not set(columns_of(arguments)) <= set(frame.columns):
        return None
    return count(frame, arguments)


def _outside(values: "pd.Series[Any]", arguments: Arguments) -> Failing:
    low, high = arguments.get("min_value"), arguments.get("max_value")
    failing = values != values
    if low is not None:
        failing |= (values <= low) if arguments.get("strict_min") else (values < low)
    if high is not None:
        failing |= (values >= high) if arguments.get("strict_max") else (values > high)
    return failing


def _not_greater(frame: "pd.DataFrame", arguments: Arguments) -> Failing:
    a, b = frame[arguments["column_A"]], frame[arguments["column_B"]]
    holds = (a >= b) if arguments.get("or_equal") else (a > b)
    return ~holds & (a.notna() | b.notna())


def _repeated(frame: "pd.DataFrame", arguments: Arguments) -> Failing:
    together = frame[arguments["column_list"]]
    return together.duplicated(keep=False) & together.notna().any(axis=1)


def _of_values(count: Callable[["pd.Series[Any]", Arguments], Failing]) -> Callable[..., Failing]:
    """Most expectations look at the values of one column, and pass over those that are missing."""
    return lambda frame, arguments: count(frame[arguments["column"]].dropna(), arguments)


def _matches(values: "pd.Series[Any]", arguments: Arguments) -> Failing:
    return values.astype(str).str.contains(arguments["regex"])


_FAILING: dict[str, Callable[["pd.DataFrame", Arguments], Failing]] = {
    "expect_column_values_to_not_be_null": lambda frame, arguments: frame[arguments["column"]].isna(),
    "expect_column_values_to_be_unique": _of_values(lambda values, _: values.duplicated(keep=False)),
    "expect_column_values_to_be_in_set": _of_values(lambda values, a: ~values.isin(a["value_set"])),
    "expect_column_values_to_match_regex": _of_values(lambda values, a: ~_matches(values, a)),
    "expect_column_values_to_not_match_regex": _of_values(_matches),
    "expect_column_values_to_be_between": _of_values(_outside),
    "expect_column_pair_values_a_to_be_greater_than_b": _not_greater,
    "expect_compound_columns_to_be_unique": _repeated,
}

_OBSERVED: dict[str, Callable[["pd.DataFrame", Arguments], int]] = {
    "expect_table_row_count_to_equal": lambda frame, _: len(frame),
    "expect_table_row_count_to_be_between": lambda frame, _: len(frame),
    "expect_table_columns_to_match_set": lambda frame, _: len(frame.columns),
    "expect_column_unique_value_count_to_be_between": lambda frame, a: len(set(frame[a["column"]].dropna())),
}
