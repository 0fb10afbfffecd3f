"""De-identification: detectors, the policy, and the gates and bounds that the outcome is held to."""

import re
from typing import Annotated, Literal

from pydantic import Field, model_validator

from heal_pipeline.profile.base import Count, Positive, Section, Share

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
