"""Great Expectations: runs the suites of resources/suites, which are data, on a frame.

Results are asked for as BOOLEAN_ONLY, since every richer format writes offending values into its result; how many rows
were looked at, and how many fail, is counted here.
"""

import math
import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from heal_pipeline.lake import Verdict
from resources.counting import columns_of, count_failing, count_observed

if TYPE_CHECKING:
    import pandas as pd

SUITES = Path(__file__).parent / "suites"

_COLUMNS = ("column", "column_A", "column_B", "column_list")


@cache
def load_suite(name: str) -> dict[str, Any]:
    """A suite as data.

    expectations: a list of type and kwargs. A bound `{$PARAMETER: name}` is given by whoever runs the suite.
    aggregates: true where the frame is one row of numbers that the caller worked out: they may be shown, and are.
    """
    return yaml.safe_load((SUITES / f"{name}.yaml").read_text())


@cache
def _great_expectations() -> Any:
    """The package, which imports pyspark's connect, which ends a process whose main module has no file: it takes it for
    its own doctests. So are `python -c` and the processes that multiprocessing spawns."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    main = sys.modules["__main__"]
    without_file = not hasattr(main, "__file__")
    if without_file:
        main.__file__ = __file__
    try:
        import great_expectations
    finally:
        if without_file:
            del main.__file__
    return great_expectations


@cache
def _context() -> Any:
    gx = _great_expectations()
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("staged")
    return source.add_dataframe_asset("table").add_batch_definition_whole_dataframe("rows")


def validate(suite_name: str, frame: "pd.DataFrame", /, **parameters: float | None) -> Verdict:
    """Runs a suite.

    Args:
        suite_name: a file in resources/suites, without its ending.
        frame: the staged rows, without text columns.
        parameters: the bounds that the suite leaves to its caller; None: no bound.

    Returns:
        One result an expectation: its name, columns, arguments, whether it held, the rows looked at, how many of them fail
        or which count was compared. No values of the frame, but for the numbers of a suite of aggregates.
    """
    gx = _great_expectations()
    from great_expectations.expectations.registry import get_expectation_impl

    content = load_suite(suite_name)
    suite = gx.ExpectationSuite(
        name=suite_name,
        expectations=[get_expectation_impl(e["type"])(**e.get("kwargs", {})) for e in content["expectations"]],
    )
    batch = _context().get_batch({"dataframe": frame})
    outcome = batch.validate(suite, result_format="BOOLEAN_ONLY", expectation_parameters=parameters)
    shown = frame if content.get("aggregates") else None
    results = [
        _result(str(r.expectation_config.type), r.expectation_config.kwargs, bool(r.success), frame, shown)
        for r in outcome.results
    ]
    return Verdict(f"expectations:{suite_name}", bool(outcome.success), results)


def _result(
    expectation: str, kwargs: dict[str, Any], passed: bool, frame: "pd.DataFrame", shown: "pd.DataFrame | None"
) -> dict[str, Any]:
    columns = columns_of(kwargs)
    observed: float | None = count_observed(expectation, frame, kwargs)
    if shown is not None and len(shown) == 1 and len(columns) == 1 and columns[0] in shown:
        number = float(shown[columns[0]].iloc[0])
        observed = None if math.isnan(number) else number
    return {
        "expectation": expectation,
        "column": ", ".join(columns),
        "arguments": {k: v for k, v in kwargs.items() if k not in _COLUMNS and k != "batch_id"},
        "passed": passed,
        "rows": len(frame),
        "failing": count_failing(expectation, frame, kwargs),
        "observed": observed,
    }
