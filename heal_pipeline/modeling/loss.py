"""The cross entropy of scored tokens, without the logits of a whole batch.

The logits of a batch are its largest tensor by far (8 rows of 8,192 tokens over 32,000 words: 8 GB), and unscored tokens
(prompts, padding) need none. Hidden states of scored tokens alone pass the output layer, a chunk at a time, and a chunk's
gradient is taken while its logits are there.

Shape legend: B rows, T tokens a row, S scored tokens, E hidden size, V vocabulary size.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from heal_pipeline.errors import UserError
from heal_pipeline.modeling.attention import Boundaries, boundaries, position_ids

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CHUNK_ELEMENTS = {"cpu": 2**20, "cuda": 2**26}
"""Logits held at once, by device: on a CPU a little (4 MiB in float32), on a GPU what fills it (256 MiB)."""


def scored_targets(loss_mask: torch.Tensor, document_ids: torch.Tensor) -> torch.Tensor:
    """bool[B, T - 1]: whether token t + 1 is scored, given the tokens up to t of its own document.

    A document's first token has nothing before it and is never scored.
    """
    return loss_mask[:, 1:] & (document_ids[:, 1:] == document_ids[:, :-1])


class _SummedCrossEntropy(torch.autograd.Function):
    """Sum of -log p(target) of states[S, E] @ weight[V, E].T, with gradients computed in the forward pass."""

    @staticmethod
    def forward(
        ctx: Any, states: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor, chunk: int
    ) -> torch.Tensor:
        wanted = any(ctx.needs_input_grad)
        total = torch.zeros((), dtype=torch.float32, device=states.device)
        grad_states = torch.empty_like(states) if wanted else None
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if wanted else None
        for start in range(0, states.shape[0], chunk):
            part = states[start : start + chunk]
            wanted_words = targets[start : start + chunk, None]
            logits = (part @ weight.T).float()
            # A softmax in place: four passes over the chunk instead of seven with logsumexp and exp.
            logits.sub_(logits.amax(dim=1, keepdim=True))
            target_logits = logits.gather(1, wanted_words)
            sums = logits.exp_().sum(dim=1, keepdim=True)
            total += (sums.log() - target_logits).sum()
            if grad_states is not None and grad_weight is not None:
                grad = logits.div_(sums)
                grad.scatter_add_(1, wanted_words, torch.full_like(target_logits, -1.0))
                grad = grad.to(part.dtype)
                torch.matmul(grad, weight, out=grad_states[start : start + chunk])
                if grad.dtype == torch.float32:
                    grad_weight.addmm_(grad.T, part)
                else:
                    grad_weight += grad.T @ part
        if wanted:
            ctx.save_for_backward(grad_states, grad_weight)
            ctx.weight_dtype = weight.dtype
        return total

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        grad_states, grad_weight = ctx.saved_tensors
        (scale,) = grads
        return grad_states * scale.to(grad_states.dtype), (grad_weight * scale).to(ctx.weight_dtype), None, None


def summed_cross_entropy(states: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The sum of -log p(target) in nats, float32[]. Zero tokens give zero, with gradients of zero.

    Args:
        states: [S, E], what the output layer reads.
        weight: [V, E] of the output layer.
        targets: int64[S].
    """
    chunk = max(64, CHUNK_ELEMENTS[weight.device.type] // weight.shape[0])
    return _SummedCrossEntropy.apply(states, weight, targets, chunk)  # type: ignore[no-any-return]


class ScoredLoss(nn.Module):
    """A causal language model whose forward pass gives the summed loss of the scored tokens of packed rows.

    The loss is inside the module because FSDP gathers the output layer's weights for the forward pass alone.

    Args:
        model: with the packed attention (`modeling.load`).

    Raises:
        UserError: the model's logits are not a plain product with the output layer's weights.
    """

    def __init__(self, model: "PreTrainedModel"):
        super().__init__()
        head = model.get_output_embeddings()
        if head is None or getattr(head, "bias", None) is not None:
            raise UserError(
                f"{type(model).__name__} has no plain output layer, whose loss is computed in chunks: set model.path to a model without a bias there, such as Llama or Mistral"
            )
        if getattr(model.config, "final_logit_softcapping", None) or getattr(model.config, "logit_scale", 1) != 1:
            raise UserError(
                f"{type(model).__name__} caps or scales its logits, and this loss would not be its own: set model.path to a model with plain logits, such as Llama or Mistral"
            )
        self.model = model

    def forward(
        self,
        input_ids: torch.Tensor,
        loss_mask: torch.Tensor,
        document_ids: torch.Tensor,
        positions: torch.Tensor,
        document_boundaries: Boundaries,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The sum of -log p over scored tokens (float32[]) and their number (int64[]); all inputs are [B, T]."""
        states = self.model.base_model(
            input_ids=input_ids,
            position_ids=positions,
            use_cache=False,
            document_boundaries=document_boundaries,
        ).last_hidden_state
        scored = scored_targets(loss_mask, document_ids)
        head = self.model.get_output_embeddings()
        assert head is not None
        total = summed_cross_entropy(states[:, :-1][scored], head.weight, input_ids[:, 1:][scored])  # type: ignore[arg-type]
        return total, scored.sum()


def batch_inputs(rows: dict[str, Any], device: torch.device | str = "cpu") -> dict[str, Any]:
    """`ScoredLoss`'s arguments for rows of a shard (`Shard.rows`), on a device."""
    tensors = {name: torch.as_tensor(rows[name]) for name in ("input_ids", "loss_mask", "document_ids")}
    found = boundaries(tensors["document_ids"], device)
    tensors["positions"] = position_ids(tensors["document_ids"])
    return {**{k: v.to(device, non_blocking=True) for k, v in tensors.items()}, "document_boundaries": found}
