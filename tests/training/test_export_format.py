"""The export of a trained model is a Hugging Face folder, in one file or in several, with tied weights or without."""

from pathlib import Path

import pytest
import torch

from heal_pipeline.modeling import load
from heal_pipeline.modeling.loss import ScoredLoss
from heal_pipeline.training import checkpoint
from heal_pipeline.training.parallel import Processes
from tests.modeling.tiny_models import write_checkpoint


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("largest_file", [checkpoint.EXPORT_BYTES, 8000])
def test_what_is_exported_loads_as_it_was(tmp_path: Path, monkeypatch, tied: bool, largest_file: int) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    monkeypatch.setattr(checkpoint, "EXPORT_BYTES", largest_file)
    base = write_checkpoint(tmp_path / "base", tie_word_embeddings=tied)
    model = load(base)
    for parameter in model.parameters():
        parameter.data.add_(0.01)  # as if trained
    target = tmp_path / "export"
    alone = Processes(0, 1, torch.device("cpu"), mesh=None)  # type: ignore[arg-type]
    checkpoint.export(ScoredLoss(model), base, target, alone)

    found = AutoModelForCausalLM.from_pretrained(target)
    for (name, value), (_, expected) in zip(found.named_parameters(), model.named_parameters(), strict=True):
        assert torch.equal(value, expected), name
    ids = torch.arange(3, 20)[None]
    with torch.no_grad():
        model.set_attn_implementation("sdpa")
        torch.testing.assert_close(found(ids).logits, model(ids, use_cache=False).logits)
    assert AutoTokenizer.from_pretrained(target).pad_token_id == 2
    files = sorted(p.name for p in target.glob("*.safetensors"))
    assert (files == ["model.safetensors"]) == (largest_file == checkpoint.EXPORT_BYTES and len(files) == 1)
    assert (target / "model.safetensors.index.json").exists() == (len(files) > 1)
    assert all((target / f).stat().st_size < largest_file + 20_000 for f in files)
