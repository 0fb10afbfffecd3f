"""Phases: how much of each source a phase samples, and exactly which rows, in which order.

`plan` gives the rows of a step as a pure function; `controller` makes a mixture out of validation losses; `stage` reads and
writes artifacts. Rows are not made here, and no model is trained.
"""

from heal_pipeline.phases.stage import mixture, shards

__all__ = ["mixture", "shards"]
