"""Releases: the frozen, content-addressed corpora that models are made of. Which documents survive is not decided here.

A release names its documents and pins the tokens of each day by fingerprint. `release` is the current one; the same rows
stay under `releases/<id>` for as long as a model is made of them.
"""

from collections import Counter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import artifacts, shards
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.lake import Lake, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import Profile
from heal_pipeline.ragged import lengths_in_place

ID_DIGITS = 16

RELEASE_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("tokenized", pa.string(), nullable=False),  # fingerprint of the day's tokens: the id covers them too
        pa.field("cluster", pa.string(), nullable=False),  # as in survivors: what no split may part
        pa.field("left_out", pa.list_(pa.int32()), nullable=False),  # sentences that are not packed, by number
        pa.field("tokens_left_out", pa.int32(), nullable=False),
        pa.field("characters_left_out", pa.int32(), nullable=False),
    ]
)


def cut(lake: Lake, profile: Profile, validate: Validator | None = None) -> StageResult:
    """Freezes the survivors, what is left out of them, and the tokens of their days, as `release` and for good as `releases/<id>`.

    Args:
        validate: runs the suite "release" as well, where it is given.

    Raises:
        UserError: no document survived.
        GateError: tokens of a kept document are missing, days were tokenized differently, or the repeated sentences are those
            of other survivors or tokens.
        GateFailedError: a gate of the release did not pass.
    """
    from heal_pipeline.table_fingerprint import fingerprint_parquet

    survivors = lake.table("survivors")
    kept = survivors.read(["doc_id", "source", "batch", "kept", "cluster"])
    num_survivors = kept.num_rows
    kept = kept.filter(kept["kept"]).sort_by([("batch", "ascending"), ("source", "ascending"), ("doc_id", "ascending")])
    if not kept.num_rows:
        raise UserError(
            "no document survived, so there is nothing to release: see `heal status` for the sources' state"
        )
    wanted = pc.unique(kept["batch"]).to_pylist()
    tables = [lake.table("tokenized", day) for day in sorted({*wanted, *_committed_days(lake)})]
    scheme = _one_scheme(tables)
    _require_tokens(kept, tables)
    repeated = lake.table("repeated_sentences")
    _require_decided(repeated, [survivors, *tables])
    kept = _without_repeated(kept, repeated)
    # A day without a document in it is not pinned: the id, a hash of the rows, would not cover it.
    days = pc.unique(kept["batch"]).to_pylist()
    pins = {str(t.day): t.manifest().fingerprint for t in tables if t.day in days}
    data = pa.table(
        {
            "doc_id": kept["doc_id"],
            "source": kept["source"],
            "batch": kept["batch"],
            "tokenized": pa.array([pins[d] for d in kept["batch"].to_pylist()], pa.string()),
            **{name: kept[name] for name in ("cluster", "left_out", "tokens_left_out", "characters_left_out")},
        }
    ).cast(RELEASE_SCHEMA)
    verdicts = [_no_withdrawn(lake, data)]
    if validate is not None:
        numbers = lengths_in_place(data, "left_out", "sentences_left_out")
        verdicts.append(validate("release", numbers.to_pandas()))
    counts = Counter(data["source"].to_pylist())
    metadata: dict[str, Any] = {
        "days": days,
        "scheme": scheme,
        "survivors": survivors.manifest().fingerprint,
        "tokenized": pins,
    }
    inputs = [survivors, repeated, *tables]
    with lake.stage(lake.table("release"), inputs=inputs, code_version=code_version("release")) as staged:
        staged.write(data)
        for verdict in verdicts:
            staged.gate(verdict)
        release_id = fingerprint_parquet(staged.files())[1][:ID_DIGITS]
        if all(v.passed for v in verdicts):
            _keep(lake, release_id, data, inputs, verdicts, metadata)
        manifest = staged.commit({"id": release_id, **metadata, "documents": dict(sorted(counts.items()))})
    return StageResult(
        "release",
        num_survivors,
        manifest.rows,
        manifest,
        {"id": release_id, "days": len(days), "sources": len(counts), "documents": manifest.rows, "scheme": scheme},
        {
            "documents": [{"source": s.name, "documents": counts[s.name]} for s in profile.sources if counts[s.name]],
            "days": [{"day": day, "tokenized": fingerprint} for day, fingerprint in pins.items()],
        },
    )


def current(lake: Lake) -> str:
    """The id of the current release: 16 hex digits.

    Raises:
        GateError: none has been cut, or its gate failed.
    """
    return lake.table("release").manifest().fingerprint[:ID_DIGITS]


def table(lake: Lake, release: str) -> Table:
    """The immutable table of a release."""
    return lake.table(f"releases/{release}")


def tokens(lake: Lake, release: str) -> list[Table]:
    """The tokenized tables that a release pins, day by day.

    Raises:
        GateError: a day was tokenized again since.
    """
    pins = table(lake, release).manifest().metadata["tokenized"]
    found = [lake.table("tokenized", day) for day in sorted(pins)]
    for each in found:
        if each.manifest().fingerprint != pins[each.day]:
            raise GateError(f"{each.label} was made again since the release {release} was cut: cut a new release")
    return found


def held_out(lake: Lake, source: str) -> list[str]:
    """The ids of a source's validation documents in the current release, sorted; [] where the source has none.

    Raises:
        GateError: the validation set of the current release has not been committed, or was altered.
    """
    import pyarrow.parquet as pq

    release = current(lake)
    name = shards.artifact_name(shards.VALIDATION, release, source)
    if not (lake.home / shards.VALIDATION / release).is_dir():
        raise GateError(
            f"the validation set of the release {release} has not been committed: materialise validation_set"
        )
    if not (lake.home / name).is_dir():
        return []
    folder = artifacts.require_whole(lake, name, shards.SCHEME, shards.SPANS)
    spans = pq.read_table(folder / shards.SPANS, columns=["doc_id"])
    return sorted(set(spans["doc_id"].to_pylist()))


def _committed_days(lake: Lake) -> list[str]:
    return [day for day in lake.days("tokenized") if lake.table("tokenized", day).committed()]


def _one_scheme(tables: list[Table]) -> str:
    schemes = {str(t.day): t.manifest().scheme for t in tables}
    latest = schemes[max(schemes)]
    others = [day for day, scheme in schemes.items() if scheme != latest]
    if others:
        raise GateError(
            f"tokenized@{others[0]} has the scheme {schemes[others[0]]!r}, later days have {latest!r}: materialise tokenized again for all days"
        )
    return latest


def _require_tokens(kept: pa.Table, tables: list[Table]) -> None:
    for each in tables:
        wanted = kept.filter(pc.equal(kept["batch"], each.day))["doc_id"]
        there = pc.is_in(wanted, value_set=each.read(["doc_id"])["doc_id"])
        lacking = len(wanted) - (pc.sum(there).as_py() or 0)
        if lacking:
            raise GateError(
                f"{each.label} lacks {lacking} kept documents: materialise tokenized for that day, then cut again"
            )


def _require_decided(repeated: Table, present: list[Table]) -> None:
    now = {table.label: table.manifest().fingerprint for table in present}
    older = [label for label, made_of in repeated.manifest().inputs.items() if now.get(label) != made_of]
    if older:
        raise GateError(
            f"{repeated.label} was made of another {older[0]}: rematerialise {repeated.label}, then cut again"
        )


def _without_repeated(kept: pa.Table, repeated: Table) -> pa.Table:
    """The survivors that do not go as mostly repeated, and what is left out of each."""
    columns = ["left_out", "tokens_left_out", "characters_left_out"]
    found = repeated.read(["doc_id", "kept", *columns])
    nothing = {"doc_id": "", "kept": True, "left_out": [], "tokens_left_out": 0, "characters_left_out": 0}
    found = pa.concat_tables([found, pa.Table.from_pylist([nothing], found.schema)]).combine_chunks()
    place = pc.fill_null(pc.index_in(kept["doc_id"], value_set=found["doc_id"]), found.num_rows - 1)
    found = found.take(place)
    for name in columns:
        kept = kept.append_column(name, found[name])
    return kept.filter(found["kept"])


def _no_withdrawn(lake: Lake, data: pa.Table) -> Verdict:
    """A withdrawal since the survivors were decided must not be overlooked."""
    withdrawals = lake.table("revocations")
    found = 0
    if withdrawals.committed():
        found = pc.sum(pc.is_in(data["doc_id"], value_set=withdrawals.read(["doc_id"])["doc_id"])).as_py() or 0
    return Verdict("no_withdrawn_document", found == 0, [{"documents": data.num_rows, "withdrawn": found}])


def _keep(
    lake: Lake, release: str, data: pa.Table, inputs: list[Table], verdicts: list[Verdict], metadata: dict[str, Any]
) -> None:
    """Writes `releases/<id>` unless it is there, and whole: equal rows are the same release, and what was said of it first stays."""
    if table(lake, release).is_whole():
        return
    with lake.stage(table(lake, release), inputs=inputs, code_version=code_version("release")) as staged:
        staged.write(data)
        for verdict in verdicts:
            staged.gate(verdict)
        staged.commit(metadata)
