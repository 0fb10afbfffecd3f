"""Gold sets of de-identification, read in their publishers' own formats. They are measured on, and no training reads them."""

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from heal_pipeline.deid import i2b2
from heal_pipeline.deid.i2b2 import GoldText
from heal_pipeline.errors import UserError

__all__ = ["FORMATS", "SETS", "GoldText", "read"]


def presidio_research(folder: Path) -> list[GoldText]:
    """Microsoft's template-made sentences (synth_dataset_v2)."""
    return presidio(folder / "synth_dataset_v2.json.gz")


def presidio(file: Path) -> list[GoldText]:
    """A file of presidio-research's form: a JSON list of `full_text` and `spans`, packed by gzip or not."""
    data = file.read_bytes()
    rows = json.loads(gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data)
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
    return [
        (r["document"]["text"], [(s["start"], s["end"], s["label"]) for s in r["spans"]])
        for r in _records(folder / "corpus.jsonl")
    ]


def json_lines(file: Path) -> list[GoldText]:
    """Lines {"text", "spans": [[start, end, type], …]}, as `heal detect` writes spans, half-open in characters."""
    return [(r["text"], [(int(s[0]), int(s[1]), str(s[2])) for s in r["spans"]]) for r in _records(file)]


def _records(file: Path) -> list[Any]:
    """The values of a JSON lines file. Unlike `str.splitlines`, a stream leaves signs like U+2028 within a text alone."""
    with file.open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream if line.strip()]


SETS: dict[str, Callable[[Path], list[GoldText]]] = {
    "presidio-research": presidio_research,
    "asq-phi": asq_phi,
    "pypedeid-notes": pypedeid_notes,
}
"""Folder below the data folder to its reader."""

FORMATS: dict[str, Callable[[Path], list[GoldText]]] = {"i2b2": i2b2.read, "presidio": presidio, "jsonl": json_lines}
"""Forms of gold sets of one's own, by name."""


def read(path: Path, form: str) -> list[GoldText]:
    """A gold set of one's own.

    Args:
        form: a name of FORMATS.

    Raises:
        UserError: it is not there, is not of this form, or has a span outside its text. The message quotes no text.
    """
    try:
        texts = FORMATS[form](path)
        fits = all(0 <= s < e <= len(text) for text, spans in texts for s, e, _ in spans)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): give a gold set of the form {form}") from None
    except (ValueError, KeyError, TypeError, IndexError, EOFError, zlib.error) as error:
        raise UserError(f"{path} is no gold set of the form {form} ({type(error).__name__})") from None
    if not fits:
        raise UserError(f"{path} has spans that are empty or outside their text: mend their offsets")
    return texts
