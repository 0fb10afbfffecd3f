"""Real training processes: what they learn is the same whatever their number, and what they leave is complete."""

import json
import math
from pathlib import Path

import pytest
import torch

from heal_pipeline import artifacts, training
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.modeling import load, perplexity
from heal_pipeline.modeling.loss import ScoredLoss, batch_inputs
from heal_pipeline.phases.plan import Plan
from heal_pipeline.shards import Shard
from heal_pipeline.training.trainer import Trainer
from tests.training.conftest import NAME, Prepared, Trained

pytestmark = pytest.mark.slow


def evaluations(home: Prepared) -> list[dict]:
    return json.loads((home.content() / "validation.json").read_text())["evaluations"]


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(load(folder, attention="sdpa").named_parameters())


def test_two_processes_that_share_the_weights_learn_what_one_does(prepared: Prepared, trained: Trained) -> None:
    one = trained.home
    prepared.train(num_processes=2, shard_degree=2)
    assert prepared.curve() == pytest.approx(one.curve(), rel=1e-4)
    for found, expected in zip(evaluations(prepared), evaluations(one), strict=True):
        assert found["losses"] == pytest.approx(expected["losses"], rel=1e-4)
    expected_weights = weights(one.content() / "hf")
    for name, value in weights(prepared.content() / "hf").items():
        torch.testing.assert_close(value, expected_weights[name], atol=2e-3, rtol=1e-2)


def test_the_curve_is_that_of_a_plain_loop(trained: Trained) -> None:
    """One process, no FSDP, no torchrun: the rows of the plan, AdamW and the schedule alone."""
    home = trained.home
    run = training.launch.make_run(home.lake, home.profile, NAME, "models/base_model")
    settings = json.loads(Path(run.plan).read_text())
    plan = Plan.load(Path(run.plan))
    shards = {name: Shard.open(home.lake.home / s["shard"]) for name, s in settings["sources"].items()}
    module = ScoredLoss(load(run.base)).train()
    groups = [
        {"params": [p for p in module.parameters() if p.ndim >= 2], "weight_decay": run.weight_decay},
        {"params": [p for p in module.parameters() if p.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=run.betas)
    schedule = Trainer.__new__(Trainer)
    schedule.run, schedule.num_steps = run, settings["num_steps"]
    losses = []
    for step in range(15):
        parts = [shards[source].rows([row]) for source, row in plan.rows(step)]
        rows = {name: torch.cat([torch.as_tensor(p[name]) for p in parts]) for name in parts[0]}
        total, count = module(**batch_inputs(rows))
        (total / count).backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), run.clip_norm)
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate(step)
        optimizer.step()
        optimizer.zero_grad()
        losses.append(float(total.detach() / count))
    assert home.curve()[:15] == pytest.approx(losses, rel=1e-4)


def test_it_learns(trained: Trained) -> None:
    home, result = trained.home, trained.result
    assert result.metadata["final_loss"] < result.metadata["first_loss"]
    for source, loss in evaluations(home)[-1]["losses"].items():
        assert math.isfinite(loss)
        assert loss != evaluations(home)[0]["losses"][source]


def test_the_events_tell_the_run_as_it_goes(trained: Trained) -> None:
    home, result, events = trained.home, trained.result, trained.events
    steps = [e for e in events if e["event"] == "train_step"]
    num_steps = result.metadata["steps"]
    assert [e["step"] for e in steps] == list(range(1, num_steps + 1))
    assert {e["run"] for e in events} == {NAME}
    assert all(e["num_steps"] == num_steps and e["tokens_per_second"] > 0 for e in steps)
    assert [e["tokens"] for e in steps] == sorted(e["tokens"] for e in steps)
    assert [e["loss"] for e in steps] == home.curve()
    found = [{k: e[k] for k in ("step", "tokens", "losses")} for e in events if e["event"] == "evaluation"]
    assert found == evaluations(home)
    assert [e["step"] for e in found] == [0, round(num_steps / 2), num_steps]


def test_the_last_step_reaches_the_run_that_started_it(trained: Trained) -> None:
    steps = [e["step"] for e in trained.forwarded if e["event"] == "train_step"]
    num_steps = trained.result.metadata["steps"]
    assert steps[-1] == num_steps
    assert len(steps) < num_steps
    assert sum(e["event"] == "evaluation" for e in trained.forwarded) == 3


def test_the_export_is_the_model_that_was_trained(trained: Trained) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    home = trained.home
    folder = home.content() / "hf"
    model = AutoModelForCausalLM.from_pretrained(folder)
    assert AutoTokenizer.from_pretrained(folder).eos_token_id == model.config.eos_token_id == 1
    plan = json.loads((artifacts.content(home.lake, f"cleared/phases/{NAME}/shards") / "plan.json").read_text())
    packed = load(folder)
    for source, loss in evaluations(home)[-1]["losses"].items():
        shard = Shard.open(home.lake.home / plan["validation"][source]["shard"])
        assert perplexity(packed, shard) == pytest.approx(loss, rel=1e-6), source


def test_result_and_manifest_hold_the_numbers_of_the_run(trained: Trained) -> None:
    home, result = trained.home, trained.result
    plan = json.loads((artifacts.content(home.lake, f"cleared/phases/{NAME}/shards") / "plan.json").read_text())
    assert result.metadata["steps"] == plan["num_steps"]
    assert result.metadata["tokens"] == plan["num_tokens"]
    assert result.metadata["processes"] == 1
    assert result.metadata["skipped_steps"] == result.metadata["resumed_at_step"] == 0
    assert 0 < result.metadata["scored_tokens"] < result.metadata["tokens"]
    assert result.rows_in == result.rows_out == plan["num_rows"]
    manifest = artifacts.manifest(home.lake, f"models/{NAME}")
    assert set(manifest.inputs) == {"models/base_model", f"cleared/phases/{NAME}/shards", "models/tokenizer"}
    assert set(manifest.files) >= {"training.json", "validation.json", "hf/model.safetensors", "hf/tokenizer.json"}
    assert result.fingerprint == manifest.fingerprint
    found = training.summary(home.lake, f"models/{NAME}")
    assert found["tokens_per_second"] > 0
    assert found["evaluations"] == evaluations(home)
    assert not list(home.run_folder.glob("*state-*"))
    assert not (home.run_folder / "output").exists()


def test_the_last_phase_becomes_the_pretrained_model(trained: Trained) -> None:
    home = trained.home
    result = training.promote(home.lake, home.profile)
    phase, promoted = (artifacts.manifest(home.lake, f"models/{n}") for n in (NAME, "pretrained_model"))
    assert promoted.files == phase.files
    assert promoted.inputs == {f"models/{NAME}": phase.fingerprint}
    assert result.metadata["tokens"] == training.summary(home.lake, f"models/{NAME}")["tokens"]
    assert load(home.content("models/pretrained_model") / "hf")


def test_a_loss_that_diverges_ends_in_one_line(prepared: Prepared) -> None:
    with pytest.raises(UserError, match=r"had 20 steps without a finite loss.*lower training\.learning_rate") as caught:
        prepared.train(learning_rate=1e30)
    assert "\n" not in str(caught.value)
    with pytest.raises(GateError, match=f"models/{NAME} has not been committed"):
        prepared.content()
