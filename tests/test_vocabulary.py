"""What a tokenizer's files say of ids, whichever file says it, and what is said where there is none."""

import json
import shutil
from pathlib import Path

import pytest

from heal_pipeline.errors import UserError
from heal_pipeline.vocabulary import special_token_ids, vocabulary_size
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
