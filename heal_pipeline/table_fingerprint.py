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


def fingerprint_parquet(paths: list[str]) -> tuple[int, str]:
    """(row count, 32 hex digits) of a table held in Parquet files. Rows form a multiset: their order does not count.

    Names and types of the columns count, so that equal rows of another type, and no rows at all, are told apart.
    """
    num_rows, sums = 0, [_columns_hash(paths[0])] * 2 if paths else [0, 0]
    for path in paths:
        for batch in pq.ParquetFile(path).iter_batches(batch_size=2048):
            num_rows += batch.num_rows
            for i, key in enumerate(_KEYS):
                sums[i] += int(_row_hashes(batch, key).sum(dtype=np.uint64))
    return num_rows, "".join(f"{s % 2**64:016x}" for s in sums)


def _columns_hash(path: str) -> int:
    columns = sorted(f"{field.name}: {field.type}" for field in pq.read_schema(path))
    return int.from_bytes(hashlib.blake2b("\n".join(columns).encode(), digest_size=8).digest(), "little")


def _row_hashes(batch: pa.RecordBatch, key: str) -> np.ndarray:
    rows = np.zeros(batch.num_rows, dtype=np.uint64)
    for name, column in sorted(zip(batch.schema.names, batch.columns, strict=True)):
        name_hash = np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))
        rows = _mix((rows + name_hash) * _PRIME + _hashes(column, key))
    return rows


def _mix(values: np.ndarray) -> np.ndarray:
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _hashes(array: pa.Array, key: str) -> np.ndarray:
    """uint64[len(array)] of any Arrow array, nested ones included. Entries of a map count without their order."""
    kind = array.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        if pa.types.is_map(kind):
            offsets = array.offsets.to_numpy().astype(np.int64)
            start, num_entries = int(offsets[0]), int(offsets[-1] - offsets[0])  # keys and items ignore a slice
            entry_keys, entry_values = array.keys.slice(start, num_entries), array.items.slice(start, num_entries)
            children = _mix(_hashes(entry_keys, key) * _PRIME + _hashes(entry_values, key))
            lengths = np.diff(offsets)
        else:
            children = _hashes(array.flatten(), key)
            lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
            position = np.arange(len(children)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            children = _mix(children + position.astype(np.uint64) * _PRIME)
        ends = np.cumsum(lengths)
        running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(children, dtype=np.uint64)])
        result = _mix(running[ends] - running[ends - lengths] + lengths.astype(np.uint64))
    elif pa.types.is_struct(kind):
        result = np.zeros(len(array), dtype=np.uint64)
        for child in array.flatten():
            result = _mix(result * _PRIME + _hashes(child, key))
    elif pa.types.is_boolean(kind):
        result = _mix(
            pc.fill_null(array, False).cast(pa.uint8()).to_numpy(zero_copy_only=False).astype(np.uint64) + np.uint64(1)
        )
    elif pa.types.is_integer(kind):
        result = _mix(
            pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64).view(np.uint64) + np.uint64(7)
        )
    elif pa.types.is_floating(kind):
        result = _mix(
            pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False).astype(np.float64).view(np.uint64) + np.uint64(3)
        )
    else:
        values = pc.fill_null(array.cast(pa.string()), "").to_numpy(zero_copy_only=False)
        result = (
            pd.util.hash_array(values.astype(object), hash_key=key, categorize=False)
            if len(values)
            else np.zeros(0, np.uint64)
        )
    if array.null_count:
        result = np.where(array.is_null().to_numpy(zero_copy_only=False), _NULL, result)
    return result
