"""What became of the documents of each source, stage by stage, over all days.

Read from commit records, and from the identities and sizes of documents; no text is read, and nothing is decided here.
How it is shown is corpus.py's.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import artifacts, ledger, releases, shards
from heal_pipeline.lake import Lake, Table
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.repeated_sentences import MOSTLY_REPEATED
from heal_pipeline.survivors import REASONS

RAW, FILTERED, DEIDENTIFIED, CLEAN = "raw", "filtered", "deidentified", "clean"
SURVIVORS, RELEASE, TRAINING, HELD_OUT = "survivors", "release", "training", "held out"
STAGES = (RAW, FILTERED, CLEAN, SURVIVORS, RELEASE, TRAINING, HELD_OUT)
"""Where documents are counted. `clean` is the last daily table of a source: de-identified where it may hold PHI."""

REPEATED = "repeated sentences"
"""The step in which survivors go that are mostly sentences of others. What it leaves is what a release is cut of."""

ESTIMATED = (RAW, FILTERED)
"""Where tokens are not counted, unless the table is the clean one: what is dropped is never tokenized."""

EXCLUDED = "source_excluded"
"""The ledger's rule for the documents of a source that fails as a whole."""


@dataclass(frozen=True)
class Amount:
    """Documents, and the characters and tokens that they add up to; None where these have not been counted."""

    documents: int = 0
    characters: int | None = 0
    tokens: int | None = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(
            self.documents + other.documents,
            _known_sum(self.characters, other.characters),
            _known_sum(self.tokens, other.tokens),
        )


def _known_sum(a: int | None, b: int | None) -> int | None:
    return None if a is None or b is None else a + b


def total(amounts: Iterable[Amount]) -> Amount:
    return reduce(add, amounts, Amount())


@dataclass(frozen=True)
class Step:
    """The decisions of a stage on a source's documents, over all days.

    Attributes:
        documents_in: what the ledger has decisions on. What is kept and dropped adds up to it.
        dropped: rule → what it dropped.
        kept: what the stage's tables hold.
        not_yet: documents of the stage before that have no decision: their day has not come through this stage. Below zero
            where the stage before holds fewer by now than when this one was made.
    """

    stage: str
    documents_in: int
    dropped: dict[str, Amount]
    kept: Amount
    not_yet: int = 0

    @property
    def conserved(self) -> bool:
        return self.documents_in == self.kept.documents + total(self.dropped.values()).documents


@dataclass(frozen=True)
class Exclusion:
    """Why a source was excluded as a whole.

    Attributes:
        days: on which it was.
        documents: of these days, those that the quality rules judged.
        failing_share: of the documents that fail a quality rule; `bound` is the share at which a source is excluded.
        rules: quality rule → documents of which it is the first to hold, the most frequent first.
    """

    days: list[str]
    documents: int
    failing_share: float
    bound: float
    rules: dict[str, int]


@dataclass(frozen=True)
class SourceFunnel:
    """A source over all days.

    Attributes:
        amounts: by stage, of STAGES; a stage that has not been made is not in it.
        steps: the stages that decide, in order.
        tokenized: the clean documents whose tokens have been counted.
    """

    entry: SourceEntry
    amounts: dict[str, Amount]
    steps: list[Step]
    tokenized: Amount
    exclusion: Exclusion | None = None


def funnels(lake: Lake, profile: Profile) -> list[SourceFunnel]:
    """The funnel of each source of the profile, in the profile's order."""
    counted = _counted(lake)
    return [_funnel(lake, entry, counted) for entry in profile.sources]


def _funnel(lake: Lake, entry: SourceEntry, counted: "_Counted") -> SourceFunnel:
    names = [RAW, FILTERED, *([DEIDENTIFIED] if entry.restricted else [])]
    tokenized = counted.tokenized.get(entry.name, Amount())
    steps: list[Step] = []
    for stage in names:
        step = _daily_step(lake, entry, stage, _kept(steps))
        if step is None:
            break
        steps.append(step)
    amounts = {step.stage: step.kept for step in steps if step.stage != DEIDENTIFIED}
    if len(steps) == len(names):
        clean = steps[-1].kept
        # Fewer documents than these have tokens where a day has not been tokenized yet.
        amounts[CLEAN] = tokenized if tokenized.documents == clean.documents else clean
        if entry.clean_stage == FILTERED:
            amounts[FILTERED] = amounts[CLEAN]
    if counted.fates is not None and (amounts or entry.name in counted.fates):
        steps.append(_survivors_step(counted.fates.get(entry.name, {}), _kept(steps)))
        amounts[SURVIVORS] = steps[-1].kept
        if counted.mostly_repeated is not None:
            steps.append(_repeated_step(steps[-1].kept.documents, counted.mostly_repeated[entry.name]))
    for stage, by_source in ((RELEASE, counted.release), (TRAINING, counted.training), (HELD_OUT, counted.held_out)):
        if by_source is not None:
            amounts[stage] = by_source.get(entry.name, Amount())
    is_excluded = any(EXCLUDED in step.dropped for step in steps)
    return SourceFunnel(entry, amounts, steps, tokenized, _exclusion(lake, entry) if is_excluded else None)


def _daily_step(lake: Lake, entry: SourceEntry, stage: str, kept_before: int | None) -> Step | None:
    """A daily stage of a source over all days; None where no day of it is committed."""
    name = f"{stage}/{entry.name}"
    zone = "cleared" if stage == DEIDENTIFIED else entry.zone
    tables = [lake.table(name, day, zone) for day in lake.days(name, zone)]
    manifests = {str(t.day): t.manifest() for t in tables if t.committed()}
    if not manifests:
        return None
    decisions = ledger.summaries(lake, name)
    rules: Counter[str] = Counter()
    documents_in = 0
    kept = []
    for day, manifest in manifests.items():
        summary = decisions.get(day, {"rows_in": manifest.rows, "by_rule": {}})
        documents_in += summary["rows_in"]
        rules.update(summary["by_rule"])
        characters = manifest.metadata.get("characters") if manifest.rows else 0
        kept.append(Amount(manifest.rows, characters, None if manifest.rows else 0))
    dropped = {rule: Amount(n, None, None) for rule, n in _by_frequency(rules).items()}
    return Step(stage, documents_in, dropped, total(kept), 0 if kept_before is None else kept_before - documents_in)


def _kept(steps: list[Step]) -> int | None:
    return steps[-1].kept.documents if steps else None


def _survivors_step(fates: Mapping[str, Amount], kept_before: int | None) -> Step:
    """The decisions over all days. Their input is what the survivors' own table lists."""
    documents_in = total(fates.values()).documents
    dropped = {reason: fates.get(reason, Amount()) for reason in REASONS}
    return Step(
        SURVIVORS,
        documents_in,
        dropped,
        fates.get("", Amount()),
        0 if kept_before is None else kept_before - documents_in,
    )


def _repeated_step(survivors: int, gone: int) -> Step:
    dropped = {MOSTLY_REPEATED: Amount(gone, None, None)} if gone else {}
    return Step(REPEATED, survivors, dropped, Amount(survivors - gone, None, None))


def _exclusion(lake: Lake, entry: SourceEntry) -> Exclusion:
    """Of a source that was excluded on a day at least."""
    name = f"filtered/{entry.name}"
    days = [day for day, summary in ledger.summaries(lake, name).items() if summary["by_rule"].get(EXCLUDED)]
    tables = [lake.table(f"ledger/{name}", day).read(["rule", "value", "threshold", "evidence"]) for day in days]
    found = pa.concat_tables(tables).filter(pc.field("rule") == EXCLUDED)
    rules = Counter(rule for rule in found["evidence"].to_pylist() if rule)
    share, bound = float(pc.mean(found["value"]).as_py()), float(found["threshold"][-1].as_py())
    return Exclusion(days, found.num_rows, share, bound, _by_frequency(rules))


def _by_frequency(rules: Counter[str]) -> dict[str, int]:
    return dict(sorted(rules.items(), key=lambda kv: (-kv[1], kv[0])))


Sums = dict[str, Amount]
"""Source → what its documents add up to."""


@dataclass(frozen=True)
class _Counted:
    """What commit records alone do not say, by source.

    Attributes:
        tokenized: the documents that have tokens.
        fates: source → reason ("" where it stays) → the documents of survivors; None where there are no survivors.
        mostly_repeated: source → how many of these survivors go as mostly repeated; None where that was not decided on them.
        release, training, held_out: None where it has not been made.
    """

    tokenized: Sums
    fates: dict[str, Sums] | None
    mostly_repeated: Counter[str] | None
    release: Sums | None
    training: Sums | None
    held_out: Sums | None


def _counted(lake: Lake) -> _Counted:
    tables = {day: lake.table("tokenized", day) for day in lake.days("tokenized")}
    sizes = {day: table for day, table in tables.items() if table.committed()}
    tokenized: Sums = defaultdict(Amount)
    for table in sizes.values():
        for (source,), amount in _summed(_sizes(table), None, ["source"]).items():
            tokenized[source] += amount
    return _Counted(tokenized, _fates(lake, sizes), _mostly_repeated(lake), *_released(lake, sizes))


def _fates(lake: Lake, sizes: dict[str, Table]) -> dict[str, Sums] | None:
    table = lake.table("survivors")
    if not table.committed():
        return None
    fates: dict[str, Sums] = defaultdict(lambda: defaultdict(Amount))
    rows = table.read(["doc_id", "source", "batch", "reason"])
    for (source, reason), amount in _by_day(rows, sizes, ["source", "reason"]):
        fates[source][reason] += amount
    return fates


def _mostly_repeated(lake: Lake) -> Counter[str] | None:
    survivors, repeated = lake.table("survivors"), lake.table("repeated_sentences")
    if not survivors.committed() or not repeated.committed():
        return None
    if repeated.manifest().inputs.get(survivors.label) != survivors.manifest().fingerprint:
        return None
    rows = repeated.read(["source", "kept"])
    return Counter(rows.filter(pc.invert(rows["kept"]))["source"].to_pylist())


def _released(lake: Lake, sizes: dict[str, Table]) -> tuple[Sums | None, Sums | None, Sums | None]:
    """What the current release holds, and of it the documents for training and those held out."""
    table = lake.table("release")
    if not table.committed():
        return None, None, None
    release = releases.current(lake)
    rows = table.read(["doc_id", "source", "batch", "tokenized", "characters_left_out", "tokens_left_out"])
    pins = dict(zip(rows["batch"].to_pylist(), rows["tokenized"].to_pylist(), strict=True))
    pinned = {day: t for day, t in sizes.items() if t.manifest().fingerprint == pins.get(day)}
    training, held_out = (_packed(lake, release, p) for p in (shards.TRAINING, shards.VALIDATION))
    held = [d for source in held_out or () for d in releases.held_out(lake, source)]
    rows = rows.append_column("held_out", pc.is_in(rows["doc_id"], value_set=pa.array(held, pa.string())))
    whole: Sums = defaultdict(Amount)
    characters: dict[tuple[str, bool], int | None] = defaultdict(int)
    for (source, is_held_out), amount in _by_day(rows, pinned, ["source", "held_out"]):
        whole[source] += amount
        characters[source, is_held_out] = _known_sum(characters[source, is_held_out], amount.characters)
    if training is not None and held_out is not None:
        # The shards say how many documents and tokens they hold, and nothing of characters.
        training, held_out = (
            {source: replace(amount, characters=characters[source, is_held_out]) for source, amount in packed.items()}
            for is_held_out, packed in ((False, training), (True, held_out))
        )
    return whole, training, held_out


def _packed(lake: Lake, release: str, purpose: str) -> Sums | None:
    """What the shards of a release hold by source; None where they have not been written."""
    folder = lake.home / purpose / release
    if not folder.is_dir():
        return None
    found: Sums = {}
    for place in sorted(folder.iterdir()):
        name = shards.artifact_name(purpose, release, place.name)
        if artifacts.committed(lake, name) and (manifest := artifacts.manifest(lake, name)).scheme == shards.SCHEME:
            found[place.name] = Amount(manifest.metadata["documents"], None, manifest.metadata["tokens"])
    return found


def _sizes(table: Table) -> pa.Table:
    return table.read(["doc_id", "source", "num_characters", "num_tokens"])


def _by_day(rows: pa.Table, sizes: dict[str, Table], keys: list[str]) -> Iterable[tuple[tuple, Amount]]:
    """Keys and sums of the rows of each day, whose sizes are looked up in the day's table where it is there."""
    for day in sorted(pc.unique(rows["batch"]).to_pylist()):
        mine = rows.filter(pc.equal(rows["batch"], day))
        yield from _summed(mine, _sizes(sizes[day]) if day in sizes else None, keys).items()


def _summed(rows: pa.Table, sizes: pa.Table | None, keys: list[str]) -> dict[tuple, Amount]:
    """Values of the keys → the sum of the rows' sizes, which are in `rows` itself where `sizes` is not given.

    A sum is None where the size of one of its rows is not known. What is left out of a row does not count.
    """
    measures = ["num_characters", "num_tokens"]
    if sizes is not None:
        rows = rows.join(sizes.drop_columns(["source"]), keys="doc_id", join_type="left outer")
    missing = [m for m in measures if m not in rows.column_names]
    for name in missing:
        rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.int32()))
    for name in measures:
        if (left_out := f"{name.removeprefix('num_')}_left_out") in rows.column_names:
            rows = rows.set_column(rows.column_names.index(name), name, pc.subtract(rows[name], rows[left_out]))
    sums = [*((m, "sum") for m in measures), *((m, "count") for m in measures)]
    found = rows.group_by(keys).aggregate([("doc_id", "count"), *sums]).to_pylist()

    def known(row: dict, measure: str) -> int | None:
        return row[f"{measure}_sum"] if row[f"{measure}_count"] == row["doc_id_count"] else None

    return {
        tuple(row[k] for k in keys): Amount(row["doc_id_count"], known(row, measures[0]), known(row, measures[1]))
        for row in found
    }
