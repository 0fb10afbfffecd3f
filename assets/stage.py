"""How an asset runs a stage of the library: live progress, gates, metadata, versions. The same for all assets."""

import base64
import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel, Field, create_model

import heal_pipeline
from heal_pipeline import progress
from heal_pipeline.errors import GateFailedError, UserError
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import StageResult

LIBRARY = Path(heal_pipeline.__file__).parent
MAX_TABLE_ROWS = 60


def knobs(section: BaseModel) -> type[dg.Config]:
    """A launchpad form for the plain values of a profile's section; its defaults are the profile's."""
    fields: dict[str, Any] = {
        name: (type(value), Field(default=value, description=type(section).model_fields[name].description))
        for name, value in section
        if isinstance(value, bool | int | float | str)
    }
    return create_model(type(section).__name__.replace("Config", "Knobs"), __base__=dg.Config, **fields)


@cache
def _source_fingerprint(module: str) -> str:
    path = LIBRARY / module
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return fingerprint_json([f.read_text() for f in files])


def code_version(modules: Sequence[str], *settings: BaseModel) -> str:
    """A hash over the source of library modules and the settings they run with.

    Args:
        modules: paths below heal_pipeline, without ending: "filtering", "tokens".
        settings: sections of the profile that decide the outcome.
    """
    return fingerprint_json([[_source_fingerprint(m) for m in modules], [s.model_dump(mode="json") for s in settings]])


def run(
    context: dg.AssetExecutionContext, call: Callable[[], StageResult], name: str | None = None
) -> dg.MaterializeResult:
    """Runs a stage without days and reports it.

    A stage whose own gates fail is reported as materialized but not committed: the blocking check of the asset then
    shows the stored verdict and stops what is downstream. Every other error stops the step.
    """
    result = _attempt(context, call, name or context.asset_key.to_user_string())
    if result is None:
        return dg.MaterializeResult(metadata={"committed": False})
    return dg.MaterializeResult(metadata=_metadata(result), data_version=_data_version([result]))


def run_days(context: dg.AssetExecutionContext, call: Callable[[str], StageResult]) -> dg.MaterializeResult:
    """Runs a daily stage for each day of the run, in order, with metadata by day."""
    results = []
    name = context.asset_key.to_user_string()
    days = context.partition_keys
    for day in days:
        label = name if len(days) == 1 else f"{name} {day}"
        result = _attempt(context, lambda day=day: call(day), label)  # type: ignore[misc]
        metadata = _metadata(result) if result else {"committed": False}
        context.add_asset_metadata(metadata, partition_key=day)
        if result:
            results.append(result)
    return dg.MaterializeResult(data_version=_data_version(results))


def _attempt(context: dg.AssetExecutionContext, call: Callable[[], StageResult], label: str) -> StageResult | None:
    try:
        with progress.stage(label) as values:
            result = call()
            values.update(rows_in=result.rows_in, rows_out=result.rows_out, made=result.made)
            return result
    except GateFailedError as error:
        context.log.error(str(error))
        progress.emit("gate_failed", stage=label, message=str(error))
        return None
    except UserError as error:
        progress.emit("user_error", stage=label, message=str(error))
        raise dg.Failure(description=str(error), allow_retries=False) from None
    except Exception as error:
        if not _holds_phi(context):
            raise
        # The message of any error may quote a record; its class and its place in the code cannot.
        frames = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in traceback.extract_tb(error.__traceback__)]
        place = {"where": " > ".join(frames)}
        raise dg.Failure(description=f"{type(error).__name__} in {label}", metadata=place, allow_retries=False) from None


def _holds_phi(context: dg.AssetExecutionContext) -> bool:
    tags = context.assets_def.tags_by_key[context.asset_key]
    return tags.get("phi") in ("contains", "possible") or context.asset_key.path[0] == "deidentified"


def _data_version(results: list[StageResult]) -> dg.DataVersion | None:
    prints = [r.fingerprint for r in results]
    if not prints:
        return None
    return dg.DataVersion(prints[0] if len(prints) == 1 else fingerprint_json(prints))


def _metadata(result: StageResult) -> dict[str, Any]:
    values: dict[str, Any] = {
        "dagster/row_count": result.rows_out,
        "rows_in": result.rows_in,
    }
    if not result.made:
        values["kept_share"] = round(result.rows_out / result.rows_in, 4) if result.rows_in else 1.0
    for key, value in result.metadata.items():
        if isinstance(value, bool | int | float | str):
            values[key] = value
        elif value is not None:
            values[key] = dg.MetadataValue.json(value)
    for name, rows in result.tables.items():
        if rows:
            values[name] = dg.MetadataValue.md(markdown_table(rows))
    for chart in result.charts:
        values[f"plot: {chart['title']}"] = _picture(chart)
    values["fingerprint"] = result.fingerprint
    if result.manifest is not None:
        values["profile_hash"] = result.manifest.profile_hash
    return values


def _picture(chart: dict[str, Any]) -> dg.MarkdownMetadataValue:
    from heal_pipeline.report.png import png

    image = base64.b64encode(png(chart)).decode()
    return dg.MetadataValue.md(f"![{chart['title']}](data:image/png;base64,{image})")


def markdown_table(rows: list[dict[str, Any]]) -> str:
    """A small list of records as a markdown table; long ones end with how many rows were left out."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in rows[:MAX_TABLE_ROWS]:
        lines.append("| " + " | ".join(_cell(row.get(c)) for c in columns) + " |")
    if len(rows) > MAX_TABLE_ROWS:
        lines.append(f"\n{len(rows) - MAX_TABLE_ROWS} further rows are in the table itself.")
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return str("" if value is None else value).replace("|", "\\|").replace("\n", " ")


def in_order(names: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """(name, the one before it) for each name; the first has none before it."""
    previous = None
    for name in names:
        yield name, previous
        previous = name


def check_user_error(context: dg.AssetExecutionContext, call: Callable[[], None]) -> None:
    """Runs a check of the library that raises UserError, and stops the step with that error's one line."""
    try:
        call()
    except UserError as error:
        progress.emit("user_error", stage=context.asset_key.to_user_string(), message=str(error))
        raise dg.Failure(description=str(error), allow_retries=False) from None
