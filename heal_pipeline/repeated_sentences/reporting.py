"""reports/repeated_sentences.json: what is repeated and what was left out. Counts and hashes, no text."""

from typing import Any

import numpy as np
import pyarrow as pa

from heal_pipeline.lake import Lake, write_json
from heal_pipeline.profile import RepeatedSentencesConfig
from heal_pipeline.repeated_sentences.counting import num_documents

NUM_SHOWN = 20

Rows = list[dict[str, Any]]


def most_repeated(found: np.ndarray, sources: pa.ChunkedArray) -> Rows:
    """The sentences in most documents, by hash.

    Args:
        found: OCCURRENCE[num] of repeated sentences.
        sources: of the documents, in order.
    """
    hashes, code = np.unique(found["hash"], return_inverse=True)
    counts = num_documents(code, found["document"])
    rows = []
    for i in np.lexsort((hashes, -counts))[:NUM_SHOWN].tolist():
        own = np.flatnonzero(code == i)
        names = sources.take(pa.array(found["document"][own])).unique().to_pylist()
        rows.append(
            {
                "sentence": f"{int(hashes[i]):016x}",
                "documents": int(counts[i]),
                "words": int(found["words"][own[0]]),
                "sources": ", ".join(sorted(names)),
            }
        )
    return rows


def report(lake: Lake, config: RepeatedSentencesConfig, by_source: Rows, top: Rows) -> None:
    """Writes reports/repeated_sentences.json."""
    rows = [[*row.values(), row["words_left_out"] / row["words"]] for row in by_source]
    columns = [name.replace("_", " ") for name in by_source[0]] if by_source else []
    note = (
        f"Sentences of at least {config.min_words} words that stand in more than {config.max_documents} documents stay in the"
        f" first of them. A document that would lose more than {config.max_document_share:.0%} of its words goes as a whole."
        f" Of the kinds {', '.join(config.kinds) or 'none'}; all others keep every sentence."
    )
    value = {
        "title": "Repeated sentences",
        "tables": [
            {
                "title": "Sentences left out by source",
                "columns": [*columns, "share of words left out"],
                "rows": rows,
                "note": note,
            },
            {
                "title": "Most repeated sentences",
                "columns": ["sentence", "documents", "words", "sources"],
                "rows": [list(row.values()) for row in top],
                "note": "By the hash of their words." if top else "None.",
                "details": True,
            },
        ],
        "charts": [],
        "absent": "",
    }
    write_json(lake.reports / "repeated_sentences.json", value)
