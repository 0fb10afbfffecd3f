"""Sentences left out of tokens: against the plain definition, and against a text without them."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from token_home import encoded

from heal_pipeline.left_out import LeftOut, token_ranges, tokens_without
from heal_pipeline.profile import TokenizerConfig
from heal_pipeline.text.sentences import sentence_spans
from heal_pipeline.tokens.encoder import Encoder
from heal_pipeline.tokens.tokenizer import train

BOS, EOS = 0, 1
TEXTS = [
    'Take it with water. It helps, doesn\'t it?\nHeading\n\n- first, 5 mg\n- second. Third! "Fourth." Fifth',
    "One sentence alone",
    "He said no.  Two blanks stood there. Ünïcode — naïve. 3.5 mg p.o. daily.\n\n\nEnd.",
]

LENGTHS = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=6), min_size=1, max_size=5)
"""Documents as the tokens of their sentences."""


def documents_of(lengths: list[list[int]], bos: bool, eos: bool) -> pa.RecordBatch:
    starts, sizes, ids, scored = [], [], [], []
    for own in lengths:
        first = [bos + sum(own[:i]) for i in range(len(own))]
        starts.append([0, *first[1:]])
        sizes.append(bos + sum(own) + eos)
        ids.append(list(range(sizes[-1])))
        scored.append([i % 3 == 0 for i in range(sizes[-1])])
    columns = {
        "num_tokens": pa.array(sizes, pa.int32()),
        "sentence_starts": pa.array(starts, pa.list_(pa.int32())),
        "tokens": pa.array(ids, pa.list_(pa.int32())),
        "scored": pa.array(scored, pa.list_(pa.bool_())),
    }
    return pa.RecordBatch.from_pydict(columns)


@settings(deadline=None)
@given(LENGTHS, st.booleans(), st.booleans(), st.data())
def test_what_stays_is_every_other_sentence_and_what_stands_around(lengths, bos: bool, eos: bool, data) -> None:
    batch = documents_of(lengths, bos, eos)
    gone = [sorted(data.draw(st.sets(st.integers(0, len(own) - 1)))) for own in lengths]
    row = np.array([i for i, own in enumerate(gone) for _ in own], dtype=np.int64)
    sentence = np.array([n for own in gone for n in own], dtype=np.int64)
    begin, end = token_ranges(batch, row, sentence, TokenizerConfig(add_bos=bos, add_eos=eos))
    left_out = LeftOut(row, sentence, begin, end)
    found = tokens_without(batch, row, begin, end)
    for i, own in enumerate(lengths):
        bounds = np.cumsum([bos, *own])
        parts = [range(bounds[n], bounds[n + 1]) for n in range(len(own)) if n not in gone[i]]
        expected = [*range(bos), *(t for part in parts for t in part), *range(bounds[-1], bounds[-1] + eos)]
        assert found["tokens"][i].as_py() == expected
        assert found["scored"][i].as_py() == [t % 3 == 0 for t in expected]
        starts = left_out.starts_without(i, batch["sentence_starts"][i].values.to_numpy())
        assert starts.tolist() == [0 if n == 0 else bos + sum(map(len, parts[:n])) for n in range(len(parts))]
        stay = [n for n in range(len(own)) if n not in gone[i]]
        numbers = left_out.numbers_in_text(np.full(len(stay), i), np.arange(len(stay)))
        assert numbers.tolist() == stay


@pytest.fixture(scope="module")
def encoder():
    return Encoder(train(TEXTS * 20, 400).backend_tokenizer.to_str())


@settings(deadline=None)
@given(st.one_of(st.sampled_from(TEXTS), st.text(st.sampled_from("aB 1.?\n"), min_size=1, max_size=60)), st.data())
def test_tokens_read_as_the_text_does_without_the_sentences(encoder, text: str, data) -> None:
    (found,) = encoded(encoder, [[{"text": text, "scored": True}]], BOS, EOS)
    spans = sentence_spans(text)
    gone = np.array(sorted(data.draw(st.sets(st.integers(0, len(spans) - 1)))), dtype=np.int64)
    columns = {
        "num_tokens": pa.array([len(found.tokens)]),
        "sentence_starts": pa.array([found.sentence_starts]),
        "tokens": pa.array([found.tokens]),
        "scored": pa.array([found.scored]),
    }
    batch = pa.RecordBatch.from_pydict(columns)
    row = np.zeros(len(gone), dtype=np.int64)
    kept = tokens_without(batch, row, *token_ranges(batch, row, gone, TokenizerConfig()))
    ids = kept["tokens"][0].as_py()
    assert (ids[0], ids[-1]) == (BOS, EOS)
    expected = "".join(text[a:b] for i, (a, b) in enumerate(spans) if i not in gone)
    # The blank before a word is part of its token, and goes or stays with it.
    assert "".join(encoder.tokenizer.decode(ids[1:-1], skip_special_tokens=False).split()) == "".join(expected.split())
