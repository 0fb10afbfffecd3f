"""Words that are encoded once give the ids and offsets of texts that are encoded whole, whatever the tokenizer."""

import json
import re
import unicodedata

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
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
SPECIAL = ["<unk>", "<s>", "</s>", "<pad>", "<|end_of_text|>"]
LOOKED_FOR = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": False}


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


def unigram(normalizer: normalizers.Normalizer | None = None) -> Tokenizer:
    """Special tokens are pieces of the model."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer or normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(vocab_size=300, unk_token="<unk>", special_tokens=SPECIAL, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def xlm_r() -> Tokenizer:
    """Of characters that are seldom seen it makes blanks or nothing, and one blank of several."""
    one_blank = normalizers.Replace(Regex(" {2,}"), " ")
    return unigram(normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), one_blank]))


def word_level() -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.WordLevelTrainer(vocab_size=200, special_tokens=SPECIAL, show_progress=False)
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
    "xlm-r": (xlm_r, True),
    "word level": (word_level, True),
    "word piece": (word_piece, True),
    "over blanks": (over_blanks, False),
}


@pytest.fixture(scope="module", params=KINDS)
def given_json(request) -> tuple[str, bool]:
    """A tokenizer whose file calls none of its special tokens so, and whether it is encoded by words."""
    make, by_words = KINDS[request.param]
    spec = json.loads(make().to_str())
    added = {t["content"]: {**t, **LOOKED_FOR} for t in spec["added_tokens"]}
    number = make().get_vocab_size()
    for name in SPECIAL:
        added.setdefault(name, {"id": number + len(added), "content": name, **LOOKED_FOR})
    return json.dumps({**spec, "added_tokens": list(added.values())}), by_words


@pytest.fixture(scope="module")
def encoder(given_json: tuple[str, bool]) -> Encoder:
    tokenizer_json, by_words = given_json
    found = Encoder(tokenizer_json, SPECIAL)
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
        *module._RARE,
    ]
)
texts = st.one_of(
    st.lists(pieces, max_size=25).map("".join), st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
)


@settings(deadline=None, max_examples=60)
@given(given_texts=st.lists(texts, max_size=6))
def test_words_encoded_once_are_texts_encoded_whole(encoder: Encoder, given_texts: list[str]) -> None:
    assert same(encoder.encode(given_texts), whole(encoder, given_texts))


@settings(deadline=None, max_examples=60)
@given(given_texts=st.lists(texts, min_size=1, max_size=6))
@example(given_texts=["a \u200b b", "患者 c"])  # the one sorts before the other: which word is learnt last differs
def test_what_else_is_in_a_batch_changes_nothing(encoder: Encoder, given_texts: list[str]) -> None:
    if encoder.by_words:
        alone = [module._Words(encoder.tokenizer).encode([text]) for text in given_texts]
        together = module._Words(encoder.tokenizer).encode(given_texts)
        for name in ("ids", "starts", "ends", "num"):
            assert np.concatenate([getattr(a, name) for a in alone]).tolist() == getattr(together, name).tolist()


CONTEXTS = ("{}", "a {} b", "a{}b", " {}", "The patient {}", "{}\n", "{0}{0}")


@pytest.mark.parametrize("listed", [True, False])
def test_special_tokens_in_a_text_are_text(given_json: tuple[str, bool], listed: bool) -> None:
    """Whether the file lists them, as plain tokens, or they are in the model's vocabulary alone."""
    raw = Tokenizer.from_str(given_json[0])
    spec = json.loads(given_json[0])
    if not listed:
        spec["added_tokens"] = []
    encoder = Encoder(json.dumps(spec), SPECIAL)
    unknown = raw.token_to_id("<unk>")  # what any unknown word is
    ids = {raw.token_to_id(name) for name in SPECIAL} - {unknown}
    own = [context.format(name) for name in SPECIAL for context in CONTEXTS]
    assert ids.isdisjoint(encoder.encode(own).ids.tolist())
    assert encoder.tokenizer.get_vocab_size(with_added_tokens=False) == raw.get_vocab_size(with_added_tokens=False)


@settings(deadline=None, max_examples=60)
@given(text=texts)
def test_other_texts_keep_their_ids(given_json: tuple[str, bool], encoder: Encoder, text: str) -> None:
    assume("<" not in unicodedata.normalize("NFKC", text))
    assert (
        encoder.encode([text]).ids.tolist()
        == Tokenizer.from_str(given_json[0]).encode(text, add_special_tokens=False).ids
    )


def test_tokens_that_are_not_special_are_found_and_keep_their_ids(given_json: tuple[str, bool]) -> None:
    spec = json.loads(given_json[0])
    number = Tokenizer.from_str(given_json[0]).get_vocab_size()
    spec["added_tokens"].append({"id": number, "content": "[dose]", **LOOKED_FOR})
    encoder = Encoder(json.dumps(spec), SPECIAL)
    assert number in encoder.encode(["take [dose] now"]).ids


def test_a_token_that_looks_like_control_is_text_though_nobody_calls_it_special() -> None:
    spec = json.loads(KINDS["gpt-2"][0]().to_str())
    spec["added_tokens"].append({"id": len(spec["model"]["vocab"]), "content": "<|im_start|>", **LOOKED_FOR})
    assert len(Tokenizer.from_str(json.dumps(spec)).encode("<|im_start|>")) == 1
    assert Encoder(json.dumps(spec)).encode(["<|im_start|>"]).num > 1


def test_a_special_token_that_words_are_spelt_with_stays() -> None:
    """To hide it would be to lose text."""
    tokenizer_json = KINDS["gpt-2"][0]().to_str()
    plain = Encoder(tokenizer_json)
    assert same(Encoder(tokenizer_json, ["!", "the"]).encode(["the end! the"]), plain.encode(["the end! the"]))


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
    spec["added_tokens"].append({"id": number, "content": "<dose>", **LOOKED_FOR, "lstrip": True})
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
