"""A sieve lets through what was put in, and tells the rest by its low bits alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.text.sieve import Sieve


@given(st.lists(st.integers(0, 2**64 - 1)), st.lists(st.integers(0, 2**64 - 1)))
def test_a_sieve_lets_through_what_was_put_in(put: list[int], others: list[int]) -> None:
    sieve = Sieve()
    sieve.put(np.array(put, dtype=np.uint64))
    assert sieve.lets_through(np.array(put, dtype=np.uint64)).all()
    low = {value % Sieve.NUM_BITS for value in put}
    told = sieve.lets_through(np.array(others, dtype=np.uint64)).tolist()
    assert told == [value % Sieve.NUM_BITS in low for value in others]
