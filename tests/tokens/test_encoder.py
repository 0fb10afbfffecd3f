"""Words that are encoded once give the ids and offsets of texts that are encoded whole, whatever the tokenizer."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from token_documents import TEXTS
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, trainers

from heal_pipeline.documents import document_text
from heal_pipeline.tokens import encoder as module
from heal_pipeline.tokens.encoder import Encoder, Tokens
from heal_pipeline.tokens.tokenizer import train

LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CORPUS = [*TEXTS, *module._PROBES] * 5
BYTES = [f"<0x{i:02X}>" for i in range(256)]


def of_bytes(pre_tokenizer: pre_tokenizers.PreTokenizer) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizer
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    trainer = trainers.BpeTrainer(
        vocab_size=600, initial_alphabet=alphabet, special_tokens=["<s>", "</s>"], show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def of_pieces(
    normalizer: normalizers.Normalizer | None, pre_tokenizer: pre_tokenizers.PreTokenizer | None
) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, fuse_unk=True, unk_token="<unk>"))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    texts = CORPUS if pre_tokenizer else [word for text in CORPUS for word in re.findall(r" ?\S+", text)]
    special = ["<unk>", "<s>", "</s>", *BYTES]
    tokenizer.train_from_iterator(
        texts, trainers.BpeTrainer(vocab_size=900, special_tokens=special, show_progress=False)
    )
    return tokenizer


def llama_2() -> Tokenizer:
    return of_pieces(normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]), None)


def unigram() -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=300, unk_token="<unk>", special_tokens=["<unk>"], show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def word_piece() -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=500, special_tokens=["[UNK]"], show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def over_blanks() -> Tokenizer:
    """Tokens of several words: no word can be encoded by itself."""
    return of_bytes(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))


KINDS = {
    "own": (lambda: train(CORPUS, 400).backend_tokenizer, True),
    "gpt-2": (lambda: of_bytes(pre_tokenizers.ByteLevel(add_prefix_space=False)), True),
    "roberta": (lambda: of_bytes(pre_tokenizers.ByteLevel(add_prefix_space=True)), True),
    "llama-3": (
        lambda: of_bytes(
            pre_tokenizers.Sequence(
                [
                    pre_tokenizers.Split(Regex(LLAMA_3), "isolated"),
                    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
                ]
            )
        ),
        True,
    ),
    "llama-2": (llama_2, True),
    "metaspace": (lambda: of_pieces(None, pre_tokenizers.Metaspace(prepend_scheme="first")), True),
    "unigram": (unigram, True),
    "word piece": (word_piece, True),
    "over blanks": (over_blanks, False),
}


@pytest.fixture(scope="module", params=KINDS)
def encoder(request) -> Encoder:
    make, by_words = KINDS[request.param]
    found = Encoder(make().to_str())
    assert found.by_words == by_words
    return found


def whole(encoder: Encoder, texts: list[str]) -> Tokens:
    return module._whole(encoder.tokenizer, texts)


def same(one: Tokens, other: Tokens) -> bool:
    return module._equal(one, other)


pieces = st.sampled_from(
    [
        "a",
        "The",
        "patient",
        "'s",
        "won't",
        "12",
        "2.5",
        "mg",
        ".",
        ",",
        "?!",
        " ",
        "  ",
        "\n",
        "\r\n",
        "\t",
        "\u00a0",
        "é",
        "e\u0301",
        "患者",
        "𝄞",
        "</s>",
        "▁",
        "Ġ",
        "\u200b",
    ]
)
texts = st.one_of(
    st.lists(pieces, max_size=25).map("".join), st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
)


@settings(deadline=None, max_examples=60)
@given(given_texts=st.lists(texts, max_size=6))
def test_words_encoded_once_are_texts_encoded_whole(encoder: Encoder, given_texts: list[str]) -> None:
    assert same(encoder.encode(given_texts), whole(encoder, given_texts))


def test_what_is_remembered_is_forgotten_in_time_and_changes_nothing(encoder: Encoder, monkeypatch) -> None:
    monkeypatch.setattr(module, "MAX_REMEMBERED_TOKENS", 40)
    for i in range(12):
        own = [f"word{i} {t} and {i}" for t in TEXTS]
        assert same(encoder.encode(own), whole(encoder, own))
        if encoder.by_words:
            assert len(encoder._words._known.ids) < 40 + 2 * len(whole(encoder, own).ids)


def test_added_tokens_that_take_blanks_along_are_encoded_whole() -> None:
    tokenizer = KINDS["gpt-2"][0]()
    spec, number = json.loads(tokenizer.to_str()), tokenizer.get_vocab_size()
    spec["added_tokens"].append(
        {
            "id": number,
            "content": "<dose>",
            "single_word": False,
            "lstrip": True,
            "rstrip": False,
            "normalized": False,
            "special": False,
        }
    )
    encoder = Encoder(json.dumps(spec))
    assert not encoder.by_words
    own = ["take <dose> now", " <dose>"]
    assert same(encoder.encode(own), whole(encoder, own))
    assert number in encoder.encode(own).ids


@pytest.mark.open_data
def test_real_texts(encoder: Encoder, open_data) -> None:
    """Dialogues and notes in their publishers' writing."""
    import csv

    with (open_data / "mts-dialog" / "MTS-Dialog-TrainingSet.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))[:150]
    own = [document_text([{"text": r["dialogue"]}, {"text": r["section_text"]}]) for r in rows]
    found = encoder.encode(own)
    assert same(found, whole(encoder, own))
    assert np.array_equal(found.ids, encoder.encode(own).ids)
