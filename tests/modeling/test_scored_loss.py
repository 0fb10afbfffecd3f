"""The loss of scored tokens and its gradients are those of the plain cross entropy over each document alone."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline.errors import UserError
from heal_pipeline.modeling import load, loss
from heal_pipeline.modeling.loss import ScoredLoss, batch_inputs, scored_targets, summed_cross_entropy
from tests.modeling.tiny_models import packed_rows, write_checkpoint

LENGTHS = [[7, 11, 3], [24], [1, 20]]


def plain_loss(model, rows: dict[str, np.ndarray]) -> tuple[torch.Tensor, int]:
    """transformers' own loss, document by document, summed over scored tokens."""
    total, count = torch.zeros(()), 0
    for ids, mask, documents in zip(rows["input_ids"], rows["loss_mask"], rows["document_ids"], strict=True):
        for number in range(documents.max() + 1):
            place = documents == number
            document = torch.as_tensor(ids[place])[None]
            labels = torch.where(torch.as_tensor(mask[place]), document, -100)
            scored = int((labels[:, 1:] != -100).sum())
            if scored:
                total = total + model(input_ids=document, labels=labels).loss * scored
                count += scored
    return total, count


@pytest.mark.parametrize("changes", [{}, {"tie_word_embeddings": True}, {"num_key_value_heads": 4}])
def test_loss_and_gradients_equal_those_of_each_document_alone(tmp_path: Path, changes: dict) -> None:
    folder = write_checkpoint(tmp_path / "model", **changes)
    rows = packed_rows(LENGTHS, 24)
    packed, plain = load(folder), load(folder, attention="eager")
    total, count = ScoredLoss(packed)(**batch_inputs(rows))
    expected, expected_count = plain_loss(plain, rows)
    assert int(count) == expected_count > 0
    torch.testing.assert_close(total, expected, rtol=1e-5, atol=0)
    (total / count).backward()
    (expected / expected_count).backward()
    for (name, a), (_, b) in zip(packed.named_parameters(), plain.named_parameters(), strict=True):
        assert (a.grad - b.grad).norm() <= 1e-5 * b.grad.norm(), name


def test_unscored_tokens_and_padding_change_nothing(checkpoint: Path) -> None:
    module = ScoredLoss(load(checkpoint))
    rows = packed_rows([[9, 10]], 24)
    rows["loss_mask"][0, 15:] = False
    changed = {name: value.copy() for name, value in rows.items()}
    changed["input_ids"][0, 16:] = 7  # after the last scored token
    with torch.no_grad():
        before, after = module(**batch_inputs(rows)), module(**batch_inputs(changed))
    assert torch.equal(before[0], after[0])
    assert torch.equal(before[1], after[1])


def test_a_documents_first_token_is_never_scored() -> None:
    mask = torch.tensor([[True, True, True, True, False, True]])
    documents = torch.tensor([[0, 0, 1, 1, 1, 2]])
    assert scored_targets(mask, documents).tolist() == [[True, False, True, False, False]]


def test_without_scored_tokens_loss_and_gradients_are_zero(checkpoint: Path) -> None:
    model = load(checkpoint)
    rows = packed_rows([[9, 10]], 24)
    rows["loss_mask"][:] = False
    total, count = ScoredLoss(model)(**batch_inputs(rows))
    total.backward()
    assert total.item() == 0.0
    assert int(count) == 0
    assert all(p.grad is None or not p.grad.any() for p in model.parameters())


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 200), st.integers(2, 90), st.floats(0.1, 40), st.integers(0, 2**16))
def test_chunks_of_any_size_equal_the_whole(num_tokens: int, vocabulary: int, size: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    states = torch.randn(num_tokens, 8, generator=generator, requires_grad=True)
    weight = (size * torch.randn(vocabulary, 8, generator=generator)).requires_grad_()
    targets = torch.randint(vocabulary, (num_tokens,), generator=generator)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(loss.CHUNK_ELEMENTS, "cpu", 64)  # the least, 64 tokens, holds then
        found = summed_cross_entropy(states, weight, targets)
    expected = torch.nn.functional.cross_entropy(states @ weight.T, targets, reduction="sum")
    torch.testing.assert_close(found, expected, rtol=1e-5, atol=1e-4)
    factor = torch.tensor(0.25)
    got = torch.autograd.grad(found * factor, (states, weight))
    wanted = torch.autograd.grad(expected * factor, (states, weight))
    for a, b in zip(got, wanted, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


def test_bfloat16_gives_a_float32_sum_and_gradients_of_its_own_type() -> None:
    states = torch.randn(70, 8, dtype=torch.bfloat16, requires_grad=True)
    weight = torch.randn(50, 8, dtype=torch.bfloat16, requires_grad=True)
    targets = torch.randint(50, (70,))
    found = summed_cross_entropy(states, weight, targets)
    found.backward()
    expected = torch.nn.functional.cross_entropy(states.float() @ weight.float().T, targets, reduction="sum")
    assert found.dtype == torch.float32
    torch.testing.assert_close(found, expected, rtol=1e-2, atol=0)
    assert states.grad.dtype == weight.grad.dtype == torch.bfloat16


def test_a_logit_that_is_no_number_gives_a_loss_that_is_none() -> None:
    states = torch.ones(3, 4)
    states[1, 2] = torch.nan
    assert torch.isnan(summed_cross_entropy(states, torch.ones(5, 4), torch.zeros(3, dtype=torch.int64)))


def test_a_model_whose_logits_are_no_plain_product_is_refused(tmp_path: Path) -> None:
    from transformers import Gemma2Config, Gemma2ForCausalLM

    small = Gemma2Config(vocab_size=32, hidden_size=16, intermediate_size=16, num_hidden_layers=1, head_dim=8)
    with pytest.raises(UserError, match=r"caps or scales its logits.*set model\.path"):
        ScoredLoss(Gemma2ForCausalLM(small))
