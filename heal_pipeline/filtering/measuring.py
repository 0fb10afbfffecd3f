"""The pass that measures a source's documents of a day: raw/<source>@day to signals/<source>@day.

Signals of the same raw table are measured once: after a change of thresholds alone they are found committed.
"""

from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import medical_terms
from heal_pipeline.code_version import code_version
from heal_pipeline.documents import texts_of
from heal_pipeline.errors import class_alone
from heal_pipeline.filtering.signals import SIGNALS, measure
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import Lake, Table, Verdict
from heal_pipeline.pieces import Piece, batches_of, pieces_of, write_rows
from heal_pipeline.spark import run_tasks

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

SIGNALS_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        *[pa.field(name, pa.float64(), nullable=False) for name in SIGNALS],
    ]
)


def measure_source(spark: "SparkSession", lake: Lake, raw: Table, source: str, day: str) -> Table:
    """Writes signals/<source>@day where they are not there yet. They are numbers, and so in the cleared zone for every source."""
    signals = lake.table(f"signals/{source}", day)
    if _measured_already(signals, raw):
        return signals
    with lake.stage(signals, inputs=[raw], code_version=_signals_version()) as staged:
        num_documents = raw.manifest().rows
        staged.path.mkdir(parents=True)
        run_tasks(spark, partial(_measure_piece, source, staged.path), list(enumerate(pieces_of(raw.files()))))
        if not num_documents:
            staged.write(SIGNALS_SCHEMA.empty_table())
        ids = staged.read(["doc_id"])["doc_id"]
        complete = len(ids) == num_documents == pc.count_distinct(ids).as_py()
        staged.gate(Verdict("every_document_measured", complete, [{"documents": num_documents, "measured": len(ids)}]))
        staged.commit({"documents": num_documents, "signals": len(SIGNALS)})
    return signals


def _measured_already(signals: Table, raw: Table) -> bool:
    if not signals.committed():
        return False
    manifest = signals.manifest()
    return manifest.code_version == _signals_version() and manifest.inputs == {raw.label: raw.manifest().fingerprint}


def _signals_version() -> str:
    """What the signals depend on beside the text: the code that measures, the language identifier, the words of medicine."""
    return fingerprint_json([code_version("signals"), *map(version, ("py3langid", *medical_terms.PACKAGES))])


def _measure_piece(source: str, folder: Path, number: int, piece: Piece) -> None:
    batches = batches_of(piece, ["doc_id", "segments"])
    write_rows(folder / f"part-{number:05d}.parquet", SIGNALS_SCHEMA, _measured(batches, source))


def _measured(batches: Iterator[pa.RecordBatch], source: str) -> Iterator[pa.RecordBatch]:
    """Rows of SIGNALS_SCHEMA for rows of documents. An error carries its class alone: its message may hold record text."""
    for batch in batches:
        with class_alone(f"measuring {source}"):
            columns = measure(texts_of(batch))
        yield pa.RecordBatch.from_arrays([batch["doc_id"], *map(pa.array, columns.values())], schema=SIGNALS_SCHEMA)
