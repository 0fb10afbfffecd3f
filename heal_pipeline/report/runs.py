"""What a run was: its seconds by stage, from the events it wrote, and its facts: profile, days, release, versions."""

import platform
import re
from collections.abc import Iterable
from importlib import metadata
from typing import Any

from heal_pipeline import progress, releases
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile
from heal_pipeline.report.tables import Table

STACK = (
    "torch",
    "dagster",
    "pyspark",
    "datasketch",
    "datasets",
    "transformers",
    "deepspeed",
    "presidio-analyzer",
    "great-expectations",
    "flash-attn",
)
"""The packages whose versions the report names."""

_DAY = re.compile(r"[ @]\d{4}-\d{2}-\d{2}$")


def latest_events(lake: Lake) -> list[dict[str, Any]]:
    """The events of the home's latest run; empty where there was none."""
    return progress.follow(lake.home / "runs" / "latest" / "progress.jsonl")[0]


def seconds_by_stage(events: Iterable[dict[str, Any]]) -> Table:
    """Seconds of each finished stage, all days of it together, in the order in which they ended."""
    stages: dict[str, list[float]] = {}
    for event in events:
        if event.get("event") == "stage_end":
            total = stages.setdefault(_DAY.sub("", str(event.get("stage", ""))), [0, 0, 0.0])
            total[0] += event.get("rows_in") or 0
            total[1] += event.get("rows_out") or 0
            total[2] += event.get("seconds") or 0.0
    return _seconds_table("Seconds by stage", stages)


def seconds_by_family(events: Iterable[dict[str, Any]]) -> Table:
    """Seconds of each kind of stage: all sources, days, phases and subsets of it together, the longest first."""
    families: dict[str, list[float]] = {}
    for stage, rows_in, rows_out, seconds, _ in seconds_by_stage(events).rows:
        total = families.setdefault(_family(stage), [0, 0, 0.0])
        total[0] += rows_in
        total[1] += rows_out
        total[2] += seconds
    ordered = dict(sorted(families.items(), key=lambda item: -item[1][2]))
    return _seconds_table("Seconds by kind of stage", ordered)


def _family(stage: str) -> str:
    head, _, tail = stage.partition("/")
    if not tail or head == "evaluation":
        return stage
    if re.fullmatch(r"phase_\d+", head) or head == "ablation":
        return f"{re.sub(r'phase_[0-9]+', 'phase', head)}: {tail.rpartition('/')[2]}"
    return head


def _seconds_table(title: str, stages: dict[str, list[float]]) -> Table:
    whole = sum(s[2] for s in stages.values())
    rows = [
        [name, int(rows_in), int(rows_out), round(seconds, 1), seconds / whole if whole else 0.0]
        for name, (rows_in, rows_out, seconds) in stages.items()
    ]
    note = f"{whole:,.1f} s in {len(rows)} stages." if rows else "No stage has ended in the latest run of this home."
    return Table(title, ["stage", "rows in", "rows out", "seconds", "share"], rows, note)


def facts(lake: Lake, profile: Profile) -> Table:
    """What the run was made with: profile, days, release, data and model versions."""
    rows: list[list[Any]] = [
        ["profile", profile.name],
        ["profile hash", lake.profile_hash or profile.hash],
        ["days", ", ".join(profile.days)],
        ["sources", len(profile.sources)],
        ["release", release_id(lake) or "none cut yet"],
        ["seed", str(profile.seed)],
        ["training engine", f"{profile.training.engine}, {profile.training.num_processes} process(es)"],
        ["context length", f"{profile.packing.max_length:,} tokens"],
        ["platform", f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"],
    ]
    return Table("The run", ["fact", "value"], rows)


def release_id(lake: Lake) -> str:
    """The current release's id; "" where none was cut."""
    return releases.current(lake) if lake.table("release").committed() else ""


def versions() -> dict[str, str]:
    """Package → version of the stack; "not installed" where it is not."""
    found = {}
    for name in STACK:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def versions_table() -> Table:
    return Table("Versions", ["package", "version"], [[name, version] for name, version in versions().items()])
