"""The base model of a run: equal inputs give equal bytes, a named checkpoint takes the same way, errors are one line."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from heal_pipeline import artifacts
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.lake import Lake
from heal_pipeline.modeling import load, make_base_model
from heal_pipeline.modeling.load import interpolate_positions
from tests.modeling.tiny_models import GEOMETRY, VOCABULARY, commit_tokenizer, tiny_profile, write_checkpoint


def made(home: Path, **sections) -> tuple[Lake, Path]:
    lake = Lake(home)
    commit_tokenizer(lake)
    make_base_model(lake, tiny_profile(**sections))
    return lake, artifacts.content(lake, "models/base_model") / "hf"


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load(folder, attention="sdpa").named_parameters())


def test_equal_inputs_give_equal_bytes_and_another_seed_other_ones(tmp_path: Path) -> None:
    torch.manual_seed(99)  # the state of the caller decides nothing
    first, folder = made(tmp_path / "a")
    torch.rand(3)
    second, _ = made(tmp_path / "b")
    manifests = [artifacts.manifest(lake, "models/base_model") for lake in (first, second)]
    assert manifests[0].files == manifests[1].files
    other = Lake(tmp_path / "c")
    commit_tokenizer(other)
    make_base_model(other, tiny_profile().model_copy(update={"seed": 18}))
    changed = artifacts.content(other, "models/base_model") / "hf"
    assert not torch.equal(weights(folder)["lm_head.weight"], weights(changed)["lm_head.weight"])


def test_the_callers_random_state_is_left_as_it_was(tmp_path: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    made(tmp_path)
    assert torch.equal(torch.rand(2), expected)


def test_it_has_the_profiles_geometry_and_the_tokenizers_ids(tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    _, folder = made(tmp_path)
    config = load(folder).config
    assert config.vocab_size == VOCABULARY
    assert (config.hidden_size, config.num_hidden_layers) == (GEOMETRY["hidden_size"], GEOMETRY["num_layers"])
    assert config.num_key_value_heads == GEOMETRY["num_key_value_heads"]
    assert config.max_position_embeddings == 64
    assert (config.bos_token_id, config.eos_token_id, config.pad_token_id) == (0, 1, 2)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert (tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id) == (0, 1, 2)
    assert tokenizer("w0 w5")["input_ids"] == [3, 8]


def test_a_checkpoint_by_path_keeps_its_weights_and_gets_the_tokenizer(tmp_path: Path, checkpoint: Path) -> None:
    _, folder = made(tmp_path, model={"path": str(checkpoint)})
    for name, value in weights(checkpoint).items():
        assert torch.equal(weights(folder)[name], value), name
    assert (folder / "tokenizer.json").read_bytes() == (checkpoint / "tokenizer.json").read_bytes()


def test_a_checkpoint_with_fewer_tokens_than_the_tokenizer_is_refused(tmp_path: Path) -> None:
    small = write_checkpoint(tmp_path / "small", vocab_size=VOCABULARY - 1)
    with pytest.raises(UserError, match=rf"has {VOCABULARY - 1} tokens and the tokenizer {VOCABULARY}"):
        made(tmp_path / "home", model={"path": str(small)})
    assert not (tmp_path / "home" / "models" / "base_model" / "manifest.json").exists()


def test_without_a_tokenizer_nothing_is_made(lake: Lake) -> None:
    with pytest.raises(GateError, match="models/tokenizer has not been committed"):
        make_base_model(lake, tiny_profile())


def test_interpolated_positions_are_the_models_own_at_half_the_distance(tmp_path: Path, checkpoint: Path) -> None:
    _, folder = made(tmp_path, model={"path": str(checkpoint), "rope_factor": 2.0})
    stretched, plain = load(folder, attention="eager"), load(checkpoint, attention="eager")
    assert stretched.config.max_position_embeddings == 2 * plain.config.max_position_embeddings
    ids = torch.arange(3, 35)[None]
    places = torch.arange(32)[None]
    with torch.no_grad():
        expected = plain(input_ids=ids, position_ids=places).logits
        torch.testing.assert_close(stretched(input_ids=ids, position_ids=2 * places).logits, expected)
        assert not torch.allclose(stretched(input_ids=ids, position_ids=places).logits, expected, atol=1e-3)


def test_a_random_model_has_the_context_of_the_rows_after_interpolation(tmp_path: Path) -> None:
    _, folder = made(tmp_path, model={"rope_factor": 4.0})
    config = json.loads((folder / "config.json").read_text())
    assert config["max_position_embeddings"] == 64
    assert config["rope_parameters"]["factor"] == 4.0


def test_interpolation_multiplies_and_refuses_other_scalings(checkpoint: Path) -> None:
    from transformers import GPT2Config, LlamaConfig

    config = LlamaConfig(max_position_embeddings=64)
    interpolate_positions(config, 2.0)
    interpolate_positions(config, 2.0)
    assert config.rope_parameters["factor"] == 4.0
    assert config.max_position_embeddings == 256
    with pytest.raises(UserError, match=r"no plain rotary positions: set it to 1\.0"):
        interpolate_positions(GPT2Config(), 2.0)
    yarn = {"rope_type": "yarn", "factor": 2.0, "rope_theta": 1e4, "original_max_position_embeddings": 64}
    with pytest.raises(UserError, match="by 'yarn'"):
        interpolate_positions(LlamaConfig(max_position_embeddings=128, rope_parameters=yarn), 2.0)


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def drop_a_weight(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    del tensors["model.layers.1.mlp.up_proj.weight"]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})


def change_config(**values):
    def change(folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, **values}))

    return change


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(truncate, id="weights cut short"),
        pytest.param(drop_a_weight, id="a weight is missing"),
        pytest.param(change_config(hidden_size=64), id="weights of another size"),
        pytest.param(change_config(num_hidden_layers=3), id="a layer is missing"),
        pytest.param(change_config(model_type="no_such_model"), id="an unknown architecture"),
        pytest.param(change_config(model_type="t5"), id="no causal language model"),
        pytest.param(lambda folder: (folder / "model.safetensors").unlink(), id="no weights"),
        pytest.param(lambda folder: (folder / "config.json").write_text("{"), id="a broken config"),
        pytest.param(shutil.rmtree, id="no folder"),
    ],
)
def test_what_is_no_whole_checkpoint_is_refused_in_one_line(tmp_path: Path, checkpoint: Path, damage) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(checkpoint, folder)
    damage(folder)
    with pytest.raises(UserError) as caught:
        load(folder)
    message = str(caught.value)
    assert "\n" not in message
    assert str(folder) in message
    assert "give a" in message


def test_tied_weights_are_not_missing_ones(tmp_path: Path) -> None:
    assert load(write_checkpoint(tmp_path / "tied", tie_word_embeddings=True)).config.tie_word_embeddings
