"""What the committed tokenizer says of token ids: how many there are, which are special, and the scheme of tokens made
with it. Encoding text is not done here."""

import json
from dataclasses import dataclass

from heal_pipeline import artifacts
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
        return f"tokens/v1:{self.fingerprint}{around}"


def read(lake: Lake) -> Vocabulary:
    """The ids of models/tokenizer.

    Raises:
        GateError: it has not been committed.
    """
    fingerprint = artifacts.manifest(lake, TOKENIZER, SCHEME).fingerprint
    folder = artifacts.content(lake, TOKENIZER)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    config = json.loads((folder / "tokenizer_config.json").read_text())
    vocabulary = tokenizer["model"]["vocab"]
    if isinstance(vocabulary, list):  # Unigram: [token, score] in the order of ids
        vocabulary = {token: i for i, (token, _) in enumerate(vocabulary)}
    ids: dict[str, int] = {**vocabulary, **{t["content"]: t["id"] for t in tokenizer["added_tokens"]}}

    def special(name: str) -> int | None:
        token = config.get(name)
        return ids.get(token["content"] if isinstance(token, dict) else token)

    pad = special("pad_token")
    assert pad is not None, "no tokenizer is committed without one"
    return Vocabulary(fingerprint, max(ids.values()) + 1, special("bos_token"), special("eos_token"), pad)
