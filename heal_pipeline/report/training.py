"""reports/training.json: the runs of the trainer side by side, their loss curves, and the mixture of each phase.

The trainer leaves `training.json` in each model's folder; this module gathers them and measures nothing itself.
"""

import json
from pathlib import Path
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.lake import Lake, write_json
from heal_pipeline.profile import Profile
from heal_pipeline.report.tables import Table

SUMMARY_COLUMNS = {
    "steps": ("num_steps", "steps_done", "step"),
    "tokens": ("tokens", "num_tokens", "tokens_seen", "scored_tokens"),
    "seconds": ("seconds", "wall_seconds"),
    "tokens per second": ("tokens_per_second", "median_tokens_per_second"),
    "engine": ("engine",),
    "processes": ("num_processes", "world_size"),
}
"""Column → the keys under which a training record may give it, the first that is there."""

STEP_LISTS = ("steps", "history", "log", "events")


def training(lake: Lake, profile: Profile) -> dict[str, Any]:
    """Writes reports/training.json from the models of the home, and returns what it wrote."""
    records = training_records(lake)
    tables, charts = [], []
    if records:
        tables.append(_json(_summary(records)))
        curves = {name: _curve(steps) for name, (_, steps) in records.items()}
        phases = {n: c for n, c in curves.items() if c and not n.startswith("ablation_")}
        ablations = {n: c for n, c in curves.items() if c and n.startswith("ablation_")}
        for title, series in (("Training loss", phases), ("Training loss of the ablations", ablations)):
            if series:
                charts.append({"title": title, "x": "step", "y": "loss", "series": series})
    mixtures = mixture_table(lake, profile)
    if mixtures is not None:
        tables.append(_json(mixtures))
    value: dict[str, Any] = {"title": "Training", "tables": tables, "charts": charts}
    if not tables:
        value["absent"] = "no model has been trained in this home yet"
    write_json(lake.reports / "training.json", value)
    return value


def training_records(lake: Lake) -> dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Model → (what the trainer recorded of the run, its steps), in the order phases, tuning, ablations."""
    found = {}
    for folder in sorted((lake.home / "models").glob("*/manifest.json"), key=lambda p: _rank(p.parent.name)):
        name = folder.parent.name
        if not artifacts.committed(lake, f"models/{name}"):
            continue
        for path in sorted(artifacts.content(lake, f"models/{name}").rglob("training.json")):
            record = json.loads(path.read_text())
            if isinstance(record, dict):
                found[name] = (record, _steps(record, path.parent))
                break
    # The pretrained model is the last phase's checkpoint under another name: its record would stand there twice.
    kept: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {}
    for name, each in found.items():
        if each not in kept.values():
            kept[name] = each
    return kept


def _rank(name: str) -> tuple[int, str]:
    order = {"phase": 0, "pretrained": 1, "tuned": 2, "tuning": 2, "ablation": 3}
    return order.get(name.partition("_")[0], 4), name


def _steps(record: dict[str, Any], folder: Path) -> list[dict[str, Any]]:
    for key in STEP_LISTS:
        value = record.get(key)
        if isinstance(value, list) and value and isinstance(value[0], dict) and "loss" in value[0]:
            return value
    losses = record.get("losses") or record.get("loss")
    if isinstance(losses, list):
        return [
            {"step": x[0], "loss": x[1]} if isinstance(x, list) else {"step": i, "loss": x}
            for i, x in enumerate(losses, 1)
        ]
    path = folder / "progress.jsonl"
    if path.exists():
        events = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
        return [e for e in events if e.get("event") == "train_step"]
    return []


def _curve(steps: list[dict[str, Any]]) -> list[list[float]]:
    return [[s.get("step", i), s["loss"]] for i, s in enumerate(steps, 1) if s.get("loss") is not None]


def _summary(records: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]]) -> Table:
    columns = ["model", *SUMMARY_COLUMNS, "first loss", "last loss"]
    rows = []
    for name, (record, steps) in records.items():
        row: list[Any] = [name]
        for keys in SUMMARY_COLUMNS.values():
            row.append(next((record[k] for k in keys if isinstance(record.get(k), int | float | str)), None))
        if row[1] is None and steps:
            row[1] = steps[-1].get("step", len(steps))
        curve = [loss for _, loss in _curve(steps)]
        rows.append([*row, curve[0] if curve else None, _mean(curve[-max(1, len(curve) // 20) :])])
    kept = [i for i in range(len(columns)) if i == 0 or any(r[i] is not None for r in rows)]
    return Table(
        "Training runs",
        [columns[i] for i in kept],
        [[r[i] for i in kept] for r in rows],
        "Last loss: mean over the last twentieth of the steps. Losses are per token that counts, in nats.",
    )


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None


def mixture_table(lake: Lake, profile: Profile) -> Table | None:
    """Sampling rate of each source in each phase; None where no mixture has been made."""
    rates: dict[str, dict[str, float]] = {}
    for k in range(1, profile.phases.count + 1):
        name = f"cleared/phases/phase_{k}/mixture"
        if not artifacts.committed(lake, name):
            continue
        for path in sorted(artifacts.content(lake, name).rglob("*.json")):
            found = _rates(json.loads(path.read_text()))
            if found:
                rates[f"phase {k} share"] = found
                break
    if not rates:
        return None
    named = [s.name for s in profile.sources if any(s.name in r for r in rates.values())]
    names = [*named, *sorted({n for r in rates.values() for n in r} - set(named))]
    groups = {s.name: s.group.replace("_", " ") for s in profile.sources}
    rows = [[n, groups.get(n), *(r.get(n) for r in rates.values())] for n in names]
    note = (
        "Share of a phase's rows that are drawn from the source. A stabilised source is sampled less in the next phase."
    )
    return Table("Mixture by phase", ["source", "group", *rates], rows, note)


def _rates(value: Any) -> dict[str, float]:
    if isinstance(value, dict):
        for key in ("rates", "mixture", "shares", "weights"):
            inner = value.get(key)
            if isinstance(inner, dict) and inner and all(isinstance(v, int | float) for v in inner.values()):
                return inner
        if value and all(isinstance(v, int | float) for v in value.values()):
            return value
    return {}


def _json(table: Table) -> dict[str, Any]:
    return {"title": table.title, "columns": table.columns, "rows": table.rows, "note": table.note}
