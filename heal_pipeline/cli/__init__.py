"""The `heal` command. Each command calls one function of the library; errors are one line, exit code 2.

Results go to standard output, progress to standard error. A module holds the commands of one kind; importing it adds them.
"""

from heal_pipeline.cli import compliance, gold, models, review, running, shards, texts
from heal_pipeline.cli.base import main

__all__ = ["compliance", "gold", "main", "models", "review", "running", "shards", "texts"]
