"""The rows of a step: exact shares, nothing twice before everything once, across phases, whatever the processes."""

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from heal_pipeline.errors import GateError, UserError
from heal_pipeline.phases.plan import SCHEME, Plan, SourceRows, permute, rows_within
from heal_pipeline.training.parallel import Processes

rates = st.lists(st.floats(0.001, 10), min_size=1, max_size=6)


def plan_of(values: list[float], sizes: list[int], num_rows: int, cursors: list[int] | None = None, **kwargs) -> Plan:
    cursors = cursors or [0] * len(values)
    sources = [SourceRows(f"s{i}", *each) for i, each in enumerate(zip(sizes, values, cursors, strict=True))]
    return Plan(sources, **{"seed": 1, "num_rows": num_rows, "rows_per_step": 8, **kwargs})


def all_rows(plan: Plan) -> list[tuple[str, int]]:
    return [row for step in range(plan.num_steps) for row in plan.rows(step)]


@settings(deadline=None)
@given(st.integers(1, 3000), st.integers(0, 2**64 - 1))
def test_the_permutation_is_one(size: int, key: int) -> None:
    places = np.arange(size)
    found = permute(places, np.full(size, size), np.full(size, key, dtype=np.uint64))
    assert sorted(found.tolist()) == places.tolist()


def test_permutations_of_different_keys_differ_and_mix() -> None:
    size = 1000
    sizes, places = np.full(size, size), np.arange(size)
    first = permute(places, sizes, np.full(size, 1, dtype=np.uint64))
    second = permute(places, sizes, np.full(size, 2, dtype=np.uint64))
    assert (first == second).mean() < 0.02
    assert abs(np.corrcoef(places, first)[0, 1]) < 0.1
    assert (np.diff(first) == 1).mean() < 0.02


def test_every_row_of_a_small_source_comes_first_equally_often() -> None:
    keys = np.arange(6000, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    first = permute(np.zeros(6000, dtype=np.int64), np.full(6000, 6), keys)
    assert all(800 < n < 1200 for n in Counter(first.tolist()).values())


@settings(deadline=None)
@given(rates, st.integers(0, 5000))
def test_each_source_has_its_share_of_any_beginning_to_within_a_row(values: list[float], num: int) -> None:
    plan = plan_of(values, [10] * len(values), num)
    counts = plan.counts(num)
    shares = np.array(values) / sum(values)
    assert counts.sum() == num
    assert (counts >= 0).all()
    # Half a row of a source's own rounding, and what the others' roundings make necessary.
    assert (np.abs(counts - shares * num) <= 0.5 + shares * len(values) / 2 + 1e-6).all()


@settings(deadline=None)
@given(rates, st.integers(1, 400))
def test_a_longer_beginning_contains_the_shorter(values: list[float], num: int) -> None:
    plan = plan_of(values, [10] * len(values), num)
    counts = [plan.counts(n) for n in range(num + 1)]
    assert all((after - before).min() >= 0 for before, after in pairwise(counts))


@settings(deadline=None, max_examples=50)
@given(st.integers(1, 200), st.lists(st.integers(1, 40), min_size=2, max_size=4), st.integers(1, 9))
def test_steps_of_any_size_give_the_same_order(num_rows: int, sizes: list[int], rows_per_step: int) -> None:
    values = [1.0, 0.3, 2.0, 0.01][: len(sizes)]
    one = all_rows(plan_of(values, sizes, num_rows, rows_per_step=1))
    other = plan_of(values, sizes, num_rows, rows_per_step=rows_per_step)
    assert all_rows(other) == one
    assert len(one) == num_rows
    assert other.num_steps == -(-num_rows // rows_per_step)


@pytest.mark.parametrize("world", [1, 2, 3, 4, 32])
def test_the_processes_of_a_run_read_each_row_of_a_step_once(world: int) -> None:
    plan = plan_of([0.5, 0.3, 0.2], [100, 40, 7], 300)
    processes = [Processes(rank, world, torch.device("cpu"), None) for rank in range(world)]
    for step in range(plan.num_steps):
        rows = plan.rows(step)
        shares = [process.mine(rows) for process in processes]
        assert Counter(row for share in shares for row in share) == Counter(rows)
        sizes = [len(share) for share in shares]
        assert max(sizes) - min(sizes) <= 1
        assert {process.share_size(len(rows)) for process in processes} == {max(sizes)}


@settings(deadline=None)
@given(rates, st.integers(1, 300))
@example([7.0, 3.0], 45)  # 0.7 * 45 is rounded up to the half and 0.3 * 45 down, while their draws' times are equal
@example([2.0, 7.0, 1.0], 45)
def test_a_beginning_is_the_earliest_draws(values: list[float], num: int) -> None:
    shares = np.array(values) / np.sum(values)
    draws = sorted(((k + 0.5) / share, i) for i, share in enumerate(shares.tolist()) for k in range(num + 1))
    expected = Counter(i for _, i in draws[:num])
    counts = plan_of(values, [10] * len(values), num).counts(num)
    assert counts.tolist() == [expected[i] for i in range(len(values))]


@settings(deadline=None, max_examples=60)
@given(rates, st.integers(1, 300), st.integers(1, 300), st.integers(0, 40))
def test_a_smaller_budget_is_the_beginning_of_a_larger_one(
    values: list[float], one: int, other: int, cursor: int
) -> None:
    plans = [plan_of(values, [37] * len(values), n, [cursor] * len(values)) for n in sorted((one, other))]
    small, large = map(all_rows, plans)
    assert large[: len(small)] == small


def test_a_source_is_read_in_the_same_order_whatever_is_sampled_beside_it() -> None:
    """So that the subsets of an ablation are nested: what a smaller mixture reads of a source, a larger one reads first."""
    alone = Plan([SourceRows("notes", 40, 1.0)], seed=1, num_rows=30, rows_per_step=8)
    sources = [SourceRows("web", 90, 0.7), SourceRows("notes", 40, 0.3)]
    beside = [row for name, row in all_rows(Plan(sources, seed=1, num_rows=60, rows_per_step=8)) if name == "notes"]
    assert [row for _, row in all_rows(alone)][: len(beside)] == beside


@pytest.mark.parametrize("start", [0, 1, 17, 36])
def test_going_on_at_any_step_is_what_an_unbroken_run_reads(start: int) -> None:
    unbroken = all_rows(plan_of([0.5, 0.3, 0.2], [100, 40, 7], 300))
    again = plan_of([0.5, 0.3, 0.2], [100, 40, 7], 300)
    assert [row for step in range(start, again.num_steps) for row in again.rows(step)] == unbroken[8 * start :]


def test_a_plan_of_many_rows_takes_no_more_memory_than_one_of_few() -> None:
    import tracemalloc

    def peak(num_rows: int) -> int:
        plan = Plan(
            [SourceRows("a", num_rows, 0.7), SourceRows("b", num_rows, 0.3)],
            seed=1,
            num_rows=num_rows,
            rows_per_step=64,
        )
        plan.rows(0)
        tracemalloc.start()
        for step in (0, plan.num_steps // 2, plan.num_steps - 1):
            plan.rows(step)
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    assert peak(15_000_000) < 1.5 * peak(15_000) < 2**20


def test_sources_are_mixed_within_a_step() -> None:
    names = [name for name, _ in plan_of([0.5, 0.5], [100, 100], 64, rows_per_step=16).rows(1)]
    assert Counter(names) == {"s0": 8, "s1": 8}
    assert sum(a != b for a, b in pairwise(names)) > 4


@settings(deadline=None, max_examples=60)
@given(
    rates, st.lists(st.integers(1, 30), min_size=6, max_size=6), st.lists(st.integers(1, 150), min_size=1, max_size=4)
)
def test_nothing_repeats_before_everything_was_read_across_phases(values, sizes, phases) -> None:
    sizes = sizes[: len(values)]
    cursors = [0] * len(values)
    read: list[list[int]] = [[] for _ in values]
    for k, num_rows in enumerate(phases):
        mixture = [v * (0.5 if i == k % len(values) else 1) for i, v in enumerate(values)]
        plan = plan_of(mixture, sizes, num_rows, cursors)
        for name, row in all_rows(plan):
            read[int(name[1:])].append(row)
        cursors = [c + n for c, n in zip(cursors, plan.counts(num_rows).tolist(), strict=True)]
    for size, rows, cursor in zip(sizes, read, cursors, strict=True):
        assert len(rows) == cursor
        epochs = [rows[i : i + size] for i in range(0, len(rows), size)]
        assert all(len(set(epoch)) == len(epoch) for epoch in epochs)
        assert all(sorted(epoch) == list(range(size)) for epoch in epochs if len(epoch) == size)


def test_epochs_have_different_orders() -> None:
    rows = [row for _, row in all_rows(plan_of([1.0], [50], 150))]
    assert rows[:50] != rows[50:100] != rows[100:]


def test_another_seed_is_another_order() -> None:
    assert all_rows(plan_of([1.0], [50], 50)) != all_rows(plan_of([1.0], [50], 50, seed=2))


@pytest.mark.parametrize("values", [[0.0, 0.0], [1.0, -0.1], [float("nan"), 1.0], [float("inf"), 1.0]])
def test_rates_that_are_none_are_refused(values: list[float]) -> None:
    with pytest.raises(UserError, match="add up to more than 0"):
        plan_of(values, [5, 5], 10)


def test_a_source_without_a_rate_is_never_drawn() -> None:
    assert {name for name, _ in all_rows(plan_of([0.0, 1.0], [5, 5], 40))} == {"s1"}


def test_a_rate_without_rows_is_refused() -> None:
    with pytest.raises(UserError, match="has no rows"):
        plan_of([1.0, 1.0], [5, 0], 10)


def test_a_step_that_is_not_there_is_refused() -> None:
    plan = plan_of([1.0], [5], 10)
    assert len(plan.rows(1)) == 2
    for step in (-1, 2):
        with pytest.raises(IndexError, match="2 steps"):
            plan.rows(step)


def test_a_plan_is_read_back(tmp_path: Path) -> None:
    plan = plan_of([0.7, 0.3], [50, 9], 60, [3, 40])
    sources = {s.name: {"num_rows": s.num_rows, "rate": s.rate, "cursor": s.cursor} for s in plan.sources}
    path = tmp_path / "plan.json"
    values = {"scheme": SCHEME, "seed": 1, "num_rows": 60, "rows_per_step": 8, "sources": sources}
    path.write_text(json.dumps(values))
    assert all_rows(Plan.load(path)) == all_rows(plan)
    path.write_text(json.dumps({**values, "scheme": "plan/v0"}))
    with pytest.raises(GateError, match="has the scheme 'plan/v0'"):
        Plan.load(path)


@settings(deadline=None, max_examples=60)
@given(rates, st.integers(1, 4000), st.integers(0, 2**32))
def test_a_budget_is_met_to_within_a_row(values: list[float], budget: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    row_tokens = [rng.integers(1, 65, size=int(rng.integers(1, 40))) for _ in values]
    sizes = [len(t) for t in row_tokens]
    num_rows = rows_within(plan_of(values, sizes, 0), row_tokens, budget)
    rows = all_rows(plan_of(values, sizes, num_rows))
    tokens = sum(int(row_tokens[int(name[1:])][row]) for name, row in rows)
    assert num_rows >= 1
    assert abs(tokens - budget) < 65
