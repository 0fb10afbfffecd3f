"""What a tokenizer says of token ids: how many there are, which are special and how texts are kept apart from these, and the
scheme of tokens made with the committed one. Encoding text is not done here."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heal_pipeline import artifacts
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake
from heal_pipeline.profile import TokenizerConfig

if TYPE_CHECKING:
    from tokenizers import Tokenizer

TOKENIZER = "models/tokenizer"
SCHEME = "tokenizer/v1"
_CONTROL = re.compile(r"<[|｜].+[|｜]>")
"""Tokens of chat and code models that look so steer, though some tokenizers do not call them special."""
_IN_NO_TEXT = "\U0010ffff"
"""A noncharacter: Unicode promises that it will never be a sign."""


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
        return f"tokens/v3:{self.fingerprint}{around}"


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

    fast, settings = Tokenizer.from_file(str(tokenizer / "tokenizer.json")), _settings(tokenizer)
    names = {kind: _content(settings.get(kind)) for kind in ("bos_token", "eos_token", "pad_token")}
    return {f"{kind}_id": fast.token_to_id(name) if name else None for kind, name in names.items()}


def special_tokens(tokenizer: Path) -> set[str]:
    """The special tokens that the settings of a tokenizer folder name; its tokenizer.json may mark others."""
    settings = _settings(tokenizer)
    named = [token for kind, token in settings.items() if kind.endswith("_token")]
    for kind in ("additional_special_tokens", "extra_special_tokens"):
        several = settings.get(kind) or ()
        named += several.values() if isinstance(several, dict) else several
    named += [token for token in settings.get("added_tokens_decoder", {}).values() if token.get("special")]
    return {content for token in named if (content := _content(token))}


def text_tokenizer(tokenizer_json: str, special: Iterable[str]) -> "Tokenizer":
    """A copy of a tokenizer to which the names of special tokens are text. It gives every other text the same ids.

    Models look for words in their vocabulary, where special tokens may stand as well: there these get names that are in no text.
    A name that words are spelt with (one sign, or made by merges) stays.

    Args:
        tokenizer_json: of a Hugging Face tokenizer.
        special: tokens that are special, though tokenizer_json may not say so.
    """
    from tokenizers import Tokenizer

    spec = json.loads(tokenizer_json)
    model, added = spec["model"], spec.get("added_tokens") or []
    names = {*special, *(t["content"] for t in added if t["special"] or _CONTROL.fullmatch(t["content"]))}
    hidden = {name: f"{_IN_NO_TEXT}{i}" for i, name in enumerate(sorted(names - _spelt_with(model, names)))}
    _rename(model, hidden)
    for token in added:
        if token["content"] in names:
            token |= {"content": hidden.get(token["content"], token["content"]), "special": True}
    tokenizer = Tokenizer.from_str(json.dumps(spec))
    tokenizer.add_special_tokens([name for name in hidden.values() if tokenizer.token_to_id(name) is not None])
    tokenizer.encode_special_tokens = True
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def _rename(model: dict[str, Any], names: dict[str, str]) -> None:
    """Gives words of a model's vocabulary other names; their ids stay."""
    if isinstance(model["vocab"], list):
        model["vocab"] = [[names.get(piece, piece), score] for piece, score in model["vocab"]]
    else:
        model["vocab"] = {names.get(word, word): id_ for word, id_ in model["vocab"].items()}
    if "unk_token" in model:
        model["unk_token"] = names.get(model["unk_token"], model["unk_token"])


def _spelt_with(model: dict[str, Any], names: set[str]) -> set[str]:
    """Those of the names that a model needs in order to spell words."""
    merges = model.get("merges") or ()
    merged = {"".join(merge) if isinstance(merge, list) else merge.replace(" ", "", 1) for merge in merges}
    return {name for name in names if len(name) == 1 or name in merged}


def _settings(tokenizer: Path) -> dict[str, Any]:
    """What the files beside a tokenizer.json say."""
    settings: dict[str, Any] = {}
    for file in ("special_tokens_map.json", "tokenizer_config.json"):
        if (tokenizer / file).exists():
            settings |= json.loads((tokenizer / file).read_text(encoding="utf-8"))
    return settings


def _content(token: Any) -> str | None:
    """The text of a token, as settings write it: as it is, or with how it is looked for."""
    content = token.get("content") if isinstance(token, dict) else token
    return content if isinstance(content, str) else None
