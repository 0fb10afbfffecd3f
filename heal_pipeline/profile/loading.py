"""The Profile, which joins all sections, and how it is read from a YAML file."""

import datetime
import os
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

from heal_pipeline.errors import ProfileError
from heal_pipeline.fingerprint import fingerprint_json
from heal_pipeline.profile.base import Count, Group, Section
from heal_pipeline.profile.corpus import (
    DecontaminationConfig,
    DedupConfig,
    FilteringConfig,
    RepeatedSentencesConfig,
    SparkConfig,
)
from heal_pipeline.profile.deid import DeidConfig
from heal_pipeline.profile.models import (
    AblationConfig,
    EvaluationConfig,
    ModelConfig,
    PackingConfig,
    PhasesConfig,
    TokenizerConfig,
    TrainingConfig,
)
from heal_pipeline.profile.sources import IngestConfig, SourceEntry

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
OPEN_DATA_VARIABLE = "HEAL_OPEN_DATA"


class Profile(Section):
    """A run's knobs. `synthetic` profiles hold generated records alone, so that their identities may be reproducible."""

    name: str
    description: str = ""
    seed: int = 17
    synthetic: bool = False
    data: str | None = None
    """The data folder; a relative one is below the folder of the profile's file. None: the folder in HEAL_OPEN_DATA."""
    days: list[str] = Field(min_length=1)
    sources: list[SourceEntry] = Field(min_length=1)
    clinic_documents: Count = 0
    """Encounters that the synthetic clinic makes over all days."""
    spark: SparkConfig = SparkConfig()
    ingest: IngestConfig = IngestConfig()
    filtering: FilteringConfig = FilteringConfig()
    deid: DeidConfig = DeidConfig()
    dedup: DedupConfig = DedupConfig()
    decontamination: DecontaminationConfig = DecontaminationConfig()
    repeated_sentences: RepeatedSentencesConfig = RepeatedSentencesConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    packing: PackingConfig = PackingConfig()
    phases: PhasesConfig = PhasesConfig()
    model: ModelConfig = ModelConfig()
    training: TrainingConfig = TrainingConfig()
    ablation: AblationConfig = AblationConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    _folder: Path = PrivateAttr(default_factory=Path)
    """Of the profile's file."""

    @field_validator("days", mode="before")
    @classmethod
    def _days_as_strings(cls, days: Any) -> Any:
        return [d.isoformat() if isinstance(d, datetime.date) else d for d in days] if isinstance(days, list) else days

    @field_validator("days")
    @classmethod
    def _days_are_days(cls, days: list[str]) -> list[str]:
        for day in days:
            datetime.date.fromisoformat(day)
        return sorted(days)

    @model_validator(mode="after")
    def _names_are_unique(self) -> "Profile":
        names = [s.name for s in self.sources]
        if len(set(names)) != len(names):
            raise ValueError(f"source names repeat: {sorted({n for n in names if names.count(n) > 1})}")
        return self

    @model_validator(mode="after")
    def _rates_are_of_what_is_there(self) -> "Profile":
        unknown = sorted(set(self.phases.rates) - {s.name for s in self.sources} - set(get_args(Group)))
        if unknown:
            raise ValueError(f"phases.rates: no source or group is called {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _the_rule_has_evaluations_to_go_by(self) -> "Profile":
        phases = self.phases
        if phases.count > 1 and phases.rule == "stabilised" and self.training.evaluations_per_phase < 2:
            raise ValueError(
                "training.evaluations_per_phase is 1, and the rule stabilised compares 2 of a phase: set it to 2 or more, or phases.rule to another rule"
            )
        return self

    @property
    def hash(self) -> str:
        """16 hex digits over all knobs."""
        return fingerprint_json(self.model_dump(mode="json"))

    def source(self, name: str) -> SourceEntry:
        return next(s for s in self.sources if s.name == name)

    @property
    def restricted_sources(self) -> list[SourceEntry]:
        return [s for s in self.sources if s.restricted]

    @property
    def synthetic_seed(self) -> int | None:
        """What `Lake.identity_key` takes: the seed where all records are generated, else None."""
        return self.seed if self.synthetic else None

    def data_folder(self) -> Path:
        """The folder that source locations are below.

        Raises:
            ProfileError: it is not named, or not there.
        """
        value = self.data or os.environ.get(OPEN_DATA_VARIABLE)
        if not value:
            raise ProfileError(
                f"the profile {self.name!r} reads files, and no folder is named: set {OPEN_DATA_VARIABLE} (or `data:` in the profile) to it"
            )
        folder = Path(value).expanduser()
        folder = (self._folder / folder if self.data else folder).resolve()
        if not folder.is_dir():
            raise ProfileError(
                f"the data folder {folder} is not there: set {OPEN_DATA_VARIABLE} (or `data:` in the profile) to the folder that holds the sets"
            )
        return folder


def load_profile(name_or_path: str | None = None) -> Profile:
    """Reads a profile: a name in configs/ or a YAML file. None: HEAL_PROFILE, else sample.

    Raises:
        ProfileError: the file is missing, is no YAML mapping, has an unknown key or a wrong type.
    """
    wanted = name_or_path or os.environ.get("HEAL_PROFILE") or "sample"
    path = Path(wanted)
    if path.suffix not in (".yaml", ".yml"):
        path = CONFIGS / f"{wanted}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in CONFIGS.glob("*.yaml")))
        raise ProfileError(f"there is no profile {wanted!r}: give one of {known}, or the path of a YAML file")
    try:
        values = yaml.safe_load(path.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path} is no YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(values, dict):
        raise ProfileError(f"{path} holds no mapping of settings: see configs/sample.yaml for the form")
    try:
        profile = Profile.model_validate({"name": path.stem, **values})
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "profile"
        problem = "unknown key" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise ProfileError(f"{path}: {key}: {problem}; see docs/profiles.md for the settings") from None
    profile._folder = path.resolve().parent
    return profile
