"""The sentences of the survivors, from the tokens of all days: hashes and sizes, a bounded batch at a time. No text, no token."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.errors import GateError
from heal_pipeline.lake import Table
from heal_pipeline.left_out import token_ranges
from heal_pipeline.pieces import Piece, batches_of, pieces_of
from heal_pipeline.profile import Profile
from heal_pipeline.repeated_sentences.counting import OCCURRENCE, Slots, repeated

_COUNTED = ["sentence_hashes", "sentence_words"]
_MEASURED = [*_COUNTED, "sentence_characters", "sentence_starts", "num_tokens"]


@dataclass(frozen=True)
class Day:
    """The tokens of a day.

    Attributes:
        pieces: of its files.
        document: int64[num_rows], each row's place in the order of survivors; -1 where it is none of them, or is protected.
    """

    pieces: list[Piece]
    document: np.ndarray


@dataclass(frozen=True)
class Sentences:
    """What all days hold.

    Attributes:
        repeated: OCCURRENCE[num], by document and sentence: those of sentences that are repeated.
        num_sentences: int64[num_survivors], sentences that are long enough to be counted; 0 for protected documents.
        num_words: int64[num_survivors], of all sentences; 0 for protected documents.
    """

    repeated: np.ndarray
    num_sentences: np.ndarray
    num_words: np.ndarray


def days_of(tables: list[Table], survivors: pa.Table, profile: Profile) -> tuple[list[Day], pa.Table]:
    """The days, and the survivors with their documents' `kind`.

    Args:
        tables: tokenized@day of each day.
        survivors: in order.

    Raises:
        GateError: a day was not tokenized, or lacks a survivor.
    """
    kinds = np.full(survivors.num_rows, "", dtype=object)
    days = []
    for table in tables:
        own = np.flatnonzero(pc.equal(survivors["batch"], table.day).to_numpy())
        rows = table.read(["doc_id", "kind"])
        place = pc.index_in(rows["doc_id"], value_set=survivors["doc_id"].take(own)).to_numpy()
        found = np.isfinite(place)
        if found.sum() != len(own):
            raise GateError(
                f"{table.label} lacks {len(own) - found.sum()} surviving documents: materialise tokenized for that day"
            )
        document = np.full(rows.num_rows, -1, dtype=np.int64)
        document[found] = own[place[found].astype(np.int64)]
        kinds[document[found]] = rows["kind"].to_numpy()[found]
        days.append(Day(pieces_of(table.files()), document))
    survivors = survivors.append_column("kind", pa.array(kinds, pa.string()))
    eligible = may_lose_sentences(survivors, profile)
    for day in days:
        day.document[~eligible[day.document]] = -1
    return days, survivors


def may_lose_sentences(documents: pa.Table, profile: Profile) -> np.ndarray:
    """bool[num_documents], of columns source and kind: whether the profile lets the kind and the source's group lose sentences."""
    config = profile.repeated_sentences
    sources = [entry.name for entry in profile.sources if entry.group in config.groups]
    allowed = pc.and_(
        pc.is_in(documents["source"], value_set=pa.array(sources, pa.string())),
        pc.is_in(documents["kind"], value_set=pa.array(config.kinds, pa.string())),
    )
    return allowed.to_numpy(zero_copy_only=False).astype(bool)


def sentences_of(days: list[Day], num_survivors: int, profile: Profile) -> Sentences:
    """The sentences of all days."""
    config = profile.repeated_sentences
    counted, words_of = np.zeros(num_survivors, dtype=np.int64), np.zeros(num_survivors, dtype=np.int64)
    slots = Slots(num_survivors)
    for document, batch in _batches(days, _COUNTED):
        row, hashes, words = _flat(batch)
        is_long = words >= config.min_words
        slots.count(hashes[is_long])
        counted[document] += np.bincount(row[is_long], minlength=len(document))
        words_of[document] += np.bincount(row, words, minlength=len(document)).astype(np.int64)
    found = [np.empty(0, dtype=OCCURRENCE)]
    for document, batch in _batches(days, _MEASURED):
        row, hashes, words = _flat(batch)
        here = np.flatnonzero(words >= config.min_words)
        here = here[slots.may_exceed(hashes[here], config.max_documents)]
        if len(here):
            first = np.searchsorted(row, row[here])
            begin, end = token_ranges(batch, row[here], here - first, profile.tokenizer)
            part = np.empty(len(here), dtype=OCCURRENCE)
            part["hash"], part["document"], part["sentence"] = hashes[here], document[row[here]], here - first
            part["words"], part["tokens"] = words[here], end - begin
            part["characters"] = pc.list_flatten(batch["sentence_characters"]).to_numpy()[here]
            found.append(part)
    return Sentences(repeated(np.concatenate(found), config.max_documents), counted, words_of)


def _batches(days: list[Day], columns: list[str]) -> Iterator[tuple[np.ndarray, pa.RecordBatch]]:
    """Rows of the documents that may lose sentences, and these documents."""
    for day in days:
        first = 0
        for piece in day.pieces:
            for batch in batches_of(piece, columns):
                document = day.document[first : first + batch.num_rows]
                first += batch.num_rows
                wanted = document >= 0
                if wanted.any():
                    yield document[wanted], batch.filter(pa.array(wanted))


def _flat(batch: pa.RecordBatch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each sentence: the row that it stands in, its hash, its words."""
    row = pc.list_parent_indices(batch["sentence_hashes"]).to_numpy()
    hashes = pc.list_flatten(batch["sentence_hashes"]).to_numpy().view(np.uint64)
    return row, hashes, pc.list_flatten(batch["sentence_words"]).to_numpy()
