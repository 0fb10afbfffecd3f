"""Packing as others do it: TRL's strategies, next-fit, concatenate and chop. Runs in the peers' environment, without heal_pipeline.

Each reads documents whose tokens are numbered over the whole corpus, packs them, and leaves the rows as a file of numbers, so that a
judge can tell of every token where it went.
"""

import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

WARM_UP_DOCUMENTS = 1000


def trl(documents: str, rows: str, max_length: int, strategy: str, batch_size: int) -> None:
    """`pack_dataset` of TRL in memory, documents with their ids alone. `batch_size` is that of its map; 1,000 as shipped."""
    from datasets import Dataset, disable_progress_bars
    from trl.data_utils import pack_dataset

    disable_progress_bars()
    table = _read(documents)
    settings = {"keep_in_memory": True, "batch_size": batch_size, "load_from_cache_file": False}

    def run(part: pa.Table) -> pa.Table:
        packed = pack_dataset(Dataset(part), max_length, strategy, map_kwargs=settings)
        return packed.with_format("arrow")[:]

    run(table.slice(0, WARM_UP_DOCUMENTS))
    start, cpu = time.perf_counter(), time.process_time()
    packed = run(table)
    _say(table.num_rows, time.perf_counter() - start, time.process_time() - cpu)
    column = packed["input_ids"].combine_chunks()
    _leave(rows, column.flatten().to_numpy(), np.diff(column.offsets.to_numpy()))


def next_fit(documents: str, rows: str, max_length: int) -> None:
    """Whole documents one after the other, a new row where one has no room; one longer than a row is chopped."""
    table = _read(documents)
    column = table["input_ids"].combine_chunks()
    lengths = np.diff(column.offsets.to_numpy())
    start, cpu = time.perf_counter(), time.process_time()
    row_lengths, room = [], 0
    for length in lengths.tolist():
        while length:
            if length > room and room < max_length:
                room = max_length
                row_lengths.append(0)
            taken = min(length, max_length)
            row_lengths[-1] += taken
            room, length = room - taken, length - taken
    _say(table.num_rows, time.perf_counter() - start, time.process_time() - cpu)
    _leave(rows, column.flatten().to_numpy(), np.array(row_lengths))


def chop(documents: str, rows: str, max_length: int) -> None:
    """All documents one after the other, cut every `max_length` tokens."""
    table = _read(documents)
    column = table["input_ids"].combine_chunks()
    start, cpu = time.perf_counter(), time.process_time()
    values = column.flatten().to_numpy().copy()
    _say(table.num_rows, time.perf_counter() - start, time.process_time() - cpu)
    _leave(rows, values, np.diff([*range(0, len(values), max_length), len(values)]))


def _read(documents: str) -> pa.Table:
    column = pq.read_table(documents, columns=["tokens"])["tokens"].combine_chunks()
    return pa.table({"input_ids": column})


def _leave(rows: str, values: np.ndarray, lengths: np.ndarray) -> None:
    Path(rows).parent.mkdir(parents=True, exist_ok=True)
    np.savez(rows, values=values, lengths=lengths)


def _say(num_documents: int, seconds: float, cpu: float) -> None:
    print(json.dumps({"documents": num_documents, "seconds": seconds, "cpu": cpu}))
