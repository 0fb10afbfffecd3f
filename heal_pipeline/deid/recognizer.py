"""Our detector as a recognizer in Presidio: for people who have an AnalyzerEngine, and want what we find in it.

Import this module, and Presidio knows `HealRecognizer`, in Python and in its YAML files. It imports Presidio itself, so
nothing of the library imports it before a user has asked for Presidio. How Presidio is used as a detector is in presidio.py.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from presidio_analyzer import LocalRecognizer, RecognizerResult
from presidio_analyzer.input_validation import PredefinedRecognizerConfig
from presidio_analyzer.input_validation.yaml_recognizer_models import CONFIG_MODEL_MAP
from presidio_analyzer.nlp_engine import NlpArtifacts
from pydantic import ConfigDict, Field

from heal_pipeline import artifacts
from heal_pipeline.deid.detectors import CrfFinder, Detector, Found
from heal_pipeline.deid.fold import fold
from heal_pipeline.deid.lexicon import Lexicon
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.presidio import EVIDENCE
from heal_pipeline.deid.resolving import MODEL, Ranked
from heal_pipeline.deid.tagger import SCHEME, Tagger
from heal_pipeline.deid.training import TAGGER
from heal_pipeline.lake import Lake

TYPES = (
    "AGE CREDIT_CARD DATE_TIME EMAIL_ADDRESS ID IP_ADDRESS LOCATION MEDICAL_RECORD_NUMBER ORGANIZATION PERSON "
    "PHONE_NUMBER URL US_SSN"
).split()
"""What patterns and tagger give."""


class HealRecognizer(LocalRecognizer):
    """Patterns and tagger: the detector `crf`, each text a record by itself.

    Its spans have no overlaps, so that Presidio's removal of duplicate and contained results leaves them as they are.

    Args:
        home: the folder whose tagger is used; None: that of HEAL_HOME, else ".heal".
        threshold: tokens with a lower probability of being harmless are identifiers.
        supported_entities: the types to give; None: all.
        supported_language, context, name: as in every recognizer of Presidio. Context changes no score here.

    Raises:
        GateError: the home has no tagger that this code can read.
    """

    def __init__(
        self,
        home: str | None = None,
        threshold: float = 0.9,
        supported_language: str = "en",
        supported_entities: list[str] | None = None,
        context: list[str] | None = None,
        name: str | None = None,
    ):
        self._home = Path(home or os.environ.get("HEAL_HOME") or ".heal")
        self._threshold = threshold
        self._name = name or type(self).__name__
        super().__init__(supported_entities or TYPES, self._name, supported_language)

    def load(self) -> None:
        """Reads the home's tagger. Presidio calls it when the recognizer is made."""
        folder = artifacts.content(Lake(self._home), TAGGER, SCHEME)
        self._lexicon = Lexicon.load(folder)
        tagger = Tagger((folder / "model.crfsuite").read_bytes(), self._lexicon, self._threshold)
        self._finder = CrfFinder(tagger)

    def analyze(
        self, text: str, entities: list[str], nlp_artifacts: NlpArtifacts | None = None
    ) -> list[RecognizerResult]:
        """The identifiers of a text that are of the types asked for, each with the cues it was made of as metadata."""
        folded = fold(text)
        (found,) = self._finder.find([folded.text])
        cues: list[tuple[int, int, Ranked]] = [(*folded.original(r[1][0], r[1][1]), r) for r in found.ranked]
        spans = Detector(_Known(found), self._lexicon).detect([text])[0]
        return [
            RecognizerResult(
                type_, start, end, score, recognition_metadata=self._metadata((start, end, type_, score), cues)
            )
            for start, end, type_, score in spans
            if type_ in entities
        ]

    def _metadata(self, span: Span, cues: Sequence[tuple[int, int, Ranked]]) -> dict[str, object]:
        """What Presidio wants to know of a result, and the cues in its span; a swept span is its own."""
        evidence = tuple(ranked for start, end, ranked in cues if start < span[1] and end > span[0])
        return {
            RecognizerResult.RECOGNIZER_NAME_KEY: self._name,
            RecognizerResult.RECOGNIZER_IDENTIFIER_KEY: self.id,
            EVIDENCE: evidence or ((MODEL, span),),
        }


class _Known:
    """What was found in the one text already."""

    def __init__(self, found: Found):
        self._found = found

    def find(self, texts: Sequence[str]) -> list[Found]:
        return [self._found] * len(texts)


class HealRecognizerConfig(PredefinedRecognizerConfig):
    """What an entry of a YAML file may say of a HealRecognizer; Presidio drops keys that a model does not know."""

    model_config = ConfigDict(extra="forbid")

    home: str | None = None
    threshold: float | None = Field(None, ge=0, le=1)


CONFIG_MODEL_MAP[HealRecognizer.__name__] = HealRecognizerConfig
