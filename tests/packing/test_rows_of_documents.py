"""From documents to a closed shard and back: every token, its mask, its document and its position, for any documents at all."""

import numpy as np
import pyarrow as pa
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.modeling.attention import position_ids
from heal_pipeline.packing.fitting import Layout, lay_out
from heal_pipeline.shards import Shard, ShardWriter

LENGTH = 24
Sentences = list[int]

documents = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=8), min_size=1, max_size=25).filter(
    lambda texts: any(sum(text) for text in texts)
)


def pack(folder, texts: list[Sentences], tokens: list[np.ndarray], scored: list[np.ndarray], parts: int) -> Layout:
    """Lays documents out and writes them in some parts, each by a writer of its own, the last part first."""
    num_tokens = np.array([len(t) for t in tokens])
    starts = [np.concatenate([[0], np.cumsum(text)[:-1]]).astype(np.int64) for text in texts]
    long_starts = {i: starts[i] for i in np.flatnonzero(num_tokens > LENGTH).tolist()}
    counts = np.array([len(text) for text in texts])
    layout = lay_out(num_tokens, counts, long_starts, max_length=LENGTH, window=6, seed=11)
    settings = {"num_rows": layout.num_rows, "max_length": LENGTH, "vocabulary": 100, "pad_id": 9, "tokenizer": "t"}
    for numbers in reversed(np.array_split(np.arange(len(texts)), parts)):
        mine = np.isin(layout.document, numbers)
        values = [
            np.concatenate([np.zeros(0, each[0].dtype), *(each[i] for i in numbers)]) for each in (tokens, scored)
        ]
        place = (layout.row * LENGTH + layout.start)[mine]
        ShardWriter(folder, **settings).put(place, layout.length[mine], *values)
    order = np.lexsort((layout.start, layout.row))
    columns = {name: getattr(layout, name)[order] for name in ("row", "start", "length", "document", "offset")}
    ShardWriter(folder, **settings).close([pa.table(columns)])
    return layout


@settings(deadline=None, max_examples=60)
@given(documents, st.integers(1, 5), st.randoms(use_true_random=False))
def test_rows_hold_each_token_once_with_its_mask_document_and_position(tmp_path_factory, texts, parts, random) -> None:
    rng = np.random.default_rng(random.randrange(2**32))
    tokens = [rng.integers(0, 100, sum(text)).astype(np.int32) for text in texts]
    scored = [rng.random(len(t)) < 0.6 for t in tokens]
    folder = tmp_path_factory.mktemp("rows")
    layout = pack(folder, texts, tokens, scored, parts)
    shard = Shard.open(folder)
    rows = shard.rows(range(shard.num_rows))
    positions = position_ids(torch.as_tensor(rows["document_ids"])).numpy()
    seen = [np.zeros(len(t), int) for t in tokens]
    for document, offset, length, row, start in zip(
        layout.document, layout.offset, layout.length, layout.row, layout.start, strict=True
    ):
        here, there = (row, slice(start, start + length)), slice(offset, offset + length)
        np.testing.assert_array_equal(rows["input_ids"][here], tokens[document][there])
        np.testing.assert_array_equal(rows["loss_mask"][here], scored[document][there])
        np.testing.assert_array_equal(positions[here], np.arange(length))
        assert len(set(rows["document_ids"][here].tolist())) == 1
        seen[document][there] += 1
    assert all((s == 1).all() for s in seen)
    padding = rows["document_ids"] < 0
    assert int((~padding).sum()) == sum(map(len, tokens)) == shard.header.num_tokens
    assert (rows["input_ids"][padding] == 9).all()
    assert not rows["loss_mask"][padding].any()
    for i, lengths in enumerate(shard.spans_of(range(shard.num_rows))):
        expected = np.bincount(rows["document_ids"][i][rows["document_ids"][i] >= 0])
        np.testing.assert_array_equal(lengths, expected)
