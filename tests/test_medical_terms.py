"""Medical words: what is on the list and what is not, and whether its share tells medical text from other text."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from heal_pipeline import medical_terms
from heal_pipeline.text.normalise import normalise
from heal_pipeline.text.words import words as words_of


@pytest.mark.parametrize(
    "word",
    "pneumonia fracture diabetes hypertension cough nausea kidney femur carcinoma metformin amoxicillin ibuprofen".split(),
)
def test_words_of_diseases_symptoms_anatomy_and_drugs_count(word: str) -> None:
    assert word in medical_terms.words()


@pytest.mark.parametrize(
    "word", "other unspecified encounter accident railway elsewhere the and with house football invoice will".split()
)
def test_general_words_and_the_jargon_of_a_classification_do_not(word: str) -> None:
    assert word not in medical_terms.words()


def test_words_are_as_the_words_of_a_text_are() -> None:
    assert all(words_of(word) == [word] and word.isalpha() for word in medical_terms.words())


def test_terms_are_names_of_several_words_as_they_stand_in_text() -> None:
    terms = medical_terms.terms()
    assert {"crohn's disease", "breast cancer", "parkinson disease", "insulin glargine"} <= terms
    assert "abdomen, acute" not in terms
    assert all(normalise(term) == term and " " in term for term in terms)


def test_lists_are_the_same_objects_when_asked_again() -> None:
    assert medical_terms.words() is medical_terms.words()
    assert medical_terms.terms() is medical_terms.terms()


def test_equal_in_every_process_and_nothing_is_read_before_it_is_asked_for() -> None:
    script = (
        "import sys; from heal_pipeline import medical_terms as m; assert 'wordfreq' not in sys.modules;"
        "from heal_pipeline.fingerprint import fingerprint_json as f; print(f([sorted(m.words()), sorted(m.terms())]));"
        "assert not {'requests', 'drug_named_entity_recognition'} & set(sys.modules)"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, check=True, capture_output=True, text=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="simple_icd_10_cm"):
        medical_terms._folder("simple_icd_10_cm")


def _share(text: str) -> float:
    words = words_of(text)
    return sum(word in medical_terms.words() for word in words) / max(len(words), 1)


@pytest.mark.open_data
def test_share_of_medical_words_tells_abstracts_from_web_pages(open_data: Path) -> None:
    from scipy.stats import mannwhitneyu

    with gzip.open(open_data / "pubmedqa" / "ori_pqal.dev500.json.gz", "rt") as file:
        abstracts = [" ".join(record["CONTEXTS"]) for record in json.load(file).values()]
    with gzip.open(open_data / "redpajama-sample" / "c4-rp" / "sample_c4-rp1.jsonl.gz", "rt") as file:
        pages = [json.loads(line)["text"] for line in file]
    medical, general = [_share(text) for text in abstracts], [_share(text) for text in pages]
    auc = mannwhitneyu(medical, general).statistic / (len(medical) * len(general))
    assert auc > 0.95  # measured: 0.965; some pages of the web are about health
    assert sum(medical) / len(medical) > 5 * sum(general) / len(general)
