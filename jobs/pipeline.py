"""The jobs that people and schedules start. On one machine each runs in one process, with one Spark session."""

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from heal_pipeline.profile import Profile

PHI_TAGGER = ("phi_lexicon", "phi_training_corpus", "phi_tagger", "phi_tagger_evaluation")


def selections(profile: Profile) -> dict[str, dg.AssetSelection]:
    """Job name → what it materializes.

    `prepare` is the first of a home that is then refreshed: `refresh` ends at the survivors and leaves the tagger and the tokenizer as they are: a new one of either is a
    deliberate reprocessing of all days.
    """
    everything = dg.AssetSelection.all()
    made_on_demand = dg.AssetSelection.assets(*PHI_TAGGER, "tokenizer")
    training_groups = [*(f"phase_{k}" for k in range(1, profile.phases.count + 1)), "models"]
    ablation = dg.AssetSelection.groups("ablation")
    release = dg.AssetSelection.groups("release")
    evaluation = dg.AssetSelection.groups("evaluation")
    compliance = dg.AssetSelection.groups("compliance")
    corpus = dg.AssetSelection.groups("raw", "filtered", "deidentified", "deduplication", "tokens", "privacy")
    return {
        "all": everything,
        "prepare": corpus,
        "refresh": corpus - made_on_demand,
        "evaluate_tagger": dg.AssetSelection.assets("phi_tagger_evaluation"),
        "release": release,
        "train": dg.AssetSelection.groups(*training_groups),
        "ablation": ablation | dg.AssetSelection.assets(["evaluation", "ablation"]),
        "evaluate": (evaluation | compliance) - dg.AssetSelection.assets(["evaluation", "ablation"]),
    }


def job_name(name: str) -> str:
    """The name of a job in Dagster, where an asset may have the plain one."""
    return f"{name}_job"


def build(profile: Profile) -> list[UnresolvedAssetJobDefinition]:
    descriptions = {
        "all": "Everything: raw corpora to evaluation tables.",
        "prepare": "A new home's first: the tagger, the tokenizer, and all tables to the survivors.",
        "refresh": "The nightly refresh: the day's records to the survivors. Never makes a model stale.",
        "evaluate_tagger": "Judges the home's tagger anew: after a change of the detector's settings, before de-identifying with them.",
        "release": "Cuts a release, and packs its rows.",
        "train": "The phases, the pretrained and the tuned model of the current release.",
        "ablation": "Models trained on subsets of the sources, and their table.",
        "evaluate": "The evaluation tables, the report and the audit pack.",
    }
    return [
        dg.define_asset_job(
            job_name(name), selection=selection, description=descriptions[name], executor_def=dg.in_process_executor
        )
        for name, selection in selections(profile).items()
    ]
