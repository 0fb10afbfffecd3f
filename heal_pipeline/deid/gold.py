"""Public gold sets of de-identification, read in their publishers' own formats. They are measured on, and no training reads them."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

GoldText = tuple[str, list[tuple[int, int, str]]]
"""A text and its spans (start, end, type), half-open."""


def presidio_research(folder: Path) -> list[GoldText]:
    """Microsoft's template-made sentences (synth_dataset_v2)."""
    with gzip.open(folder / "synth_dataset_v2.json.gz", "rt", encoding="utf-8") as stream:
        rows = json.load(stream)
    return [
        (r["full_text"], [(s["start_position"], s["end_position"], s["entity_type"]) for s in r["spans"]]) for r in rows
    ]


def asq_phi(folder: Path) -> list[GoldText]:
    """Clinicians' search queries (Weatherhead et al. 2026): values without offsets, found again in the query."""
    found: list[GoldText] = []
    text = (folder / "synthetic_clinical_queries.txt").read_text(encoding="utf-8")
    for block in text.split("===QUERY===")[1:]:
        query, _, tags = block.partition("===PHI_TAGS===")
        query = query.strip()
        spans: list[tuple[int, int, str]] = []
        for line in tags.strip().splitlines():
            if line.strip():
                tag = json.loads(line)
                start = query.find(tag["value"])
                while start >= 0:
                    spans.append((start, start + len(tag["value"]), tag["identifier_type"]))
                    start = query.find(tag["value"], start + 1)
        found.append((query, spans))
    return found


def pypedeid_notes(folder: Path) -> list[GoldText]:
    """Long clinical notes with made-up identifiers; silver: the marking was proposed by tools."""
    rows = [json.loads(line) for line in (folder / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    return [(r["document"]["text"], [(s["start"], s["end"], s["label"]) for s in r["spans"]]) for r in rows]


SETS: dict[str, Callable[[Path], list[GoldText]]] = {
    "presidio-research": presidio_research,
    "asq-phi": asq_phi,
    "pypedeid-notes": pypedeid_notes,
}
"""Folder below the data folder to its reader."""
