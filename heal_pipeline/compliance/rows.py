"""Which rows a run, a source or a model is made of, and their export. How rows are written is in shards.export."""

import json
from pathlib import Path
from typing import Any

from heal_pipeline import artifacts, releases
from heal_pipeline.compliance.lineage import read_lineage
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake
from heal_pipeline.phases.plan import SCHEME as PLAN_SCHEME
from heal_pipeline.phases.plan import Plan
from heal_pipeline.shards import SCHEME, TRAINING, VALIDATION, Shard, artifact_name, open_planned
from heal_pipeline.shards.export import Part, export

RUN_SHARDS = "cleared/phases/"
ROWS_PER_BLOCK = 64

Found = tuple[Part, dict[str, Shard]]
"""Rows, and the shards that they lie in, by source."""


def export_rows(
    lake: Lake,
    out: Path,
    *,
    model: str | None = None,
    run: str | None = None,
    source: str | None = None,
    validation: bool = False,
) -> dict[str, Any]:
    """Exports the rows of a model, of a run or of a source of the current release; every shard is compared with its fingerprints.

    Returns:
        rows, files and tokenizer of what was written.

    Raises:
        UserError: there is no such model, run or source, or the folder holds something else.
        GateError: rows are not those any more that the run was planned with, or a shard was altered.
    """
    if source is not None:
        found = [_of_source(lake, source, VALIDATION if validation else TRAINING)]
    else:
        found = [_of_run(lake, name) for name in ([run] if run is not None else _runs_of(lake, str(model)))]
    shards = {part.name: own for part, own in found}
    written = export([part for part, _ in found], shards, out, "validation" if validation else "train")
    return {
        "out": str(out),
        "rows": written["num_rows"],
        "files": len(written["files"]),
        "tokenizer": written["tokenizer"],
    }


def _of_source(lake: Lake, source: str, purpose: str) -> Found:
    release = releases.current(lake)
    folder = lake.home / purpose / release
    name = artifact_name(purpose, release, source)
    if not artifacts.committed(lake, name):
        there = sorted(p.name for p in folder.iterdir() if (p / "manifest.json").exists()) if folder.is_dir() else []
        raise UserError(
            f"there are no rows of {source} in {purpose} of the release {release}: give one of {', '.join(there) or 'none'}"
        )
    shard = Shard.open(artifacts.require_whole(lake, name, SCHEME))

    def block(number: int) -> list[tuple[str, int]]:
        first = number * ROWS_PER_BLOCK
        return [(source, row) for row in range(first, min(first + ROWS_PER_BLOCK, shard.num_rows))]

    fingerprint = artifacts.manifest(lake, name).fingerprint
    return Part(source, fingerprint, shard.num_rows, ROWS_PER_BLOCK, block), {source: shard}


def _of_run(lake: Lake, run: str) -> Found:
    label = f"{RUN_SHARDS}{run}/shards"
    if not (lake.home / label).is_dir():
        there = sorted(p.parent.name for p in (lake.home / RUN_SHARDS).glob("*/shards"))
        raise UserError(f"no rows were planned for {run}: give one of {', '.join(there) or 'none'}")
    path = artifacts.content(lake, label, PLAN_SCHEME) / "plan.json"
    plan = Plan.load(path)
    planned = json.loads(path.read_text())["sources"]
    shards = {source: open_planned(lake, values["shard"], run) for source, values in planned.items()}
    fingerprint = artifacts.manifest(lake, label).fingerprint
    return Part(run, fingerprint, plan.num_rows, plan.rows_per_step, plan.rows), shards


def _runs_of(lake: Lake, model: str) -> list[str]:
    """The runs behind a model, in the order in which they were trained."""
    label = f"models/{model}"
    if not artifacts.committed(lake, label):
        there = sorted(p.parent.name for p in (lake.home / "models").glob("*/manifest.json"))
        raise UserError(f"there is no model {model}: give one of {', '.join(there) or 'none'}")
    behind = read_lineage(lake).ancestors(label)
    runs = {
        a.removeprefix(RUN_SHARDS).removesuffix("/shards")
        for a in behind
        if a.startswith(RUN_SHARDS) and a.endswith("/shards")
    }
    if not runs:
        raise UserError(
            f"{model} was trained on no rows of this home, or they were made again since: nothing to export"
        )
    # Phases by their number, then tuning: "phase_10" comes after "phase_9".
    return sorted(runs, key=lambda run: (not run.startswith("phase_"), len(run), run))
