"""Presidio as a detector: stock recognizers without a model, and a user's YAML files. Nothing is downloaded."""

from pathlib import Path

import hf_checkpoints
import pytest

from heal_pipeline import deid
from heal_pipeline.deid import canaries
from heal_pipeline.deid.presidio import PresidioFinder, offline
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake

TEXT = "Call Anna Vole on 614-287-9304 or write to anna@mail.net."


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A spaCy pipeline on disk that knows one name, one organisation and a quantity."""
    import spacy

    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    ruler.add_patterns(  # type: ignore[attr-defined]
        [
            {"label": "PERSON", "pattern": "Anna Vole"},
            {"label": "ORG", "pattern": "Acme"},
            {"label": "QUANTITY", "pattern": "5 mg"},
        ]
    )
    folder = tmp_path_factory.mktemp("spacy") / "pipeline"
    nlp.to_disk(folder)
    return folder


def _write(folder: Path, text: str) -> str:
    path = folder / "analyzer.yaml"
    path.write_text(text)
    return str(path)


def _spacy(model: str, further: str = "") -> str:
    return f"""
supported_languages: [en]
nlp_configuration:
  nlp_engine_name: spacy
  models: [{{lang_code: en, model_name: "{model}"}}]
{further}"""


def found(finder: PresidioFinder, text: str) -> set[tuple[str, str]]:
    return {(text[s:e], type_) for _, (s, e, type_, _) in finder.find([text])[0].ranked}


@pytest.mark.slow
def test_stock_recognizers_without_a_language_model(home: Lake, profile_with) -> None:
    spans = deid.detector(home, profile_with(), "presidio").detect([TEXT, ""])
    assert {(TEXT[s:e], t) for s, e, t, _ in spans[0]} >= {
        ("anna@mail.net", "EMAIL_ADDRESS"),
        ("614-287-9304", "PHONE_NUMBER"),
    }
    assert spans[1] == []


@pytest.mark.slow
def test_threshold_is_a_dial_over_presidios_scores() -> None:
    text = "seen on 614-287-9304"
    assert (text[8:], "PHONE_NUMBER") in found(PresidioFinder(0.9, None), text)
    assert (text[8:], "PHONE_NUMBER") not in found(PresidioFinder(0.3, None), text)  # without context its score is .4


@pytest.mark.slow
def test_a_spacy_pipeline_of_a_users_file(tmp_path: Path, pipeline: Path, home: Lake, profile_with) -> None:
    config = _write(tmp_path, _spacy(str(pipeline), "  ner_model_configuration: {labels_to_ignore: [ORG, QUANTITY]}"))
    text = "Anna Vole of Acme takes 5 mg, call 614-287-9304."
    profile = profile_with(presidio_config=config)
    (spans,) = deid.detector(home, profile, "presidio").detect([text])
    assert {(text[s:e], t) for s, e, t, _ in spans} >= {("Anna Vole", "PERSON"), ("614-287-9304", "PHONE_NUMBER")}
    assert all(
        text[s:e] not in ("Acme", "5 mg") for s, e, *_ in spans
    )  # Presidio leaves these out unless told otherwise
    (cleaned,) = deid.deidentify_texts(
        home, profile_with(presidio_config=config, detector="presidio"), [{"id": "1", "text": text}]
    )
    assert "Vole" not in cleaned
    assert "5 mg" in cleaned


def test_words_of_texts_are_not_kept(tmp_path: Path, pipeline: Path) -> None:
    finder = PresidioFinder(0.9, _write(tmp_path, _spacy(str(pipeline))))
    (nlp,) = finder._pipelines
    finder.find([TEXT])
    before = len(nlp.vocab.strings)
    for i in range(20):
        assert finder.find([f"Anna Vole, word{i}a other{i}b", "Anna Vole"])[0].ranked
    assert len(nlp.vocab.strings) == before
    nlp("word0a other0b")
    assert len(nlp.vocab.strings) > before


def test_a_users_thresholds_and_recognizers_hold(tmp_path: Path, pipeline: Path) -> None:
    registry = """
default_score_threshold: 0.5
recognizer_registry:
  supported_languages: [en]
  recognizers:
    - {name: SpacyRecognizer, type: predefined}
    - {name: PhoneRecognizer, type: predefined}
    - name: badges
      type: custom
      supported_entity: BADGE
      patterns: [{name: badge, regex: "B-\\\\d{4}", score: 0.7}]
"""
    finder = PresidioFinder(0.9, _write(tmp_path, _spacy(str(pipeline), registry)))
    assert found(finder, "Anna Vole, badge B-1234, seen on 614-287-9304") == {
        ("Anna Vole", "PERSON"),
        ("B-1234", "BADGE"),
    }


@pytest.mark.slow
def test_a_transformers_engine_of_a_users_file(tmp_path: Path, pipeline: Path) -> None:
    labels = {0: "O", 1: "PATIENT", 2: "PHONE"}
    (tmp_path / "model").mkdir()
    model = hf_checkpoints.make(tmp_path / "model", "bert", labels, person=1, phone=2)
    finder = PresidioFinder(0.9, _write(tmp_path, f"""
supported_languages: [en]
nlp_configuration:
  nlp_engine_name: transformers
  models: [{{lang_code: en, model_name: {{spacy: "{pipeline}", transformers: "{model}"}}}}]
  ner_model_configuration:
    model_to_presidio_entity_mapping: {{PATIENT: PERSON, PHONE: PHONE_NUMBER}}
    labels_to_ignore: [O]
recognizer_registry:
  recognizers: [{{name: TransformersRecognizer, type: predefined}}]
"""))  # fmt: skip
    assert found(finder, "seen Quimby today") == {("Quimby", "PERSON")}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("nlp_configuration: {nlp_engine_name: nonsense}", "missing required fields"),
        ("nlp_configuration: {nlp_engine_name: nonsense, models: [{lang_code: en, model_name: x}]}", "not available"),
        ("nlp_configuration: [unclosed", "ParserError"),
        ("", "no mapping"),
        ("- a list", "no mapping"),
        ("colour: blue", "Unknown configuration key"),
        (_spacy("en_core_web_lg"), "spaCy model en_core_web_lg is not installed"),
        ("supported_languages: [en]", "spaCy model en_core_web_lg is not installed"),
        (_spacy("no/such/folder"), "spaCy model no/such/folder is not installed"),
        ("nlp_configuration: {nlp_engine_name: stanza, models: [{lang_code: en, model_name: en}]}", "stanza"),
        ("nlp_configuration: {nlp_engine_name: slim, models: [{lang_code: en, model_name: en_core_web_sm}]}", "not installed"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UserError, match=r"deid\.presidio_config .*") as error:
        PresidioFinder(0.9, _write(tmp_path, text))
    assert reason in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("model", ["nobody/no-such-model", "no/such/folder"])
def test_a_checkpoint_that_is_not_here_is_not_fetched(tmp_path: Path, pipeline: Path, model: str) -> None:
    config = _write(tmp_path, f"""
nlp_configuration:
  nlp_engine_name: transformers
  models: [{{lang_code: en, model_name: {{spacy: "{pipeline}", transformers: "{model}"}}}}]
""")  # fmt: skip
    with pytest.raises(UserError, match="not downloaded"):
        PresidioFinder(0.9, config)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nothing\.yaml cannot be used \(FileNotFoundError"):
        PresidioFinder(0.9, str(tmp_path / "nothing.yaml"))


def test_models_are_looked_for_on_this_machine_alone() -> None:
    import spacy.cli
    from huggingface_hub import constants
    from presidio_analyzer.nlp_engine import StanzaNlpEngine

    before = (spacy.cli.download, constants.HF_HUB_OFFLINE, StanzaNlpEngine.__init__)
    with pytest.raises(RuntimeError), offline():
        assert constants.is_offline_mode()
        assert not StanzaNlpEngine([{"lang_code": "en", "model_name": "en"}]).download_if_missing
        with pytest.raises(OSError, match="not installed"):
            spacy.cli.download("en_core_web_sm")
        raise RuntimeError
    assert (spacy.cli.download, constants.HF_HUB_OFFLINE, StanzaNlpEngine.__init__) == before


@pytest.mark.slow
def test_union_is_what_any_finds(home: Lake, profile_with) -> None:
    """By finders exactly; by finished spans at least, since the sweep then has more cues."""
    detectors = {name: deid.detector(home, profile_with(), name) for name in ("crf", "presidio", "union")}
    texts = [TEXT, "Mrs. Vole's card is 4095-2609-9393-4932, seen by Dr. Quimby at 10.0.0.7", "", *canary_texts()]
    parts = [detectors[name]._finder.find(texts) for name in ("crf", "presidio")]
    for whole, *of_text in zip(detectors["union"]._finder.find(texts), *parts, strict=True):
        assert sorted(whole.ranked) == sorted(r for part in of_text for r in part.ranked)
    for text, union in zip(texts, detectors["union"].detect(texts), strict=True):
        covered = {i for start, end, *_ in union for i in range(start, end)}
        for name in ("crf", "presidio"):
            for start, end, *_ in detectors[name].detect([text])[0]:
                assert {i for i in range(start, end) if text[i].isalnum()} <= covered


def canary_texts() -> list[str]:
    return [c.text for c in canaries.make(140, 3)]
