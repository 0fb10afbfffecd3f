"""The table of origins: which file a hash stands for. Restricted for every source, since a file's name may name a person.

The ledger names files by the first digits of their hashes; here an operator finds the file (docs/sources.md).
"""

from collections import defaultdict
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.code_version import code_version
from heal_pipeline.lake import Lake
from heal_pipeline.profile import SourceEntry
from heal_pipeline.sources.rows import FILE, KEY_CONFLICT, UNREADABLE
from heal_pipeline.sources.units import Unit

ORIGIN_SCHEMA = pa.schema(
    [
        pa.field("origin_file", pa.string(), nullable=False),  # as in the documents
        pa.field(
            "paths", pa.list_(pa.string()), nullable=False
        ),  # below the data folder; several where files are equal
        pa.field("bytes", pa.int64(), nullable=False),
        pa.field("records", pa.int64(), nullable=False),
        pa.field("quarantined", pa.int64(), nullable=False),  # of the records: unreadable, or of a taken key
    ]
)


def origins_of(rows: pa.Table, folder: Path | None) -> pa.Table:
    """The table of origins from the rows of ingest (columns origin_file, rule, evidence, num_records), by hash.

    Args:
        folder: the data folder.
    """
    units: dict[str, list[Unit]] = defaultdict(list)
    records: dict[str, int] = defaultdict(int)
    for row in rows.filter(pc.equal(rows["rule"], FILE)).select(["origin_file", "evidence", "num_records"]).to_pylist():
        units[row["origin_file"]].append(Unit.loads(row["evidence"]))
        records[row["origin_file"]] += row["num_records"]
    bad = rows.filter(pc.is_in(rows["rule"], pa.array([UNREADABLE, KEY_CONFLICT])))
    sums = bad.select(["origin_file", "num_records"]).group_by("origin_file").aggregate([("num_records", "sum")])
    quarantined = dict(zip(sums["origin_file"].to_pylist(), sums["num_records_sum"].to_pylist(), strict=True))
    return pa.Table.from_pylist(
        [
            {
                "origin_file": origin,
                "paths": sorted({place for unit in units[origin] for place in unit.places(folder)}),
                "bytes": sum(_size(p) for p in {p for unit in units[origin] for p in unit.paths}),
                "records": records[origin],
                "quarantined": quarantined.get(origin, 0),
            }
            for origin in sorted(units)
        ],
        schema=ORIGIN_SCHEMA,
    )


def _size(path: str) -> int:
    return Path(path).stat().st_size if Path(path).exists() else 0  # a file may have gone since it was found


def write_origins(lake: Lake, entry: SourceEntry, day: str, origins: pa.Table) -> None:
    """Commits origins/<source>@day, made with raw/<source>@day."""
    with lake.stage(
        lake.table(f"origins/{entry.name}", day, "restricted"),
        inputs=[lake.table(f"raw/{entry.name}", day, entry.zone)],
        code_version=code_version("raw"),
    ) as staged:
        staged.write(origins)
        staged.commit({"files": origins.num_rows})
