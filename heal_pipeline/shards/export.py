"""Rows for other programs: a folder of Parquet files that Hugging Face `datasets` loads, whole or streaming.

    from datasets import load_dataset
    load_dataset("OUT", split="train", streaming=True)

Each file is named after all that decides what is in it, and appears when it is whole: an export that was broken off and is begun
again writes what is missing alone. `export.json`, written last, has the files and their fingerprints.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from heal_pipeline.errors import UserError
from heal_pipeline.fingerprint import fingerprint_file, fingerprint_json
from heal_pipeline.lake import write_json
from heal_pipeline.shards.reading import Shard

if TYPE_CHECKING:
    import pyarrow as pa

SCHEME = "export/v1"
MANIFEST = "export.json"
FILE_TOKENS = 2**25
"""Of a file, about: 400 MB before compression."""
BATCH_TOKENS = 2**21
"""In memory at once, and in a row group."""
NOT_SCORED = -100
"""The label that the losses of torch and transformers pass over."""

SourceRows = Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Part:
    """Rows to export, in order.

    Attributes:
        name: of the run or the source that they are of.
        fingerprint: of what decides which rows they are, and in which order.
        block: gives the (source, row of its shard) of block 0, 1, …: rows are asked for a block at a time, never all at once.
    """

    name: str
    fingerprint: str
    num_rows: int
    rows_per_block: int
    block: Callable[[int], SourceRows]


def export(
    parts: Sequence[Part],
    shards: Mapping[str, Mapping[str, Shard]],
    out: Path,
    split: str,
    file_tokens: int = FILE_TOKENS,
) -> dict[str, Any]:
    """Writes parts as data/SPLIT-…parquet and export.json into a folder. Rows have the columns

    input_ids, labels, position_ids: int32, all as long as a row. A label is -100 where a token is not scored, and at the first
        token of a document, which nothing in the row predicts. Positions begin anew with each document.
    seq_lengths: the lengths of the documents, and of the padding behind them, where there is some.
    source, row, run: of which shard it is which row, and the name of its part.

    Args:
        shards: part → source → its shard.
        split: train or validation.
        file_tokens: of a file, about.

    Returns:
        what export.json holds.

    Raises:
        UserError: the folder holds something else, or the shards do not go together.
    """
    first = next(iter(next(iter(shards.values())).values()))
    headers = [shard.header for found in shards.values() for shard in found.values()]
    if len({(h.tokenizer, h.max_length) for h in headers}) > 1:
        raise UserError(
            "the shards have rows of different lengths or tokenizers: rematerialise packed and validation_set"
        )
    files = dict(_files(parts, first.max_length, split, file_tokens))
    folder = out / "data"
    _require_own(out, {path.name for path in map(Path, files)})
    folder.mkdir(parents=True, exist_ok=True)
    _remove_altered(out)
    for name, (part, blocks) in files.items():
        if not (folder / name).exists():
            _write(folder / name, part, blocks, shards[part.name])
    manifest = {
        "scheme": SCHEME,
        "tokenizer": first.header.tokenizer,
        "vocabulary": max(h.vocabulary for h in headers),
        "max_length": first.max_length,
        "pad_id": first.header.pad_id,
        "num_rows": sum(part.num_rows for part in parts),
        "parts": [{"name": p.name, "fingerprint": p.fingerprint, "num_rows": p.num_rows} for p in parts],
        "files": {f"data/{name}": fingerprint_file(folder / name) for name in files},
    }
    write_json(out / MANIFEST, manifest)
    return manifest


def _files(
    parts: Sequence[Part], max_length: int, split: str, file_tokens: int
) -> Iterator[tuple[str, tuple[Part, range]]]:
    """File names, in order, and which blocks of which part each holds."""
    pieces = []
    for part in parts:
        num_blocks = -(-part.num_rows // part.rows_per_block)
        step = max(1, file_tokens // (part.rows_per_block * max_length))
        pieces += [(part, range(i, min(i + step, num_blocks))) for i in range(0, num_blocks, step)]
    for number, (part, blocks) in enumerate(pieces):
        key = fingerprint_json([SCHEME, part.name, part.fingerprint, blocks.start, blocks.stop])
        yield f"{split}-{number:05d}-of-{len(pieces):05d}-{key}.parquet", (part, blocks)


def _require_own(out: Path, names: set[str]) -> None:
    own = {MANIFEST, "data", *(f"data/{name}" for name in names), *(f"data/{_unfinished(name)}" for name in names)}
    for path in sorted([*out.glob("*"), *out.glob("data/*")]):
        if str(path.relative_to(out)) not in own:
            raise UserError(f"{out} holds {path.relative_to(out)}, which is not of this export: give an empty folder")
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is no folder: give another")


def _remove_altered(out: Path) -> None:
    """Removes what an earlier export wrote and what was altered since, its manifest with it."""
    if not (out / MANIFEST).exists():
        return
    try:
        manifest = json.loads((out / MANIFEST).read_text())
        written = manifest["files"] if manifest["scheme"] == SCHEME else None
    except (ValueError, LookupError, TypeError):
        written = None
    if written is None:
        raise UserError(f"{out / MANIFEST} is not of this export: give an empty folder")
    (out / MANIFEST).unlink()
    for name, fingerprint in written.items():
        if (out / name).exists() and fingerprint_file(out / name) != fingerprint:
            (out / name).unlink()


def _unfinished(name: str) -> str:
    return f".{name}.unfinished"


def _write(path: Path, part: Part, blocks: range, shards: Mapping[str, Shard]) -> None:
    import pyarrow.parquet as pq

    unfinished = path.with_name(_unfinished(path.name))
    max_length = next(iter(shards.values())).max_length
    together = max(1, BATCH_TOKENS // (part.rows_per_block * max_length))
    writer: pq.ParquetWriter | None = None
    for first in range(blocks.start, blocks.stop, together):
        wanted = [row for i in range(first, min(first + together, blocks.stop)) for row in part.block(i)]
        table = _table(wanted, shards, part.name)
        writer = writer or pq.ParquetWriter(unfinished, table.schema, compression="zstd")
        writer.write_table(table)
    assert writer is not None, "a file has blocks"
    writer.close()
    unfinished.replace(path)


def _table(wanted: SourceRows, shards: Mapping[str, Shard], run: str) -> "pa.Table":
    import pyarrow as pa

    max_length = next(iter(shards.values())).max_length
    shape = (len(wanted), max_length)
    ids, labels, positions = (np.empty(shape, dtype=np.int32) for _ in range(3))
    lengths: list[np.ndarray] = [np.empty(0)] * len(wanted)
    sources = np.array([source for source, _ in wanted])
    numbers = np.array([row for _, row in wanted], dtype=np.int64)
    for source in sorted(set(sources.tolist())):
        mine = np.flatnonzero(sources == source)
        rows = shards[source].rows(numbers[mine])
        own = _positions(rows["document_ids"])
        ids[mine], positions[mine] = rows["input_ids"], own
        labels[mine] = np.where(rows["loss_mask"] & (own > 0), rows["input_ids"], NOT_SCORED)
        for i, spans in zip(mine.tolist(), shards[source].spans_of(numbers[mine]), strict=True):
            padding = max_length - int(spans.sum())
            lengths[i] = np.append(spans, padding) if padding else spans
    offsets = np.arange(0, ids.size + 1, max_length, dtype=np.int32)
    lists = {"input_ids": ids, "labels": labels, "position_ids": positions}
    return pa.table(
        {
            **{name: pa.ListArray.from_arrays(offsets, values.reshape(-1)) for name, values in lists.items()},
            "seq_lengths": pa.array([each.tolist() for each in lengths], pa.list_(pa.int32())),
            "source": pa.array(sources.tolist(), pa.string()),
            "row": pa.array(numbers, pa.int64()),
            "run": pa.array([run] * len(wanted), pa.string()),
        }
    )


def _positions(document_ids: np.ndarray) -> np.ndarray:
    """int64[B, T]: the place of each token in its own document, or in the padding, counted from 0."""
    places = np.broadcast_to(np.arange(document_ids.shape[1]), document_ids.shape)
    starts = np.ones(document_ids.shape, dtype=np.bool_)
    starts[:, 1:] = document_ids[:, 1:] != document_ids[:, :-1]
    return places - np.maximum.accumulate(np.where(starts, places, 0), axis=1)
