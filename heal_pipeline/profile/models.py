"""From tokens to models: tokenizer, packing, phases and their mixtures, model, training, ablation, evaluation."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from heal_pipeline.profile.base import Amount, Count, Group, Positive, Section, Share


def _rule_name(name: str) -> str:
    if name not in MIXTURE_RULES and not re.fullmatch(r"\w+(?:\.\w+)*:\w+", name):
        raise ValueError(f"there is no rule {name!r}: give one of {', '.join(MIXTURE_RULES)}, or module:function")
    return name


MIXTURE_RULES = ("equal_groups", "proportional", "temperature", "constant", "stabilised")
"""Those of phases/rules.py."""
MixtureRule = Annotated[str, AfterValidator(_rule_name)]


class TokenizerConfig(Section):
    path: str | None = None
    """A Hugging Face tokenizer by path or hub id. None: a BPE is trained on the corpus."""
    vocab_size: Positive = 4096
    training_documents: Positive = 4000
    add_bos: bool = True
    add_eos: bool = True


class PackingConfig(Section):
    max_length: Annotated[int, Field(ge=8)] = 512
    window_documents: Positive = 100_000
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Share of each source's documents held back for perplexity, at least `validation_minimum` of them."""
    validation_minimum: Count = 8
    validation_max_share: Share = 0.2
    """No source has more than this share of its tokens held back: one of a few large documents may so have nothing."""
    max_validation_rows: Positive = 64
    """Rows a source that are evaluated each time."""


class PhasesConfig(Section):
    count: Positive = 2
    tokens_per_phase: Positive = 250_000
    initial: MixtureRule = "equal_groups"
    """The rule of the first phase and of ablations. The paper's ablation advises equal shares of the groups (HEAL, section 4)."""
    rule: MixtureRule = "stabilised"
    """The rule of the later phases: the paper's lowers the rate of sources whose validation loss has stabilised."""
    rates: dict[str, Amount] = {}
    """For the rule constant: weights of sources, or of groups, which their other sources share by their rows."""
    temperature: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 3.0
    """For the rule temperature: shares go by rows ** (1 / T)."""
    stabilised_slope: Share = 0.02
    """A source is stabilised where its validation loss fell by less than this share over the phase's second half."""
    factor: Annotated[float, Field(gt=0, le=1)] = 0.5
    """What a stabilised source's sampling rate is multiplied by in the next phase."""
    floor: Share = 0.01
    """No source's rate is lowered below this."""
    max_epochs: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 4.0
    """How often a source's rows may be read by the end of a run, before the check `epochs` warns. Up to 4 epochs cost next to
    nothing against new text, more give less and less (Muennighoff et al. 2023, arXiv 2305.16264)."""

    @model_validator(mode="after")
    def _rules_have_what_they_need(self) -> "PhasesConfig":
        if self.initial == "stabilised":
            raise ValueError("initial: stabilised goes by a phase before; give another rule")
        if self.initial == "constant" and not self.rates:
            raise ValueError("initial: constant needs weights in `rates`")
        if self.rates and not any(self.rates.values()):
            raise ValueError("rates: all weights are 0")
        return self


class ModelConfig(Section):
    path: str | None = None
    """A Hugging Face checkpoint by path or hub id. None: a Llama of the geometry below with random weights."""
    hidden_size: Positive = 128
    intermediate_size: Positive = 352
    num_layers: Positive = 4
    num_heads: Positive = 4
    num_key_value_heads: Positive = 4
    rope_factor: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.0
    """Linear position interpolation: 2.0 doubles a checkpoint's context (Chen et al. 2023)."""


class TrainingConfig(Section):
    engine: Literal["fsdp", "deepspeed"] = "fsdp"
    num_processes: Positive = 1
    shard_degree: Positive = 1
    """Processes over which the state is sharded; the rest replicate (hybrid sharding)."""
    threads: Positive = 2
    """CPU threads a process."""
    rows_per_step: Positive = 8
    """Rows in a step over all processes."""
    micro_batch_rows: Positive = 8
    """Rows that one process takes through the model at once: fewer need less memory."""
    activation_checkpointing: bool = False
    """Recompute each layer in the backward pass instead of keeping its activations: about a third more time, far less memory."""
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 3e-3
    min_learning_rate_share: Share = 0.1
    warmup_share: Share = 0.05
    weight_decay: Amount = 0.1
    betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (0.9, 0.95)
    clip_norm: Annotated[float, Field(gt=0)] = 1.0
    dtype: Literal["float32", "bfloat16"] = "float32"
    evaluations_per_phase: Positive = 4
    """After that of step 0. The rule stabilised goes by those of the second half, and by two at least."""
    checkpoints_per_phase: Count = 2
    tuning_epochs: Positive = 2
    """Epochs over the instruction rows for the tuned model."""
    tuning_max_steps: Positive = 60


class AblationConfig(Section):
    subsets: dict[str, Annotated[list[Group], Field(min_length=1)]] = {
        "all": ["non_medical_public", "medical_public", "medical_proprietary"],
        "medical": ["medical_public", "medical_proprietary"],
        "public": ["non_medical_public", "medical_public"],
    }
    tokens: Annotated[dict[str, Positive], Field(validate_default=True)] = 120_000  # type: ignore[assignment]
    """Subset → tokens that its model is trained on. A number is the budget of each."""

    @field_validator("tokens", mode="before")
    @classmethod
    def _one_budget_for_each(cls, tokens: Any, info: ValidationInfo) -> Any:
        return tokens if isinstance(tokens, dict) else dict.fromkeys(info.data.get("subsets", {}), tokens)

    @field_validator("tokens")
    @classmethod
    def _budgets_are_of_the_subsets(cls, tokens: dict[str, int], info: ValidationInfo) -> dict[str, int]:
        subsets = info.data.get("subsets", tokens)
        if unknown := sorted(tokens.keys() - subsets.keys()):
            raise ValueError(f"no subset is called {', '.join(unknown)}: give one of {', '.join(subsets)}")
        if missing := [s for s in subsets if s not in tokens]:
            raise ValueError(f"no budget for {', '.join(missing)}: give each subset one, or one number for all")
        return tokens


class EvaluationConfig(Section):
    limit: Positive | None = 64
    """Items a task and data set at most; None: all."""
    max_new_tokens: Positive = 96
    note_conversations: Count = 6
    benchmarks: dict[str, list[str]] = {}
    """Task name → files below the data folder. A task without files is reported as absent."""
    bootstrap_samples: Positive = 1000
