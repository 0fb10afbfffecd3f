"""The mean loss of a shard does not depend on how its rows are batched; its exponential is the perplexity."""

import math
from pathlib import Path

import pytest
import torch

from heal_pipeline.modeling import load, perplexity
from heal_pipeline.modeling.loss import ScoredLoss
from heal_pipeline.modeling.perplexity import sum_losses
from tests.modeling.test_scored_loss import plain_loss
from tests.modeling.tiny_models import Rows, packed_rows

LENGTHS = [[7, 11, 3], [24], [1, 20], [12, 12], [5]]


@pytest.fixture
def shard() -> Rows:
    return Rows(packed_rows(LENGTHS, 24))


@pytest.mark.parametrize("batch_rows", [1, 2, 5, 8])
def test_it_is_the_mean_over_all_scored_tokens(checkpoint: Path, shard: Rows, batch_rows: int) -> None:
    with torch.no_grad():
        total, count = plain_loss(load(checkpoint, attention="eager"), shard.values)
    found = perplexity(load(checkpoint), shard, batch_rows=batch_rows)
    assert found == pytest.approx(float(total) / count, rel=1e-5)


def test_max_rows_reads_the_first_rows(checkpoint: Path, shard: Rows) -> None:
    model = load(checkpoint)
    first = Rows({name: value[:2] for name, value in shard.values.items()})
    assert perplexity(model, shard, max_rows=2) == pytest.approx(perplexity(model, first), rel=1e-6)
    assert perplexity(model, shard, max_rows=99) == perplexity(model, shard)


def test_an_untrained_model_of_equal_logits_has_the_vocabulary_as_its_perplexity(checkpoint: Path, shard: Rows) -> None:
    model = load(checkpoint)
    model.lm_head.weight.data.zero_()
    assert math.exp(perplexity(model, shard)) == pytest.approx(model.config.vocab_size, rel=1e-5)


def test_without_scored_tokens_there_is_none(checkpoint: Path, shard: Rows) -> None:
    shard.values["loss_mask"][:] = False
    assert perplexity(load(checkpoint), shard) is None


def test_shares_of_the_rows_add_up_with_equally_many_passes(checkpoint: Path, shard: Rows) -> None:
    module = ScoredLoss(load(checkpoint))
    passes = []
    module.register_forward_hook(lambda *_: passes.append(1))
    whole = sum_losses(module, shard, range(5), batch_rows=2)
    assert len(passes) == 3
    passes.clear()
    shares = [sum_losses(module, shard, share, batch_rows=2, num_batches=2) for share in ([0, 1, 2], [3, 4], [])]
    assert len(passes) == 6
    assert sum(total for total, _ in shares) == pytest.approx(whole[0], rel=1e-6)
    assert sum(tokens for _, tokens in shares) == whole[1]
    assert shares[2] == (0.0, 0)
