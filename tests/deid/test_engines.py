"""Other people's detectors behind the same interface: Presidio without a language model, a small Hugging Face model."""

import shutil
from pathlib import Path

import pytest

from heal_pipeline import deid
from heal_pipeline.deid.engines import HuggingFaceFinder, PresidioFinder, _hf_type
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake

TEXT = "Call Anna Vole on 614-287-9304 or write to anna@mail.net."


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A token classifier of a few thousand random weights, and its tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    torch.manual_seed(0)
    words = ["[PAD]", "[UNK]", *sorted(set(TEXT.replace(".", " .").replace("-", " - ").replace("@", " @ ").split()))]
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    folder = tmp_path_factory.mktemp("hf")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(folder)
    labels = {0: "O", 1: "B-PATIENT", 2: "I-PATIENT", 3: "B-PHONE"}
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
        max_position_embeddings=24, id2label=labels, label2id={v: k for k, v in labels.items()},
    )  # fmt: skip
    BertForTokenClassification(config).save_pretrained(folder)
    return str(folder)


@pytest.mark.slow
def test_presidio_without_a_language_model(home: Lake, profile_with) -> None:
    spans = deid.detector(home, profile_with(), "presidio").detect([TEXT, ""])
    assert {(TEXT[s:e], t) for s, e, t, _ in spans[0]} >= {
        ("anna@mail.net", "EMAIL_ADDRESS"),
        ("614-287-9304", "PHONE_NUMBER"),
    }
    assert spans[1] == []


@pytest.mark.slow
def test_union_finds_what_any_finds(home: Lake, profile_with) -> None:
    union = deid.detector(home, profile_with(), "union").detect([TEXT])[0]
    for name in ("crf", "presidio"):
        for start, end, *_ in deid.detector(home, profile_with(), name).detect([TEXT])[0]:
            assert any(s <= start and e >= end for s, e, *_ in union)


def test_a_broken_presidio_file_is_a_users_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("nlp_configuration: {nlp_engine_name: nonsense}")
    with pytest.raises(UserError, match="presidio_config"):
        PresidioFinder(0.9, str(tmp_path / "a.yaml"))


def test_a_hugging_face_model(home: Lake, profile_with, tiny_model: str) -> None:
    eager = deid.detector(home, profile_with(hf_model=tiny_model), "hf", threshold=1.0).detect([TEXT])[0]
    assert {t for *_, t, _ in eager} <= {"PERSON", "PHONE_NUMBER"}
    assert sum(e - s for s, e, *_ in eager) > 20
    assert deid.detector(home, profile_with(hf_model=tiny_model), "hf", threshold=0.0).detect([TEXT])[0] == []


def test_a_long_text_is_read_in_windows(tiny_model: str) -> None:
    text = " ".join([TEXT] * 20)
    found = HuggingFaceFinder(tiny_model, 1.0).find(text).ranked
    assert max(end for _, (_, end, *_) in found) > len(text) - 20


def test_a_missing_model_is_a_users_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"deid\.hf_model"):
        HuggingFaceFinder(None, 0.9)
    with pytest.raises(UserError, match="cannot be loaded"):
        HuggingFaceFinder(str(tmp_path / "nothing"), 0.9)
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize(
    ("label", "type_"),
    [
        ("O", None),
        ("B-PATIENT", "PERSON"),
        ("L-HOSP", "LOCATION"),
        ("U-DATE", "DATE_TIME"),
        ("PER", "PERSON"),
        ("I-ID", "ID"),
        ("B-OTHERPHI", "ID"),
    ],
)
def test_labels_of_the_known_models(label: str, type_: str | None) -> None:
    assert _hf_type(label) == type_
