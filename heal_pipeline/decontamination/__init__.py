"""Decontamination: which documents of a day hold text of an evaluation item. It reports; `survivors` removes.

runs: the runs of words of items, and where a text holds them.  verdicts: which of the matches tell.  stage: the daily table.
"""

from heal_pipeline.decontamination.stage import CONTAMINATION_SCHEMA, scan

__all__ = ["CONTAMINATION_SCHEMA", "scan"]
