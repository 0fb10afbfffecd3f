"""Ragged arrays hold what is put into them, in its order, empty rows included."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.ragged import lengths_in_place, lists, ranges


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 4))))
def test_ranges_follow_each_other(drawn: list[tuple[int, int]]) -> None:
    first, counts = np.array(drawn, np.int64).reshape(-1, 2).T
    assert ranges(first, counts).tolist() == [f + i for f, n in drawn for i in range(n)]


@given(st.lists(st.lists(st.integers(0, 9), max_size=4)))
def test_lists_hold_the_values_in_order(drawn: list[list[int]]) -> None:
    lengths = np.array([len(own) for own in drawn], np.int64)
    found = lists(lengths, pa.array([value for own in drawn for value in own], pa.int32()))
    assert found.type == pa.list_(pa.int32())
    assert found.to_pylist() == drawn
    table = pa.table({"values": found, "row": np.arange(len(drawn))})
    assert lengths_in_place(table, "values", "length").to_pydict() == {
        "row": list(range(len(drawn))),
        "length": lengths.tolist(),
    }
