"""Which code makes what: the modules behind each stage, and their source as one short hash.

Manifests carry it, and so do the assets of Dagster: both ask here, so that an edit of a module is seen by both.
"""

from functools import cache
from pathlib import Path

from heal_pipeline.fingerprint import fingerprint_json

LIBRARY = Path(__file__).parent

_DOCUMENTS = ("documents", "text")
_ROWS = (*(f"shards/{m}" for m in ("layout", "writing", "reading")), "ragged", "seeded", "text")

MODULES: dict[str, tuple[str, ...]] = {
    "raw": ("sources", *_DOCUMENTS),
    "registration": ("sources", "documents"),
    "signals": (
        *(f"filtering/{m}" for m in ("measuring", "signals", "prose", "kernels")),
        "pieces",
        "medical_terms",
        *_DOCUMENTS,
    ),
    "filtered": ("filtering", "pieces", *_DOCUMENTS),
    "deidentified": ("deid", "medical_terms", "seeded", *_DOCUMENTS),
    "phi_tagger": ("deid", "medical_terms", *_DOCUMENTS),
    "minhash_index": ("dedup", "pieces", "ragged", *_DOCUMENTS),
    "duplicate_pairs": ("dedup", "pieces", "ragged", *_DOCUMENTS),
    "contamination": ("decontamination", "evaluation_sets", "pieces", "ragged", *_DOCUMENTS),
    "survivors": ("survivors", "documents"),
    "repeated_sentences": ("repeated_sentences", "left_out", "survivors", "documents", "pieces", "ragged"),
    "tokens": ("tokens", "vocabulary", "seeded", "ragged", "pieces", *_DOCUMENTS),
    "release": ("releases", "ragged"),
    "packing": ("packing", "releases", "left_out", "vocabulary", "pieces", "documents", *_ROWS),
    "phases": ("phases", *_ROWS),
    "base_model": ("modeling", "vocabulary"),
    "training": ("training", "modeling", "vocabulary", "phases", "packing", *_ROWS),
    "evaluation": ("evaluation", "evaluation_sets", "modeling", "vocabulary", *_ROWS, "documents"),
    "report": ("report",),
    "compliance": ("compliance",),
}
"""Stage → what decides its outcome, as paths below this package without their ending."""


@cache
def code_version(stage: str) -> str:
    """16 hex digits over the source of a stage's modules. `stage` is one of MODULES."""
    return fingerprint_json([_source(LIBRARY / module) for module in MODULES[stage]])


def _source(path: Path) -> list[str]:
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    return [file.read_text(encoding="utf-8") for file in files]
