"""What a tokenizer says of token ids: how many there are, which are special, and the scheme of tokens made with the
committed one. Encoding text is not done here."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import TokenizerConfig

TOKENIZER = "models/tokenizer"
SCHEME = "tokenizer/v1"


@dataclass(frozen=True)
class Vocabulary:
    """The ids of a tokenizer.

    Attributes:
        fingerprint: of the tokenizer's artifact.
        size: the largest id and one.
        bos, eos, pad: ids; None where the tokenizer has no such token.
    """

    fingerprint: str
    size: int
    bos: int | None
    eos: int | None
    pad: int

    def scheme(self, config: TokenizerConfig) -> str:
        """The scheme of tokens: of which tokenizer, and what stands around a document."""
        around = ("+bos" if config.add_bos else "") + ("+eos" if config.add_eos else "")
        return f"tokens/v2:{self.fingerprint}{around}"


def read(lake: Lake) -> Vocabulary:
    """The ids of models/tokenizer.

    Raises:
        GateError: it has not been committed.
    """
    fingerprint = artifacts.manifest(lake, TOKENIZER, SCHEME).fingerprint
    folder = artifacts.content(lake, TOKENIZER)
    ids = special_token_ids(folder)
    pad = ids["pad_token_id"]
    assert pad is not None, "no tokenizer is committed without one"
    return Vocabulary(fingerprint, vocabulary_size(folder), ids["bos_token_id"], ids["eos_token_id"], pad)


def vocabulary_size(tokenizer: Path) -> int:
    """The number of ids that a tokenizer folder can give: its largest id and one.

    Raises:
        UserError: there is no tokenizer.json in it.
    """
    from tokenizers import Tokenizer

    if not (tokenizer / "tokenizer.json").exists():
        raise UserError(
            f"{tokenizer} holds no tokenizer.json: convert the tokenizer to the fast form and rematerialise it"
        )
    return max(Tokenizer.from_file(str(tokenizer / "tokenizer.json")).get_vocab(with_added_tokens=True).values()) + 1


def special_token_ids(tokenizer: Path) -> dict[str, int | None]:
    """bos_token_id, eos_token_id and pad_token_id of a tokenizer folder; None where it names none."""
    from tokenizers import Tokenizer

    fast = Tokenizer.from_file(str(tokenizer / "tokenizer.json"))
    names: dict[str, Any] = {}
    for file in ("special_tokens_map.json", "tokenizer_config.json"):
        if (tokenizer / file).exists():
            names |= json.loads((tokenizer / file).read_text())
    ids: dict[str, int | None] = {}
    for kind in ("bos_token", "eos_token", "pad_token"):
        token = names.get(kind)
        token = token.get("content") if isinstance(token, dict) else token
        ids[f"{kind}_id"] = fast.token_to_id(token) if token else None
    return ids
