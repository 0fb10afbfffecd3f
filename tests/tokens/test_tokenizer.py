"""The tokenizer: trained the same each time, or taken by path as it is."""

import pyarrow as pa
import pytest
from token_documents import DAY, TEXTS, instruction, profile_of, scored, write_documents

from heal_pipeline import artifacts, tokens, vocabulary
from heal_pipeline.documents import DOCUMENT_SCHEMA
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake
from heal_pipeline.tokens.tokenizer import train, training_texts


def test_the_tokenizer_is_a_hugging_face_one_and_the_same_each_time(lake: Lake, tmp_path) -> None:
    from transformers import AutoTokenizer

    prints = []
    for home in (lake, Lake(tmp_path / "other")):
        write_documents(home, "filtered/pages", [scored(t) for t in TEXTS * 5])
        write_documents(home, "deidentified/tasks", [instruction("How?", f"So {i}.") for i in range(9)], True)
        tokens.make_tokenizer(home, profile_of())
        prints.append(artifacts.manifest(home, vocabulary.TOKENIZER).fingerprint)
    assert prints[0] == prints[1]
    loaded = AutoTokenizer.from_pretrained(artifacts.content(lake, vocabulary.TOKENIZER))
    known = vocabulary.read(lake)
    assert (loaded.bos_token_id, loaded.eos_token_id, loaded.pad_token_id) == (known.bos, known.eos, known.pad)
    assert known.size == len(loaded) <= 400
    assert set(artifacts.manifest(lake, vocabulary.TOKENIZER).inputs) == {
        f"filtered/pages@{DAY}",
        f"deidentified/tasks@{DAY}",
    }


def test_which_documents_train_the_tokenizer_does_not_depend_on_their_order(lake: Lake, tmp_path) -> None:
    documents = [scored(f"{t} number {i}") for i, t in enumerate(TEXTS * 10)]
    rows = write_documents(lake, "filtered/pages", documents)
    other = Lake(tmp_path / "other")
    with other.stage(other.table("filtered/pages", DAY)) as staged:
        staged.write(pa.Table.from_pylist(rows[::-1], DOCUMENT_SCHEMA))
        staged.commit()
    found = [training_texts([home.table("filtered/pages", DAY)], 7, seed=3) for home in (lake, other)]
    assert found[0] == found[1]
    assert len(found[0]) == 7


def test_a_tokenizer_by_path_keeps_its_ids(lake: Lake, tmp_path) -> None:
    trained = train(TEXTS * 20, 300)
    trained.pad_token = None
    trained.save_pretrained(tmp_path / "given")
    tokens.make_tokenizer(lake, profile_of(path=str(tmp_path / "given")))
    known = vocabulary.read(lake)
    assert (known.bos, known.eos, known.size) == (0, 1, len(trained))
    assert known.pad == known.eos


def test_a_special_token_that_texts_are_spelt_with_is_the_users_to_mend(lake: Lake, tmp_path) -> None:
    trained = train(TEXTS * 20, 300)
    trained.pad_token = "!"
    trained.save_pretrained(tmp_path / "given")
    with pytest.raises(UserError, match=r"has the special token '!', .*: name one in its tokenizer_config\.json"):
        tokens.make_tokenizer(lake, profile_of(path=str(tmp_path / "given")))


def test_a_tokenizer_of_words_may_call_its_special_tokens_unknown(lake: Lake, tmp_path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(models.WordLevel({"[UNK]": 0, "[EOS]": 1, "a": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]", eos_token="[EOS]").save_pretrained(
        tmp_path / "given"
    )
    tokens.make_tokenizer(lake, profile_of(path=str(tmp_path / "given"), add_bos=False))
    assert vocabulary.read(lake).eos == 1


def test_tokenizers_that_cannot_be_used_are_the_users_to_mend(lake: Lake, tmp_path) -> None:
    with pytest.raises(UserError, match="cannot be loaded"):
        tokens.make_tokenizer(lake, profile_of(path=str(tmp_path / "nothing")))
    trained = train(TEXTS * 20, 300)
    trained.bos_token = None
    trained.save_pretrained(tmp_path / "without")
    with pytest.raises(UserError, match=r"no bos token: set tokenizer\.add_bos to false"):
        tokens.make_tokenizer(lake, profile_of(path=str(tmp_path / "without")))
    with pytest.raises(UserError, match="no clean document"):
        tokens.make_tokenizer(lake, profile_of())
    write_documents(lake, "filtered/pages", [scored(TEXTS[0])])
    with pytest.raises(UserError, match="at least 259"):
        tokens.make_tokenizer(lake, profile_of(vocab_size=100))
