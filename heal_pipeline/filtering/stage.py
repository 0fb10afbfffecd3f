"""The stage: from raw/<source>@day to signals/<source>@day, filtered/<source>@day and its ledger.

1. One Spark pass measures every document (`measuring.measure_source`) and writes the signals, which hold numbers alone.
2. Domain rules and quality rules decide on the signals, and the source's verdict on them all (`verdict.judge_source`).
3. The documents that stay are copied from the raw files (`copying.copy_kept`).
4. Gates: the suite "filtered" on the documents, the suite "source_day" on the day's own numbers. Then the commit.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import ProfileError
from heal_pipeline.filtering.copying import copy_kept
from heal_pipeline.filtering.measuring import measure_source
from heal_pipeline.filtering.rules import BUILT_IN_RULES, check_rules, decide
from heal_pipeline.filtering.signals import SIGNALS, measure
from heal_pipeline.filtering.statistics import write_statistics
from heal_pipeline.filtering.verdict import (
    DENIED,
    MIN_JUDGED_DOCUMENTS,
    NOT_ALLOWED,
    PASSED,
    SOURCE_EXCLUDED,
    SourceVerdict,
    evidence_table,
    funnel,
    judge_source,
)
from heal_pipeline.lake import Lake, StageResult, Validator, Verdict
from heal_pipeline.profile import Bounds, DayMeasure, FilteringConfig, Profile, Rule, SourceEntry

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

ENGLISH = 0.5
"""A document is English where `english_v1` is at least this: more likely than not."""


def filter_source(
    spark: "SparkSession", lake: Lake, profile: Profile, entry: SourceEntry, day: str, validate: Validator
) -> StageResult:
    """Measures and judges a source's documents of a day. See `heal_pipeline.filtering.filter_source`."""
    rules = rules_of(profile.filtering)
    raw = lake.table(f"raw/{entry.name}", day, entry.zone)
    signals = measure_source(spark, lake, raw, entry.name, day)
    facts = raw.read(["doc_id", "kind", *(["meta"] if entry.has_domain_rules else [])]).sort_by("doc_id")
    columns = _columns(signals.read().sort_by("doc_id"))
    verdict = judge_source(rules, columns, facts, entry, profile.filtering)
    decisions = verdict.ledger_rows(facts["doc_id"], entry, day)
    filtered = lake.table(f"filtered/{entry.name}", day, entry.zone)
    with lake.stage(filtered, inputs=[raw, signals], code_version=code_version("filtered")) as staged:
        summary = copy_kept(spark, raw, decisions, staged)
        staged.gate(ledger.conserved(raw.manifest().rows, decisions, len(summary)))
        staged.gate(_as_expected(verdict, columns, profile.filtering.expected_of(entry), validate))
        staged.gate(validate("filtered", summary))
        staged.require_gates()
        write_statistics(lake, entry.name, day, signals, columns)
        metadata = _metadata(decisions, verdict, summary)
        manifest = ledger.commit(staged, decisions, metadata)
    tables = {
        "funnel": funnel(decisions, rules, verdict),
        "source_verdict": evidence_table(rules, verdict, profile.filtering),
    }
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


def _columns(measured: pa.Table) -> dict[str, np.ndarray]:
    return {name: measured[name].to_numpy() for name in SIGNALS}


def _as_expected(
    verdict: SourceVerdict, columns: dict[str, np.ndarray], expected: dict[DayMeasure, Bounds], validate: Validator
) -> Verdict:
    """The suite "source_day" on what was measured of the day, with the bounds of the profile."""
    import pandas as pd

    measures = _day_measures(verdict, columns)
    bounds = {
        f"{name}_{side}": bound
        for name, pair in expected.items()
        for side, bound in zip(("least", "most"), pair, strict=True)
    }
    return validate("source_day", pd.DataFrame([measures], dtype=float), **bounds)


def _day_measures(verdict: SourceVerdict, columns: dict[str, np.ndarray]) -> dict[DayMeasure, float | None]:
    """What the profile has bounds for; None where there is nothing to judge. See `profile.Expected`."""
    kept = verdict.kept
    num_kept = int(kept.sum())
    english, words = columns["english_v1"][kept], columns["gopher_words_v1"][kept]
    return {
        "documents": len(kept),
        "drop_share": None if verdict.excluded or not verdict.num_judged else verdict.failing_share,
        "english_share": float((english >= ENGLISH).mean()) if num_kept >= MIN_JUDGED_DOCUMENTS else None,
        "mean_words": float(words.mean()) if num_kept else None,
    }


def _metadata(decisions: pa.Table, verdict: SourceVerdict, summary: "pd.DataFrame") -> dict[str, Any]:
    """`drops` counts what each rule dropped; `failing` the documents that each quality rule holds for, of the `judged` ones:
    what the verdict on the source went by."""
    counts = ledger.summary(decisions)
    return {
        "documents": counts["rows_in"],
        "kept": counts["kept"],
        "kept_share": round(counts["kept"] / counts["rows_in"], 4) if counts["rows_in"] else 1.0,
        "characters": int(summary["num_chars"].sum()),
        "judged": verdict.num_judged,
        "failing_share": round(verdict.failing_share, 4),
        "source_excluded": verdict.excluded,
        "drops": dict(sorted(counts["by_rule"].items())),
        "failing": {rule: num for rule, num in verdict.failing.items() if num},
    }


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
