"""A tokenizer, rows and checkpoints small enough to be made in a test. There are no tests here."""

from pathlib import Path
from typing import Any

import numpy as np

from heal_pipeline import artifacts
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile
from heal_pipeline.vocabulary import TOKENIZER

VOCABULARY = 96
SPECIAL = ("<s>", "</s>", "<pad>")
GEOMETRY = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_layers": 2,
    "num_heads": 4,
    "num_key_value_heads": 2,
}


def tiny_profile(**sections: Any) -> Profile:
    """A profile of the tiny geometry; `sections` are merged over it, section by section."""
    source = {
        "name": "texts",
        "reader": "text",
        "group": "medical_public",
        "kind": "text",
        "licence": "none",
        "owner": "team:tests",
    }
    values: dict[str, Any] = {
        "name": "tiny",
        "days": ["2024-01-01"],
        "sources": [source, {**source, "name": "notes"}],
        "model": dict(GEOMETRY),
        "packing": {"max_length": 64},
    }
    for name, section in sections.items():
        values[name] = {**values.get(name, {}), **section}
    return Profile.model_validate(values)


def write_tokenizer(folder: Path, vocabulary: int = VOCABULARY) -> Path:
    """A word-level tokenizer with beginning, end and padding tokens."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = [*SPECIAL, *(f"w{i}" for i in range(vocabulary - len(SPECIAL)))]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="w0"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    bos, eos, pad = SPECIAL
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=bos, eos_token=eos, pad_token=pad)
    fast.save_pretrained(folder)
    return folder


def commit_tokenizer(lake: Lake) -> None:
    """Commits that tokenizer as `models/tokenizer`."""
    with artifacts.stage(lake, TOKENIZER) as staged:
        write_tokenizer(staged.path)
        staged.commit()


def write_checkpoint(folder: Path, seed: int = 1, **changes: Any) -> Path:
    """A Llama with random weights, grouped queries and a tokenizer, as a Hugging Face folder."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    values = {
        "vocab_size": VOCABULARY,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
        "initializer_range": 0.3,  # large, so that a leak between documents would be seen
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 2,
    }
    torch.manual_seed(seed)
    LlamaForCausalLM(LlamaConfig(**{**values, **changes})).save_pretrained(folder)
    return write_tokenizer(folder)


def packed_rows(lengths: list[list[int]], width: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Rows of random documents of these lengths, padded to `width`, with about half of the tokens scored."""
    random = np.random.default_rng(seed)
    ids = np.full((len(lengths), width), 2, dtype=np.int64)
    documents = np.full((len(lengths), width), -1, dtype=np.int32)
    mask = np.zeros((len(lengths), width), dtype=bool)
    for row, parts in enumerate(lengths):
        start = 0
        for number, length in enumerate(parts):
            place = slice(start, start + length)
            ids[row, place] = random.integers(len(SPECIAL), VOCABULARY, length)
            documents[row, place] = number
            mask[row, place] = random.random(length) < 0.5
            start += length
        assert start <= width
    return {"input_ids": ids, "loss_mask": mask, "document_ids": documents}


class Rows:
    """Rows held in memory, read as a shard is."""

    def __init__(self, rows: dict[str, np.ndarray]) -> None:
        self.values = rows

    @property
    def num_rows(self) -> int:
        return len(self.values["input_ids"])

    def rows(self, indices: list[int]) -> dict[str, np.ndarray]:
        return {name: value[indices] for name, value in self.values.items()}
