"""The charts of stages as PNG pictures, for the Dagster UI; the page draws the same charts as SVG (charts.py)."""

import io
from typing import TYPE_CHECKING, Any

from heal_pipeline.report.charts import MAX_NAME, number, thinned
from heal_pipeline.report.tables import Chart, chart_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

WIDTH, MIN_HEIGHT, LINE_HEIGHT = 8.0, 3.6, 0.17
"""In inches; more lines make the picture higher, for their names stand beside it."""
DOTS_PER_INCH = 90
COLOURS = ("#0b6e6e", "#c2541b", "#3b5fc0", "#8a3f8f", "#6b7d12", "#b3264a", "#4b6472", "#b08900")
DASHES = ("-", (0, (8, 3)), (0, (3, 3)), (0, (8, 3, 3, 3)))
PALETTE = 32
"""Colours of the file: it stays below 40 KB, also with dozens of lines."""
SOFT = "#5b646d"


def png(chart: dict[str, Any]) -> bytes:
    """Draws a chart of a stage result on a white card, which reads on light and on dark. Equal charts give equal bytes.

    Args:
        chart: {"title", "x", "y", "series": {name: [[x, y], …]}, "log_y"}; without a point the card says so.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    found = chart_of(chart)
    with mpl.rc_context(dict(mpl.rcParamsDefault)):
        height = max(MIN_HEIGHT, LINE_HEIGHT * len(found.series)) if found else MIN_HEIGHT
        figure = Figure(figsize=(WIDTH, height), dpi=DOTS_PER_INCH, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        axes.set_title(chart["title"], loc="left", fontsize=11)
        axes.set_xlabel(chart["x"], color=SOFT, fontsize=9)
        axes.set_ylabel(chart["y"], color=SOFT, fontsize=9)
        axes.tick_params(labelsize=8, colors=SOFT)
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", color="#e2e4e1")
        if found is None:
            axes.text(0.5, 0.5, "no points", transform=axes.transAxes, ha="center", color=SOFT)
        else:
            lines = _plot(axes, found)
            if len(lines) > 1:
                figure.legend(handles=lines, loc="outside right upper", fontsize=8, frameon=False, labelspacing=0.3)
        canvas.draw()
        picture = Image.frombytes("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))
    stream = io.BytesIO()
    picture.convert("RGB").quantize(PALETTE, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


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
            label=name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…",
        )
    ends = [points[-1][1] for points in chart.series.values()]
    return [lines[i] for i in sorted(range(len(lines)), key=lambda i: -ends[i])]
