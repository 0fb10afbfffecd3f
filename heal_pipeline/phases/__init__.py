"""Phases: how much of each source a phase samples, and exactly which rows, in which order.

`plan` gives the rows of a step as a pure function; `rules` make a mixture, the paper's `controller` out of validation losses;
`packed` opens the shards of a release, `stage` reads and writes artifacts, `reporting` is what people read of them. Rows are
not made here, and no model is trained.
"""

from heal_pipeline.phases.stage import mixture, shards

__all__ = ["mixture", "shards"]
