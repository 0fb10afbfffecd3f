"""The rows of the corpus tables: sources, groups and their sums; estimates of tokens; what the phases draw."""

import json
from dataclasses import dataclass, replace

from heal_pipeline import artifacts, releases
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile
from heal_pipeline.report.funnel import SURVIVORS, Amount, SourceFunnel, total

ALL_SOURCES = "all sources"


@dataclass(frozen=True)
class Line:
    """A row of a table by source: a source, a group, or all of them."""

    label: str
    group: str
    members: list[SourceFunnel]

    def amount(self, stage: str) -> Amount | None:
        """What the members hold together at a stage; None where none of them has come so far."""
        found = [f.amounts[stage] for f in self.members if stage in f.amounts]
        return total(found) if found else None

    def dropped(self, reason: str) -> Amount | None:
        """What the members lost among the survivors, for a reason."""
        steps = [s for f in self.members for s in f.steps if s.stage == SURVIVORS]
        return total(s.dropped[reason] for s in steps) if steps else None


@dataclass(frozen=True)
class Ratio:
    """Characters a token, measured on the tokenized documents of a source, its group or all sources."""

    characters_per_token: float
    of: str


def ratios_of(found: list[SourceFunnel]) -> dict[str, Ratio]:
    """Source → its characters a token; its group's, or that of all sources, where it has no tokenized document."""

    def ratio(members: list[SourceFunnel], of: str) -> Ratio | None:
        tokenized = total(f.tokenized for f in members)
        return Ratio(tokenized.characters / tokenized.tokens, of) if tokenized.characters and tokenized.tokens else None

    ratios = {}
    for f in found:
        group = [g for g in found if g.entry.group == f.entry.group]
        own = ratio([f], f.entry.name) or ratio(group, words(f.entry.group)) or ratio(found, ALL_SOURCES)
        if own is not None:
            ratios[f.entry.name] = own
    return ratios


def with_estimates(found: SourceFunnel, ratio: Ratio | None) -> SourceFunnel:
    """The funnel with an estimate of tokens wherever characters have been counted and tokens have not."""

    def estimated(amount: Amount) -> Amount:
        if amount.tokens is not None or amount.characters is None or ratio is None:
            return amount
        return replace(amount, tokens=round(amount.characters / ratio.characters_per_token))

    return replace(found, amounts={stage: estimated(amount) for stage, amount in found.amounts.items()})


def lines_of(found: list[SourceFunnel]) -> list[Line]:
    """The sources by group, each group followed by its sum where there are several, and the sum of all."""
    groups = groups_of(found)
    lines: list[Line] = []
    for group in groups:
        lines += [Line(f.entry.name, group.group, [f]) for f in group.members]
        lines += [group] if len(groups) > 1 else []
    return [*lines, Line(ALL_SOURCES, "", found)]


def groups_of(found: list[SourceFunnel]) -> list[Line]:
    """The sum of each group."""
    by_group: dict[str, list[SourceFunnel]] = {}
    for f in found:
        by_group.setdefault(f.entry.group, []).append(f)
    return [Line(f"all {words(group)}", group, members) for group, members in by_group.items()]


def words(name: str) -> str:
    return name.replace("_", " ")


Mixed = dict[str, dict[str, int]]
"""Phase → source → training tokens that its plan draws."""


def mixtures(lake: Lake, profile: Profile) -> Mixed:
    """The tokens of each phase that is planned on the current release."""
    found: Mixed = {}
    if not lake.table("release").committed():
        return found
    for k in range(1, profile.phases.count + 1):
        name = f"cleared/phases/phase_{k}/shards"
        if artifacts.committed(lake, name):
            plan = json.loads((artifacts.content(lake, name) / "plan.json").read_text())
            if plan["release"] == releases.current(lake):
                found[f"phase {k}"] = {source: record["tokens"] for source, record in plan["sources"].items()}
    return found


def tokens_drawn(line: Line, tokens: dict[str, int]) -> int:
    return sum(tokens.get(f.entry.name, 0) for f in line.members)


def share(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def tokens_share(line: Line, whole: Line, stage: str) -> float | None:
    part, of_all = line.amount(stage), whole.amount(stage)
    return share(part.tokens, of_all.tokens) if part and of_all else None
