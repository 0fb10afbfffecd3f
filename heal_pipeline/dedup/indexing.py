"""The stage minhash_index: band keys for every clean document of a day, of all sources in one pass.

Tasks write the table's files; beside them lie the same keys sorted (`postings`), for whoever looks for the documents under a key.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from heal_pipeline.code_version import code_version
from heal_pipeline.dedup.minhash import Scheme, shingle
from heal_pipeline.dedup.postings import PART_KEYS, DayIndex, write_bands
from heal_pipeline.documents import texts_of
from heal_pipeline.errors import class_alone
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.pieces import Piece, batches_of, pieces_of, write_rows
from heal_pipeline.profile import Profile
from heal_pipeline.ragged import lengths_in_place, lists

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

TABLE = "minhash_index"

INDEX_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string()),
        pa.field("source", pa.string()),
        pa.field("batch", pa.string()),
        pa.field("content_id", pa.string()),
        pa.field("num_shingles", pa.int32()),
        pa.field("bands", pa.list_(pa.int64())),  # the bits of uint64
    ]
)


def clean_tables(lake: Lake, profile: Profile, day: str) -> list[Table]:
    """The clean table of each source on a day, committed or not."""
    return [lake.table(entry.clean_table, day) for entry in profile.sources]


def index(spark: "SparkSession", lake: Lake, profile: Profile, day: str, validate: Validator) -> StageResult:
    """Writes minhash_index@day: a row for every clean document of the day, short and empty ones included, in their order.

    Raises:
        GateError: a source's clean table of the day is not there or did not pass.
        GateFailedError: rows or keys are missing, or the suite "minhash_index" does not hold.
    """
    from heal_pipeline.spark import run_tasks

    scheme = Scheme.of(profile.dedup)
    inputs = clean_tables(lake, profile, day)
    num_documents = sum(t.manifest().rows for t in inputs)
    with lake.stage(
        lake.table(TABLE, day), inputs=inputs, code_version=code_version("minhash_index"), scheme=scheme.name
    ) as staged:
        staged.path.mkdir()
        pieces = pieces_of([file for table in inputs for file in table.files()])
        run_tasks(spark, partial(_sign_piece, scheme, staged.path), list(enumerate(pieces)))
        if not staged.files():
            staged.write(INDEX_SCHEMA.empty_table())
        num_keys = _sort_keys(spark, staged, num_documents * scheme.num_bands)
        frame = _summary(staged)
        staged.gate(_complete(frame, num_documents, num_keys, scheme))
        staged.gate(validate(TABLE, frame))
        metadata = {
            "documents": num_documents,
            "without_words": int((frame["num_shingles"] == 0).sum()),
            "distinct_contents": int(frame["content_id"].nunique()),
            "mean_shingles": round(float(frame["num_shingles"].mean()), 1) if num_documents else 0.0,
            "scheme": scheme.name,
        }
        manifest = staged.commit(metadata)
    return StageResult(f"{TABLE}@{day}", num_documents, manifest.rows, manifest, metadata)


def _sign_piece(scheme: Scheme, folder: Path, number: int, piece: Piece) -> None:
    """Writes the rows of a piece of clean tables, as the file of its number."""
    with class_alone("signing documents"):
        write_rows(folder / f"part-{number:05d}.parquet", INDEX_SCHEMA, _signed(piece, scheme))


def _signed(piece: Piece, scheme: Scheme) -> Iterator[pa.RecordBatch]:
    named = ["doc_id", "source", "batch", "content_id"]
    for batch in batches_of(piece, [*named, "segments"]):
        found = shingle(texts_of(batch), scheme.shingle_words)
        bands = _lists(scheme.bands(scheme.signatures(found)), found.num > 0)
        columns = [*map(batch.column, named), pa.array(found.num, pa.int32()), bands]
        yield pa.RecordBatch.from_arrays(columns, schema=INDEX_SCHEMA)


def _lists(rows: np.ndarray, filled: np.ndarray) -> pa.ListArray:
    """A list for each row, empty where it is not filled: of nothing, nothing is known."""
    return lists(filled * rows.shape[1], pa.array(rows[filled].ravel()))


def _sort_keys(spark: "SparkSession", staged: Staged, max_keys: int) -> int:
    """Writes the postings of what is staged; returns how many band keys there are in them."""
    from heal_pipeline.spark import run_tasks

    DayIndex(staged.path).write_documents(staged.files())
    num_parts = max(1, -(-max_keys // PART_KEYS))
    tasks = [(staged.path, staged.files(), number, num_parts) for number in range(num_parts)]
    return sum(run_tasks(spark, write_bands, tasks))


def _summary(staged: Staged) -> "pd.DataFrame":
    """The index with the number of each document's keys in place of the keys, of which one file's are held at a time."""
    import pyarrow.parquet as pq

    tables = [lengths_in_place(pq.ParquetFile(file).read(), "bands", "num_bands") for file in staged.files()]
    return pa.concat_tables(tables).to_pandas()


def _complete(frame: "pd.DataFrame", num_documents: int, num_keys: int, scheme: Scheme) -> Verdict:
    """One row a document; all keys wherever there are words; as many keys among the sorted ones."""
    whole = frame["num_bands"] == scheme.num_bands * (frame["num_shingles"] > 0)
    return Verdict(
        "documents_signed",
        len(frame) == num_documents and bool(whole.all()) and num_keys == int(frame["num_bands"].sum()),
        [
            {
                "documents": num_documents,
                "rows": len(frame),
                "signed": int((frame["num_shingles"] > 0).sum()),
                "incomplete": int((~whole).sum()),
                "sorted_keys": num_keys,
            }
        ],
    )
