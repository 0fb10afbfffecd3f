"""reports/corpus.json: Table 1 of the paper for this home, from raw to packed, with the reason of every drop.

Numbers are measured in funnel.py and added up in corpus_lines.py; the tables are here, their charts in corpus_charts.py.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from heal_pipeline.filtering.rules import BUILT_IN_RULES
from heal_pipeline.lake import Lake, write_json
from heal_pipeline.profile import Profile
from heal_pipeline.repeated_sentences import MOSTLY_REPEATED
from heal_pipeline.report.corpus_charts import corpus_charts
from heal_pipeline.report.corpus_lines import (
    Line,
    Mixed,
    Ratio,
    groups_of,
    lines_of,
    mixtures,
    ratios_of,
    share,
    tokens_drawn,
    tokens_share,
    with_estimates,
)
from heal_pipeline.report.funnel import (
    CLEAN,
    DEIDENTIFIED,
    ESTIMATED,
    FILTERED,
    RAW,
    RELEASE,
    REPEATED,
    STAGES,
    SURVIVORS,
    TRAINING,
    Amount,
    SourceFunnel,
    Step,
    funnels,
)
from heal_pipeline.survivors import REASONS

REASON_OF = {
    "empty": "No scored text in the record",
    "unreadable": "The file or record cannot be read",
    "key_conflict": "Its key is taken by another text",
    "domain_not_allowed": "Not on an allowed domain",
    "domain_denied": "On a denied domain",
    "source_excluded": "The source fails the quality rules as a whole",
    "quarantined": "De-identification did not finish on it",
    "duplicate": "Directly matches a document that stays",
    "contaminated": "Holds text of an evaluation item",
    "withdrawn": "It, or the person whom it is about, was withdrawn",
    MOSTLY_REPEATED: "Little but sentences that many documents repeat",
}
"""What the ledger's rules say that are no quality rules of a profile; those give their own reason."""

EVIDENCE_RULES = 3
"""Rules that are named for an excluded source."""


def corpus(lake: Lake, profile: Profile) -> dict[str, Any]:
    """Writes reports/corpus.json from the tables of the home, and returns what it wrote."""
    counted = funnels(lake, profile)
    value: dict[str, Any] = {"title": "Token counts by source"}
    if any(f.amounts for f in counted):
        ratios = ratios_of(counted)
        estimated = [with_estimates(f, ratios.get(f.entry.name)) for f in counted]
        lines = lines_of(estimated)
        mixed = mixtures(lake, profile)
        shown = next(s for s in (RELEASE, SURVIVORS, CLEAN, FILTERED, RAW) if any(s in f.amounts for f in counted))
        value |= {
            "tables": [
                _table_1(lines, shown, mixed, estimated),
                _by_stage("Documents by stage", lines, lambda a: a.documents, _documents_note(counted)),
                _by_stage("Tokens by stage", lines, lambda a: a.tokens, _tokens_note(counted, ratios), ESTIMATED),
                _by_stage("Characters by stage", lines, lambda a: a.characters, "", details=True),
                _shares_by_stage(lines, mixed),
                _by_rule(profile, counted),
                _by_source_and_rule(counted),
                _excluded(counted),
            ],
            "charts": corpus_charts(estimated, mixed),
            "stage": shown,
            "sources": [_source_record(f, c, ratios, lines, shown) for f, c in zip(estimated, counted, strict=True)],
            "groups": [_group_record(g, lines[-1], shown, mixed) for g in groups_of(estimated)],
        }
    else:
        value |= {"tables": [], "charts": [], "sources": [], "groups": []}
        value["absent"] = "no source has a committed table: `heal run --job refresh`"
    write_json(lake.reports / "corpus.json", value)
    return value


def _table_1(lines: list[Line], stage: str, mixed: Mixed, found: list[SourceFunnel]) -> dict[str, Any]:
    whole = lines[-1]
    columns = ["source", "documents", "characters", "tokens", "token share"]
    with_training = bool(mixed) and whole.amount(TRAINING) is not None
    if with_training:
        columns += ["training share", *(f"{phase} share" for phase in mixed)]
    rows = []
    for line in lines:
        amount = line.amount(stage)
        row: list[Any] = [line.label, *_measures(amount), tokens_share(line, whole, stage)]
        if with_training:
            row.append(tokens_share(line, whole, TRAINING))
            row += [share(tokens_drawn(line, tokens), tokens_drawn(whole, tokens)) for tokens in mixed.values()]
        rows.append(row)
    notes = [
        f"What the {stage} holds." if stage == RELEASE else f"Counted at the stage {stage}: no release is cut yet."
    ]
    if with_training:
        notes.append(
            "Training share: of the packed tokens as they are; phase share: of the tokens that the phase draws from them,"
            " by its mixture."
        )
    if without := [f.entry.name for f in found if not f.amounts.get(stage, Amount()).documents]:
        notes.append(f"Without documents: {', '.join(without)}.")
    return {"title": "Table 1: tokens by source and group", "columns": columns, "rows": rows, "note": " ".join(notes)}


def _measures(amount: Amount | None) -> list[int | None]:
    return [amount.documents, amount.characters, amount.tokens] if amount else [None, None, None]


def _by_stage(
    title: str,
    lines: list[Line],
    measure: Callable[[Amount], int | None],
    note: str,
    estimated: tuple[str, ...] = (),
    details: bool = False,
) -> dict[str, Any]:
    """A measure of each source after each stage, and what was removed on the way to the survivors by reason.

    Args:
        estimated: stages whose column says that it holds estimates.
    """
    before, after = STAGES[: STAGES.index(SURVIVORS)], STAGES[STAGES.index(SURVIVORS) :]

    def value(amount: Amount | None) -> int | None:
        return measure(amount) if amount else None

    def row(line: Line) -> list[Any]:
        amounts = [
            *(line.amount(s) for s in before),
            *(line.dropped(reason) for reason in REASONS),
            *(line.amount(s) for s in after),
        ]
        released = share(value(line.amount(RELEASE)), value(line.amount(RAW)))
        return [line.label, *map(value, amounts), released]

    stages = [f"{stage}, estimated" if stage in estimated else stage for stage in before]
    columns = ["source", *stages, *REASONS, *after, "share released"]
    return {"title": title, "columns": columns, "rows": [row(x) for x in lines], "note": note, "details": details}


def _documents_note(found: list[SourceFunnel]) -> str:
    notes = [
        "Over all days. Clean: de-identified where the source may hold PHI, else as filtered; less the duplicate,"
        " contaminated and withdrawn ones these are the survivors; less those that are mostly repeated sentences, the release,"
        " which is split into training and held out."
    ]
    if waiting := [f"{s.not_yet:,} of {f.entry.name} at {s.stage}" for f in found for s in f.steps if s.not_yet > 0]:
        notes.append(f"Not come through a stage yet: {', '.join(waiting)}.")
    if broken := [f"{f.entry.name} at {s.stage}" for f in found for s in f.steps if not s.conserved]:
        notes.append(f"Kept and dropped do not add up to the input: {', '.join(broken)}; rematerialise them.")
    if older := [f"{f.entry.name} at {s.stage}" for f in found for s in f.steps if s.not_yet < 0]:
        notes.append(f"Made when the stage before held more: {', '.join(older)}; run the refresh.")
    return " ".join(notes)


def _tokens_note(counted: list[SourceFunnel], ratios: dict[str, Ratio]) -> str:
    def uncounted(*stages: str) -> list[SourceFunnel]:
        return [f for f in counted if any(s in f.amounts and f.amounts[s].tokens is None for s in stages)]

    notes = [
        "Only clean documents are tokenized. Tokens of raw documents, and of filtered ones that are de-identified after, are"
        " estimates: their characters by the source's own characters a token. All others are counted."
    ]
    borrowed: dict[str, list[str]] = {}
    for f in uncounted(RAW, FILTERED):
        of = ratios[f.entry.name].of if f.entry.name in ratios else ""
        if of != f.entry.name:
            borrowed.setdefault(of, []).append(f.entry.name)
    for of, names in borrowed.items():
        by = f"estimated by those of {of}" if of else "absent"
        notes.append(f"Without a tokenized document, and {by}: {', '.join(names)}.")
    if late := [f.entry.name for f in uncounted(CLEAN)]:
        notes.append(f"Estimates for clean documents as well, since a day is not tokenized yet: {', '.join(late)}.")
    return " ".join(notes)


def _shares_by_stage(lines: list[Line], mixed: Mixed) -> dict[str, Any]:
    whole = lines[-1]
    rows = [
        [
            line.label,
            *(tokens_share(line, whole, stage) for stage in STAGES),
            *(share(tokens_drawn(line, tokens), tokens_drawn(whole, tokens)) for tokens in mixed.values()),
        ]
        for line in lines
    ]
    columns = ["source", *(f"{stage} share" for stage in STAGES), *(f"{phase} share" for phase in mixed)]
    note = "Of each stage's tokens, estimated where the tokens are."
    return {"title": "Share of tokens by stage", "columns": columns, "rows": rows, "note": note, "details": True}


def _by_rule(profile: Profile, found: list[SourceFunnel]) -> dict[str, Any]:
    """What each stage took in, dropped by rule, and kept, over all sources."""
    reasons = REASON_OF | {rule.name: rule.reason for rule in profile.filtering.rules or BUILT_IN_RULES}
    rows: list[list[Any]] = []
    for stage in (RAW, FILTERED, DEIDENTIFIED, SURVIVORS, REPEATED):
        steps = [s for f in found for s in f.steps if s.stage == stage]
        if not steps:
            continue
        documents_in = sum(s.documents_in for s in steps)
        dropped: Counter[str] = Counter()
        for step in steps:
            dropped.update({rule: amount.documents for rule, amount in step.dropped.items() if amount.documents})
        rows.append([stage, "in", "", documents_in, share(documents_in, documents_in)])
        for rule, documents in sorted(dropped.items(), key=lambda kv: (-kv[1], kv[0])):
            rows.append([stage, rule, reasons.get(rule, ""), documents, share(documents, documents_in)])
        kept = sum(s.kept.documents for s in steps)
        rows.append([stage, "kept", "", kept, share(kept, documents_in)])
    columns = ["stage", "rule", "reason", "documents", "share"]
    note = (
        "Of each stage, what came in is what was dropped and what was kept. The first rule that holds drops a document."
    )
    return {"title": "Kept and dropped by rule", "columns": columns, "rows": rows, "note": note}


def _by_source_and_rule(found: list[SourceFunnel]) -> dict[str, Any]:
    rows = [
        [
            f.entry.name,
            s.stage,
            s.documents_in,
            s.documents_in - s.kept.documents,
            s.kept.documents,
            s.not_yet,
            _rules(s),
        ]
        for f in found
        for s in f.steps
        if s.documents_in != s.kept.documents or s.not_yet
    ]
    columns = ["source", "stage", "in", "dropped", "kept", "not yet", "dropped by"]
    note = "Sources and stages that are not listed kept all. Not yet: documents of days that have not come through the stage."
    return {"title": "Kept and dropped by source", "columns": columns, "rows": rows, "note": note, "details": True}


def _rules(step: Step) -> str:
    return ", ".join(f"{rule} {amount.documents:,}" for rule, amount in step.dropped.items() if amount.documents)


def _excluded(found: list[SourceFunnel]) -> dict[str, Any]:
    """The sources that were excluded as a whole, with the evidence."""
    rows = []
    for name, e in ((f.entry.name, f.exclusion) for f in found if f.exclusion):
        rules = [f"{rule} {share(n, e.documents):.0%}" for rule, n in list(e.rules.items())[:EVIDENCE_RULES]]
        rows.append([name, len(e.days), e.documents, e.failing_share, e.bound, ", ".join(rules)])
    columns = ["source", "days", "documents judged", "failing share", "share allowed", "fail for"]
    note = (
        "A source whose failing share reaches the bound goes as a whole, with the documents that pass."
        if rows
        else "None: no source failed the quality rules as a whole."
    )
    return {"title": "Excluded sources", "columns": columns, "rows": rows, "note": note}


def _source_record(
    found: SourceFunnel, counted: SourceFunnel, ratios: dict[str, Ratio], lines: list[Line], shown: str
) -> dict[str, Any]:
    """A source for programs: documents, characters, tokens and share at the stage that Table 1 shows, and every stage."""
    entry, ratio = found.entry, ratios.get(found.entry.name)
    line = Line(entry.name, entry.group, [found])
    return {
        "source": entry.name,
        "group": entry.group,
        "kind": entry.kind,
        "licence": entry.licence,
        **_record(found.amounts.get(shown, Amount())),
        "share": tokens_share(line, lines[-1], shown) or 0.0,
        "characters_per_token": ratio.characters_per_token if ratio else None,
        "characters_per_token_of": ratio.of if ratio else None,
        "stages": {
            stage: {**_record(amount), "tokens_estimated": amount.tokens != counted.amounts[stage].tokens}
            for stage, amount in found.amounts.items()
        },
        "decisions": [
            {
                "stage": s.stage,
                "documents_in": s.documents_in,
                "dropped": {rule: amount.documents for rule, amount in s.dropped.items()},
                "kept": s.kept.documents,
                "not_yet": s.not_yet,
            }
            for s in found.steps
        ],
        "excluded": vars(found.exclusion) if found.exclusion else None,
    }


def _record(amount: Amount) -> dict[str, int | None]:
    return dict(zip(("documents", "characters", "tokens"), _measures(amount), strict=True))


def _group_record(line: Line, whole: Line, shown: str, mixed: Mixed) -> dict[str, Any]:
    return {
        "group": line.group,
        "sources": len(line.members),
        **_record(line.amount(shown) or Amount()),
        "share": tokens_share(line, whole, shown) or 0.0,
        "training_share": tokens_share(line, whole, TRAINING),
        "phase_shares": {p: share(tokens_drawn(line, t), tokens_drawn(whole, t)) for p, t in mixed.items()},
    }
