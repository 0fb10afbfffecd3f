"""Candidates of a day: the pairs of contents that meet under a band key, found in the postings of all days, a range of keys a task.

Documents are named by codes: the number of a day and the document's row in the index of that day.
"""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from heal_pipeline.dedup.linking import ROW, grouped, members, pairs
from heal_pipeline.dedup.postings import DayIndex
from heal_pipeline.errors import class_alone

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

CANDIDATE = np.dtype([("a", "<u8"), ("b", "<u8"), ("bands_shared", "<i4")])
"""Codes of the two documents, and how many keys they share. On the driver there are 20 bytes of each."""

TASK_KEYS = 2**20
"""Keys of the day that a task looks at, about. What stands under one key is held at once."""

HELD = 2**21
"""Pairs that a task holds before it counts them: a pair comes once for each key that its two share."""


def find_candidates(
    spark: "SparkSession", indexes: Sequence[DayIndex], own: int, jaccard: float, folder: Path
) -> np.ndarray:
    """CANDIDATE[num], in the order of codes: each pair of which one side at least is of the day.

    Args:
        indexes: of all days, in order.
        own: the number of the day.
        folder: where tasks may leave files.
    """
    from heal_pipeline.spark import run_tasks

    tasks = []
    for part, (keys, _) in enumerate(indexes[own].bands.parts()):
        cuts = np.searchsorted(keys, keys[::TASK_KEYS])  # where a key begins: no key is in two tasks
        bounds = np.unique(np.append(cuts, len(keys))).tolist()
        tasks += [(part, low, high) for low, high in pairwise(bounds)]
    run_tasks(spark, partial(_link, list(indexes), own, jaccard, folder), tasks)
    return counted([np.load(path) for path in sorted(folder.glob("candidates-*.npy"))])


def _link(indexes: list[DayIndex], own: int, jaccard: float, folder: Path, part: int, low: int, high: int) -> None:
    """Writes the candidates under some of the day's keys, those from `low` up to `high` of a part."""
    with class_alone("linking documents"):
        keys, rows = (values[low:high] for values in indexes[own].bands.part(part))
        held: list[np.ndarray] = []
        num_held = 0
        for found in pairs(*members(_meeting(indexes, own, keys, rows), own), jaccard):
            pair = np.ones(len(found), CANDIDATE)
            for side, name in enumerate(("a", "b")):
                pair[name] = code(found[:, side]["day"], found[:, side]["row"])
            held.append(pair)
            num_held += len(pair)
            if num_held > HELD:
                held = [counted(held)]
                num_held = len(held[0])
        np.save(folder / f"candidates-{part:05d}-{low:010d}.npy", counted(held))


def _meeting(indexes: list[DayIndex], own: int, keys: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """ROW[num_rows]: the entries of all days under those of the keys that more than one entry has.

    Args:
        keys, rows: of the day itself: uint64[num], sorted, and uint32[num].
    """
    repeated = np.zeros(len(keys), dtype=bool)
    repeated[1:] = keys[1:] == keys[:-1]
    distinct = keys[~repeated]
    repeated[:-1] |= repeated[1:]
    under = {day: index.bands.under(distinct) for day, index in enumerate(indexes) if day != own}
    for others, _ in under.values():
        places = np.searchsorted(others, keys)
        repeated |= others[np.minimum(places, len(others) - 1)] == keys if len(others) else False
    under[own] = keys[repeated], rows[repeated]
    return np.concatenate([_rows(indexes[day], day, *found) for day, found in sorted(under.items())])


def _rows(index: DayIndex, day: int, keys: np.ndarray, rows: np.ndarray) -> np.ndarray:
    documents = index.documents()[rows]
    found = np.empty(len(keys), ROW)
    found["key"], found["day"], found["row"] = keys.view(np.int64), day, rows
    for name in documents.dtype.names:
        found[name] = documents[name]
    return found


def code(day: np.ndarray | int, row: np.ndarray) -> np.ndarray:
    """uint64[num]: the codes of documents."""
    return (np.asarray(day).astype(np.uint64) << np.uint64(32)) | row.astype(np.uint64)


def of_code(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(days, rows), int64[num] each."""
    return (codes >> np.uint64(32)).astype(np.int64), (codes & np.uint64(2**32 - 1)).astype(np.int64)


def counted(found: list[np.ndarray]) -> np.ndarray:
    """CANDIDATE[num]: each pair once, in the order of codes, with its keys summed."""
    every, starts = grouped(np.concatenate([np.empty(0, CANDIDATE), *found]), ("a", "b"), ())
    pairs = every[starts]
    if len(starts):
        pairs["bands_shared"] = np.add.reduceat(every["bands_shared"], starts)
    return pairs
