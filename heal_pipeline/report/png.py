"""The charts of stages as PNG pictures, for the Dagster UI; the page draws the same charts as SVG (charts.py)."""

import io
from typing import TYPE_CHECKING, Any

from heal_pipeline.report.charts import MAX_NAME, thinned
from heal_pipeline.report.tables import Chart, chart_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES, DOTS_PER_INCH = (7.6, 3.4), 100
COLOURS = ("#0b6e6e", "#c2541b", "#3b5fc0", "#8a3f8f", "#6b7d12", "#b3264a", "#4b6472", "#b08900")
DASHES = ("-", "--", ":", "-.")
PALETTE = 64
"""Colours of the file: it stays below 40 KB, also with dozens of lines."""
SOFT = "#5b646d"
FEW = 16
"""Lines whose names fit beside the picture in letters of the common size."""


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
        figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
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
            _plot(axes, found)
        if found is not None and len(found.series) > 1:
            size = 8 if len(found.series) <= FEW else 6
            figure.legend(loc="outside right upper", fontsize=size, frameon=False, labelspacing=0.3)
        canvas.draw()
        picture = Image.frombytes("RGBA", canvas.get_width_height(), bytes(canvas.buffer_rgba()))
    stream = io.BytesIO()
    picture.convert("RGB").quantize(PALETTE, dither=Image.Dither.NONE).save(stream, "PNG", optimize=True)
    return stream.getvalue()


def _plot(axes: "Axes", chart: Chart) -> None:
    axes.set_yscale("log" if chart.log_y else "linear")
    for i, (name, points) in enumerate(chart.series.items()):
        xs, ys = zip(*thinned(points), strict=True)
        axes.plot(
            xs,
            ys,
            color=COLOURS[i % len(COLOURS)],
            linestyle=DASHES[i // len(COLOURS) % len(DASHES)],
            marker="o" if len(points) == 1 else None,
            label=name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…",
        )
