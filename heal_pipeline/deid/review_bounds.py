"""What the verdicts of people prove: how many documents, and how many identifiers, were missed at most.

The uniform sample alone proves anything. Documents of highest risk are looked at because leaks are likelier there: what is
found in them is told apart, and bounds nothing. Counts and ids of tables alone; no text.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Any

from heal_pipeline.deid.canaries import upper_bound
from heal_pipeline.deid.review import queues, source_of, verdicts
from heal_pipeline.deid.scoring import rounded, share
from heal_pipeline.lake import Lake, Table, Verdict
from heal_pipeline.profile import DeidConfig, Profile

CONFIDENCE = 0.95
ROUNDING = 1e-9
"""A probability so near the limit is taken to be on it: the bound is then the larger one."""
EXPLAINED = (
    "Documents drawn at random in which people found an identifier, as a share of those reviewed, and what the share of all"
    " documents is at most; identifiers missed, and in 1,000 tokens at most. One-sided, 95 percent; with none found in n"
    " documents the share is at most about 3 / n (the rule of three)."
)
RISK_EXPLAINED = "Looked at because a leak is likelier there: they bound nothing."
Row = dict[str, Any]


@dataclass(frozen=True)
class Reviewed:
    """What was found in documents that people looked at.

    Attributes:
        documents: those that there are, reviewed or not.
        drawn: those that were put before people.
        reviewed: those with a verdict on their present text.
        leaking: those in which someone found an identifier.
        missed: identifiers found.
        tokens: in the reviewed ones.
    """

    documents: int
    drawn: int
    reviewed: int
    leaking: int
    missed: int
    tokens: int

    def __add__(self, other: "Reviewed") -> "Reviewed":
        return Reviewed(*(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True)))


@dataclass(frozen=True)
class Review:
    """The state of the review, as records for tables.

    Attributes:
        by_source: the random sample by source, over its days, and over all sources.
        by_day: the random sample of each source and day, with the version of the table that it was drawn of.
        by_risk: the documents of highest risk, by source.
    """

    by_source: list[Row]
    by_day: list[Row]
    by_risk: list[Row]


def review(lake: Lake, profile: Profile, labels: Container[str] | None = None) -> Review:
    """What people found so far in the present queues.

    A day's bound is hypergeometric: of so many documents so many were drawn without putting them back. Over several days
    it is Clopper and Pearson's, which holds for the mean of the days as well, each weighing as many documents as were
    reviewed of it (Hoeffding 1956, Annals of Mathematical Statistics 27). Both are one-sided, 95 percent.

    Args:
        labels: only these tables ("deidentified/notes@2026-03-02"); None: all.
    """
    said = verdicts(lake)
    days: list[tuple[Table, Reviewed, Reviewed, int]] = []
    missing: list[Row] = []
    for table, queued in queues(lake, profile):
        if labels is not None and table.label not in labels:
            continue
        if queued is None:
            missing.append({**_place(table), "state": "no queue of this version: de-identify the day again"})
            continue
        columns = ["doc_id", "text_id", "at_random", "by_risk", "num_tokens"]
        rows = queued.read(columns).to_pylist()
        present = {(r["doc_id"], r["text_id"]) for r in rows}
        older = sum(
            v["source"] == source_of(table) and v["batch"] == table.day for k, v in said.items() if k not in present
        )
        num = queued.manifest().metadata["documents"]
        parts = (_counts([r for r in rows if r[part]], said, num) for part in ("at_random", "by_risk"))
        days.append((table, *parts, older))
    sources = list(dict.fromkeys(source_of(table) for table, *_ in days))
    of_source = {s: _sum(random for t, random, _, _ in days if source_of(t) == s) for s in sources}
    overall = [{"source": "all", **_row(_sum(of_source.values()))}] if len(sources) > 1 else []
    return Review(
        by_source=[*({"source": s, **_row(total)} for s, total in of_source.items()), *overall],
        by_day=[
            *({**_place(t), **_row(random, finite=True), "verdicts_on_older_text": n} for t, random, _, n in days),
            *missing,
        ],
        by_risk=[{"source": s, **_found(_sum(risky for t, _, risky, _ in days if source_of(t) == s))} for s in sources],
    )


def verdict(found: Review, config: DeidConfig) -> Verdict | None:
    """Passed where no source's reviewed sample holds more documents with a leak than `max_reviewed_leak_share`; None: no limit.

    It goes by what was found, not by the bound, which would ask for many verdicts before anything passes.
    """
    limit = config.max_reviewed_leak_share
    if limit is None:
        return None
    rows = [
        {
            "source": row["source"], "reviewed": row["reviewed"], "with_a_miss": row["with_a_miss"], "allowed_share": limit,
            "passed": row["share"] is None or row["share"] <= limit,
        }
        for row in found.by_source
        if row["source"] != "all"
    ]  # fmt: skip
    return Verdict("review", all(r["passed"] for r in rows), rows)


def finite_upper_bound(leaking: int, reviewed: int, documents: int) -> float:
    """The largest share of all documents that may leak where `leaking` of `reviewed` do, one-sided, 95 percent.

    The exact bound of the hypergeometric distribution (Chung and DeLury 1950): the most leaking documents under which so
    few in the sample are no less likely than 5 percent.
    """
    from scipy.stats import hypergeom

    least, most = leaking, documents - reviewed + leaking
    while least < most:
        middle = (least + most + 1) // 2
        if hypergeom.cdf(leaking, documents, middle, reviewed) >= 1 - CONFIDENCE - ROUNDING:
            least = middle
        else:
            most = middle - 1
    return least / documents if documents else 0.0


def _counts(rows: list[Row], said: dict[tuple[str, str], Row], documents: int) -> Reviewed:
    answered = [(r, said[key]["missed"]) for r in rows if (key := (r["doc_id"], r["text_id"])) in said]
    return Reviewed(
        documents,
        drawn=len(rows),
        reviewed=len(answered),
        leaking=sum(missed > 0 for _, missed in answered),
        missed=sum(missed for _, missed in answered),
        tokens=sum(r["num_tokens"] for r, _ in answered),
    )


def _sum(parts: Iterable[Reviewed]) -> Reviewed:
    return sum(parts, Reviewed(0, 0, 0, 0, 0, 0))


def _row(found: Reviewed, *, finite: bool = False) -> Row:
    bound = rate = most = None
    if found.reviewed:
        exact = finite_upper_bound(found.leaking, found.reviewed, found.documents) if finite else None
        bound = upper_bound(found.leaking, found.reviewed, CONFIDENCE) if exact is None else exact
    if found.tokens:
        rate = 1000 * found.missed / found.tokens
        most = 1000 * _poisson_bound(found.missed) / found.tokens
    return {
        "documents": found.documents,
        **_found(found),
        "share": rounded(share(found.leaking, found.reviewed)),
        "share_at_most": rounded(bound),
        "per_1000_tokens": rounded(rate),
        "per_1000_at_most": rounded(most),
    }


def _found(found: Reviewed) -> Row:
    return {
        "drawn": found.drawn, "reviewed": found.reviewed, "with_a_miss": found.leaking, "missed": found.missed,
    }  # fmt: skip


def _poisson_bound(events: int) -> float:
    """Garwood's one-sided 95 percent upper bound of a Poisson mean (Biometrika 1936); 3.0 where there was no event."""
    from scipy.stats import chi2

    return float(chi2.ppf(CONFIDENCE, 2 * (events + 1)) / 2)


def _place(table: Table) -> Row:
    return {"source": source_of(table), "day": table.day, "table": table.manifest().fingerprint}
