"""The typed profile that a YAML file in configs/ fills. Every knob of a run is here, under the stage it belongs to.

An unknown key, a wrong type or a missing file is a ProfileError that names the key and the remedy.
"""

import datetime
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    field_validator,
    model_validator,
)

from heal_pipeline.errors import ProfileError
from heal_pipeline.fingerprint import fingerprint_json

CONFIGS = Path(__file__).resolve().parent.parent / "configs"
OPEN_DATA_VARIABLE = "HEAL_OPEN_DATA"

Group = Literal["non_medical_public", "medical_public", "medical_proprietary"]
Kind = Literal["text", "article", "conversation", "note", "template", "instruction"]
Prose = Literal["text", "article", "conversation", "note"]
Phi = Literal["none", "possible", "contains"]

Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def _in_order(bounds: tuple[float, float | None]) -> tuple[float, float | None]:
    least, most = bounds
    if most is not None and most < least:
        raise ValueError(f"the least, {least:g}, is above the most, {most:g}")
    return bounds


Bounds = Annotated[tuple[Amount, Amount | None], AfterValidator(_in_order)]
"""[least, most], both included; null leaves the upper side open."""


def _rule_name(name: str) -> str:
    if name not in MIXTURE_RULES and not re.fullmatch(r"\w+(?:\.\w+)*:\w+", name):
        raise ValueError(f"there is no rule {name!r}: give one of {', '.join(MIXTURE_RULES)}, or module:function")
    return name


MIXTURE_RULES = ("equal_groups", "proportional", "temperature", "constant", "stabilised")
"""Those of phases/rules.py."""
MixtureRule = Annotated[str, AfterValidator(_rule_name)]

DayMeasure = Literal["documents", "drop_share", "english_share", "mean_words"]


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(Section):
    """Gates: what is measured of each source on each day, as [least, most]. A day outside is not committed."""

    documents: Bounds = (0.0, None)
    """Documents that came in."""
    drop_share: Bounds = (0.0, 1.0)
    """Documents that quality rules drop, of those that the domain rules let in. A source excluded as a whole is not judged:
    it was decided on, not lost."""
    english_share: Bounds = (0.5, 1.0)
    """English documents among the kept ones. Fewer than 20 are not judged: their share would be chance."""
    mean_words: Bounds = (0.0, None)
    """Mean length of the kept documents, in words."""


class SourceEntry(Section):
    """A source of documents. Adding one is adding one of these to the profile; it needs no code."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    reader: str
    """A name in `heal_pipeline.sources.readers.READERS`, or "clinic" for the built-in synthetic clinic."""
    location: list[str] = []
    """Files or glob patterns below the data folder; `{day}` stands for the drop folder of a day."""
    members: str = "*"
    """Which members of an archive are read (a glob pattern)."""
    group: Group
    kind: Kind
    licence: str
    owner: str
    phi: Phi = "none"
    priority: Count = 100
    """Of two duplicates in one batch, the one from the source with the lower number stays."""
    fields: dict[str, str] = {}
    """What a reader maps to what: `text`, `key`, `subject`, or `prompt`/`response` templates for instructions; and names of `meta`."""
    meta: list[str] = []
    """Fields of the source that may pass into the cleared zone."""
    options: dict[str, Any] = {}
    """The reader's own options; one that it does not know is refused (heal_pipeline/sources/entries.py)."""
    max_quarantined_share: Share | None = None
    """In place of `ingest.max_quarantined_share` for this source."""
    allow_domains: list[str] = []
    deny_domains: list[str] = []
    expected: dict[DayMeasure, Bounds] = {}
    """Bounds of its own, in place of those under `filtering.expected`."""

    @property
    def has_domain_rules(self) -> bool:
        return bool(self.allow_domains or self.deny_domains)

    @property
    def restricted(self) -> bool:
        return self.phi != "none"

    @property
    def zone(self) -> Literal["restricted", "cleared"]:
        """Where its raw and filtered tables live."""
        return "restricted" if self.restricted else "cleared"

    @property
    def clean_stage(self) -> Literal["deidentified", "filtered"]:
        """The last daily stage of its chain: what deduplication and tokenization read. Always in the cleared zone."""
        return "deidentified" if self.restricted else "filtered"

    @property
    def clean_table(self) -> str:
        """The name of that stage's tables of the source, one a day."""
        return f"{self.clean_stage}/{self.name}"


class IngestConfig(Section):
    max_record_bytes: Annotated[int, Field(ge=2**10, le=2**30)] = 64 * 2**20
    """A line, page or row above this is quarantined, and never held in memory."""
    max_quarantined_share: Share = 0.05
    """Gate: a source of which more than this share (and more than one record) cannot be read in a day stops."""


class SparkConfig(Section):
    master: str = "local[*]"
    driver_memory: str = "2g"
    executor_memory: str = "2g"
    shuffle_partitions: Positive = 4
    max_partition_bytes: Positive = 64 * 2**20


class Rule(Section):
    """A decision as data: a document is dropped where `column operator value` holds."""

    name: str
    column: str
    operator: Literal["<", "<=", ">", ">=", "==", "!="]
    value: float
    reason: str
    groups: list[Group] = []
    """Empty: all groups."""
    kinds: list[Kind] = []
    """Empty: all kinds."""


class FilteringConfig(Section):
    rules: list[Rule] = []
    """Empty: the built-in rules of `heal_pipeline.filtering.rules`."""
    expected: Expected = Expected()
    exclude_source_at: Amount = 0.5
    """A source whose documents fail the quality rules at this share or above is excluded as a whole. Above 1: none is."""
    max_drift: Amount = 0.25
    """A warning, no gate: a signal whose population stability index against the source's last day is above this has drifted.
    The usual reading: below .1 nothing, above .25 a change."""

    def expected_of(self, entry: SourceEntry) -> dict[DayMeasure, Bounds]:
        """The bounds that hold for a source."""
        return {name: entry.expected.get(name, getattr(self.expected, name)) for name in get_args(DayMeasure)}


RESTRICTED_ZIPS = tuple("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893".split())
"""Three-digit areas of at most 20,000 people in the census of 2000: 45 CFR 164.514(b)(2)(i)(B)."""


def is_mislabelled(policy: str, label: str) -> bool:
    """Whether a label says Safe Harbor of what another policy leaves."""
    return policy != "safe_harbor" and re.search(r"safe[\W_]*harbou?r", label, re.IGNORECASE) is not None


class DeidConfig(Section):
    detector: Literal["crf", "presidio", "hf", "union"] = "crf"
    hf_model: str | None = None
    """A token classification model by path or hub id, for the detectors hf and union."""
    presidio_config: str | None = None
    """A YAML file of Presidio's analyzer. None: its own recognizers, without a language model."""
    policy: Literal["safe_harbor", "limited_data_set"] = "safe_harbor"
    label: str = ""
    """By which name manifests and reports call what the policy leaves. "": the policy's own. A limited data set is never
    called Safe Harbor."""
    keep_weekday: bool = False
    """Dates of a limited data set are shifted by whole weeks."""
    restricted_zips: tuple[Annotated[str, Field(pattern=r"^\d{3}$")], ...] = RESTRICTED_ZIPS
    """Three-digit ZIP areas of at most 20,000 people, written as 000."""
    surrogates: Literal["consistent", "markov"] = "consistent"
    """One surrogate for a value in all of a person's records, or another from mention to mention, which hides what was missed."""
    threshold: Share = 0.9
    """Tokens whose probability of not being PHI is below this are PHI. Higher finds more and redacts more."""
    training_documents: Positive = 4000
    training_iterations: Positive = 70
    canaries: Positive = 400
    """Identifiers that are planted beside the documents of each source and day."""
    max_canary_survival: Share = 0.02
    """Gate: more than this share of the planted identifiers comes through."""
    max_contact_survival: Share = 0.0
    """The same for telephone numbers, e-mail and web addresses."""
    max_number_survival: Share = 0.0
    """The same for social security numbers, and for medical record numbers."""
    min_names_covered: Share = 0.98
    """Gate of the tagger's evaluation: the share of people's names that are covered as a whole, in labelled records."""
    max_false_positives: Annotated[float, Field(ge=0)] = 5.0
    """Gate of the tagger's evaluation: tokens in 1,000 of those records that are taken for identifiers and are none."""
    min_noisy_names_covered: Share = 0.9
    """The same for names in generated documents, which are noisier than records."""
    controls: Count = 240
    """Harmless terms (drugs, diseases, eponyms, sites of the body, titles, headings) that are planted beside the canaries."""
    max_over_redaction: Share = 0.06
    """Gate: a source and day of which more than this share of the controls is replaced stops."""
    second_detector: Literal["presidio", "hf", "none"] = "presidio"
    """Reads a sample of the output, for what the first detector never saw."""
    second_threshold: Share = 0.5
    """As `threshold`, for the second detector."""
    second_sample: Count = 25
    """Documents that the second detector reads, of each source and day."""
    max_second_share: Share = 0.05
    """Gate: a source of whose sample the second detector finds more than this share (and more than one) to leak stops."""
    max_quarantined_share: Share = 0.01
    """Gate: a source of which more than this share (and more than one document) cannot be cleaned in a day stops."""
    min_group: Positive | None = None
    """Gate: people who share all metadata that leave the restricted zone must be so many (k-anonymity). None: report only."""
    review_top: Count = 10
    """Documents of highest residual risk that are put before people, of each source and day."""
    review_random: Count = 20
    """Documents drawn at random beside them. What people find in these bounds what is left in all."""
    max_reviewed_leak_share: Share | None = None
    """The check `review` fails where people found an identifier in more of a source's random documents. None: report only."""

    @model_validator(mode="after")
    def _label_is_true(self) -> "DeidConfig":
        if is_mislabelled(self.policy, self.label):
            raise ValueError(f"the label {self.label!r} is not true of {self.policy}: take it away, or use safe_harbor")
        return self


class DedupConfig(Section):
    num_permutations: Annotated[int, Field(ge=2)] = 128
    shingle_words: Positive = 5
    jaccard: Annotated[float, Field(gt=0, le=1)] = 0.8
    max_removed_share: Share = 0.95
    """Gate: a source that loses more than this share to duplicates stops (the wipe-out guard)."""
    max_cluster_share: Share = 0.2
    """Gate: no document stays for more than this share of all documents (and more than 100)."""


class DecontaminationConfig(Section):
    ngram_words: Positive = 13
    """Words in a run: one that a document shares with an evaluation item removes it."""
    min_item_words: Positive = 8
    """Passages of fewer words than a run, but of so many, are looked for whole."""
    common_texts: Positive = 10
    """A run that more different texts of a source hold on a day is its phrase, and tells nothing alone."""
    copied_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """A document that holds this share of an item's runs is a copy, however common they are."""


class RepeatedSentencesConfig(Section):
    """Sentences that many documents repeat stay in the first of them alone."""

    min_words: Positive = 8
    """Sentences of fewer words are never left out."""
    max_documents: Positive = 10
    """A sentence in more surviving documents than this is repeated."""
    kinds: list[Prose] = ["text", "article"]
    """Kinds that may lose sentences. Templates and instructions never do; in notes a sentence that recurs is a finding."""
    groups: list[Group] = ["non_medical_public", "medical_public"]
    """Groups that may lose sentences. Without kinds or groups nothing does."""
    max_document_share: Annotated[float, Field(gt=0, le=1)] = 0.8
    """A document that would lose more than this share of its words is left out as a whole."""
    max_removed_share: Share = 0.5
    """Gate: a source that would lose more than this share of its words stops."""


class TokenizerConfig(Section):
    path: str | None = None
    """A Hugging Face tokenizer by path or hub id. None: a BPE is trained on the corpus."""
    vocab_size: Positive = 4096
    training_documents: Positive = 4000
    add_bos: bool = True
    add_eos: bool = True


class PackingConfig(Section):
    max_length: Annotated[int, Field(ge=8)] = 512
    window_documents: Positive = 100_000
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.05
    """Share of each source's documents held back for perplexity, at least `validation_minimum` of them."""
    validation_minimum: Count = 8
    validation_max_share: Share = 0.2
    """No source has more than this share of its tokens held back: one of a few large documents may so have nothing."""
    max_validation_rows: Positive = 64
    """Rows a source that are evaluated each time."""


class PhasesConfig(Section):
    count: Positive = 2
    tokens_per_phase: Positive = 250_000
    initial: MixtureRule = "equal_groups"
    """The rule of the first phase and of ablations. The paper's ablation advises equal shares of the groups (HEAL, section 4)."""
    rule: MixtureRule = "stabilised"
    """The rule of the later phases: the paper's lowers the rate of sources whose validation loss has stabilised."""
    rates: dict[str, Amount] = {}
    """For the rule constant: weights of sources, or of groups, which their other sources share by their rows."""
    temperature: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 3.0
    """For the rule temperature: shares go by rows ** (1 / T)."""
    stabilised_slope: Share = 0.02
    """A source is stabilised where its validation loss fell by less than this share over the phase's second half."""
    factor: Annotated[float, Field(gt=0, le=1)] = 0.5
    """What a stabilised source's sampling rate is multiplied by in the next phase."""
    floor: Share = 0.01
    """No source's rate falls below this."""

    @model_validator(mode="after")
    def _rules_have_what_they_need(self) -> "PhasesConfig":
        if self.initial == "stabilised":
            raise ValueError("initial: stabilised goes by a phase before; give another rule")
        if self.initial == "constant" and not self.rates:
            raise ValueError("initial: constant needs weights in `rates`")
        if self.rates and not any(self.rates.values()):
            raise ValueError("rates: all weights are 0")
        return self


class ModelConfig(Section):
    path: str | None = None
    """A Hugging Face checkpoint by path or hub id. None: a Llama of the geometry below with random weights."""
    hidden_size: Positive = 128
    intermediate_size: Positive = 352
    num_layers: Positive = 4
    num_heads: Positive = 4
    num_key_value_heads: Positive = 4
    rope_factor: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 1.0
    """Linear position interpolation: 2.0 doubles a checkpoint's context (Chen et al. 2023)."""


class TrainingConfig(Section):
    engine: Literal["fsdp", "deepspeed"] = "fsdp"
    num_processes: Positive = 1
    shard_degree: Positive = 1
    """Processes over which the state is sharded; the rest replicate (hybrid sharding)."""
    threads: Positive = 2
    """CPU threads a process."""
    rows_per_step: Positive = 8
    """Rows in a step over all processes."""
    micro_batch_rows: Positive = 8
    """Rows that one process takes through the model at once: fewer need less memory."""
    activation_checkpointing: bool = False
    """Recompute each layer in the backward pass instead of keeping its activations: about a third more time, far less memory."""
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 3e-3
    min_learning_rate_share: Share = 0.1
    warmup_share: Share = 0.05
    weight_decay: Amount = 0.1
    betas: tuple[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(ge=0, lt=1)]] = (0.9, 0.95)
    clip_norm: Annotated[float, Field(gt=0)] = 1.0
    dtype: Literal["float32", "bfloat16"] = "float32"
    evaluations_per_phase: Positive = 4
    checkpoints_per_phase: Count = 2
    tuning_epochs: Positive = 2
    """Epochs over the instruction rows for the tuned model."""
    tuning_max_steps: Positive = 60


class AblationConfig(Section):
    subsets: dict[str, Annotated[list[Group], Field(min_length=1)]] = {
        "all": ["non_medical_public", "medical_public", "medical_proprietary"],
        "medical": ["medical_public", "medical_proprietary"],
        "public": ["non_medical_public", "medical_public"],
    }
    tokens: Positive = 120_000


class EvaluationConfig(Section):
    limit: Positive | None = 64
    """Items a task and data set at most; None: all."""
    max_new_tokens: Positive = 96
    note_conversations: Count = 6
    benchmarks: dict[str, list[str]] = {}
    """Task name → files below the data folder. A task without files is reported as absent."""
    bootstrap_samples: Positive = 1000


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
