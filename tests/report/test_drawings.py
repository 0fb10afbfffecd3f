"""Charts as SVG for the page and as PNG for the Dagster UI: complete, inside their frame, the same for the same chart."""

import io
import itertools
import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.report.charts import (
    LEGEND_LINE,
    MAX_POINTS,
    apart,
    bar_chart,
    line_chart,
    log_ticks,
    number,
    thinned,
    ticks,
)
from heal_pipeline.report.png import png
from heal_pipeline.report.tables import Bars, Chart, chart_of

MANY = {f"source_{i}": [[step, 300 * math.exp(-step / (9 + i)) + i + 1] for step in range(60)] for i in range(30)}


def chart(series: dict, log_y: bool = False) -> dict:
    return {"title": "Loss <of> & all", "x": "step", "y": "nats", "series": series, "log_y": log_y}


def drawn(series: dict, log_y: bool = False) -> ET.Element:
    lines = {name: [(float(x), float(y)) for x, y in points] for name, points in series.items()}
    return ET.fromstring(line_chart(Chart("Loss <of> & all", "step", "nats", lines, log_y)))


SERIES = {
    "one line": {"a": [[1, 3.0], [2, 2.0], [3, 1.5]]},
    "one point": {"a": [[5, 2.0]]},
    "equal values": {"a": [[1, 2.0], [2, 2.0]]},
    "a line and a point": {"a": [[1, 3.0], [2, 2.0]], "b": [[2, 9.0]]},
    "negative": {"a": [[0, -5.0], [1, 5.0]]},
    "large": {"a": [[0, 1.0], [3e9, 4e12]]},
    "many": MANY,
}


@pytest.mark.parametrize("series", SERIES.values(), ids=SERIES.keys())
@pytest.mark.parametrize("log_y", [False, True])
def test_everything_is_inside_the_drawing(series: dict, log_y: bool) -> None:
    log_y = log_y and all(y > 0 for points in series.values() for _, y in points)
    svg = drawn(series, log_y)
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    lines = svg.findall("polyline")
    places = [tuple(map(float, p.split(","))) for line in lines for p in line.attrib["points"].split()]
    places += [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in svg.findall("circle")]
    places += [(float(t.attrib["x"]), float(t.attrib["y"])) for t in svg.findall("text") if "x" in t.attrib]
    assert all(0 <= x <= width and 0 <= y <= height for x, y in places)
    legend = [t.text for t in svg.findall("text[@class='legend']")]
    assert len(legend) == (len(series) if len(series) > 1 else 0)
    singles = sum(len(points) == 1 for points in series.values())
    assert len(svg.findall("circle")) == singles * (2 if len(series) > 1 else 1)
    assert svg.findtext("title") == "Loss <of> & all"


def test_a_logarithmic_axis_says_so_and_spaces_equal_ratios_equally() -> None:
    svg = drawn({"a": [[0, 1.0], [1, 10.0], [2, 100.0]]}, log_y=True)
    heights = [float(p.split(",")[1]) for p in svg.find("polyline").attrib["points"].split()]
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.2)
    assert "nats (log scale)" in [t.text for t in svg.findall("text")]


def test_a_svg_needs_no_script_and_no_request() -> None:
    text = line_chart(Chart("T", "x", "y", {"<script>": [(0.0, 1.0), (1.0, 2.0)], "b": [(0.0, 1.0), (1.0, 2.0)]}))
    assert "<script" not in text
    assert not re.search(r"href|url\(|http", text)


@given(st.lists(st.floats(16, 300), min_size=1, max_size=17))
def test_legend_entries_do_not_overlap(places: list[float]) -> None:
    places = sorted(places)
    moved = apart(places, lowest=304)
    assert moved == sorted(moved)
    assert all(b - a >= LEGEND_LINE - 1e-9 for a, b in itertools.pairwise(moved))
    assert moved[-1] <= 304
    assert moved[0] > 0


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e9))
def test_ticks_span_the_values(low: float, size: float) -> None:
    high = low + size
    found = ticks(low, high, 5)
    assert found == sorted(found)
    assert len(found) <= 16
    if high > low:
        slack = (high - low) * 1e-6 + 1e-9
        assert found[0] <= low + slack
        assert found[-1] >= high - slack


@given(st.floats(1e-6, 1e9), st.floats(1, 1e6))
def test_logarithmic_ticks_span_the_values(low: float, ratio: float) -> None:
    found = log_ticks(low, low * ratio)
    assert found == sorted(found)
    assert 1 <= len(found) <= 20
    assert found[0] > 0


@settings(max_examples=50)
@given(st.integers(1, 5000))
def test_thinning_keeps_the_end_and_the_mean(count: int) -> None:
    points = [(float(i), math.sin(i)) for i in range(count)]
    found = thinned(points)
    assert len(found) <= MAX_POINTS
    assert found[-1] == points[-1]
    assert [x for x, _ in found] == sorted(x for x, _ in found)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (950, "950"), (5000, "5,000"), (12000, "12k"), (1.5e6, "1.5M"), (2e9, "2B"), (0.25, "0.25")],
)
def test_axis_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize("series", [*SERIES.values(), {}, {"a": []}], ids=[*SERIES, "no series", "an empty line"])
@pytest.mark.parametrize("log_y", [False, True])
def test_a_png_is_small_and_the_same_for_the_same_chart(series: dict, log_y: bool) -> None:
    from PIL import Image

    first = png(chart(series, log_y))
    assert first == png(chart(series, log_y))
    assert len(first) < 40_000
    picture = Image.open(io.BytesIO(first))
    assert picture.width == 720
    assert 324 <= picture.height <= 324 + 16 * len(series)
    assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)  # a card of its own, on light and on dark


def test_a_png_does_not_depend_on_the_settings_of_the_process() -> None:
    import matplotlib as mpl

    expected = png(chart(MANY))
    with mpl.rc_context({"lines.linewidth": 9, "font.size": 20, "figure.facecolor": "black"}):
        assert png(chart(MANY)) == expected


def bars(names: list[str], series: dict[str, list[float]], x: str = "documents") -> dict:
    ends = [f"{i} · 100.0%" for i in range(len(names))]
    return {"title": "Documents <by> & stage", "x": x, "bars": names, "ends": ends, "series": series}


BARS = {
    "one bar": bars(["raw"], {"web": [5]}),
    "a bar without length": bars(["raw", "filtered"], {"web": [5, 0], "notes": [3, 0]}),
    "shares": bars(["web", "notes"], {"stay": [0.5, 1], "duplicate": [0.5, 0]}, "share of documents"),
    "large": bars(["raw", "filtered"], {"web": [4e12, 3e9], "notes": [1, 1]}),
    "many": bars(
        [f"source_{i}_of_a_long_name" for i in range(40)], {f"reason {k}": list(range(1, 41)) for k in range(11)}
    ),
}


@pytest.mark.parametrize("value", BARS.values(), ids=BARS.keys())
def test_bars_are_as_long_as_their_numbers_and_inside_the_drawing(value: dict) -> None:
    chart = chart_of(value)
    assert isinstance(chart, Bars)
    svg = ET.fromstring(bar_chart(chart))
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    parts = [r for r in svg.findall("rect") if r.find("title") is not None]
    assert len(parts) == sum(v > 0 for lengths in chart.series.values() for v in lengths)
    drawn_lengths: dict[float, float] = {}
    for part in parts:
        x, y, w = (float(part.attrib[k]) for k in ("x", "y", "width"))
        assert 0 <= x <= x + w <= width
        assert 0 < y < height
        drawn_lengths[y] = drawn_lengths.get(y, 0) + w
    expected = [length for length in chart.lengths if length]
    longest = max(expected)
    found = [drawn_lengths[y] / max(drawn_lengths.values()) for y in sorted(drawn_lengths)]
    assert found == pytest.approx([length / longest for length in expected], abs=0.01)
    assert all(0 <= float(t.attrib["x"]) <= width and 0 <= float(t.attrib["y"]) <= height for t in svg.findall("text"))
    assert svg.findtext("title") == "Documents <by> & stage"
    legend = [r for r in svg.findall("rect") if r.find("title") is None]
    assert len(legend) == len(chart.series)
    places = {(r.attrib["x"], r.attrib["y"]) for r in legend}
    assert len(places) == len(legend)


def test_shares_are_written_as_percentages() -> None:
    text = bar_chart(chart_of(BARS["shares"]))
    assert "<title>web: duplicate 50%</title>" in text
    assert ">100%</text>" in text


def test_bars_without_any_length_are_no_chart() -> None:
    assert chart_of(bars(["raw"], {"web": [0], "notes": [None]})) is None
    assert chart_of(bars([], {})) is None


@pytest.mark.parametrize("value", BARS.values(), ids=BARS.keys())
def test_bars_as_a_png_are_small_and_the_same_for_the_same_chart(value: dict) -> None:
    from PIL import Image

    first = png(value)
    assert first == png(value)
    assert len(first) < 40_000
    picture = Image.open(io.BytesIO(first)).convert("RGB")
    assert picture.width == 720
    assert picture.getpixel((2, 2)) == (255, 255, 255)
    assert (11, 110, 110) in {colour for _, colour in picture.getcolors(1 << 20)}
