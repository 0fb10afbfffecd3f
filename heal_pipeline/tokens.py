"""The tokenizer, and the tokens of a day: ids, loss mask, sentences. Rows and shards are not made here.

1. `make_tokenizer` commits a Hugging Face tokenizer: the one the profile names, or a BPE trained on clean documents.
2. `tokenize_day` encodes the clean documents of all sources on a day in one Spark pass.

The loss mask comes from the documents' scored segments and from nothing else. What looks like a special token in a text
is encoded as the ordinary characters that it is.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from heal_pipeline import artifacts, vocabulary
from heal_pipeline.code_version import code_version
from heal_pipeline.documents import SEGMENT_SEPARATOR, document_text
from heal_pipeline.errors import UserError, class_alone
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import Profile, TokenizerConfig
from heal_pipeline.seeded import ranks
from heal_pipeline.spark import Batches
from heal_pipeline.text.sentence_hashes import hash_sentences
from heal_pipeline.text.sentences import sentence_spans
from heal_pipeline.vocabulary import TOKENIZER

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession
    from tokenizers import Encoding, Tokenizer
    from transformers import PreTrainedTokenizerBase

BOS, EOS, PAD = "<s>", "</s>", "<pad>"
MIN_VOCABULARY = 256 + 3
"""Every byte, and the special tokens: a smaller vocabulary could not spell every text."""
CHUNK_CHARACTERS = 2_000_000
"""Text that is encoded at once: bounds the memory of a task, whatever the documents' lengths."""

TOKENIZED_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("unit", pa.string(), nullable=False),  # subject_id where there is one, else doc_id
        pa.field("num_tokens", pa.int32(), nullable=False),
        pa.field("num_characters", pa.int32(), nullable=False),
        pa.field("tokens", pa.list_(pa.int32()), nullable=False),
        pa.field("scored", pa.list_(pa.bool_()), nullable=False),
        # One a sentence of the text: its first token, its characters and words, the hash of its words.
        pa.field("sentence_starts", pa.list_(pa.int32()), nullable=False),
        pa.field("sentence_characters", pa.list_(pa.int32()), nullable=False),
        pa.field("sentence_words", pa.list_(pa.int32()), nullable=False),
        pa.field("sentence_hashes", pa.list_(pa.int64()), nullable=False),  # the bits of uint64: Spark has no unsigned
    ]
)


@dataclass(frozen=True)
class Encoded:
    """A document in tokens: ids int32[n], scored bool[n], and of each sentence sentence_starts, sentence_characters,
    sentence_words int32[num_sentences] and sentence_hashes int64[num_sentences], all of equal meaning to the columns of
    tokenized@day."""

    tokens: np.ndarray
    scored: np.ndarray
    sentence_starts: np.ndarray
    sentence_characters: np.ndarray
    sentence_words: np.ndarray
    sentence_hashes: np.ndarray


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
        texts = _training_texts(tables, config.training_documents, profile.seed)
        inputs = tables
        num_documents = len(texts)
        tokenizer = _train(texts, config.vocab_size)
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


def tokenize_day(spark: "SparkSession", lake: Lake, profile: Profile, day: str, validate: Validator) -> StageResult:
    """Encodes the clean documents of all sources on a day into tokenized@day.

    Raises:
        GateError: a source's clean table of the day, or the tokenizer, has not been committed.
        GateFailedError: a document was lost, or the suite "tokenized" did not pass.
    """
    from heal_pipeline.spark import map_batches, write_parquet

    tables = [lake.table(entry.clean_table, day) for entry in profile.sources]
    filled = [t for t in tables if t.manifest().rows]
    num_documents = sum(t.manifest().rows for t in filled)
    config, ids = profile.tokenizer, vocabulary.read(lake)
    special = (ids.bos if config.add_bos else None, ids.eos if config.add_eos else None)
    table = lake.table("tokenized", day)
    inputs: list[Table | tuple[str, str]] = [*tables, (TOKENIZER, ids.fingerprint)]
    with lake.stage(table, inputs=inputs, code_version=code_version("tokens"), scheme=ids.scheme(config)) as staged:
        if filled:
            files = [file for t in filled for file in t.files()]
            columns = ["doc_id", "source", "kind", "subject_id", "segments"]
            frame = spark.read.parquet(*files).select(*columns)
            task = _tokenizing((artifacts.content(lake, TOKENIZER) / "tokenizer.json").read_text(), *special)
            write_parquet(map_batches(frame, task, TOKENIZED_SCHEMA), staged.path, TOKENIZED_SCHEMA)
        else:
            staged.write(TOKENIZED_SCHEMA.empty_table())
        summary = _summary(staged)
        conserved = len(summary) == num_documents
        staged.gate(Verdict("rows_conserved", conserved, [{"rows_in": num_documents, "rows_out": len(summary)}]))
        staged.gate(validate("tokenized", summary))
        totals = {c: int(summary[c].sum()) for c in ("num_tokens", "num_scored", "num_characters", "num_sentences")}
        metadata: dict[str, Any] = {
            "tokens": totals["num_tokens"],
            "scored_tokens": totals["num_scored"],
            "characters": totals["num_characters"],
            "sentences": totals["num_sentences"],
            "characters_per_token": round(totals["num_characters"] / max(1, totals["num_tokens"]), 3),
        }
        manifest = staged.commit(metadata)
    by_source = summary.groupby("source")[["num_tokens", "num_scored", "num_characters"]].sum()
    documents = summary.groupby("source").size()
    rows = [
        {"source": s, "documents": int(documents[s]), **{c: int(v) for c, v in by_source.loc[s].items()}}
        for s in by_source.index
    ]
    return StageResult("tokenized", num_documents, manifest.rows, manifest, metadata, {"tokens_by_source": rows})


def encoder_of(tokenizer_json: str) -> "Tokenizer":
    """A `tokenizers` encoder of a tokenizer.json that takes special tokens in texts for what they are: text."""
    from tokenizers import Tokenizer

    encoder = Tokenizer.from_str(tokenizer_json)
    encoder.no_truncation()
    encoder.no_padding()
    encoder.encode_special_tokens = True
    return encoder


def encode(
    encoder: "Tokenizer", documents: list[list[dict[str, Any]]], bos: int | None, eos: int | None
) -> list[Encoded]:
    """Encodes documents, given as their segments ({text, scored}).

    Args:
        encoder: from `encoder_of`.
        bos, eos: ids that stand before and after each document; None: nothing does.
    """
    texts = [document_text(segments) for segments in documents]
    encodings = encoder.encode_batch(texts, add_special_tokens=False)
    return [_encoded(*each, bos, eos) for each in zip(encodings, documents, _sentences(texts), strict=True)]


def _sentences(texts: list[str]) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Of each text, its sentences' spans int32[num_sentences, 2], numbers of words int32 and hashes int64."""
    spans = [sentence_spans(text) for text in texts]
    hashes, num_words = hash_sentences(
        [text[start:end] for text, own in zip(texts, spans, strict=True) for start, end in own]
    )
    first = 0
    for own in spans:
        here = slice(first, first := first + len(own))
        yield (
            np.array(own, dtype=np.int32).reshape(-1, 2),
            num_words[here].astype(np.int32),
            hashes[here].view(np.int64),
        )


def _encoded(
    encoding: "Encoding",
    segments: list[dict[str, Any]],
    sentences: tuple[np.ndarray, np.ndarray, np.ndarray],
    bos: int | None,
    eos: int | None,
) -> Encoded:
    """A token belongs to the segment of its first character, a separator to the segment before it. BOS is given, never
    predicted; EOS is what ends the last segment, so that a model learns to stop. A sentence begins with the token that
    holds its first character, since a token often takes the blank before its word along."""
    starts, ends = np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2).T
    lengths = np.array([len(s["text"]) + len(SEGMENT_SEPARATOR) for s in segments])
    segment_of = np.searchsorted(np.cumsum(lengths) - lengths, starts, side="right") - 1
    flags = np.array([s["scored"] for s in segments], dtype=bool)
    before = [] if bos is None else [bos]
    after = [] if eos is None else [eos]
    spans, num_words, hashes = sentences
    first_tokens = np.searchsorted(ends, spans[:, 0], side="right") + len(before)
    first_tokens[:1] = 0
    return Encoded(
        np.array([*before, *encoding.ids, *after], dtype=np.int32),
        np.concatenate([np.zeros(len(before), bool), flags[segment_of], np.full(len(after), flags[-1])]),
        first_tokens.astype(np.int32),
        spans[:, 1] - spans[:, 0],
        num_words,
        hashes,
    )


def _tokenizing(tokenizer_json: str, bos: int | None, eos: int | None) -> Callable[[Batches], Batches]:
    """The task that encodes batches of documents. The tokenizer travels in the closure."""

    def tokenize(batches: Batches) -> Batches:
        os.environ["TOKENIZERS_PARALLELISM"] = "false"
        with class_alone("tokenizing"):
            encoder = _encoder_in_worker(tokenizer_json)
            for batch in batches:
                for rows in _chunks(batch.to_pylist()):
                    yield _record_batch(rows, encode(encoder, [r["segments"] for r in rows], bos, eos))

    return tokenize


@cache
def _encoder_in_worker(tokenizer_json: str) -> "Tokenizer":
    """Workers outlive tasks: each builds the tokenizer once."""
    return encoder_of(tokenizer_json)


def _chunks(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += sum(len(s["text"]) for s in row["segments"])
        if size >= CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _record_batch(rows: list[dict[str, Any]], encoded: list[Encoded]) -> pa.RecordBatch:
    def lists(values: list[np.ndarray], kind: pa.DataType) -> pa.ListArray:
        offsets = np.concatenate([[0], np.cumsum([len(v) for v in values])]).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.concatenate(values), kind))

    columns = [
        pa.array([r["doc_id"] for r in rows], pa.string()),
        pa.array([r["source"] for r in rows], pa.string()),
        pa.array([r["kind"] for r in rows], pa.string()),
        pa.array([r["subject_id"] or r["doc_id"] for r in rows], pa.string()),
        pa.array([len(e.tokens) for e in encoded], pa.int32()),
        pa.array([len(document_text(r["segments"])) for r in rows], pa.int32()),
        lists([e.tokens for e in encoded], pa.int32()),
        lists([e.scored for e in encoded], pa.bool_()),
        lists([e.sentence_starts for e in encoded], pa.int32()),
        lists([e.sentence_characters for e in encoded], pa.int32()),
        lists([e.sentence_words for e in encoded], pa.int32()),
        lists([e.sentence_hashes for e in encoded], pa.int64()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=TOKENIZED_SCHEMA)


def _summary(staged: Staged) -> "pd.DataFrame":
    """The staged rows as numbers, for the gates: no tokens."""
    import pandas as pd
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    small = ["doc_id", "source", "kind", "unit", "num_tokens", "num_characters"]
    frames = []
    for file in staged.files():
        for batch in pq.ParquetFile(file).iter_batches(batch_size=1024, columns=[*small, "scored", "sentence_starts"]):
            frame = batch.select(small).to_pandas()
            lengths = pc.list_value_length(batch["scored"]).to_numpy(zero_copy_only=False)
            running = np.concatenate([[0], np.cumsum(pc.list_flatten(batch["scored"]).to_numpy(zero_copy_only=False))])
            ends = np.cumsum(lengths)
            frame["num_scored"] = running[ends] - running[ends - lengths]
            frame["num_sentences"] = pc.list_value_length(batch["sentence_starts"]).to_numpy(zero_copy_only=False)
            frames.append(frame)
    columns = [*small, "num_scored", "num_sentences"]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame({c: [] for c in columns})


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
    return tokenizer


def _clean_tables(lake: Lake, profile: Profile) -> list[Table]:
    """The clean tables of all sources on all days present."""
    names = [entry.clean_table for entry in profile.sources]
    tables = [lake.table(name, day) for name in names for day in lake.days(name)]
    return [t for t in tables if t.committed()]


def _training_texts(tables: list[Table], num_documents: int, seed: int) -> list[str]:
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


def _train(texts: list[str], vocab_size: int) -> "PreTrainedTokenizerBase":
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
