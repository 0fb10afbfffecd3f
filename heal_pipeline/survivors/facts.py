"""What the tables of all days say: the documents in order, which pairs were accepted, what was contaminated or withdrawn."""

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake, Table
from heal_pipeline.profile import Profile
from heal_pipeline.survivors.order import in_order

DOCUMENT_WITHDRAWN, SUBJECT_WITHDRAWN = "document withdrawn", "subject withdrawn"
"""Why a document is withdrawn: it was itself, or the person whom it is about withdrew."""

CLINICAL_KINDS = frozenset({"conversation", "note", "template", "instruction"})
"""Kinds in which a contradiction between numbers spares a near-duplicate: there a number may be a dose."""


def require_compared(indexes: dict[str, Table], pairs: dict[str, Table]) -> None:
    """Asserts that each two days were compared as they are now, by the pairs of one of them, and by one scheme.

    Pairs are facts about contents and stay true, so that more than these do no harm; what may not be is that two days
    were never compared, or only before one of them was made anew.

    Raises:
        GateError: names the table to rematerialise.
    """
    prints = {day: table.manifest().fingerprint for day, table in indexes.items()}
    manifests = {day: table.manifest() for day, table in pairs.items()}
    days = sorted(indexes)
    for day in days:
        indexes[day].manifest(indexes[days[0]].manifest().scheme)
        pairs[day].manifest(manifests[days[0]].scheme)

    def has_seen(day: str, other: str) -> bool:
        return manifests[day].inputs.get(indexes[other].label) == prints[other]

    for i, day in enumerate(days):
        if not has_seen(day, day):
            raise GateError(f"{pairs[day].label} is older than {indexes[day].label}: rematerialise {pairs[day].label}")
        for other in days[:i]:
            if not has_seen(day, other) and not has_seen(other, day):
                raise GateError(
                    f"{pairs[day].label} does not know the present {indexes[other].label}: rematerialise {pairs[day].label}"
                )


def near_duplicates(pairs: dict[str, Table]) -> pa.Table:
    """The accepted near-duplicates of all days: content_a, content_b, jaccard, rule. A pair of two days may come from both."""
    columns = ["content_a", "content_b", "jaccard", "rule"]
    types = [pa.string(), pa.string(), pa.float64(), pa.string()]
    tables = [pa.table({name: pa.array([], kind) for name, kind in zip(columns, types, strict=True)})]
    for table in pairs.values():
        found = table.read([*columns, "accepted"])
        near = pc.and_(found["accepted"], pc.not_equal(found["content_a"], found["content_b"]))
        tables.append(found.filter(near).select(columns))
    return pa.concat_tables(tables)


def indexed_documents(indexes: dict[str, Table], profile: Profile) -> pa.Table:
    """All documents of the index in the order of choice: batch, doc_id, source, content_id, clinical.

    A source that left the profile counts as clinical.
    """
    entries = {entry.name: entry for entry in profile.sources}
    columns = ["batch", "doc_id", "source", "content_id"]
    empty = pa.table({name: pa.array([], pa.string()) for name in columns})
    found = pa.concat_tables([empty, *(table.read(columns) for table in indexes.values())]).combine_chunks()
    source = found["source"].combine_chunks().dictionary_encode()
    of_source = [entries.get(name) for name in source.dictionary.to_pylist()]
    clinical = pa.array([not entry or entry.kind in CLINICAL_KINDS for entry in of_source], pa.bool_())
    return in_order(found.append_column("clinical", clinical.take(source.indices)), profile)


def contaminated(tables: dict[str, Table]) -> dict[tuple[str, str], str]:
    """(doc_id, batch) → the first item found in it, as "task/item"."""
    items: dict[tuple[str, str], str] = {}
    for day, table in tables.items():
        found = table.read(["doc_id", "task", "item_id"])
        for doc_id, task, item in zip(*(c.to_pylist() for c in found.columns), strict=True):
            name = f"{task}/{item}"
            items[doc_id, day] = min(items.get((doc_id, day), name), name)
    return items


def withdrawn(lake: Lake) -> dict[str, str]:
    """doc_id → reason of every withdrawn document, those that came in after their person had withdrawn included.

    Raises:
        GateError: people withdrew, and a day of de-identified documents cannot be read.
    """
    reasons: dict[str, str] = {}
    if people := about_people(lake):
        gone = people[0].read(["subject_id"])["subject_id"]
        for table in people[1:]:
            found = table.read(["doc_id", "subject_id"])
            theirs = found.filter(pc.is_in(found["subject_id"], value_set=gone))["doc_id"]
            reasons |= dict.fromkeys(theirs.to_pylist(), SUBJECT_WITHDRAWN)
    revocations = lake.table("revocations")
    if revocations.committed():
        found = revocations.read(["doc_id", "reason"])
        reasons |= dict(zip(found["doc_id"].to_pylist(), found["reason"].to_pylist(), strict=True))
    return reasons


def about_people(lake: Lake) -> list[Table]:
    """The people who withdrew, and all tables in which their documents may be; empty where nobody did."""
    subjects = lake.table("revoked_subjects")
    if not subjects.committed():
        return []
    root = lake.home / "cleared" / "deidentified"
    days = sorted(path.parent.relative_to(root) for path in root.glob("*/*/manifest.json"))
    return [subjects, *(lake.table(f"deidentified/{day.parent}", day.name) for day in days)]
