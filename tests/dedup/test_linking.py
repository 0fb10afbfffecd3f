"""Who is compared with whom: every pair that shares a key, once a content, and no square of a hot bucket."""

from collections import Counter
from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.dedup import linking
from heal_pipeline.dedup.linking import MAX_CENTRES, ROW, equals, expand, members, pairs

DAYS = [0, 1, 2]
Drawn = list[tuple[int, int, int, frozenset[int]]]
DOCUMENTS = st.lists(
    st.tuples(
        st.sampled_from(DAYS), st.integers(0, 1), st.integers(0, 8), st.frozensets(st.integers(0, 5), max_size=3)
    ),
    max_size=14,
)
Pair = tuple[tuple[int, int], tuple[int, int]]


def documents(drawn: Drawn) -> list[tuple[int, int, int, int, frozenset[int]]]:
    """(document, day, source, content, keys); equal contents have equal keys, as signatures have."""
    keys: dict[int, frozenset[int]] = {}
    return [
        (i, day, source, content, keys.setdefault(content, found))
        for i, (day, source, content, found) in enumerate(drawn)
    ]


def rows_of(found: list[tuple[int, int, int, int, frozenset[int]]], num_shingles: int = 100) -> np.ndarray:
    rows = [
        (key, 7, content, 9, doc, day, source, num_shingles, doc)
        for doc, day, source, content, keys in found
        for key in sorted(keys)
    ]
    return np.array(rows, dtype=ROW)


def compared(rows: np.ndarray, day: int) -> Counter[Pair]:
    """(document, content) of the two of each pair, and how often it comes."""
    return Counter(
        ((int(a["doc_low"]), int(a["content_low"])), (int(b["doc_low"]), int(b["content_low"])))
        for found in pairs(*members(rows, day), 0.8)
        for a, b in found
    )


@given(DOCUMENTS, st.sampled_from(DAYS), st.randoms(use_true_random=False))
def test_candidates_are_all_pairs_of_contents_that_share_a_key_and_touch_the_day(
    drawn: Drawn, day: int, random
) -> None:
    found = documents(drawn)
    expected = {
        frozenset((a[3], b[3])): len(a[4] & b[4])
        for a, b in combinations(found, 2)
        if a[3] != b[3] and a[4] & b[4] and day in (a[1], b[1])
    }
    rows = rows_of(found)
    made = compared(rows, day)
    assert {frozenset((a[1], b[1])) for a, b in made} == set(expected)
    for (a, b), times in made.items():
        assert a < b
        assert times == expected[frozenset((a[1], b[1]))]  # once for each key that is shared
    shuffled = random.sample(range(len(rows)), len(rows))
    assert compared(rows[shuffled], day) == made


@given(DOCUMENTS, st.permutations(DAYS), st.integers(1, 3))
def test_the_pairs_of_all_days_are_the_same_in_any_order_of_arrival(
    drawn: Drawn, order: list[int], centres: int
) -> None:
    found = documents(drawn)
    expected_near, expected_equal, near, equal = set(), set(), set(), set()
    before, linking.MAX_CENTRES = linking.MAX_CENTRES, centres
    try:
        for i, day in enumerate(order):
            present = [d for d in found if d[1] in order[: i + 1]]
            near |= set(compared(rows_of(present), day))
            expected_near |= set(compared(rows_of(found), day))
            day_of = [(f"{c}", f"{batch}", f"{doc:02}") for doc, batch, _, c, _ in found]
            equal |= set(equals([d for d in day_of if int(d[1]) in order[: i + 1]], str(day)))
            expected_equal |= set(equals(day_of, str(day)))
    finally:
        linking.MAX_CENTRES = before
    assert near == expected_near
    assert equal == expected_equal


@given(DOCUMENTS, st.integers(0, 1))
def test_the_first_document_of_a_bucket_is_compared_with_all_of_it_whatever_its_source(
    drawn: Drawn, preferred: int
) -> None:
    found = documents(drawn)
    before, linking.MAX_CENTRES = linking.MAX_CENTRES, 1
    try:
        near = {frozenset((a[1], b[1])) for day in DAYS for a, b in compared(rows_of(found), day)}
    finally:
        linking.MAX_CENTRES = before
    for key in range(6):
        bucket = sorted((d[1], d[2] != preferred, d[0], d[3]) for d in found if key in d[4])
        for other in bucket[1:]:
            assert other[3] == bucket[0][3] or frozenset((bucket[0][3], other[3])) in near


@given(DOCUMENTS)
def test_equal_documents_are_connected_over_all_days_and_only_they(drawn: Drawn) -> None:
    found = [(f"c{content}", f"{day}", f"d{doc:02}") for doc, day, _, content, _ in documents(drawn)]
    component = {doc: doc for _, _, doc in found}

    def root(doc: str) -> str:
        while component[doc] != doc:
            doc = component[doc]
        return doc

    content_of = {doc: content for content, _, doc in found}
    for day in DAYS:
        for a, b, content in equals(found, str(day)):
            assert a < b
            assert content_of[a] == content_of[b] == content
            component[root(a)] = root(b)
    for a, b in combinations(content_of, 2):
        assert (root(a) == root(b)) == (content_of[a] == content_of[b])


def hot_bucket(num: int, day: int = 0, first: int = 0) -> np.ndarray:
    return rows_of([(i, day, 0, i, frozenset([7])) for i in range(first, first + num)])


def test_a_hot_bucket_grows_with_its_size_and_links_its_centres_to_all() -> None:
    num = 50 * MAX_CENTRES
    made = compared(hot_bucket(num), 0)
    assert len(made) == MAX_CENTRES * num - MAX_CENTRES * (MAX_CENTRES + 1) // 2
    assert {b[0] for a, b in made if a[0] == 0} == set(range(1, num))


def test_what_one_day_adds_to_a_hot_bucket_is_compared_with_the_centres_of_the_other() -> None:
    rows = np.concatenate([hot_bucket(1000), hot_bucket(3, day=1, first=1000)])
    made = compared(rows, 1)
    assert len(made) == 3 * 1000 + 3  # its three are centres of their own day
    many = compared(np.concatenate([hot_bucket(1000), hot_bucket(1000, day=1, first=1000)]), 1)
    assert len(many) < 4 * MAX_CENTRES * 1000


def test_a_bucket_of_equal_documents_is_one_content() -> None:
    rows = rows_of([(i, 0, 0, 5, frozenset([7])) for i in range(2000)])
    assert not compared(rows, 0)
    assert len(list(equals([("same", "day", f"{i:05}") for i in range(2000)], "day"))) == 1999


def test_a_record_delivered_again_meets_another_once_a_key_and_is_no_pair_with_itself() -> None:
    rows = rows_of([(1, 0, 0, 5, frozenset([7])), (1, 1, 0, 5, frozenset([7])), (2, 1, 0, 6, frozenset([7]))])
    assert list(compared(rows, 1).values()) == [1]
    assert not list(equals([("c", "0", "d1"), ("c", "1", "d1")], "1"))


def test_texts_of_too_different_length_are_not_compared() -> None:
    short, long = (rows_of([(i, 0, 0, i, frozenset([7]))], num_shingles) for i, num_shingles in ((1, 80), (2, 100)))
    assert compared(np.concatenate([short, long]), 0)
    short["num_shingles"] = 79
    assert not compared(np.concatenate([short, long]), 0)


def test_no_rows_and_no_shared_key_give_no_pair() -> None:
    assert not compared(rows_of([]), 0)
    assert not compared(rows_of([(1, 0, 0, 1, frozenset([1])), (2, 0, 0, 2, frozenset([2]))]), 0)
    assert not compared(hot_bucket(10), 1)  # nothing of the day


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20), st.integers(0, 20)), max_size=8), st.integers(1, 30))
def test_ranges_are_expanded_in_pieces(ranges: list[tuple[int, int, int]], size: int) -> None:
    first, low, high = np.array(ranges, dtype=np.int64).reshape(-1, 3).T
    before, linking.MAX_PAIRS = linking.MAX_PAIRS, size
    try:
        pieces = list(expand(first, low, high))
    finally:
        linking.MAX_PAIRS = before
    found = [pair for a, b in pieces for pair in zip(a.tolist(), b.tolist(), strict=True)]
    assert found == [(f, n) for f, lo, hi in ranges for n in range(lo, hi)]
    assert all(len(a) < size + 20 for a, _ in pieces)
