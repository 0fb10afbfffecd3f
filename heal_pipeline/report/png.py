"""Charts as PNG, for the Dagster UI, whose pages show no SVG. The report page draws its own (charts.py)."""

import io
from typing import Any

WIDTH_INCHES, HEIGHT_INCHES, DOTS_PER_INCH = 7.2, 3.6, 80
MAX_NAMED_SERIES = 14
INK = "#6b7280"
"""Reads on a light and on a dark page; the background is transparent."""


def png(chart: dict[str, Any]) -> bytes:
    """A chart of the JSON files of reports/ as PNG bytes, some tens of kilobytes; equal charts give equal bytes.

    Args:
        chart: `{"title", "x", "y", "series": {name: [[x, y], ...]}, "log_y"}`.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), dpi=DOTS_PER_INCH, layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    for i, (name, points) in enumerate(chart["series"].items()):
        xs, ys = [p[0] for p in points], [p[1] for p in points]
        style = ("-", "--", ":", "-.")[i // 10 % 4]
        axes.plot(xs, ys, style, marker="o" if len(points) == 1 else "", linewidth=1.6, markersize=4, label=name)
    if chart.get("log_y") and all(y > 0 for points in chart["series"].values() for _, y in points):
        axes.set_yscale("log")
    axes.set(xlabel=chart.get("x", ""), ylabel=chart.get("y", ""))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(which="both", colors=INK)
    for text in (axes.xaxis.label, axes.yaxis.label):
        text.set_color(INK)
    if 1 < len(chart["series"]) <= 4 * MAX_NAMED_SERIES:
        columns = 1 if len(chart["series"]) <= MAX_NAMED_SERIES else 2
        axes.legend(
            loc="center left", bbox_to_anchor=(1, 0.5), frameon=False, fontsize=7, labelcolor=INK, ncols=columns
        )
    out = io.BytesIO()
    FigureCanvasAgg(figure).print_png(out, metadata={"Software": None})
    return out.getvalue()
