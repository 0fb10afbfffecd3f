"""reports/dedup.json: what deduplication found and removed, from the tables of this home. Counts and ids, no text."""

from collections import Counter
from typing import Any

from heal_pipeline.dedup import pairing
from heal_pipeline.dedup.comparing import NEAR_MISS
from heal_pipeline.dedup.verification import BELOW, EXACT, JACCARD
from heal_pipeline.lake import Lake, write_json
from heal_pipeline.profile import Profile
from heal_pipeline.survivors import DUPLICATE, NUMBERS_DIFFER, REASONS

EXAMPLES_BY_RULE = 3
NUM_BINS = 20

Rows = list[dict[str, Any]]


def report(lake: Lake, profile: Profile) -> dict[str, Any]:
    """Writes reports/dedup.json from survivors and the pairs of all days; without survivors it says so."""
    if not lake.table("survivors").committed():
        value: dict[str, Any] = {
            "title": "Deduplication",
            "tables": [],
            "charts": [],
            "absent": "there are no survivors yet: `heal run --job refresh`, or see `heal status`",
        }
    else:
        decisions = lake.table("survivors").read().to_pylist()
        pairs = _pairs(lake)
        source_of = {row["doc_id"]: row["source"] for row in decisions}
        tables = [
            _removed(decisions),
            _clusters(decisions),
            _verified(pairs, profile.dedup.jaccard),
            _between_sources(pairs, source_of),
            _examples(pairs, source_of),
        ]
        value = {"title": "Deduplication", "tables": tables, "charts": [_similarities(pairs)], "absent": ""}
    write_json(lake.reports / "dedup.json", value)
    return value


def _pairs(lake: Lake) -> Rows:
    """The pairs of all days, each once, where both documents are there still."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for day in lake.days(pairing.TABLE):
        table = lake.table(pairing.TABLE, day)
        if table.committed():
            for row in table.read().to_pylist():
                near = row["rule"] != EXACT
                contents = sorted((row["content_a"], row["content_b"]))
                found.setdefault(tuple(contents) if near else (row["a"], row["b"]), row)
    return [found[key] for key in sorted(found)]


def _removed(decisions: Rows) -> dict[str, Any]:
    counts: dict[str, Counter[str]] = {}
    for row in decisions:
        counts.setdefault(row["source"], Counter())[row["reason"]] += 1
    rows = [
        [source, c.total(), c[""], *(c[reason] for reason in REASONS), 1 - c[""] / c.total()]
        for source, c in sorted(counts.items())
    ]
    return {
        "title": "Documents kept and removed",
        "columns": ["source", "documents", "kept", *REASONS, "share removed"],
        "rows": rows,
        "note": "A document goes only if it directly matches one that stays.",
    }


def _clusters(decisions: Rows) -> dict[str, Any]:
    sizes = Counter(row["evidence"] for row in decisions if row["reason"] == DUPLICATE)
    by_size = Counter(1 + removed for removed in sizes.values())
    return {
        "title": "Clusters by size",
        "columns": ["documents in the cluster", "clusters", "documents removed"],
        "rows": [[size, num, num * (size - 1)] for size, num in sorted(by_size.items())],
        "note": "A cluster is a document that stays and all that were removed in its favour.",
    }


def _verified(pairs: Rows, threshold: float) -> dict[str, Any]:
    rules = Counter(row["rule"] for row in pairs)
    near = rules[JACCARD] + rules[NUMBERS_DIFFER] + rules[BELOW]
    meaning = {
        EXACT: "equal normal form",
        JACCARD: f"true Jaccard at least {threshold}",
        NUMBERS_DIFFER: "as similar, but numbers contradict: reported, and spared in clinical text",
        BELOW: f"less similar by at most {NEAR_MISS}: not accepted",
    }
    return {
        "title": "Pairs by rule",
        "columns": ["rule", "pairs", "share of near pairs", "meaning"],
        "rows": [[r, rules[r], None if r == EXACT or not near else rules[r] / near, meaning[r]] for r in meaning],
        "note": "Equal documents are linked in a chain; near pairs are counted once for each two contents.",
    }


def _between_sources(pairs: Rows, source_of: dict[str, str]) -> dict[str, Any]:
    counts: dict[tuple[str, str], Counter[str]] = {}
    for row in pairs:
        if row["accepted"] and row["a"] in source_of and row["b"] in source_of:
            first, second = sorted((source_of[row["a"]], source_of[row["b"]]))
            counts.setdefault((first, second), Counter())[row["rule"]] += 1
    rows = [[*sources, c[EXACT], c[JACCARD], c[NUMBERS_DIFFER]] for sources, c in sorted(counts.items())]
    columns = ["source", "other source", "equal", "near", "near, numbers differ"]
    return {"title": "Accepted pairs between sources", "columns": columns, "rows": rows, "note": ""}


def _examples(pairs: Rows, source_of: dict[str, str]) -> dict[str, Any]:
    rows: list[list[Any]] = []
    for rule in (EXACT, JACCARD, NUMBERS_DIFFER, BELOW):
        present = [p for p in pairs if p["rule"] == rule and p["a"] in source_of and p["b"] in source_of]
        for p in present[:EXAMPLES_BY_RULE]:
            sources = source_of[p["a"]], source_of[p["b"]]
            rows.append(
                [rule, p["a"], sources[0], p["b"], sources[1], p["jaccard"], p["containment"], p["bands_shared"]]
            )
    columns = ["rule", "a", "source", "b", "its source", "jaccard", "containment", "bands shared"]
    return {"title": "Examples", "columns": columns, "rows": rows, "note": "`heal trace ID` tells all of a document."}


def _similarities(pairs: Rows) -> dict[str, Any]:
    """How many compared pairs have which similarity: bins of 1 / NUM_BINS, named by their lower edge."""
    bins = Counter(min(int(p["jaccard"] * NUM_BINS), NUM_BINS - 1) for p in pairs if p["rule"] != EXACT)
    points = [[i / NUM_BINS, bins[i]] for i in range(NUM_BINS)]
    return {
        "title": "True similarity of near pairs",
        "x": "Jaccard of word 5-grams",
        "y": "pairs",
        "series": {"pairs": points},
        "log_y": False,
    }
