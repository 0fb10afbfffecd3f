"""The audit report: every gate of every de-identified table and day, what was replaced, what survived. Counts alone."""

from collections import Counter
from typing import Any

from heal_pipeline.deid.canaries import upper_bound
from heal_pipeline.deid.evaluating import evaluation
from heal_pipeline.lake import Lake, StageResult, Table, write_json
from heal_pipeline.profile import Profile


def audit(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/deid_audit.json. A source or day that failed its gates is listed with the gate; nothing is left out."""
    tables = [
        lake.table(f"deidentified/{entry.name}", day)
        for entry in profile.restricted_sources
        for day in lake.days(f"deidentified/{entry.name}")
    ]
    gates = [row for table in tables for row in _gate_rows(table)]
    committed = [(t, t.manifest().metadata) for t in tables if t.committed()]
    report: dict[str, Any] = {
        "title": "De-identification audit",
        "tables": [
            {"title": "Gates", **_columns(gates)},
            {"title": "Identifiers replaced, by source", **_columns(_found_rows(committed))},
            {
                "title": "Planted canaries that survived, over all runs",
                **_columns(_survival_rows(committed)),
                "note": "upper bound: Clopper and Pearson, one-sided, 95 percent; the same carriers are planted in every run",
            },
            *_evaluation_tables(lake),
        ],
    }
    if not tables:
        report["absent"] = (
            "no source of the profile holds PHI, or none was de-identified yet: materialise deidentified/…"
        )
    write_json(lake.reports / "deid_audit.json", report)
    failed = sum(not r["passed"] for r in gates)
    metadata = {"tables": len(tables), "gates": len(gates), "failed": failed}
    return StageResult(
        "deid_audit", len(tables), len(committed), metadata=metadata, tables={"gates": gates}, made="tables"
    )


def _gate_rows(table: Table) -> list[dict[str, Any]]:
    source = table.name.partition("/")[2]
    return [
        {"source": source, "day": table.day, "gate": v.gate, "passed": v.passed, "numbers": _numbers(v.results)}
        for v in table.verdicts()
    ]


def _numbers(results: list[dict[str, Any]]) -> str:
    """The counts of a gate's first result in words; expectation suites say how many of theirs held."""
    if any("expectation" in r for r in results):
        return f"{sum(bool(r.get('passed')) for r in results)} of {len(results)} expectations"
    first = results[0] if results else {}
    return ", ".join(f"{k.replace('_', ' ')} {v}" for k, v in first.items() if isinstance(v, int | float))


def _found_rows(committed: list[tuple[Table, dict[str, Any]]]) -> list[dict[str, Any]]:
    by_source: dict[str, Counter[str]] = {}
    documents: Counter[str] = Counter()
    for table, metadata in committed:
        source = table.name.partition("/")[2]
        documents[source] += metadata["documents"]
        by_source.setdefault(source, Counter()).update(metadata["found"])
    types = sorted({t for counts in by_source.values() for t in counts})
    return [
        {"source": source, "documents": documents[source], **{t: counts.get(t, 0) for t in types}}
        for source, counts in by_source.items()
    ]


def _survival_rows(committed: list[tuple[Table, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Worst run of each kind of canary: the carriers are the same in all runs, so that counts are not added up."""
    worst: dict[tuple[str, str], dict[str, Any]] = {}
    for _, metadata in committed:
        for row in metadata["survival"]:
            key = (row["type"], row["disguise"])
            if key not in worst or row["survived"] > worst[key]["survived"]:
                worst[key] = row
    return [{**r, "upper_bound": round(upper_bound(r["survived"], r["planted"]), 4)} for r in worst.values()]


def _evaluation_tables(lake: Lake) -> list[dict[str, Any]]:
    found = evaluation(lake)
    if found is None:
        why = "the tagger was not evaluated: materialise phi_tagger_evaluation"
        return [{"title": "Tagger", "columns": [], "rows": [], "absent": why}]
    survival = [r for r in found["canary_survival"] if "all" in (r["type"], r["disguise"])]
    return [
        {"title": "Tagger: canaries of the evaluation", **_columns(survival)},
        {
            "title": "Tagger: token scores",
            **_columns(found["token_scores"]),
            "note": "binary: is a token of an identifier covered; organisations, titles and nationalities are not among the 18 identifiers",
        },
    ]


def _columns(records: list[dict[str, Any]]) -> dict[str, list[Any]]:
    columns = list(dict.fromkeys(key for r in records for key in r))
    return {"columns": [c.replace("_", " ") for c in columns], "rows": [[r.get(c) for c in columns] for r in records]}
