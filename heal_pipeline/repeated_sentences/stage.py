"""The stage repeated_sentences: a row for each survivor that loses sentences or goes as a whole, and the ledger of each day."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.lake import Lake, Staged, StageResult, Validator
from heal_pipeline.profile import Profile
from heal_pipeline.ragged import lengths_in_place, lists
from heal_pipeline.repeated_sentences import guards
from heal_pipeline.repeated_sentences.choice import choose
from heal_pipeline.repeated_sentences.reading import Sentences, days_of, sentences_of
from heal_pipeline.repeated_sentences.reporting import most_repeated, report
from heal_pipeline.survivors.order import in_order

TABLE = "repeated_sentences"

REPEATED_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("kept", pa.bool_(), nullable=False),
        pa.field(
            "left_out", pa.list_(pa.int32()), nullable=False
        ),  # sentences, by number; none where the document goes
        pa.field("num_words", pa.int32(), nullable=False),
        # What the sentences hold that are left out, or would be.
        pa.field("words_left_out", pa.int32(), nullable=False),
        pa.field("characters_left_out", pa.int32(), nullable=False),
        pa.field("tokens_left_out", pa.int32(), nullable=False),
    ]
)

UNTOUCHED, SHORTENED, MOSTLY_REPEATED = "nothing_repeated", "sentences_left_out", "mostly_repeated"
"""The rules of the ledger. A document that is mostly repeated goes as a whole."""

LOSSES = ("sentences_left_out", "words_left_out", "tokens_left_out", "documents_shortened", "documents_left_out")
"""What is counted by source. The words of documents that go are among those left out; sentences and tokens are those of the ones
that stay."""


def decide(lake: Lake, profile: Profile, validate: Validator) -> StageResult:
    """Writes the table repeated_sentences, its ledger by day, and reports/repeated_sentences.json.

    Raises:
        GateError: there are no survivors, or a day of theirs was not tokenized.
        GateFailedError: a sentence would be lost, a protected document was touched, a source loses too much, or the suite
            "repeated_sentences" fails.
    """
    survivors = lake.table("survivors")
    kept = survivors.read(["doc_id", "source", "batch", "kept"])
    documents = in_order(kept.filter(kept["kept"]).drop_columns(["kept"]), profile)
    tables = [lake.table("tokenized", day) for day in sorted(pc.unique(documents["batch"]).to_pylist())]
    days, documents = days_of(tables, documents, profile)
    found = sentences_of(days, documents.num_rows, profile)
    config = profile.repeated_sentences
    is_copy, gone = choose(found.repeated, found.num_words, config.max_document_share)
    table = _table(documents, found, is_copy, gone)
    inputs = [survivors, *tables]
    with lake.stage(lake.table(TABLE), inputs=inputs, code_version=code_version("repeated_sentences")) as staged:
        staged.write(table)
        written = staged.read()
        by_source = _by_source(documents, found, written)
        staged.gate(guards.conserved(documents, written))
        staged.gate(guards.one_copy_stays(documents, written, found))
        staged.gate(guards.protected_untouched(documents, written, profile))
        staged.gate(guards.removed_share(by_source, config.max_removed_share))
        numbers = lengths_in_place(written, "left_out", "sentences_left_out")
        staged.gate(validate(TABLE, numbers.to_pandas()))
        metadata = {
            "sentences": int(found.num_sentences.sum()),
            "repeated_sentences": len(np.unique(found.repeated["hash"])),
            **{name: sum(r[name] for r in by_source) for name in LOSSES},
        }
        staged.require_gates()
        _record(staged, documents, written, config.max_document_share)  # before the table: see ledger.commit
        manifest = staged.commit(metadata)
    top = most_repeated(found.repeated, documents["source"])
    report(lake, config, by_source, top)
    return StageResult(
        TABLE,
        documents.num_rows,
        documents.num_rows - len(gone),
        manifest,
        metadata,
        {"by_source": by_source, "most_repeated": top},
    )


def _table(documents: pa.Table, found: Sentences, is_copy: np.ndarray, gone: np.ndarray) -> pa.Table:
    """A row for each document that loses something, in order."""
    lost = found.repeated[is_copy]
    own, starts = np.unique(lost["document"], return_index=True)
    lengths, kept = np.diff(starts, append=len(lost)), ~np.isin(own, gone)
    sums = {
        f"{name}_left_out": np.add.reduceat(lost[name], starts) if len(own) else starts
        for name in ("words", "characters", "tokens")
    }
    rows = documents.select(["doc_id", "source", "batch"]).take(own)
    left_out = pa.array(lost["sentence"][np.repeat(kept, lengths)], pa.int32())
    columns = {name: rows[name] for name in rows.column_names}
    columns |= {
        "kept": pa.array(kept),
        "left_out": lists(lengths * kept, left_out),
        "num_words": pa.array(found.num_words[own]),
        **{name: pa.array(values) for name, values in sums.items()},
    }
    return pa.table(columns).cast(REPEATED_SCHEMA)


def _by_source(documents: pa.Table, found: Sentences, table: pa.Table) -> list[dict[str, Any]]:
    """What each source holds and loses; of a document that goes, all."""
    coded = documents["source"].combine_chunks().dictionary_encode()
    sources, of = coded.dictionary.to_pylist(), coded.indices.to_numpy()
    totals = {
        "documents": np.bincount(of, minlength=len(sources)),
        "words": np.bincount(of, found.num_words, minlength=len(sources)),
        "sentences": np.bincount(of, found.num_sentences, minlength=len(sources)),
    }
    _, code = np.unique(found.repeated["hash"], return_inverse=True)
    repeated = np.unique(code * len(sources) + of[found.repeated["document"]])
    totals["repeated_sentences"] = np.bincount(repeated % max(1, len(sources)), minlength=len(sources))
    kept, place = table["kept"].to_numpy(), of[guards.places(documents, table)]
    words = np.where(kept, table["words_left_out"].to_numpy(), table["num_words"].to_numpy())
    losses = {
        "sentences_left_out": pc.list_value_length(table["left_out"]).to_numpy(),
        "words_left_out": words,
        "tokens_left_out": np.where(kept, table["tokens_left_out"].to_numpy(), 0),
        "documents_shortened": kept,
        "documents_left_out": ~kept,
    }
    totals |= {name: np.bincount(place, losses[name], minlength=len(sources)) for name in LOSSES}
    rows = [
        {"source": source, **{name: int(values[i]) for name, values in totals.items()}}
        for i, source in sorted(enumerate(sources), key=lambda pair: pair[1])
    ]
    return [row for row in rows if row["words"]]


def _record(staged: Staged, documents: pa.Table, table: pa.Table, max_share: float) -> None:
    """Writes ledger/repeated_sentences@day for each day: a row for each survivor."""
    place = guards.places(documents, table)
    rule = np.full(documents.num_rows, UNTOUCHED, dtype=object)
    kept = table["kept"].to_numpy()
    rule[place] = np.where(kept, SHORTENED, MOSTLY_REPEATED)
    share, evidence = np.full(documents.num_rows, np.nan), np.full(documents.num_rows, "", dtype=object)
    words, whole = table["words_left_out"].to_numpy(), table["num_words"].to_numpy()
    share[place] = words / whole
    evidence[place] = [f"{a} of {b} words" for a, b in zip(words.tolist(), whole.tolist(), strict=True)]
    rows = ledger.rows(
        documents["doc_id"],
        documents["batch"],
        TABLE,
        rule=pa.array(rule, pa.string()),
        kept=pa.array(rule != MOSTLY_REPEATED),
        evidence=pa.array(evidence, pa.string()),
        value=share,
        threshold=np.where(np.isfinite(share), max_share, np.nan),
    )
    for day in pc.unique(documents["batch"]).to_pylist():
        own = rows.filter(pc.equal(rows["batch"], day))
        ledger.record(staged.table.lake, TABLE, day, own, inputs=[staged.entry])
