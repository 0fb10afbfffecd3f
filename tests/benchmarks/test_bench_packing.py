"""The judge of packed rows tells what was lost, doubled and cut; next-fit and chopping are what they are called."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks import packing, packing_documents, packing_peers

LENGTHS = np.array([4, 12, 6])
SENTENCES = np.array([0, 2, 4, 9, 16, 20])
"""Of the second document those that begin at 4 (five tokens) and 9 (seven)."""


@pytest.fixture(autouse=True)
def short_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "MAX_LENGTH", 10)


def judged(values: list[int], rows: list[int]) -> dict[str, float]:
    found = packing.judgement(np.array(values), np.array(rows), LENGTHS, SENTENCES)
    return {name: value[0] for (name, _), value in found.items()}


def test_rows_that_keep_to_sentences_are_told_from_those_that_do_not() -> None:
    whole = judged([*range(4, 9), *range(4), *range(9, 16), *range(16, 22)], [9, 7, 6])
    assert whole == {
        "fill": 22 / 30,
        "tokens lost": 0,
        "tokens doubled": 0,
        "documents cut": 1,
        "documents cut, no longer than a row": 0,
        "sentences cut": 0,
    }
    chopped = judged(list(range(22)), [10, 10, 2])
    assert chopped["documents cut"] == 2
    assert chopped["documents cut, no longer than a row"] == 1
    assert chopped["sentences cut"] == 1, "the row ends at token 10, and at 20, where a sentence begins"


def test_what_is_lost_and_what_is_doubled_is_counted() -> None:
    found = judged([*range(14), *range(16, 22), 16], [10, 10, 1])
    assert (found["tokens lost"], found["tokens doubled"]) == (2, 1)
    assert found["sentences cut"] >= 1


@pytest.mark.parametrize(
    ("function", "rows"), [(packing_peers.next_fit, [4, 10, 8]), (packing_peers.chop, [10, 10, 2])]
)
def test_peers_of_a_few_lines(tmp_path: Path, capsys, function, rows: list[int]) -> None:
    documents = pa.ListArray.from_arrays(pa.array([0, 4, 16, 22], pa.int32()), pa.array(range(22), pa.int32()))
    pq.write_table(pa.table({"tokens": documents}), tmp_path / "documents.parquet")
    function(str(tmp_path / "documents.parquet"), str(tmp_path / "rows.npz"), 10)
    assert json.loads(capsys.readouterr().out)["documents"] == 3
    with np.load(tmp_path / "rows.npz") as found:
        assert found["values"].tolist() == list(range(22))
        assert found["lengths"].tolist() == rows


def test_the_documents_are_as_the_table_says() -> None:
    lengths = packing_documents.document_lengths(50_000)
    starts, counts = packing_documents.sentence_starts(lengths)
    assert abs(lengths.mean() - packing_documents.MEAN_TOKENS) < 30
    assert counts.sum() == len(starts)
    first = np.cumsum(counts) - counts
    assert not starts[first].any()
    inside = np.delete(np.diff(starts), first[1:] - 1)
    assert inside.min() > 0
    assert (starts < np.repeat(lengths, counts)).all()
