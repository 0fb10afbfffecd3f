"""reports/training.json: the runs of the trainer side by side, their loss curves, and the mixture of each phase.

All of it is read from the committed models and mixtures; nothing is measured here.
"""

import json
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.lake import Lake, write_json
from heal_pipeline.profile import Profile
from heal_pipeline.training import summary

COLUMNS = {
    "steps": "num_steps",
    "steps skipped": "skipped_steps",
    "tokens": "tokens",
    "scored tokens": "scored_tokens",
    "first loss": "first_loss",
    "last loss": "final_loss",
    "seconds": "seconds",
    "tokens per second": "tokens_per_second",
    "processes": "processes",
}
"""Column → key of a run's record (`training.summary`)."""


def training(lake: Lake, profile: Profile) -> dict[str, Any]:
    """Writes reports/training.json from the models of the home, and returns what it wrote."""
    phases = [f"phase_{k}" for k in range(1, profile.phases.count + 1)]
    ablations = [f"ablation_{subset}" for subset in profile.ablation.subsets]
    records = {
        name: summary(lake, f"models/{name}")
        for name in [*phases, "tuned_model", *ablations]
        if artifacts.committed(lake, f"models/{name}")
    }
    value: dict[str, Any] = {
        "title": "Training",
        "tables": [table for table in (_runs(records), _mixtures(lake, profile, phases)) if table["rows"]],
        "charts": [
            _chart("Training loss of the phases", _joined([records[n] for n in phases if n in records])),
            _chart("Training loss of tuning", _curves(records, ["tuned_model"])),
            _chart("Training loss of the ablations", _curves(records, ablations)),
        ],
    }
    if not value["tables"]:
        value["absent"] = "no model has been trained in this home yet"
    write_json(lake.reports / "training.json", value)
    return value


def _runs(records: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {
        "title": "Training runs",
        "columns": ["model", *COLUMNS],
        "rows": [[name, *(record[key] for key in COLUMNS.values())] for name, record in records.items()],
        "note": "Losses are in nats a scored token. Seconds: steps, evaluations and states; tokens per second: steps alone.",
    }


def _mixtures(lake: Lake, profile: Profile, phases: list[str]) -> dict[str, Any]:
    """Sampling rate of each source in each phase that has a mixture."""
    rates: dict[str, dict[str, float]] = {}
    for phase in phases:
        name = f"cleared/phases/{phase}/mixture"
        if artifacts.committed(lake, name):
            rates[phase] = json.loads((artifacts.content(lake, name) / "mixture.json").read_text())["rates"]
    sources = [s for s in profile.sources if any(s.name in r for r in rates.values())]
    return {
        "title": "Mixture by phase",
        "columns": ["source", "group", *(f"{phase} share" for phase in rates)],
        "rows": [[s.name, s.group.replace("_", " "), *(r.get(s.name) for r in rates.values())] for s in sources],
        "note": "Share of a phase's rows that are drawn from the source; one whose loss has stabilised is sampled less.",
    }


def _curves(records: dict[str, dict[str, Any]], names: list[str]) -> dict[str, list[list[float]]]:
    return {n: [[p["step"], p["loss"]] for p in records[n]["curve"]] for n in names if n in records}


def _joined(records: list[dict[str, Any]]) -> dict[str, list[list[float]]]:
    """A line a phase, each from the step on at which the one before ended."""
    series, before = {}, 0
    for record in records:
        series[record["run"]] = [[before + p["step"], p["loss"]] for p in record["curve"]]
        before += record["num_steps"]
    return series


def _chart(title: str, series: dict[str, list[list[float]]]) -> dict[str, Any]:
    return {"title": title, "x": "step", "y": "nats a scored token", "series": series}
