"""Ragged arrays: rows of different lengths, in numpy and Arrow. Nothing here knows what the rows are."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def ranges(first: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """int64[sum(counts)]: for each k the numbers from first[k] up to first[k] + counts[k]."""
    return np.arange(counts.sum()) + np.repeat(first - (np.cumsum(counts) - counts), counts)


def lists(lengths: np.ndarray, values: pa.Array) -> pa.ListArray:
    """The values in lists of these lengths (int[num_lists]), one after the other."""
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], np.cumsum(lengths)]), pa.int32()), values)


def lengths_in_place(table: pa.Table, column: str, name: str) -> pa.Table:
    """The table without a column of lists, and with the lengths of its lists as the last column: all that a gate wants of them."""
    return table.append_column(name, pc.list_value_length(table[column])).drop_columns([column])
