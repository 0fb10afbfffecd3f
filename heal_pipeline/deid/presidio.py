"""Microsoft Presidio's analyzer as a detector: its stock recognizers without a language model, or a user's YAML file.

Nothing is downloaded. Our own detector as a recognizer in Presidio is in recognizer.py.
"""

import contextlib
import functools
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from heal_pipeline.deid.detectors import Found
from heal_pipeline.deid.resolving import PATTERN, Ranked
from heal_pipeline.errors import UserError

EVIDENCE = "heal_evidence"
"""The key of a result's metadata under which our recognizer says what it found: a tuple of `Ranked`. The record sweep
needs these cues, which a finished span no longer shows."""


class PresidioFinder:
    """Presidio's AnalyzerEngine.

    Args:
        threshold: results with a score below 1 - threshold do not count, nor do those below a threshold of the YAML file.
            What our own recognizer gives has passed the recognizer's threshold, and no other.
        config: a YAML file for Presidio's AnalyzerEngineProvider; None for its stock recognizers on a blank spaCy
            pipeline, which has no language model.

    Raises:
        UserError: the YAML file cannot be used, or a model that it names is not on this machine.
    """

    def __init__(self, threshold: float, config: str | None):
        self._engine = _configured_engine(config) if config else blank_engine()
        languages = self._engine.supported_languages
        self._language = "en" if "en" in languages else languages[0]
        self._least = 1.0 - threshold
        self._pipelines = [p for p in self._engine.nlp_engine.nlp.values() if p is not None]

    def find(self, texts: Sequence[str]) -> list[Found]:
        with contextlib.ExitStack() as zones:  # spaCy forgets the words of these texts behind them, and does not grow
            for pipeline in self._pipelines:
                zones.enter_context(pipeline.memory_zone())
            return [self._of(text) for text in texts]

    def _of(self, text: str) -> Found:
        found: set[Ranked] = set()
        for result in self._engine.analyze(text=text, language=self._language):
            evidence = (result.recognition_metadata or {}).get(EVIDENCE)
            if evidence is not None:
                found.update(evidence)
            elif result.score >= self._least:
                found.add((PATTERN, (result.start, result.end, result.entity_type, float(result.score))))
        return Found(sorted(found), [])


def blank_engine() -> Any:
    """An AnalyzerEngine with Presidio's stock recognizers for English, and tokens alone for their context words."""
    from presidio_analyzer import AnalyzerEngine

    _use_packaged_suffixes()
    return AnalyzerEngine(nlp_engine=tokens_alone(), supported_languages=["en"])


def tokens_alone() -> Any:
    """An NLP engine for English texts of any length that needs no language model."""
    import spacy
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    engine = SpacyNlpEngine()
    english = spacy.blank("en")
    english.max_length = sys.maxsize
    engine.nlp = {"en": english}  # type: ignore[assignment]
    return engine


def _configured_engine(path: str) -> Any:
    import yaml
    from presidio_analyzer import AnalyzerEngineProvider

    from heal_pipeline.deid import recognizer  # noqa: F401  (Presidio finds recognizers by name among the loaded classes)

    try:
        # Presidio would take its default configuration, and the model in it, for a file that it cannot parse.
        if not isinstance(yaml.safe_load(Path(path).read_text(encoding="utf-8")), dict):
            raise ValueError("it holds no mapping")
        _use_packaged_suffixes()
        with offline():
            return AnalyzerEngineProvider(analyzer_engine_conf_file=path).create_engine()
    except Exception as error:
        raise UserError(
            f"deid.presidio_config {path} cannot be used ({_reason(error)}): give an analyzer YAML as Presidio's documentation "
            "describes, and install the models that it names; they are not downloaded"
        ) from None


def _reason(error: BaseException) -> str:
    """The first cause of an error, in one line."""
    from pydantic import ValidationError

    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return " ".join([*map(str, first["loc"]), first["msg"]])
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0].rstrip('.')}" if lines else type(error).__name__


@contextlib.contextmanager
def offline() -> Iterator[None]:
    """Presidio finds models on this machine or not at all; by itself it installs and fetches what a file names."""
    import spacy.cli
    from huggingface_hub import constants
    from presidio_analyzer.nlp_engine import StanzaNlpEngine

    local = functools.partialmethod(StanzaNlpEngine.__init__, download_if_missing=False)
    changes: list[tuple[Any, str, Any]] = [
        (spacy.cli, "download", _refuse),
        (constants, "HF_HUB_OFFLINE", True),
        (StanzaNlpEngine, "__init__", local),
    ]
    before = [getattr(owner, name) for owner, name, _ in changes]
    for owner, name, value in changes:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for (owner, name, _), value in zip(changes, before, strict=True):
            setattr(owner, name, value)


def _refuse(model: str, *_: Any, **__: Any) -> None:
    raise OSError(f"the spaCy model {model} is not installed")


def _use_packaged_suffixes() -> None:
    """Presidio's check of e-mail addresses would fetch the list of public suffixes: the package's own copy does."""
    import tldextract

    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
