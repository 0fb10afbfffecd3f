"""The drawing of a lineage: every stage and link is in it, nothing overlaps, and equal input gives equal bytes."""

import re
from itertools import combinations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.compliance.drawing import BOX_HEIGHT, BOX_WIDTH, draw, layers

NAMES = [f"stage_{i:02}" for i in range(12)]
GRAPHS = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda link: link[0] < link[1]))


def boxes_of(svg: str) -> np.ndarray:
    """float[num_boxes, 2]: their left upper corners."""
    return np.array([[float(x), float(y)] for x, y in re.findall(r'<rect x="(-?\d+)" y="(-?\d+)"', svg)])


def points_of(svg: str) -> np.ndarray:
    """float[num_lines, 21, 2]: points along each line."""
    lines = [[float(n) for n in re.findall(r"-?\d+", path)] for path in re.findall(r'<path d="([^"]+)"', svg)]
    corners = np.array(lines).reshape(-1, 4, 2)
    t = np.linspace(0, 1, 21)[None, :, None]
    weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3]
    return sum(w * corners[:, None, i] for i, w in enumerate(weights))


@settings(deadline=None, max_examples=40)
@given(GRAPHS)
def test_no_box_overlaps_another_and_no_line_runs_behind_one(links: set[tuple[str, str]]) -> None:
    svg = draw({name: [] for name in NAMES}, links)
    boxes, points = boxes_of(svg), points_of(svg)
    assert len(boxes) == len(NAMES)
    for a, b in combinations(boxes, 2):
        assert abs(a[0] - b[0]) >= BOX_WIDTH or abs(a[1] - b[1]) >= BOX_HEIGHT
    for x, y in boxes:
        across = (points[..., 0] > x) & (points[..., 0] < x + BOX_WIDTH)
        assert not (across & (points[..., 1] > y) & (points[..., 1] < y + BOX_HEIGHT)).any()


@settings(deadline=None, max_examples=20)
@given(GRAPHS)
def test_equal_input_gives_equal_bytes_in_any_order(links: set[tuple[str, str]]) -> None:
    assert draw({name: [] for name in NAMES}, links) == draw({name: [] for name in reversed(NAMES)}, links)


def test_every_link_is_drawn() -> None:
    links = {("a", "b"), ("b", "c"), ("a", "c")}
    rows = layers(["a", "b", "c"], links)
    assert rows == [["a"], ["b"], ["c"]]
    # From a to c: into the lane beside b, along it, out of it.
    assert len(points_of(draw({name: [] for name in "abc"}, links))) == 5


def test_a_ring_of_stages_and_nothing_at_all_can_be_drawn() -> None:
    assert draw({"x": [], "y": []}, {("x", "y"), ("y", "x")}).count("<rect") == 2
    assert draw({}, set()).count("<rect") == 0
