"""The held-out split: whole units, no more than the bounds allow, whatever the order of the documents."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.packing.split import held_out_units, joined

Rows = list[tuple[str, str, int]]


def split(rows: Rows, *, share: float = 0.05, minimum: int = 8, max_share: float = 0.2, seed: int = 1) -> set[str]:
    """The held-out units of (unit, source, tokens)."""
    units = sorted({u for u, _, _ in rows})
    sources = sorted({s for _, s, _ in rows})
    unit_of = np.array([units.index(u) for u, _, _ in rows], dtype=np.int64)
    source_of = np.array([sources.index(s) for _, s, _ in rows], dtype=np.int64)
    tokens = np.array([n for _, _, n in rows], dtype=np.int64)
    settings = {"share": share, "minimum": minimum, "max_share": max_share, "seed": seed}
    held = held_out_units(unit_of, units, source_of, tokens, **settings)
    return {unit for unit, is_held in zip(units, held, strict=True) if is_held}


units_and_sources = st.lists(
    st.tuples(st.sampled_from("abcdefghijklmnop"), st.sampled_from(["x", "y", "z"]), st.integers(0, 50)),
    min_size=1,
    max_size=120,
)


@settings(deadline=None)
@given(units_and_sources, st.floats(0, 0.5), st.integers(0, 10), st.floats(0, 1), st.randoms())
def test_the_split_keeps_its_bounds_and_ignores_the_order(rows, share, minimum, max_share, random) -> None:
    held = split(rows, share=share, minimum=minimum, max_share=max_share)
    for source in {s for _, s, _ in rows}:
        own = [(u in held, n) for u, s, n in rows if s == source]
        assert sum(h for h, _ in own) <= len(own) // 2
        assert sum(n for h, n in own if h) <= max_share * sum(n for _, n in own)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert split(shuffled, share=share, minimum=minimum, max_share=max_share) == held


def test_a_source_of_single_documents_gives_its_share_or_the_minimum() -> None:
    def held(num: int, **settings) -> int:
        return len(split([(f"u{i}", "s", 7) for i in range(num)], **settings))

    assert held(1000) == 50
    assert held(100) == 8
    assert held(100, share=0.0, minimum=0) == 0
    assert held(10) == 2, "no more than a fifth of the tokens"
    assert held(10, max_share=1.0) == 5, "no more than half of the documents"
    assert held(4) == 0
    assert held(0) == 0


@pytest.mark.parametrize("seed", range(8))
def test_of_two_books_only_one_that_is_small_enough_is_held_out(seed: int) -> None:
    others = [(f"page{i}", "pages", 800) for i in range(300)]
    assert not {"a", "b"} & split([("a", "books", 400_000), ("b", "books", 300_000), *others], seed=seed)
    assert "a" not in split([("a", "books", 441_000), ("b", "books", 55_000), *others], seed=seed)
    assert "b" in split([("a", "books", 441_000), ("b", "books", 55_000), *others], seed=seed)


def test_a_person_whose_records_would_be_too_much_of_one_source_is_held_out_of_none() -> None:
    rows = [("big", "notes", 900), ("big", "visits", 1), *((f"p{i}", "notes", 100) for i in range(3))]
    rows += [(f"p{i}", "visits", 1) for i in range(40)]
    for seed in range(8):
        assert "big" not in split(rows, seed=seed)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(-1, 4)), max_size=30))
def test_units_that_share_a_cluster_are_one(rows) -> None:
    number, found_names = joined(
        pa.array([u for u, _ in rows], pa.string()), np.array([c for _, c in rows], dtype=np.int32)
    )
    names = found_names.to_pylist()
    groups: list[tuple[set[str], set[int]]] = []
    for unit, cluster in rows:
        units, clusters = {unit}, {cluster} - {-1}
        for group in [g for g in groups if g[0] & units or g[1] & clusters]:
            groups.remove(group)
            units, clusters = units | group[0], clusters | group[1]
        groups.append((units, clusters))
    found = [names[i] for i in number.tolist()]
    assert found == [min(next(g[0] for g in groups if unit in g[0])) for unit, _ in rows]
    assert len(set(names)) == len(names) == len(groups)
