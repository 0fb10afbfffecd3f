"""The stage minhash_index: a signature and band keys for every clean document of a day, of all sources in one pass."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.code_version import code_version
from heal_pipeline.dedup import reading
from heal_pipeline.dedup.minhash import Scheme, shingle
from heal_pipeline.documents import texts_of
from heal_pipeline.errors import class_alone
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.spark import Batches

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
        pa.field("signature", pa.list_(pa.int32())),  # the bits of uint32: Spark has no unsigned numbers
        pa.field("bands", pa.list_(pa.int64())),
    ]
)


def clean_tables(lake: Lake, profile: Profile, day: str) -> list[Table]:
    """The clean table of each source on a day, committed or not."""
    return [lake.table(entry.clean_table, day) for entry in profile.sources]


def index(spark: "SparkSession", lake: Lake, profile: Profile, day: str, validate: Validator) -> StageResult:
    """Writes minhash_index@day: a row for every clean document of the day, short and empty ones included.

    Raises:
        GateError: a source's clean table of the day is not there or did not pass.
        GateFailedError: rows or signatures are missing, or the suite "minhash_index" does not hold.
    """
    from heal_pipeline.spark import map_batches, write_parquet

    scheme = Scheme.of(profile.dedup)
    inputs = clean_tables(lake, profile, day)
    num_documents = sum(t.manifest().rows for t in inputs)
    with lake.stage(
        lake.table(TABLE, day), inputs=inputs, code_version=code_version("minhash_index"), scheme=scheme.name
    ) as staged:
        if num_documents:
            files = [f for t in inputs if t.manifest().rows for f in t.files()]
            units = reading.units(spark, ((file, 0) for file in files))
            write_parquet(map_batches(units, signing(scheme), INDEX_SCHEMA), staged.path, INDEX_SCHEMA)
        else:
            staged.write(INDEX_SCHEMA.empty_table())
        frame = _summary(staged)
        staged.gate(_complete(frame, num_documents, scheme))
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


def signing(scheme: Scheme) -> Callable[[Batches], Batches]:
    """The task that signs documents: units of clean tables to batches in INDEX_SCHEMA."""

    def sign(batches: Batches) -> Batches:
        with class_alone("signing documents"):
            for _, batch in reading.read_units(batches, ["doc_id", "source", "batch", "content_id", "segments"]):
                found = shingle(texts_of(batch), scheme.shingle_words)
                signatures = scheme.signatures(found)
                signed = found.num > 0
                columns = [
                    *(batch.column(name) for name in ("doc_id", "source", "batch", "content_id")),
                    pa.array(found.num, pa.int32()),
                    _lists(signatures.view(np.int32), signed),
                    _lists(scheme.bands(signatures), signed),
                ]
                yield pa.RecordBatch.from_arrays(columns, schema=INDEX_SCHEMA)

    return sign


def _lists(rows: np.ndarray, filled: np.ndarray) -> pa.ListArray:
    """A list for each row, empty where it is not filled: of nothing, nothing is known."""
    offsets = np.concatenate([[0], np.cumsum(filled * rows.shape[1])]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(rows[filled].ravel()))


def _summary(staged: Staged) -> "pd.DataFrame":
    """The index with the lengths of its lists in place of the lists, of which one file's are held at a time."""
    import pyarrow.parquet as pq

    tables = []
    for file in staged.files():
        table = pq.ParquetFile(file).read()
        for name, length in (("signature", "num_hashes"), ("bands", "num_bands")):
            table = table.append_column(length, pc.list_value_length(table[name])).drop_columns([name])
        tables.append(table)
    return pa.concat_tables(tables).to_pandas()


def _complete(frame: "pd.DataFrame", num_documents: int, scheme: Scheme) -> Verdict:
    """One row a document; a full signature and all keys wherever there are words."""
    signed = frame["num_shingles"] > 0
    whole = (frame["num_hashes"] == scheme.num_permutations * signed) & (
        frame["num_bands"] == scheme.num_bands * signed
    )
    return Verdict(
        "documents_signed",
        len(frame) == num_documents and bool(whole.all()),
        [
            {
                "documents": num_documents,
                "rows": len(frame),
                "signed": int(signed.sum()),
                "incomplete": int((~whole).sum()),
            }
        ],
    )
