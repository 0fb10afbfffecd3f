"""The same rows whatever the files, pieces and processes that the tokens come in, and bad input in one line."""

import numpy as np
import pyarrow as pa
import pytest
from token_home import DAYS, TokenHome, passed

from heal_pipeline import artifacts, packing, pieces, releases, vocabulary
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.lake import Lake
from heal_pipeline.packing import writing
from heal_pipeline.shards import Shard
from heal_pipeline.tokens.stage import TOKENIZED_SCHEMA

SOURCES = ("notes", "papers", "tasks", "web")


def in_files(home: TokenHome, rows_per_file: int) -> None:
    """Writes the home's tokens anew, in many files."""
    scheme = vocabulary.read(home.lake).scheme(home.profile.tokenizer)
    for day in DAYS:
        rows = [{k: v for k, v in r.items() if k != "day"} for r in home.rows if r["day"] == day]
        with home.lake.stage(home.lake.table("tokenized", day), scheme=scheme) as staged:
            for first in range(0, len(rows), rows_per_file):
                staged.write(pa.Table.from_pylist(rows[first : first + rows_per_file], TOKENIZED_SCHEMA))
            staged.commit()


def fingerprints(home: TokenHome) -> dict[str, str]:
    release = releases.current(home.lake)
    names = [f"cleared/{purpose}/{release}/{s}" for purpose in ("shards", "validation") for s in SOURCES]
    return {name: artifacts.manifest(home.lake, name).fingerprint for name in names}


@pytest.mark.parametrize("rows_per_file", [7, 100])
def test_files_and_pieces_change_nothing(lake: Lake, tmp_path, monkeypatch, rows_per_file: int) -> None:
    expected = fingerprints(TokenHome(Lake(tmp_path / "one")).pack())
    monkeypatch.setattr(pieces, "PIECE_BYTES", 10_000)
    monkeypatch.setattr(pieces, "BATCH_ROWS", 5)
    home = TokenHome(lake)
    in_files(home, rows_per_file)
    home.pack()
    assert fingerprints(home) == expected


@pytest.mark.spark
def test_tasks_of_spark_give_the_same_rows_as_this_process(lake: Lake, tmp_path, monkeypatch, spark) -> None:
    expected = fingerprints(TokenHome(Lake(tmp_path / "one")).pack())
    monkeypatch.setattr(writing, "MIN_SPARK_PIECES", 2)
    home = TokenHome(lake)
    in_files(home, 50)
    releases.cut(lake, home.profile)
    asked = []
    for stage in (lambda *a: packing.pack(*a[:2], passed, a[2]), packing.validation_set):
        stage(lake, home.profile, lambda: asked.append(1) or spark)
    assert len(asked) == 2
    assert fingerprints(home) == expected


def document(home: TokenHome, num_tokens: int, starts: list[int]) -> dict:
    row = dict(home.rows[0])
    row |= {"num_tokens": num_tokens, "tokens": [5] * num_tokens, "scored": [True] * num_tokens}
    row |= dict.fromkeys(("sentence_starts", "sentence_characters", "sentence_words"), starts)
    return row | {"sentence_hashes": list(range(1, len(starts) + 1))}


@pytest.mark.slow
def test_a_document_of_five_million_tokens_without_a_full_stop_is_cut_after_whole_rows(lake: Lake) -> None:
    home = TokenHome(lake, documents=2, packing={"max_length": 8192})
    home.rows = [document(home, 5_000_000, [0])]
    home.tokenize(home.rows)
    home.survive(home.rows)
    releases.cut(lake, home.profile)
    result = packing.pack(lake, home.profile, passed)
    assert result.metadata["tokens"] == 5_000_000
    assert result.metadata["rows"] == -(-5_000_000 // 8192)
    assert (result.metadata["documents_split"], result.metadata["sentences_cut"]) == (1, 1)
    assert result.metadata["nothing_held_out"] == home.rows[0]["source"]


def test_a_document_without_a_token_is_in_no_row(lake: Lake) -> None:
    home = TokenHome(lake, documents=30)
    source = home.rows[0]["source"]
    before = sum(r["num_tokens"] for r in home.rows if r["source"] == source) - home.rows[0]["num_tokens"]
    home.rows[0] = {**document(home, 0, []), "doc_id": home.rows[0]["doc_id"]}
    home.tokenize(home.rows)
    home.survive(home.rows)
    home.pack()
    release = releases.current(lake)
    names = [f"cleared/{purpose}/{release}/{source}" for purpose in ("shards", "validation")]
    assert sum(Shard.open(artifacts.content(lake, n)).header.num_tokens for n in names) == before


def test_an_empty_corpus_is_refused_in_one_line(lake: Lake) -> None:
    home = TokenHome(lake, documents=5)
    home.survive(home.rows, frozenset(r["doc_id"] for r in home.rows))
    with pytest.raises(UserError, match="no document survived") as error:
        releases.cut(lake, home.profile)
    assert "\n" not in str(error.value)
    with pytest.raises(GateError, match="release has not been committed: materialise it first"):
        packing.pack(lake, home.profile, passed)


def test_a_token_that_the_tokenizer_does_not_have_is_refused_in_one_line(lake: Lake) -> None:
    home = TokenHome(lake, documents=5)
    home.rows[3]["tokens"][0] = 70_000
    home.tokenize(home.rows)
    home.survive(home.rows)
    releases.cut(lake, home.profile)
    with pytest.raises(GateError, match="token 70000 is none of the tokenizer's 300") as error:
        packing.pack(lake, home.profile, passed)
    assert "\n" not in str(error.value)


def test_a_large_vocabulary_takes_four_bytes_a_token(lake: Lake) -> None:
    home = TokenHome(lake, documents=20)
    home.make_tokenizer(70_000)
    home.rows[0]["tokens"] = [69_999 - i for i in range(home.rows[0]["num_tokens"])]
    home.tokenize(home.rows)
    home.survive(home.rows)
    home.pack()
    release = releases.current(lake)
    shards = [Shard.open(artifacts.content(lake, f"cleared/{p}/{release}/web")) for p in ("shards", "validation")]
    assert {s.header.dtype for s in shards} == {np.dtype(np.uint32)}
    assert max(s.rows(range(s.num_rows))["input_ids"].max() for s in shards) == 69_999
