"""The documents that stay, copied from raw/<source>@day to filtered/<source>@day. What stays is decided elsewhere."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.documents import DOCUMENT_SCHEMA, summary_frame
from heal_pipeline.lake import Staged, Table
from heal_pipeline.pieces import Piece, batches_of, num_rows, pieces_of, write_rows
from heal_pipeline.spark import run_tasks

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession


def copy_kept(spark: "SparkSession", raw: Table, decisions: pa.Table, staged: Staged) -> "pd.DataFrame":
    """Writes the documents that stay, a file a piece of the raw table, in its order. Returns their summary.

    Args:
        decisions: ledger rows of all documents of `raw`, in any order.
    """
    import pandas as pd

    kept_ids = decisions.filter(decisions["kept"])["doc_id"].combine_chunks()
    kept = pc.is_in(raw.read(["doc_id"])["doc_id"], value_set=kept_ids).to_numpy()
    pieces = pieces_of(raw.files())
    ends = np.cumsum([num_rows(piece) for piece in pieces], dtype=np.int64)
    staged.path.mkdir(parents=True)
    # A task gets a byte a document, not the ids that stay: it takes them by where they stand.
    tasks = list(zip(range(len(pieces)), pieces, np.split(kept, ends[:-1]), strict=False))
    summaries = run_tasks(spark, partial(_copy_piece, staged.path), tasks)
    if not kept_ids:
        staged.write(DOCUMENT_SCHEMA.empty_table())
    return pd.concat(summaries or [summary_frame(DOCUMENT_SCHEMA.empty_table())], ignore_index=True)


def _copy_piece(folder: Path, number: int, piece: Piece, kept: np.ndarray) -> "pd.DataFrame":
    """`kept` is bool[rows of the piece]."""
    import pandas as pd

    summaries = [summary_frame(DOCUMENT_SCHEMA.empty_table())]

    def kept_rows() -> Iterator[pa.RecordBatch]:
        start = 0
        for batch in batches_of(piece):
            stays = pa.array(kept[start : start + batch.num_rows])
            start += batch.num_rows
            rows = pa.Table.from_batches([batch]).filter(stays).cast(DOCUMENT_SCHEMA)
            summaries.append(summary_frame(rows))
            yield from rows.to_batches()

    write_rows(folder / f"part-{number:05d}.parquet", DOCUMENT_SCHEMA, kept_rows())
    return pd.concat(summaries, ignore_index=True)
