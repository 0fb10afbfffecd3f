"""Documents that the tests of tokens write, and their profile."""

import pyarrow as pa

from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, doc_id, document_text
from heal_pipeline.lake import Lake
from heal_pipeline.profile import Profile

DAY = "2026-01-05"
ENTRY = {"reader": "jsonl", "licence": "CC0-1.0", "owner": "team:x"}
BOS, EOS = 0, 1
TEXTS = [
    "The patient was seen on Monday. Blood pressure was 120/80, pulse 72.\nPlan: metoprolol 25 mg twice a day.",
    "Dr. Smith said: rest, fluids. No fever since. Überweisung an die Klinik – naïve 患者 \U0001d11e?",
    "Text that names </s> and <s> and <pad> in the middle.",
]


def profile_of(**knobs: object) -> Profile:
    sources = [
        {**ENTRY, "name": "pages", "group": "medical_public", "kind": "article"},
        {**ENTRY, "name": "tasks", "group": "medical_proprietary", "kind": "instruction", "phi": "contains"},
    ]
    values = {"name": "t", "synthetic": True, "days": [DAY], "sources": sources}
    return Profile.model_validate({**values, "tokenizer": {"vocab_size": 400, **knobs}})


def write_documents(lake: Lake, name: str, documents: list[list[dict]], subjects: bool = False, day: str = DAY) -> list:
    source = name.partition("/")[2]
    rows = [
        {
            "doc_id": doc_id(source, f"{day}{i}"),
            "content_id": content_id(document_text(segments)),
            "source": source,
            "batch": day,
            "origin_file": "0" * 64,
            "origin_row": i,
            "num_records": 1,
            "subject_id": doc_id("person", str(i % 3)) if subjects else None,
            "kind": "instruction" if subjects else "article",
            "segments": segments,
            "meta": [],
        }
        for i, segments in enumerate(documents)
    ]
    with lake.stage(lake.table(name, day)) as staged:
        staged.write(pa.Table.from_pylist(rows, DOCUMENT_SCHEMA))
        staged.commit()
    return rows


def scored(text: str) -> list[dict]:
    return [{"text": text, "scored": True}]


def instruction(prompt: str, response: str) -> list[dict]:
    return [{"text": prompt, "scored": False}, {"text": response, "scored": True}]
