"""What the tagger finds and misses: canaries, held-out generated documents, public gold sets. Training reads none of them."""

import json
from typing import Any

from heal_pipeline import artifacts
from heal_pipeline.code_version import code_version
from heal_pipeline.deid import canaries, gold
from heal_pipeline.deid.cleaning import Cleaner
from heal_pipeline.deid.detectors import Detector
from heal_pipeline.deid.policy import Policy
from heal_pipeline.deid.scoring import TokenCounts
from heal_pipeline.deid.surrogates import Pools
from heal_pipeline.deid.training import LEXICON, TAGGER, derived_seed, detector, generator_of
from heal_pipeline.errors import ProfileError
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import Profile

EVALUATION = "models/phi_tagger_evaluation"
CANARY_FACTOR = 4
"""How many times the canaries of a source's run are planted here."""
HELD_OUT_DOCUMENTS = 150


def evaluate_tagger(lake: Lake, profile: Profile) -> StageResult:
    """Writes models/phi_tagger_evaluation: evaluation.json with "canary_survival" and "token_scores" (lists of records).

    Token scores are binary: is a token of an identifier covered, whatever its type. Gold sets are those whose folder is
    below the profile's data folder; the others are named as absent.
    """
    found = detector(lake, profile)
    survival = _canaries(found, profile)
    scores = [_held_out(lake, found, profile), *_gold_sets(found, profile)]
    inputs = {TAGGER: artifacts.manifest(lake, TAGGER).fingerprint}
    tables = {"canary_survival": survival, "token_scores": scores}
    with artifacts.stage(lake, EVALUATION, inputs=inputs, code_version=code_version("phi_tagger")) as staged:
        (staged.path / "evaluation.json").write_text(json.dumps(tables, indent=1))
        numbers = {"canaries": survival[0]["planted"], "canary_survival": survival[0]["share"]}
        manifest = staged.commit(numbers)
    shown = {**tables, "canary_survival": [r for r in survival if "all" in (r["type"], r["disguise"])]}
    metadata = {**numbers, "fingerprint": manifest.fingerprint}
    planted = survival[0]["planted"]
    return StageResult("phi_tagger_evaluation", planted, planted, metadata=metadata, tables=shown, made="canaries")


def evaluation(lake: Lake) -> dict[str, list[dict[str, Any]]] | None:
    """What was last written; None where the tagger was never evaluated."""
    if not artifacts.committed(lake, EVALUATION):
        return None
    return json.loads((artifacts.content(lake, EVALUATION) / "evaluation.json").read_text())


def _canaries(found: Detector, profile: Profile) -> list[dict[str, Any]]:
    planted = canaries.make(CANARY_FACTOR * profile.deid.canaries, derived_seed(profile.seed, "evaluated"))
    policy = Policy(profile.deid.policy, int(profile.days[-1][:4]))
    cleaner = Cleaner(found, policy, b"canaries", Pools.of(found.lexicon))
    return canaries.survival(planted, [cleaner.clean([c.text], str(i)).texts[0] for i, c in enumerate(planted)])


def _held_out(lake: Lake, found: Detector, profile: Profile) -> dict[str, Any]:
    generator = generator_of(artifacts.content(lake, LEXICON), derived_seed(profile.seed, "held-out"))
    documents = list(generator.documents(HELD_OUT_DOCUMENTS))
    return {"set": "held-out generated", **_score(found, [(d.text, d.spans) for d in documents])}


def _gold_sets(found: Detector, profile: Profile) -> list[dict[str, Any]]:
    try:
        folder = profile.data_folder()
    except ProfileError:
        return [{"set": name, "absent": "no data folder: set HEAL_OPEN_DATA"} for name in gold.SETS]
    rows: list[dict[str, Any]] = []
    for name, read in gold.SETS.items():
        try:
            rows.append({"set": name, **_score(found, read(folder / name))})
        except FileNotFoundError:
            rows.append({"set": name, "absent": f"not below the data folder as {name}/"})
    return rows


def _score(found: Detector, texts: list[gold.GoldText]) -> dict[str, Any]:
    counts = TokenCounts()
    for (text, spans), made in zip(texts, found.detect([t for t, _ in texts]), strict=True):
        counts.add(text, spans, made)
    return counts.row()
