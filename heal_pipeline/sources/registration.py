"""Registration rows: what is known of each person, gathered from all sources of a day. Restricted, like its inputs."""

import pyarrow as pa

from heal_pipeline.code_version import code_version
from heal_pipeline.documents import REGISTRATION_SCHEMA
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake, StageResult, Table, Verdict
from heal_pipeline.profile import Profile, SourceEntry


def gather_registration(lake: Lake, profile: Profile, day: str) -> StageResult:
    """Writes `registration@day` (restricted): the distinct rows of every source's own registration table of the day.

    De-identification reads it whole, since a note may name a person whom only another source registers.

    Raises:
        GateError: a source that may hold PHI has no registration rows made of its present raw table.
    """
    parts = [_present_part(lake, entry, day) for entry in profile.restricted_sources]
    rows = pa.concat_tables([REGISTRATION_SCHEMA.empty_table(), *[t.read() for t in parts]])
    distinct = rows.group_by(["subject_id", "field", "value"]).aggregate([]).select(REGISTRATION_SCHEMA.names)
    distinct = distinct.sort_by([(name, "ascending") for name in REGISTRATION_SCHEMA.names])
    with lake.stage(
        lake.table("registration", day, "restricted"), inputs=parts, code_version=code_version("registration")
    ) as staged:
        staged.write(distinct.cast(REGISTRATION_SCHEMA))
        keyed = all(len(s) == 32 for s in distinct["subject_id"].to_pylist())
        staged.gate(Verdict("subjects_are_keyed", keyed, [{"rows": distinct.num_rows}]))
        manifest = staged.commit({"sources": len(parts)})
    metadata = {"people": len(set(distinct["subject_id"].to_pylist())), "sources": len(parts)}
    return StageResult("registration", rows.num_rows, distinct.num_rows, manifest, metadata, made="values")


def _present_part(lake: Lake, entry: SourceEntry, day: str) -> Table:
    """registration/<source>@day. Ingest commits it after raw/<source>@day: where a run was killed between the two, or where
    a source was left out of the selection, names would be missed without a word.
    """
    part = lake.table(f"registration/{entry.name}", day, "restricted")
    raw = lake.table(f"raw/{entry.name}", day, entry.zone)
    if not raw.committed() or not part.committed():
        raise GateError(
            f"registration@{day} needs the people of every source that may hold PHI, and {part.label} is not there: "
            f"materialise {raw.label} first"
        )
    if part.manifest().inputs.get(raw.label) != raw.manifest().fingerprint:
        raise GateError(f"{part.label} was not made of the present {raw.label}: rematerialise {raw.label}")
    return part
