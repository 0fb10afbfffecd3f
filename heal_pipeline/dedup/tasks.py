"""What Spark's tasks do for the stage duplicate_pairs: the functions that it maps over batches, and the schemas between them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice, pairwise
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.dedup.linking import ROW, digits, halves, members, pairs
from heal_pipeline.dedup.reading import read_units
from heal_pipeline.dedup.verification import Evidence, compare, evidence
from heal_pipeline.documents import texts_of
from heal_pipeline.errors import class_alone
from heal_pipeline.spark import Batches
from heal_pipeline.text.sieve import Sieve

BLOCK_SCHEMA = pa.schema([("part", pa.int32()), ("rows", pa.binary())])
"""Rows (`linking.ROW`) of keys that belong to one part."""

CANDIDATE_SCHEMA = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("a", "content_a", "b", "content_b")),
        pa.field("bands_shared", pa.int32()),  # of those whose keys belong to one part
    ]
)

EVIDENCE_SCHEMA = pa.schema(
    [
        pa.field("content_id", pa.string()),
        pa.field("shingles", pa.binary()),  # uint64[num_shingles]
        pa.field("numbers", pa.list_(pa.string())),
    ]
)

PAIR_SCHEMA = pa.schema(
    [
        pa.field("a", pa.string()),
        pa.field("b", pa.string()),
        pa.field("jaccard", pa.float64()),
        pa.field("containment", pa.float64()),
        pa.field("bands_shared", pa.int32()),
        pa.field("accepted", pa.bool_()),
        pa.field("rule", pa.string()),
        pa.field("content_a", pa.string()),
        pa.field("content_b", pa.string()),
    ]
)

BUFFERED_ROWS = 2**17
BATCH_PAIRS = 4096

Task = Callable[[Batches], Batches]


def keying(day: int, sources: Mapping[str, int], sieve: Sieve | None, num_parts: int) -> Task:
    """The task that reads band keys: units of an index to blocks. Keys of another day than `day` pass through the sieve."""

    def key(batches: Batches) -> Batches:
        with class_alone("reading band keys"):
            held, num_held = [], 0
            for number, batch in read_units(batches, ["doc_id", "source", "content_id", "num_shingles", "bands"]):
                found = _keyed(batch, number, sources, sieve if number != day else None)
                held.append(found)
                num_held += len(found)
                if num_held >= BUFFERED_ROWS:
                    yield _in_parts(np.concatenate(held), num_parts)
                    held, num_held = [], 0
            if num_held:
                yield _in_parts(np.concatenate(held), num_parts)

    return key


def _keyed(batch: pa.RecordBatch, day: int, sources: Mapping[str, int], sieve: Sieve | None) -> np.ndarray:
    """ROW[num_rows]: the keys of the documents of a batch."""
    bands = batch.column("bands")
    keys, owners = pc.list_flatten(bands).to_numpy(), pc.list_parent_indices(bands).to_numpy()
    if sieve is not None:
        let_through = sieve.lets_through(keys.view(np.uint64))
        keys, owners = keys[let_through], owners[let_through]
    documents, place = np.unique(owners, return_inverse=True)
    batch = batch.take(pa.array(documents))
    rows = np.empty(len(keys), dtype=ROW)
    rows["key"], rows["day"] = keys, day
    for name in ("doc", "content"):
        both = halves(batch.column(f"{name}_id"))
        rows[f"{name}_high"], rows[f"{name}_low"] = both[place].T
    source = np.array([sources[name] for name in batch.column("source").to_pylist()], dtype=np.int16)
    rows["source"] = source[place]
    rows["num_shingles"] = batch.column("num_shingles").to_numpy()[place]
    return rows


def _in_parts(rows: np.ndarray, num_parts: int) -> pa.RecordBatch:
    part = ((rows["key"].view(np.uint64) >> np.uint64(32)) % np.uint64(num_parts)).astype(np.uint32)
    order = np.argsort(part, kind="stable")
    cuts = np.searchsorted(part[order], np.arange(num_parts + 1))
    blocks = [rows[order[start:end]].tobytes() for start, end in pairwise(cuts)]
    return pa.RecordBatch.from_arrays(
        [pa.array(range(num_parts), pa.int32()), pa.array(blocks, pa.binary())], schema=BLOCK_SCHEMA
    )


def linking(day: int, jaccard: float) -> Task:
    """The task that links: blocks sorted by part to candidates, a part at a time."""

    def link(batches: Batches) -> Batches:
        with class_alone("linking documents"):
            blocks = (row for batch in batches for row in zip(*(c.to_pylist() for c in batch.columns), strict=True))
            for _, own in groupby(blocks, key=itemgetter(0)):
                rows = np.frombuffer(b"".join(block for _, block in own), dtype=ROW)
                for found in pairs(*members(rows, day), jaccard):
                    yield _counted(found)

    return link


def _counted(found: np.ndarray) -> pa.RecordBatch:
    """Pairs in CANDIDATE_SCHEMA, each once. `found` is ROW[num_pairs, 2]."""
    names = [
        (side, f"{identity}_{half}") for side in (0, 1) for identity in ("doc", "content") for half in ("high", "low")
    ]
    columns = [np.ascontiguousarray(found[:, side][name]) for side, name in names]
    table = pa.table(columns, names=[str(i) for i in range(len(columns))])
    table = table.group_by(table.column_names).aggregate([([], "count_all")])
    ids = [digits(*(table[str(i + half)].to_numpy() for half in (0, 1))) for i in range(0, len(names), 2)]
    counts = table["count_all"].combine_chunks().cast(pa.int32())
    return pa.RecordBatch.from_arrays([*ids, counts], schema=CANDIDATE_SCHEMA)


def shingling(shingle_words: int, wanted: Sieve) -> Task:
    """The task that reads texts: units of clean tables to the evidence of the documents that `wanted` lets through."""

    def shingle_texts(batches: Batches) -> Batches:
        with class_alone("making evidence of texts"):
            for _, batch in read_units(batches, ["doc_id", "content_id", "segments"]):
                batch = batch.filter(pa.array(wanted.lets_through(halves(batch.column("doc_id"))[:, 0])))
                found = evidence(texts_of(batch), shingle_words)
                columns = [
                    batch.column("content_id"),
                    pa.array([e.shingles.tobytes() for e in found], pa.binary()),
                    pa.array([e.numbers for e in found], pa.list_(pa.string())),
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=EVIDENCE_SCHEMA)

    return shingle_texts


def comparing(threshold: float) -> Task:
    """The task that compares: rows sorted by cell, contents before pairs, equal pairs behind each other."""

    def verify(batches: Batches) -> Batches:
        with class_alone("comparing texts"):
            compared = _compared((row for batch in batches for row in batch.to_pylist()), threshold)
            while chunk := list(islice(compared, BATCH_PAIRS)):
                yield pa.RecordBatch.from_pylist(chunk, schema=PAIR_SCHEMA)

    return verify


def _compared(rows: Iterable[dict[str, Any]], threshold: float) -> Iterator[dict[str, Any]]:
    """A row for each pair; where one of its contents is not there, without a similarity."""
    for _, cell in groupby(rows, key=itemgetter("cell")):
        known: dict[str, Evidence] = {}
        for (a, content_a, b, content_b), same in groupby(cell, key=itemgetter("a", "content_a", "b", "content_b")):
            if a is None:
                for row in same:
                    known[row["content_id"]] = Evidence(np.frombuffer(row["shingles"], np.uint64), row["numbers"])
                continue
            pair = {"a": a, "b": b, "content_a": content_a, "content_b": content_b}
            pair["bands_shared"] = sum(row["bands_shared"] for row in same)
            if content_a in known and content_b in known:
                pair |= compare(known[content_a], known[content_b], threshold)
            yield pair
