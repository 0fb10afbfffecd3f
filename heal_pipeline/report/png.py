"""The charts of stages as PNG pictures, for the Dagster UI; the page draws the same charts as SVG (charts.py)."""

import io
from typing import TYPE_CHECKING, Any

from heal_pipeline.report.charts import number, percent, shortened, thinned
from heal_pipeline.report.tables import Bars, Chart, chart_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

WIDTH, MIN_HEIGHT, LINE_HEIGHT = 8.0, 3.6, 0.17
"""In inches; more lines make the picture higher, for their names stand beside it."""
BAR_LINE, AROUND_BARS = 0.27, 1.35
"""Inches for each bar, and for what is above and below all of them."""
DOTS_PER_INCH = 90
COLOURS = ("#0b6e6e", "#c2541b", "#3b5fc0", "#8a3f8f", "#6b7d12", "#b3264a", "#4b6472", "#b08900")
DASHES = ("-", (0, (8, 3)), (0, (3, 3)), (0, (8, 3, 3, 3)))
PALETTE = 32
"""Colours of the file: it stays below 40 KB, also with dozens of lines."""
SOFT, GRID = "#5b646d", "#e2e4e1"


def png(chart: dict[str, Any]) -> bytes:
    """Draws a chart of a stage result on a white card, which reads on light and on dark. Equal charts give equal bytes.

    Args:
        chart: lines or stacked bars, in the form of the files of reports/ (tables.py); without a point the card says so.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    found = chart_of(chart)
    with mpl.rc_context(dict(mpl.rcParamsDefault)):
        figure = Figure(figsize=(WIDTH, _height(found)), dpi=DOTS_PER_INCH, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_xlabel(chart["x"], color=SOFT, fontsize=9)
        axes.tick_params(labelsize=8, colors=SOFT)
        axes.spines[["top", "right"]].set_visible(False)
        if isinstance(found, Bars):
            _stack(figure, axes, found)
        else:
            axes.set_title(chart["title"], loc="left", fontsize=11)
            axes.set_ylabel(chart.get("y", ""), color=SOFT, fontsize=9)
            axes.grid(axis="y", color=GRID)
            lines = _plot(axes, found) if found else []
            if len(lines) > 1:
                figure.legend(handles=lines, loc="outside right upper", fontsize=8, frameon=False, labelspacing=0.3)
        if found is None:
            axes.text(0.5, 0.5, "no points", transform=axes.transAxes, ha="center", color=SOFT)
        canvas.draw()
        picture = Image.frombytes("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))
    stream = io.BytesIO()
    picture.convert("RGB").quantize(PALETTE, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _height(chart: Chart | Bars | None) -> float:
    if isinstance(chart, Bars):
        return AROUND_BARS + BAR_LINE * len(chart.bars)
    return max(MIN_HEIGHT, LINE_HEIGHT * len(chart.series)) if chart else MIN_HEIGHT


def _stack(figure: "Figure", axes: "Axes", chart: Bars) -> None:
    """Draws stacked bars from the top down, what is written at their ends, and the legend above them."""
    places = range(len(chart.bars))
    at = [0.0] * len(chart.bars)
    for i, (name, lengths) in enumerate(chart.series.items()):
        colour, alpha = COLOURS[i % len(COLOURS)], 1 / (1 + i // len(COLOURS))
        axes.barh(places, lengths, left=at, height=0.66, color=colour, alpha=alpha, label=name, zorder=2)
        at = [start + length for start, length in zip(at, lengths, strict=True)]
    longest = max(at)
    for place, end, text in zip(places, at, chart.ends, strict=True):
        axes.text(end + 0.012 * longest, place, text, va="center", fontsize=8, color=SOFT)
    axes.set_xlim(0, longest * 1.2)
    axes.set_ylim(len(chart.bars) - 0.4, -0.6)
    axes.set_yticks(places, [shortened(name) for name in chart.bars])
    axes.set_xticks([t for t in axes.get_xticks() if 0 <= t <= longest * 1.001])
    axes.xaxis.set_major_formatter(lambda x, _: percent(x) if chart.is_share else number(x))
    axes.tick_params(axis="y", length=0, labelcolor="black")
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="x", color=GRID, zorder=0)
    figure.legend(
        loc="outside upper left", ncols=min(5, len(chart.series)), fontsize=8, frameon=False, columnspacing=1.2,
        handlelength=1, handleheight=1, title=chart.title, title_fontsize=11, alignment="left",
    )  # fmt: skip


def _plot(axes: "Axes", chart: Chart) -> "list[Line2D]":
    """Draws the lines and returns them, the one that ends highest first."""
    from matplotlib.ticker import LogLocator, NullFormatter

    if chart.log_y:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(lambda x, _: number(x))
    axes.yaxis.set_major_formatter(lambda y, _: number(y))
    lines = []
    for i, (name, points) in enumerate(chart.series.items()):
        xs, ys = zip(*thinned(points), strict=True)
        lines += axes.plot(
            xs,
            ys,
            color=COLOURS[i % len(COLOURS)],
            linestyle=DASHES[i // len(COLOURS) % len(DASHES)],
            marker="o" if len(points) == 1 else None,
            label=shortened(name),
        )
    ends = [points[-1][1] for points in chart.series.values()]
    return [lines[i] for i in sorted(range(len(lines)), key=lambda i: -ends[i])]
