"""The typed profile that a YAML file in configs/ fills. Every knob of a run is here, under the stage it belongs to.

An unknown key, a wrong type or a missing file is a ProfileError that names the key and the remedy.

base: what all sections are made of.  sources: a source, and how it is read.  corpus: what becomes of the documents.
deid: de-identification.  models: from tokens to models and their evaluation.  loading: the Profile, and how it is read.
"""

from heal_pipeline.profile.base import Bounds, Group, Kind, Positive, Section
from heal_pipeline.profile.corpus import (
    DecontaminationConfig,
    DedupConfig,
    FilteringConfig,
    RepeatedSentencesConfig,
    Rule,
    SparkConfig,
)
from heal_pipeline.profile.deid import RESTRICTED_ZIPS, DeidConfig, is_mislabelled
from heal_pipeline.profile.loading import CONFIGS, OPEN_DATA_VARIABLE, Profile, load_profile
from heal_pipeline.profile.models import MIXTURE_RULES, EvaluationConfig, ModelConfig, PhasesConfig, TokenizerConfig
from heal_pipeline.profile.sources import DayMeasure, IngestConfig, SourceEntry

__all__ = [
    "CONFIGS",
    "MIXTURE_RULES",
    "OPEN_DATA_VARIABLE",
    "RESTRICTED_ZIPS",
    "Bounds",
    "DayMeasure",
    "DecontaminationConfig",
    "DedupConfig",
    "DeidConfig",
    "EvaluationConfig",
    "FilteringConfig",
    "Group",
    "IngestConfig",
    "Kind",
    "ModelConfig",
    "PhasesConfig",
    "Positive",
    "Profile",
    "RepeatedSentencesConfig",
    "Rule",
    "Section",
    "SourceEntry",
    "SparkConfig",
    "TokenizerConfig",
    "is_mislabelled",
    "load_profile",
]
