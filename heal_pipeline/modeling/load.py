"""Makes the base model of a run and loads checkpoints. A checkpoint is a Hugging Face folder with its tokenizer in it."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from heal_pipeline import artifacts
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import ModelConfig, Profile
from heal_pipeline.vocabulary import TOKENIZER, special_token_ids, vocabulary_size

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel

BASE_MODEL = "models/base_model"

Attention = Literal["packed", "sdpa", "eager"]


def load(path: str | Path, attention: Attention = "packed", dtype: str = "float32") -> "PreTrainedModel":
    """Loads a causal language model onto the CPU, in evaluation mode.

    Args:
        path: a checkpoint folder, or a hub id.
        attention: "packed" for rows of several documents, with their boundaries passed at every call; "sdpa" for generation.
        dtype: of the weights: "float32" or "bfloat16".

    Raises:
        UserError: there is no checkpoint there, it is none of a causal language model, or weights are missing from it.
    """
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM

    from heal_pipeline.modeling import attention as packed

    without_bars()
    if Path(path).is_absolute() and not Path(path).is_dir():
        raise UserError(f"there is no checkpoint folder {path}: give a Hugging Face folder or hub id")
    if attention == packed.NAME:
        packed.register()
    try:
        loaded: Any = AutoModelForCausalLM.from_pretrained(
            str(path), dtype=getattr(torch, dtype), attn_implementation=attention, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, SafetensorError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise UserError(
            f"{path} is no checkpoint of a causal language model ({reason}): give a Hugging Face folder or hub id"
        ) from None
    model, report = loaded
    if missing := sorted(report["missing_keys"]):
        # transformers warns and goes on with random weights.
        raise UserError(
            f"{path} lacks {len(missing)} weights of its {type(model).__name__}, {missing[0]} first: give a whole checkpoint"
        )
    return model.eval()  # type: ignore[no-any-return]


def without_bars() -> None:
    """Lets transformers load and write without its progress bars, in this process from now on: a log is not a terminal."""
    from transformers.utils import logging

    logging.disable_progress_bar()


def make_base_model(lake: Lake, profile: Profile) -> StageResult:
    """Commits the model that pretraining starts from, with the tokenizer, as `models/base_model/…/hf`.

    It is the checkpoint that the profile names, or a Llama of the profile's geometry with seeded random weights. Equal
    inputs give equal bytes.

    Raises:
        UserError: the checkpoint cannot be read, or has fewer tokens than the tokenizer.
    """
    tokenizer = artifacts.content(lake, TOKENIZER)
    settings = profile.model
    vocabulary = vocabulary_size(tokenizer)
    with artifacts.stage(
        lake,
        BASE_MODEL,
        inputs={TOKENIZER: artifacts.manifest(lake, TOKENIZER).fingerprint},
        code_version=code_version("base_model"),
        scheme="hf/v1",
    ) as staged:
        hf = staged.path / "hf"
        if settings.path is None:
            model = _random_llama(settings, vocabulary, tokenizer, profile)
        else:
            model = load(settings.path, attention="sdpa")
            if model.config.vocab_size < vocabulary:
                raise UserError(
                    f"{settings.path} has {model.config.vocab_size} tokens and the tokenizer {vocabulary}: set tokenizer.path to the model's own tokenizer"
                )
        interpolate_positions(model.config, settings.rope_factor)
        without_bars()
        model.save_pretrained(hf)
        copy_tokenizer(tokenizer, hf)
        parameters = sum(p.numel() for p in model.parameters())
        metadata: dict[str, Any] = {
            "architecture": type(model).__name__,
            "source": settings.path or "random weights",
            "parameters": parameters,
            "vocabulary": int(model.config.vocab_size),
            "context": int(model.config.max_position_embeddings),
            "rope_factor": settings.rope_factor,
        }
        committed = staged.commit(metadata)
    metadata["fingerprint"] = committed.fingerprint
    return StageResult("base_model", 0, parameters, metadata=metadata, made="parameters")


def copy_tokenizer(source: Path, target: Path) -> None:
    """Puts a tokenizer's files beside a model's, and leaves the model's own files as they are."""
    for path in sorted(source.iterdir()):
        if path.is_file() and path.name not in ("config.json", "generation_config.json"):
            shutil.copyfile(path, target / path.name)


def interpolate_positions(config: "PretrainedConfig", factor: float) -> None:
    """Linear position interpolation (Chen et al. 2023, arXiv 2306.15595): position p is read as p / factor.

    Args:
        config: changed in place; its context grows by the factor.

    Raises:
        UserError: the model has no rotary positions, or already scales them in another way.
    """
    if factor == 1.0:
        return
    rope = getattr(config, "rope_parameters", None)
    if not isinstance(rope, dict) or "rope_type" not in rope:
        raise UserError("model.rope_factor is set, and the model has no plain rotary positions: set it to 1.0")
    if rope["rope_type"] not in ("default", "linear"):
        raise UserError(
            f"model.rope_factor is set, and the model scales its positions by {rope['rope_type']!r}: set it to 1.0"
        )
    config.rope_parameters = {**rope, "rope_type": "linear", "factor": factor * rope.get("factor", 1.0)}
    config.max_position_embeddings = round(config.max_position_embeddings * factor)


def _random_llama(settings: ModelConfig, vocabulary: int, tokenizer: Path, profile: Profile) -> "PreTrainedModel":
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    special: dict[str, Any] = special_token_ids(tokenizer)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=settings.hidden_size,
        intermediate_size=settings.intermediate_size,
        num_hidden_layers=settings.num_layers,
        num_attention_heads=settings.num_heads,
        num_key_value_heads=settings.num_key_value_heads,
        # What the profile asks for is the context after interpolation.
        max_position_embeddings=max(1, round(profile.packing.max_length / settings.rope_factor)),
        **special,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(profile.seed)
        return LlamaForCausalLM(config)
