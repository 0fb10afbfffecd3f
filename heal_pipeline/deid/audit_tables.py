"""The tables of the audit report: numbers of commits, reviews and evaluations, each with a line that says what it means.

A table is {"title", "rows", "note", "absent", "details"} as report/tables.py reads it; one without rows says why. Gates are
in auditing.py.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from heal_pipeline.deid import review_bounds
from heal_pipeline.deid.anonymity import COLUMNS, Anonymity, measure
from heal_pipeline.deid.canaries import DISGUISES, TYPES, upper_bound
from heal_pipeline.lake import Lake
from heal_pipeline.profile import DeidConfig, Profile

Record = dict[str, Any]

NOTHING_COMMITTED = "no table of a source with PHI is committed"


class Cleaned(NamedTuple):
    """A committed day of a source, and what its manifest says of it."""

    source: str
    day: str
    numbers: Record


def table(title: str, rows: list[Record], note: str = "", absent: str = "", *, details: bool = False) -> Record:
    """A table. `absent` says why there are no rows, and is left out where there are."""
    extra = {"details": True} if details else {}
    return {"title": title, "rows": rows, "note": note, **extra, **({"absent": absent} if absent and not rows else {})}


def cleaning(cleaned: list[Cleaned]) -> list[Record]:
    """What was cleaned of each source, and which identifiers were replaced."""
    sources = _sources(cleaned)
    rows, found = [], {}
    for source in sources:
        own = [c.numbers for c in cleaned if c.source == source]
        documents, identifiers, quarantined, broken = (
            sum(n.get(key, 0) for n in own) for key in ("documents", "identifiers", "quarantined", "broken_intervals")
        )
        found[source] = sum((Counter(n["found"]) for n in own), Counter[str]())
        rows.append(
            {
                "source": source, "days": len(own), "documents": documents, "quarantined": quarantined, "identifiers": identifiers,
                "identifiers_per_document": round(identifiers / documents, 2) if documents else None, "broken_intervals": broken,
            }
        )  # fmt: skip
    total = sum(found.values(), Counter[str]())
    types = sorted(total, key=lambda t: (-total[t], t))
    replaced = [{"type": t, **{s: found[s][t] for s in sources}, "total": total[t]} for t in types]
    policies = sorted(
        {f"{n['detector']} under {n['policy']}, called “{n['label']}”" for n in (c.numbers for c in cleaned)}
    )
    note = f"Cleaned by {'; '.join(policies)}. A broken interval is a pair of dates, or a date, that is not as the policy promises."
    return [
        table("Sources that may hold PHI", rows, note if cleaned else "", NOTHING_COMMITTED),
        table("Identifiers replaced", replaced, "By type and source, over all days.", NOTHING_COMMITTED),
    ]


def canaries(cleaned: list[Cleaned]) -> list[Record]:
    """Survival by type and by disguise, and each type in each disguise: the worst run of each."""
    worst = _worst(cleaned, "survival", ("type", "disguise"), "survived")
    rows = [
        {"type": type_, "disguise": disguise, "planted": r["planted"], "survived": r["survived"]}
        | _share(r["survived"], r["planted"])
        for (type_, disguise), r in worst.items()
    ]
    by_type = [_with_disguises(worst, type_) for type_ in ("all", *TYPES) if (type_, "all") in worst]
    note = (
        "Made-up identifiers in sentences, plain and in disguises, that went through with the documents; what is under a"
        " disguise is how many of it survived. The same are planted in every run, so that each row is the worst run, not a"
        " sum. The bound is Clopper and Pearson's: one-sided, 95 percent."
    )
    return [
        table("Planted canaries that survived", by_type, note, NOTHING_COMMITTED),
        table("Canaries by type and disguise", rows, absent=NOTHING_COMMITTED, details=True),
    ]


def _with_disguises(worst: dict[tuple[str, ...], Record], type_: str) -> Record:
    row = worst[type_, "all"]
    by_disguise = {d: worst[type_, d]["survived"] for d in DISGUISES if (type_, d) in worst}
    return {"type": type_, "planted": row["planted"], "survived": row["survived"]} | (
        _share(row["survived"], row["planted"]) | by_disguise
    )


def over_redaction(cleaned: list[Cleaned]) -> Record:
    """Harmless terms that were planted and replaced, by kind: the worst run of each."""
    worst = _worst(cleaned, "over_redaction", ("kind",), "altered")
    rows = [
        {"kind": r["kind"], "planted": r["planted"], "altered": r["altered"], **_share(r["altered"], r["planted"])}
        for r in worst.values()
    ]
    note = "Drugs, diseases, eponyms and other terms that identify nobody, planted in sentences: what was replaced is content lost."
    return table("Harmless terms that were replaced", rows, note, "none were planted (`deid.controls`)")


def second_opinion(cleaned: list[Cleaned]) -> Record:
    """What another detector finds in the output of a sample, by source."""
    rows = []
    for source in _sources(cleaned):
        counts: Counter[str] = Counter()
        for one in (c for c in cleaned if c.source == source):
            counts.update(one.numbers.get("second_opinion", {}))  # unlike a sum, it keeps what is 0
        if documents := counts.pop("documents", 0):
            leaking = counts.pop("leaking", 0)
            rows.append(
                {"source": source, "documents": documents, "with_a_finding": leaking}
                | {"share_with_a_finding": round(leaking / documents, 4), **counts}
            )
    note = (
        "Another detector reads a sample of the output, surrogates aside: a finding is a leak or a false alarm, which people"
        " tell apart. Tokens are of the source: where the two disagree."
    )
    return table("Second detector", rows, note, "no sample was read (`deid.second_detector`)")


def residual_risk(cleaned: list[Cleaned]) -> Record:
    """Quantiles of the documents' residual risk, by source and day."""
    rows = [{"source": c.source, "day": c.day, **risk} for c in cleaned if (risk := c.numbers.get("risk"))]
    note = (
        "The probability that a document still holds an identifier, as the detector sees what it left alone. It ranks"
        " documents for the review; it is no measured share."
    )
    return table("Residual risk of documents", rows, note, "no day with documents has a figure for it", details=True)


def review(found: review_bounds.Review, config: DeidConfig) -> list[Record]:
    """What people found in the review queue so far."""
    limit = config.max_reviewed_leak_share
    bound = f" A source may hold {limit:.1%} (`deid.max_reviewed_leak_share`)." if limit is not None else ""
    nobody = (
        "" if any(row["reviewed"] for row in found.by_source) else " Nobody has reviewed any yet: `heal review export`."
    )
    no_queue = "no queue of the present tables is there"
    return [
        table("Review: random sample", found.by_source, review_bounds.EXPLAINED + bound + nobody, no_queue),
        table("Review: documents of highest risk", found.by_risk, review_bounds.RISK_EXPLAINED, no_queue),
        table(
            "Review: random sample by day", found.by_day,
            "`table` is the version that was drawn from; verdicts on texts that have changed since do not count."
            " The bound of a day is hypergeometric.",
            no_queue, details=True,
        ),
    ]  # fmt: skip


Group = tuple[str, str | None, Anonymity]
"""Source, day (None: all of its days together), and what was found."""


def anonymity_by_source(lake: Lake, profile: Profile) -> list[Group]:
    """k-anonymity of each source's committed days, first over all of them, then of each; metadata alone are read."""
    import pyarrow as pa

    groups: list[Group] = []
    for entry in profile.restricted_sources:
        tables = [t for day in lake.days(entry.clean_table) if (t := lake.table(entry.clean_table, day)).committed()]
        days = {str(t.day): t.read(COLUMNS) for t in tables}
        if days:
            groups.append((entry.name, None, measure(pa.concat_tables(days.values()), profile.deid.min_group)))
            groups += [(entry.name, day, measure(rows, profile.deid.min_group)) for day, rows in days.items()]
    return groups


def anonymity(groups: list[Group], config: DeidConfig) -> list[Record]:
    """How many people share their metadata: by source, by day, and what each column does to it."""
    asked = (
        "no bound is set (`deid.min_group`)"
        if config.min_group is None
        else f"at least {config.min_group} are asked for"
    )
    note = (
        f"People who share kind, days and all metadata that leave the restricted zone; {asked}. A column that singles out nearly"
        " everybody is an identifier, whatever its name. The day that a document came in is one of the columns."
    )
    columns = [{"source": source, **column} for source, day, found in groups if day is None for column in found.columns]
    return [
        table("Metadata: people alike", [{"source": s, **f.row()} for s, d, f in groups if d is None], note, NOTHING_COMMITTED),
        table(
            "Metadata by column", columns,
            "How many people are alone by the column, and how many would be if it were left out.", NOTHING_COMMITTED,
            details=True,
        ),
        table(
            "Metadata: people alike by day", [{"source": s, "day": d, **f.row()} for s, d, f in groups if d is not None],
            absent=NOTHING_COMMITTED, details=True,
        ),
    ]  # fmt: skip


def evaluation(found: dict[str, list[Record]] | None) -> list[Record]:
    """What the tagger finds and misses where the answer is known."""
    if found is None:
        return [
            table(
                "Tagger", [], absent="the tagger was not evaluated, or did not pass: materialise phi_tagger_evaluation"
            )
        ]
    scores = [row for row in found["token_scores"] if "absent" not in row]
    missing = "".join(f" Absent: {row['set']} ({row['absent']})." for row in found["token_scores"] if "absent" in row)
    survival = [r for r in found["canary_survival"] if "all" in (r["type"], r["disguise"])]
    binary = (
        "Is a token of an identifier covered, whatever its type; organisations, titles and nationalities are not among the"
        " 18 identifiers."
    )
    planted = "Others than those of the runs, and more."
    return [
        table("Tagger: token scores by set", scores, binary + missing),
        table("Tagger: scores by type", found.get("type_scores", []), "As the sets name their types.", details=True),
        table("Tagger: canaries of the evaluation", survival, planted, details=True),
        table("Tagger: harmless terms of the evaluation", found.get("over_redaction", []), planted, details=True),
    ]


def _worst(cleaned: list[Cleaned], key: str, names: tuple[str, ...], count: str) -> dict[tuple[str, ...], Record]:
    """The row with the most of `count` over all runs, by the names of what was planted: the same things in each run."""
    worst: dict[tuple[str, ...], Record] = {}
    for row in (row for c in cleaned for row in c.numbers.get(key, [])):
        of = tuple(row[name] for name in names)
        if of not in worst or row[count] > worst[of][count]:
            worst[of] = row
    return worst


def _share(count: int, of: int) -> Record:
    return {"share": round(count / of, 4), "share_at_most": round(upper_bound(count, of), 4)}


def _sources(cleaned: Iterable[Cleaned]) -> list[str]:
    return list(dict.fromkeys(c.source for c in cleaned))
