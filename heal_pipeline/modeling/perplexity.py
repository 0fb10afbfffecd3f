"""Mean loss of a model over the scored tokens of a shard, alone or over the processes of a run."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


class RowSource(Protocol):
    """What is asked of a shard."""

    @property
    def num_rows(self) -> int: ...

    def rows(self, indices: list[int]) -> dict[str, Any]: ...


def perplexity(
    model: "PreTrainedModel", shard: RowSource, max_rows: int | None = None, batch_rows: int = 8
) -> float | None:
    """The mean loss in nats of a shard's scored tokens; its exponential is the perplexity.

    Args:
        model: with the packed attention (`modeling.load`).
        max_rows: the first rows that are read; None reads all.

    Returns:
        None where no token is scored.
    """
    from heal_pipeline.modeling.loss import ScoredLoss

    count = shard.num_rows if max_rows is None else min(max_rows, shard.num_rows)
    device = next(model.parameters()).device
    total, tokens = sum_losses(ScoredLoss(model), shard, range(count), batch_rows=batch_rows, device=device)
    return total / tokens if tokens else None


def sum_losses(
    scored_loss: Callable[..., Any],
    shard: RowSource,
    indices: Sequence[int],
    *,
    batch_rows: int,
    device: "torch.device | str" = "cpu",
    num_batches: int | None = None,
) -> tuple[float, int]:
    """The summed loss of some rows and their number of scored tokens.

    Args:
        scored_loss: a `ScoredLoss`, sharded over processes or not.
        num_batches: how many forward passes are made whatever the number of rows: sharded processes must make equally many.
            The missing ones repeat the shard's first row, unscored.
    """
    import torch

    from heal_pipeline.modeling.loss import batch_inputs

    batches = [list(indices[i : i + batch_rows]) for i in range(0, len(indices), batch_rows)]
    total = torch.zeros((), dtype=torch.float64, device=device)
    tokens = torch.zeros((), dtype=torch.int64, device=device)
    with torch.no_grad():
        for batch in batches + [[]] * max(0, (num_batches or 0) - len(batches)):
            rows = dict(shard.rows(batch or [0]))
            if not batch:
                rows["loss_mask"] = rows["loss_mask"] & False
            loss, count = scored_loss(**batch_inputs(rows, device))
            total += loss.double()
            tokens += count
    return float(total), int(tokens)
