"""The documents of a release as numbers, in the order in which its tokens are stored, and which of them are held out.

No token is read here. What the driver needs is some 350 bytes a document, whatever its length: 7 GB for 20 million.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import releases, vocabulary
from heal_pipeline.errors import GateError
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import Lake, Table
from heal_pipeline.left_out import LeftOut, token_ranges
from heal_pipeline.packing.identities import as_bytes, texts
from heal_pipeline.packing.split import held_out_units, joined
from heal_pipeline.pieces import Piece, batches_of, pieces_of
from heal_pipeline.profile import Profile


@dataclass(frozen=True)
class Day:
    """The tokens of a day that a release pins.

    Attributes:
        pieces: of its files.
        number: int64[num_rows], the document that a row holds, -1 where it is not in the release.
        left_out: the sentences that the release leaves out of the rows. All else speaks of what stays.
        long_starts: document → sentence starts, for documents longer than a row.
    """

    table: Table
    pieces: list[Piece]
    number: np.ndarray
    left_out: LeftOut
    long_starts: dict[int, np.ndarray]


@dataclass(frozen=True)
class Corpus:
    """The documents of a release. Arrays are [num_documents], day after day in the order of the files.

    Attributes:
        release: its id.
        doc_id: binary(16), as of `identities`.
        source: int32, a place in `sources`.
        batch: int32, a place in `days`.
        held_out: whether no model is trained on it.
        split: names the settings of the held-out split; equal for shards that may be used together.
    """

    release: str
    days: list[Day]
    sources: list[str]
    doc_id: pa.FixedSizeBinaryArray
    source: np.ndarray
    batch: np.ndarray
    num_tokens: np.ndarray
    num_sentences: np.ndarray
    held_out: np.ndarray
    split: str

    def by_source(self, values: np.ndarray) -> dict[str, int]:
        """Source → the sum of a value of its documents."""
        sums = np.bincount(self.source, values, minlength=len(self.sources))
        return {name: int(value) for name, value in zip(self.sources, sums.tolist(), strict=True)}

    def without_held_out(self) -> list[str]:
        """Sources of which nothing could be held out."""
        return sorted(name for name, num in self.by_source(self.held_out).items() if not num)

    def sentence_starts(self, document: int) -> np.ndarray:
        """int32[num_sentences], for a document longer than a row."""
        return self.days[int(self.batch[document])].long_starts[document]

    def left_out(self) -> LeftOut:
        """The sentences that are left out, `row` being the document."""
        parts = [(d.number[d.left_out.row], d.left_out.sentence, d.left_out.begin, d.left_out.end) for d in self.days]
        return LeftOut(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def read_corpus(lake: Lake, profile: Profile) -> Corpus:
    """The documents of the current release, split into training and validation.

    Raises:
        GateError: there is no release, its tokens were made again since, or are of another tokenizer than the current one.
    """
    release = releases.current(lake)
    config = profile.packing
    scheme = vocabulary.read(lake).scheme(profile.tokenizer)
    tables = releases.tokens(lake, release)
    members = _members(releases.table(lake, release), [table.day for table in tables])
    num_members = members.num_rows
    days: list[Day] = []
    parts: list[pa.Table] = []
    num_documents = 0
    for number, table in enumerate(tables):
        own = members.filter(pc.equal(members["day"], number)).combine_chunks()
        day, part = _day(table, scheme, own, num_documents, profile)
        num_documents += part.num_rows
        days.append(day)
        parts.append(part)
    del members, own
    documents = pa.concat_tables(parts)
    if documents.num_rows != num_members:
        raise GateError(
            f"the release {release} has {num_members} documents and its tokens {documents.num_rows} of them: cut a new release"
        )
    source = documents["source"].unify_dictionaries().combine_chunks()
    source_of, num_tokens = source.indices.to_numpy(), documents["num_tokens"].to_numpy()
    unit_of, names = joined(documents["unit"].combine_chunks(), documents["cluster"].to_numpy())
    held = held_out_units(
        unit_of,
        texts(names),
        source_of,
        num_tokens,
        share=config.validation_share,
        minimum=config.validation_minimum,
        max_share=config.validation_max_share,
        seed=profile.seed,
    )
    bounds = (config.validation_share, config.validation_minimum, config.validation_max_share, config.max_length)
    return Corpus(
        release=release,
        days=days,
        sources=source.dictionary.to_pylist(),
        doc_id=documents["doc_id"].combine_chunks(),
        source=source_of,
        batch=np.repeat(np.arange(len(parts), dtype=np.int32), [part.num_rows for part in parts]),
        num_tokens=num_tokens,
        num_sentences=documents["num_sentences"].to_numpy(),
        held_out=held[unit_of] if len(names) else np.zeros(0, dtype=bool),
        split=fingerprint_json([release, profile.seed, *bounds]),
    )


def _members(release: Table, days: list[str | None]) -> pa.Table:
    """doc_id as `as_bytes`; day, a place in `days`; cluster: a number, -1 where a document has none; left_out."""
    names = pa.array(days, pa.string())
    rows = _rows(
        pieces_of(release.files()),
        {
            "doc_id": as_bytes,
            "batch": lambda column: pc.index_in(column, value_set=names),
            "cluster": pc.dictionary_encode,
            "left_out": lambda column: column,
        },
    )
    cluster = rows["cluster"].unify_dictionaries().combine_chunks()
    number, alone = cluster.indices, pc.index(cluster.dictionary, "").as_py()
    cluster = pc.if_else(pc.equal(number, alone), pa.scalar(-1, pa.int32()), number)
    return pa.table(
        [rows["doc_id"], rows["batch"], cluster, rows["left_out"]], ["doc_id", "day", "cluster", "left_out"]
    )


def _rows(pieces: list[Piece], columns: dict[str, Callable[[pa.Array], pa.Array]]) -> pa.Table:
    """Columns of pieces, each made smaller as soon as a batch of it is read."""

    def small(batch: pa.RecordBatch) -> pa.RecordBatch:
        return pa.record_batch([make(batch[c]) for c, make in columns.items()], list(columns))

    made = [small(batch) for piece in pieces for batch in batches_of(piece, list(columns))]
    nothing = pa.record_batch([pa.array([], pa.string())] * len(columns), list(columns))
    return pa.Table.from_batches(made or [small(nothing)])


def _day(table: Table, scheme: str, members: pa.Table, first: int, profile: Profile) -> tuple[Day, pa.Table]:
    """A day's rows, numbered from `first` where they are members of the release, and those documents as a table."""
    pieces = pieces_of(table.files(scheme))
    rows = _rows(pieces, {"doc_id": as_bytes, "source": pc.dictionary_encode, "unit": as_bytes})
    place = pc.index_in(rows["doc_id"], value_set=members["doc_id"]).combine_chunks()
    sentences = members["left_out"].combine_chunks().take(place)
    num_tokens, num_sentences, left_out, starts_of_row = _sentences(pieces, sentences, profile)
    inside = pc.is_valid(place)
    mask = inside.to_numpy(zero_copy_only=False)
    number = np.full(rows.num_rows, -1, dtype=np.int64)
    number[mask] = first + np.arange(int(mask.sum()))
    long_starts = {int(number[row]): starts for row, starts in starts_of_row.items() if number[row] >= 0}
    rows = rows.filter(inside)
    columns = {
        **{c: rows[c] for c in rows.column_names},
        "cluster": members["cluster"].combine_chunks().take(place.filter(inside)),
        "num_tokens": pa.array(num_tokens[mask]),
        "num_sentences": pa.array(num_sentences[mask]),
    }
    return Day(table, pieces, number, left_out, long_starts), pa.table(columns)


def _sentences(
    pieces: list[Piece], sentences: pa.ListArray, profile: Profile
) -> tuple[np.ndarray, np.ndarray, LeftOut, dict[int, np.ndarray]]:
    """What stays of each row of a day without the sentences that are given by number.

    Returns:
        int64[num_rows], tokens; int64[num_rows], sentences; what is left out; and row → sentence starts, for rows that keep
        more than max_length tokens.
    """
    empty = np.zeros(0, dtype=np.int64)
    counts, lengths, parts, starts_of_row = [empty], [empty], [(empty,) * 4], {}
    first = 0
    for piece in pieces:
        for batch in batches_of(piece, ["num_tokens", "sentence_starts"]):
            own = sentences.slice(first, batch.num_rows)
            row, number = (f(own).to_numpy().astype(np.int64) for f in (pc.list_parent_indices, pc.list_flatten))
            left_out = LeftOut(row, number, *token_ranges(batch, row, number, profile.tokenizer))
            lost = np.bincount(row, left_out.length, minlength=batch.num_rows).astype(np.int64)
            starts, num_tokens = batch["sentence_starts"], batch["num_tokens"].to_numpy() - lost
            counts.append(pc.list_value_length(starts).to_numpy() - np.bincount(row, minlength=batch.num_rows))
            lengths.append(num_tokens)
            parts.append((first + row, number, left_out.begin, left_out.end))
            for i in np.flatnonzero(num_tokens > profile.packing.max_length).tolist():
                starts_of_row[first + i] = left_out.starts_without(i, starts[i].values.to_numpy().astype(np.int32))
            first += batch.num_rows
    whole = LeftOut(*(np.concatenate(column) for column in zip(*parts, strict=True)))
    return np.concatenate(lengths), np.concatenate(counts), whole, starts_of_row
