"""Packing: from the documents of a release to rows of exactly the context length, by source, and the held-out split.

Whole documents share a row by best fit; only a document longer than a row is split, at ends of sentences. Who is held out
is in `split`, what goes where in `fitting`, writing and its gates in `writing`. Tokens are not made here, nor is the order
in which rows are trained on.
"""

from heal_pipeline.packing.stage import pack, validation_set

__all__ = ["pack", "validation_set"]
