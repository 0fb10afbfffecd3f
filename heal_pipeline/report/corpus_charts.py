"""The charts of the corpus: the funnel of documents and of tokens, what became of each source, and what mixing does."""

from typing import Any

from heal_pipeline.report.charts import number
from heal_pipeline.report.corpus_lines import Mixed, groups_of, lines_of, share, tokens_drawn, tokens_share, words
from heal_pipeline.report.funnel import (
    CLEAN,
    DEIDENTIFIED,
    ESTIMATED,
    EXCLUDED,
    FILTERED,
    RAW,
    RELEASE,
    REPEATED,
    SURVIVORS,
    TRAINING,
    SourceFunnel,
)
from heal_pipeline.survivors import REASONS

FUNNEL = (RAW, FILTERED, CLEAN, SURVIVORS, RELEASE, TRAINING)

Chart = dict[str, Any]


def corpus_charts(found: list[SourceFunnel], mixed: Mixed) -> list[Chart]:
    """All charts of the corpus; one whose numbers are not there yet is left out.

    Args:
        found: with estimates of tokens.
    """
    charts = [_funnel(found, "documents"), _funnel(found, "tokens"), _fates(found), _mixing(found, mixed)]
    return [chart for chart in charts if chart["bars"]]


def _funnel(found: list[SourceFunnel], measure: str) -> Chart:
    """A bar a stage, its parts the groups: documents, or tokens with estimates where they are not counted."""
    *_, whole = lines_of(found)
    groups = groups_of(found)
    counts = {stage: getattr(amount, measure) for stage in FUNNEL if (amount := whole.amount(stage))}
    counts = {stage: count for stage, count in counts.items() if count is not None}
    first = next(iter(counts.values()), 0)
    estimated = ESTIMATED if measure == "tokens" else ()
    return {
        "title": f"{measure.capitalize()} by stage",
        "x": measure,
        "bars": [f"{stage}, estimated" if stage in estimated else stage for stage in counts],
        "ends": [f"{_short(count)} · {count / first:.1%}" if first else "" for count in counts.values()],
        "series": {
            words(group.group): [getattr(group.amount(stage), measure, None) or 0 for stage in counts]
            for group in groups
        },
    }


def _fates(found: list[SourceFunnel]) -> Chart:
    """A bar a source, its parts the shares of its documents that stay and that went, by the stage that dropped them."""
    fates = {f.entry.name: fate for f in found if f.steps and sum((fate := _fate(f)).values())}
    names = [
        "stay",
        REPEATED,
        *REASONS,
        "not de-identified",
        "filtered out",
        "source excluded",
        "not read",
        "not yet decided",
    ]
    return {
        "title": "What became of each source's documents",
        "x": "share of documents",
        "bars": list(fates),
        "ends": [f"{_short(sum(fate.values()))} documents" for fate in fates.values()],
        "series": {name: [fate.get(name, 0) / sum(fate.values()) for fate in fates.values()] for name in names},
    }


def _fate(found: SourceFunnel) -> dict[str, int]:
    """Fate → documents of a source."""
    fate = {"stay": found.steps[-1].kept.documents, "not yet decided": sum(max(0, s.not_yet) for s in found.steps)}
    for step in found.steps:
        for rule, amount in step.dropped.items():
            if step.stage == SURVIVORS:
                name = rule
            elif step.stage == REPEATED:
                name = REPEATED
            elif rule == EXCLUDED:
                name = "source excluded"
            else:
                name = {RAW: "not read", FILTERED: "filtered out", DEIDENTIFIED: "not de-identified"}[step.stage]
            fate[name] = fate.get(name, 0) + amount.documents
    return fate


def _mixing(found: list[SourceFunnel], mixed: Mixed) -> Chart:
    """A bar of the packed tokens as they are, and one a phase of the tokens that it draws, their parts the groups."""
    *_, whole = lines_of(found)
    groups = groups_of(found)
    natural = [tokens_share(group, whole, TRAINING) or 0.0 for group in groups]
    phases = {
        phase: [share(tokens_drawn(group, tokens), tokens_drawn(whole, tokens)) or 0.0 for group in groups]
        for phase, tokens in mixed.items()
    }
    bars = {"packed": natural, **phases} if mixed and any(natural) else {}
    drawn = [getattr(whole.amount(TRAINING), "tokens", None), *(tokens_drawn(whole, t) for t in mixed.values())]
    return {
        "title": "Training tokens by group: as packed, and as each phase mixes them",
        "x": "share of tokens",
        "bars": list(bars),
        "ends": [f"{_short(tokens or 0)} tokens" for tokens in drawn] if bars else [],
        "series": {words(group.group): [parts[i] for parts in bars.values()] for i, group in enumerate(groups)},
    }


def _short(count: int) -> str:
    """As it is below a million; 1,058,402 is 1.06M."""
    return number(float(f"{count:.3g}")) if count >= 1_000_000 else f"{count:,}"
