"""Batches of token rows under a budget, and the padding on their left that lets all rows end together."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

BATCH_TOKENS = 2**14
"""Rows times the longest row of a batch: 32 rows of 512 tokens."""


def batches(sizes: Sequence[int], budget: int = BATCH_TOKENS) -> Iterator[list[int]]:
    """Indices of rows in batches, rows of like length together, so that little is padded.

    Args:
        sizes: what each row takes, in tokens.
        budget: rows times the largest size of a batch; a row that is larger alone is a batch of its own.
    """
    batch: list[int] = []
    for index in sorted(range(len(sizes)), key=lambda i: (-sizes[i], i)):
        if batch and (len(batch) + 1) * sizes[batch[0]] > budget:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def pad_left(rows: list[list[int]], pad: int, device: "torch.device") -> "tuple[torch.Tensor, torch.Tensor]":
    """Rows as int64[B, T], and the mask int64[B, T] that is 0 where a row is filled up."""
    return _padded(rows, pad, device, left=True)


def pad_right(rows: list[list[int]], pad: int, device: "torch.device") -> "tuple[torch.Tensor, torch.Tensor]":
    """Like `pad_left`, filled up behind the rows."""
    return _padded(rows, pad, device, left=False)


def _padded(
    rows: list[list[int]], pad: int, device: "torch.device", *, left: bool
) -> "tuple[torch.Tensor, torch.Tensor]":
    import torch

    width = max(map(len, rows))
    gaps = [width - len(row) for row in rows]
    ids = [[pad] * gap + row if left else row + [pad] * gap for row, gap in zip(rows, gaps, strict=True)]
    mask = [
        [0] * gap + [1] * len(row) if left else [1] * len(row) + [0] * gap for row, gap in zip(rows, gaps, strict=True)
    ]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def positions(mask: "torch.Tensor") -> "torch.Tensor":
    """int64[B, T]: the place of each token in its row, counted from 0 behind the padding."""
    return (mask.cumsum(1) - 1).clamp(min=0)
