"""Our detector as a recognizer of Presidio: the direct path and Presidio's give the same spans."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heal_pipeline import deid
from heal_pipeline.deid import canaries, gold
from heal_pipeline.deid.detectors import Detector
from heal_pipeline.deid.patterns import Span
from heal_pipeline.deid.training import LEXICON, generator_of
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake

FURTHER = "\n    - {name: EmailRecognizer, type: predefined}"


def _config(folder: Path, home: Path, entry: str = "", further: str = "") -> str:
    """An analyzer YAML that names our recognizer, and no language model."""
    path = folder / "analyzer.yaml"
    path.write_text(f"""
supported_languages: [en]
nlp_configuration: {{nlp_engine_name: no_op, models: [{{lang_code: en, model_name: no_op}}]}}
recognizer_registry:
  recognizers:
    - {{name: HealRecognizer, home: "{home}"{entry}}}{further}
""")
    return str(path)


@pytest.fixture(scope="module")
def through(trained_home: Path, profile_with, tmp_path_factory: pytest.TempPathFactory) -> Detector:
    """The detector `presidio` with a file that names our recognizer."""
    config = _config(tmp_path_factory.mktemp("yaml"), trained_home)
    return deid.detector(Lake(trained_home), profile_with(presidio_config=config), "presidio")


def _analyzed(through: Detector, text: str) -> list[Span]:
    """What a user's own call of Presidio gives, after its removal of duplicate and contained results."""
    results = through._finder._engine.analyze(text, "en")  # type: ignore[attr-defined]
    return sorted((r.start, r.end, r.entity_type, r.score) for r in results)


def _texts(home: Path) -> list[str]:
    """Generated documents, and canaries in every disguise."""
    from heal_pipeline import artifacts

    generator = generator_of(artifacts.content(Lake(home), LEXICON), 7)
    return [*(d.text for d in generator.documents(120)), *(c.text for c in canaries.make(70, 7))]


def test_generated_texts_have_the_same_spans(detector: Detector, through: Detector, trained_home: Path) -> None:
    texts = _texts(trained_home)
    direct = detector.detect(texts)
    assert sum(map(len, direct)) > 300
    assert {type_ for spans in direct for *_, type_, _ in spans} > {"PERSON", "PHONE_NUMBER", "DATE_TIME", "LOCATION"}
    assert through.detect(texts) == direct
    assert [_analyzed(through, text) for text in texts] == direct


@pytest.mark.slow
def test_real_texts_have_the_same_spans(detector: Detector, through: Detector, open_data: Path) -> None:
    texts = [text for name, read in gold.SETS.items() for text, _ in read(open_data / name)[:250]]
    direct = detector.detect(texts)
    assert through.detect(texts) == direct
    assert [_analyzed(through, text) for text in texts] == direct


def test_records_have_the_same_spans(detector: Detector, through: Detector, trained_home: Path) -> None:
    """The sweep over a record's texts needs the cues of each text, and registered values stand above all."""
    texts = _texts(trained_home)
    rows = (("name", "Zelda Quimby-Vole"), ("mrn", "00417823"))
    for first in range(0, len(texts), 5):
        record = [*texts[first : first + 5], "zelda came, mrn 00417823", "Vole"]
        assert through.detect_record(record, rows) == detector.detect_record(record, rows)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["Dr. Vole", "anna", "Anna Vole", "O'Brien", "MD", "614-287-9304", "MRN 00417823", "05/03/1962", "[**Name**]", "___",
             "Vole-Quimby", "ＡＮＮＡ", "an\u200bna", "Crohn's disease", "May", "Boston, MA 02115", "a@b.org", "½", "\n", "said", "the"]
        )
        | st.text(max_size=6),
        max_size=12,
    )
)  # fmt: skip
def test_any_texts_have_the_same_spans(detector: Detector, through: Detector, pieces: list[str]) -> None:
    text = " ".join(pieces)
    direct = detector.detect([text])[0]
    assert through.detect([text])[0] == direct
    assert _analyzed(through, text) == direct


def test_parity_is_not_by_construction(detector: Detector, through: Detector, trained_home: Path, monkeypatch) -> None:
    """Presidio's conflict resolution has its say: what it drops is missing in the end."""
    from presidio_analyzer import EntityRecognizer

    whole = EntityRecognizer.remove_duplicates
    monkeypatch.setattr(EntityRecognizer, "remove_duplicates", staticmethod(lambda results: whole(results)[1:]))
    texts = _texts(trained_home)[:20]
    assert through.detect(texts) != detector.detect(texts)


def test_beside_other_recognizers_and_in_a_registry(trained_home: Path, tmp_path: Path) -> None:
    from presidio_analyzer import AnalyzerEngine, AnalyzerEngineProvider, RecognizerRegistry

    from heal_pipeline.deid.presidio import PresidioFinder, tokens_alone
    from heal_pipeline.deid.recognizer import HealRecognizer

    text = "Call Anna Vole, or write to anna@mail.net."
    registry = RecognizerRegistry()
    registry.add_recognizer(HealRecognizer(home=str(trained_home)))
    engine = AnalyzerEngine(registry=registry, nlp_engine=tokens_alone())
    found = {(text[r.start : r.end], r.entity_type) for r in engine.analyze(text, "en")}
    assert found == {("Anna Vole", "PERSON"), ("anna@mail.net", "EMAIL_ADDRESS")}
    assert {text[r.start : r.end] for r in engine.analyze(text, "en", entities=["PERSON"])} == {"Anna Vole"}
    assert engine.analyze("", "en") == []
    config = _config(tmp_path, trained_home, ", supported_entities: [PERSON]", FURTHER)
    assert {(text[s:e], t) for _, (s, e, t, _) in PresidioFinder(0.9, config).find([text])[0].ranked} == found
    assert {*AnalyzerEngineProvider(config).create_engine().get_supported_entities()} == {"PERSON", "EMAIL_ADDRESS"}


def test_the_files_threshold_is_the_recognizers(trained_home: Path, tmp_path: Path, profile_with) -> None:
    lake = Lake(trained_home)
    texts = _texts(trained_home)
    counts = []
    for threshold in (0.0, 0.999):
        config = _config(tmp_path, trained_home, f", threshold: {threshold}")
        through = deid.detector(lake, profile_with(presidio_config=config), "presidio", threshold=0.5 + threshold / 10)
        spans = through.detect(texts)
        assert spans == deid.detector(lake, profile_with(), "crf", threshold=threshold).detect(texts)
        counts.append(sum(map(len, spans)))
    assert counts[0] < counts[1]


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (", threshold: 2", "threshold Input should be less than or equal to 1"),
        (", treshold: 0.9", "treshold Extra inputs are not permitted"),
    ],
)
def test_a_wrong_entry_is_one_line(trained_home: Path, tmp_path: Path, profile_with, entry: str, reason: str) -> None:
    config = _config(tmp_path, trained_home, entry)
    with pytest.raises(UserError, match=reason):
        deid.detector(Lake(trained_home), profile_with(presidio_config=config), "presidio")


def test_a_home_without_a_tagger_is_one_line(trained_home: Path, tmp_path: Path, profile_with) -> None:
    config = _config(tmp_path, tmp_path / "nowhere")
    with pytest.raises(UserError, match="phi_tagger"):
        deid.detector(Lake(trained_home), profile_with(presidio_config=config), "presidio")


def test_the_types_it_promises_are_those_of_patterns_and_tagger(detector: Detector) -> None:
    from heal_pipeline.deid import patterns
    from heal_pipeline.deid.matching import Pattern
    from heal_pipeline.deid.recognizer import TYPES

    groups = [value for value in vars(patterns).values() if isinstance(value, list)]
    given = {p.type for group in groups for p in group if isinstance(p, Pattern)}
    labels = {*detector._finder._tagger._labels} - {"CONTACT"}  # type: ignore[attr-defined]
    assert len(given) > 8
    assert given | labels <= set(TYPES)
