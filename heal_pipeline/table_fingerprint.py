"""Content fingerprints of tables: a hash of what the rows hold, whatever their order, partitions or encoding."""

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from heal_pipeline.text.words import mix

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_NULL = np.uint64(0x5851F42D4C957F2D)

MAX_BATCH_ROWS, BATCH_BYTES = 2**15, 4 * 2**20
PROBED = 64
PIECE_WORDS = 2**15
"""Words that are mixed at once: few enough to stay in cache."""

_ZEROS = pa.array(["\0" * size for size in range(9)])


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
    return max(1, min(MAX_BATCH_ROWS, metadata.num_rows * BATCH_BYTES // max(1, num_bytes)))


def _columns_hash(path: str) -> int:
    types = {f.name: f.type.value_type if pa.types.is_dictionary(f.type) else f.type for f in pq.read_schema(path)}
    columns = sorted(f"{name}: {type_}" for name, type_ in types.items())
    return int.from_bytes(hashlib.blake2b("\n".join(columns).encode(), digest_size=8).digest(), "little")


def _row_hashes(batch: pa.RecordBatch) -> np.ndarray:
    """uint64[2, num_rows]: two hashes of each row."""
    rows = np.zeros((2, batch.num_rows), dtype=np.uint64)
    rows[1] = _PRIME
    for name, column in sorted(zip(batch.schema.names, batch.columns, strict=True)):
        name_hash = np.uint64(int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little"))
        rows += name_hash
        rows *= _PRIME
        rows += _hashes(column)
        rows = mix(rows)
    return rows


def _hashes(array: pa.Array) -> np.ndarray:
    """uint64[2, len(array)] of any Arrow array, nested ones included, or [1, len(array)] where the two hashes are the same: only
    those of texts differ. Entries of a map count without their order."""
    kind = array.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_map(kind):
        if pa.types.is_map(kind):
            offsets = array.offsets.to_numpy().astype(np.int64)
            start, num_entries = int(offsets[0]), int(offsets[-1] - offsets[0])  # keys and items ignore a slice
            entry_keys, entry_values = array.keys.slice(start, num_entries), array.items.slice(start, num_entries)
            children = mix(_hashes(entry_keys) * _PRIME + _hashes(entry_values))
            lengths = np.diff(offsets)
        else:
            children = _hashes(array.flatten())
            lengths = pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
            position = np.arange(children.shape[1]) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            children = mix(children + position.astype(np.uint64) * _PRIME)
        ends = np.cumsum(lengths)
        running = np.zeros((len(children), children.shape[1] + 1), np.uint64)
        np.cumsum(children, axis=1, dtype=np.uint64, out=running[:, 1:])
        result = mix(running[:, ends] - running[:, ends - lengths] + lengths.astype(np.uint64))
    elif pa.types.is_struct(kind):
        result = np.zeros((1, len(array)), dtype=np.uint64)
        for child in array.flatten():
            result = mix(result * _PRIME + _hashes(child))
    elif pa.types.is_boolean(kind):
        values = pc.fill_null(array, False).cast(pa.uint8()).to_numpy(zero_copy_only=False)
        result = mix(values.astype(np.uint64) + np.uint64(1))[None]
    elif pa.types.is_integer(kind):
        values = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64)
        result = mix(values.view(np.uint64) + np.uint64(7))[None]
    elif pa.types.is_floating(kind):
        values = pc.fill_null(array, 0.0).to_numpy(zero_copy_only=False).astype(np.float64)
        result = mix(values.view(np.uint64) + np.uint64(3))[None]
    else:
        result = _hashes_of_texts(pc.fill_null(array.cast(pa.string()), ""))
    if array.null_count:
        result = np.where(array.is_null().to_numpy(zero_copy_only=False), _NULL, result)
    return result


def _hashes_of_texts(texts: pa.StringArray) -> np.ndarray:
    """uint64[2, len(texts)]. Of a column whose first values repeat each other only the distinct ones are hashed."""
    first = texts[:PROBED]
    if 2 * pc.count_distinct(first).as_py() > len(first):
        return _hashes_of_distinct(texts)
    coded = texts.dictionary_encode()
    return _hashes_of_distinct(coded.dictionary).take(coded.indices.to_numpy(), axis=1)


def _hashes_of_distinct(texts: pa.StringArray) -> np.ndarray:
    """uint64[2, len(texts)]: of each its words of eight bytes and its size. The last word is filled up with zeros, which the size tells
    from the text's own."""
    if not len(texts):
        return np.zeros((2, 0), np.uint64)
    sizes = pc.binary_length(texts).to_numpy(zero_copy_only=False).astype(np.int64)
    zeros = np.where(sizes, -sizes % 8, 8)
    filled = pc.binary_join_element_wise(texts, _ZEROS.take(pa.array(zeros)), "")
    ends = np.cumsum((sizes + zeros) // 8)
    sums = _sums(np.frombuffer(filled.buffers()[2], "<u8", ends[-1]), ends)
    sums += sizes.view(np.uint64) * _PRIME
    return mix(sums)


def _sums(words: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """uint64[2, num_texts]: of each text the sum of its words, each mixed with its place, and that of the products of their halves.

    Words whose change leaves the one sum as it is change the other. Neither is proof against who looks for equal sums on purpose.

    Args:
        words: uint64[num_words], of all texts.
        ends: int64[num_texts], where the words of each end; each has one at least.
    """
    sums = np.zeros((2, len(ends)), np.uint64)
    starts = np.concatenate([[0], ends[:-1]])
    for start in range(0, len(words), PIECE_WORDS):
        end = min(start + PIECE_WORDS, len(words))
        held = slice(np.searchsorted(ends, start, "right"), np.searchsorted(ends, end) + 1)
        first = np.maximum(starts[held], start)
        place = np.arange(start + 1, end + 1) - np.repeat(starts[held], np.minimum(ends[held], end) - first)
        mixed = mix(words[start:end] + place.view(np.uint64) * _PRIME)
        sums[0, held] += np.add.reduceat(mixed, first - start)
        sums[1, held] += np.add.reduceat(mixed * (mixed >> np.uint64(32)), first - start)
    return sums
