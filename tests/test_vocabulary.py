"""What a tokenizer's files say of ids, whichever file says it, and what is said where there is none."""

import json
import shutil
from pathlib import Path

import pytest

from heal_pipeline.errors import UserError
from heal_pipeline.vocabulary import special_token_ids, special_tokens, text_tokenizer, vocabulary_size
from tests.modeling.tiny_models import VOCABULARY, write_tokenizer


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    write_tokenizer(folder)
    return folder


def test_special_tokens_are_read_from_either_file_and_may_be_absent(tmp_path: Path, checkpoint: Path) -> None:
    folder = tmp_path / "tokenizer"
    folder.mkdir()
    shutil.copyfile(checkpoint / "tokenizer.json", folder / "tokenizer.json")
    assert special_token_ids(folder) == {"bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
    (folder / "special_tokens_map.json").write_text(json.dumps({"eos_token": {"content": "</s>"}}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<s>", "pad_token": None}))
    assert special_token_ids(folder) == {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": None}


def test_every_setting_that_names_special_tokens_is_read(tmp_path: Path) -> None:
    settings = {
        "eos_token": {"content": "</s>", "special": True},
        "pad_token": None,
        "add_bos_token": True,
        "extra_special_tokens": {"image_token": "<image>"},
        "additional_special_tokens": ["<a>", {"content": "<b>"}],
        "added_tokens_decoder": {"7": {"content": "<c>", "special": True}, "8": {"content": "dose", "special": False}},
    }
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(settings))
    assert special_tokens(tmp_path) == {"</s>", "<image>", "<a>", "<b>", "<c>"}


def test_special_tokens_are_text_going_in_and_nothing_coming_out() -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    given = Tokenizer(models.WordLevel({"?": 0, "</s>": 1, "a": 2}, unk_token="?"))
    given.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = text_tokenizer(given.to_str(), ["</s>"])
    assert given.encode("a </s>").ids == [2, 1]
    assert tokenizer.encode("a </s>").ids == [2, 0]
    assert tokenizer.decode([2, 1], skip_special_tokens=True) == "a"


def test_the_vocabulary_counts_ids_that_were_added_later(tmp_path: Path, checkpoint: Path) -> None:
    from tokenizers import Tokenizer

    assert vocabulary_size(checkpoint) == VOCABULARY
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    tokenizer.add_special_tokens(["<new>"])
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    assert vocabulary_size(tmp_path) == VOCABULARY + 1
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"no tokenizer\.json"):
        vocabulary_size(tmp_path)
