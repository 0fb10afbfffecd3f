"""De-identification: lexicon, tagger, patterns, detectors, policy, surrogates, canaries, and the gates before the cleared zone.

Front door: the tagger's assets (`build_lexicon`, `build_training_corpus`, `train_tagger`, `evaluate_tagger`), the stage
(`deidentify_source`), its report (`audit`), and what the command line calls (`ensure_tagger`, `detector`,
`deidentify_texts`). Importing it is light.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from heal_pipeline.deid.detectors import Detector
    from heal_pipeline.deid.evaluating import LabelledSets
    from heal_pipeline.lake import Lake, StageResult, Validator
    from heal_pipeline.profile import Profile, SourceEntry

__all__ = [
    "audit",
    "build_lexicon",
    "build_training_corpus",
    "deidentify_source",
    "deidentify_texts",
    "detector",
    "ensure_tagger",
    "evaluate_tagger",
    "train_tagger",
]


def build_lexicon(lake: "Lake", profile: "Profile") -> "StageResult":
    """Writes models/phi_lexicon from packages and public text. See training.py."""
    from heal_pipeline.deid.training import build_lexicon as run

    return run(lake, profile)


def build_training_corpus(lake: "Lake", profile: "Profile") -> "StageResult":
    """Writes models/phi_training_corpus from the lexicon. See training.py."""
    from heal_pipeline.deid.training import build_training_corpus as run

    return run(lake, profile)


def train_tagger(lake: "Lake", profile: "Profile") -> "StageResult":
    """Writes models/phi_tagger from the training corpus. See training.py."""
    from heal_pipeline.deid.training import train_tagger as run

    return run(lake, profile)


def evaluate_tagger(lake: "Lake", profile: "Profile", labelled: "LabelledSets | None" = None) -> "StageResult":
    """Writes models/phi_tagger_evaluation: canaries, controls, held-out documents, labelled texts, public gold sets.

    Args:
        labelled: name → [(text, [(start, end, type), …]), …]: texts of the work's own kind, which the gates on names and
            false positives judge.

    Raises:
        GateFailedError: the tagger misses too much, or finds too much. Nothing is committed then. See evaluating.py.
    """
    from heal_pipeline.deid.evaluating import evaluate_tagger as run

    return run(lake, profile, labelled)


def deidentify_source(
    spark: "SparkSession", lake: "Lake", profile: "Profile", entry: "SourceEntry", day: str, validate: "Validator"
) -> "StageResult":
    """Writes deidentified/<source>@day (cleared) and its ledger from filtered/<source>@day and registration@day.

    Raises:
        GateError: filtered/<source>@day, registration@day or models/phi_tagger is not committed, or the tagger has not
            passed its evaluation with the settings in use.
        GateFailedError: a registered value, a contact or too many canaries are left in the output, rows are not
            conserved, or the suite "deidentified" does not hold. Nothing is committed then.
    """
    from heal_pipeline.deid.deidentifying import deidentify_source as run

    return run(spark, lake, profile, entry, day, validate)


def audit(lake: "Lake", profile: "Profile") -> "StageResult":
    """Writes reports/deid_audit.json. See auditing.py."""
    from heal_pipeline.deid.auditing import audit as run

    return run(lake, profile)


def ensure_tagger(lake: "Lake", profile: "Profile") -> bool:
    """Trains the tagger where the home has none. Returns whether it did."""
    from heal_pipeline.deid.training import ensure_tagger as run

    return run(lake, profile)


def detector(lake: "Lake", profile: "Profile", name: str | None = None, threshold: float | None = None) -> "Detector":
    """A detector: `.detect(texts)` gives a list of (start, end, type, score) a text, in half-open character offsets.

    Args:
        name: crf, presidio, hf or union; None: the profile's.
        threshold: tokens with a lower probability of being harmless are identifiers; None: the profile's.
    """
    from heal_pipeline.deid.training import detector as run

    return run(lake, profile, name, threshold)


def deidentify_texts(
    lake: "Lake",
    profile: "Profile",
    records: Iterable[dict[str, Any]],
    policy: str | None = None,
    surrogates: str | None = None,
) -> Iterator[str]:
    """The texts of records without identifiers, one for each record, in order.

    Args:
        records: with `id` and `text`; `subject` where it is known whom a record is about: the same subject, the same
            surrogates. Without it each record is by itself.
        policy: safe_harbor or limited_data_set; None: the profile's.
        surrogates: consistent or markov; None: the profile's.

    Raises:
        UserError: the profile's label says Safe Harbor, and `policy` is another.
    """
    from heal_pipeline.deid.deidentifying import deidentify_texts as run

    return run(lake, profile, records, policy, surrogates)
