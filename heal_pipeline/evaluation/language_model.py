"""The models that evaluation compares: a checkpoint with its own tokenizer, and what reading and writing text needs.

How they score and write is in scoring.py and generation.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heal_pipeline import artifacts
from heal_pipeline.lake import Lake
from heal_pipeline.modeling.load import load
from heal_pipeline.profile import Profile
from heal_pipeline.vocabulary import special_token_ids, special_tokens, text_tokenizer, vocabulary_size

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

COMPARED = {"base": "models/base_model", "pretrained": "models/pretrained_model", "tuned": "models/tuned_model"}
"""The models of every table, in its order: where training began, after the phases, after tuning."""

CONTEXT_WITHOUT_LIMIT = 2048
"""For a model whose configuration names no longest input."""


@dataclass(frozen=True)
class LanguageModel:
    """A causal language model and its tokenizer.

    Attributes:
        bos: what every text starts with; None where the tokenizer has no such token.
        ends: the tokens after which a text is over.
        pad: fills up rows; masked wherever it stands.
        context: the longest input, in tokens.
    """

    name: str
    model: "PreTrainedModel"
    tokenizer: "Tokenizer"
    bos: int | None
    ends: frozenset[int]
    pad: int
    context: int

    @property
    def device(self) -> "torch.device":
        return self.model.device  # type: ignore[no-any-return]

    def start(self) -> list[int]:
        """The tokens that every text starts with."""
        return [] if self.bos is None else [self.bos]

    def encode(self, texts: list[str]) -> list[list[int]]:
        """The tokens of each text, without those that `start` gives."""
        return [e.ids for e in self.tokenizer.encode_batch(texts, add_special_tokens=False)]

    def decode(self, ids: list[int]) -> str:
        return self.tokenizer.decode(ids, skip_special_tokens=True).strip()


def load_model(path: str | Path, name: str = "", *, add_bos: bool = True, threads: int | None = None) -> LanguageModel:
    """Loads a checkpoint folder for scoring and writing, on a GPU where there is one.

    Args:
        name: what its rows are called; where it is not given, the model's own name, by its folder.
        add_bos: as the tokenizer's setting in the profile: whether texts start with the token for it.
        threads: CPU threads; as they are where it is not given.

    Raises:
        UserError: the folder is no checkpoint, or has no tokenizer in it.
    """
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = Path(path)
    vocabulary_size(folder)
    if threads:
        torch.set_num_threads(threads)
    on_gpu = torch.cuda.is_available()
    model: Any = load(folder, attention="sdpa", dtype="bfloat16" if on_gpu else "float32")
    model = model.to("cuda") if on_gpu else model
    # What looks like a special token in a text is text, as in the training data.
    tokenizer = text_tokenizer((folder / "tokenizer.json").read_text(encoding="utf-8"), special_tokens(folder))
    ids = special_token_ids(folder)
    ends = _ends(model, ids["eos_token_id"])
    pad = ids["pad_token_id"] if ids["pad_token_id"] is not None else min(ends, default=0)
    context = getattr(model.config, "max_position_embeddings", None) or CONTEXT_WITHOUT_LIMIT
    bos = ids["bos_token_id"] if add_bos else None
    return LanguageModel(name or _own_name(folder), model, tokenizer, bos, ends, pad, int(context))


def _own_name(folder: Path) -> str:
    """The name of the folder; of `models/NAME/content-…/hf`, as this pipeline writes them, NAME."""
    return next(p for p in reversed(folder.resolve().parts) if p != "hf" and not p.startswith("content-"))


def _ends(model: Any, eos: int | None) -> frozenset[int]:
    """The tokenizer's end of text, and those that the checkpoint's settings for writing add (several in chat models)."""
    configured = getattr(model.generation_config, "eos_token_id", None)
    several = configured if isinstance(configured, list) else [configured]
    return frozenset(i for i in [eos, *several] if i is not None)


def compared_models(lake: Lake, profile: Profile) -> Iterator[LanguageModel]:
    """The models of a table, one at a time, so that only one is in memory.

    Raises:
        GateError: one of them has not been committed.
    """
    for name, artifact in COMPARED.items():
        folder = artifacts.content(lake, artifact) / "hf"
        yield load_model(folder, name, add_bos=profile.tokenizer.add_bos, threads=profile.training.threads)


def fingerprints(lake: Lake) -> dict[str, str]:
    """Name → fingerprint of each compared model, for the record of what was measured."""
    return {name: artifacts.manifest(lake, artifact).fingerprint for name, artifact in COMPARED.items()}
