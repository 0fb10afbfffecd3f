"""Asset checks. `gates` shows the verdicts stored with what an asset commits, and stops what is downstream. `drift` warns of a
source that is no longer what it was, `epochs` of one that is read again and again, `review` tells of what people found; these
stop nothing.

The gates themselves ran before the commit, in the library: their check computes no verdict of its own.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from assets.partitions import daily
from assets.stage import GATES, table
from assets.verdicts import verdict_table
from heal_pipeline import artifacts
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake, Table, Verdict, Zone
from heal_pipeline.profile import Profile, SourceEntry
from resources.pipeline import Pipeline

if TYPE_CHECKING:
    from heal_pipeline.filtering.statistics import Drift

Day = str | None
"""None for an asset without days."""


@dataclass(frozen=True)
class Attempt:
    """The last attempt to commit something: whether it can be read now, and what the gates said."""

    label: str
    committed: bool
    verdicts: list[Verdict]


Attempts = Callable[[Lake, Day], list[Attempt]]
"""What an asset commits on a day."""

Judge = Callable[[Lake, Sequence[Day]], dg.AssetCheckResult]
"""What a check says of the days of a run."""


def build(profile: Profile) -> list[dg.AssetChecksDefinition]:
    """`gates` for each asset whose stage has gates, `drift` for each source, `epochs` for each run's shards, `review` for
    the audit."""
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
    once = [([name], _tables((name, "cleared"))) for name in ("survivors", "repeated_sentences", "release")]
    once.append((["phi_tagger_evaluation"], _artifact("models/phi_tagger_evaluation")))
    once += [(["packed"], _shards("cleared/shards")), (["validation_set"], _shards("cleared/validation"))]
    for phase in (f"phase_{k}" for k in range(1, profile.phases.count + 1)):
        once.append(([phase, "validation"], _artifact(f"cleared/phases/{phase}/validation")))
    days = daily(profile)
    return [
        *(_gates(key, attempts, days) for key, attempts in each_day),
        *(_gates(key, attempts, None) for key, attempts in once),
        *(_drift(entry, profile.filtering.max_drift, days) for entry in profile.sources),
        *(_epochs(key, run, profile.phases.max_epochs) for key, run in _runs(profile)),
        _review(profile),
    ]


def _runs(profile: Profile) -> list[tuple[list[str], str]]:
    """The asset of each training run's shards, and the run's name."""
    phases = [f"phase_{k}" for k in range(1, profile.phases.count + 1)]
    ablations = [(["ablation", subset, "shards"], f"ablation_{subset}") for subset in profile.ablation.subsets]
    return [*(([name, "shards"], name) for name in (*phases, "tuning")), *ablations]


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
    return _check(
        key,
        GATES,
        "The gates that ran before the commit: Great Expectations, conservation of rows, and the stage's own.",
        lambda lake, of_run: verdict_result([attempt for day in of_run for attempt in attempts(lake, day)]),
        days,
        blocking=True,
    )


def _drift(entry: SourceEntry, max_drift: float, days: dg.DailyPartitionsDefinition) -> dg.AssetChecksDefinition:
    return _check(
        ["filtered", entry.name],
        "drift",
        "How the day's documents differ from those of the source's last day. A warning: it decides nothing.",
        lambda lake, of_run: drift_result(lake, entry, [str(day) for day in of_run], max_drift),
        days,
        blocking=False,
    )


def _epochs(key: list[str], run: str, max_epochs: float) -> dg.AssetChecksDefinition:
    return _check(
        key,
        "epochs",
        "How often the rows of each source have been read by the end of the run; tuning counts for itself. A warning: it stops nothing.",
        lambda lake, _: epochs_result(lake, run, max_epochs),
        None,
        blocking=False,
    )


def _review(profile: Profile) -> dg.AssetChecksDefinition:
    return _check(
        ["deid_audit"],
        "review",
        "What people found in the random sample of the review queue. It stops nothing: its verdicts come after the release.",
        lambda lake, _: review_result(lake, profile),
        None,
        blocking=False,
    )


def _check(
    key: list[str],
    name: str,
    description: str,
    judge: Judge,
    days: dg.DailyPartitionsDefinition | None,
    *,
    blocking: bool,
) -> dg.AssetChecksDefinition:
    asset = dg.AssetKey(key)

    @dg.asset_check(asset=asset, name=name, description=description, blocking=blocking, partitions_def=days)
    def check(context: dg.AssetCheckExecutionContext, pipeline: Pipeline) -> dg.AssetCheckResult:
        lake = pipeline.lake()
        of_run: list[Day] = list(context.partition_keys) if days else [None]
        if len(of_run) > 1:
            for day in of_run:
                _tell(context.instance, asset, name, day, judge(lake, [day]), blocking)
        return judge(lake, of_run)

    return check


def _tell(
    instance: dg.DagsterInstance, key: dg.AssetKey, name: str, day: Day, result: dg.AssetCheckResult, blocking: bool
) -> None:
    """Records what is true of one day of a run over several: Dagster gives such a run's result to no day."""
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(
            asset_key=key,
            check_name=name,
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            description=result.description,
            blocking=blocking,
            partition=day,
        )
    )


def verdict_result(attempts: list[Attempt]) -> dg.AssetCheckResult:
    """What the stored verdicts say: passed where all is committed and each gate passed."""
    passed = all(a.committed and all(v.passed for v in a.verdicts) for a in attempts)
    failed = sorted({v.gate for a in attempts for v in a.verdicts if not v.passed})
    missing = [a.label for a in attempts if not a.committed and not a.verdicts]
    why = "; ".join([*(f"{gate} failed" for gate in failed), *(f"{label} was never committed" for label in missing)])
    metadata: dict[str, Any] = {
        "gates": len({v.gate for a in attempts for v in a.verdicts}),
        "failed": len(failed),
    }
    if labelled := [(a.label, v) for a in attempts for v in a.verdicts]:
        metadata["verdicts"] = verdict_table(labelled)
    return dg.AssetCheckResult(passed=passed, metadata=metadata, description=why or None)


def drift_result(lake: Lake, entry: SourceEntry, days: Sequence[str], max_drift: float) -> dg.AssetCheckResult:
    """How each day of a source differs from its last one before. A day that cannot be compared passes, and says why."""
    rows, words, drifted = [], [], []
    for day in days:
        found = _drift_of(lake, entry, day)
        if isinstance(found, str):
            words.append(f"{day}: {found}")
            continue
        last, signals = found
        beyond = [d.signal for d in signals if d.beyond(max_drift)]
        words.append(f"{day}: {', '.join(beyond) or 'nothing'} drifted since {last}")
        drifted += beyond
        rows += [
            {
                "signal": d.signal,
                "last day": last,
                "mean then": f"{d.before:,.4g}",
                "this day": day,
                "mean now": f"{d.now:,.4g}",
                "PSI": f"{d.psi:.3f}",
                "warns above": f"{max(max_drift, d.noise):.3f}",
                "drifted": "YES" if d.signal in beyond else "no",
            }
            for d in signals
        ]
    metadata: dict[str, Any] = {"drifted": len(drifted)}
    if rows:
        metadata["drift"] = table(sorted(rows, key=lambda row: row["drifted"] != "YES"))
    return dg.AssetCheckResult(
        passed=not drifted, severity=dg.AssetCheckSeverity.WARN, metadata=metadata, description="; ".join(words)
    )


def _drift_of(lake: Lake, entry: SourceEntry, day: str) -> "str | tuple[str, list[Drift]]":
    """The last day and the drift since; or why there is none, in words."""
    from heal_pipeline.filtering.statistics import MIN_COMPARED_DOCUMENTS, drift, last_day

    if not lake.table(f"filtered/{entry.name}", day, entry.zone).committed():
        return "not committed, so that there is nothing to compare"
    if lake.table(f"statistics/{entry.name}", day).manifest().metadata["documents"] < MIN_COMPARED_DOCUMENTS:
        return f"fewer than {MIN_COMPARED_DOCUMENTS} documents, whose differences would be chance"
    last = last_day(lake, entry, day)
    if last is None:
        return f"no earlier day with {MIN_COMPARED_DOCUMENTS} documents or more to compare with"
    return last, drift(lake, entry.name, last, day)


def epochs_result(lake: Lake, run: str, max_epochs: float) -> dg.AssetCheckResult:
    """Which of the sources that a run reads it has read too often at its end, phases before it included."""
    name = f"cleared/phases/{run}/shards"
    if not artifacts.committed(lake, name):
        return dg.AssetCheckResult(passed=True, description="not committed, so that there is nothing to count")
    plan = json.loads((artifacts.content(lake, name) / "plan.json").read_text())
    read = {source: record for source, record in plan["sources"].items() if record["rows"]}
    most = sorted(read, key=lambda source: -read[source]["epochs"])
    beyond = [source for source in most if read[source]["epochs"] > max_epochs]
    rows = [
        {
            "source": source,
            "rows": read[source]["num_rows"],
            "read in this run": read[source]["rows"],
            "epochs": read[source]["epochs"],
            "warns above": max_epochs,
            "too often": "YES" if source in beyond else "no",
        }
        for source in most
    ]
    words = ", ".join(f"{source} {read[source]['epochs']:.3g}" for source in beyond)
    return dg.AssetCheckResult(
        passed=not beyond,
        severity=dg.AssetCheckSeverity.WARN,
        metadata={"too_often": len(beyond), "epochs": table(rows)},
        description=f"more than {max_epochs:g} epochs: {words}" if beyond else None,
    )


def review_result(lake: Lake, profile: Profile) -> dg.AssetCheckResult:
    """What people found so far; failed where a source's sample holds more leaks than the profile allows."""
    from heal_pipeline.deid import review_bounds

    found = review_bounds.review(lake, profile)
    verdict = review_bounds.verdict(found, profile.deid)
    metadata: dict[str, Any] = {"documents_reviewed": sum(row["reviewed"] for row in found.by_day if "reviewed" in row)}
    if found.by_source:
        metadata["review"] = table(found.by_source)
    if verdict is None:
        return dg.AssetCheckResult(passed=True, metadata=metadata, description="no limit is set: report only")
    beyond = ", ".join(row["source"] for row in verdict.results if not row["passed"])
    why = f"more leaks were found than are allowed: {beyond}" if beyond else None
    return dg.AssetCheckResult(passed=verdict.passed, metadata=metadata, description=why)
