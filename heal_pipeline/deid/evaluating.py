"""What the tagger finds and misses: canaries, controls, held-out generated documents, labelled texts. Training reads none of them.

Its gates stand before the stage: a detector whose evaluation has not passed with the settings in use is not used.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.code_version import code_version
from heal_pipeline.deid import canaries, controls, gold
from heal_pipeline.deid.cleaning import Cleaner
from heal_pipeline.deid.detectors import Detector, DetectorSpec
from heal_pipeline.deid.gates import canary_verdict, control_verdict
from heal_pipeline.deid.policy import Policy
from heal_pipeline.deid.scoring import TokenCounts
from heal_pipeline.deid.surrogates import Pools
from heal_pipeline.deid.training import LEXICON, TAGGER, derived_seed, detector_spec, generator_of
from heal_pipeline.errors import GateError, ProfileError, UserError
from heal_pipeline.fingerprint import fingerprint_file
from heal_pipeline.lake import Lake, StageResult, Verdict
from heal_pipeline.profile import DeidConfig, Profile

EVALUATION = "models/phi_tagger_evaluation"
CANARY_FACTOR = 4
"""How many times the canaries and controls of a source's run are planted here."""
HELD_OUT_DOCUMENTS = 300
HELD_OUT = "held-out generated"

LabelledSets = Mapping[str, Sequence[gold.GoldText]]


@dataclass(frozen=True)
class Score:
    """The counts over a set; `least_names` and `most_false` are what its gates ask, None where they ask nothing."""

    name: str
    counts: TokenCounts
    least_names: float | None = None
    most_false: float | None = None

    def row(self) -> dict[str, Any]:
        return {"set": self.name, **self.counts.row()}

    def gate_row(self) -> dict[str, Any]:
        row = self.counts.row()
        names, false = row["names fully covered"], row["false positives per 1,000 tokens"]
        return {
            "set": self.name, "names_covered": names, "least": self.least_names, "false_positives": false, "most": self.most_false,
            "passed": (self.least_names is None or (names is not None and names >= self.least_names))
            and (self.most_false is None or (false is not None and false <= self.most_false)),
        }  # fmt: skip


def evaluate_tagger(lake: Lake, profile: Profile, labelled: LabelledSets | None = None) -> StageResult:
    """Writes models/phi_tagger_evaluation: evaluation.json with "canary_survival", "over_redaction", "token_scores" and
    "type_scores" (lists of records).

    Token scores are binary: is a token of an identifier covered, whatever its type. Gold sets are those whose folder is
    below the profile's data folder; the others are named as absent, and none of them has a gate.

    Args:
        labelled: name → texts of the work's own kind with exact labels, which the gates on names and false positives judge.

    Raises:
        GateFailedError: canaries survive, controls are replaced, names are missed, or too much else is found.
    """
    spec = detector_spec(lake, profile)
    found = spec.load()
    survival, num_planted, altered = _planted(found, profile)
    scores = [_held_out(lake, found, profile.deid, profile.seed)]
    scores += [
        Score(name, _count(found, texts), profile.deid.min_names_covered, profile.deid.max_false_positives)
        for name, texts in (labelled or {}).items()
    ]
    public, absent = _gold_sets(found, profile)
    tables = {
        "canary_survival": survival,
        "over_redaction": altered,
        "token_scores": [*(s.row() for s in (*scores, *public)), *absent],
        "type_scores": [{"set": s.name, **row} for s in (*scores, *public) for row in s.counts.type_rows()],
    }
    inputs = {TAGGER: spec.fingerprint}
    with artifacts.stage(lake, EVALUATION, inputs=inputs, code_version=code_version("phi_tagger")) as staged:
        (staged.path / "evaluation.json").write_text(json.dumps(tables, indent=1))
        staged.gate(canary_verdict(survival, num_planted, profile.deid))
        staged.gate(control_verdict(altered, profile.deid))
        staged.gate(detection_verdict(scores))
        numbers = {"canaries": survival[0]["planted"], "canary_survival": survival[0]["share"], **settings(spec)}
        manifest = staged.commit(numbers)
    shown = {**tables, "canary_survival": [r for r in survival if "all" in (r["type"], r["disguise"])]}
    metadata = {**numbers, "fingerprint": manifest.fingerprint}
    return StageResult(
        "phi_tagger_evaluation", num_planted, num_planted, metadata=metadata, tables=shown, made="canaries"
    )


def evaluation(lake: Lake) -> dict[str, list[dict[str, Any]]] | None:
    """What was last written; None where the tagger was never evaluated, or not passed."""
    if not artifacts.committed(lake, EVALUATION):
        return None
    return json.loads((artifacts.content(lake, EVALUATION) / "evaluation.json").read_text())


def settings(spec: DetectorSpec) -> dict[str, Any]:
    """What of a detector decides what it finds, beside the tagger; of Presidio's file the fingerprint, since it may be edited.

    Raises:
        UserError: the file cannot be read.
    """
    try:
        configured = spec.presidio_config and fingerprint_file(Path(spec.presidio_config))
    except OSError as error:
        raise UserError(
            f"deid.presidio_config {spec.presidio_config} cannot be read ({error.strerror}): give an analyzer YAML, or none"
        ) from None
    return {
        "detector": spec.name,
        "threshold": spec.threshold,
        "hf_model": spec.hf_model,
        "presidio_config": configured,
    }


def require_evaluated(lake: Lake, spec: DetectorSpec) -> str:
    """The fingerprint of the evaluation that this detector passed.

    Raises:
        GateError: there is none, or it was of another tagger, detector, threshold, model or configuration of Presidio.
    """
    remedy = "`heal run --job evaluate_tagger` evaluates it"
    if not artifacts.committed(lake, EVALUATION):
        failed = ", ".join(v.gate for v in artifacts.verdicts(lake, EVALUATION) if not v.passed)
        if failed:
            raise GateError(
                f"the tagger did not pass its evaluation ({failed}): change `deid.threshold` or `deid.detector`; {remedy} again"
            )
        raise GateError(f"the tagger has not been evaluated: {remedy}")
    manifest = artifacts.manifest(lake, EVALUATION)
    if manifest.inputs.get(TAGGER) != spec.fingerprint:
        raise GateError(f"another tagger than the present one was evaluated: {remedy}")
    wanted = settings(spec)
    other = [name for name, value in wanted.items() if manifest.metadata.get(name) != value]
    if other:
        names = ", ".join(f"deid.{name}" for name in other)
        raise GateError(f"the tagger was evaluated with other settings ({names}) than those in use: {remedy}")
    return manifest.fingerprint


def detection_verdict(scores: Sequence[Score]) -> Verdict:
    """Passed where in each set enough names are covered as a whole, and little else is found. A set without names proves
    nothing, and fails."""
    rows = [score.gate_row() for score in scores]
    return Verdict("detection", all(row["passed"] for row in rows), rows)


def _planted(found: Detector, profile: Profile) -> tuple[list[dict[str, Any]], int, list[dict[str, Any]]]:
    """Survival of the canaries, how many of them there were, and what became of the controls."""
    seed = derived_seed(profile.seed, "evaluated")
    planted = canaries.make(CANARY_FACTOR * profile.deid.canaries, seed)
    harmless = controls.make(CANARY_FACTOR * profile.deid.controls, seed)
    policy = Policy.of(profile.deid, int(profile.days[-1][:4]))
    cleaner = Cleaner(found, policy, b"canaries", Pools.of(found.lexicon))
    survival = canaries.survival(planted, [cleaner.clean([c.text], str(i)).texts[0] for i, c in enumerate(planted)])
    altered = controls.alterations(harmless, [cleaner.clean([c.text], str(i)).texts[0] for i, c in enumerate(harmless)])
    return survival, len(planted), altered


def _held_out(lake: Lake, found: Detector, config: DeidConfig, seed: int) -> Score:
    """Generated documents that training has not seen. They are harder than any record, by noise and by rows of random words:
    their gate asks less of names, and nothing of false positives."""
    generator = generator_of(artifacts.content(lake, LEXICON), derived_seed(seed, "held-out"))
    texts = [(d.text, d.spans) for d in generator.documents(HELD_OUT_DOCUMENTS)]
    return Score(HELD_OUT, _count(found, texts), least_names=config.min_noisy_names_covered)


def _gold_sets(found: Detector, profile: Profile) -> tuple[list[Score], list[dict[str, Any]]]:
    """Scores of the public gold sets that are there, and a row for each that is not."""
    try:
        folder = profile.data_folder()
    except ProfileError:
        return [], [{"set": name, "absent": "no data folder: set HEAL_OPEN_DATA"} for name in gold.SETS]
    scores: list[Score] = []
    absent: list[dict[str, Any]] = []
    for name, read in gold.SETS.items():
        try:
            scores.append(Score(name, _count(found, read(folder / name))))
        except FileNotFoundError:
            absent.append({"set": name, "absent": f"not below the data folder as {name}/"})
    return scores, absent


def _count(found: Detector, texts: Sequence[gold.GoldText]) -> TokenCounts:
    counts = TokenCounts()
    for (text, spans), made in zip(texts, found.detect([t for t, _ in texts]), strict=True):
        counts.add(text, spans, made)
    return counts
