"""What people read of packing: the table of rows by source, and the charts of lengths, fill and tokens."""

from typing import Any

import numpy as np

from heal_pipeline.packing.corpus import Corpus
from heal_pipeline.profile import Profile

SUMS = ("documents", "rows", "tokens", "documents_split", "sentences_cut")
COLUMNS = ["source", "documents", "rows", "tokens", "documents split", "sentences cut", "fill share"]


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def packing_report(
    corpus: Corpus, profile: Profile, records: list[dict[str, Any]], charts: list[dict[str, Any]]
) -> dict[str, Any]:
    """reports/packing.json: a row a source and one for all, what is held out of each, and the charts."""
    held = corpus.by_source(corpus.held_out)
    all_tokens = corpus.by_source(corpus.num_tokens)
    held_tokens = corpus.by_source(np.where(corpus.held_out, corpus.num_tokens, 0))
    of_source = {r["source"]: r for r in records}
    rows = []
    for name in sorted(all_tokens):
        found = of_source.get(name, {**dict.fromkeys(SUMS, 0), "fill": None})
        out = (held[name], share(held_tokens[name], all_tokens[name]))
        rows.append([name, *(found[k] for k in SUMS), found["fill"], *out])
    totals = {k: sum(r[k] for r in records) for k in SUMS}
    fill = share(totals["tokens"], totals["rows"] * profile.packing.max_length)
    out = (sum(held.values()), share(sum(held_tokens.values()), sum(all_tokens.values())))
    rows.append(["all sources", *(totals[k] for k in SUMS), fill, *out])
    note = (
        f"Rows of {profile.packing.max_length} tokens, one source a row; documents for training. Only a document longer than "
        "a row is split, and a sentence is cut only where it alone is longer than a row. Held out: documents for validation, "
        "and their share of the source's tokens."
    )
    none = corpus.without_held_out()
    if none and (profile.packing.validation_share or profile.packing.validation_minimum):
        note += (
            f" Nothing is held out of {', '.join(none)}: any person or document of theirs would be more than half of the "
            f"documents or {profile.packing.validation_max_share:.0%} of the tokens."
        )
    table = {
        "title": "Packed rows by source",
        "columns": [*COLUMNS, "held out", "held out share"],
        "rows": rows,
        "note": note,
    }
    return {"title": "Packing", "release": corpus.release, "tables": [table], "charts": charts, "sources": records}


def length_chart(corpus: Corpus, profile: Profile) -> dict[str, Any]:
    """A histogram of the documents' tokens, in bins that double: documents of each group, and the bin's share of all tokens."""
    groups = {s.name: s.group.replace("_", " ") for s in profile.sources}
    group_of = np.array([groups.get(name, "other") for name in corpus.sources])[corpus.source]
    bins = np.ceil(np.log2(np.maximum(corpus.num_tokens, 1))).astype(np.int64)
    span = range(int(bins.min()), int(bins.max()) + 1)
    counts = {g: np.bincount(bins[group_of == g], minlength=span.stop)[span.start :] for g in sorted(set(group_of))}
    documents, tokens = (np.bincount(bins, weights)[span.start :] for weights in (None, corpus.num_tokens))
    return {
        "title": "Documents by their number of tokens",
        "x": "documents, and their share of all tokens",
        "bars": [f"up to {2**b:,}" for b in span],
        "ends": [f"{int(n):,} · {share(t, tokens.sum()):.1%}" for n, t in zip(documents, tokens, strict=True)],
        "series": {str(group): of_bin.tolist() for group, of_bin in counts.items()},
    }


def fill_chart(records: list[dict[str, Any]]) -> dict[str, Any]:
    """How much of each source's rows is tokens."""
    return {
        "title": "Fill of rows by source",
        "x": "share of the rows' places",
        "bars": [r["source"] for r in records],
        "ends": [f"{r['fill']:.2%} of {r['rows']:,} rows" for r in records],
        "series": {"tokens": [r["fill"] for r in records], "padding": [1 - r["fill"] for r in records]},
    }


def tokens_chart(corpus: Corpus) -> dict[str, Any]:
    """Tokens of each source, those for training beside those held out."""
    training = corpus.by_source(np.where(corpus.held_out, 0, corpus.num_tokens))
    held = corpus.by_source(np.where(corpus.held_out, corpus.num_tokens, 0))
    names = sorted(training, key=lambda name: (-training[name] - held[name], name))
    return {
        "title": "Tokens by source",
        "x": "tokens",
        "bars": names,
        "ends": [f"{training[n] + held[n]:,}" for n in names],
        "series": {"for training": [training[n] for n in names], "held out": [held[n] for n in names]},
    }
