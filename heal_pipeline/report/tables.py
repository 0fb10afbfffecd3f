"""The report's tables: what one is, how it is read from the JSON files under reports/, how its cells are written.

Each file is `{"title", "tables": [{"title", "columns", "rows", "note", "absent", "details"}], "charts", "absent"}`; rows are
lists, or records by column. A chart is lines, `{"title", "x", "y", "series": {name: [[x, y], …]}, "log_y"}`, or stacked bars,
`{"title", "x", "bars": [name, …], "ends": [text, …], "series": {name: [length, …]}}`. Where tables are drawn is not here: terminal.py, page.py, charts.py and png.py.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NOTHING = "–"
MISSING_REASON = "not made in this home yet"
_WHOLE_NUMBERS_AS_THEY_ARE = {"year", "seed", "port"}
"""Columns whose whole numbers are names rather than amounts: no thousands separator."""


@dataclass(frozen=True)
class Table:
    """A table to show. `rows` hold plain values (str, int, float, bool, None), one a column.

    A table without rows says why in its note. One of details is left to the page.
    """

    title: str
    columns: list[str]
    rows: list[list[Any]]
    note: str = ""
    details: bool = False

    def values(self, column: int) -> list[Any]:
        """The values of a column."""
        return [row[column] for row in self.rows]

    def is_number(self, column: int) -> bool:
        """Whether a column holds numbers alone (and gaps): it is then set flush right."""
        found = [v for v in self.values(column) if v is not None and v != NOTHING]
        return bool(found) and all(isinstance(v, int | float) and not isinstance(v, bool) for v in found)

    def cells(self) -> list[list[str]]:
        """The rows as text, with the same number of decimals down a column."""
        columns = [_column_cells(name, self.values(i)) for i, name in enumerate(self.columns)]
        return [list(row) for row in zip(*columns, strict=True)] if self.columns else []


@dataclass(frozen=True)
class Chart:
    """Lines over a common axis: `series` maps a name to its (x, y) points; none is empty. `log_y` asks for positive y."""

    title: str
    x: str
    y: str
    series: dict[str, list[tuple[float, float]]]
    log_y: bool = False


@dataclass(frozen=True)
class Bars:
    """Horizontal stacked bars: `series` maps a name to its part of each bar, in the order of `bars`.

    Attributes:
        x: what the bars' lengths are.
        bars: the name of each bar, from the top down.
        ends: what is written at the end of each bar.
    """

    title: str
    x: str
    bars: list[str]
    ends: list[str]
    series: dict[str, list[float]]

    @property
    def lengths(self) -> list[float]:
        """The length of each bar."""
        return [sum(parts) for parts in zip(*self.series.values(), strict=True)]

    @property
    def is_share(self) -> bool:
        """Whether the bars are shares, to be written as percentages."""
        return self.x.startswith("share")


@dataclass(frozen=True)
class Section:
    """One JSON file of reports/ as it is shown.

    Attributes:
        name: the file's name without ending; also the section's anchor.
        absent: why there is nothing to show, where that is so.
    """

    name: str
    title: str
    tables: list[Table] = field(default_factory=list)
    charts: list[Chart | Bars] = field(default_factory=list)
    absent: str = ""


SECTIONS: dict[str, str] = {
    "corpus": "Token counts by source",
    "deid_audit": "De-identification audit",
    "dedup": "Duplicates",
    "repeated_sentences": "Repeated sentences",
    "packing": "Packing",
    "training": "Training",
    "perplexity": "Perplexity by source over training",
    "generation": "Generation",
    "ablation": "Ablation of sources",
    "note_quality": "Note quality",
    "benchmarks": "Public benchmarks",
    "lineage": "Lineage",
}
"""The files that make the report, in the order of the paper, with the title of a file that gives none."""


def table_of(title: str, records: Sequence[Mapping[str, Any]], note: str = "") -> Table:
    """A table of records: the columns in the order in which keys first appear, gaps where a record lacks one."""
    return _table({"title": title, "rows": records, "note": note})


def humanised(name: str) -> str:
    """A key as a heading: words instead of underscores."""
    return str(name).replace("_", " ").strip()


def read_section(folder: Path, name: str) -> Section:
    """A file of reports/ as a section; an absent or unreadable file gives a section that says so."""
    title = SECTIONS.get(name, humanised(name).capitalize())
    try:
        value = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Section(name, title, absent=MISSING_REASON)
    except ValueError:
        return Section(name, title, absent="the file is no JSON: materialise its asset again")
    charts = [chart_of(c) for c in value.get("charts", [])]
    return Section(
        name,
        value.get("title") or title,
        [_table(t) for t in value.get("tables", [])],
        [c for c in charts if c is not None],
        value.get("absent") or "",
    )


def _table(value: Mapping[str, Any]) -> Table:
    note = value.get("note") or ""
    if absent := value.get("absent"):
        note = f"Absent: {absent}. {note}".strip()
    rows = value.get("rows") or []
    if rows and isinstance(rows[0], dict):
        columns = value.get("columns") or list(dict.fromkeys(key for row in rows for key in row))
        rows = [[row.get(c) for c in columns] for row in rows]
    else:
        columns = value.get("columns") or []
    return Table(
        value["title"],
        [humanised(c) for c in columns],
        [[_plain(v) for v in row] for row in rows],
        note,
        bool(value.get("details")),
    )


def chart_of(value: Mapping[str, Any]) -> Chart | Bars | None:
    """A chart of a report or a stage result; None where it has nothing to draw."""
    if "bars" in value:
        return _bars_of(value)
    series = {
        humanised(name): [(float(x), float(y)) for x, y in points if x is not None and y is not None]
        for name, points in value["series"].items()
    }
    series = {name: points for name, points in series.items() if points}
    if not series:
        return None
    positive = all(y > 0 for points in series.values() for _, y in points)
    return Chart(value["title"], value["x"], value["y"], series, bool(value.get("log_y")) and positive)


def _bars_of(value: Mapping[str, Any]) -> Bars | None:
    series = {humanised(name): [float(v or 0) for v in parts] for name, parts in value["series"].items()}
    series = {name: parts for name, parts in series.items() if any(parts)}
    ends = [str(end) for end in value.get("ends") or [""] * len(value["bars"])]
    return Bars(value["title"], value["x"], list(value["bars"]), ends, series) if series else None


def _plain(value: Any) -> Any:
    """A value that fits a cell: a list in one line; a float that is no number is a gap."""
    if isinstance(value, float) and math.isnan(value):
        return None
    return ", ".join(map(str, value)) if isinstance(value, list) else value


def _column_cells(name: str, values: list[Any]) -> list[str]:
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    share = _is_share(name, numbers)
    decimals = _decimals(numbers)
    return [_cell(v, name, share, decimals) for v in values]


def _is_share(name: str, numbers: list[Any]) -> bool:
    words = name.lower().split()
    return (
        bool(numbers)
        and ("share" in words or "recall" in words or "precision" in words)
        and all(0 <= n <= 1 for n in numbers)
    )


def _decimals(numbers: list[Any]) -> int:
    floats = [abs(n) for n in numbers if isinstance(n, float) and n != 0]
    if not floats:
        return 0
    top = max(abs(n) for n in numbers)
    if math.isinf(top):
        return 2
    for limit, decimals in ((0.001, 6), (0.1, 4), (1, 3), (1000, 2), (100_000, 1)):
        if top < limit:
            return decimals
    return 0


def _cell(value: Any, name: str, share: bool, decimals: int) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if share and isinstance(value, int | float):
        return f"{value:.1%}"
    if isinstance(value, int):
        return str(value) if name.lower() in _WHOLE_NUMBERS_AS_THEY_ARE else f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.{decimals}f}"
    return str(value)
