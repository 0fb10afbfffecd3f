"""The stage: from raw/<source>@day to signals/<source>@day, filtered/<source>@day and its ledger.

1. One Spark pass measures every document (`measuring.measure_source`) and writes the signals, which hold numbers alone.
2. Domain rules and quality rules decide on the signals, and the source's verdict on them all (`_judge_source`).
3. The documents that stay are copied from the raw files (`copying.copy_kept`), gated and committed.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import ProfileError
from heal_pipeline.filtering.copying import copy_kept
from heal_pipeline.filtering.measuring import measure_source
from heal_pipeline.filtering.rules import BUILT_IN_RULES, Decisions, check_rules, decide, in_domains
from heal_pipeline.filtering.signals import SIGNALS, measure
from heal_pipeline.lake import Lake, StageResult, Validator, Verdict
from heal_pipeline.profile import FilteringConfig, Profile, Rule, SourceEntry

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession


PASSED, SOURCE_EXCLUDED, NOT_ALLOWED, DENIED = "passed", "source_excluded", "domain_not_allowed", "domain_denied"
"""Names in the ledger beside those of the quality rules; all but the first drop the document."""

MIN_JUDGED_DOCUMENTS = 20
"""A source-day with fewer documents is never excluded as a whole: its share would be chance."""


@dataclass(frozen=True)
class SourceVerdict:
    """What is decided of a source on a day, one entry of the arrays a document.

    Attributes:
        rule: the name in the ledger.
        value, threshold: what it compared; NaN where it compared nothing.
        evidence: of an excluded source, the quality rule that the document itself fails.
        failing_share: documents that fail a quality rule among those that the domain rules let in.
    """

    rule: np.ndarray
    value: np.ndarray
    threshold: np.ndarray
    evidence: np.ndarray
    failing_share: float
    excluded: bool


def filter_source(
    spark: "SparkSession", lake: Lake, profile: Profile, entry: SourceEntry, day: str, validate: Validator
) -> StageResult:
    """Measures and judges a source's documents of a day. See `heal_pipeline.filtering.filter_source`."""
    rules = rules_of(profile.filtering)
    _check_domains(entry)
    raw = lake.table(f"raw/{entry.name}", day, entry.zone)
    signals = measure_source(spark, lake, raw, entry.name, day)
    facts = raw.read(["doc_id", "kind", "meta"]).sort_by("doc_id")
    measured = signals.read().sort_by("doc_id")
    quality = decide(rules, _columns(measured), entry.group, facts["kind"].to_pylist())
    verdict = _judge_source(quality, _domain_decisions(entry, facts), profile.filtering)
    decisions = _ledger_rows(facts["doc_id"], entry, day, verdict)
    filtered = lake.table(f"filtered/{entry.name}", day, entry.zone)
    with lake.stage(filtered, inputs=[raw, signals], code_version=code_version("filtered")) as staged:
        summary = copy_kept(spark, raw, decisions, staged)
        staged.gate(ledger.conserved(raw.manifest().rows, decisions, len(summary)))
        staged.gate(_max_drop_share(verdict, profile.filtering))
        staged.gate(validate("filtered", summary))
        metadata = _metadata(decisions, verdict, summary)
        manifest = ledger.commit(staged, decisions, metadata)
    tables = {"funnel": _funnel(decisions, rules, quality)}
    return StageResult(f"filtered/{entry.name}", decisions.num_rows, manifest.rows, manifest, metadata, tables)


def rules_of(config: FilteringConfig) -> list[Rule]:
    """The rules of a profile, else the built-in ones.

    Raises:
        ProfileError: a rule compares what is no signal, has the name of another, or one that the ledger uses otherwise.
    """
    rules = list(config.rules or BUILT_IN_RULES)
    check_rules(rules)
    if taken := {r.name for r in rules} & {PASSED, SOURCE_EXCLUDED, NOT_ALLOWED, DENIED}:
        raise ProfileError(f"a rule may not be named {sorted(taken)[0]!r}, which the ledger uses: give it another name")
    return rules


def _check_domains(entry: SourceEntry) -> None:
    if (entry.allow_domains or entry.deny_domains) and "url" not in entry.meta:
        raise ProfileError(
            f"{entry.name} has domain rules and no addresses: put `url` under its `meta` (and under `fields`, where its reader needs it)"
        )


def _columns(measured: pa.Table) -> dict[str, np.ndarray]:
    return {name: measured[name].to_numpy() for name in SIGNALS}


def _domain_decisions(entry: SourceEntry, facts: pa.Table) -> np.ndarray:
    """object[num_documents]: the domain rule that drops a document, "" where none does."""
    if not (entry.allow_domains or entry.deny_domains):
        return np.full(facts.num_rows, "", dtype=object)
    urls = [dict(meta).get("url", "") for meta in facts["meta"].to_pylist()]
    return np.array([_domain_rule(url, entry) for url in urls], dtype=object)


def _domain_rule(url: str, entry: SourceEntry) -> str:
    if entry.allow_domains and not in_domains(url, entry.allow_domains):
        return NOT_ALLOWED
    return DENIED if in_domains(url, entry.deny_domains) else ""


def _judge_source(quality: Decisions, domain: np.ndarray, config: FilteringConfig) -> SourceVerdict:
    """Joins the decisions on the documents to one on the source: excluded where the failing share reaches the profile's bound."""
    let_in = domain == ""
    num_judged, num_failing = int(let_in.sum()), int((let_in & (quality.rule != "")).sum())
    share = num_failing / num_judged if num_judged else 0.0
    excluded = num_judged >= MIN_JUDGED_DOCUMENTS and share >= config.exclude_source_at
    rule = np.where(let_in, np.where(quality.rule == "", PASSED, quality.rule), domain)
    value, threshold = np.where(let_in, quality.value, np.nan), np.where(let_in, quality.threshold, np.nan)
    evidence = np.full(len(rule), "", dtype=object)
    if excluded:
        evidence = np.where(let_in, quality.rule, "")
        rule = np.where(let_in, SOURCE_EXCLUDED, domain)
        value, threshold = np.where(let_in, share, np.nan), np.where(let_in, config.exclude_source_at, np.nan)
    return SourceVerdict(rule, value, threshold, evidence, share, excluded)


def _ledger_rows(doc_ids: pa.ChunkedArray, entry: SourceEntry, day: str, verdict: SourceVerdict) -> pa.Table:
    num = len(doc_ids)
    columns = {
        "doc_id": doc_ids,
        "batch": pa.array([day] * num, pa.string()),
        "stage": pa.array([f"filtered/{entry.name}"] * num, pa.string()),
        "rule": pa.array(verdict.rule, pa.string()),
        "value": pa.array(verdict.value, pa.float64(), from_pandas=True),
        "threshold": pa.array(verdict.threshold, pa.float64(), from_pandas=True),
        "kept": pa.array(verdict.rule == PASSED, pa.bool_()),
        "evidence": pa.array(verdict.evidence, pa.string()),
    }
    return pa.table(columns).cast(ledger.LEDGER_SCHEMA)


def _max_drop_share(verdict: SourceVerdict, config: FilteringConfig) -> Verdict:
    """The gate against unexpected loss. What domain rules drop, and a source excluded as a whole, was decided, not lost."""
    passed = verdict.excluded or verdict.failing_share <= config.max_drop_share
    numbers = {
        "share": round(verdict.failing_share, 6),
        "bound": config.max_drop_share,
        "source_excluded": verdict.excluded,
    }
    return Verdict("max_drop_share", passed, [numbers])


def _metadata(decisions: pa.Table, verdict: SourceVerdict, summary: "pd.DataFrame") -> dict[str, Any]:
    counts = ledger.summary(decisions)
    return {
        "documents": counts["rows_in"],
        "kept": counts["kept"],
        "kept_share": round(counts["kept"] / counts["rows_in"], 4) if counts["rows_in"] else 1.0,
        "characters": int(summary["num_chars"].sum()),
        "failing_share": round(verdict.failing_share, 4),
        "source_excluded": "yes" if verdict.excluded else "no",
    }


def _funnel(decisions: pa.Table, rules: list[Rule], quality: Decisions) -> list[dict[str, Any]]:
    """From all documents to those that stay, a row a rule that holds for any: how many it holds for, how many it is the first
    to hold for (and so drops), and how many are left after it."""
    by_rule = ledger.summary(decisions)["by_rule"]
    reasons = {
        NOT_ALLOWED: "Not on an allowed domain",
        DENIED: "On a denied domain",
        SOURCE_EXCLUDED: "The source fails the quality rules as a whole",
        **{r.name: r.reason for r in rules},
    }
    left = decisions.num_rows
    rows: list[dict[str, Any]] = [{"rule": "", "reason": "All documents", "fail": None, "dropped": None, "left": left}]
    for name, reason in reasons.items():
        dropped = by_rule.get(name, 0)
        failing = quality.failing.get(name, dropped)
        left -= dropped
        if failing:
            rows.append({"rule": name, "reason": reason, "fail": failing, "dropped": dropped, "left": left})
    return rows


def judge(texts: list[str]) -> list[dict[str, Any]]:
    """What the built-in rules say of texts. See `heal_pipeline.filtering.judge`."""
    columns = measure(texts)
    decisions = decide(BUILT_IN_RULES, columns, "non_medical_public", ["text"] * len(texts))
    return [
        {
            "keep": rule == "",
            "rule": str(rule),
            "signals": {name: _plain(values[i]) for name, values in columns.items()},
        }
        for i, rule in enumerate(decisions.rule)
    ]


def _plain(value: float) -> float | int:
    """Counts as whole numbers, shares with six decimals: what a reader of JSON wants to see."""
    number = round(float(value), 6)
    return int(number) if number.is_integer() else number
