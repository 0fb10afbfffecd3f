"""Who is compared with whom: every pair that shares a key, once a content, and no square of a hot bucket."""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.dedup.linking import MAX_CENTRES, Content, Row, candidates, equals

DAYS = ["2026-01-01", "2026-01-02", "2026-01-03"]
DOCUMENTS = st.lists(
    st.tuples(st.sampled_from(DAYS), st.integers(0, 8), st.sets(st.integers(0, 5), max_size=3)), max_size=14
)


def documents(drawn: list) -> list[tuple[str, str, str, frozenset[int]]]:
    """(doc_id, batch, content_id, keys); equal contents have equal keys, as signatures have."""
    keys: dict[int, frozenset[int]] = {}
    return [
        (f"d{i:02}", day, f"c{content}", keys.setdefault(content, frozenset(found)))
        for i, (day, content, found) in enumerate(drawn)
    ]


def flat(buckets: Iterable[tuple[list[Content], np.ndarray]]) -> list[tuple[Content, Content]]:
    return [(members[i], members[j]) for members, pairs in buckets for i, j in pairs]


def rows_of(found: list[tuple[str, str, str, frozenset[int]]]) -> list[Row]:
    return sorted(Row(key, day, 1, doc, content) for doc, day, content, keys in found for key in keys)


@given(DOCUMENTS, st.sampled_from(DAYS))
def test_candidates_are_all_pairs_of_contents_that_share_a_key_and_touch_the_day(drawn: list, day: str) -> None:
    found = documents(drawn)
    expected = {
        frozenset((a[2], b[2]))
        for a, b in combinations(found, 2)
        if a[2] != b[2] and a[3] & b[3] and day in (a[1], b[1])
    }
    made = flat(candidates(rows_of(found), day))
    assert {frozenset((a.content_id, b.content_id)) for a, b in made} == expected
    assert all(a.doc_id < b.doc_id for a, b in made)
    batch_of = {(doc, content): batch for doc, batch, content, _ in found}
    assert all(day in (batch_of[a], batch_of[b]) for a, b in made)


@given(DOCUMENTS)
def test_equal_documents_are_connected_over_all_days_and_only_they(drawn: list) -> None:
    found = [(content, batch, doc) for doc, batch, content, _ in documents(drawn)]
    component = {doc: doc for _, _, doc in found}

    def root(doc: str) -> str:
        while component[doc] != doc:
            doc = component[doc]
        return doc

    content_of = {doc: content for content, _, doc in found}
    for day in DAYS:
        for a, b, content in equals(found, day):
            assert a < b
            assert content_of[a] == content_of[b] == content
            component[root(a)] = root(b)
    for a, b in combinations(content_of, 2):
        assert (root(a) == root(b)) == (content_of[a] == content_of[b])


@given(DOCUMENTS, st.permutations(DAYS))
def test_the_pairs_of_all_days_are_the_same_in_any_order_of_arrival(drawn: list, order: list[str]) -> None:
    found = documents(drawn)
    expected_near, expected_equal = set(), set()
    near, equal = set(), set()
    for i, day in enumerate(order):
        present = [d for d in found if d[1] in order[: i + 1]]
        near |= set(flat(candidates(rows_of(present), day)))
        equal |= set(equals([(c, batch, doc) for doc, batch, c, _ in present], day))
        expected_near |= set(flat(candidates(rows_of(found), day)))
        expected_equal |= set(equals([(c, batch, doc) for doc, batch, c, _ in found], day))
    assert near == expected_near
    assert equal == expected_equal


def test_a_hot_bucket_grows_with_its_size_and_links_its_first_to_all() -> None:
    num = 5 * MAX_CENTRES
    rows = [Row(7, DAYS[0], 1, f"d{i:05}", f"c{i:05}") for i in range(num)]
    made = flat(candidates(rows, DAYS[0]))
    assert len(made) < num * MAX_CENTRES
    assert {b.doc_id for a, b in made if a.doc_id == "d00000"} == {f"d{i:05}" for i in range(1, num)}


def test_a_bucket_of_equal_documents_is_one_content() -> None:
    rows = [Row(7, DAYS[0], 1, f"d{i:05}", "same") for i in range(2000)]
    assert not list(candidates(rows, DAYS[0]))
    assert len(list(equals([("same", DAYS[0], r.doc_id) for r in rows], DAYS[0]))) == 1999


def test_a_record_delivered_again_meets_another_once_a_key() -> None:
    rows = [Row(7, DAYS[0], 1, "d1", "x"), Row(7, DAYS[1], 1, "d1", "x"), Row(7, DAYS[1], 1, "d2", "y")]
    assert len(flat(candidates(rows, DAYS[1]))) == 1


def test_a_record_delivered_again_is_no_pair_with_itself() -> None:
    again = [("c", DAYS[0], "d1"), ("c", DAYS[1], "d1")]
    assert not list(equals(again, DAYS[1]))
