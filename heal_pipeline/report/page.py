"""reports/report.html: one page without script or request, readable in light, dark, on paper and by screen readers."""

import re
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile
from heal_pipeline.report.charts import svg
from heal_pipeline.report.runs import release_id
from heal_pipeline.report.tables import NOTHING, Section, Table

STYLE = Path(__file__).with_name("page.css")
MAX_OPEN_ROWS = 48
"""Longer tables, and details, are folded behind their caption; they open without script, and on paper."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>HEAL: $profile</title>
<style>$style</style>
</head>
<body>
<a class="skip" href="#main">To the tables</a>
<header>
<p class="brand">HEAL</p>
<h1>From raw corpora to evaluation tables</h1>
<p class="lead">$description</p>
<dl class="facts">$facts</dl>
</header>
<div class="layout">
<nav aria-label="Sections"><ol>$links</ol></nav>
<main id="main">$sections</main>
</div>
<footer><p>Every number on this page was computed by the run that wrote it. The same tables are JSON files beside it.</p></footer>
</body>
</html>
""")


def write_page(lake: Lake, profile: Profile, sections: list[Section]) -> Path:
    """Writes the page and returns its path. Readers see the old page or the new one, never half of it."""
    path = lake.reports / "report.html"
    temporary = path.with_name(".report.html")
    temporary.write_text(page(lake, profile, sections), encoding="utf-8")
    temporary.replace(path)
    return path


def page(lake: Lake, profile: Profile, sections: list[Section]) -> str:
    """The page as HTML."""
    head = {
        "Profile": profile.name,
        "Days": profile.days[0] if len(profile.days) == 1 else f"{profile.days[0]} to {profile.days[-1]}",
        "Sources": str(len(profile.sources)),
        "Release": release_id(lake) or "none cut",
    }
    return _PAGE.substitute(
        profile=escape(profile.name),
        style=STYLE.read_text(encoding="utf-8"),
        description=escape(profile.description or "The tables of this home."),
        facts="".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in head.items()),
        links="".join(_link(s) for s in sections),
        sections="".join(_section(s, lake.reports / "plots" / f"{s.name}.svg") for s in sections),
    )


def _prose(text: str) -> str:
    """A sentence as HTML, what stands between backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _empty(section: Section) -> bool:
    return not section.charts and not any(t.rows for t in section.tables)


def _link(section: Section) -> str:
    absent = ' class="absent"' if _empty(section) else ""
    return f'<li{absent}><a href="#{escape(section.name, quote=True)}">{escape(section.title)}</a></li>'


def _section(section: Section, drawing: Path) -> str:
    """A section; `drawing` is shown in it where that file is there."""
    parts = [f'<section id="{escape(section.name, quote=True)}"><h2>{escape(section.title)}</h2>']
    if section.absent:
        parts.append(f'<p class="empty">Absent: {_prose(section.absent)}.</p>')
    parts += [_figure(svg(c), c.title) for c in section.charts]
    if drawing.exists():
        parts.append(_figure(drawing.read_text(encoding="utf-8"), section.title))
    parts += [_table(t) for t in section.tables if t.rows or t.note or not section.absent]
    return "".join([*parts, "</section>"])


def _figure(content: str, caption: str) -> str:
    return f"<figure>{content}<figcaption>{escape(caption)}</figcaption></figure>"


def _table(table: Table) -> str:
    title = escape(table.title)
    note = f'<p class="note">{_prose(table.note)}</p>' if table.note else ""
    if not table.rows:
        return f'<div class="block"><h3>{title}</h3>{note or "<p class=empty>No rows.</p>"}</div>'
    numbers = [table.is_number(i) for i in range(len(table.columns))]
    kinds = [' class="num"' if n else "" for n in numbers]
    head = "".join(f'<th scope="col"{k}>{escape(c)}</th>' for k, c in zip(kinds, table.columns, strict=True))
    bars = [_bar_scale(table, i) for i in range(len(table.columns))]
    body = []
    for values, cells in zip(table.rows, table.cells(), strict=True):
        total = ' class="total"' if _is_total(values) else ""
        row = [f'<th scope="row"{kinds[0]}>{escape(cells[0])}</th>']
        for i in range(1, len(cells)):
            row.append(_cell(values[i], cells[i], numbers[i], 0.0 if total else bars[i]))
        body.append(f"<tr{total}>{''.join(row)}</tr>")
    grid = (
        f'<div class="scroll" role="region" aria-label="{escape(table.title, quote=True)}" tabindex="0"><table>'
        f"<caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{note}"
    )
    if table.details or len(table.rows) > MAX_OPEN_ROWS:
        return f'<details class="block"><summary>{title}, {len(table.rows)} rows</summary>{grid}</details>'
    return f'<div class="block">{grid}</div>'


def _is_total(row: list[Any]) -> bool:
    name = str(row[0]).lower()
    return name in ("total", "all", "mean", "overall") or name.startswith("all ")


def _bar_scale(table: Table, column: int) -> float:
    """What a full bar stands for in a column of shares; 0 where the column has no bars."""
    if "share" not in table.columns[column].lower().split():
        return 0.0
    values = [row[column] for row in table.rows if not _is_total(row)]
    found = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return max(found, default=0.0) if found and all(0 <= v <= 1 for v in found) else 0.0


def _cell(value: object, text: str, number: bool, bar: float) -> str:
    classes = ["num"] if number else ["day"] if _DAY.fullmatch(text) else []
    if text == NOTHING:
        classes.append("gap")
    style = ""
    if bar and isinstance(value, int | float):
        classes.append("bar")
        style = f' style="--w:{value / bar * 100:.1f}%"'
    names = f' class="{" ".join(classes)}"' if classes else ""
    return f"<td{names}{style}>{escape(text)}</td>"
