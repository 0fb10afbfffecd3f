"""Rows of documents to rows without identifiers, a person at a time: what a task of the stage does.

Documents of one person are cleaned together: a name that is found in the note is looked for in the conversation. What
fails, fails closed: the row alone is dropped, with its error's class.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from heal_pipeline.deid.cleaning import Cleaned, Cleaner, Given
from heal_pipeline.deid.registered import Rows
from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, document_text

CLEANED, QUARANTINED = "cleaned", "quarantined"
"""The rules of the stage; the second drops the record."""
MAX_DOCUMENTS, MAX_CHARACTERS = 64, 2**20
"""What is cleaned together at most. The documents of a person who has more follow each other in such runs, by identity:
registered values are looked for in all of them, what was found in a run in that run alone."""

CLEANED_SCHEMA = pa.schema(
    [
        *DOCUMENT_SCHEMA,
        pa.field("rule", pa.string(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("found", pa.map_(pa.string(), pa.int64()), nullable=False),
        pa.field("echoes", pa.int64(), nullable=False),  # original numbers that are still in the output
        pa.field("broken_intervals", pa.int64(), nullable=False),  # dates that are not as the policy promises
        pa.field("risk", pa.float64(), nullable=False),  # the probability that an identifier is left
        pa.field("written", pa.list_(pa.string()), nullable=False),  # lower-case words that stand for identifiers
    ]
)


def person_of(row: dict[str, Any]) -> str:
    """Whom a document is about; who names nobody stands alone."""
    return row["subject_id"] or row["doc_id"]


def runs(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """What is cleaned together: neighbours of one person, up to MAX_DOCUMENTS and MAX_CHARACTERS. A longer document is alone.

    Args:
        rows: of DOCUMENT_SCHEMA, those of a person side by side and in the order of their identities.
    """
    run: list[dict[str, Any]] = []
    num_chars = 0
    for row in rows:
        size = sum(len(text) for text in _texts(row))
        full = len(run) == MAX_DOCUMENTS or num_chars + size > MAX_CHARACTERS
        if run and (full or person_of(run[0]) != person_of(row)):
            yield run
            run, num_chars = [], 0
        run.append(row)
        num_chars += size
    if run:
        yield run


def clean_run(rows: list[dict[str, Any]], cleaner: Cleaner, people: dict[str, Rows]) -> list[dict[str, Any]]:
    """Rows of CLEANED_SCHEMA for the rows of a run, in their order.

    Where anything goes wrong each row is tried by itself. The rows that fail carry no text, and name their error's class;
    the others are cleaned together without them.
    """
    try:
        return _cleaned(rows, cleaner, people)
    except Exception as error:
        if len(rows) == 1:
            return [_failed(rows[0], error)]
    alone = [clean_run([row], cleaner, people)[0] for row in rows]
    sound = [row for row, one in zip(rows, alone, strict=True) if one["rule"] == CLEANED]
    if len(sound) == len(rows):
        return alone
    together = iter(clean_run(sound, cleaner, people) if sound else [])
    return [next(together) if one["rule"] == CLEANED else one for one in alone]


def _failed(row: dict[str, Any], error: Exception) -> dict[str, Any]:
    failed = {"segments": [], "meta": [], "rule": QUARANTINED, "evidence": type(error).__name__}
    return {**row, **failed, "found": [], "echoes": 0, "broken_intervals": 0, "risk": 0.0, "written": []}


def _texts(row: dict[str, Any]) -> list[str]:
    return [s["text"] or "" for s in row["segments"]] + [value or "" for _, value in row["meta"]]


def _cleaned(rows: list[dict[str, Any]], cleaner: Cleaner, people: dict[str, Rows]) -> list[dict[str, Any]]:
    records = [Given(_texts(row), _coded(row)) for row in rows]
    cleaned = cleaner.clean_together(records, person_of(rows[0]), people.get(rows[0]["subject_id"] or ""))
    return [_row(row, one) for row, one in zip(rows, cleaned, strict=True)]


def _coded(row: dict[str, Any]) -> frozenset[int]:
    """The places of texts that hold a code word: a task's name."""
    return frozenset(len(row["segments"]) + i for i, (name, _) in enumerate(row["meta"]) if name == "task")


def _row(row: dict[str, Any], cleaned: Cleaned) -> dict[str, Any]:
    segments, meta = row["segments"], row["meta"]
    new = [{"text": t, "scored": s["scored"]} for t, s in zip(cleaned.texts, segments, strict=False)]
    return {
        **row,
        "content_id": content_id(document_text(new)),
        "segments": new,
        "meta": [(name, t) for (name, _), t in zip(meta, cleaned.texts[len(segments) :], strict=True)],
        "rule": CLEANED,
        "evidence": "",
        "found": sorted(cleaned.found.items()),
        "echoes": cleaned.echoes,
        "broken_intervals": cleaned.broken_intervals,
        "risk": cleaned.risk,
        "written": sorted(cleaned.written),
    }
