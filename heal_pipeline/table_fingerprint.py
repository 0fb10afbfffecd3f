"""Content fingerprints of tables: a hash of what the rows hold, whatever their order, partitions or encoding."""

import hashlib

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

_KEYS = ("heal-fingerprint", "fingerprint-heal")  # pandas wants keys of 16 bytes
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_NULL = np.uint64(0x5851F42D4C957F2D)

MIN_BATCH_ROWS, MAX_BATCH_ROWS, BATCH_BYTES = 2048, 2**16, 4 * 2**20
PROBED = 64


def fingerprint_parquet(paths: list[str]) -> tuple[int, str]:
    """(row count, 32 hex digits) of a table held in Parquet files. Rows form a multiset: their order does not count.

    Names and types of the columns count, so that equal rows of another type, and no rows at all, are told apart.
    """
    num_rows, sums = 0, [_columns_hash(paths[0])] * 2 if paths else [0, 0]
    for path in paths:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_batch_rows(file.metadata)):
                num_rows += batch.num_rows
                sums = [a + int(b) for a, b in zip(sums, _row_hashes(batch).sum(axis=1, dtype=np.uint64), strict=True)]
    return num_rows, "".join(f"{s % 2**64:016x}" for s in sums)


def _batch_rows(metadata: pq.FileMetaData) -> int:
    """Rows that are hashed at once: a few MiB of them, so that the cost of a call is spread over many short ones."""
    num_bytes = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    return max(MIN_BATCH_ROWS, min(MAX_BATCH_ROWS, metadata.num_rows * BATCH_BYTES // max(1, num_bytes)))


def _columns_hash(path: str) -> int:
    columns = sorted(f"{field.name}: {field.type}" for field in pq.read_schema(path))
    return int.from_bytes(hashlib.blake2b("\n".join(columns).encode(), digest_size=8).digest(), "little")


def _row_hashes(batch: pa.RecordBatch) -> np.ndarray:
    """uint64[2, num_rows]: two hashes of each row."""
    rows = np.zeros((2, batch.num_rows), dtype=np.uint64)
    for name, column in sorted(zip(batch.schema.names, batch.columns, strict=True)):
        name_hash = np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))
        rows = _mix((rows + name_hash) * _PRIME + _hashes(column))
    return rows


def _mix(values: np.ndarray) -> np.ndarray:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _hashes(array: pa.Array) -> np.ndarray:
    """uint64[2, len(array)] of any Arrow array, nested ones included, or [1, len(array)] where the two hashes are the same: only
    those of texts differ. Entries of a map count without their order."""
    kind = array.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        if pa.types.is_map(kind):
            offsets = array.offsets.to_numpy().astype(np.int64)
            start, num_entries = int(offsets[0]), int(offsets[-1] - offsets[0])  # keys and items ignore a slice
            entry_keys, entry_values = array.keys.slice(start, num_entries), array.items.slice(start, num_entries)
            children = _mix(_hashes(entry_keys) * _PRIME + _hashes(entry_values))
            lengths = np.diff(offsets)
        else:
            children = _hashes(array.flatten())
            lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
            position = np.arange(children.shape[1]) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            children = _mix(children + position.astype(np.uint64) * _PRIME)
        ends = np.cumsum(lengths)
        running = np.zeros((len(children), children.shape[1] + 1), np.uint64)
        np.cumsum(children, axis=1, dtype=np.uint64, out=running[:, 1:])
        result = _mix(running[:, ends] - running[:, ends - lengths] + lengths.astype(np.uint64))
    elif pa.types.is_struct(kind):
        result = np.zeros((1, len(array)), dtype=np.uint64)
        for child in array.flatten():
            result = _mix(result * _PRIME + _hashes(child))
    elif pa.types.is_boolean(kind):
        values = pc.fill_null(array, False).cast(pa.uint8()).to_numpy(zero_copy_only=False)
        result = _mix(values.astype(np.uint64) + np.uint64(1))[None]
    elif pa.types.is_integer(kind):
        values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        result = _mix(values.view(np.uint64) + np.uint64(7))[None]
    elif pa.types.is_floating(kind):
        values = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False).astype(np.float64)
        result = _mix(values.view(np.uint64) + np.uint64(3))[None]
    else:
        result = _hashes_of_texts(pc.fill_null(array.cast(pa.string()), ""))
    if array.null_count:
        result = np.where(array.is_null().to_numpy(zero_copy_only=False), _NULL, result)
    return result


def _hashes_of_texts(texts: pa.StringArray) -> np.ndarray:
    """uint64[2, len(texts)]. Of a column whose first values repeat each other only the distinct ones are hashed."""
    if not len(texts):
        return np.zeros((2, 0), np.uint64)
    first = texts[:PROBED]
    places: slice | np.ndarray = slice(None)
    if 2 * pc.count_distinct(first).as_py() <= len(first):
        coded = texts.dictionary_encode()
        texts, places = coded.dictionary, coded.indices.to_numpy()
    values = texts.to_numpy(zero_copy_only=False).astype(object)
    return np.stack([pd.util.hash_array(values, hash_key=key, categorize=False)[places] for key in _KEYS])
