"""What members measure with: texts of the open data sets or of the clinic, and homes that hold them as documents."""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heal_pipeline.profile import OPEN_DATA_VARIABLE, Profile, SourceEntry

if TYPE_CHECKING:
    from heal_pipeline.lake import Lake, Verdict

OPEN_SETS = ("redpajama-sample/c4-rp/*.jsonl.gz", "dolma-cc/*.jsonl.gz")
DAY = "2026-01-01"
TEXT_CHARS = 3000
NUM_TEXTS = 1000
FILE_DOCUMENTS = 6_000
"""A file is more than a piece of a stage, so that the smallest of the tables is shared out as tasks of Spark."""


def reading_texts() -> tuple[str, list[str]]:
    """(where they are from, texts): web pages of the open data sets, or without these the clinic's reading text."""
    if texts := open_texts(OPEN_SETS):
        return " and ".join(pattern.rpartition("/")[0] for pattern in OPEN_SETS), texts
    return "the synthetic clinic's pages", list(clinic_pages(2000))


def open_texts(patterns: Iterable[str]) -> list[str]:
    """The texts of JSON lines below the data folder; none where the folder or the files are not there."""
    folder = os.environ.get(OPEN_DATA_VARIABLE)
    files = sorted(path for pattern in patterns for path in Path(folder).glob(pattern)) if folder else []
    texts: list[str] = []
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as stream:
            texts += [json.loads(line)["text"] for line in stream]
    return texts


def clinic_pages(num: int) -> Iterator[str]:
    """Pages of the clinic, among them those of poor quality that it plants."""
    from heal_pipeline.sources.clinic import Clinic

    clinic = Clinic(seed=0, documents=num, days=[DAY])
    for stream in ("general_pages", "medical_pages"):
        for record in clinic.records(stream, DAY):
            yield "\n".join(segment.text for segment in record.segments)


def cut(texts: Iterable[str], num: int, chars: int = TEXT_CHARS) -> Iterator[str]:
    """`num` texts of just under `chars` characters: the texts in a row, cut between words, again and again from where the last
    cut fell, so that the second time round the cuts are others."""
    endless, rest = cycle(texts), ""
    for _ in range(num):
        while len(rest) <= chars:
            rest = f"{rest}{next(endless)}\n".lstrip()
        piece = rest[:chars].rsplit(None, 1)[0]
        rest = rest[len(piece) :].lstrip()
        yield piece


def write_documents(home: Path, stage: str, source: str, num: int, texts: list[str]) -> None:
    """Commits a table of Documents of a source, on DAY."""
    import pyarrow as pa

    from heal_pipeline.documents import DOCUMENT_SCHEMA
    from heal_pipeline.lake import Lake

    numbered = enumerate(cut(texts, num))
    with (lake := Lake(home)).stage(lake.table(stage, DAY)) as staged:
        while rows := [document(source, i, text) for i, text in islice(numbered, FILE_DOCUMENTS)]:
            staged.write(pa.Table.from_pylist(rows, DOCUMENT_SCHEMA))
        staged.commit()


def document(source: str, number: int, text: str) -> dict[str, Any]:
    from heal_pipeline.documents import content_id, doc_id

    return {
        "doc_id": doc_id(source, str(number)),
        "content_id": content_id(text),
        "source": source,
        "batch": DAY,
        "origin_file": "0" * 64,
        "origin_row": number,
        "num_records": 1,
        "subject_id": None,
        "kind": "text",
        "segments": [{"text": text, "scored": True}],
        "meta": [("url", f"https://example.org/{number}")],
    }


def profile_of(source: str, day: str = DAY) -> Profile:
    """One public source of pages, one day."""
    entry = SourceEntry(
        name=source,
        reader="jsonl",
        group="non_medical_public",
        kind="text",
        licence="CC0-1.0",
        owner="team:data",
    )
    return Profile(name="bench", days=[day], sources=[entry])


def write_survivors(lake: "Lake", doc_ids: list[str]) -> None:
    """Commits survivors of the source "pages": all of them stay."""
    import pyarrow as pa

    from heal_pipeline.survivors import SURVIVOR_SCHEMA

    num = len(doc_ids)
    values: dict[str, Any] = {"doc_id": doc_ids, "source": ["pages"] * num, "batch": [DAY] * num, "kept": [True] * num}
    values |= {name: [""] * num for name in ("reason", "evidence", "cluster")}
    with lake.stage(lake.table("survivors")) as staged:
        staged.write(pa.table(values, SURVIVOR_SCHEMA))
        staged.commit()


def passed(suite: str, frame: Any, /, **parameters: float | None) -> "Verdict":
    """A validator that asks for nothing: where suites are not what is measured."""
    from heal_pipeline.lake import Verdict

    return Verdict(suite, True)
