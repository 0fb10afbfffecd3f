"""Documents that share a row are computed as if each were alone, whatever stands beside them."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.modeling import load
from heal_pipeline.modeling.attention import boundaries, packed_attention, position_ids
from tests.modeling.tiny_models import VOCABULARY, packed_rows, write_checkpoint

LAYOUTS = [
    pytest.param([[24]], 24, id="one document fills the row"),
    pytest.param([[24], [24], [24]], 24, id="equal rows"),
    pytest.param([[7, 11, 3]], 24, id="three documents and padding"),
    pytest.param([[1, 1, 20], [5, 19], [2]], 24, id="rows of different documents, single tokens"),
    pytest.param([[8, 8, 8], [8, 8, 8]], 24, id="equal documents"),
]


def packed_logits(model, rows: dict[str, np.ndarray]) -> torch.Tensor:
    documents = torch.as_tensor(rows["document_ids"])
    with torch.no_grad():
        return model(
            input_ids=torch.as_tensor(rows["input_ids"]),
            position_ids=position_ids(documents),
            use_cache=False,
            document_boundaries=boundaries(documents),
        ).logits


@pytest.mark.parametrize(("lengths", "width"), LAYOUTS)
@pytest.mark.parametrize("key_value_heads", [4, 2, 1])
def test_packed_logits_are_those_of_each_document_alone(
    tmp_path: Path, lengths: list[list[int]], width: int, key_value_heads: int
) -> None:
    folder = write_checkpoint(tmp_path / "model", num_key_value_heads=key_value_heads)
    packed, plain = load(folder), load(folder, attention="eager")
    rows = packed_rows(lengths, width)
    found = packed_logits(packed, rows)
    for row, parts in enumerate(lengths):
        start = 0
        for length in parts:
            alone = torch.as_tensor(rows["input_ids"][row, start : start + length])[None]
            with torch.no_grad():
                expected = plain(input_ids=alone).logits[0]
            torch.testing.assert_close(found[row, start : start + length], expected, atol=2e-5, rtol=1e-5)
            start += length


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=5), min_size=1, max_size=3), st.integers(0, 2**16))
def test_attention_equals_a_dense_block_mask(lengths: list[list[int]], seed: int) -> None:
    documents = torch.as_tensor(packed_rows(lengths, 48)["document_ids"])
    generator = torch.Generator().manual_seed(seed)
    query = torch.randn(len(lengths), 4, 48, 8, generator=generator, dtype=torch.float64)
    key, value = (torch.randn(len(lengths), 2, 48, 8, generator=generator, dtype=torch.float64) for _ in "kv")
    found, weights = packed_attention(
        torch.nn.Module(), query, key, value, None, document_boundaries=boundaries(documents)
    )
    same = documents[:, None, :, None] == documents[:, None, None, :]
    mask = same & torch.ones(48, 48, dtype=torch.bool).tril()
    expected = torch.nn.functional.scaled_dot_product_attention(
        query, key.repeat_interleave(2, 1), value.repeat_interleave(2, 1), attn_mask=mask
    )
    assert weights is None
    torch.testing.assert_close(found, expected.transpose(1, 2))


def test_a_document_does_not_see_what_stands_beside_it(checkpoint: Path) -> None:
    model = load(checkpoint)
    rows = packed_rows([[9, 10], [12, 5]], 24)
    before = packed_logits(model, rows)
    changed = {name: value.copy() for name, value in rows.items()}
    changed["input_ids"][0, :9] = (changed["input_ids"][0, :9] + 1) % VOCABULARY  # another first document
    changed["input_ids"][0, 19:] = 5  # and other padding
    after = packed_logits(model, changed)
    assert not torch.equal(after[0, :9], before[0, :9])
    assert torch.equal(after[0, 9:19], before[0, 9:19])
    assert torch.equal(after[1], before[1])


def test_the_library_s_own_attention_would_have_leaked(checkpoint: Path) -> None:
    """The control of the tests here: position ids alone, and the documents do see each other."""
    rows = packed_rows([[9, 10]], 24)
    documents = torch.as_tensor(rows["document_ids"])
    with torch.no_grad():
        plain = load(checkpoint, attention="sdpa")(
            input_ids=torch.as_tensor(rows["input_ids"]), position_ids=position_ids(documents)
        )
    assert (plain.logits - packed_logits(load(checkpoint), rows))[0, 9:19].abs().max() > 0.1


def test_no_gradient_flows_between_documents(checkpoint: Path) -> None:
    model = load(checkpoint)
    documents = torch.as_tensor(packed_rows([[9, 15]], 24)["document_ids"])
    embedded = torch.randn(1, 24, 32, requires_grad=True)
    out = model(
        inputs_embeds=embedded,
        position_ids=position_ids(documents),
        use_cache=False,
        document_boundaries=boundaries(documents),
    )
    out.logits[0, 9:].square().sum().backward()
    assert embedded.grad is not None
    assert torch.equal(embedded.grad[0, :9], torch.zeros(9, 32))
    assert embedded.grad[0, 9:].abs().min() > 0


def test_activation_checkpointing_keeps_the_documents_apart(checkpoint: Path) -> None:
    model = load(checkpoint)
    rows = packed_rows([[9, 10]], 24)
    expected = packed_logits(model, rows)
    model.gradient_checkpointing_enable({"use_reentrant": False})
    torch.testing.assert_close(packed_logits(model.train(), rows), expected)


def test_positions_begin_anew_in_each_document_and_in_the_padding() -> None:
    documents = torch.tensor([[0, 0, 0, 1, 1, -1], [0, 1, 2, 2, 2, 2]])
    assert position_ids(documents).tolist() == [[0, 1, 2, 0, 1, 0], [0, 0, 0, 1, 2, 3]]


def test_boundaries_end_with_the_row_even_where_the_next_row_has_the_same_number() -> None:
    found = boundaries(torch.tensor([[0, 0, 1], [1, 1, -1]]))
    assert found.lengths == (2, 1, 2, 1)
    assert found.cumulative.tolist() == [0, 2, 3, 5, 6]
    assert found.cumulative.dtype == torch.int32
    assert found.longest == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "no document boundaries"),
        ({"document_boundaries": boundaries(torch.zeros(1, 5, dtype=torch.int32))}, "cover 5 tokens of 6"),
        ({"document_boundaries": boundaries(torch.zeros(1, 6, dtype=torch.int32)), "dropout": 0.1}, "dropout"),
        ({"document_boundaries": boundaries(torch.zeros(1, 6, dtype=torch.int32)), "sliding_window": 4}, "sliding"),
    ],
)
def test_it_raises_rather_than_attend_across_documents(arguments: dict, message: str) -> None:
    states = torch.zeros(1, 2, 6, 4)
    with pytest.raises(ValueError, match=message):
        packed_attention(torch.nn.Module(), states, states, states, None, **arguments)


def test_a_model_called_without_boundaries_raises(checkpoint: Path) -> None:
    with pytest.raises(ValueError, match="no document boundaries"):
        load(checkpoint)(input_ids=torch.zeros(1, 4, dtype=torch.int64))


def _varlen_of_torch_2_10(query, key, value, cu_seq_q, cu_seq_k, max_q, max_k, *, is_causal=False):
    assert is_causal
    return _each(query, key, value, cu_seq_q, scale=None)


def _varlen_of_torch_2_13(
    query, key, value, cu_seq_q, cu_seq_k, max_q, max_k, *, scale=None, window_size=(-1, -1), enable_gqa=False
):
    assert window_size == (-1, 0)
    assert enable_gqa == (query.shape[1] != key.shape[1])
    return _each(query, key, value, cu_seq_q, scale)


def _each(query, key, value, offsets, scale):
    parts = [
        torch.nn.functional.scaled_dot_product_attention(
            *(x[a:b].transpose(0, 1) for x in (query, key, value)), is_causal=True, scale=scale, enable_gqa=True
        ).transpose(0, 1)
        for a, b in itertools.pairwise(offsets.tolist())
    ]
    return torch.cat(parts)


@pytest.mark.parametrize("kernel", [_varlen_of_torch_2_10, _varlen_of_torch_2_13])
@pytest.mark.parametrize("key_value_heads", [4, 2])
def test_the_gpu_kernel_is_called_by_the_signature_it_has(monkeypatch, kernel, key_value_heads: int) -> None:
    from torch.nn.attention import varlen

    from heal_pipeline.modeling import attention

    monkeypatch.setattr(varlen, "varlen_attn", kernel)
    attention._varlen_parameters.cache_clear()
    found = boundaries(torch.tensor([[0, 0, 0, 1, 1, -1]]))
    q, k, v = torch.randn(6, 4, 8), torch.randn(6, key_value_heads, 8), torch.randn(6, key_value_heads, 8)
    torch.testing.assert_close(
        attention._varlen(q, k, v, found, scale=0.2), attention._one_by_one(q, k, v, found, scale=0.2)
    )
    attention._varlen_parameters.cache_clear()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_kernel_agrees_with_one_call_a_document() -> None:
    documents = torch.as_tensor(packed_rows([[7, 11, 3], [24]], 24)["document_ids"])
    found = boundaries(documents, "cuda")
    query, key, value = (torch.randn(2, h, 24, 64, device="cuda", dtype=torch.bfloat16) for h in (4, 2, 2))
    fast, _ = packed_attention(torch.nn.Module(), query, key, value, None, document_boundaries=found)
    slow, _ = packed_attention(
        torch.nn.Module(), query.float(), key.float(), value.float(), None, document_boundaries=found
    )
    torch.testing.assert_close(fast.float(), slow, atol=3e-2, rtol=3e-2)
