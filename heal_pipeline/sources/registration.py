"""Registration rows: what is known of each person, gathered from all sources of a day. Restricted, like its inputs."""

import pyarrow as pa

from heal_pipeline.documents import REGISTRATION_SCHEMA
from heal_pipeline.lake import Lake, StageResult, Verdict
from heal_pipeline.profile import Profile


def gather_registration(lake: Lake, profile: Profile, day: str) -> StageResult:
    """Writes `registration@day` (restricted): the distinct rows of every source's own registration table of the day.

    De-identification reads it whole, since a note may name a person whom only another source registers.
    """
    parts = [lake.table(f"registration/{s.name}", day, "restricted") for s in profile.restricted_sources]
    present = [t for t in parts if t.committed()]
    rows = pa.concat_tables([REGISTRATION_SCHEMA.empty_table(), *[t.read() for t in present]])
    distinct = rows.group_by(["subject_id", "field", "value"]).aggregate([]).select(REGISTRATION_SCHEMA.names)
    distinct = distinct.sort_by([(name, "ascending") for name in REGISTRATION_SCHEMA.names])
    with lake.stage(lake.table("registration", day, "restricted"), inputs=present) as staged:
        staged.write(distinct.cast(REGISTRATION_SCHEMA))
        keyed = all(len(s) == 32 for s in distinct["subject_id"].to_pylist())
        staged.gate(Verdict("subjects_are_keyed", keyed, [{"rows": distinct.num_rows}]))
        manifest = staged.commit({"sources": len(present)})
    metadata = {"people": len(set(distinct["subject_id"].to_pylist())), "sources": len(present)}
    return StageResult("registration", rows.num_rows, distinct.num_rows, manifest, metadata, made="values")
