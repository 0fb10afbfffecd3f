"""The state of a home: the last good day of each source, the gates that stand failed, the models."""

import json
import re
from pathlib import Path
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.report.tables import Table

SHOWN_DAYS = 3
"""Days that a source's state names."""


def status(lake: Lake, profile: Profile) -> list[Table]:
    """The last good day of each source, and the gates that stand failed with what to do about them."""
    sources = [_source_status(lake, entry) for entry in profile.sources]
    failures, models = failed_gates(lake), _models(lake)
    none_failed = "None: every table that was tried is committed."
    return [
        Table("Sources", ["source", "days committed", "last good day", "clean documents", "state"], sources),
        Table("Failed gates", ["table", "gate", "what failed", "remedy"], failures, "" if failures else none_failed),
        Table("Models", ["model", "fingerprint", "release"], models, "" if models else "None yet."),
    ]


def _source_status(lake: Lake, entry: SourceEntry) -> list[Any]:
    name = entry.clean_table
    tables = [lake.table(name, day) for day in lake.days(name)]
    good = [t for t in tables if t.committed()]
    tried = lake.days(f"raw/{entry.name}", entry.zone)
    if not tried:
        state = "not run yet"
    elif not good:
        state = "no day has passed its gates"
    else:
        days = {t.day for t in good}
        missing = [d for d in tried if d not in days]
        further = f" and {len(missing) - SHOWN_DAYS} more days" if len(missing) > SHOWN_DAYS else ""
        state = f"not clean: {', '.join(missing[:SHOWN_DAYS])}{further}" if missing else "up to date"
    documents = sum(t.manifest().rows for t in good)
    if good and not documents:
        state = f"all documents dropped: source excluded{'' if state == 'up to date' else f'; {state}'}"
    return [entry.name, len(good), good[-1].day if good else None, documents, state]


def failed_gates(lake: Lake) -> list[list[Any]]:
    """A row for each gate that stands failed: table, gate, what failed in it, remedy. Names and counts only."""
    rows: list[list[Any]] = []
    for path in _failed_files(lake.home):
        label = _label(path.parent.relative_to(lake.home))
        for verdict in json.loads(path.read_text()):
            if not verdict["passed"]:
                rows.append([label, verdict["gate"], _what_failed(verdict["results"]), _remedy(label, verdict["gate"])])
    return rows


def _failed_files(home: Path) -> list[Path]:
    roots = [home / "restricted", home / "cleared", home / "models"]
    return sorted(p for root in roots for p in root.glob("**/failed.json") if "staging" not in p.parts)


def _label(place: Path) -> str:
    """The label of a table or artifact, from its folder: without its zone, its day after "@"."""
    name = "/".join(p for p in place.parts if p not in ("restricted", "cleared"))
    return re.sub(r"/(\d{4}-\d{2}-\d{2})$", r"@\1", name)


def _what_failed(results: list[dict[str, Any]]) -> str:
    """The expectations of a suite that failed, with their columns; the numbers of a gate of another kind."""
    failed = [r for r in results if not r.get("passed")]
    expected = [
        f"{r['expectation']} ({r['column']})" if r["column"] else r["expectation"] for r in failed if "expectation" in r
    ]
    numbers = [
        ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in r.items() if k != "passed" and v is not None)
        for r in failed
        if "expectation" not in r
    ]
    return "; ".join([*expected, *numbers])


def _remedy(label: str, gate: str) -> str:
    from heal_pipeline.deid.evaluating import EVALUATION

    if gate == "k_anonymity":
        return "leave out or coarsen the field of `meta` without which few are alone, then `heal run --job refresh`"
    if label.startswith("raw/"):
        return "mend the source's files or its entry, then `heal run --job refresh`"
    if label.startswith("filtered/"):
        return "look at the rules in the ledger, mend the source or `filtering:`, then `heal run --job refresh`"
    if label.startswith("deidentified/"):
        lower_or_raise = "lower" if gate == "over_redaction" else "raise"
        return (
            f"see the numbers in deid_audit, {lower_or_raise} `deid.threshold`, then `heal run --job evaluate_tagger` and"
            " `heal run --job refresh`"
        )
    if label == EVALUATION:
        return "change `deid.threshold` or `deid.detector`, then `heal run --job evaluate_tagger`"
    if label.startswith("models/"):
        return "`heal run --job train`"
    return "`heal run --job refresh`, or rematerialise it in `heal ui`"


def _release_of(lake: Lake, name: str) -> str | None:
    """The release whose rows an artifact was made from; None where it is of none, or its rows are of another one by now."""
    manifest = artifacts.manifest(lake, name)
    if release := manifest.metadata.get("release"):
        return str(release)
    for source, fingerprint in sorted(manifest.inputs.items()):  # a model's rows come before the model it began as
        unchanged = artifacts.committed(lake, source) and artifacts.manifest(lake, source).fingerprint == fingerprint
        if unchanged and (found := _release_of(lake, source)):
            return found
    return None


def _models(lake: Lake) -> list[list[Any]]:
    rows: list[list[Any]] = []
    for path in sorted((lake.home / "models").glob("*/manifest.json")):
        name = f"models/{path.parent.name}"
        if artifacts.committed(lake, name):
            manifest = artifacts.manifest(lake, name)
            rows.append([path.parent.name, manifest.fingerprint, _release_of(lake, name)])
    return rows
