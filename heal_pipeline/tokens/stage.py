"""The stage tokenized: the tokens of a day's clean documents, all sources in one pass."""

import os
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import artifacts, vocabulary
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import class_alone
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.pieces import Piece, batches_of, pieces_of, write_rows
from heal_pipeline.profile import Profile
from heal_pipeline.tokens.encoder import Encoder
from heal_pipeline.tokens.encoding import EncodedBatch, encode
from heal_pipeline.vocabulary import TOKENIZER

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

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


def tokenize_day(spark: "SparkSession", lake: Lake, profile: Profile, day: str, validate: Validator) -> StageResult:
    """Encodes the clean documents of all sources on a day into tokenized@day.

    Raises:
        GateError: a source's clean table of the day, or the tokenizer, has not been committed.
        GateFailedError: a document was lost, or the suite "tokenized" did not pass.
    """
    from heal_pipeline.spark import run_tasks

    tables = [lake.table(entry.clean_table, day) for entry in profile.sources]
    num_documents = sum(t.manifest().rows for t in tables)
    config, ids = profile.tokenizer, vocabulary.read(lake)
    special = (ids.bos if config.add_bos else None, ids.eos if config.add_eos else None)
    table = lake.table("tokenized", day)
    inputs: list[Table | tuple[str, str]] = [*tables, (TOKENIZER, ids.fingerprint)]
    with lake.stage(table, inputs=inputs, code_version=code_version("tokens"), scheme=ids.scheme(config)) as staged:
        staged.path.mkdir()
        pieces = pieces_of([file for t in tables for file in t.files()])
        task = partial(_encode_piece, staged.path, artifacts.content(lake, TOKENIZER), *special)
        run_tasks(spark, task, list(enumerate(pieces)))
        if not staged.files():
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


def _encode_piece(folder: Path, tokenizer: Path, bos: int | None, eos: int | None, number: int, piece: Piece) -> None:
    """Writes the tokens of a piece of clean tables, as the file of its number."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    with class_alone("tokenizing"):
        rows = _encoded(piece, _encoder_in_worker(tokenizer), bos, eos)
        write_rows(folder / f"part-{number:05d}.parquet", TOKENIZED_SCHEMA, rows)


@cache
def _encoder_in_worker(tokenizer: Path) -> Encoder:
    """Workers outlive tasks: each builds the encoder once, and keeps the words that it has met. The path names the content."""
    return Encoder((tokenizer / "tokenizer.json").read_text(encoding="utf-8"), vocabulary.special_tokens(tokenizer))


def _encoded(piece: Piece, encoder: Encoder, bos: int | None, eos: int | None) -> Iterator[pa.RecordBatch]:
    for batch in batches_of(piece, ["doc_id", "source", "kind", "subject_id", "segments"]):
        found = encode(encoder, batch, bos, eos)
        units = pc.coalesce(batch.column("subject_id"), batch.column("doc_id"))
        columns = [*(batch.column(name) for name in ("doc_id", "source", "kind")), units, *_columns(found)]
        yield pa.RecordBatch.from_arrays(columns, schema=TOKENIZED_SCHEMA)


def _columns(found: EncodedBatch) -> list[pa.Array]:
    """num_tokens, num_characters, and the lists."""
    of, tokens, sentences = found.documents, found.token_bounds, found.sentence_bounds
    characters = np.concatenate([[0], np.cumsum(of.sentence_characters, dtype=np.int64)])[sentences]
    lists = [
        (tokens, of.tokens), (tokens, of.scored), (sentences, of.sentence_starts),
        (sentences, of.sentence_characters), (sentences, of.sentence_words), (sentences, of.sentence_hashes),
    ]  # fmt: skip
    return [
        pa.array(np.diff(tokens).astype(np.int32)),
        pa.array(np.diff(characters).astype(np.int32)),
        *(pa.ListArray.from_arrays(pa.array(bounds.astype(np.int32)), pa.array(values)) for bounds, values in lists),
    ]


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
