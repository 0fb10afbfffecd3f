"""The perplexity of every source: of a phase's checkpoint, over the training, and of the ablation models.

Losses are means over the scored tokens of a source's validation rows, in nats; a perplexity is their exponential.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import UserError
from heal_pipeline.evaluation.reporting import result, rounded, table, write_report
from heal_pipeline.lake import Lake, StageResult, Verdict, write_json
from heal_pipeline.modeling import load, perplexity
from heal_pipeline.profile import Profile

TUNED = "models/tuned_model"
OVERALL = "all sources"

Losses = dict[str, float]
"""Source → mean loss in nats."""


def phase_validation(lake: Lake, profile: Profile, name: str) -> StageResult:
    """Evaluates the committed checkpoint of a phase on every source's validation rows, and commits validation.json.

    It holds `{"evaluations": [{"step", "tokens", "losses"}], "final": {source: nats}}`: the evaluations are those of the training,
    the final losses are measured here, on the checkpoint that was written.

    Args:
        name: phase_1 and so on.

    Raises:
        UserError: no token that is held out is scored.
        GateError: the checkpoint or a validation shard has not been committed.
        GateFailedError: a loss is no finite number; nothing was committed.
    """
    model, shards = f"models/{name}", f"cleared/phases/{name}/shards"
    inputs = {artifact: artifacts.manifest(lake, artifact).fingerprint for artifact in (model, shards)}
    evaluations = training_evaluations(lake, model)
    final = measure(lake, profile, model, name)
    if not final:
        raise UserError(
            f"no token that is held out is scored, so that {name} has no loss: add documents, or raise packing.validation_share"
        )
    with artifacts.stage(
        lake,
        f"cleared/phases/{name}/validation",
        inputs=inputs,
        code_version=code_version("evaluation"),
        scheme="validation/v1",
    ) as staged:
        write_json(staged.path / "validation.json", {"evaluations": evaluations, "final": final})
        results = [{"source": source, "finite": math.isfinite(loss)} for source, loss in final.items()]
        staged.gate(Verdict("losses are finite", all(r["finite"] for r in results), results))
        committed = staged.commit({"sources": len(final)})
    rows = [{"source": s, "loss": loss, "perplexity": math.exp(loss)} for s, loss in final.items()]
    chart = _chart(f"Validation loss over {name}", "nats a token", _series(evaluations, 0), log_y=False)
    return result(
        f"{name}/validation",
        sum(v["num_rows"] for v in validation_rows(lake, profile, name).values()),
        [table(f"Validation of {name}", rows)],
        [chart],
        {"sources": len(final), "fingerprint": committed.fingerprint},
    )


def measure(lake: Lake, profile: Profile, model: str, run: str) -> Losses:
    """The loss of a committed model on each source's validation rows of a run's plan."""
    import torch

    from heal_pipeline.shards import open_planned

    torch.set_num_threads(profile.training.threads)
    loaded: Any = load(artifacts.content(lake, model) / "hf", attention="packed")
    loaded = loaded.to("cuda") if torch.cuda.is_available() else loaded
    losses = {}
    with torch.inference_mode():
        for source, rows in validation_rows(lake, profile, run).items():
            loss = perplexity(loaded, open_planned(lake, rows["shard"], run), max_rows=rows["num_rows"])
            if loss is not None:
                losses[source] = loss
    return losses


def validation_rows(lake: Lake, profile: Profile, run: str) -> dict[str, dict[str, Any]]:
    """Source → its validation shard below the home, and how many of its rows are evaluated: as the trainer does it."""
    plan = json.loads((artifacts.content(lake, f"cleared/phases/{run}/shards") / "plan.json").read_text())
    return {
        source: {"shard": v["shard"], "num_rows": min(v["num_rows"], profile.packing.max_validation_rows)}
        for source, v in sorted(plan["validation"].items())
        if v["num_rows"]
    }


def training_evaluations(lake: Lake, model: str) -> list[dict[str, Any]]:
    """What the trainer measured while it trained a model, from step 0 on: `{"step", "tokens", "losses"}` each."""
    found = json.loads((artifacts.content(lake, model) / "validation.json").read_text())["evaluations"]
    if not found:
        raise UserError(f"{model} was trained without evaluations: set training.evaluations_per_phase to 1 or more")
    return found  # type: ignore[no-any-return]


def perplexity_curves(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/perplexity.json: the perplexity of each source over all phases, and before, between and after them.

    Raises:
        GateError: a phase's validation has not been committed.
    """
    names = [f"phase_{k}" for k in range(1, profile.phases.count + 1)]
    evaluations: list[dict[str, Any]] = []
    columns: dict[str, Losses] = {}
    for name in names:
        folder = artifacts.content(lake, f"cleared/phases/{name}/validation")
        found = json.loads((folder / "validation.json").read_text())
        offset = evaluations[-1]["tokens"] if evaluations else 0
        columns.setdefault("base", found["evaluations"][0]["losses"])
        columns[f"after {name.replace('_', ' ')}" if name != names[-1] else "pretrained"] = found["final"]
        # A later phase's evaluation before its first step repeats the last of the phase before.
        kept = found["evaluations"][1 if evaluations else 0 :]
        evaluations += [{**e, "tokens": e["tokens"] + offset} for e in kept]
    has_tuned = artifacts.committed(lake, TUNED)
    if has_tuned:
        columns["tuned"] = measure(lake, profile, TUNED, names[-1])
    tokens = scored_tokens(lake, profile, names[-1])
    note = "Perplexity of the held-out rows of each source; means over sources are weighted by scored tokens."
    note += "" if has_tuned else " The tuned model was not there yet: materialise it, and this table again."
    groups, overall = _by_group(profile, columns, tokens)
    tables = [
        table("Perplexity by source", _rows(profile, columns, tokens), note),
        table("Perplexity by group", [*groups, overall], note),
    ]
    charts = [_chart("Perplexity by source over training", "perplexity", _series(evaluations, 1), log_y=True)]
    write_report(lake, "perplexity", "Perplexity by source over training", tables, charts=charts)
    metadata = {f"{model} perplexity": overall[model] for model in columns}
    return result("perplexity_curves", sum(tokens.values()), tables, charts, metadata)


def ablation(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/ablation.json: the perplexity of models trained on subsets of the sources, beside the base model's.

    The losses are those that the trainer measured before the first and after the last step, on the same validation rows.

    Raises:
        GateError: an ablation's model has not been committed.
    """
    columns: dict[str, Losses] = {}
    tokens: dict[str, int] = {}
    for subset in profile.ablation.subsets:
        evaluations = training_evaluations(lake, f"models/ablation_{subset}")
        columns.setdefault("base", evaluations[0]["losses"])
        columns[subset] = evaluations[-1]["losses"]
        tokens = tokens or scored_tokens(lake, profile, f"ablation_{subset}")
    if not columns:
        write_report(lake, "ablation", "Ablation of sources", [], absent="the profile names no ablation subsets")
        return result("ablation", 0, [])
    config = profile.ablation
    note = "Training tokens from the base model: " + "; ".join(
        f"{s}: {config.tokens[s]:,} of {', '.join(groups).replace('_', ' ')}" for s, groups in config.subsets.items()
    )
    groups, overall = _by_group(profile, columns, tokens)
    tables = [
        table("Ablation: perplexity by group", [*groups, overall], note + "."),
        table("Ablation: perplexity by source", _rows(profile, columns, tokens), note + "."),
    ]
    write_report(lake, "ablation", "Ablation of sources", tables)
    return result("ablation", sum(tokens.values()), tables, metadata={f"{m} perplexity": overall[m] for m in columns})


def scored_tokens(lake: Lake, profile: Profile, run: str) -> dict[str, int]:
    """Source → the tokens that enter its validation loss."""
    import torch

    from heal_pipeline.modeling.loss import scored_targets
    from heal_pipeline.shards import open_planned

    counts = {}
    for source, rows in validation_rows(lake, profile, run).items():
        read = open_planned(lake, rows["shard"], run).rows(list(range(rows["num_rows"])))
        mask, documents = torch.as_tensor(read["loss_mask"]), torch.as_tensor(read["document_ids"])
        counts[source] = int(scored_targets(mask, documents).sum())
    return counts


def _rows(profile: Profile, columns: Mapping[str, Losses], tokens: dict[str, int]) -> list[dict[str, Any]]:
    rows = []
    for entry in profile.sources:
        if entry.name in tokens:
            values = {m: _perplexity(losses, [entry.name], tokens) for m, losses in columns.items()}
            name = {"source": entry.name, "group": entry.group.replace("_", " ")}
            rows.append({**name, "scored_tokens": tokens[entry.name], **values})
    return rows


def _by_group(
    profile: Profile, columns: Mapping[str, Losses], tokens: dict[str, int]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A row for each group of sources, and one for all of them."""
    members: dict[str, list[str]] = {}
    for entry in profile.sources:
        if entry.name in tokens:
            members.setdefault(entry.group.replace("_", " "), []).append(entry.name)
    rows = [
        {
            "group": group,
            "scored_tokens": sum(tokens[s] for s in sources),
            **{m: _perplexity(losses, sources, tokens) for m, losses in columns.items()},
        }
        for group, sources in [*members.items(), (OVERALL, list(tokens))]
    ]
    return rows[:-1], rows[-1]


def _perplexity(losses: Losses, sources: list[str], tokens: dict[str, int]) -> float | None:
    """exp of the mean loss over the scored tokens of some sources; None where none of them was measured."""
    known = [s for s in sources if s in losses and tokens.get(s)]
    weight = sum(tokens[s] for s in known)
    return math.exp(sum(losses[s] * tokens[s] for s in known) / weight) if weight else None


def _series(evaluations: list[dict[str, Any]], exponential: int) -> dict[str, list[list[float]]]:
    series: dict[str, list[list[float]]] = {}
    for e in evaluations:
        for source, loss in e["losses"].items():
            series.setdefault(source, []).append([e["tokens"], math.exp(loss) if exponential else loss])
    return series


def _chart(title: str, y: str, series: dict[str, list[list[float]]], *, log_y: bool) -> dict[str, Any]:
    return rounded({"title": title, "x": "training tokens", "y": y, "series": series, "log_y": log_y})  # type: ignore[no-any-return]
