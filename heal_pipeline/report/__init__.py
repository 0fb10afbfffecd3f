"""What people read: tables in the terminal, and reports/report.html.

Everything shown is read from the JSON files of reports/, the commit records of the lake and the events of the latest
run; nothing is measured here. `tables` and `print_tables` serve the command line, `build` writes the page.
"""

import json
from collections.abc import Iterable
from typing import Any

from heal_pipeline.compliance import lineage_report
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import Profile
from heal_pipeline.report.corpus import corpus
from heal_pipeline.report.runs import facts, latest_events, seconds_by_family, seconds_by_stage, versions_table
from heal_pipeline.report.status import status
from heal_pipeline.report.tables import SECTIONS, Section, Table, read_section, table_of
from heal_pipeline.report.terminal import print_tables
from heal_pipeline.report.training import training

__all__ = [
    "Section",
    "Table",
    "build",
    "corpus",
    "print_seconds",
    "print_tables",
    "sections",
    "status",
    "table_of",
    "tables",
    "training",
]

MAX_PRINTED_ROWS = 48
NOT_IN_TERMINAL = ("lineage",)


def sections(lake: Lake, profile: Profile) -> list[Section]:
    """The report's sections in order: the paper's tables, the further reports of the home, what the run was."""
    corpus(lake, profile)
    training(lake, profile)
    lineage_report(lake, profile)
    further = sorted(p.stem for p in lake.reports.glob("*.json") if p.stem not in SECTIONS)
    found = [read_section(lake.reports, name) for name in [*SECTIONS, *further]]
    events = latest_events(lake)
    found.append(Section("seconds", "Seconds by stage", [seconds_by_family(events), seconds_by_stage(events)]))
    found.append(Section("run", "The run", [facts(lake, profile), versions_table()]))
    return found


def tables(lake: Lake, profile: Profile) -> list[Table]:
    """The tables that a run prints, in the paper's order. Long ones are left to the page; a table whose data is absent
    says so in its note."""
    found: list[Table] = []
    for section in sections(lake, profile):
        if section.name not in SECTIONS or section.name in NOT_IN_TERMINAL:
            continue
        shown = [t for t in section.tables if not t.details]
        found += [t if len(t.rows) <= MAX_PRINTED_ROWS else _left_to_the_page(t) for t in shown]
        if section.absent and not any(t.rows for t in section.tables):
            found.append(Table(section.title, [], [], f"Absent: {section.absent}."))
    return found


def _left_to_the_page(table: Table) -> Table:
    return Table(table.title, [], [], f"{len(table.rows)} rows: on the page.")


def print_seconds(events: Iterable[dict[str, Any]]) -> None:
    """Prints the seconds of a run by kind of stage."""
    print_tables([seconds_by_family(events)])


def build(lake: Lake, profile: Profile) -> StageResult:
    """Writes reports/report.html: one page, complete in itself, with every table and plot of the home."""
    from heal_pipeline.report.page import write_page

    shown = sections(lake, profile)
    path = write_page(lake, profile, shown)
    made = [s for s in shown if not s.absent]
    charts = json.loads((lake.reports / "corpus.json").read_text(encoding="utf-8"))["charts"]
    return StageResult(
        "report",
        rows_in=len(shown),
        rows_out=len(made),
        metadata={
            "sections": len(shown),
            "absent": ", ".join(s.name for s in shown if s.absent),
            "bytes": path.stat().st_size,
        },
        charts=charts,
        made="sections",
    )
