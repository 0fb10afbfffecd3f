"""Blocking asset checks: each shows the verdicts stored with what an asset commits, and stops what is downstream.

The gates themselves ran before the commit, in the library; a check never computes a verdict of its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import dagster as dg

from assets.partitions import daily
from assets.stage import MAX_TABLE_ROWS
from heal_pipeline import artifacts
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake, Table, Verdict, Zone
from heal_pipeline.profile import Profile
from resources.pipeline import Pipeline


@dataclass(frozen=True)
class Attempt:
    """The last attempt to commit something: whether it can be read now, and what the gates said."""

    label: str
    committed: bool
    verdicts: list[Verdict]


Attempts = Callable[[Lake, str | None], list[Attempt]]
"""What an asset commits on a day; None for an asset without days."""


def build(profile: Profile) -> list[dg.AssetChecksDefinition]:
    """A check for each asset whose stage has gates."""
    each_day: list[tuple[list[str], Attempts]] = []
    for entry in profile.sources:
        signals: tuple[str, Zone] = (f"signals/{entry.name}", "cleared")
        each_day.append((["raw", entry.name], _tables((f"raw/{entry.name}", entry.zone))))
        each_day.append((["filtered", entry.name], _tables((f"filtered/{entry.name}", entry.zone), signals)))
        if entry.restricted:
            each_day.append((["deidentified", entry.name], _tables((f"deidentified/{entry.name}", "cleared"))))
    each_day.append((["registration"], _tables(("registration", "restricted"))))
    for name in ("minhash_index", "duplicate_pairs", "contamination", "tokenized"):
        each_day.append(([name], _tables((name, "cleared"))))
    once = [([name], _tables((name, "cleared"))) for name in ("survivors", "release")]
    once += [(["packed"], _shards("cleared/shards")), (["validation_set"], _shards("cleared/validation"))]
    for phase in (f"phase_{k}" for k in range(1, profile.phases.count + 1)):
        once.append(([phase, "validation"], _artifact(f"cleared/phases/{phase}/validation")))
    return [
        *(_gates(key, attempts, daily(profile)) for key, attempts in each_day),
        *(_gates(key, attempts, None) for key, attempts in once),
    ]


def _tables(*names: tuple[str, Zone]) -> Attempts:
    return lambda lake, day: [table_attempt(lake.table(name, day, zone)) for name, zone in names]


def _artifact(name: str) -> Attempts:
    return lambda lake, _: [artifact_attempt(lake, name)]


def _shards(purpose: str) -> Attempts:
    """The shards of the current release, one a source. A set that was made and is empty has none."""

    def attempts(lake: Lake, _: str | None) -> list[Attempt]:
        from heal_pipeline import releases

        try:
            folder = f"{purpose}/{releases.current(lake)}"
        except GateError:
            return [Attempt(purpose, False, [])]
        if not (lake.home / folder).is_dir():
            return [Attempt(folder, False, [])]
        return [artifact_attempt(lake, f"{folder}/{path.name}") for path in sorted((lake.home / folder).iterdir())]

    return attempts


def table_attempt(table: Table) -> Attempt:
    return Attempt(table.label, table.committed(), table.verdicts())


def artifact_attempt(lake: Lake, name: str) -> Attempt:
    return Attempt(name, artifacts.committed(lake, name), artifacts.verdicts(lake, name))


def _gates(key: list[str], attempts: Attempts, days: dg.DailyPartitionsDefinition | None) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(key),
        name="gates",
        description="The gates that ran before the commit: Great Expectations, conservation of rows, and the stage's own.",
        blocking=True,
        partitions_def=days,
    )
    def gates(context: dg.AssetCheckExecutionContext, pipeline: Pipeline) -> dg.AssetCheckResult:
        lake = pipeline.lake()
        of_run: list[str | None] = list(context.partition_keys) if days else [None]
        found = {day: attempts(lake, day) for day in of_run}
        if len(found) > 1:
            _tell_by_day(context.instance, dg.AssetKey(key), found)
        return verdict_result([attempt for of_day in found.values() for attempt in of_day])

    return gates


def _tell_by_day(instance: dg.DagsterInstance, key: dg.AssetKey, found: dict[str | None, list[Attempt]]) -> None:
    """Records what is true of each day of a run over several: Dagster gives such a run's result to no day."""
    for day, attempts in found.items():
        result = verdict_result(attempts)
        instance.report_runless_asset_event(
            dg.AssetCheckEvaluation(
                asset_key=key,
                check_name="gates",
                passed=result.passed,
                metadata=result.metadata,
                description=result.description,
                blocking=True,
                partition=day,
            )
        )


def verdict_result(attempts: list[Attempt]) -> dg.AssetCheckResult:
    """What the stored verdicts say: passed where all is committed and each gate passed."""
    rows = [
        _row(attempt.label, verdict, result)
        for attempt in attempts
        for verdict in attempt.verdicts
        for result in verdict.results or [{}]
    ]
    passed = all(a.committed and all(v.passed for v in a.verdicts) for a in attempts)
    failed = sorted({v.gate for a in attempts for v in a.verdicts if not v.passed})
    missing = [a.label for a in attempts if not a.committed and not a.verdicts]
    why = "; ".join([*(f"{gate} failed" for gate in failed), *(f"{label} was never committed" for label in missing)])
    metadata: dict[str, Any] = {
        "gates": len({v.gate for a in attempts for v in a.verdicts}),
        "failed": len(failed),
    }
    if rows:
        metadata["verdicts"] = dg.MetadataValue.table([dg.TableRecord(row) for row in rows[:MAX_TABLE_ROWS]])
    return dg.AssetCheckResult(passed=passed, metadata=metadata, description=why or None)


def _row(label: str, verdict: Verdict, result: dict[str, object]) -> dict[str, str]:
    shown = ", ".join(f"{k} {v}" for k, v in result.items() if k not in ("expectation", "passed"))
    return {
        "of": label,
        "gate": verdict.gate,
        "result": str(result.get("expectation", "")),
        "numbers": shown,
        "passed": "yes" if result.get("passed", verdict.passed) else "NO",
    }
