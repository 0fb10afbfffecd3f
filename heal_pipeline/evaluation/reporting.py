"""How the tables of evaluation are written: reports/<name>.json, and the same tables as a stage's result.

Numbers are rounded, so that equal input gives equal bytes; no time and no text of a record is among them.
"""

import math
from typing import Any

from heal_pipeline.lake import Lake, StageResult, write_json

DIGITS = 6


def table(title: str, rows: list[dict[str, Any]], note: str = "", absent: str = "") -> dict[str, Any]:
    """A table as the report reads it: the columns in the order in which the rows' keys first appear."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    value: dict[str, Any] = {"title": title, "columns": columns, "rows": rows, "note": note}
    return {**value, "absent": absent} if absent else value


def write_report(
    lake: Lake,
    name: str,
    title: str,
    tables: list[dict[str, Any]],
    *,
    charts: list[dict[str, Any]] | None = None,
    absent: str = "",
    models: dict[str, str] | None = None,
) -> None:
    """Writes reports/<name>.json.

    Args:
        absent: why there is nothing to show, where that is so.
        models: fingerprint of each model that was measured.
    """
    value: dict[str, Any] = {"title": title, "tables": tables, "charts": charts or []}
    if absent:
        value["absent"] = absent
    if models:
        value["models"] = models
    write_json(lake.reports / f"{name}.json", rounded(value))


def result(
    name: str,
    rows_in: int,
    tables: list[dict[str, Any]],
    charts: list[dict[str, Any]] | None = None,
    metadata: dict[str, Any] | None = None,
) -> StageResult:
    """The stage result of a report: its tables by title, with equal numbers."""
    shown = {t["title"]: t["rows"] for t in tables if t["rows"]}
    rows_out = sum(map(len, shown.values()))
    numbers = {"metadata": rounded(metadata or {}), "tables": rounded(shown), "charts": rounded(charts or [])}
    return StageResult(name, rows_in, rows_out, **numbers, made="table rows")


def rounded(value: Any) -> Any:
    """A value of JSON with its floats rounded; what is no finite number becomes None."""
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {k: rounded(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(v) for v in value]
    return value
