"""Great Expectations: runs the suites of resources/suites, which are data, on a frame.

Results are asked for as BOOLEAN_ONLY, since every richer format writes offending values into its result; how many
rows were looked at is counted here.
"""

import os
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from heal_pipeline.lake import Verdict

if TYPE_CHECKING:
    import pandas as pd

SUITES = Path(__file__).parent / "suites"


@cache
def load_suite(name: str) -> list[dict[str, Any]]:
    """The expectations of a suite, as data: type, kwargs and, where given, severity."""
    return yaml.safe_load((SUITES / f"{name}.yaml").read_text())["expectations"]


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


def validate(suite_name: str, frame: "pd.DataFrame") -> Verdict:
    """Runs a suite.

    Args:
        suite_name: a file in resources/suites, without its ending.
        frame: the staged rows, without text columns.

    Returns:
        One result an expectation: its name, column, arguments and whether it held. No values of the frame.
    """
    gx = _great_expectations()
    from great_expectations.expectations.registry import get_expectation_impl

    suite = gx.ExpectationSuite(
        name=suite_name,
        expectations=[get_expectation_impl(e["type"])(**e.get("kwargs", {})) for e in load_suite(suite_name)],
    )
    outcome = _context().get_batch({"dataframe": frame}).validate(suite, result_format="BOOLEAN_ONLY")
    results = [
        {
            "expectation": str(r.expectation_config.type),
            "column": str(r.expectation_config.kwargs.get("column", "")),
            "arguments": {k: v for k, v in r.expectation_config.kwargs.items() if k not in ("column", "batch_id")},
            "passed": bool(r.success),
            "rows": len(frame),
        }
        for r in outcome.results
    ]
    return Verdict(f"expectations:{suite_name}", bool(outcome.success), results)
