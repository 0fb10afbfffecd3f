"""The audit report: every gate of every de-identified table and day, failed ones first, and the numbers behind them.

Counts, shares and names of gates alone: nothing here reads a text. The tables of numbers are in audit_tables.py.
"""

from collections import Counter
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.deid import audit_tables, review_bounds
from heal_pipeline.deid.audit_tables import Cleaned, Record, table
from heal_pipeline.deid.evaluating import EVALUATION, evaluation
from heal_pipeline.deid.review import source_of
from heal_pipeline.lake import Lake, StageResult, Verdict, write_json
from heal_pipeline.profile import Profile

ASKED = {
    "rows_conserved": "each document is kept or dropped with a reason",
    "registration_residue": "no registered value is left in a record of its person",
    "pattern_rescan": "no contact outside the ranges of fiction, and no original number, is left",
    "canary_survival": "made-up identifiers that were planted beside the documents do not come through",
    "quarantined_share": "few documents fail and are dropped",
    "over_redaction": "drugs, diseases, eponyms and other harmless terms that were planted stay as they are",
    "second_detector": "another detector finds little in the output",
    "intervals": "dates are as the policy promises: as far apart as they were, or of the same years",
    "k_anonymity": "nobody is alone with their metadata",
    "expectations:deidentified": "documents are well-formed",
    "detection": "where the answer is known, names are covered as a whole and little else is found",
}
"""What each gate asks, in a line."""


def audit(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/deid_audit.json. A source or day that failed its gates is listed with the gate; nothing is left out."""
    tables = [
        lake.table(entry.clean_table, day)
        for entry in profile.restricted_sources
        for day in lake.days(entry.clean_table)
    ]
    judged = artifacts.verdicts(lake, EVALUATION)
    gates = _gate_rows(EVALUATION.rpartition("/")[2], None, judged)
    gates += [row for t in tables for row in _gate_rows(source_of(t), t.day, t.verdicts())]
    failed = [row for row in gates if not row["passed"]]
    cleaned = [Cleaned(source_of(t), str(t.day), t.manifest().metadata) for t in tables if t.committed()]
    reviewed = review_bounds.review(lake, profile)
    groups = audit_tables.anonymity_by_source(lake, profile)
    report: dict[str, Any] = {
        "title": "De-identification audit",
        "tables": [
            *_gate_tables(gates, failed),
            *audit_tables.cleaning(cleaned),
            *audit_tables.canaries(cleaned),
            audit_tables.over_redaction(cleaned),
            audit_tables.second_opinion(cleaned),
            audit_tables.residual_risk(cleaned),
            *audit_tables.review(reviewed, profile.deid),
            *audit_tables.anonymity(groups, profile.deid),
            *audit_tables.evaluation(evaluation(lake)),
        ],
    }
    if not tables:
        report["absent"] = (
            "no source of the profile holds PHI, or none was de-identified yet: materialise deidentified/…"
        )
    write_json(lake.reports / "deid_audit.json", report)
    shown = {t["title"]: t["rows"] for t in report["tables"]}
    return StageResult(
        "deid_audit",
        len(tables),
        len(cleaned),
        metadata={
            "tables": len(tables),
            "gates": len(gates),
            "failed": len(failed),
            "documents_reviewed": sum(row["reviewed"] for row in reviewed.by_day if "reviewed" in row),
        },
        tables={
            "failed_gates": _without_flag(failed),
            "gates": shown["Gates"],
            "canaries": shown["Planted canaries that survived"],
            "review": reviewed.by_source,
            "k_anonymity": [{"source": source, **found.row()} for source, day, found in groups if day is None],
        },
        made="tables",
    )


def _gate_rows(of: str, day: str | None, verdicts: list[Verdict]) -> list[Record]:
    return [
        {"of": of, "day": day, "gate": v.gate, "passed": v.passed, "numbers": _numbers(v.results, v.passed)}
        for v in verdicts
    ]


def _gate_tables(gates: list[Record], failed: list[Record]) -> list[Record]:
    names = list(dict.fromkeys(row["gate"] for row in gates))
    ran, failures = (Counter(row["gate"] for row in rows) for rows in (gates, failed))
    summary = [
        {"gate": name, "asks": ASKED.get(name, ""), "ran": ran[name], "failed": failures[name]}
        for name in sorted(names, key=lambda name: (-failures[name], names.index(name)))
    ]
    passed = f"None of {len(gates)}." if gates else "None ran yet."
    stopped = "Nothing of these can be read until they pass: mend the source or the setting, and run the refresh again."
    return [
        table("Gates that failed", _without_flag(failed), stopped if failed else passed),
        table(
            "Gates",
            summary,
            "Those of a source run on each of its days before anything is in the cleared zone, those of the tagger before it is used.",
        ),
        table("Gates of every table and day", sorted(gates, key=lambda row: row["passed"]), details=True),
    ]


def _without_flag(rows: list[Record]) -> list[Record]:
    return [{k: v for k, v in row.items() if k != "passed"} for row in rows]


def _numbers(results: list[Record], passed: bool) -> str:
    """The counts of a gate in words: the first result of one that passed, those that failed of one that did not."""
    if any("expectation" in r for r in results):
        failed = [f"{r['expectation']} ({r.get('column')})" for r in results if not r.get("passed")]
        held = f"{len(results) - len(failed)} of {len(results)} expectations"
        return "; ".join([held, *failed])
    return "; ".join(_words(r) for r in (results[:1] if passed else [r for r in results if not r.get("passed")]))


def _words(result: Record) -> str:
    return ", ".join(
        f"{k.replace('_', ' ')} {v}" for k, v in result.items() if v is not None and not isinstance(v, bool)
    )
