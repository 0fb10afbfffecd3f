"""The tables of evaluation over a home with real models, shards and records: what they hold, and that they repeat exactly."""

import json
import math

import numpy as np
import pyarrow as pa
import pytest
import torch

from heal_pipeline import artifacts, evaluation
from heal_pipeline.errors import GateError, GateFailedError, UserError
from heal_pipeline.evaluation.held_out import held_out_instructions
from heal_pipeline.lake import Lake
from heal_pipeline.modeling import load
from heal_pipeline.profile import Profile
from heal_pipeline.report.tables import read_section
from heal_pipeline.shards import Shard

SOURCES = ("web", "articles", "instructions")
MODELS = ["base", "pretrained", "tuned"]


def read(lake: Lake, name: str) -> dict:
    return json.loads((lake.reports / f"{name}.json").read_text())


def rows(lake: Lake, name: str, title: str) -> list[dict]:
    return next(t["rows"] for t in read(lake, name)["tables"] if t["title"] == title)


def hugging_face_loss(model, shard: Shard) -> float:
    """Each document alone through the model, as transformers computes its loss."""
    losses, counts = 0.0, 0
    for i in range(shard.num_rows):
        row = shard.rows([i])
        ids, mask, documents = (row[k][0] for k in ("input_ids", "loss_mask", "document_ids"))
        for d in range(documents.max() + 1):
            place = documents == d
            labels = np.where(mask[place], ids[place], -100)
            labels[0] = -100
            count = int((labels != -100).sum())
            if count:
                with torch.no_grad():
                    out = model(input_ids=torch.tensor(ids[place])[None], labels=torch.tensor(labels)[None])
                losses, counts = losses + float(out.loss) * count, counts + count
    return losses / counts


def test_phase_validation_is_the_loss_that_transformers_computes(run_home: Lake, profile: Profile) -> None:
    result = evaluation.phase_validation(run_home, profile, "phase_1")
    committed = json.loads(
        (artifacts.content(run_home, "cleared/phases/phase_1/validation") / "validation.json").read_text()
    )
    assert committed["evaluations"][0]["losses"]["web"] == 5.0
    assert set(committed["final"]) == set(SOURCES)
    model = load(artifacts.content(run_home, "models/phase_1") / "hf", attention="sdpa")
    plan = json.loads((artifacts.content(run_home, "cleared/phases/phase_1/shards") / "plan.json").read_text())
    for name, found in committed["final"].items():
        shard = Shard.open(run_home.home / plan["validation"][name]["shard"])
        rows = range(min(shard.num_rows, profile.packing.max_validation_rows))
        first = type("First", (), {"num_rows": len(rows), "rows": staticmethod(shard.rows)})
        assert found == pytest.approx(hugging_face_loss(model, first), abs=1e-4)
    assert result.charts[0]["series"]["web"] == [[0, 5.0], [100, 4.5]]


def test_a_phase_without_a_scored_token_to_measure_says_so(run_home: Lake, profile: Profile) -> None:
    path = artifacts.content(run_home, "cleared/phases/phase_1/shards") / "plan.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "validation": {}}))
    with pytest.raises(
        UserError, match="no token that is held out is scored, so that phase_1 has no loss: add documents"
    ):
        evaluation.phase_validation(run_home, profile, "phase_1")


def test_a_diverged_checkpoint_does_not_pass(run_home: Lake, profile: Profile) -> None:
    folder = artifacts.content(run_home, "models/phase_1") / "hf"
    model = load(folder, attention="sdpa")
    model.get_output_embeddings().weight.data.fill_(math.nan)
    model.save_pretrained(folder)
    with pytest.raises(GateFailedError, match="losses are finite"):
        evaluation.phase_validation(run_home, profile, "phase_1")
    assert not artifacts.committed(run_home, "cleared/phases/phase_1/validation")


def test_perplexity_over_all_phases(run_home: Lake, profile: Profile) -> None:
    for name in ("phase_1", "phase_2"):
        evaluation.phase_validation(run_home, profile, name)
    evaluation.perplexity_curves(run_home, profile)
    by_source = rows(run_home, "perplexity", "Perplexity by source")
    assert [r["source"] for r in by_source] == list(SOURCES)
    assert list(by_source[0]) == ["source", "group", "scored_tokens", "base", "after phase 1", "pretrained", "tuned"]
    assert by_source[0]["base"] == pytest.approx(math.exp(5.0), abs=1e-5)
    chart = read(run_home, "perplexity")["charts"][0]
    assert chart["log_y"]
    # Tokens run on over the phases; the second phase's evaluation before its first step is the first one's last.
    assert [x for x, _ in chart["series"]["web"]] == [0, 100, 200]
    groups = rows(run_home, "perplexity", "Perplexity by group")
    tokens = [r["scored_tokens"] for r in by_source]
    losses = [math.log(r["tuned"]) for r in by_source]
    assert groups[-1]["group"] == "all sources"
    assert groups[-1]["tuned"] == pytest.approx(math.exp(np.average(losses, weights=tokens)), rel=1e-5)


def test_perplexity_without_the_tuned_model_says_so(run_home: Lake, profile: Profile) -> None:
    for name in ("phase_1", "phase_2"):
        evaluation.phase_validation(run_home, profile, name)
    (run_home.home / "models" / "tuned_model" / "manifest.json").unlink()
    evaluation.perplexity_curves(run_home, profile)
    (first, _) = read(run_home, "perplexity")["tables"]
    assert "tuned" not in first["columns"]
    assert "tuned model was not there" in first["note"]


def test_ablation_by_group(run_home: Lake, profile: Profile) -> None:
    evaluation.ablation(run_home, profile)
    groups = rows(run_home, "ablation", "Ablation: perplexity by group")
    assert [r["group"] for r in groups] == [
        "non medical public",
        "medical public",
        "medical proprietary",
        "all sources",
    ]
    assert groups[0]["base"] == pytest.approx(math.exp(5.0), abs=1e-5)
    assert groups[0]["public"] == pytest.approx(math.exp(4.5), abs=1e-5)


def test_held_out_instructions_come_with_task_and_rubric(run_home: Lake, profile: Profile) -> None:
    found = held_out_instructions(run_home, profile)
    assert {task: len(items) for task, items in found.items()} == {"note_generation": 4, "qa": 6}
    for item in found["note_generation"]:
        assert item.prompt.startswith("Write the note.\n\nDoctor:")
        assert item.prompt.endswith("\n")
        assert item.reference.startswith("Cough for")
    assert [bool(i.rubric) for i in found["note_generation"]] == [False, True, True, True]


def test_generation_by_task_and_model(run_home: Lake, profile: Profile) -> None:
    settings = profile.evaluation.model_copy(
        update={"max_new_tokens": 64}
    )  # half the context: the dialogues do not fit
    evaluation.generation_tasks(run_home, profile.model_copy(update={"evaluation": settings}))
    found = rows(run_home, "generation", "Generation by task")
    assert [(r["task"], r["model"]) for r in found] == [(t, m) for t in ("note_generation", "qa") for m in MODELS]
    assert all(r["items"] == 4 for r in found)  # the profile's limit
    assert all(r["rougeLsum_low"] <= r["rougeLsum"] <= r["rougeLsum_high"] for r in found)
    assert found[0]["exact_match"] is None
    assert found[0]["truncated"] == 4
    assert found[3]["short_items"] == 4
    pairs = rows(run_home, "generation", "Generation: paired differences")
    # base and tuned are the same weights in this home: not one item may differ.
    assert [p["difference"] for p in pairs if p["models"] == "tuned - base"] == [0.0, 0.0]


def test_note_quality_has_a_ceiling_and_a_baseline(run_home: Lake, profile: Profile) -> None:
    evaluation.note_quality(run_home, profile)
    tables = read(run_home, "note_quality")["tables"]
    assert [t["title"] for t in tables] == [
        "Note quality, given rubrics",
        "Note quality, derived rubrics",
        "Note quality by note",
    ]
    given = {r["system"]: r for r in tables[0]["rows"]}
    assert list(given) == ["reference note", "doctor's turns", *MODELS]
    assert given["reference note"]["notes"] == 2
    assert [given["reference note"][e] for e in ("missed", "incorrect", "irrelevant")] == [0, 0, 0]
    assert 0 < given["doctor's turns"]["missed"] < given["base"]["missed"] == 4
    assert "not human" in tables[0]["note"]
    assert len(tables[2]["rows"]) == 3 * 5


def test_public_benchmarks(run_home: Lake, profile: Profile) -> None:
    flagged = pa.table({"task": ["pubmedqa"], "item_id": ["1001"]})
    with run_home.stage(run_home.table("contamination", profile.days[0])) as staged:
        staged.write(flagged)
        staged.commit()
    whole = profile.model_copy(update={"evaluation": profile.evaluation.model_copy(update={"limit": None})})
    evaluation.public_benchmarks(run_home, whole)
    found = rows(run_home, "benchmarks", "Public benchmarks")
    assert [(r["task"], r["model"]) for r in found] == [(t, m) for t in ("pubmedqa", "medqa") for m in MODELS]
    pubmedqa, medqa = found[0], found[3]
    assert (pubmedqa["items"], pubmedqa["options"], pubmedqa["majority"]) == (5, 3, 0.6)
    assert (medqa["items"], medqa["options"], medqa["chance"]) == (6, 4, 0.25)
    assert pubmedqa["contaminated_items"] == 1
    assert pubmedqa["macro_f1"] is not None
    assert medqa["text_accuracy"] is not None
    assert all(r["low"] <= r["accuracy"] <= r["high"] for r in found)
    absent = {t["title"]: t["absent"] for t in read(run_home, "benchmarks")["tables"] if "absent" in t}
    assert set(absent) == {"Public benchmarks: medmcqa", "Public benchmarks: mmlu"}
    assert all("evaluation.benchmarks" in reason for reason in absent.values())


def test_nothing_to_evaluate_is_said(run_home: Lake, profile: Profile) -> None:
    bare = profile.model_copy(
        update={
            "sources": profile.sources[:2],
            "evaluation": profile.evaluation.model_copy(update={"benchmarks": {}}),
            "ablation": profile.ablation.model_copy(update={"subsets": {}}),
        }
    )
    for stage, name in (
        (evaluation.generation_tasks, "generation"),
        (evaluation.note_quality, "note_quality"),
        (evaluation.public_benchmarks, "benchmarks"),
        (evaluation.ablation, "ablation"),
    ):
        stage(run_home, bare)
        assert read_section(run_home.reports, name).absent


@pytest.mark.parametrize(
    ("stage", "name"),
    [("generation_tasks", "generation"), ("note_quality", "note_quality"), ("public_benchmarks", "benchmarks")],
)
def test_equal_input_gives_equal_bytes_and_no_text(run_home: Lake, profile: Profile, stage: str, name: str) -> None:
    result = getattr(evaluation, stage)(run_home, profile)
    first = (run_home.reports / f"{name}.json").read_bytes()
    getattr(evaluation, stage)(run_home, profile)
    assert (run_home.reports / f"{name}.json").read_bytes() == first
    shown = first.decode() + json.dumps([result.tables, result.metadata, result.charts])
    assert not any(word in shown for word in ("amoxicillin", "throat", "Hot tea", "hot tea", "Does treatment"))
    assert read_section(run_home.reports, name).tables


def test_models_that_are_not_there_are_named(lake: Lake, profile: Profile, run_home: Lake) -> None:
    (run_home.home / "models" / "pretrained_model" / "manifest.json").unlink()
    with pytest.raises(GateError, match="pretrained_model"):
        evaluation.generation_tasks(run_home, profile)
