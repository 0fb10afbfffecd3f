"""The stages `packed` and `validation_set`, and the table of rows that they report."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from heal_pipeline import shards
from heal_pipeline.lake import Lake, StageResult, Validator, Verdict, write_json
from heal_pipeline.packing.writing import Corpus, read_corpus, write_shards
from heal_pipeline.profile import Profile

if TYPE_CHECKING:
    import pandas as pd


def pack(lake: Lake, profile: Profile, validate: Validator) -> StageResult:
    """Packs the training documents of the current release: cleared/shards/<release>/<source>.

    Writes reports/packing.json.

    Raises:
        GateError: there is no release, or its tokens are not the ones that it pins.
        GateFailedError: a gate of the shards did not pass.
    """
    import pandas as pd

    def check(records: list[dict[str, Any]]) -> Verdict:
        return validate("packed", pd.DataFrame(records))

    corpus = read_corpus(lake, profile)
    records = write_shards(lake, profile, corpus, shards.TRAINING, check)
    chart = _length_histogram(corpus.documents, profile)
    write_json(lake.reports / "packing.json", _packing_report(corpus, profile, records, chart))
    return _result("packed", corpus, records, profile, [chart])


def validation_set(lake: Lake, profile: Profile) -> StageResult:
    """Packs the held-out documents of the current release: cleared/validation/<release>/<source>.

    Raises:
        GateError, GateFailedError: as `pack`.
    """
    corpus = read_corpus(lake, profile)
    # Also where no source has one: that the set was made, and is empty, can then be told from its absence.
    (lake.home / shards.VALIDATION / corpus.release).mkdir(parents=True, exist_ok=True)
    records = write_shards(lake, profile, corpus, shards.VALIDATION)
    return _result("validation_set", corpus, records, profile, [])


def _result(
    name: str, corpus: Corpus, records: list[dict[str, Any]], profile: Profile, charts: list[dict[str, Any]]
) -> StageResult:
    totals = {
        k: sum(r[k] for r in records) for k in ("documents", "rows", "tokens", "documents_split", "sentences_cut")
    }
    metadata = {
        "release": corpus.release,
        "sources": len(records),
        "max_length": profile.packing.max_length,
        **totals,
        "fill": _share(totals["tokens"], totals["rows"] * profile.packing.max_length),
    }
    tables = {"by_source": records}
    return StageResult(
        name, totals["documents"], totals["rows"], metadata=metadata, tables=tables, charts=charts, made="rows packed"
    )


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _packing_report(
    corpus: Corpus, profile: Profile, records: list[dict[str, Any]], chart: dict[str, Any]
) -> dict[str, Any]:
    held = Counter(corpus.documents["source"][corpus.documents["held_out"]].tolist())
    keys = ["documents", "rows", "tokens", "fill", "documents_split", "sentences_cut"]
    rows = [[r["source"], *(r[k] for k in keys), held[r["source"]]] for r in records]
    totals = {k: sum(r[k] for r in records) for k in keys}
    totals["fill"] = _share(totals["tokens"], totals["rows"] * profile.packing.max_length)
    rows.append(["all sources", *(totals[k] for k in keys), sum(held.values())])
    columns = ["source", "documents", "rows", "tokens", "fill share", "documents split", "sentences cut", "held out"]
    note = (
        f"Rows of {profile.packing.max_length} tokens, one source a row; documents for training. Only a document longer than "
        "a row is split, and a sentence is cut only where it alone is longer than a row. Held out: documents for validation."
    )
    return {
        "title": "Packing",
        "release": corpus.release,
        "tables": [{"title": "Packed rows by source", "columns": columns, "rows": rows, "note": note}],
        "charts": [chart],
        "sources": records,
    }


def _length_histogram(documents: "pd.DataFrame", profile: Profile) -> dict[str, Any]:
    """Documents of each group by tokens, in bins that double."""
    groups = {s.name: s.group.replace("_", " ") for s in profile.sources}
    names = documents["source"].map(lambda s: groups.get(s, "other"))
    lengths = documents["num_tokens"].to_numpy()
    bins = np.ceil(np.log2(np.maximum(lengths, 1))).astype(np.int64)
    span = range(int(bins.min()), int(bins.max()) + 1)
    series = {}
    for group in sorted(set(names)):
        counts = Counter(bins[(names == group).to_numpy()].tolist())
        series[group] = [[b, counts[b]] for b in span]
    return {"title": "Documents by length", "x": "tokens, up to the power of two", "y": "documents", "series": series}
