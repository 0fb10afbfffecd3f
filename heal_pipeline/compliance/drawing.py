"""The lineage of stages as an SVG drawing: layers from top to bottom, each stage below all that it is made from.

Colours are the report page's custom properties, with values of their own for the file seen alone.
"""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from heal_pipeline.compliance.lineage import Node

BOX_WIDTH, BOX_HEIGHT = 168, 44
GAP_X, GAP_Y = 18, 44
MARGIN = 12
MAX_PER_ROW = 5
SWEEPS = 12


class Lane(NamedTuple):
    """Where the lines of a stage pass a row."""

    source: str
    row: int


Item = str | Lane
"""What has a place in a row."""


def layers(names: Sequence[str], links: set[tuple[str, str]]) -> list[list[str]]:
    """Stages in layers of at most MAX_PER_ROW: each one below the lowest of its inputs, by name within a layer."""
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
    return [row[i : i + MAX_PER_ROW] for row in rows for i in range(0, len(row), MAX_PER_ROW)]


def draw(groups: Mapping[str, Sequence["Node"]], links: set[tuple[str, str]]) -> str:
    """The drawing. `groups` maps a stage to its commits, `links` are (made from, made)."""
    rows, edges = _with_lanes(layers(list(groups), links), links)
    middle = _place(rows, edges)
    width = max((middle[i] + _width(i) / 2 for row in rows for i in row), default=0) + MARGIN
    height = MARGIN * 2 + max(len(rows), 1) * (BOX_HEIGHT + GAP_Y) - GAP_Y
    top = {item: MARGIN + r * (BOX_HEIGHT + GAP_Y) for r, row in enumerate(rows) for item in row}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="0 0 {width:.0f} {height}" width="{width:.0f}" '
        'role="img" font-family="system-ui, sans-serif" aria-label="Lineage of stages"><title>Lineage of stages</title>'
    ]
    for start, end in edges:
        parts.append(_line(middle[start], top[start] + BOX_HEIGHT, middle[end], top[end]))
    for item, y in top.items():
        x = middle[item]
        parts.append(
            _line(x, y, x, y + BOX_HEIGHT) if isinstance(item, Lane) else _box(item, groups[item], x - BOX_WIDTH / 2, y)
        )
    return "".join([*parts, "</svg>\n"])


def _with_lanes(rows: list[list[str]], links: set[tuple[str, str]]) -> tuple[list[list[Item]], list[tuple[Item, Item]]]:
    """Rows with a lane of every stage through those that its lines pass, and the lines from one row to the next.

    So no line runs behind a box (the dummy vertices of Sugiyama, Tagawa, Toda 1981); all lines of a stage share a lane.
    """
    row_of = {name: r for r, row in enumerate(rows) for name in row}
    filled: list[list[Item]] = [list(row) for row in rows]
    edges: set[tuple[Item, Item]] = set()
    for source, target in sorted(links & {(s, t) for s in row_of for t in row_of}):
        passed = range(row_of[source] + 1, row_of[target])
        path: list[Item] = [source, *(Lane(source, r) for r in passed), target]
        for r in passed:
            if Lane(source, r) not in filled[r]:
                filled[r].append(Lane(source, r))
        edges.update(pairwise(path))
    return filled, sorted(edges, key=lambda edge: tuple(map(str, edge)))


def _place(rows: list[list[Item]], edges: list[tuple[Item, Item]]) -> dict[Item, float]:
    """The middle of each item. Sweeps down and up: a row is put in the order of its neighbours' means, then as near to
    them as it can be without an overlap. Orders the rows in place."""
    near: dict[Item, list[Item]] = {}
    for start, end in edges:
        near.setdefault(start, []).append(end)
        near.setdefault(end, []).append(start)
    row_of = {item: r for r, row in enumerate(rows) for item in row}
    middle = {item: float(i * BOX_WIDTH) for row in rows for i, item in enumerate(row)}
    for sweep in range(SWEEPS):
        step = -1 if sweep % 2 else 1
        for r in range(len(rows))[::step]:
            row, wanted = rows[r], {}
            for item in row:
                # The last sweeps look both ways.
                fixed = [middle[n] for n in near.get(item, []) if sweep >= SWEEPS - 2 or (r - row_of[n]) * step > 0]
                wanted[item] = sum(fixed) / len(fixed) if fixed else middle[item]
            if sweep < SWEEPS - 2:
                row.sort(key=lambda item: (wanted[item], str(item)))
            middle.update(zip(row, _apart([wanted[i] for i in row], [_width(i) for i in row]), strict=True))
    left = min((middle[i] - _width(i) / 2 for row in rows for i in row), default=0.0)
    return {item: x - left + MARGIN for item, x in middle.items()}


def _apart(wanted: list[float], widths: list[float]) -> list[float]:
    """Middles in the given order, GAP_X between neighbours, with the least sum of squared distances to what is wanted:
    isotonic regression by pooling adjacent violators."""
    offsets = [0.0]
    for left, right in pairwise(widths):
        offsets.append(offsets[-1] + (left + right) / 2 + GAP_X)
    pools: list[tuple[float, int]] = []
    for x, offset in zip(wanted, offsets, strict=False):
        mean, count = x - offset, 1
        while pools and pools[-1][0] > mean:
            other, size = pools.pop()
            mean, count = (mean * count + other * size) / (count + size), count + size
        pools.append((mean, count))
    shifts = [mean for mean, count in pools for _ in range(count)]
    return [shift + offset for shift, offset in zip(shifts, offsets, strict=False)]


def _width(item: Item) -> float:
    return 0.0 if isinstance(item, Lane) else float(BOX_WIDTH)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
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
