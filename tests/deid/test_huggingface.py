"""Token classification models: labels, windows, batches, on checkpoints that the tests make."""

import itertools
from pathlib import Path

import hf_checkpoints
import pytest
from hf_checkpoints import FILLER

from heal_pipeline import deid
from heal_pipeline.deid import huggingface
from heal_pipeline.deid.huggingface import HuggingFaceFinder
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake

BILOU = {0: "O", 1: "B-PATIENT", 2: "I-PATIENT", 3: "L-PATIENT", 4: "U-PATIENT", 5: "B-PHONE", 6: "U-PHONE"}
BARE = {0: "PHONE", 1: "HCW", 2: "O"}


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> str:
    return hf_checkpoints.make(tmp_path_factory.mktemp("bert"), "bert", BILOU, person=4, phone=6)


@pytest.fixture(scope="module")
def roberta(tmp_path_factory: pytest.TempPathFactory) -> str:
    return hf_checkpoints.make(tmp_path_factory.mktemp("roberta"), "roberta", BARE, person=1, phone=0)


def found(model: str, text: str, threshold: float = 0.5) -> list[tuple[str, str]]:
    return [(text[s:e], type_) for _, (s, e, type_, _) in HuggingFaceFinder(model, threshold).find([text])[0].ranked]


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_names_and_numbers_in_the_texts_own_offsets(kind: str, request: pytest.FixtureRequest) -> None:
    model = request.getfixturevalue(kind)
    assert found(model, "seen Anna  Vole, 614-287-9304\ntoday") == [
        ("Anna", "PERSON"),
        ("Vole", "PERSON"),
        ("614-287-9304", "PHONE_NUMBER"),
    ]
    assert HuggingFaceFinder(model, 0.5).find(["", " ", "\n\t"]) == [([], [])] * 3
    assert HuggingFaceFinder(model, 0.5).find([]) == []


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_name_is_found_wherever_a_window_ends(kind: str, request: pytest.FixtureRequest) -> None:
    """Positions of the models are 24 tokens: the text is longer than many windows, and the name walks over it."""
    finder = HuggingFaceFinder(request.getfixturevalue(kind), 0.5)
    for place in range(150):
        words = [FILLER[i % len(FILLER)] for i in range(150)]
        words[place] = "Quimby"
        text = " ".join(words)
        assert [text[s:e] for _, (s, e, *_) in finder.find([text])[0].ranked] == ["Quimby"], place


def test_windows_overlap_and_hold_every_token(roberta: str) -> None:
    finder = HuggingFaceFinder(roberta, 0.5)
    assert finder._window == 24 - 2  # RoBERTa counts places from behind its padding token
    text = " ".join(FILLER * 30)
    windows = list(finder._windows([text, "", text[:9]]))
    assert {w.text for w in windows} == {0, 2}
    first = [w for w in windows if w.text == 0]
    assert all(len(w.ids) <= 22 for w in windows)
    inner = [[o for o in w.offsets if o[1] > o[0]] for w in first]
    for before, after in itertools.pairwise(inner):
        assert before[-5:] == after[:5]  # a quarter of the window
    whole = finder._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    assert {o for w in inner for o in w} == set(whole)


def test_the_published_windows_are_512_tokens_with_64_in_common(tmp_path: Path) -> None:
    finder = HuggingFaceFinder(hf_checkpoints.make(tmp_path, "roberta", BARE, person=1, phone=0, positions=514), 0.5)
    windows = list(finder._windows([" ".join(FILLER * 200)]))
    assert finder._window == 512
    assert [o for o in windows[0].offsets if o[1]][-64:] == [o for o in windows[1].offsets if o[1]][:64]


def test_the_more_suspicious_window_decides(bert: str, monkeypatch: pytest.MonkeyPatch) -> None:
    finder = HuggingFaceFinder(bert, 0.5)
    text = " ".join(FILLER * 4)

    def score(batch):
        for window in batch:
            inner = [i for i, o in enumerate(window.offsets) if o[1] > o[0]]
            yield [(0.9, "AGE") if i == inner[0] else (0.2, "PERSON") for i in range(len(window.ids))]

    windows = list(finder._windows([text]))
    monkeypatch.setattr(finder, "_score", score)
    (outcome,) = finder.find([text])
    starts = {next(o[0] for o in w.offsets if o[1] > o[0]) for w in windows}
    assert len(starts) > 2
    assert {s for _, (s, *_) in outcome.ranked} == starts
    assert {score for *_, score in outcome.doubts} == {0.2}
    assert len(outcome.ranked) + len(outcome.doubts) == len(FILLER) * 4  # a word that two windows see is one doubt


def test_a_batch_of_texts_is_what_each_of_them_is(bert: str) -> None:
    finder = HuggingFaceFinder(bert, 0.5)
    texts = ["", "Anna", " ".join(FILLER * 9) + " Vole", "pain 5", " ", "call Zorro at 5551234 " * 30]
    together = finder.find(texts)
    assert together == [finder.find([text])[0] for text in texts]
    assert together == finder.find(texts[::-1])[::-1]


def test_threshold_is_a_dial(home: Lake, profile_with, bert: str) -> None:
    text = "seen Anna Vole today"
    profile = profile_with(hf_model=bert)
    assert deid.detector(home, profile, "hf", threshold=0.0).detect([text]) == [[]]
    (spans,) = deid.detector(home, profile, "hf", threshold=0.5).detect([text])
    assert [(text[s:e], t) for s, e, t, _ in spans] == [("Anna Vole", "PERSON")]
    assert deid.detector(home, profile, "hf", threshold=1.0).detect([text])[0][0][:2] == (0, len(text))
    examined = deid.detector(home, profile, "hf", threshold=0.0).examine_record([text])
    assert examined.risks[0] > 0.9  # two names are left, and the model is sure of them


def test_what_is_no_trained_classifier_is_a_users_error(tmp_path: Path, bert: str) -> None:
    with pytest.raises(UserError, match=r"deid\.hf_model"):
        HuggingFaceFinder(None, 0.9)
    with pytest.raises(UserError, match="cannot be loaded"):
        HuggingFaceFinder(str(tmp_path / "nothing"), 0.9)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(UserError, match="cannot be loaded"):
        HuggingFaceFinder(str(tmp_path), 0.9)
    from transformers import AutoTokenizer, BertForTokenClassification

    whole = BertForTokenClassification.from_pretrained(bert)
    whole.bert.save_pretrained(tmp_path / "encoder")
    AutoTokenizer.from_pretrained(bert).save_pretrained(tmp_path / "encoder")
    with pytest.raises(UserError, match="no trained token classifier"):
        HuggingFaceFinder(str(tmp_path / "encoder"), 0.9)
    whole.config.id2label = {i: f"LABEL_{i}" for i in range(7)}
    whole.save_pretrained(tmp_path / "unnamed")
    AutoTokenizer.from_pretrained(bert).save_pretrained(tmp_path / "unnamed")
    with pytest.raises(UserError, match="no label O"):
        HuggingFaceFinder(str(tmp_path / "unnamed"), 0.9)


OBI = {
    "AGE": "AGE", "DATE": "DATE_TIME", "EMAIL": "EMAIL_ADDRESS", "HOSP": "LOCATION", "ID": "ID", "LOC": "LOCATION",
    "OTHERPHI": "ID", "PATIENT": "PERSON", "PATORG": "ORGANIZATION", "PHONE": "PHONE_NUMBER", "STAFF": "PERSON",
}  # fmt: skip
"""The types of obi/deid_roberta_i2b2 and deid_bert_i2b2, each as B-, I-, L- and U-, as their cards list them."""
STANFORD = {
    "DATE": "DATE_TIME", "HCW": "PERSON", "HOSPITAL": "LOCATION", "ID": "ID", "PATIENT": "PERSON", "PHONE": "PHONE_NUMBER",
    "VENDOR": "ORGANIZATION",
}  # fmt: skip
"""The labels of StanfordAIMI/stanford-deidentifier-base, without prefixes."""
OTHERS = {
    "PER": "PERSON", "GIVENNAME": "PERSON", "STREET_ADDRESS": "LOCATION", "ZIPCODE": "LOCATION", "IPV4": "IP_ADDRESS",
    "EMAIL_ADDRESS": "EMAIL_ADDRESS", "IP_ADDRESS": "IP_ADDRESS", "US_SSN": "US_SSN", "DATE_OF_BIRTH": "DATE_TIME",
    "MEDICALRECORD": "MEDICAL_RECORD_NUMBER", "LANGUAGE": "ID", "ORGANIZATION": "ORGANIZATION", "GPE": "LOCATION",
}  # fmt: skip


@pytest.mark.parametrize(("label", "type_"), [*OBI.items(), *STANFORD.items(), *OTHERS.items()])
def test_labels_in_every_scheme(label: str, type_: str) -> None:
    for prefix in ("", "B-", "I-", "L-", "U-", "E-", "S-", "b-", "B_"):
        assert huggingface._type_of(prefix + label) == type_


def test_outside_is_no_type() -> None:
    assert [huggingface._type_of(label) for label in ("O", "o", "OUTSIDE")] == [None] * 3
