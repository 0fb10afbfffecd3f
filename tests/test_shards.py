"""A shard gives back what was written, whatever the order, and refuses files that are not what was written."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.errors import GateError
from heal_pipeline.shards import Shard, ShardWriter, writing

LENGTH = 21


def write(folder: Path, lengths: list[list[int]], vocabulary: int = 50, seed: int = 0) -> dict[str, np.ndarray]:
    """Writes rows with spans of the given lengths, in a shuffled order and by three writers, and returns what a reader must find."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    shape = (len(lengths), LENGTH)
    expected = {
        "input_ids": np.full(shape, 7),
        "loss_mask": np.zeros(shape, bool),
        "document_ids": np.full(shape, -1),
    }
    settings = {
        "num_rows": len(lengths),
        "max_length": LENGTH,
        "vocabulary": vocabulary,
        "pad_id": 7,
        "tokenizer": "t",
    }
    spans: list[dict] = []
    for row, parts in enumerate(lengths):
        start = 0
        for i, length in enumerate(parts):
            here = slice(start, start + length)
            expected["input_ids"][row, here] = rng.integers(0, vocabulary, length)
            expected["loss_mask"][row, here] = rng.random(length) < 0.5
            expected["document_ids"][row, here] = i
            spans.append({"row": row, "start": start, "length": length, "doc_id": f"d{row}.{i}"})
            start += length
    for part in np.array_split(rng.permutation(len(spans)), 3):
        put(ShardWriter(folder, **settings), [spans[i] for i in part], expected)
    table = pa.Table.from_pylist(spans)
    ShardWriter(folder, **settings).close(table.slice(i, 2) for i in range(0, len(spans), 2))
    return expected


def put(writer: ShardWriter, spans: list[dict], expected: dict[str, np.ndarray]) -> None:
    starts = np.array([s["row"] * LENGTH + s["start"] for s in spans], dtype=np.int64)
    lengths = np.array([s["length"] for s in spans], dtype=np.int64)
    places = [np.arange(a, a + n) for a, n in zip(starts, lengths, strict=True)]
    part = np.concatenate([np.zeros(0, dtype=np.int64), *places])
    writer.put(starts, lengths, expected["input_ids"].ravel()[part], expected["loss_mask"].ravel()[part])


row_lengths = st.lists(st.integers(1, 7), min_size=1, max_size=3)


@settings(deadline=None)
@given(st.lists(row_lengths, min_size=1, max_size=9), st.data())
def test_rows_come_back_in_the_order_asked_for(tmp_path_factory, lengths, data) -> None:
    folder = tmp_path_factory.mktemp("shard")
    expected = write(folder, lengths)
    shard = Shard.open(folder)
    indices = data.draw(st.lists(st.integers(0, len(lengths) - 1), max_size=6))
    found = shard.rows(indices)
    for name, kind in (("input_ids", np.int64), ("loss_mask", np.bool_), ("document_ids", np.int32)):
        assert found[name].dtype == kind
        np.testing.assert_array_equal(found[name], expected[name][indices])
    np.testing.assert_array_equal(shard.row_tokens, [sum(parts) for parts in lengths])


@pytest.mark.parametrize(("vocabulary", "dtype"), [(2**16, "uint16"), (2**16 + 1, "uint32")])
def test_tokens_take_two_bytes_where_the_vocabulary_allows(tmp_path: Path, vocabulary: int, dtype: str) -> None:
    expected = write(tmp_path, [[LENGTH], [4, 5]], vocabulary)
    shard = Shard.open(tmp_path)
    assert shard.header.dtype == dtype
    assert (tmp_path / "tokens.bin").stat().st_size == 2 * LENGTH * np.dtype(dtype).itemsize
    np.testing.assert_array_equal(shard.rows([0, 1])["input_ids"], expected["input_ids"])


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write(tmp_path / name, [[3, 9], [LENGTH]])
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@pytest.mark.parametrize("bound", [0, 2**29])
def test_a_file_that_was_filled_first_holds_the_same(tmp_path: Path, monkeypatch, bound: int) -> None:
    write(tmp_path / "a", [[3, 9], [LENGTH]])
    monkeypatch.setattr(writing, "FILLED_BYTES", bound)
    monkeypatch.setattr(writing, "ZEROS", bytes(8))
    write(tmp_path / "b", [[3, 9], [LENGTH]])
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=8), st.integers(0, 4), st.data())
def test_unscored_runs_are_those_of_the_runs_alone(gaps_and_lengths, rest, data) -> None:
    """Runs lie behind gaps of tokens that are not theirs."""
    gaps, lengths = np.array(gaps_and_lengths, dtype=np.int64).reshape(-1, 2).T
    ends = np.cumsum(gaps + lengths)
    num = int(ends.max(initial=0)) + rest
    scored = np.array(data.draw(st.lists(st.booleans(), min_size=num, max_size=num)), dtype=bool)
    found = [set() for _ in lengths]
    for run, first, size in zip(*writing.unscored_runs(scored, ends - lengths, ends), strict=True):
        assert size > 0
        assert not found[run] & set(range(first, first + size))
        found[run] |= set(range(first, first + size))
    assert found == [{i for i in range(e - n, e) if not scored[i]} for e, n in zip(ends, lengths, strict=True)]


@given(st.integers(1, 40), st.integers(1, 4), st.data())
def test_a_mask_lacks_the_bits_of_its_runs_and_no_others(width, num_rows, data) -> None:
    runs, expected = [], np.ones((num_rows, width), dtype=bool)
    for row in range(num_rows):
        bounds = sorted(data.draw(st.sets(st.integers(0, width), max_size=8)))
        runs += [(row, begin, end) for begin, end in zip(bounds[::2], bounds[1::2], strict=False)]
    for row, begin, end in runs:
        expected[row, begin:end] = False
    found = writing.mask_without(num_rows, width, *np.array(runs, dtype=np.int64).reshape(-1, 3).T)
    np.testing.assert_array_equal(found, np.packbits(expected, axis=1))


def test_a_row_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write(tmp_path, [[3]])
    for index in (-1, 1):
        with pytest.raises(IndexError, match="has 1 rows"):
            Shard.open(tmp_path).rows([index])


@pytest.mark.parametrize("name", ["tokens.bin", "mask.bin", "offsets.bin", "ends.bin"])
@pytest.mark.parametrize("damage", ["truncated", "altered", "missing"])
def test_a_damaged_file_is_refused_in_one_line(tmp_path: Path, name: str, damage: str) -> None:
    write(tmp_path, [[5, 6], [7], [2, 2, 2]])
    path = tmp_path / name
    data = bytearray(path.read_bytes())
    if damage == "missing":
        path.unlink()
    else:
        data[1] ^= 1
        path.write_bytes(data[:-1] if damage == "truncated" else data)
    with pytest.raises(GateError, match="rematerialise") as error:
        Shard.open(tmp_path)
    assert "\n" not in str(error.value)
    assert name in str(error.value)


def test_a_token_that_the_vocabulary_lacks_is_refused(tmp_path: Path) -> None:
    writer = ShardWriter(tmp_path, num_rows=1, max_length=LENGTH, vocabulary=2**16, pad_id=0, tokenizer="t")
    for token in (2**16, -1):
        with pytest.raises(GateError, match=f"token {token} is none of the tokenizer's 65536: materialise tokenized"):
            writer.put(np.array([0]), np.array([2]), np.array([1, token], np.int32), np.array([True, True]))


def test_tokens_between_the_runs_are_not_written_nor_judged(tmp_path: Path) -> None:
    settings = {"num_rows": 1, "max_length": LENGTH, "vocabulary": 50, "pad_id": 7, "tokenizer": "t"}
    writer = ShardWriter(tmp_path, **settings)
    tokens, scored = np.array([99, 1, 2, -1, 3, 99], np.int32), np.array([False, True, False, False, True, False])
    writer.put(np.array([1, 0]), np.array([2, 1]), tokens, scored, np.array([1, 4]))
    writer.close([pa.table({"row": [0], "start": [0], "length": [3]})])
    row = Shard.open(tmp_path).rows([0])
    assert row["input_ids"][0].tolist() == [3, 1, 2] + [7] * (LENGTH - 3)
    assert np.flatnonzero(row["loss_mask"][0]).tolist() == [0, 1]
    with pytest.raises(GateError, match="token -1 is none"):
        ShardWriter(tmp_path / "b", **settings).put(np.array([1]), np.array([3]), tokens, scored, np.array([1]))


def test_what_was_put_before_the_writer_was_killed_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole", [[5], [4, 3]])
    spans = [{"row": r, "start": s, "length": n, "doc_id": "d"} for r, s, n in ((0, 0, 5), (1, 0, 4), (1, 4, 3))]
    settings = {"num_rows": 2, "max_length": LENGTH, "vocabulary": 50, "pad_id": 7, "tokenizer": "t"}
    folder = tmp_path / "broken_off"
    child = os.fork()
    if not child:
        put(ShardWriter(folder, **settings), spans[:2], whole)
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    writer = ShardWriter(folder, **settings)
    put(writer, spans[2:], whole)
    writer.close([pa.Table.from_pylist(spans)])
    for name in ("tokens.bin", "mask.bin", "offsets.bin", "ends.bin", "shard.json"):
        assert (folder / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scheme": "shard/v1"}, "has the scheme 'shard/v1', this reader needs 'shard/v2'"),
        ({"num_rows": 4}, "bytes instead of"),
        ({"pad_id": 3}, "shard.json does not hold what was written"),
        ({"surprise": 1}, "lacks or adds keys"),
    ],
)
def test_another_header_is_refused(tmp_path: Path, change: dict, message: str) -> None:
    write(tmp_path, [[5, 6], [7], [2, 2, 2]])
    header = tmp_path / "shard.json"
    header.write_text(json.dumps({**json.loads(header.read_text()), **change}))
    with pytest.raises(GateError, match=message):
        Shard.open(tmp_path)


def test_a_folder_without_a_shard_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GateError, match=r"no readable shard\.json"):
        Shard.open(tmp_path)
