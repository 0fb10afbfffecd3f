"""The "packed" attention: documents that share a row do not see each other.

A registered transformers backend. It needs the boundaries of the documents with every call and raises without them, because
the built-in backends attend across documents silently when position ids alone are given to a loop that keeps the cache
or passes a mask of ones. On CUDA in half precision it runs `torch.nn.attention.varlen`; elsewhere one SDPA call a document.

Shape legend: B rows, T tokens a row, H heads, K key-value heads, D head dimension, N documents.
"""

import inspect
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

NAME = "packed"


@dataclass(frozen=True)
class Boundaries:
    """Where the documents of a batch begin, over its rows laid end to end.

    Attributes:
        lengths: tokens of each document, in order; they add up to B * T. Padding counts as a document.
        cumulative: int32[N + 1] on the device of the batch: 0 and the running sum of `lengths`.
        longest: the largest of `lengths`.
    """

    lengths: tuple[int, ...]
    cumulative: "torch.Tensor"
    longest: int


def boundaries(document_ids: "torch.Tensor", device: "torch.device | str | None" = None) -> Boundaries:
    """Finds the documents of a batch.

    Args:
        document_ids: int[B, T] on the CPU; a document is a run of equal numbers inside a row.
        device: where `cumulative` shall be; that of document_ids where it is not given.
    """
    import torch

    starts = torch.ones_like(document_ids, dtype=torch.bool)
    starts[:, 1:] = document_ids[:, 1:] != document_ids[:, :-1]
    offsets = [*starts.flatten().nonzero().flatten().tolist(), document_ids.numel()]
    lengths = tuple(b - a for a, b in pairwise(offsets))
    cumulative = torch.tensor(offsets, dtype=torch.int32, device=device or document_ids.device)
    return Boundaries(lengths, cumulative, max(lengths, default=0))


def position_ids(document_ids: "torch.Tensor") -> "torch.Tensor":
    """int64[B, T]: the place of each token in its own document, counted from 0."""
    import torch

    places = torch.arange(document_ids.shape[1], device=document_ids.device).expand_as(document_ids)
    starts = torch.ones_like(document_ids, dtype=torch.bool)
    starts[:, 1:] = document_ids[:, 1:] != document_ids[:, :-1]
    return places - torch.where(starts, places, 0).cummax(dim=1).values


def register() -> None:
    """Makes "packed" known to transformers. No mask function is registered, so that models build no mask."""
    from transformers import AttentionInterface

    AttentionInterface.register(NAME, packed_attention)


def packed_attention(
    module: "torch.nn.Module",
    query: "torch.Tensor",
    key: "torch.Tensor",
    value: "torch.Tensor",
    attention_mask: "torch.Tensor | None",
    scaling: float | None = None,
    dropout: float = 0.0,
    document_boundaries: Boundaries | None = None,
    **unused: Any,
) -> "tuple[torch.Tensor, None]":
    """Causal attention inside each document, in the form transformers calls its backends.

    Args:
        query: [B, H, T, D]; `key` and `value` are [B, K, T, D].

    Returns:
        [B, T, H, D], and None for the attention weights, which are not kept.

    Raises:
        ValueError: no boundaries were given, they do not fit the batch, or a feature is asked for that this backend lacks.
    """
    if document_boundaries is None:
        raise ValueError(
            "the packed attention got no document boundaries: pass document_boundaries=, or load the model with attention='sdpa'"
        )
    if attention_mask is not None or dropout or unused.get("sliding_window") or unused.get("softcap"):
        raise ValueError(
            "the packed attention takes no mask, dropout, sliding window or soft cap: use attention='sdpa'"
        )
    rows, heads, width, size = query.shape
    if sum(document_boundaries.lengths) != rows * width:
        raise ValueError(f"the document boundaries cover {sum(document_boundaries.lengths)} tokens of {rows * width}")
    scale = scaling if scaling is not None else size**-0.5
    q, k, v = (x.transpose(1, 2).flatten(0, 1) for x in (query, key, value))
    if query.is_cuda and query.dtype.itemsize == 2:
        out = _varlen(q, k, v, document_boundaries, scale)
    else:
        out = _one_by_one(q, k, v, document_boundaries, scale)
    return out.view(rows, width, heads, size), None


def _one_by_one(
    q: "torch.Tensor", k: "torch.Tensor", v: "torch.Tensor", found: Boundaries, scale: float
) -> "torch.Tensor":
    """q[B * T, H, D] with k and v[B * T, K, D]: one SDPA call a document, or one for all where they are equally long. Split, not sliced: the backward of a slice
    writes a whole zero tensor for each document, that of a split writes once."""
    import torch
    from torch.nn.functional import scaled_dot_product_attention as sdpa

    grouped = q.shape[1] != k.shape[1]
    if min(found.lengths) == found.longest:
        q, k, v = (x.unflatten(0, (len(found.lengths), -1)).transpose(1, 2) for x in (q, k, v))
        return sdpa(q, k, v, is_causal=True, scale=scale, enable_gqa=grouped).transpose(1, 2).flatten(0, 1)
    lengths = list(found.lengths)
    parts = zip(*(x.transpose(0, 1).unsqueeze(0).split(lengths, dim=2) for x in (q, k, v)), strict=True)
    outs = [sdpa(q, k, v, is_causal=True, scale=scale, enable_gqa=grouped) for q, k, v in parts]
    return torch.cat(outs, dim=2).squeeze(0).transpose(0, 1)


def _varlen(q: "torch.Tensor", k: "torch.Tensor", v: "torch.Tensor", found: Boundaries, scale: float) -> "torch.Tensor":
    from torch.nn.attention.varlen import varlen_attn

    options: dict[str, Any] = {"scale": scale}
    names = _varlen_parameters()
    # Causal is `is_causal=True` in torch 2.10 and a window without a right side later.
    options |= {"window_size": (-1, 0)} if "window_size" in names else {"is_causal": True}
    if (groups := q.shape[1] // k.shape[1]) > 1:
        if "enable_gqa" in names:
            options["enable_gqa"] = True
        else:
            k, v = (x.repeat_interleave(groups, dim=1) for x in (k, v))
    if "scale" not in names:
        del options["scale"]
        q = q * (scale * q.shape[-1] ** 0.5)
    c = found.cumulative
    out = varlen_attn(q, k, v, c, c, found.longest, found.longest, **options)
    assert not isinstance(out, tuple)
    return out


@cache
def _varlen_parameters() -> frozenset[str]:
    from torch.nn.attention.varlen import varlen_attn

    return frozenset(inspect.signature(varlen_attn).parameters)
