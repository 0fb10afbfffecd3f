"""The tokenizer: the one that the profile names, or a BPE trained on clean documents. Nothing is encoded here."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from heal_pipeline import artifacts, vocabulary
from heal_pipeline.code_version import code_version
from heal_pipeline.documents import document_text
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake, StageResult, Table
from heal_pipeline.profile import Profile, TokenizerConfig
from heal_pipeline.seeded import ranks
from heal_pipeline.tokens.encoder import Encoder
from heal_pipeline.vocabulary import TOKENIZER

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

BOS, EOS, PAD = "<s>", "</s>", "<pad>"
MIN_VOCABULARY = 256 + 3
"""Every byte, and the special tokens: a smaller vocabulary could not spell every text."""


def make_tokenizer(lake: Lake, profile: Profile) -> StageResult:
    """Commits models/tokenizer: a folder that `AutoTokenizer` loads, with bos, eos and pad known.

    Raises:
        UserError: the tokenizer that the profile names cannot be used, or there is no document to train one on.
    """
    config = profile.tokenizer
    inputs: list[Table] = []
    num_documents = 0
    if config.path is not None:
        tokenizer = _load(config)
    else:
        tables = _clean_tables(lake, profile)
        texts = training_texts(tables, config.training_documents, profile.seed)
        inputs = tables
        num_documents = len(texts)
        tokenizer = train(texts, config.vocab_size)
    with artifacts.stage(
        lake, TOKENIZER, inputs=inputs, code_version=code_version("tokens"), scheme=vocabulary.SCHEME
    ) as staged:
        tokenizer.save_pretrained(staged.path)
        metadata: dict[str, Any] = {
            "made_from": config.path or f"{num_documents} documents",
            "vocabulary": len(tokenizer),
            "bos": str(tokenizer.bos_token),
            "eos": str(tokenizer.eos_token),
            "pad": str(tokenizer.pad_token),
        }
        committed = staged.commit(metadata)
    metadata["fingerprint"] = committed.fingerprint
    return StageResult("tokenizer", num_documents, len(tokenizer), metadata=metadata, made="token types")


def _load(config: TokenizerConfig) -> "PreTrainedTokenizerBase":
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(config.path)
    except (OSError, ValueError) as error:
        raise UserError(
            f"tokenizer.path: {config.path} cannot be loaded ({str(error).splitlines()[0]}): give a Hugging Face folder or hub id"
        ) from None
    if not tokenizer.is_fast:
        raise UserError(f"tokenizer.path: {config.path} has no fast form (tokenizer.json): convert it, or give another")
    for name in ("bos", "eos"):
        if getattr(config, f"add_{name}") and getattr(tokenizer, f"{name}_token") is None:
            raise UserError(f"tokenizer.path: {config.path} has no {name} token: set tokenizer.add_{name} to false")
    if tokenizer.pad_token is None:
        # Padding is never attended to and never scored: a token of its own would only change the vocabulary's size.
        tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
    if tokenizer.pad_token is None:
        raise UserError(
            f"tokenizer.path: {config.path} has no pad, unk or eos token: give a tokenizer with one of them"
        )
    _require_no_text_is_special(config, tokenizer)
    return tokenizer


def _require_no_text_is_special(config: TokenizerConfig, tokenizer: "PreTrainedTokenizerBase") -> None:
    """Special tokens that words are spelt with cannot be told from text. Only the token for the unknown may be met: it stands
    for text."""
    encoder = Encoder(tokenizer.backend_tokenizer.to_str(), tokenizer.all_special_tokens)
    met_in_text = {str(tokenizer.unk_token)} - {str(tokenizer.bos_token), str(tokenizer.eos_token)}
    for token in sorted({*tokenizer.all_special_tokens} - met_in_text):
        number = tokenizer.convert_tokens_to_ids(token)
        if number in encoder.encode([token, f"a {token} b", f"a{token}b"]).ids:
            raise UserError(
                f"tokenizer.path: {config.path} has the special token {token!r}, which texts are made of as well: name one in its "
                "tokenizer_config.json that no text is spelt with"
            )


def _clean_tables(lake: Lake, profile: Profile) -> list[Table]:
    """The clean tables of all sources on all days present."""
    names = [entry.clean_table for entry in profile.sources]
    tables = [lake.table(name, day) for name in names for day in lake.days(name)]
    return [t for t in tables if t.committed()]


def training_texts(tables: list[Table], num_documents: int, seed: int) -> list[str]:
    """The texts of the documents that come first in the seeded order, in that order."""
    ids = sorted({i for t in tables for i in t.read(["doc_id"])["doc_id"].to_pylist()})
    order = np.argsort(ranks(ids, seed, "tokenizer training"), kind="stable")[:num_documents]
    place = {ids[i]: n for n, i in enumerate(order.tolist())}
    texts: dict[int, str] = {}
    for table in tables:
        for id_, segments in _documents(table, place):
            texts.setdefault(place[id_], document_text(segments))
    if not texts:
        raise UserError(
            "there is no clean document to train a tokenizer on: run the sources first, or set tokenizer.path"
        )
    return [texts[n] for n in sorted(texts)]


def _documents(table: Table, wanted: dict[str, int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    import pyarrow.parquet as pq

    for file in table.files():
        for batch in pq.ParquetFile(file).iter_batches(batch_size=512, columns=["doc_id", "segments"]):
            for i, id_ in enumerate(batch["doc_id"].to_pylist()):
                if id_ in wanted:
                    yield id_, batch["segments"][i].as_py()


def train(texts: list[str], vocab_size: int) -> "PreTrainedTokenizerBase":
    """A byte-level BPE: every text can be spelt, so that no unknown token is needed. Digits stand alone, as in Llama:
    a dose is then never a token that was seen a few times only."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    if vocab_size < MIN_VOCABULARY:
        raise UserError(f"tokenizer.vocab_size is {vocab_size}: set it to at least {MIN_VOCABULARY}")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\d"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[BOS, EOS, PAD],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer, length=len(texts))
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=BOS, eos_token=EOS, pad_token=PAD, clean_up_tokenization_spaces=False
    )
