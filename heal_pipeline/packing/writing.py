"""Writing shards: the documents of a release laid out in rows, and their tokens put in place, a piece of a day at a time.

1. `lay_out` says where every document of a source goes; the plan of all sources lies in files that tasks map.
2. Each task reads one piece of the tokens of a day, once, whatever the number of sources, and puts them in place.
3. Each shard is closed, read back by its gates, and committed.

A folder beside the shards holds what is not committed, and a mark for each piece that is in place. A run that was broken off
goes on from there; it is named after all that decides the outcome, so that no other run does.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import artifacts, releases, shards, vocabulary
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import GateError, GateFailedError
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.lake import Gates, Lake, Table, Verdict
from heal_pipeline.left_out import LeftOut
from heal_pipeline.packing.corpus import Corpus
from heal_pipeline.packing.fitting import Layout, lay_out, needless_cuts
from heal_pipeline.packing.identities import as_digits, texts
from heal_pipeline.packing.placing import Counts, Plan, Target, put_piece, read_back, total
from heal_pipeline.pieces import num_rows
from heal_pipeline.profile import Profile
from heal_pipeline.seeded import rank, ranks
from heal_pipeline.spark import run_tasks
from heal_pipeline.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MIN_SPARK_PIECES = 128
"""Below this, some twenty seconds of work, a Spark session costs more than it saves, unless there are many cores."""
SPANS_AT_ONCE = 2**18
UNFINISHED = "unfinished-"

Check = Callable[[list[dict[str, Any]]], Verdict]
Session = Callable[[], "SparkSession"]


@dataclass
class Written:
    """A source being written.

    Attributes:
        numbers: its documents in the corpus, in the order of the layout.
    """

    target: Target
    numbers: np.ndarray
    layout: Layout
    long_starts: dict[int, np.ndarray]
    num_tokens: np.ndarray

    def record(self, counts: Counts) -> dict[str, Any]:
        """Its row in the report and in the frame of the suite "packed"."""
        layout, max_length = self.layout, self.target.max_length
        return {
            "source": self.target.source,
            "documents": len(self.numbers),
            "rows": layout.num_rows,
            "tokens": counts[0],
            "scored_tokens": counts[1],
            "fill": counts[0] / (layout.num_rows * max_length),
            "documents_split": layout.num_split,
            "sentences_cut": layout.num_cut,
            "sentences_cut_needlessly": needless_cuts(layout, self.long_starts, self.num_tokens, max_length),
        }


def write_shards(
    lake: Lake,
    profile: Profile,
    corpus: Corpus,
    purpose: str,
    check: Check | None = None,
    session: Session | None = None,
) -> list[dict[str, Any]]:
    """Writes and commits the shards of a purpose, one artifact a source, and removes those of sources without documents.

    A shard that is there as it would become, every byte of it, stays as it is.

    Args:
        purpose: shards.TRAINING or shards.VALIDATION.
        check: turns the records of all sources into one more verdict, which each of the artifacts carries.
        session: gives Spark for a large corpus; without it the tasks run here, one after the other.

    Returns:
        a record a source: documents, rows, tokens, fill, cuts.

    Raises:
        GateFailedError: tokens were lost or doubled, a sentence was cut needlessly, or the check did not pass.
        HomeError: the home has no room for the rows.
    """
    ids = vocabulary.read(lake)
    key = _key(profile, corpus, purpose, ids)
    parent = lake.home / purpose / corpus.release
    folder = parent / f"{UNFINISHED}{fingerprint_json([key, _layout_of_pieces(corpus)])}"
    chosen = (corpus.held_out == (purpose == shards.VALIDATION)) & (corpus.num_tokens > 0)
    numbers = {
        corpus.sources[i]: np.flatnonzero(chosen & (corpus.source == i)) for i in np.unique(corpus.source[chosen])
    }
    _remove_others(parent, {*numbers, folder.name})
    names = {source: shards.artifact_name(purpose, corpus.release, source) for source in sorted(numbers)}
    kept = {source: record for source, name in names.items() if (record := _kept(lake, name, key))}
    written = [_begin(profile, corpus, ids, folder, s, numbers[s]) for s in names if s not in kept]
    parts = _put_all(lake, corpus, folder, written, session) if written else []
    counts = {each.target.source: total(parts, each.target.source) for each in written}
    verdicts: dict[str, list[Verdict]] = {source: [] for source in names}
    records = dict(kept)
    left_out = corpus.left_out()
    for each in written:
        source = each.target.source
        _close(corpus, each, left_out)
        records[source] = each.record(counts[source])
        verdicts[source] = [_conserved(each, counts[source]), _kept_sentences(records[source])]
    in_order = [records[source] for source in names]
    if check is not None and names:
        shared = check(in_order)
        for found in verdicts.values():
            found.append(shared)
    try:
        _require(lake, {names[source]: found for source, found in verdicts.items()})
        for each in written:
            source = each.target.source
            record = {**records[source], "split": corpus.split, "key": key}
            _commit(lake, corpus, names[source], each.target, verdicts[source], record)
    except GateFailedError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    shutil.rmtree(folder, ignore_errors=True)
    return in_order


def _key(profile: Profile, corpus: Corpus, purpose: str, ids: Vocabulary) -> str:
    """Names all that decides what is written."""
    settings = [purpose, corpus.split, profile.packing.window_documents, ids.fingerprint]
    return fingerprint_json([*settings, code_version("packing")])


def _layout_of_pieces(corpus: Corpus) -> list[list[tuple[str, int, int]]]:
    """Of each piece, which row groups it holds: the marks of a run that was broken off name pieces by their numbers."""
    pieces = [piece for day in corpus.days for piece in day.pieces]
    return [[(Path(group.file).name, group.index, group.num_rows) for group in piece] for piece in pieces]


def _kept(lake: Lake, name: str, key: str) -> dict[str, Any] | None:
    """The record of a shard that was written under the same key, and is whole."""
    try:
        record = artifacts.manifest(lake, name, shards.SCHEME).metadata
        if record.get("key") != key:
            return None
        artifacts.require_whole(lake, name)
    except GateError:
        return None
    return {k: v for k, v in record.items() if k not in ("split", "key")}


def _begin(
    profile: Profile, corpus: Corpus, ids: Vocabulary, folder: Path, source: str, numbers: np.ndarray
) -> Written:
    """Lays a source's documents out in their seeded order."""
    doc_ids = corpus.doc_id.take(pa.array(numbers))
    keys = {
        "rank": ranks(texts(doc_ids), profile.seed, "packing"),
        "doc_id": doc_ids,
        "batch": corpus.batch[numbers],
    }
    order = pc.sort_indices(pa.table(keys), [(name, "ascending") for name in keys])
    numbers = numbers[order.to_numpy()]
    num_tokens = corpus.num_tokens[numbers]
    is_long = np.flatnonzero(num_tokens > profile.packing.max_length).tolist()
    long_starts = {i: corpus.sentence_starts(int(numbers[i])) for i in is_long}
    layout = lay_out(
        num_tokens,
        corpus.num_sentences[numbers],
        long_starts,
        max_length=profile.packing.max_length,
        window=profile.packing.window_documents,
        seed=rank(source, profile.seed, "rows"),
    )
    target = Target(
        source, str(folder / source), layout.num_rows, profile.packing.max_length, ids.size, ids.pad, ids.fingerprint
    )
    return Written(target, numbers, layout, long_starts, num_tokens)


def _put_all(
    lake: Lake, corpus: Corpus, folder: Path, written: list[Written], session: Session | None
) -> list[dict[str, Counts]]:
    """Puts the tokens of all days in place, piece by piece. Returns what each piece held."""
    done = folder / "done"
    if any(not Path(each.target.folder).exists() for each in written):
        shutil.rmtree(folder, ignore_errors=True)  # marks of pieces would speak of shards that are not there
        lake.make_folders()
        lake.require_space(sum(each.target.num_bytes for each in written))
    for each in written:
        each.target.writer()
    done.mkdir(exist_ok=True)
    plan = Plan(folder / "plan")
    _write_plan(plan, corpus, written)
    tasks = []
    for day, tokens in enumerate(corpus.days):
        first_row = 0
        for index, piece in enumerate(tokens.pieces):
            tasks.append((str(plan.folder), str(done / f"{day}-{index}.json"), day, first_row, piece))
            first_row += num_rows(piece)
    if session is None or len(tasks) < MIN_SPARK_PIECES:
        return [put_piece(*task) for task in tasks]
    return run_tasks(session(), put_piece, tasks)


def _write_plan(plan: Plan, corpus: Corpus, written: list[Written]) -> None:
    num_documents = len(corpus.num_tokens)
    target, first = np.full(num_documents, -1, dtype=np.int16), np.zeros(num_documents, dtype=np.int64)
    count = np.zeros(num_documents, dtype=np.int32)
    places, lengths = [], []
    num_runs = 0
    for i, each in enumerate(written):
        layout = each.layout
        bounds = np.searchsorted(layout.document, np.arange(len(each.numbers) + 1))
        target[each.numbers] = i
        first[each.numbers] = num_runs + bounds[:-1]
        count[each.numbers] = np.diff(bounds)
        num_runs += len(layout.document)
        places.append(layout.row * each.target.max_length + layout.start)
        lengths.append(layout.length.astype(np.int32))
    rows: list[dict[str, np.ndarray]] = []
    for day in corpus.days:
        numbers = np.maximum(day.number, 0)
        of_row = np.where(day.number >= 0, target[numbers], np.int16(-1))
        left_out = {f"left_out_{name}": getattr(day.left_out, name) for name in ("row", "begin", "end")}
        rows.append({"target": of_row, "first": first[numbers], "count": count[numbers], **left_out})
    plan.write(
        [each.target for each in written],
        {"place": np.concatenate(places), "length": np.concatenate(lengths)},
        rows,
    )


def _close(corpus: Corpus, each: Written, left_out: LeftOut) -> None:
    """Closes a shard with its sidecar. A span's sentences are told by their numbers in the text, from the first to the last; what
    the release leaves out between them is known to the release."""
    layout = each.layout
    order = np.lexsort((layout.start, layout.row))

    def spans() -> Iterator[pa.Table]:
        for first in range(0, len(order), SPANS_AT_ONCE):
            here = order[first : first + SPANS_AT_ONCE]
            documents = each.numbers[layout.document[here]]
            ids = as_digits(corpus.doc_id.take(pa.array(documents)))
            begin, count = layout.first_sentence[here], layout.num_sentences[here]
            first_sentence = left_out.numbers_in_text(documents, begin)
            last_sentence = left_out.numbers_in_text(documents, begin + np.maximum(count, 1) - 1)
            yield pa.table(
                {
                    "row": pa.array(layout.row[here], pa.int32()),
                    "start": pa.array(layout.start[here], pa.int32()),
                    "length": pa.array(layout.length[here], pa.int32()),
                    "doc_id": ids,
                    "first_sentence": pa.array(first_sentence, pa.int32()),
                    "num_sentences": pa.array(np.where(count > 0, last_sentence - first_sentence + 1, 0), pa.int32()),
                }
            )

    each.target.writer().close(spans())


def _conserved(each: Written, counts: Counts) -> Verdict:
    """The gate: the shard, read back row by row, holds every token that was read, at its place, none lost and none twice."""
    found = read_back(shards.Shard.open(each.target.folder))
    expected = (int(each.num_tokens.sum()), *counts[1:])
    results = [
        {"what": what, "in": a, "out": b, "passed": a == b}
        for what, a, b in zip(("tokens", "scored", "checksum"), expected, found, strict=True)
    ]
    return Verdict("tokens_conserved", counts == expected == found, results)


def _kept_sentences(record: dict[str, Any]) -> Verdict:
    names = ("sentences_cut", "sentences_cut_needlessly", "documents_split")
    return Verdict("no_sentence_cut", record["sentences_cut_needlessly"] == 0, [{n: record[n] for n in names}])


def _require(lake: Lake, verdicts: dict[str, list[Verdict]]) -> None:
    """Raises GateFailedError where a gate failed; each artifact that it failed for is refused to readers."""
    failure: GateFailedError | None = None
    for name, found in verdicts.items():
        gates = Gates(name, lake.home / name)
        gates.verdicts.extend(found)
        try:
            gates.require()
        except GateFailedError as error:
            failure = failure or error
    if failure is not None:
        raise failure


def _commit(
    lake: Lake, corpus: Corpus, name: str, target: Target, verdicts: list[Verdict], record: dict[str, Any]
) -> None:
    inputs: list[Table | tuple[str, str]] = [
        releases.table(lake, corpus.release),
        *(day.table for day in corpus.days),
        (vocabulary.TOKENIZER, target.tokenizer),
    ]
    version = code_version("packing")
    with artifacts.stage(
        lake, name, inputs=inputs, code_version=version, scheme=shards.SCHEME, path=Path(target.folder)
    ) as staged:
        for verdict in verdicts:
            staged.gate(verdict)
        staged.commit(record)


def _remove_others(folder: Path, names: set[str]) -> None:
    """Shards of an earlier run whose source has no documents of this purpose any more would be read as if it had; what a run
    of other settings has left unfinished nobody goes on with."""
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if path.name not in names:
            shutil.rmtree(path)
