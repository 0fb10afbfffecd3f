"""The settings of a run: where they come from, which of them make another run of it, and how the rate is scheduled."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heal_pipeline.errors import GateError, UserError
from heal_pipeline.training.launch import command, default_base, make_run, output_name
from heal_pipeline.training.run import PLACEMENT, TrainingRun, evenly
from tests.training.conftest import NAME, Prepared

BASE = "models/base_model"


@pytest.fixture
def run(template: Prepared) -> TrainingRun:
    return make_run(template.lake, template.profile, NAME, BASE)


@pytest.mark.parametrize(
    ("name", "base", "output"),
    [
        ("phase_1", "models/base_model", "models/phase_1"),
        ("phase_3", "models/phase_2", "models/phase_3"),
        ("tuning", "models/pretrained_model", "models/tuned_model"),
        ("ablation_medical", "models/base_model", "models/ablation_medical"),
    ],
)
def test_what_a_run_starts_from_and_makes(name: str, base: str, output: str) -> None:
    assert (default_base(name), output_name(name)) == (base, output)


def test_settings_survive_the_file_that_processes_read(run: TrainingRun, tmp_path: Path) -> None:
    run.write(tmp_path / "run.json")
    assert TrainingRun.read(tmp_path / "run.json") == run


def test_every_run_is_started_by_torchrun(run: TrainingRun, tmp_path: Path) -> None:
    for count in (1, 4):
        found = command(dataclasses.replace(run, num_processes=count), tmp_path / "run.json")
        assert found[1:3] == ["-m", "torch.distributed.run"]
        assert found[found.index("--nproc-per-node") + 1] == str(count)


def test_what_is_learnt_decides_the_identity_and_where_it_is_learnt_does_not(run: TrainingRun) -> None:
    other = {
        "home": "/elsewhere",
        "folder": "/elsewhere/runs",
        "base": "/elsewhere/hf",
        "plan": "/elsewhere/plan.json",
        "num_processes": 4,
        "shard_degree": 2,
        "threads": 7,
        "micro_batch_rows": 1,
        "activation_checkpointing": True,
        "num_checkpoints": 9,
    }
    assert set(other) == set(PLACEMENT)
    assert dataclasses.replace(run, **other).identity == run.identity
    for change in ({"learning_rate": 0.5}, {"seed": 5}, {"fingerprints": {BASE: "0"}}, {"dtype": "bfloat16"}):
        assert dataclasses.replace(run, **change).identity != run.identity


def test_the_record_of_the_result_holds_no_path(run: TrainingRun) -> None:
    assert run.home not in str(run.settings())
    assert run.settings()["learning_rate"] == run.learning_rate


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"num_processes": 3, "shard_degree": 2}, "no multiple of training.shard_degree .2.: set shard_degree to"),
        ({"engine": "deepspeed"}, "deepspeed, which is not available yet: set it to fsdp"),
        ({"num_processes": 7}, "a step of phase_1 has 6 rows for 7 processes: set training.rows_per_step to at least"),
    ],
)
def test_settings_that_do_not_fit_are_one_line(template: Prepared, changes: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_run(template.lake, template.with_training(**changes), NAME, BASE)


def test_a_run_without_plan_or_base_is_refused(template: Prepared) -> None:
    with pytest.raises(GateError, match="cleared/phases/phase_9/shards has not been committed"):
        make_run(template.lake, template.profile, "phase_9", BASE)
    with pytest.raises(GateError, match="models/phase_8 has not been committed"):
        make_run(template.lake, template.profile, NAME, "models/phase_8")


@given(st.integers(0, 500), st.integers(1, 12))
def test_steps_at_equal_distances_end_with_the_last(num_steps: int, count: int) -> None:
    found = sorted(evenly(num_steps, count))
    assert len(found) <= count
    if num_steps:
        assert found[-1] == num_steps
        assert found[0] >= 1
        gaps = [b - a for a, b in zip([0, *found], found, strict=False)]
        assert max(gaps) - min(gaps) <= 1 or num_steps < count
    else:
        assert found == []


@given(st.integers(2, 300), st.floats(0.0, 0.5), st.floats(0.0, 1.0))
def test_the_rate_warms_up_and_falls_to_its_minimum(num_steps: int, warmup: float, minimum: float) -> None:
    from heal_pipeline.training.trainer import Trainer

    trainer = Trainer.__new__(Trainer)
    trainer.num_steps = num_steps
    trainer.run = TrainingRun(
        name="x", home="", folder="", base="", plan="", warmup_share=warmup, min_learning_rate_share=minimum
    )
    rates = [trainer.learning_rate(step) for step in range(num_steps)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(trainer.run.learning_rate)
    assert rates[-1] == pytest.approx(trainer.run.learning_rate * minimum)
    assert min(rates) >= 0


def test_training_does_not_begin_on_altered_rows(prepared: Prepared) -> None:
    plan = json.loads(Path(make_run(prepared.lake, prepared.profile, NAME, BASE).plan).read_text())
    path = prepared.lake.home / plan["sources"]["web"]["shard"] / "tokens.bin"
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 1
    path.write_bytes(data)
    with pytest.raises(GateError, match=r"tokens\.bin does not hold what was committed"):
        prepared.train()
    assert not prepared.run_folder.exists()
