"""Line and bar charts as inline SVG: no script, no request; colours come from the page, so that light and dark both read."""

import math
from collections.abc import Sequence
from html import escape

from heal_pipeline.report.tables import Bars, Chart

WIDTH, MIN_HEIGHT = 760, 320
LEFT, TOP, BOTTOM = 64, 16, 46
LEGEND_WIDTH, LEGEND_LINE = 168, 17
MAX_POINTS = 240
NUM_COLOURS = 8
"""The page's stylesheet has that many line colours, --c0 to --c7; further lines are dashed."""
DASHES = ("", "6 3", "2 3", "8 3 2 3")
MAX_NAME = 20
BAR, BAR_LINE = 16, 25
BAR_NAMES, BAR_ENDS, LEGEND_ROW = 156, 128, 20
"""Room beside the bars for their names and their ends, and above them for a row of the legend."""
CHARACTER = 6.9
"""Of a legend, in pixels, rather wide: the page's font is the reader's."""


def svg(chart: Chart | Bars) -> str:
    """A chart of whatever kind as an SVG figure."""
    return bar_chart(chart) if isinstance(chart, Bars) else line_chart(chart)


def bar_chart(chart: Bars) -> str:
    """Stacked bars from the top down as an SVG figure, each part with its number as a tip, below a legend of the parts."""
    legend, top = _bar_legend(list(chart.series))
    left, right, bottom = BAR_NAMES, WIDTH - BAR_ENDS, top + BAR_LINE * len(chart.bars)
    x_ticks = [t for t in ticks(0, max(chart.lengths), 5) if t <= max(chart.lengths) * (1 + 1e-9)]
    scale = (right - left) / max(chart.lengths)
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {bottom + BOTTOM}" role="img" aria-label="{escape(chart.title, quote=True)}">',
        f"<title>{escape(chart.title)}</title>",
        *legend,
    ]
    for x in x_ticks:
        place = left + x * scale
        parts.append(f'<line class="grid" x1="{place:.1f}" x2="{place:.1f}" y1="{top - 4}" y2="{bottom}"/>')
        text = percent(x) if chart.is_share else number(x)
        parts.append(f'<text class="tick" x="{place:.1f}" y="{bottom + 16}" text-anchor="middle">{text}</text>')
    middle = (left + right) / 2
    parts.append(
        f'<text class="axis" x="{middle:.0f}" y="{bottom + BOTTOM - 6}" text-anchor="middle">{escape(chart.x)}</text>'
    )
    for i, (name, end) in enumerate(zip(chart.bars, chart.ends, strict=True)):
        y, at = top + BAR_LINE * i, float(left)
        parts.append(
            f'<text class="legend" x="{left - 8}" y="{y + 12}" text-anchor="end">{escape(shortened(name))}</text>'
        )
        for index, (part, lengths) in enumerate(chart.series.items()):
            if width := lengths[i] * scale:
                text = percent(lengths[i]) if chart.is_share else f"{lengths[i]:,.0f}"
                tip = f"<title>{escape(f'{name}: {part} {text}')}</title>"
                parts.append(f"{_block(at, y, width, BAR, index)}{tip}</rect>")
                at += width
        parts.append(f'<text class="tick" x="{at + 8:.1f}" y="{y + 12}">{escape(end)}</text>')
    return "".join([*parts, "</svg>"])


def _bar_legend(names: list[str]) -> tuple[list[str], int]:
    """The legend's squares and names in as many rows as they need, and where the bars begin below them."""
    parts, x, y = [], float(BAR_NAMES), TOP
    for index, name in enumerate(names):
        width = 17 + CHARACTER * len(name) + 14
        if x + width > WIDTH and x > BAR_NAMES:
            x, y = float(BAR_NAMES), y + LEGEND_ROW
        parts.append(f"{_block(x, y - 10, 11, 11, index)}</rect>")
        parts.append(f'<text class="legend" x="{x + 17:.1f}" y="{y}">{escape(name)}</text>')
        x += width
    return parts, y + 16


def _block(x: float, y: float, width: float, height: float, index: int) -> str:
    """The opening of a rectangle in the colour of its number, paler where the colours begin anew."""
    faded = f";opacity:{1 / (1 + index // NUM_COLOURS):.2f}" if index >= NUM_COLOURS else ""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.2f}" height="{height}"'
    return f'<rect class="part" {place} style="fill:var(--c{index % NUM_COLOURS}){faded}">'


def percent(value: float) -> str:
    """A share for an axis or a tip: 0.25 is 25%."""
    return f"{100 * value:.3g}%"


def shortened(name: str) -> str:
    """A name that fits beside a drawing."""
    return name if len(name) <= MAX_NAME else name[: MAX_NAME - 1] + "…"


def line_chart(chart: Chart) -> str:
    """A chart as an SVG figure with a title for screen readers, axes, and a legend ordered by the lines' ends."""
    with_legend = len(chart.series) > 1
    height = max(MIN_HEIGHT, TOP + LEGEND_LINE * len(chart.series) + TOP)
    right, bottom = WIDTH - (LEGEND_WIDTH if with_legend else TOP), height - BOTTOM
    xs = [x for points in chart.series.values() for x, _ in points]
    ys = [y for points in chart.series.values() for _, y in points]
    x_ticks = ticks(min(xs), max(xs), 6)
    y_ticks = log_ticks(min(ys), max(ys)) if chart.log_y else ticks(min(ys), max(ys), 5)
    x_low, x_high = min([*x_ticks, *xs]), max([*x_ticks[:-1], *xs])
    y_low, y_high = min(y_ticks[0], *ys), max(y_ticks[-1], *ys)

    def px(x: float) -> float:
        return LEFT + (x - x_low) / ((x_high - x_low) or 1) * (right - LEFT)

    def py(y: float) -> float:
        low, high, at = (math.log(y_low), math.log(y_high), math.log(y)) if chart.log_y else (y_low, y_high, y)
        return bottom - (at - low) / ((high - low) or 1) * (bottom - TOP)

    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(chart.title, quote=True)}">',
        f"<title>{escape(chart.title)}</title>",
    ]
    for y in y_ticks:
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{right}" y1="{py(y):.1f}" y2="{py(y):.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 8}" y="{py(y) + 4:.1f}" text-anchor="end">{number(y)}</text>')
    for x in (t for t in x_ticks if x_low <= t <= x_high):
        parts.append(f'<text class="tick" x="{px(x):.1f}" y="{bottom + 18}" text-anchor="middle">{number(x)}</text>')
    middle, half = (LEFT + right) / 2, (TOP + bottom) / 2
    parts.append(f'<text class="axis" x="{middle:.0f}" y="{height - 6}" text-anchor="middle">{escape(chart.x)}</text>')
    label = chart.y + (" (log scale)" if chart.log_y else "")
    parts.append(
        f'<text class="axis" transform="translate(14 {half:.0f}) rotate(-90)" text-anchor="middle">{escape(label)}</text>'
    )
    for index, points in enumerate(chart.series.values()):
        parts.append(_line([(px(x), py(y)) for x, y in thinned(points)], index))
    if with_legend:
        ends = sorted((py(points[-1][1]), i, name) for i, (name, points) in enumerate(chart.series.items()))
        for place, (_, index, name) in zip(apart([y for y, _, _ in ends], height - TOP), ends, strict=True):
            mark = [(right + 10, place)] if len(chart.series[name]) == 1 else [(right + 10, place), (right + 26, place)]
            parts.append(_line(mark, index))
            parts.append(f'<text class="legend" x="{right + 31}" y="{place + 4:.1f}">{escape(shortened(name))}</text>')
    return "".join([*parts, "</svg>"])


def _line(places: Sequence[tuple[float, float]], index: int) -> str:
    """A line through places of the drawing in the colour and dashes of its number; a dot where there is one place."""
    colour, dashes = f"var(--c{index % NUM_COLOURS})", DASHES[index // NUM_COLOURS % len(DASHES)]
    if len(places) == 1:
        return f'<circle r="3" cx="{places[0][0]:.1f}" cy="{places[0][1]:.1f}" style="fill:{colour}"/>'
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline class="line" points="{path}" style="stroke:{colour}"{dashed}/>'


def apart(places: list[float], lowest: float) -> list[float]:
    """Sorted places moved down, and up from `lowest`, until each is LEGEND_LINE below the one before."""
    moved: list[float] = []
    for y in places:
        moved.append(max(y, moved[-1] + LEGEND_LINE) if moved else y)
    limit = lowest
    for i in range(len(moved) - 1, -1, -1):
        moved[i] = limit = min(moved[i], limit)
        limit -= LEGEND_LINE
    return moved


def thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most MAX_POINTS points: neighbours are averaged, the last one stays as it is."""
    if len(points) <= MAX_POINTS:
        return points
    size = math.ceil(len(points) / (MAX_POINTS - 1))
    groups = [points[i : i + size] for i in range(0, len(points), size)]
    means = [(sum(x for x, _ in g) / len(g), sum(y for _, y in g) / len(g)) for g in groups]
    return [*means, points[-1]]


def ticks(low: float, high: float, count: int) -> list[float]:
    """Round numbers that span [low, high], about `count` of them."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low:
        return [low, low + 1]
    raw = (high - low) / count
    magnitude = 10 ** math.floor(math.log10(raw))
    step = next(m * magnitude for m in (1, 2, 2.5, 5, 10) if m * magnitude >= raw)
    first = math.floor(low / step) * step
    found = [first + i * step for i in range(count * 3)]
    last = next((i for i, t in enumerate(found) if t >= high - step * 1e-9), len(found) - 1)
    return [round(t, 10) for t in found[: last + 1]]


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times powers of ten that span [low, high]."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    candidates = [m * 10.0**e for e in range(first, last + 1) for m in (1, 2, 5)]
    below = [c for c in candidates if c <= low] or candidates[:1]
    above = [c for c in candidates if c >= high] or candidates[-1:]
    span = [c for c in candidates if below[-1] <= c <= above[0]]
    return span if len(span) <= 7 else [c for c in span if f"{c:e}"[0] == "1"] or span


def number(value: float) -> str:
    """An axis number: 1,500,000 is 1.5M, 12,000 is 12k."""
    for limit, letter in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= limit:
            scaled = value / (1e3 if letter == "k" else limit)
            return f"{scaled:g}{letter}"
    return f"{value:,.6g}" if abs(value) >= 1000 else f"{value:.6g}"
