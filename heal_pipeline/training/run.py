"""The settings of one training run, as the file that its processes read."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from heal_pipeline.errors import UserError
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import write_json

PLACEMENT = (
    "home",
    "folder",
    "base",
    "plan",
    "num_processes",
    "shard_degree",
    "threads",
    "micro_batch_rows",
    "activation_checkpointing",
    "num_checkpoints",
)
"""Settings that say where and with what a run computes, not what: a run resumes with others of these."""


@dataclass(frozen=True, kw_only=True)
class TrainingRun:
    """One run: which rows are read, from which weights it starts, and how it learns."""

    name: str
    """phase_1 …, ablation_<subset>, or tuning."""
    home: str
    """The home folder; the plan's shard paths are relative to it."""
    folder: str
    """Where the run writes: progress.jsonl, state-<step>/, output/."""
    base: str
    """The Hugging Face folder it starts from."""
    plan: str
    """The plan.json of its rows."""
    fingerprints: dict[str, str] = field(default_factory=dict)
    """What it is made from: artifact → fingerprint."""
    engine: Literal["fsdp", "deepspeed"] = "fsdp"
    num_processes: int = 1
    shard_degree: int = 1
    """Processes over which the weights and the optimizer are sharded; num_processes / shard_degree copies exist."""
    threads: int = 1
    micro_batch_rows: int = 8
    """Rows that one process takes through the model at once; a step is as many of these as it needs."""
    activation_checkpointing: bool = False
    learning_rate: float = 1e-3
    min_learning_rate_share: float = 0.1
    warmup_share: float = 0.05
    weight_decay: float = 0.1
    betas: tuple[float, float] = (0.9, 0.95)
    clip_norm: float = 1.0
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Of the computation. Master weights, gradient sums and the optimizer are float32."""
    num_evaluations: int = 4
    """After step 0's, evenly over the steps; the last is after the last step."""
    num_checkpoints: int = 2
    """Resumable states evenly over the steps, none at the last step, where the result itself is written."""
    max_validation_rows: int = 64
    """Rows a source that an evaluation reads."""
    seed: int = 0

    def __post_init__(self) -> None:
        if self.num_processes < 1 or self.num_processes % self.shard_degree:
            raise UserError(
                f"training.num_processes ({self.num_processes}) is no multiple of training.shard_degree ({self.shard_degree}): set shard_degree to a divisor of it"
            )
        if self.engine != "fsdp":
            raise UserError("training.engine is deepspeed, which is not available yet: set it to fsdp")

    @property
    def identity(self) -> str:
        """16 hex digits over all that decides the result: a saved state is resumed by a run of the same identity alone."""
        return fingerprint_json({k: v for k, v in asdict(self).items() if k not in PLACEMENT})

    def settings(self) -> dict[str, Any]:
        """The settings without paths, for the record of the result."""
        return {k: v for k, v in asdict(self).items() if k not in ("home", "folder", "base", "plan")}

    def write(self, path: Path) -> None:
        write_json(path, asdict(self))

    @staticmethod
    def read(path: Path) -> "TrainingRun":
        values = json.loads(path.read_text())
        return TrainingRun(**{**values, "betas": tuple(values["betas"])})


def evenly(num_steps: int, count: int) -> set[int]:
    """`count` steps of 1 … num_steps at equal distances, the last one num_steps."""
    return {-(-num_steps * (i + 1) // count) for i in range(count)} if num_steps else set()
