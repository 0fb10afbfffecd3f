"""Where tables live, how they are staged and committed, and what proves them: manifests, fingerprints, verdicts.

A table is a folder `ZONE/NAME[/DAY]` in the home. It holds Parquet files in `data-FINGERPRINT/` and `manifest.json`,
written last: the manifest is the commit. A table whose gates failed holds `failed.json`, and reading it is refused.

records: verdicts, manifests, results.  committing: gates, and the commit of anything staged.  home: the folder, its lock and key.
tables: the lake of a home, its tables, how they are read and staged.
"""

from heal_pipeline.lake.committing import Gates, publish, write_json
from heal_pipeline.lake.records import Manifest, StageResult, Validator, Verdict, Zone
from heal_pipeline.lake.tables import Inputs, Lake, Staged, Table, fingerprints, read_parquet

__all__ = [
    "Gates",
    "Inputs",
    "Lake",
    "Manifest",
    "StageResult",
    "Staged",
    "Table",
    "Validator",
    "Verdict",
    "Zone",
    "fingerprints",
    "publish",
    "read_parquet",
    "write_json",
]
