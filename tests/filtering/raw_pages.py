"""What tests of the filtering stage share: pages of a clinic as a committed raw table, and what the ledger says of them."""

from typing import Any

import pyarrow as pa

from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, doc_id
from heal_pipeline.lake import Lake
from heal_pipeline.profile import FilteringConfig, Profile, SourceEntry

DAY = "2026-01-01"
PAGE = (
    "The clinic opens at eight in the morning, and most of the people who come in have an appointment. "
    "A nurse takes their blood pressure and asks about the medicines that they use. "
    "The doctor then listens, examines them, and explains what could be done next."
)


def profile_of(entry: dict[str, Any] | None = None, **filtering_values: Any) -> tuple[Profile, SourceEntry]:
    base: dict[str, Any] = {
        "name": "pages",
        "reader": "jsonl",
        "group": "medical_public",
        "kind": "text",
        "licence": "MIT",
        "owner": "team:data",
    }
    source = SourceEntry(**{**base, **(entry or {})})
    return Profile(name="p", days=[DAY], sources=[source], filtering=FilteringConfig(**filtering_values)), source


def write_raw(
    lake: Lake,
    entry: SourceEntry,
    texts: list[str],
    urls: list[str] | None = None,
    num_files: int = 1,
    day: str = DAY,
) -> list[str]:
    """Commits raw/<source>@day. Returns the documents' ids."""
    ids = [doc_id(entry.name, str(i)) for i in range(len(texts))]
    rows = [
        {
            "doc_id": ids[i],
            "content_id": content_id(text),
            "source": entry.name,
            "batch": day,
            "origin_file": "0" * 64,
            "origin_row": i,
            "num_records": 1,
            "subject_id": None,
            "kind": entry.kind,
            "segments": [{"text": text, "scored": True}],
            "meta": [("url", urls[i])] if urls else [],
        }
        for i, text in enumerate(texts)
    ]
    table = pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)
    with lake.stage(lake.table(f"raw/{entry.name}", day, entry.zone)) as staged:
        for i in range(num_files):
            staged.write(table.take(pa.array(range(i, len(rows), num_files), pa.int64())))
        staged.commit()
    return ids


def pages(num: int) -> list[str]:
    return [f"{PAGE} This is page number {i}." for i in range(num)]


def ledger_of(lake: Lake, entry: SourceEntry) -> dict[str, dict[str, Any]]:
    return {r["doc_id"]: r for r in lake.table(f"ledger/filtered/{entry.name}", DAY).read().to_pylist()}
