"""How an asset runs a stage of the library: live progress, gates, metadata, versions. The same for all assets."""

import base64
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import BaseModel, Field, create_model

from heal_pipeline import code_version as library
from heal_pipeline import progress
from heal_pipeline.errors import GateFailedError, UserError
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import StageResult

MAX_TABLE_ROWS = 60
GATES = "gates"
"""The blocking check that shows the verdicts stored with what an asset commits."""
DATA_VERSION_TAG = "dagster/data_version"

Days = Iterator[dg.MaterializeResult | dg.AssetMaterialization]
"""What an asset with days hands to Dagster."""


def knobs(section: BaseModel, without: Sequence[str] = ()) -> type[dg.Config]:
    """A launchpad form for the plain values of a profile's section; its defaults are the profile's.

    Args:
        without: values that other assets read too: editing them in one asset alone would not fit the others.
    """
    fields: dict[str, Any] = {
        name: (type(value), Field(default=value, description=type(section).model_fields[name].description))
        for name, value in section
        if isinstance(value, bool | int | float | str) and name not in without
    }
    return create_model(type(section).__name__.replace("Config", "Knobs"), __base__=dg.Config, **fields)


def code_version(name: str, *settings: Any) -> str:
    """A hash over the source of a stage of the library, and the settings it runs with.

    Args:
        name: one of heal_pipeline.code_version.MODULES.
        settings: sections of the profile, or plain values of it, that decide the outcome.
    """
    values = [s.model_dump(mode="json") if isinstance(s, BaseModel) else s for s in settings]
    return fingerprint_json([library.code_version(name), values])


def run(
    context: dg.AssetExecutionContext, call: Callable[[], StageResult], name: str | None = None
) -> dg.MaterializeResult:
    """Runs a stage without days and reports it.

    A stage whose own gates fail is reported as materialized but not committed: the blocking check of the asset then
    shows the stored verdict and stops what is downstream. Every other error stops the step, and so does a failed gate
    of an asset that has no check here.
    """
    result = _attempt(context, call, name or context.asset_key.to_user_string())
    if result is None:
        return dg.MaterializeResult(metadata={"committed": False})
    return dg.MaterializeResult(metadata=_metadata(result), data_version=dg.DataVersion(result.fingerprint))


def run_days(context: dg.AssetExecutionContext, call: Callable[[str], StageResult]) -> Days:
    """Runs a daily stage for each day of the run, in order, with metadata and data version by day.

    Dagster gives all days of a run the one data version of its result. Where there are several, each day's own follows
    as an event after it, since the latest counts: else a day that is run again by itself, to an equal end, would make
    all that was made from it stale.
    """
    fingerprints: dict[str, str] = {}
    name = context.asset_key.to_user_string()
    days = context.partition_keys
    for day in days:
        label = name if len(days) == 1 else f"{name} {day}"
        result = _attempt(context, lambda day=day: call(day), label)  # type: ignore[misc]
        metadata = _metadata(result) if result else {"committed": False}
        context.add_asset_metadata(metadata, partition_key=day)
        if result:
            fingerprints[day] = result.fingerprint
    if len(days) == 1:
        yield dg.MaterializeResult(data_version=_data_version(fingerprints.get(days[0])))
    else:
        yield dg.MaterializeResult(data_version=_data_version(fingerprint_json(fingerprints)))
        for day, fingerprint in fingerprints.items():
            yield _with_data_version(context, day, fingerprint)


def _data_version(fingerprint: str | None) -> dg.DataVersion | None:
    return dg.DataVersion(fingerprint) if fingerprint else None


def _with_data_version(context: dg.AssetExecutionContext, day: str, fingerprint: str) -> dg.AssetMaterialization:
    """The event that Dagster has just written for a day, provenance and all, with the day's own data version."""
    wanted = dg.AssetRecordsFilter(context.asset_key, asset_partitions=[day])
    event = context.instance.fetch_materializations(wanted, limit=1).records[0].asset_materialization
    assert event is not None, "the result was handed over before"
    tags = {**event.tags, DATA_VERSION_TAG: fingerprint}
    return dg.AssetMaterialization(context.asset_key, partition=day, metadata=event.metadata, tags=tags)


def _attempt(context: dg.AssetExecutionContext, call: Callable[[], StageResult], label: str) -> StageResult | None:
    try:
        with progress.stage(label) as values:
            result = call()
            values.update(rows_in=result.rows_in, rows_out=result.rows_out, made=result.made)
            return result
    except GateFailedError as error:
        context.log.error(str(error))
        progress.emit("gate_failed", stage=label, message=str(error))
        if not _has_check(context):
            raise dg.Failure(description=str(error), allow_retries=False) from None
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
        raise dg.Failure(
            description=f"{type(error).__name__} in {label}", metadata=place, allow_retries=False
        ) from None


def _holds_phi(context: dg.AssetExecutionContext) -> bool:
    tags = context.assets_def.tags_by_key[context.asset_key]
    return tags.get("phi") in ("contains", "possible") or context.asset_key.path[0] == "deidentified"


def _has_check(context: dg.AssetExecutionContext) -> bool:
    """Whether the check of the asset's gates is part of this run, and will stop what is downstream."""
    checks = context.job_def.asset_layer.asset_graph.get(context.asset_key).check_keys
    return any(check.name == GATES for check in checks)


def _metadata(result: StageResult) -> dict[str, Any]:
    values: dict[str, Any] = {
        "dagster/row_count": result.rows_out,
        "rows_in": result.rows_in,
    }
    if not result.made:
        values["kept_share"] = round(result.rows_out / result.rows_in, 4) if result.rows_in else 1.0
    for key, value in result.metadata.items():
        if isinstance(value, float):
            values[key] = float(f"{value:.4g}")
        elif isinstance(value, bool | int | str):
            values[key] = value
        elif value is not None:
            values[key] = dg.MetadataValue.json(value)
    for chart in result.charts:
        values[f"plot: {chart['title']}"] = _picture(chart)
    for name, rows in result.tables.items():
        if rows:
            values[name] = table(rows)
    values["fingerprint"] = result.fingerprint
    if result.manifest is not None:
        values["profile_hash"] = result.manifest.profile_hash
    return values


def _picture(chart: dict[str, Any]) -> dg.MarkdownMetadataValue:
    from heal_pipeline.report.png import png

    image = base64.b64encode(png(chart)).decode()
    return dg.MetadataValue.md(f"![{chart['title']}](data:image/png;base64,{image})")


def table(rows: Sequence[Mapping[str, Any]]) -> dg.TableMetadataValue:
    """Rows as Dagster shows them; of a long table the last one says how many are left out."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    shown = [{column: _cell(row.get(column)) for column in columns} for row in rows[:MAX_TABLE_ROWS]]
    if left := len(rows) - len(shown):
        shown.append({**dict.fromkeys(columns, ""), columns[0]: f"and {left} more"})
    return dg.MetadataValue.table([dg.TableRecord(row) for row in shown])


def _cell(value: Any) -> str:
    """A column holds one type, and some of its numbers may be missing: cells are words."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return "" if value is None else f"{value:,}" if type(value) is int else str(value)


def in_order(names: Sequence[str]) -> Iterator[tuple[str, str | None]]:
    """(name, the one before it) for each name; the first has none before it."""
    previous = None
    for name in names:
        yield name, previous
        previous = name
