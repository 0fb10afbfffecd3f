"""The artifacts of a phase, of an ablation and of tuning: mixture.json, and plan.json with the rows that are trained on."""

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from heal_pipeline import artifacts, releases
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.lake import Lake, StageResult, write_json
from heal_pipeline.phases import plan as plans
from heal_pipeline.phases.decisions import Curve, Known, Rates
from heal_pipeline.phases.packed import Packed, packed_shards, require_one_split
from heal_pipeline.phases.plan import Plan, SourceRows, rows_within
from heal_pipeline.phases.reporting import (
    by_group,
    loss_chart,
    mixture_chart,
    rates_table,
    rows_table,
    sources_note,
    tokens_chart,
)
from heal_pipeline.phases.rules import decide
from heal_pipeline.profile import Profile
from heal_pipeline.shards import TRAINING, VALIDATION

MIXTURE_SCHEME = "mixture/v2"
TUNING = "tuning"
ABLATION = "ablation_"
PHASE = "phase_"


def mixture(lake: Lake, profile: Profile, name: str, previous: str | None) -> StageResult:
    """Commits cleared/phases/<name>/mixture: the sampling rate of each source, and the decisions that led there.

    Args:
        name: phase_1, phase_2, …
        previous: the phase before, whose validation losses decide; None for the first.

    Raises:
        UserError: no source has packed rows.
        GateError: something it is made from has not been committed.
    """
    packed = packed_shards(lake, profile, TRAINING)
    inputs = {p.artifact: p.fingerprint for p in packed.values()}
    known = _known(profile, packed)
    config = profile.phases.model_dump(mode="json", exclude={"max_epochs"})  # which decides nothing
    record: dict[str, Any] = {"name": name, "previous": previous, "settings": config}
    over_phases: list[dict[str, Any]] = []
    if previous is not None:
        earlier = _mixture(lake, previous)
        missing = sorted(set(earlier["rates"]) - set(packed))
        if missing:
            raise GateError(
                f"{previous} has rates for {', '.join(missing)}, which the current release has no rows of: rematerialise {previous} first"
            )
        known = replace(known, before=earlier["rates"], curves=_curves(lake, previous))
        over_phases = earlier["over_phases"]
        for kind in ("mixture", "validation"):
            label = _artifact(previous, kind)
            inputs[label] = artifacts.manifest(lake, label).fingerprint
    rule = profile.phases.initial if previous is None else profile.phases.rule
    rates, found = decide(rule, known)
    decisions = [{**asdict(d), "rate": rates[d.source]} for d in found]
    over_phases = [*over_phases, {"phase": name, "groups": by_group(rates, known.groups)}]
    record |= {"rule": rule, "rates": rates, "decisions": decisions, "over_phases": over_phases}
    with artifacts.stage(
        lake, _artifact(name, "mixture"), inputs=inputs, code_version=code_version("phases"), scheme=MIXTURE_SCHEME
    ) as staged:
        write_json(staged.path / "mixture.json", record)
        metadata = {
            "rule": rule,
            "sources": len(rates),
            "previous": previous or "none",
            "stabilised": ", ".join(d.source for d in found if d.stabilised) or "none",
        }
        committed = staged.commit(metadata)
    return StageResult(
        f"{name}/mixture",
        len(packed),
        len(rates),
        metadata={**metadata, "fingerprint": committed.fingerprint, "note": sources_note(profile, packed)},
        tables={"rates": rates_table(decisions, first=previous is None)},
        charts=[*([loss_chart(known.curves)] if known.curves else []), mixture_chart(over_phases)],
        made="rates",
    )


def shards(lake: Lake, profile: Profile, name: str) -> StageResult:
    """Commits cleared/phases/<name>/shards: plan.json, the rows that are trained on, to within a row of the budget.

    Args:
        name: phase_<k>, ablation_<subset>, or tuning.

    Raises:
        UserError: the profile has no such run, no rows for it, or nothing is held out to measure a phase on.
        GateError: what it is made from is missing, or does not belong together.
    """
    packed = packed_shards(lake, profile, TRAINING)
    validation = packed_shards(lake, profile, VALIDATION)
    require_one_split(packed, validation)
    inputs: dict[str, str] = {}
    rates, cursors, validated = _sampling(lake, profile, name, packed, inputs)
    sources = [SourceRows(s, packed[s].shard.num_rows, r, cursors.get(s, 0)) for s, r in rates.items()]
    used = {s: packed[s] for s in rates}
    checked = {s: v for s, v in validation.items() if validated is None or s in validated}
    if not checked and name.startswith(PHASE):
        raise UserError(
            "nothing of the release is held out, so that a phase would have no loss: add documents, or raise packing.validation_share, validation_minimum or validation_max_share"
        )
    inputs |= {each.artifact: each.fingerprint for each in [*used.values(), *checked.values()]}
    plan = _sized(profile, name, sources, packed)
    rows = _source_records(plan, used)
    record = {
        "scheme": plans.SCHEME,
        "name": name,
        "release": releases.current(lake),
        "seed": plan.seed,
        "max_length": profile.packing.max_length,
        "rows_per_step": plan.rows_per_step,
        "num_rows": plan.num_rows,
        "num_steps": plan.num_steps,
        "num_tokens": sum(r["tokens"] for r in rows.values()),
        "sources": rows,
        "validation": {s: {"shard": v.path, "num_rows": v.shard.num_rows} for s, v in checked.items()},
    }
    with artifacts.stage(
        lake, _artifact(name, "shards"), inputs=inputs, code_version=code_version("phases"), scheme=plans.SCHEME
    ) as staged:
        write_json(staged.path / "plan.json", record)
        metadata = {k: record[k] for k in ("release", "num_rows", "num_steps", "num_tokens")}
        metadata["most_epochs"] = max(r["epochs"] for r in rows.values() if r["rows"])
        committed = staged.commit(metadata)
    return StageResult(
        f"{name}/shards",
        sum(p.shard.num_rows for p in used.values()),
        plan.num_rows,
        metadata={**metadata, "fingerprint": committed.fingerprint, "note": sources_note(profile, packed)},
        tables={"rows_by_source": rows_table(rows)},
        charts=[tokens_chart(rows)],
        made="rows drawn",
    )


def _sampling(
    lake: Lake, profile: Profile, name: str, packed: dict[str, Packed], inputs: dict[str, str]
) -> tuple[Rates, dict[str, int], set[str] | None]:
    """Rates and cursors of the sources of a run, and the sources whose validation rows it evaluates (None: all). What it
    reads is added to `inputs`."""
    known = _known(profile, packed)
    if name.startswith(PHASE):
        rates: Rates = _mixture(lake, name)["rates"]
        inputs[_artifact(name, "mixture")] = artifacts.manifest(lake, _artifact(name, "mixture")).fingerprint
        missing = sorted(set(rates) - set(packed))
        if missing:
            raise GateError(
                f"the mixture of {name} has rates for {', '.join(missing)}, which the current release has no rows of: rematerialise it"
            )
        return rates, _cursors(lake, profile, name, packed, inputs), None
    if name == TUNING:
        mine = {s: n for s, n in known.num_rows.items() if profile.source(s).kind == "instruction"}
        if not mine:
            raise UserError("the release has no instruction rows to tune on: add a source of kind instruction")
        return decide("proportional", replace(known, num_rows=mine))[0], {}, set(mine)
    subset = name.removeprefix(ABLATION)
    if not name.startswith(ABLATION) or subset not in profile.ablation.subsets:
        runs = [f"{PHASE}1 …", TUNING, *(f"{ABLATION}{s}" for s in profile.ablation.subsets)]
        raise UserError(f"the profile has no run {name!r}: give one of {', '.join(runs)}")
    mine = {s: n for s, n in known.num_rows.items() if known.groups[s] in profile.ablation.subsets[subset]}
    if not mine:
        raise UserError(
            f"no source of the subset {subset!r} has packed rows: mend ablation.subsets, or add a source of its groups"
        )
    return decide(profile.phases.initial, replace(known, num_rows=mine))[0], {}, None


def _sized(profile: Profile, name: str, sources: list[SourceRows], packed: dict[str, Packed]) -> Plan:
    """The plan with as many rows as the run's budget of tokens asks for; tuning counts epochs instead."""

    def plan(num_rows: int) -> Plan:
        return Plan(sources, seed=profile.seed, num_rows=num_rows, rows_per_step=profile.training.rows_per_step)

    if name == TUNING:
        training = profile.training
        wanted = training.tuning_epochs * sum(s.num_rows for s in sources)
        return plan(min(wanted, training.tuning_max_steps * training.rows_per_step))
    if name.startswith(PHASE):
        budget = profile.phases.tokens_per_phase
    else:
        budget = profile.ablation.tokens[name.removeprefix(ABLATION)]
    return plan(rows_within(plan(0), [packed[s.name].shard.row_tokens for s in sources], budget))


def _source_records(plan: Plan, packed: dict[str, Packed]) -> dict[str, dict[str, Any]]:
    records = {}
    for i, (source, rows) in enumerate(zip(plan.sources, plan.counts(plan.num_rows).tolist(), strict=True)):
        own = packed[source.name]
        records[source.name] = {
            "shard": own.path,
            "fingerprint": own.fingerprint,
            "num_rows": source.num_rows,
            "rate": source.rate,
            "cursor": source.cursor,
            "rows": rows,
            "tokens": int(own.shard.row_tokens[plan.source_rows(i, rows)].sum(dtype=np.int64)),
            "next_cursor": source.cursor + rows,
            "epochs": (source.cursor + rows) / source.num_rows,
        }
    return records


def _cursors(
    lake: Lake, profile: Profile, name: str, packed: dict[str, Packed], inputs: dict[str, str]
) -> dict[str, int]:
    """Where the phase before stopped in each source: it carries on those of which it draws nothing. Cursors mean nothing over
    other rows or another order."""
    number = int(name.removeprefix(PHASE))
    if number == 1:
        return {}
    previous = f"{PHASE}{number - 1}"
    label = _artifact(previous, "shards")
    record = json.loads((artifacts.content(lake, label, plans.SCHEME) / "plan.json").read_text())
    inputs[label] = artifacts.manifest(lake, label).fingerprint
    changed = [s for s, r in record["sources"].items() if s not in packed or packed[s].fingerprint != r["fingerprint"]]
    if changed or record["seed"] != profile.seed:
        what = f"the rows of {', '.join(changed)}" if changed else "the seed"
        raise GateError(f"{what} changed since {previous} was planned: rematerialise {previous} first")
    return {s: r["next_cursor"] for s, r in record["sources"].items()}


def _known(profile: Profile, packed: dict[str, Packed]) -> Known:
    groups: dict[str, str] = {s: profile.source(s).group for s in packed}
    return Known(groups, {s: p.shard.num_rows for s, p in packed.items()}, profile.phases)


def _mixture(lake: Lake, name: str) -> dict[str, Any]:
    path = artifacts.content(lake, _artifact(name, "mixture"), MIXTURE_SCHEME) / "mixture.json"
    record: dict[str, Any] = json.loads(path.read_text())
    return record


def _curves(lake: Lake, name: str) -> dict[str, Curve]:
    """Source → (step, loss) over a phase."""
    path = artifacts.content(lake, _artifact(name, "validation")) / "validation.json"
    curves: dict[str, Curve] = {}
    for evaluation in json.loads(path.read_text())["evaluations"]:
        for source, loss in evaluation["losses"].items():
            curves.setdefault(source, []).append((evaluation["step"], loss))
    return curves


def _artifact(name: str, kind: str) -> str:
    return f"cleared/phases/{name}/{kind}"
