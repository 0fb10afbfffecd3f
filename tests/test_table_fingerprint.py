"""Fingerprints of tables: the same however the rows are laid out, another where they hold anything else."""

import random
import tracemalloc
from itertools import combinations
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline import table_fingerprint
from heal_pipeline.table_fingerprint import _hashes, fingerprint_parquet

TEXTS = st.lists(st.one_of(st.none(), st.text("\0ab\u00e4\U0001f600", max_size=40)), max_size=30)

MASK = 2**64 - 1


def hashes(texts: list[str | None]) -> list[tuple[int, ...]]:
    return [tuple(pair) for pair in _hashes(pa.array(texts, pa.string())).T.tolist()]


def expected(text: str | None) -> tuple[int, int]:
    """The two hashes of a text, a word after the other."""
    if text is None:
        return (int(table_fingerprint._NULL),) * 2
    data = text.encode()
    prime = int(table_fingerprint._PRIME)
    sums = [0, 0]
    for place, start in enumerate(range(0, max(1, len(data)), 8), 1):
        mixed = mix(int.from_bytes(data[start : start + 8], "little") + place * prime)
        sums = [sums[0] + mixed, sums[1] + mixed * (mixed >> 32)]
    return mix(sums[0] + len(data) * prime), mix(sums[1] + len(data) * prime)


def mix(value: int) -> int:
    """The finaliser of splitmix64, on one number."""
    value &= MASK
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    value = (value ^ (value >> 27)) * 0x94D049BB133111EB & MASK
    return value ^ (value >> 31)


@given(TEXTS, st.integers(1, 5))
def test_a_text_has_its_hashes_whatever_stands_around_it(texts: list[str | None], piece_words: int) -> None:
    with patch.object(table_fingerprint, "PIECE_WORDS", piece_words):
        assert hashes(texts) == [expected(text) for text in texts]


@given(TEXTS, st.integers(0, 30), st.integers(0, 30))
def test_slices_and_encodings_do_not_count(texts: list[str | None], start: int, end: int) -> None:
    plain = pa.array(texts, pa.string())
    want = [expected(text) for text in texts[start:end]]
    for array in (plain, plain.cast(pa.large_string()), plain.cast(pa.string_view()), plain.dictionary_encode()):
        assert [tuple(pair) for pair in _hashes(array[start:end]).T.tolist()] == want


def test_values_below_nulls_do_not_count() -> None:
    validity, offsets, data = pa.py_buffer(b"\x01"), pa.array([0, 1, 9, 9], pa.int32()).buffers()[1], b"abbbbbbbb"
    below = pa.StringArray.from_buffers(3, offsets, pa.py_buffer(data), validity, 2)
    assert below.to_pylist() == ["a", None, None]
    assert (_hashes(below) == _hashes(pa.array(["a", None, None]))).all()


WORDS = ["penicil1", "ramipril", "\0" * 8, "\0\0\0\0\0\0\0a", "a\0\0\0\0\0\0\0"]

ALIKE = [
    *("\0" * size for size in range(20)),
    *("a" + "\0" * size for size in range(20)),
    *("\0" * size + "a" for size in range(1, 20)),
    *("a" * size for size in range(2, 20)),
    *(a + b for a in WORDS for b in WORDS),
    *(a + b + c for a in WORDS for b in WORDS for c in WORDS),
]


def test_texts_that_are_alike_are_told_apart_by_each_hash() -> None:
    distinct = sorted(set(ALIKE))
    for own in _hashes(pa.array([*distinct, None])):
        assert len(set(own.tolist())) == len(distinct) + 1


@given(st.lists(st.text("\0abc", max_size=30), unique=True))
def test_different_texts_differ(texts: list[str]) -> None:
    for own in _hashes(pa.array(texts, pa.string())):
        assert len(set(own.tolist())) == len(texts)


def test_a_bit_changes_half_of_the_bits_and_the_two_hashes_do_not_go_together() -> None:
    text = b"Patient takes ramipril 5 mg once a day."
    changed = [
        bytes(b ^ (bit if i == at else 0) for i, b in enumerate(text)) for at in range(len(text)) for bit in (1, 4)
    ]
    found = _hashes(pa.array([t.decode() for t in [text, *changed]]))
    flipped = found[:, 1:] ^ found[:, :1]
    shares = np.bitwise_count(flipped).mean(axis=1) / 64
    assert (abs(shares - 0.5) < 0.03).all()
    assert abs(np.bitwise_count(flipped[0] ^ flipped[1]).mean() / 64 - 0.5) < 0.03


COLUMNS = {
    "id": ["a", "b", "c", "d", "e"],
    "text": ["", None, "\0", "one and the same", "one and the same"],
    "kept": [True, False, None, True, True],
    "number": [1, -1, None, 2**62, 0],
    "share": [0.5, -0.5, None, 1e300, 0.0],
    "words": [["a", "b"], ["b", "a"], [], None, ["ab"]],
    "where": [{"a": 1, "b": "x"}, {"a": None, "b": "x"}, None, {"a": 1, "b": None}, {"a": 0, "b": ""}],
}


def test_a_column_of_nulls_and_a_dictionary_that_holds_one() -> None:
    nulls = pa.DictionaryArray.from_arrays(pa.array([None, None], pa.int32()), pa.array([], pa.string()))
    below = pa.DictionaryArray.from_arrays(pa.array([1, 0, None], pa.int32()), pa.array(["a", None]))
    for array in (nulls, below):
        assert [tuple(pair) for pair in _hashes(array).T.tolist()] == [expected(text) for text in array.to_pylist()]


def fingerprint(folder: Path, *tables: pa.Table, **options: object) -> str:
    paths = [str(folder / f"{number}.parquet") for number in range(len(tables))]
    for path, table in zip(paths, tables, strict=True):
        pq.write_table(table, path, **options)
    rows, found = fingerprint_parquet(paths)
    assert rows == sum(table.num_rows for table in tables)
    return found


def test_files_row_groups_batches_order_and_encoding_do_not_count(tmp_path: Path) -> None:
    table = pa.concat_tables([pa.table(COLUMNS)] * 20)
    want = fingerprint(tmp_path, table)
    rng = random.Random(0)
    for _ in range(5):
        order = rng.sample(range(table.num_rows), table.num_rows)
        shuffled, cut = table.take(order), rng.randrange(table.num_rows)
        columns = rng.sample(table.column_names, table.num_columns)
        options = {"row_group_size": rng.randrange(1, 40), "use_dictionary": rng.random() < 0.5}
        with patch.object(table_fingerprint, "MAX_BATCH_ROWS", rng.randrange(1, 40)):
            assert (
                fingerprint(tmp_path, *(t.select(columns) for t in (shuffled[:cut], shuffled[cut:])), **options) == want
            )


def test_a_column_stored_as_a_dictionary_is_the_same_column(tmp_path: Path) -> None:
    texts = pa.array(["a", "b", "a", None])
    want = fingerprint(tmp_path, pa.table({"text": texts}))
    assert fingerprint(tmp_path, pa.table({"text": texts.dictionary_encode()})) == want


@pytest.mark.parametrize("name", COLUMNS)
def test_each_value_counts_in_both_halves(name: str, tmp_path: Path) -> None:
    table = pa.table(COLUMNS)
    values = COLUMNS[name]
    swaps = [
        [*values[:a], values[b], *values[a + 1 : b], values[a], *values[b + 1 :]] for a, b in combinations(range(5), 2)
    ]
    lost = [[*values[:a], values[b], *values[a + 1 :]] for a, b in combinations(range(5), 2)]
    place = table.column_names.index(name)
    others = {
        repr(v): table.set_column(place, table.field(name), pa.array(v, table.field(name).type)) for v in swaps + lost
    }
    others.pop(repr(values), None)
    found = [fingerprint(tmp_path, t) for t in (table, *others.values())]
    for half in (slice(16), slice(16, 32)):
        assert len({f[half] for f in found}) == len(found)


def test_names_and_types_count_where_there_are_no_rows(tmp_path: Path) -> None:
    tables = [pa.table({name: pa.array([], kind)}) for name in "ab" for kind in (pa.int32(), pa.int64(), pa.string())]
    assert len({fingerprint(tmp_path, table) for table in tables}) == len(tables)


def test_a_table_of_numbers_has_two_hashes(tmp_path: Path) -> None:
    found = fingerprint(tmp_path, pa.table({"number": [1, 2, 3]}))
    assert found[:16] != found[16:]


def test_fingerprints_stay_what_they_are(tmp_path: Path) -> None:
    """Homes hold them: with another value each of their tables looks altered until it is made again."""
    assert fingerprint(tmp_path, pa.table(COLUMNS)) == "6a4642a5fc06a25e2ce0f7b62ac3b252"


def test_a_long_text_is_hashed_in_little_memory() -> None:
    text = pa.array(["ab c" * 2**22])
    tracemalloc.start()
    _hashes(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < text.nbytes / 4
