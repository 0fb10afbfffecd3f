"""Candidates to pairs: each is compared on the evidence of its two texts, and what is said of it becomes a row."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from heal_pipeline.dedup.candidates import of_code
from heal_pipeline.dedup.evidence import EvidenceStore
from heal_pipeline.dedup.postings import DOCUMENT, DayIndex
from heal_pipeline.dedup.verification import compare
from heal_pipeline.documents import digits
from heal_pipeline.errors import class_alone
from heal_pipeline.pieces import write_rows

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

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

NEAR_MISS = 0.1
"""A pair that is less similar than the threshold by more than this is counted, and not stored."""

TASK_PAIRS = 2**14
BATCH_PAIRS = 2**12


def compare_candidates(
    spark: "SparkSession", candidates: np.ndarray, indexes: Sequence[DayIndex], jaccard: float, work: Path, out: Path
) -> int:
    """Writes the pairs that are similar, or nearly so, into `out`, in PAIR_SCHEMA; returns how many candidates were compared.

    Args:
        candidates: CANDIDATE[num], in the order of codes.
        work: where the evidence of their documents is.
    """
    from heal_pipeline.spark import run_tasks

    np.save(work / "pairs.npy", candidates)
    bounds = [*range(0, len(candidates), TASK_PAIRS), len(candidates)]
    tasks = [(number, low, high) for number, (low, high) in enumerate(pairwise(bounds))]
    return sum(run_tasks(spark, partial(_compare, list(indexes), jaccard, work, out), tasks))


def _compare(indexes: list[DayIndex], jaccard: float, work: Path, out: Path, number: int, low: int, high: int) -> int:
    """Compares the candidates from `low` up to `high`."""
    num_compared = 0

    def rows() -> Iterator[pa.RecordBatch]:
        nonlocal num_compared
        found = np.load(work / "pairs.npy", mmap_mode="r")
        with EvidenceStore(work) as store:
            for start in range(low, high, BATCH_PAIRS):
                pairs = found[start : min(high, start + BATCH_PAIRS)]
                verdicts = _verdicts(pairs, store, jaccard)
                num_compared += sum(v is not None for v in verdicts)
                stored = [bool(v and (v["accepted"] or v["jaccard"] >= jaccard - NEAR_MISS)) for v in verdicts]
                yield _rows(pairs[stored], [v for v, keep in zip(verdicts, stored, strict=True) if v and keep], indexes)

    with class_alone("comparing texts"):
        write_rows(out / f"compared-{number:05d}.parquet", PAIR_SCHEMA, rows())
    return num_compared


def _verdicts(pairs: np.ndarray, store: EvidenceStore, jaccard: float) -> list[dict[str, Any] | None]:
    """What `compare` says of each; None where a text is not there. Pairs of the same first document stand together."""
    verdicts: list[dict[str, Any] | None] = []
    last, one = None, None
    for a, b in zip(pairs["a"].tolist(), pairs["b"].tolist(), strict=True):
        if a != last:
            last, one = a, store.of(a)
        other = store.of(b)
        verdicts.append(compare(one, other, jaccard) if one and other else None)
    return verdicts


def _rows(pairs: np.ndarray, verdicts: list[dict[str, Any]], indexes: list[DayIndex]) -> pa.RecordBatch:
    found = {name: [verdict[name] for verdict in verdicts] for name in ("jaccard", "containment", "accepted", "rule")}
    columns: dict[str, Any] = {**found, "bands_shared": pairs["bands_shared"]}
    for side in ("a", "b"):
        documents = documents_of(pairs[side], indexes)
        columns[side] = digits(documents["doc_high"], documents["doc_low"])
        columns[f"content_{side}"] = digits(documents["content_high"], documents["content_low"])
    return pa.RecordBatch.from_arrays([pa.array(columns[f.name], f.type) for f in PAIR_SCHEMA], schema=PAIR_SCHEMA)


def documents_of(codes: np.ndarray, indexes: Sequence[DayIndex]) -> np.ndarray:
    """DOCUMENT[num] of uint64[num] codes."""
    days, rows = of_code(codes)
    found = np.empty(len(codes), DOCUMENT)
    for day in np.unique(days).tolist():
        found[days == day] = indexes[day].documents()[rows[days == day]]
    return found
