"""The stage: from filtered/<source>@day to deidentified/<source>@day and its ledger.

1. Canary carriers are put beside the source's documents, in the restricted zone.
2. One Spark pass cleans all of them alike (`_cleaning`); a record on which anything goes wrong is dropped with its error's
   class, never passed on.
3. The output is read back a batch at a time: canaries are judged and taken out, documents are looked through for what may
   not be left (gates.py), staged, gated and committed.

The key, the registered values and the tagger travel in the closure: they are in no plan, no configuration and no log.
"""

import datetime
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.deid import canaries
from heal_pipeline.deid.cleaning import Cleaner
from heal_pipeline.deid.detectors import DetectorSpec
from heal_pipeline.deid.gates import Rescan, Residue, canary_verdict, quarantine_verdict
from heal_pipeline.deid.policy import Policy, PolicyName
from heal_pipeline.deid.registered import Directory, Rows, name_words
from heal_pipeline.deid.surrogates import Pools
from heal_pipeline.deid.training import TAGGER, derived_seed, detector_spec
from heal_pipeline.documents import DOCUMENT_SCHEMA, content_id, document_text, summary_frame
from heal_pipeline.errors import GateError, class_alone
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator
from heal_pipeline.profile import Profile, SourceEntry
from heal_pipeline.spark import Batches

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql import SparkSession

CLEANED, QUARANTINED = "cleaned", "quarantined"
"""The rules of this stage; the second drops the record."""
CANARY_SOURCE = "canary"
"""Stands in the carriers' source column; no source's name may begin so, since names of sources are lower-case words."""
BATCH_ROWS = 512

CLEANED_SCHEMA = pa.schema(
    [
        *DOCUMENT_SCHEMA,
        pa.field("rule", pa.string(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),
        pa.field("found", pa.map_(pa.string(), pa.int64()), nullable=False),
        pa.field("echoes", pa.int64(), nullable=False),  # original numbers that are still in the output
    ]
)


@dataclass(frozen=True)
class Job:
    """What a task needs to clean records. All of it is plain values."""

    spec: DetectorSpec
    policy: Policy
    key: bytes
    people: dict[str, Rows]
    avoid: frozenset[str]
    """Registered name words: never surrogates."""

    def cleaner(self) -> Cleaner:
        directory = Directory(row for rows in self.people.values() for row in rows)
        detector = self.spec.load(directory)
        return Cleaner(detector, self.policy, self.key, Pools.of(detector.lexicon, self.avoid))


def deidentify_source(
    spark: "SparkSession", lake: Lake, profile: Profile, entry: SourceEntry, day: str, validate: Validator
) -> StageResult:
    """De-identifies a source's documents of a day. See `heal_pipeline.deid.deidentify_source`."""
    filtered = lake.table(f"filtered/{entry.name}", day, entry.zone)
    registration = present_registration(lake, profile, day)
    job = job_of(lake, profile, registration, day)
    table = lake.table(f"deidentified/{entry.name}", day)
    with lake.stage(
        table,
        inputs=[filtered, registration, (TAGGER, job.spec.fingerprint)],
        code_version=code_version("deidentified"),
    ) as staged:
        work = staged.path.with_name(staged.path.name + "-work")
        try:
            planted = _plant(profile, day, work) if filtered.manifest().rows else []
            files = _run(spark, filtered, job, work) if planted else []
            outcome = _Outcome(Residue(job.people, job.spec.load().lexicon), planted)
            outcome.copy(files, staged)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        decisions = outcome.decisions(entry.name, day)
        summary = outcome.summary()
        staged.gate(ledger.conserved(filtered.manifest().rows, decisions, len(summary)))
        staged.gate(outcome.residue.verdict())
        staged.gate(outcome.rescan.verdict(outcome.echoes))
        survival = canaries.survival(planted, outcome.canary_texts())
        if planted:
            staged.gate(canary_verdict(survival, outcome.num_canaries_cleaned, profile.deid))
        staged.gate(quarantine_verdict(decisions.num_rows, decisions.num_rows - len(summary), profile.deid))
        staged.gate(validate("deidentified", summary))
        metadata: dict[str, Any] = {
            "documents": len(summary),
            "characters": int(summary["num_chars"].sum()),
            "quarantined": decisions.num_rows - len(summary),
            "identifiers": sum(outcome.found.values()),
            "canaries": len(planted),
            "canaries_survived": int(survival[0]["survived"]) if survival else 0,
            "detector": job.spec.name,
            "threshold": job.spec.threshold,
            "policy": job.policy.name,
            "tagger": job.spec.fingerprint,
        }
        found = [{"type": t, "replaced": n} for t, n in sorted(outcome.found.items(), key=lambda kv: (-kv[1], kv[0]))]
        kept = {**metadata, "found": dict(sorted(outcome.found.items())), "survival": survival}
        manifest = ledger.commit(staged, decisions, kept)
    tables: dict[str, list[dict[str, Any]]] = {
        "found": found,
        "canary_survival": [r for r in survival if r["disguise"] == "all"],
    }
    return StageResult(f"deidentified/{entry.name}", decisions.num_rows, manifest.rows, manifest, metadata, tables)


def present_registration(lake: Lake, profile: Profile, day: str) -> Table:
    """registration@day, made of the present registration rows of every source that may hold PHI.

    Raises:
        GateError: it, or a source's part of it, is absent, or it was made before a part was.
    """
    registration = lake.table("registration", day, "restricted")
    gathered = registration.manifest().inputs
    for entry in profile.restricted_sources:
        part = lake.table(f"registration/{entry.name}", day, "restricted")
        if gathered.get(part.label) != part.manifest().fingerprint:
            raise GateError(
                f"{registration.label} was not made of the present {part.label}: rematerialise {registration.label}"
            )
    return registration


def job_of(lake: Lake, profile: Profile, registration: Table, day: str) -> Job:
    """The work of a day: detector, policy, key, and everybody registered."""
    spec = detector_spec(lake, profile)
    people: dict[str, Rows] = {}
    for row in registration.read().sort_by([(n, "ascending") for n in ("subject_id", "field", "value")]).to_pylist():
        people.setdefault(row["subject_id"], []).append((row["field"], row["value"]))
    words = name_words((row for rows in people.values() for row in rows), spec.load().lexicon)
    avoid = words.anywhere | {w.lower() for w in words.capitalised}
    policy = Policy(profile.deid.policy, datetime.date.fromisoformat(day).year)
    return Job(spec, policy, lake.identity_key(profile.synthetic_seed), people, avoid)


def _plant(profile: Profile, day: str, work: Path) -> list[canaries.Canary]:
    """Writes the carriers as documents into the restricted zone. They are the same for every source and day."""
    import pyarrow.parquet as pq

    planted = canaries.make(profile.deid.canaries, derived_seed(profile.seed, "planted"))
    rows = [
        {
            "doc_id": f"{CANARY_SOURCE}-{i:06d}", "content_id": "", "source": CANARY_SOURCE, "batch": day, "origin_file": "",
            "origin_row": i, "num_records": 1, "subject_id": None, "kind": "note",
            "segments": [{"text": c.text, "scored": True}], "meta": [],
        }
        for i, c in enumerate(planted)
    ]  # fmt: skip
    work.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA), work / "canaries.parquet")
    return planted


def _run(spark: "SparkSession", filtered: Table, job: Job, work: Path) -> list[Path]:
    """The Spark pass over documents and canaries; returns the files it wrote."""
    from heal_pipeline.spark import map_batches, write_parquet

    frame = spark.read.parquet(*filtered.files(), str(work / "canaries.parquet")).select(*DOCUMENT_SCHEMA.names)
    write_parquet(map_batches(frame, _cleaning(job), CLEANED_SCHEMA), work / "cleaned", CLEANED_SCHEMA)
    return sorted((work / "cleaned").glob("*.parquet"))


def _cleaning(job: Job) -> Callable[[Batches], Batches]:
    """The task: a cleaned row for each row. What fails outside of a record gives its class alone."""

    def clean(batches: Batches) -> Batches:
        with class_alone("de-identifying"):
            cleaner = job.cleaner()
            for batch in batches:
                rows = [clean_row(row, cleaner, job.people) for row in batch.to_pylist()]
                yield pa.RecordBatch.from_pylist(rows, schema=CLEANED_SCHEMA)

    return clean


def clean_row(row: dict[str, Any], cleaner: Cleaner, people: dict[str, Rows]) -> dict[str, Any]:
    """A document's row after cleaning; where anything goes wrong, a row without text that names the error's class."""
    try:
        return _cleaned_row(row, cleaner, people)
    except Exception as error:
        failed = {"segments": [], "meta": [], "rule": QUARANTINED, "evidence": type(error).__name__}
        return {**row, **failed, "found": [], "echoes": 0}


def _cleaned_row(row: dict[str, Any], cleaner: Cleaner, people: dict[str, Rows]) -> dict[str, Any]:
    segments, meta = row["segments"], list(row["meta"])
    texts = [s["text"] or "" for s in segments] + [value or "" for _, value in meta]
    coded = frozenset(len(segments) + i for i, (name, _) in enumerate(meta) if name == "task")
    subject = row["subject_id"]
    cleaned = cleaner.clean(texts, subject or row["doc_id"], people.get(subject or ""), coded)
    new = [{"text": t, "scored": s["scored"]} for t, s in zip(cleaned.texts, segments, strict=False)]
    return {
        **row,
        "content_id": content_id(document_text(new)),
        "segments": new,
        "meta": [(name, t) for (name, _), t in zip(meta, cleaned.texts[len(segments) :], strict=True)],
        "rule": CLEANED,
        "evidence": "",
        "found": sorted(cleaned.found.items()),
        "echoes": cleaned.echoes,
    }


class _Outcome:
    """What came out of the pass: documents are copied to the staged table, canaries kept back, decisions gathered."""

    def __init__(self, residue: Residue, planted: list[canaries.Canary]):
        self.residue, self.rescan = residue, Rescan()
        self.found: Counter[str] = Counter()
        self.echoes = self.num_canaries_cleaned = 0
        self._canaries = {f"{CANARY_SOURCE}-{i:06d}": "" for i in range(len(planted))}
        self._decisions: list[tuple[str, str, str, int]] = []
        self._summaries: list[pd.DataFrame] = []

    def copy(self, files: list[Path], staged: Staged) -> None:
        """Goes through the pass's output a batch at a time, in the order of its files."""
        import pyarrow.parquet as pq

        staged.write(DOCUMENT_SCHEMA.empty_table())
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches(batch_size=BATCH_ROWS):
                rows = batch.to_pylist()
                for row in rows:
                    self._look_at(row)
                kept = [r["rule"] == CLEANED and r["source"] != CANARY_SOURCE for r in rows]
                documents = (
                    pa.Table.from_batches([batch]).select(DOCUMENT_SCHEMA.names).filter(pa.array(kept, pa.bool_()))
                )
                if documents.num_rows:
                    staged.write(documents.cast(DOCUMENT_SCHEMA))
                    self._summaries.append(summary_frame(documents))

    def _look_at(self, row: dict[str, Any]) -> None:
        if row["source"] == CANARY_SOURCE:
            self._canaries[row["doc_id"]] = document_text(row["segments"])
            self.num_canaries_cleaned += row["rule"] == CLEANED
            return
        num_found = sum(n for _, n in row["found"])
        self._decisions.append((row["doc_id"], row["rule"], row["evidence"], num_found))
        if row["rule"] != CLEANED:
            return
        texts = [s["text"] for s in row["segments"]] + [value for _, value in row["meta"]]
        self.found.update(dict(row["found"]))
        self.echoes += row["echoes"]
        self.residue.add(row["subject_id"], "\n".join(texts))
        self.rescan.add(texts)

    def canary_texts(self) -> list[str]:
        """The cleaned carriers, in the order in which they were made; "" for one that was lost, which is counted elsewhere."""
        return [self._canaries[key] for key in sorted(self._canaries)]

    def summary(self) -> "pd.DataFrame":
        import pandas as pd

        empty = summary_frame(DOCUMENT_SCHEMA.empty_table())
        return pd.concat(self._summaries, ignore_index=True) if self._summaries else empty

    def decisions(self, source: str, day: str) -> pa.Table:
        """The ledger's rows: `value` is the number of identifiers replaced."""
        rows = [
            {
                "doc_id": doc, "batch": day, "stage": f"deidentified/{source}", "rule": rule, "value": float(num),
                "threshold": None, "kept": rule == CLEANED, "evidence": evidence,
            }
            for doc, rule, evidence, num in sorted(self._decisions)
        ]  # fmt: skip
        return pa.Table.from_pylist(rows, schema=ledger.LEDGER_SCHEMA)


def deidentify_texts(
    lake: Lake, profile: Profile, records: Iterable[dict[str, Any]], policy: str | None = None
) -> Iterator[str]:
    """Cleans records that are in no lake. See `heal_pipeline.deid.deidentify_texts`."""
    spec = detector_spec(lake, profile)
    name = profile.deid.policy if policy is None else cast(PolicyName, policy)
    rules = Policy(name, datetime.date.fromisoformat(profile.days[-1]).year)
    detector = spec.load()
    cleaner = Cleaner(detector, rules, lake.identity_key(profile.synthetic_seed), Pools.of(detector.lexicon))
    for record in records:
        text = (record["text"] or "").encode("utf-8", "replace").decode("utf-8")
        yield cleaner.clean([text], str(record.get("subject") or record["id"])).texts[0]
