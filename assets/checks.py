"""Blocking asset checks: each shows the verdicts stored with the table, by day, and stops what is downstream.

The gates themselves ran before the commit, in the library; a check never computes a verdict of its own.
"""

import dagster as dg

from assets.partitions import daily
from assets.stage import markdown_table
from heal_pipeline.lake import Table, Verdict, Zone
from heal_pipeline.profile import Profile
from resources.pipeline import Pipeline


def build(profile: Profile) -> list[dg.AssetChecksDefinition]:
    tables: list[tuple[list[str], Zone]] = []
    for entry in profile.sources:
        tables += [(["raw", entry.name], entry.zone), (["filtered", entry.name], entry.zone)]
        if entry.restricted:
            tables.append((["deidentified", entry.name], "cleared"))
    tables += [([name], "cleared") for name in ("minhash_index", "duplicate_pairs", "contamination", "tokenized")]
    daily_checks = [_gates(profile, key, zone, partitioned=True) for key, zone in tables]
    return [*daily_checks, *[_gates(profile, [n], "cleared", partitioned=False) for n in ("survivors", "release")]]


def _gates(profile: Profile, key: list[str], zone: Zone, *, partitioned: bool) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=dg.AssetKey(key),
        name="gates",
        description="The gates that ran before the commit: Great Expectations, conservation of rows, and the stage's own.",
        blocking=True,
        partitions_def=daily(profile) if partitioned else None,
    )
    def gates(context: dg.AssetCheckExecutionContext, pipeline: Pipeline) -> dg.AssetCheckResult:
        lake = pipeline.lake()
        days: list[str | None] = list(context.partition_keys) if partitioned else [None]
        return verdict_result([lake.table("/".join(key), day, zone) for day in days])

    return gates


def verdict_result(tables: list[Table]) -> dg.AssetCheckResult:
    """What the stored verdicts say: passed where every table is committed and each of its gates passed."""
    rows = [
        _row(table, verdict, result)
        for table in tables
        for verdict in table.verdicts()
        for result in verdict.results or [{}]
    ]
    passed = all(t.committed() and all(v.passed for v in t.verdicts()) for t in tables)
    failed = sorted({v.gate for t in tables for v in t.verdicts() if not v.passed})
    missing = [t.label for t in tables if not t.verdicts()]
    why = "; ".join([*(f"{gate} failed" for gate in failed), *(f"{label} was never committed" for label in missing)])
    metadata: dict[str, object] = {
        "gates": len({v.gate for t in tables for v in t.verdicts()}),
        "failed": len(failed),
        "verdicts": dg.MetadataValue.md(markdown_table(rows)),
    }
    return dg.AssetCheckResult(passed=passed, metadata=metadata, description=why or None)


def _row(table: Table, verdict: Verdict, result: dict[str, object]) -> dict[str, object]:
    shown = ", ".join(f"{k} {v}" for k, v in result.items() if k not in ("expectation", "passed"))
    return {
        "day": table.day or "all",
        "gate": verdict.gate,
        "result": result.get("expectation", ""),
        "numbers": shown,
        "passed": "yes" if result.get("passed", verdict.passed) else "NO",
    }
