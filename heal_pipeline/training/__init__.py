"""Continued pretraining and tuning: the run's settings, its processes, the loop, its checkpoints.

Importing this package imports neither torch nor transformers: training always runs in processes of its own, which this
one starts and follows.
"""

from heal_pipeline.training.launch import promote, summary, train

__all__ = ["promote", "summary", "train"]
