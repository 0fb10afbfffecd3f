"""The sorted keys of a day: what is found under some keys is what stands under them, however many parts there are."""

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.dedup.candidates import CANDIDATE, code, counted, of_code
from heal_pipeline.dedup.postings import DayIndex, Postings, write_bands
from heal_pipeline.errors import GateError

KEYS = st.integers(0, 5).map(lambda key: key << 61) | st.integers(0, 2**64 - 1)


@settings(deadline=None)
@given(st.lists(st.lists(KEYS, max_size=4), max_size=8), st.lists(KEYS, max_size=6), st.integers(1, 5))
def test_what_stands_under_keys_is_found(documents: list[list[int]], wanted: list[int], num_parts: int) -> None:
    with TemporaryDirectory() as folder:
        files = []
        for number, own in enumerate((documents[:3], documents[3:])):
            lists = [np.array(keys, np.uint64).view(np.int64) for keys in own]
            files.append(f"{folder}/{number}.parquet")
            pq.write_table(pa.table({"bands": pa.array(lists, pa.list_(pa.int64()))}), files[-1])
        written = [write_bands(Path(folder), files, number, num_parts) for number in range(num_parts)]
        postings = Postings(Path(folder), "bands")
        every = [(key, row) for row, keys in enumerate(documents) for key in keys]
        assert sum(written) == len(every)
        stored = [pair for part in postings.parts() for pair in zip(*(c.tolist() for c in part), strict=True)]
        assert Counter(stored) == Counter(every)
        assert [key for key, _ in stored] == sorted(key for key, _ in every)
        keys, rows = postings.under(np.unique(np.array(wanted, np.uint64)))
        found = Counter(zip(keys.tolist(), rows.tolist(), strict=True))
        assert found == Counter(pair for pair in every if pair[0] in set(wanted))


def test_documents_are_in_the_order_of_the_files(tmp_path: Path) -> None:
    rows = [("b", "1", "web", 3), ("a", "2", "notes", 0), ("c", "1", "web", 5)]
    files = []
    for number, own in enumerate((rows[:2], rows[2:])):
        doc, content, source, num = zip(*own, strict=True)
        table = pa.table({"doc_id": [d * 32 for d in doc], "content_id": [c * 32 for c in content], "source": source})
        files.append(str(tmp_path / f"{number}.parquet"))
        pq.write_table(table.append_column("num_shingles", pa.array(num, pa.int32())), files[-1])
    index = DayIndex(tmp_path)
    index.write_documents(files)
    documents = index.documents()
    assert [
        f"{high:016x}{low:016x}" for high, low in zip(documents["doc_high"], documents["doc_low"], strict=True)
    ] == [letter * 32 for letter in "bac"]
    assert documents["num_shingles"].tolist() == [3, 0, 5]
    assert documents["source"].tolist() == [0, 1, 0]
    _, equal = index.contents.under(np.array([int("1" * 16, 16)], np.uint64))
    assert sorted(equal.tolist()) == [0, 2]


def test_an_index_without_sorted_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="rematerialise minhash_index"):
        Postings(tmp_path, "bands").num_parts()


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 4))), st.integers(0, 9))
def test_pairs_are_counted_once(drawn: list[tuple[int, int, int]], cut: int) -> None:
    found = np.array(drawn, CANDIDATE)
    expected: Counter[tuple[int, int]] = Counter()
    for a, b, shared in drawn:
        expected[a, b] += shared
    assert counted([found[:cut], found[cut:]]).tolist() == [(*pair, num) for pair, num in sorted(expected.items())]
    assert counted([counted([found[:cut]]), found[cut:]]).tolist() == counted([found]).tolist()


@given(st.lists(st.tuples(st.integers(0, 2**15), st.integers(0, 2**32 - 1))))
def test_codes_name_day_and_row(drawn: list[tuple[int, int]]) -> None:
    days, rows = np.array(drawn, np.int64).reshape(-1, 2).T
    codes = code(days, rows.astype(np.uint32))
    assert [tuple(pair) for pair in np.stack(of_code(codes), axis=1).tolist()] == drawn
    assert np.argsort(codes, kind="stable").tolist() == sorted(range(len(drawn)), key=drawn.__getitem__)
