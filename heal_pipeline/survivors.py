"""Which documents stay, over all days: withdrawals, contamination and verified duplicates decide. Ids only, no text.

Withdrawn and contaminated documents go first, so that their duplicates come back. Of the rest stays the lexicographically
first maximal independent set of the duplicate relation in the order (batch, source priority, doc_id): a document goes only
if it directly matches one that stays. Two documents match where their contents are equal, where a pair of their contents
was accepted, or where they are deliveries of one record on two days. The result is a pure function of what the tables of
all days hold together; the order in which days came in is not in it.
"""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import GateError
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import Profile

DUPLICATE, CONTAMINATED, WITHDRAWN = "duplicate", "contaminated", "withdrawn"
REASONS = (DUPLICATE, CONTAMINATED, WITHDRAWN)

DOCUMENT_WITHDRAWN, SUBJECT_WITHDRAWN = "document withdrawn", "subject withdrawn"
"""Why a document is withdrawn: it was itself, or the person whom it is about withdrew."""

NUMBERS_DIFFER = "jaccard_numbers_differ"
"""The rule of an accepted pair whose numbers contradict each other."""

CLINICAL_KINDS = frozenset({"conversation", "note", "template", "instruction"})
"""Kinds in which a contradiction between numbers spares a near-duplicate: there a number may be a dose."""

SURVIVOR_SCHEMA = pa.schema(
    [
        pa.field("doc_id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("batch", pa.string(), nullable=False),
        pa.field("kept", pa.bool_(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),  # one of REASONS; empty where it stays
        pa.field("evidence", pa.string(), nullable=False),  # the document, the item or the withdrawal that decided
    ]
)


class Document(NamedTuple):
    """A document of the index. Sorted, they are in the order in which survivors are chosen."""

    batch: str
    priority: int
    doc_id: str
    source: str
    content_id: str
    clinical: bool


class Decision(NamedTuple):
    """What became of a document. `similarity` is that to the document that decided, for duplicates."""

    reason: str = ""
    evidence: str = ""
    similarity: float | None = None


class Near(NamedTuple):
    """An accepted near-duplicate of a content."""

    content_id: str
    jaccard: float
    numbers_differ: bool


def decide(lake: Lake, profile: Profile, validate: Validator) -> StageResult:
    """Writes the table survivors, one row for each document of every indexed day, and its ledger by day.

    Raises:
        GateError: a day's pairs or contamination are absent, made by another scheme, or older than the index.
        GateFailedError: rows are missing, a source is wiped out (`wipe_out_guard`), or the suite "survivors" fails.
    """
    days = [d for d in lake.days("minhash_index") if lake.table("minhash_index", d).committed()]
    indexes, pairs, contamination = (
        {day: lake.table(name, day) for day in days} for name in ("minhash_index", "duplicate_pairs", "contamination")
    )
    require_compared(indexes, pairs)
    documents = _documents(indexes, profile)
    decisions = choose(documents, near_duplicates(pairs), _contaminated(contamination), withdrawn(lake))
    table = _table(documents, decisions)
    inputs = [*indexes.values(), *pairs.values(), *contamination.values()]
    inputs += [t for t in (lake.table("revocations"), *_about_people(lake)) if t.committed()]
    with lake.stage(lake.table("survivors"), inputs=inputs, code_version=code_version("survivors")) as staged:
        staged.write(table)
        staged.gate(_conserved(documents, staged.read()))
        staged.gate(wipe_out_guard(documents, decisions, profile.dedup.max_removed_share))
        staged.gate(validate("survivors", staged.read().to_pandas()))
        reasons = Counter(d.reason for d in decisions)
        metadata = {"days": len(days), "kept": reasons[""], **{reason: reasons[reason] for reason in REASONS}}
        staged.require_gates()
        _record(staged, days, documents, decisions, profile.dedup.jaccard)  # before the table: see ledger.commit
        manifest = staged.commit(metadata)
    by_source = _counts_by_source(documents, decisions)
    return StageResult("survivors", len(documents), reasons[""], manifest, metadata, {"by_source": by_source})


def choose(
    documents: list[Document],
    near: dict[str, list[Near]],
    contaminated: dict[tuple[str, str], str],
    withdrawn: dict[str, str],
) -> list[Decision]:
    """A decision for each document.

    Args:
        documents: in order.
        near: content_id → its accepted near-duplicates, both ways.
        contaminated: (doc_id, batch) → the item that was found.
        withdrawn: doc_id → why.
    """
    kept_contents: dict[str, tuple[int, Document]] = {}
    kept_ids: dict[str, tuple[int, Document]] = {}
    decisions = []
    for rank, document in enumerate(documents):
        if document.doc_id in withdrawn:
            decision = Decision(WITHDRAWN, withdrawn[document.doc_id])
        elif (document.doc_id, document.batch) in contaminated:
            decision = Decision(CONTAMINATED, contaminated[document.doc_id, document.batch])
        else:
            decision = _first_match(document, near.get(document.content_id, []), kept_contents, kept_ids)
        if not decision.reason:
            kept_contents[document.content_id] = kept_ids[document.doc_id] = (rank, document)
        decisions.append(decision)
    return decisions


def _first_match(
    document: Document,
    near: list[Near],
    kept_contents: dict[str, tuple[int, Document]],
    kept_ids: dict[str, tuple[int, Document]],
) -> Decision:
    """The first document in order that stays and that this one matches; without one it stays itself."""
    matches: list[tuple[int, Document, float | None]] = []
    if document.content_id in kept_contents:
        matches.append((*kept_contents[document.content_id], 1.0))
    for content_id, jaccard, numbers_differ in near:
        if content_id in kept_contents:
            rank, other = kept_contents[content_id]
            if not (numbers_differ and (document.clinical or other.clinical)):
                matches.append((rank, other, jaccard))
    if document.doc_id in kept_ids:
        matches.append((*kept_ids[document.doc_id], None))
    if not matches:
        return Decision()
    _, first, similarity = min(matches, key=lambda match: match[0])
    return Decision(DUPLICATE, first.doc_id, similarity)


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


def near_duplicates(pairs: dict[str, Table]) -> dict[str, list[Near]]:
    """content_id → the contents accepted as near-duplicates of it, from the pairs of all days; each pair both ways."""
    facts: set[tuple[str, str, float, bool]] = set()
    columns = ["content_a", "content_b", "jaccard", "rule"]
    for table in pairs.values():
        found = table.read([*columns, "accepted"])
        found = found.filter(pc.and_(found["accepted"], pc.not_equal(found["content_a"], found["content_b"])))
        for a, b, jaccard, rule in zip(*(found[c].to_pylist() for c in columns), strict=True):
            facts.add((min(a, b), max(a, b), jaccard, rule == NUMBERS_DIFFER))
    near: dict[str, list[Near]] = defaultdict(list)
    for a, b, jaccard, numbers_differ in sorted(facts):
        near[a].append(Near(b, jaccard, numbers_differ))
        near[b].append(Near(a, jaccard, numbers_differ))
    return near


def wipe_out_guard(documents: list[Document], decisions: list[Decision], max_removed_share: float) -> Verdict:
    """The gate against false merges: no source collapses onto so few documents that more than this share of it is lost.

    Counted is what a source's documents became: a document that stays is itself, a duplicate is the one that stays for
    it. Where texts were made alike by a broken reader or a careless redaction, a whole source becomes one or two. A
    second release of a data set is removed whole too, and rightly: its documents become as many in the other source, and
    no content is lost. A source needs 1 / (1 - share) documents to fall, 20 at 0.95; fewer say nothing.
    """
    size: Counter[str] = Counter()
    became: dict[str, set[str]] = defaultdict(set)
    for document, decision in zip(documents, decisions, strict=True):
        if decision.reason in ("", DUPLICATE):
            size[document.source] += 1
            became[document.source].add(decision.evidence or document.doc_id)
    results = [{"source": s, "documents": size[s], "distinct": len(became[s])} for s in sorted(size)]
    passed = all(size[s] - len(became[s]) <= max_removed_share * size[s] for s in size)
    return Verdict("wipe_out_guard", passed, [{**r, "max_removed_share": max_removed_share} for r in results])


def _documents(indexes: dict[str, Table], profile: Profile) -> list[Document]:
    """All documents of the index in the order of choice. A source that left the profile counts as clinical and comes last."""
    entries = {entry.name: entry for entry in profile.sources}
    last = max((entry.priority for entry in profile.sources), default=0) + 1
    documents = []
    for table in indexes.values():
        found = table.read(["doc_id", "source", "batch", "content_id"])
        for doc_id, source, batch, content in zip(*(c.to_pylist() for c in found.columns), strict=True):
            entry = entries.get(source)
            priority, clinical = (entry.priority, entry.kind in CLINICAL_KINDS) if entry else (last, True)
            documents.append(Document(batch, priority, doc_id, source, content, clinical))
    return sorted(documents)


def _contaminated(tables: dict[str, Table]) -> dict[tuple[str, str], str]:
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
    if people := _about_people(lake):
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


def _about_people(lake: Lake) -> list[Table]:
    """The people who withdrew, and all tables in which their documents may be; empty where nobody did."""
    subjects = lake.table("revoked_subjects")
    if not subjects.committed():
        return []
    root = lake.home / "cleared" / "deidentified"
    days = sorted(path.parent.relative_to(root) for path in root.glob("*/*/manifest.json"))
    return [subjects, *(lake.table(f"deidentified/{day.parent}", day.name) for day in days)]


def _table(documents: list[Document], decisions: list[Decision]) -> pa.Table:
    rows = [
        {
            "doc_id": document.doc_id,
            "source": document.source,
            "batch": document.batch,
            "kept": not decision.reason,
            "reason": decision.reason,
            "evidence": decision.evidence,
        }
        for document, decision in zip(documents, decisions, strict=True)
    ]
    return pa.Table.from_pylist(rows, SURVIVOR_SCHEMA)


def _conserved(documents: list[Document], table: pa.Table) -> Verdict:
    """Each document of each day has one row, and of the deliveries of a record at most one stays."""
    expected = {(d.doc_id, d.batch) for d in documents}
    rows = list(zip(table["doc_id"].to_pylist(), table["batch"].to_pylist(), strict=True))
    kept = table.filter(table["kept"])["doc_id"]
    passed = len(rows) == len(documents) and set(rows) == expected and len(kept) == len(kept.unique())
    counts = {"rows_in": len(documents), "kept": len(kept), "dropped": len(rows) - len(kept)}
    return Verdict("rows_conserved", passed, [counts])


def _record(
    staged: Staged, days: list[str], documents: list[Document], decisions: list[Decision], threshold: float
) -> None:
    """Writes ledger/survivors@day for each day."""
    rows: dict[str, list[dict[str, Any]]] = {day: [] for day in days}
    for document, decision in zip(documents, decisions, strict=True):
        rows[document.batch].append(
            {
                "doc_id": document.doc_id,
                "batch": document.batch,
                "stage": "survivors",
                "rule": decision.reason or "survivor",
                "value": decision.similarity,
                "threshold": threshold if decision.reason == DUPLICATE else None,
                "kept": not decision.reason,
                "evidence": decision.evidence,
            }
        )
    for day, of_day in rows.items():
        table = pa.Table.from_pylist(of_day, ledger.LEDGER_SCHEMA)
        ledger.record(staged.table.lake, "survivors", day, table, inputs=[staged.entry])


def _counts_by_source(documents: list[Document], decisions: list[Decision]) -> list[dict[str, Any]]:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for document, decision in zip(documents, decisions, strict=True):
        counts[document.source][decision.reason] += 1
    return [
        {"source": s, "documents": c.total(), "kept": c[""], **{reason: c[reason] for reason in REASONS}}
        for s, c in sorted(counts.items())
    ]
