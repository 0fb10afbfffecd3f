"""The lineage of stages as an SVG drawing: layers from top to bottom, each stage below all that it is made from.

Colours are the report page's custom properties, with values of their own for the file seen alone.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heal_pipeline.compliance.lineage import Node

BOX_WIDTH, BOX_HEIGHT = 158, 44
GAP_X, GAP_Y = 22, 40
MARGIN = 12
MAX_PER_ROW = 5
SWEEPS = 6


def layers(names: Sequence[str], links: set[tuple[str, str]]) -> list[list[str]]:
    """Stages in layers: each one below the lowest of its inputs; within a layer near the middle of its inputs."""
    inputs: dict[str, list[str]] = {n: sorted(s for s, t in links if t == n and s in names) for n in names}
    depth: dict[str, int] = {}

    def depth_of(name: str, above: frozenset[str]) -> int:
        if name not in depth:
            known = [i for i in inputs[name] if i not in above]  # a ring among stages must not loop here
            depth[name] = 1 + max((depth_of(i, above | {name}) for i in known), default=-1)
        return depth[name]

    for name in sorted(names):
        depth_of(name, frozenset())
    rows = [sorted(n for n in names if depth[n] == d) for d in range(max(depth.values(), default=-1) + 1)]
    for _ in range(SWEEPS):
        place = {n: (i + 0.5) / len(row) for row in rows for i, n in enumerate(row)}
        for row in rows[1:]:
            row.sort(key=lambda n: (sum(place[i] for i in inputs[n]) / max(len(inputs[n]), 1), n))
    return [row[i : i + MAX_PER_ROW] for row in rows for i in range(0, len(row), MAX_PER_ROW)]


def draw(groups: Mapping[str, Sequence["Node"]], links: set[tuple[str, str]]) -> str:
    """The drawing. `groups` maps a stage to its commits, `links` are (made from, made)."""
    rows = layers(list(groups), links)
    width = MARGIN * 2 + max((len(r) for r in rows), default=1) * (BOX_WIDTH + GAP_X) - GAP_X
    height = MARGIN * 2 + max(len(rows), 1) * (BOX_HEIGHT + GAP_Y) - GAP_Y
    at: dict[str, tuple[float, float]] = {}
    for r, row in enumerate(rows):
        left = (width - len(row) * (BOX_WIDTH + GAP_X) + GAP_X) / 2
        for i, name in enumerate(row):
            at[name] = (left + i * (BOX_WIDTH + GAP_X), MARGIN + r * (BOX_HEIGHT + GAP_Y))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        'font-family="system-ui, sans-serif" aria-label="Lineage of stages"><title>Lineage of stages</title>'
    ]
    for source, target in sorted(links):
        if source in at and target in at:
            parts.append(_edge(at[source], at[target]))
    for name, (x, y) in at.items():
        parts.append(_box(name, groups[name], x, y))
    return "".join([*parts, "</svg>\n"])


def _edge(start: tuple[float, float], end: tuple[float, float]) -> str:
    x1, y1 = start[0] + BOX_WIDTH / 2, start[1] + BOX_HEIGHT
    x2, y2 = end[0] + BOX_WIDTH / 2, end[1]
    bend = max(18.0, abs(y2 - y1) / 2)
    return (
        f'<path d="M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}" fill="none" '
        'style="stroke:var(--strong,#9aa3a8)" stroke-width="1.2" opacity=".7"/>'
    )


def _box(name: str, nodes: Sequence["Node"], x: float, y: float) -> str:
    rows = sum(n.rows for n in nodes if n.rows is not None)
    detail = f"{len(nodes)} commit{'s' if len(nodes) != 1 else ''}" + (f", {rows:,} rows" if rows else "")
    restricted = any(n.zone == "restricted" for n in nodes)
    fill = "var(--warn-soft,#fbf2de)" if restricted else "var(--accent-soft,#dcefed)"
    ink, soft, line = "var(--ink,#1c2024)", "var(--soft,#5b646d)", "var(--strong,#c4c8c5)"
    middle = x + BOX_WIDTH / 2
    return (
        f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="6" style="fill:{fill};stroke:{line}"/>'
        f'<text x="{middle:.0f}" y="{y + 18:.0f}" text-anchor="middle" font-size="12.5" font-weight="600" style="fill:{ink}">{escape(name)}</text>'
        f'<text x="{middle:.0f}" y="{y + 34:.0f}" text-anchor="middle" font-size="10.5" style="fill:{soft}">{escape(detail)}</text>'
    )
