"""Finders that other projects make: Presidio's analyzer and Hugging Face token classifiers. Nothing is downloaded unasked."""

import re
from typing import Any

from heal_pipeline.deid.detectors import MODEL, PATTERN, Found, Ranked
from heal_pipeline.deid.tagger import MIN_DOUBT, Doubt
from heal_pipeline.errors import UserError

WINDOW_OVERLAP = 64
"""Tokens that neighbouring windows of a long text share."""
_BATCH = 8
_HF_TYPES = (
    ("PATIENT|STAFF|DOCTOR|HCW|PER|NAME|USERNAME", "PERSON"),
    ("HOSP|LOC|GPE|CITY|STATE|STREET|ZIP|COUNTRY|ADDRESS|PLACE", "LOCATION"),
    ("ORG|COMPANY|VENDOR|PATORG", "ORGANIZATION"),
    ("DATE|TIME|DOB", "DATE_TIME"),
    ("AGE", "AGE"),
    ("PHONE|FAX|TEL", "PHONE_NUMBER"),
    ("EMAIL|MAIL", "EMAIL_ADDRESS"),
    ("URL|WEB", "URL"),
    ("SSN", "US_SSN"),
    ("MRN|MEDICALRECORD", "MEDICAL_RECORD_NUMBER"),
    ("IP", "IP_ADDRESS"),
)


class PresidioFinder:
    """Microsoft Presidio's AnalyzerEngine.

    Args:
        threshold: as everywhere: spans with a score above 1 - threshold count.
        config: a YAML file for Presidio's AnalyzerEngineProvider; None for its stock recognizers on a blank spaCy
            pipeline, which has no language model and needs no download.

    Raises:
        UserError: the YAML file cannot be used.
    """

    def __init__(self, threshold: float, config: str | None):
        self._engine = _configured_engine(config) if config else _blank_engine()
        self._least = 1.0 - threshold

    def find(self, text: str) -> Found:
        results = self._engine.analyze(text=text, language="en", score_threshold=self._least)
        found: list[Ranked] = [
            (PATTERN, (r.start, r.end, r.entity_type, float(r.score)))
            for r in sorted(results, key=lambda r: (r.start, r.end, r.entity_type))
        ]
        return Found(found, [])


def _configured_engine(path: str) -> Any:
    from presidio_analyzer import AnalyzerEngineProvider

    try:
        return AnalyzerEngineProvider(analyzer_engine_conf_file=path).create_engine()
    except Exception as error:
        raise UserError(
            f"deid.presidio_config {path} cannot be used by Presidio ({type(error).__name__}): give an analyzer YAML as its documentation describes"
        ) from None


def _blank_engine() -> Any:
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    class BlankEngine(SpacyNlpEngine):
        """Tokens alone."""

        def __init__(self) -> None:
            super().__init__(models=[{"lang_code": "en", "model_name": "blank"}])
            self.nlp = {"en": spacy.blank("en")}  # type: ignore[assignment]

        def load(self) -> None:
            """Nothing to load, and nothing to download."""

    # Presidio's e-mail check would fetch the list of public suffixes: the package's own copy does.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    return AnalyzerEngine(nlp_engine=BlankEngine(), supported_languages=["en"])


class HuggingFaceFinder:
    """A token classification model of the Hugging Face kind.

    Args:
        model: path or hub id; its labels are read with or without B-, I-, L-, U- before them.
        threshold: tokens whose probability of "O" is below this are identifiers.

    Raises:
        UserError: none is named, or it cannot be loaded.
    """

    def __init__(self, model: str | None, threshold: float):
        if not model:
            raise UserError("the detector hf needs a model: set `deid.hf_model` of the profile to its path or hub id")
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        try:
            self._tokenizer = AutoTokenizer.from_pretrained(model, use_fast=True)
            self._model = AutoModelForTokenClassification.from_pretrained(model).eval()
        except (OSError, ValueError) as error:
            raise UserError(
                f"deid.hf_model {model} cannot be loaded ({type(error).__name__}): give a token classification model by path or hub id"
            ) from None
        names: dict[int, str] = self._model.config.id2label
        self._types = [_hf_type(names[i]) for i in range(len(names))]
        self._outside = [i for i, type_ in enumerate(self._types) if type_ is None]
        self._threshold = threshold
        self._window = min(512, getattr(self._model.config, "max_position_embeddings", 512))

    def find(self, text: str) -> Found:
        import torch

        if not text.strip():
            return Found([], [])
        batch = self._tokenizer(
            text, return_offsets_mapping=True, return_overflowing_tokens=True, truncation=True, padding=True,
            max_length=self._window, stride=min(WINDOW_OVERLAP, self._window // 4), return_tensors="pt",
        )  # fmt: skip
        offsets = batch.pop("offset_mapping").tolist()
        batch.pop("overflow_to_sample_mapping", None)
        found: set[Ranked] = set()
        doubts: set[Doubt] = set()
        for first in range(0, len(offsets), _BATCH):
            part = {k: v[first : first + _BATCH] for k, v in batch.items()}
            with torch.no_grad():
                probabilities = self._model(**part).logits.softmax(-1)  # [windows, tokens, labels]
            for window, window_offsets in zip(probabilities, offsets[first : first + _BATCH], strict=True):
                harmless = window[:, self._outside].sum(-1)
                window[:, self._outside] = -1.0
                best = window.argmax(-1).tolist()
                for (start, end), label, outside in zip(window_offsets, best, harmless.tolist(), strict=True):
                    if end > start and outside < self._threshold and self._types[label] is not None:
                        found.add((MODEL, (start, end, str(self._types[label]), round(1.0 - outside, 6))))
                    elif end > start and 1.0 - outside > MIN_DOUBT:
                        doubts.add((start, end, round(1.0 - outside, 6)))
        return Found(sorted(found), sorted(doubts))


def _hf_type(label: str) -> str | None:
    """Presidio's name for a model's label; None for outside."""
    bare = re.sub(r"^[BILUESIO][-_](?=.)", "", label.upper())
    if bare in ("O", "OUTSIDE"):
        return None
    return next((type_ for names, type_ in _HF_TYPES if re.search(rf"(?:{names})", bare)), "ID")
