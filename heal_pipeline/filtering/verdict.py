"""What is decided of a source's documents on a day, and of the source as a whole, with the evidence for people.

Domain rules come first: what they drop is not judged for quality, and does not count against the source.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from heal_pipeline import ledger
from heal_pipeline.filtering.rules import decide, in_domains
from heal_pipeline.profile import FilteringConfig, Rule, SourceEntry

PASSED, SOURCE_EXCLUDED, NOT_ALLOWED, DENIED = "passed", "source_excluded", "domain_not_allowed", "domain_denied"
"""Names in the ledger beside those of the quality rules; all but the first drop the document."""

MIN_JUDGED_DOCUMENTS = 20
"""A source-day with fewer documents is never excluded as a whole: its share would be chance."""


@dataclass(frozen=True)
class SourceVerdict:
    """What is decided of a source on a day; the arrays have one entry a document.

    Attributes:
        rule: the name in the ledger.
        value, threshold: what it compared; NaN where it compared nothing.
        evidence: of an excluded source, the quality rule that the document itself fails.
        num_judged: documents that the domain rules let in.
        failing: for each quality rule, how many of those it holds for, whichever rule came first.
        failing_share: those that fail any quality rule, of those judged; 0 where none was.
    """

    rule: np.ndarray
    value: np.ndarray
    threshold: np.ndarray
    evidence: np.ndarray
    num_judged: int
    failing: dict[str, int]
    failing_share: float
    excluded: bool

    @property
    def kept(self) -> np.ndarray:
        """bool[num_documents]"""
        return self.rule == PASSED

    def ledger_rows(self, doc_ids: pa.ChunkedArray, entry: SourceEntry, day: str) -> pa.Table:
        """The decisions as the ledger holds them, in the order of `doc_ids`, which is that of the arrays."""
        return ledger.rows(
            doc_ids,
            day,
            f"filtered/{entry.name}",
            rule=pa.array(self.rule, pa.string()),
            kept=pa.array(self.kept, pa.bool_()),
            evidence=pa.array(self.evidence, pa.string()),
            value=self.value,
            threshold=self.threshold,
        )


def judge_source(
    rules: Sequence[Rule], columns: dict[str, np.ndarray], facts: pa.Table, entry: SourceEntry, config: FilteringConfig
) -> SourceVerdict:
    """Decides on each document, and excludes the source where the failing share reaches the profile's bound.

    Args:
        columns: float64[num_documents] for each signal.
        facts: `kind` of the documents, and `meta` where the entry has domain rules, in the same order.
    """
    rule = domain_decisions(entry, facts)
    value, threshold = np.full(len(rule), np.nan), np.full(len(rule), np.nan)
    evidence = np.full(len(rule), "", dtype=object)
    let_in = rule == ""
    kinds = np.array(facts["kind"].to_pylist(), dtype=object)[let_in]
    quality = decide(rules, {name: column[let_in] for name, column in columns.items()}, entry.group, list(kinds))
    failing = quality.rule != ""
    share = float(failing.mean()) if len(failing) else 0.0
    excluded = len(failing) >= MIN_JUDGED_DOCUMENTS and share >= config.exclude_source_at
    if excluded:
        evidence[let_in] = quality.rule
        rule[let_in], value[let_in], threshold[let_in] = SOURCE_EXCLUDED, share, config.exclude_source_at
    else:
        rule[let_in] = np.where(failing, quality.rule, PASSED)
        value[let_in], threshold[let_in] = quality.value, quality.threshold
    return SourceVerdict(rule, value, threshold, evidence, len(failing), quality.failing, share, excluded)


def domain_decisions(entry: SourceEntry, facts: pa.Table) -> np.ndarray:
    """object[num_documents]: the domain rule that drops a document, "" where none does."""
    if not entry.has_domain_rules:
        return np.full(facts.num_rows, "", dtype=object)
    urls = [dict(meta).get("url", "") for meta in facts["meta"].to_pylist()]
    return np.array([_domain_rule(url, entry) for url in urls], dtype=object)


def _domain_rule(url: str, entry: SourceEntry) -> str:
    if entry.allow_domains and not in_domains(url, entry.allow_domains):
        return NOT_ALLOWED
    return DENIED if in_domains(url, entry.deny_domains) else ""


def funnel(decisions: pa.Table, rules: Sequence[Rule], verdict: SourceVerdict) -> list[dict[str, Any]]:
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
        failing = verdict.failing.get(name, dropped)
        left -= dropped
        if failing:
            rows.append({"rule": name, "reason": reason, "fail": failing, "dropped": dropped, "left": left})
    return rows


def evidence_table(rules: Sequence[Rule], verdict: SourceVerdict, config: FilteringConfig) -> list[dict[str, Any]]:
    """What led to the source's verdict, a row a rule that holds for any document: how many of those judged fail it, and their
    share. A document that fails several rules counts in each, and once in the first row, which the verdict goes by."""
    if not verdict.num_judged:
        return []
    excluded = "excluded" if verdict.excluded else "kept"
    bound = f"{excluded}: {verdict.failing_share:.1%} of {verdict.num_judged}, and the bound is {config.exclude_source_at:.0%}"
    if verdict.num_judged < MIN_JUDGED_DOCUMENTS:
        bound = f"not judged: fewer than {MIN_JUDGED_DOCUMENTS} documents"
    any_rule = round(verdict.failing_share * verdict.num_judged)
    rows = [
        {"rule": "any rule", "documents": any_rule, "share": verdict.failing_share, "reason": f"The source is {bound}"}
    ]
    for rule in sorted(rules, key=lambda r: -verdict.failing[r.name]):
        if num := verdict.failing[rule.name]:
            rows.append({"rule": rule.name, "documents": num, "share": num / verdict.num_judged, "reason": rule.reason})
    return rows
