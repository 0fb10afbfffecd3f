"""Writing shards: the documents of a release as a table of numbers, their layouts, and tokens streamed to their places.

The tokens of a day are read once, whatever the number of sources, and are never all in memory.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import artifacts, releases, shards, vocabulary
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import GateError
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import Lake, Table, Verdict
from heal_pipeline.packing.fitting import Layout, lay_out, needless_cuts
from heal_pipeline.packing.split import held_out_units, joined
from heal_pipeline.profile import Profile
from heal_pipeline.seeded import rank, ranks

if TYPE_CHECKING:
    import pandas as pd

BATCH_ROWS = 512
CHECK_ROWS = 512

NUMBERS = ["num_tokens", "num_characters", "num_sentences"]

Check = Callable[[list[dict[str, Any]]], Verdict]


@dataclass(frozen=True)
class Corpus:
    """The documents of a release as numbers.

    Attributes:
        release: its id.
        tables: the tokens that it pins.
        documents: a row a document: batch, doc_id, source, unit (people and clusters joined), num_tokens,
            num_characters, num_sentences, held_out.
        long_starts: row number in `documents` → sentence starts, for documents longer than a row.
        split: names the settings of the held-out split; equal for shards that may be used together.
    """

    release: str
    tables: list[Table]
    documents: "pd.DataFrame"
    long_starts: dict[int, np.ndarray]
    split: str


@dataclass
class Written:
    """What became of one source: its layout, counts for the gates, and its shard being written."""

    source: str
    numbers: np.ndarray
    """Row numbers of its documents in the corpus, in the order of the layout."""
    layout: Layout
    long_starts: dict[int, np.ndarray]
    num_tokens: np.ndarray
    staged: artifacts.StagedArtifact
    writer: shards.ShardWriter
    counts: dict[str, int] = field(default_factory=lambda: {"tokens": 0, "scored": 0, "sum": 0})

    def record(self, fill: float) -> dict[str, Any]:
        """Its row in the report and in the frame of the suite "packed"."""
        return {
            "source": self.source,
            "documents": len(self.numbers),
            "rows": self.layout.num_rows,
            "tokens": self.counts["tokens"],
            "scored_tokens": self.counts["scored"],
            "fill": fill,
            "documents_split": self.layout.num_split,
            "sentences_cut": self.layout.num_cut,
            "sentences_cut_needlessly": needless_cuts(
                self.layout, self.long_starts, self.num_tokens, self.writer.max_length
            ),
        }


def read_corpus(lake: Lake, profile: Profile) -> Corpus:
    """The documents of the current release, split into training and validation.

    Raises:
        GateError: there is no release, its tokens were made again since, or are of another tokenizer than the current one.
    """
    release = releases.current(lake)
    tables = releases.tokens(lake, release)
    config = profile.packing
    scheme = vocabulary.read(lake).scheme(profile.tokenizer)
    documents, long_starts = _numbers(lake, release, tables, scheme, config.max_length)
    documents["unit"] = joined(documents["unit"].tolist(), documents.pop("cluster").tolist())
    held = held_out_units(
        documents["unit"].tolist(),
        documents["source"].tolist(),
        share=config.validation_share,
        minimum=config.validation_minimum,
        seed=profile.seed,
    )
    documents["held_out"] = documents["unit"].isin(held)
    split = fingerprint_json(
        [release, profile.seed, config.validation_share, config.validation_minimum, config.max_length]
    )
    return Corpus(release, tables, documents, long_starts, split)


def _numbers(
    lake: Lake, release: str, tables: list[Table], scheme: str, max_length: int
) -> tuple["pd.DataFrame", dict[int, np.ndarray]]:
    import pandas as pd

    members = releases.table(lake, release).read(["doc_id", "batch", "cluster"])
    frames = []
    long_starts: dict[int, np.ndarray] = {}
    num_documents = 0
    for table in tables:
        own = members.filter(pc.equal(members["batch"], table.day))
        wanted, clusters = pd.Index(own["doc_id"].to_pylist()), own["cluster"].to_numpy()
        columns = ["doc_id", "source", "unit", "num_tokens", "num_characters", "sentence_starts"]
        for batch in _batches(table, columns, scheme):
            place = wanted.get_indexer(pd.Index(batch["doc_id"].to_pylist()))
            batch = batch.filter(pa.array(place >= 0))
            frame = batch.select(columns[:-1]).to_pandas()
            frame["batch"], frame["cluster"] = table.day, clusters[place[place >= 0]]
            frame["num_sentences"] = pc.list_value_length(batch["sentence_starts"]).to_numpy(zero_copy_only=False)
            for i in np.flatnonzero(frame["num_tokens"] > max_length).tolist():
                long_starts[num_documents + i] = batch["sentence_starts"][i].values.to_numpy().astype(np.int64)
            num_documents += len(frame)
            frames.append(frame)
    documents = pd.concat(frames, ignore_index=True)
    if len(documents) != members.num_rows:
        raise GateError(
            f"the release {release} has {members.num_rows} documents and its tokens {len(documents)} of them: cut a new release"
        )
    return documents.astype(dict.fromkeys(NUMBERS, np.int64)), long_starts


def _batches(table: Table, columns: list[str], scheme: str | None = None) -> Iterator[pa.RecordBatch]:
    import pyarrow.parquet as pq

    for file in table.files(scheme):
        yield from pq.ParquetFile(file).iter_batches(batch_size=BATCH_ROWS, columns=columns)


def write_shards(
    lake: Lake, profile: Profile, corpus: Corpus, purpose: str, check: Check | None = None
) -> list[dict[str, Any]]:
    """Writes and commits the shards of a purpose, one artifact a source, and removes those of sources without documents.

    Args:
        purpose: shards.TRAINING or shards.VALIDATION.
        check: turns the records of all sources into one more verdict, which each of the artifacts carries.

    Returns:
        a record a source: documents, rows, tokens, fill, cuts.

    Raises:
        GateFailedError: tokens were lost or doubled, a sentence was cut needlessly, or the check did not pass.
    """
    chosen = corpus.documents["held_out"] == (purpose == shards.VALIDATION)
    with ExitStack() as stack:
        written = [
            _begin(stack, lake, profile, corpus, purpose, str(source), frame.index.to_numpy())
            for source, frame in corpus.documents[chosen].groupby("source", sort=True)
        ]
        _stream(corpus, written)
        records = [_close(corpus, each) for each in written]
        shared = [check(records)] if check is not None else []
        for each, record in zip(written, records, strict=True):
            for verdict in (_conserved(each), _kept_sentences(record), *shared):
                each.staged.gate(verdict)
            each.staged.commit({**record, "split": corpus.split})
    _remove_others(lake, corpus.release, purpose, {each.source for each in written})
    return records


def _begin(
    stack: ExitStack, lake: Lake, profile: Profile, corpus: Corpus, purpose: str, source: str, numbers: np.ndarray
) -> Written:
    """Lays a source's documents out in their seeded order, and opens its shard."""
    doc_ids = corpus.documents["doc_id"].to_numpy()[numbers]
    batches = corpus.documents["batch"].to_numpy()[numbers]
    numbers = numbers[np.lexsort((batches, doc_ids, ranks(doc_ids.tolist(), profile.seed, "packing")))]
    place = {n: i for i, n in enumerate(numbers.tolist())}
    long_starts = {place[n]: starts for n, starts in corpus.long_starts.items() if n in place}
    num_tokens = corpus.documents["num_tokens"].to_numpy()[numbers]
    layout = lay_out(
        num_tokens,
        corpus.documents["num_sentences"].to_numpy()[numbers],
        long_starts,
        max_length=profile.packing.max_length,
        window=profile.packing.window_documents,
        seed=rank(source, profile.seed, "rows"),
    )
    ids = vocabulary.read(lake)
    staged = stack.enter_context(
        artifacts.stage(
            lake,
            shards.artifact_name(purpose, corpus.release, source),
            inputs=[releases.table(lake, corpus.release), *corpus.tables, (vocabulary.TOKENIZER, ids.fingerprint)],
            code_version=code_version("packing"),
            scheme=shards.SCHEME,
        )
    )
    writer = shards.ShardWriter(
        staged.path,
        num_rows=layout.num_rows,
        max_length=profile.packing.max_length,
        vocabulary=ids.size,
        pad_id=ids.pad,
        tokenizer=ids.fingerprint,
    )
    return Written(source, numbers, layout, long_starts, num_tokens, staged, writer)


def _stream(corpus: Corpus, written: list[Written]) -> None:
    """Reads the tokens of every day once, and puts each document's where its pieces lie."""
    import pandas as pd

    writer_of = np.full(len(corpus.documents), -1)
    place_of = np.zeros(len(corpus.documents), dtype=np.int64)
    for i, each in enumerate(written):
        writer_of[each.numbers] = i
        place_of[each.numbers] = np.arange(len(each.numbers))
    for table in corpus.tables:
        of_day = np.flatnonzero((corpus.documents["batch"] == table.day).to_numpy())
        index = pd.Index(corpus.documents["doc_id"].to_numpy()[of_day])
        for batch in _batches(table, ["doc_id", "tokens", "scored"]):
            found = index.get_indexer(pd.Index(batch["doc_id"].to_pylist()))
            numbers = np.where(found >= 0, of_day[np.maximum(found, 0)], -1) if len(of_day) else found
            targets = np.where(numbers >= 0, writer_of[numbers], -1)
            for target in np.unique(targets[targets >= 0]).tolist():
                mine = targets == target
                part = batch.filter(pa.array(mine))
                _put(written[target], place_of[numbers[mine]], part)


def _put(each: Written, places: np.ndarray, part: pa.RecordBatch) -> None:
    """Writes some documents of a source: the pieces of a document follow each other in its tokens without a gap."""
    tokens = pc.list_flatten(part["tokens"]).to_numpy()
    scored = pc.list_flatten(part["scored"]).to_numpy(zero_copy_only=False)
    layout = each.layout
    first, last = (np.searchsorted(layout.document, places, side=side) for side in ("left", "right"))  # type: ignore[call-overload]
    pieces = _ranges(first, last - first)
    lengths = layout.length[pieces]
    begins = layout.row[pieces] * each.writer.max_length + layout.start[pieces]
    each.writer.put(_ranges(begins, lengths), tokens, scored)
    each.counts["tokens"] += len(tokens)
    each.counts["scored"] += int(scored.sum())
    each.counts["sum"] += int(tokens.sum(dtype=np.int64))


def _ranges(begins: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """begin, begin + 1, …, begin + length - 1 of each pair, one after the other."""
    ends = np.cumsum(lengths)
    return np.repeat(begins - (ends - lengths), lengths) + np.arange(int(ends[-1]) if len(ends) else 0)


def _close(corpus: Corpus, each: Written) -> dict[str, Any]:
    layout = each.layout
    order = np.lexsort((layout.start, layout.row))
    ids = corpus.documents["doc_id"].to_numpy()[each.numbers[layout.document[order]]]
    each.writer.close(
        pa.table(
            {
                "row": pa.array(layout.row[order], pa.int32()),
                "start": pa.array(layout.start[order], pa.int32()),
                "length": pa.array(layout.length[order], pa.int32()),
                "doc_id": pa.array(ids, pa.string()),
                "first_sentence": pa.array(layout.first_sentence[order], pa.int32()),
                "num_sentences": pa.array(layout.num_sentences[order], pa.int32()),
            }
        )
    )
    return each.record(each.counts["tokens"] / (layout.num_rows * each.writer.max_length))


def _conserved(each: Written) -> Verdict:
    """The gate: the shard, read back row by row, holds the tokens that were read, none lost and none twice."""
    shard = shards.Shard.open(each.staged.path)
    found = {"tokens": 0, "scored": 0, "sum": 0}
    for start in range(0, shard.num_rows, CHECK_ROWS):
        rows = shard.rows(np.arange(start, min(start + CHECK_ROWS, shard.num_rows)))
        real = rows["document_ids"] >= 0
        found["tokens"] += int(real.sum())
        found["scored"] += int(rows["loss_mask"].sum())
        found["sum"] += int(rows["input_ids"][real].sum())
    expected = {**each.counts, "tokens": int(each.num_tokens.sum())}
    results = [{"what": k, "in": expected[k], "out": found[k], "passed": expected[k] == found[k]} for k in found]
    return Verdict("tokens_conserved", found == expected == each.counts, results)


def _kept_sentences(record: dict[str, Any]) -> Verdict:
    names = ("sentences_cut", "sentences_cut_needlessly", "documents_split")
    return Verdict("no_sentence_cut", record["sentences_cut_needlessly"] == 0, [{n: record[n] for n in names}])


def _remove_others(lake: Lake, release: str, purpose: str, sources: set[str]) -> None:
    """Shards of an earlier run whose source has no documents of this purpose any more would be read as if it had."""
    folder = lake.home / purpose / release
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name not in sources:
            shutil.rmtree(path)
