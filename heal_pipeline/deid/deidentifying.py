"""The stage: from filtered/<source>@day to deidentified/<source>@day and its ledger.

1. Canaries and controls are put beside the source's documents, in the restricted zone.
2. One Spark pass cleans all of them alike, a person's documents together (records.py). The shuffle that brings them
   together stays in the restricted zone's scratch.
3. The output is read back a batch at a time (outcome.py): what was planted is judged and taken out, documents are looked
   through for what may not be left (gates.py), a second detector reads a sample, and the staged table is gated.
4. The review queue is drawn, and all is committed.

The key, the registered values and the tagger travel in the closure: they are in no plan, no configuration and no log.
"""

import datetime
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from heal_pipeline import ledger
from heal_pipeline.code_version import code_version
from heal_pipeline.deid import anonymity, canaries, controls, review, second_opinion
from heal_pipeline.deid.cleaning import Cleaner
from heal_pipeline.deid.detectors import DetectorSpec
from heal_pipeline.deid.evaluating import EVALUATION, require_evaluated
from heal_pipeline.deid.gates import Residue, canary_verdict, control_verdict, interval_verdict, quarantine_verdict
from heal_pipeline.deid.outcome import Outcome, Planted
from heal_pipeline.deid.policy import Policy, PolicyName, SurrogateMode
from heal_pipeline.deid.records import CLEANED_SCHEMA, clean_run, runs
from heal_pipeline.deid.registered import Directory, Rows, taken
from heal_pipeline.deid.second_opinion import SecondOpinion
from heal_pipeline.deid.surrogates import Pools
from heal_pipeline.deid.training import TAGGER, derived_seed, detector_spec
from heal_pipeline.documents import DOCUMENT_SCHEMA, document_text
from heal_pipeline.errors import GateError, class_alone
from heal_pipeline.lake import Lake, Staged, StageResult, Table, Validator, Verdict
from heal_pipeline.profile import DeidConfig, Profile, SourceEntry
from heal_pipeline.spark import Batches

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MAX_BATCH_ROWS, MAX_BATCH_CHARACTERS = 512, 2**22
"""Of a batch that a task gives back."""


@dataclass(frozen=True)
class Job:
    """What a task needs to clean records. All of it is plain values; what is secret is in no `repr`."""

    spec: DetectorSpec
    policy: Policy
    key: bytes = field(repr=False)
    people: dict[str, Rows] = field(repr=False)
    avoid: frozenset[str] = field(repr=False)
    """What is registered of anybody: never a surrogate (`registered.taken`)."""

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
        inputs=[
            filtered,
            registration,
            (TAGGER, job.spec.fingerprint),
            (EVALUATION, require_evaluated(lake, job.spec)),
        ],
        code_version=code_version("deidentified"),
    ) as staged:
        num_rows = filtered.manifest().rows
        planted = planted_for(profile) if num_rows else Planted([], [])
        outcome = Outcome(Residue(job.people, job.spec.load().lexicon), planted, _sample(filtered, profile))
        work = staged.path.with_name(staged.path.name + "-work")
        try:
            outcome.copy(_run(spark, filtered, planted, job, work) if num_rows else [], staged)
        finally:
            shutil.rmtree(work, ignore_errors=True)
        second = _second_opinion(filtered, job.spec, outcome, profile)
        survival = canaries.survival(planted.canaries, outcome.canary_texts())
        altered = controls.alterations(planted.controls, outcome.control_texts())
        decisions = outcome.decisions(entry.name, day)
        summary = outcome.summary()
        num_quarantined = decisions.num_rows - len(summary)
        staged.gate(ledger.conserved(num_rows, decisions, len(summary)))
        staged.gate(outcome.residue.verdict())
        staged.gate(outcome.rescan.verdict(outcome.echoes))
        staged.gate(interval_verdict(len(summary), outcome.broken_intervals))
        if num_rows:
            staged.gate(canary_verdict(survival, outcome.num_canaries_cleaned, profile.deid))
            staged.gate(control_verdict(altered, profile.deid))
        staged.gate(quarantine_verdict(decisions.num_rows, num_quarantined, profile.deid))
        if second is not None:
            staged.gate(second.verdict(profile.deid))
        if alone := _anonymity_verdict(staged, profile.deid):
            staged.gate(alone)
        staged.gate(validate("deidentified", summary))
        metadata: dict[str, Any] = {
            "documents": len(summary),
            "characters": int(summary["num_chars"].sum()),
            "quarantined": num_quarantined,
            "identifiers": sum(outcome.found.values()),
            "canaries": len(planted.canaries),
            "canaries_survived": int(survival[0]["survived"]) if survival else 0,
            "controls": len(planted.controls),
            "controls_altered": int(altered[0]["altered"]) if altered else 0,
            "detector": job.spec.name,
            "threshold": job.spec.threshold,
            "policy": job.policy.name,
            "label": job.policy.label,
            "surrogates": job.policy.mode,
            "tagger": job.spec.fingerprint,
        }
        kept = {
            **metadata,
            "found": dict(sorted(outcome.found.items())),
            "survival": survival,
            "over_redaction": altered,
            "risk": outcome.risk_quantiles(),
            "second_opinion": second.numbers() if second else {},
            "broken_intervals": outcome.broken_intervals,
        }
        review.queue(staged, filtered, outcome.risks, profile)
        manifest = ledger.commit(staged, decisions, kept)
    tables: dict[str, list[dict[str, Any]]] = {
        "found": [{"type": t, "replaced": n} for t, n in outcome.found.most_common()],
        "canary_survival": [r for r in survival if r["disguise"] == "all"],
        "over_redaction": altered,
        "residual_risk": [{"quantile": name, "risk": value} for name, value in kept["risk"].items()],
        "second_opinion": [{"counted": name, "number": n} for name, n in kept["second_opinion"].items()],
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
    avoid = taken((row for rows in people.values() for row in rows), spec.load().lexicon)
    policy = Policy.of(profile.deid, datetime.date.fromisoformat(day).year)
    return Job(spec, policy, lake.identity_key(profile.synthetic_seed), people, avoid)


def planted_for(profile: Profile) -> Planted:
    """Canaries and controls: the same for every source and day."""
    seed = derived_seed(profile.seed, "planted")
    return Planted(canaries.make(profile.deid.canaries, seed), controls.make(profile.deid.controls, seed))


def _run(spark: "SparkSession", filtered: Table, planted: Planted, job: Job, work: Path) -> list[Path]:
    """The Spark pass over documents and what is planted; returns the files it wrote."""
    from pyspark.sql import functions

    from heal_pipeline.spark import map_batches, write_parquet

    work.mkdir(parents=True)
    planted.write(work / "planted.parquet", str(filtered.day))
    frame = spark.read.parquet(*filtered.files(), str(work / "planted.parquet")).select(*DOCUMENT_SCHEMA.names)
    person = functions.coalesce("subject_id", "doc_id")  # records.person_of
    partitions = int(spark.conf.get("spark.sql.shuffle.partitions") or 1)
    together = frame.repartition(partitions, person).sortWithinPartitions(person, "doc_id")
    write_parquet(map_batches(together, _cleaning(job), CLEANED_SCHEMA), work / "cleaned", CLEANED_SCHEMA)
    return sorted((work / "cleaned").glob("*.parquet"))


def _cleaning(job: Job) -> Callable[[Batches], Batches]:
    """The task: a cleaned row for each row. What fails outside of a record gives its class alone."""

    def clean(batches: Batches) -> Batches:
        with class_alone("de-identifying"):
            cleaner = job.cleaner()
            rows = chain.from_iterable(batch.to_pylist() for batch in batches)
            done: list[dict[str, Any]] = []
            num_chars = 0
            for run in runs(rows):
                done += clean_run(run, cleaner, job.people)
                num_chars += sum(len(s["text"] or "") for row in run for s in row["segments"])
                if len(done) >= MAX_BATCH_ROWS or num_chars >= MAX_BATCH_CHARACTERS:
                    yield pa.RecordBatch.from_pylist(done, schema=CLEANED_SCHEMA)
                    done, num_chars = [], 0
            if done:
                yield pa.RecordBatch.from_pylist(done, schema=CLEANED_SCHEMA)

    return clean


def _anonymity_verdict(staged: Staged, config: DeidConfig) -> Verdict | None:
    """What k-anonymity of the metadata asks of the staged documents; None where the profile sets no bound."""
    if config.min_group is None:
        return None
    return anonymity.verdict(anonymity.measure(staged.read(anonymity.COLUMNS), config.min_group), config)


def _sample(filtered: Table, profile: Profile) -> frozenset[str]:
    """The documents that a second detector reads."""
    if profile.deid.second_detector == "none":
        return frozenset()
    return second_opinion.draw(filtered.read(["doc_id"])["doc_id"].to_pylist(), profile.deid, profile.seed)


def _second_opinion(filtered: Table, spec: DetectorSpec, outcome: Outcome, profile: Profile) -> SecondOpinion | None:
    """What the second detector says of the sampled documents, before and after; None where there are none."""
    import pyarrow.dataset as ds

    if not outcome.sampled:
        return None
    other = replace(spec, name=profile.deid.second_detector, threshold=profile.deid.second_threshold)
    second = SecondOpinion(spec.load(), other.load())
    wanted = ds.field("doc_id").isin(pa.array(sorted(outcome.sampled), pa.string()))
    sources = ds.dataset(filtered.files()).to_table(["doc_id", "segments"], filter=wanted)
    for row in sources.to_pylist():
        second.look(document_text(row["segments"]), *outcome.sampled[row["doc_id"]])
    return second


def deidentify_texts(
    lake: Lake,
    profile: Profile,
    records: Iterable[dict[str, Any]],
    policy: str | None = None,
    surrogates: str | None = None,
) -> Iterator[str]:
    """Cleans records that are in no lake. See `heal_pipeline.deid.deidentify_texts`."""
    spec = detector_spec(lake, profile)
    year = datetime.date.fromisoformat(profile.days[-1]).year
    rules = Policy.of(profile.deid, year, cast(PolicyName | None, policy), cast(SurrogateMode | None, surrogates))
    detector = spec.load()
    cleaner = Cleaner(detector, rules, lake.identity_key(profile.synthetic_seed), Pools.of(detector.lexicon))
    for record in records:
        text = (record["text"] or "").encode("utf-8", "replace").decode("utf-8")
        yield cleaner.clean([text], str(record.get("subject") or record["id"])).texts[0]
