"""What is put of a batch are the documents asked for, all of their tokens, and nothing beside them."""

from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.packing import placing
from heal_pipeline.packing.placing import Target, put_piece, read_back
from heal_pipeline.pieces import pieces_of, write_rows
from heal_pipeline.shards import Shard

LENGTH = 16
documents = st.lists(st.tuples(st.booleans(), st.integers(0, 40)), min_size=1, max_size=30).filter(
    lambda drawn: any(wanted and size for wanted, size in drawn)
)


@settings(deadline=None, max_examples=60)
@given(documents, st.integers(1, 300), st.integers(0, 2**32))
def test_a_piece_puts_the_tokens_of_its_documents_and_counts_them(tmp_path_factory, drawn, runs_at_once, seed) -> None:
    """Whether the documents that go elsewhere are the most or the fewest of a batch."""
    folder: Path = tmp_path_factory.mktemp("piece")
    rng = np.random.default_rng(seed)
    tokens = [rng.integers(0, 100, size).astype(np.int32) for _, size in drawn]
    scored = [rng.random(size) < 0.6 for _, size in drawn]
    schema = pa.schema({"tokens": pa.list_(pa.int32()), "scored": pa.list_(pa.bool_())})
    batch = pa.record_batch([pa.array(tokens, schema.types[0]), pa.array(scored, schema.types[1])], schema=schema)
    write_rows(folder / "tokens.parquet", schema, iter([batch]))

    wanted = np.array([wanted for wanted, _ in drawn])
    parts = [[(i, a, min(LENGTH, size - a)) for a in range(0, size, LENGTH)] for i, (_, size) in enumerate(drawn)]
    runs = [part for i, own in enumerate(parts) if wanted[i] for part in own]  # a row each
    rows = rng.permutation(len(runs))
    count = np.array([len(own) if wanted[i] else 0 for i, own in enumerate(parts)], np.int32)
    target = Target("source", str(folder / "shard"), len(runs), LENGTH, 100, 7, "t")
    none = np.zeros(0, np.int64)
    day = {"target": np.where(wanted, 0, -1).astype(np.int16), "first": np.cumsum(count) - count, "count": count}
    day |= {f"left_out_{name}": none for name in ("row", "begin", "end")}
    plan = placing.Plan(folder / "plan")
    plan.write([target], {"place": rows * LENGTH, "length": np.array([n for *_, n in runs], np.int32)}, [day])
    (piece,) = pieces_of([str(folder / "tokens.parquet")])
    before, placing.RUNS_AT_ONCE = placing.RUNS_AT_ONCE, runs_at_once
    try:
        counts = put_piece(str(plan.folder), str(folder / "mark"), 0, 0, piece)
    finally:
        placing.RUNS_AT_ONCE = before

    order = np.argsort(rows)
    spans = {"row": rows[order], "start": np.zeros(len(runs), np.int64), "length": [runs[i][2] for i in order]}
    target.writer().close([pa.table(spans)])
    shard = Shard.open(target.folder)
    found = shard.rows(rows)
    for row, (i, begin, size) in enumerate(runs):
        assert found["input_ids"][row, :size].tolist() == tokens[i][begin : begin + size].tolist()
        assert found["loss_mask"][row, :size].tolist() == scored[i][begin : begin + size].tolist()
    assert counts == {"source": read_back(shard)}
    assert counts["source"][0] == sum(size for is_wanted, size in drawn if is_wanted)


def test_a_document_that_has_more_tokens_than_the_plan_knows_of_is_seen_in_the_counts(tmp_path: Path) -> None:
    schema = pa.schema({"tokens": pa.list_(pa.int32()), "scored": pa.list_(pa.bool_())})
    columns = [pa.array([[1, 2, 3]], schema.types[0]), pa.array([[True] * 3], schema.types[1])]
    write_rows(tmp_path / "tokens.parquet", schema, iter([pa.record_batch(columns, schema=schema)]))
    none, one = np.zeros(0, np.int64), np.ones(1, np.int32)
    day = {"target": np.zeros(1, np.int16), "first": np.zeros(1, np.int64), "count": one}
    day |= {f"left_out_{name}": none for name in ("row", "begin", "end")}
    plan = placing.Plan(tmp_path / "plan")
    target = Target("source", str(tmp_path / "shard"), 1, LENGTH, 100, 7, "t")
    plan.write([target], {"place": np.zeros(1, np.int64), "length": 2 * one}, [day])
    counts = put_piece(str(plan.folder), str(tmp_path / "mark"), 0, 0, *pieces_of([str(tmp_path / "tokens.parquet")]))
    target.writer().close([pa.table({"row": [0], "start": [0], "length": [2]})])
    assert counts["source"][0] == 3
    assert read_back(Shard.open(target.folder))[0] == 2
