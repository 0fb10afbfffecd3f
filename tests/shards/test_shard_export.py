"""What is exported is what a run reads, as `datasets` loads it; broken off it goes on; nothing altered goes out."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from token_home import TokenHome

from heal_pipeline import artifacts, compliance, phases, releases
from heal_pipeline.cli import main
from heal_pipeline.compliance import rows as exporting
from heal_pipeline.errors import GateError, UserError
from heal_pipeline.phases.plan import Plan
from heal_pipeline.shards import Shard
from heal_pipeline.shards.export import NOT_SCORED, Part, export

LENGTH = 64


@pytest.fixture
def home(lake) -> TokenHome:
    home = TokenHome(lake).pack()
    phases.mixture(home.lake, home.profile, "phase_1", None)
    phases.shards(home.lake, home.profile, "phase_1")
    return home


def loaded(out: Path, cache: Path, split: str = "train", **settings):
    from datasets import disable_progress_bars, load_dataset

    disable_progress_bars()
    return load_dataset(str(out), split=split, cache_dir=str(cache), **settings)


def planned(home: TokenHome) -> list[tuple[str, int]]:
    plan = Plan.load(artifacts.content(home.lake, "cleared/phases/phase_1/shards") / "plan.json")
    return [row for step in range(plan.num_steps) for row in plan.rows(step)]


def shard(home: TokenHome, source: str, purpose: str = "shards") -> Shard:
    return Shard.open(artifacts.content(home.lake, f"cleared/{purpose}/{releases.current(home.lake)}/{source}"))


def test_a_phase_is_exported_row_by_row_as_it_is_trained_on(home: TokenHome, tmp_path: Path) -> None:
    written = compliance.export_rows(home.lake, tmp_path / "out", run="phase_1")
    rows = list(loaded(tmp_path / "out", tmp_path / "cache", streaming=True))
    assert [(r["source"], r["row"]) for r in rows] == planned(home)
    assert written["rows"] == len(rows) == loaded(tmp_path / "out", tmp_path / "cache").num_rows
    found = {source: shard(home, source) for source in {r["source"] for r in rows}}
    padded = 0
    for row in rows:
        stored = {k: v[0] for k, v in found[row["source"]].rows([row["row"]]).items()}
        assert row["run"] == "phase_1"
        assert row["input_ids"] == stored["input_ids"].tolist()
        assert sum(row["seq_lengths"]) == LENGTH
        places = np.concatenate([np.arange(n) for n in row["seq_lengths"]])
        assert row["position_ids"] == places.tolist()
        scored = stored["loss_mask"] & (places > 0)
        assert row["labels"] == np.where(scored, stored["input_ids"], NOT_SCORED).tolist()
        documents = stored["document_ids"].max() + 1
        padded += len(row["seq_lengths"]) - documents
        np.testing.assert_array_equal(
            np.repeat(np.arange(len(row["seq_lengths"])), row["seq_lengths"])[stored["document_ids"] >= 0],
            stored["document_ids"][stored["document_ids"] >= 0],
        )
    assert padded, "some row has padding: it is a length of its own"


def test_a_source_and_what_is_held_out_of_it_are_exported(home: TokenHome, tmp_path: Path) -> None:
    for split, purpose in (("train", "shards"), ("validation", "validation")):
        out = tmp_path / split
        compliance.export_rows(home.lake, out, source="tasks", validation=split == "validation")
        data = loaded(out, tmp_path / "cache", split)
        assert data["row"][:] == list(range(shard(home, "tasks", purpose).num_rows))
        assert any(NOT_SCORED in labels[:8] for labels in data["labels"]), "prompts are not scored"


def test_a_models_rows_are_those_of_all_the_runs_behind_it(home: TokenHome, tmp_path: Path) -> None:
    phases.shards(home.lake, home.profile, "tuning")
    previous: list[tuple[str, str]] = []
    for run, model in (("phase_1", "pretrained_model"), ("tuning", "tuned_model")):
        inputs = [artifacts.entry(home.lake, f"cleared/phases/{run}/shards"), *previous]
        with artifacts.stage(home.lake, f"models/{model}", inputs=inputs) as staged:
            (staged.path / "weights").write_text(model)
            staged.commit()
        previous = [artifacts.entry(home.lake, f"models/{model}")]
    compliance.export_rows(home.lake, tmp_path / "out", model="tuned_model")
    runs = loaded(tmp_path / "out", tmp_path / "cache")["run"][:]
    assert sorted(set(runs)) == ["phase_1", "tuning"]
    assert runs == sorted(runs)
    with pytest.raises(
        UserError, match="there is no model other: give one of pretrained_model, tokenizer, tuned_model"
    ):
        compliance.export_rows(home.lake, tmp_path / "out2", model="other")


def parts_of(home: TokenHome, source: str, rows_per_block: int = 4) -> tuple[list[Part], dict[str, dict[str, Shard]]]:
    part, shards = exporting._of_source(home.lake, source, "cleared/shards")
    return [replace(part, rows_per_block=rows_per_block, block=lambda i: part.block(0)[4 * i : 4 * i + 4])], {
        source: shards
    }


def test_an_export_that_was_killed_goes_on_with_what_is_missing(home: TokenHome, tmp_path: Path) -> None:
    parts, shards = parts_of(home, "web")
    parts = [replace(parts[0], num_rows=32)]
    export(parts, shards, tmp_path / "whole", "train", file_tokens=4 * LENGTH)

    def killed(number: int):
        if number == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        return parts[0].block(number)

    out = tmp_path / "out"
    child = os.fork()
    if not child:
        export([replace(parts[0], block=killed)], shards, out, "train", file_tokens=4 * LENGTH)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    assert not (out / "export.json").exists()
    there = {p.name: p.stat().st_ino for p in (out / "data").glob("*.parquet")}
    assert len(there) == 5
    export(parts, shards, out, "train", file_tokens=4 * LENGTH)
    now = {p.name: p.stat().st_ino for p in (out / "data").glob("*.parquet")}
    assert len(now) == 8
    assert {name: now[name] for name in there} == there, "only what was missing is written"
    assert (out / "export.json").read_text() == (tmp_path / "whole" / "export.json").read_text()


def test_rows_are_asked_for_a_few_at_a_time(home: TokenHome, tmp_path: Path, monkeypatch) -> None:
    parts, shards = parts_of(home, "web")
    monkeypatch.setattr("heal_pipeline.shards.export.BATCH_TOKENS", 8 * LENGTH)
    most = []
    read = Shard.rows
    monkeypatch.setattr(Shard, "rows", lambda self, rows: (most.append(len(rows)), read(self, rows))[1])
    export([replace(parts[0], num_rows=32)], shards, tmp_path / "out", "train")
    assert max(most) == 8
    assert sum(most) == 32


def test_another_folder_and_another_export_are_refused(home: TokenHome, tmp_path: Path) -> None:
    out = tmp_path / "out"
    compliance.export_rows(home.lake, out, source="web")
    before = (out / "export.json").read_text()
    compliance.export_rows(home.lake, out, source="web")
    assert (out / "export.json").read_text() == before
    for folder in (out, home.lake.home):
        with pytest.raises(UserError, match="is not of this export: give an empty folder"):
            compliance.export_rows(home.lake, folder, source="papers")
    assert (out / "export.json").read_text() == before


@pytest.mark.parametrize("text", ["{}", "[]", "no json", '{"scheme": "export/v0", "files": {}}'])
def test_an_export_json_of_others_is_refused(home: TokenHome, tmp_path: Path, text: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "export.json").write_text(text)
    with pytest.raises(UserError, match=r"export\.json is not of this export: give an empty folder"):
        compliance.export_rows(home.lake, out, source="web")
    assert (out / "export.json").read_text() == text


def test_a_file_of_an_export_that_was_altered_is_written_anew(home: TokenHome, tmp_path: Path) -> None:
    out = tmp_path / "out"
    compliance.export_rows(home.lake, out, source="web")
    manifest, [file] = (out / "export.json").read_text(), list((out / "data").iterdir())
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    compliance.export_rows(home.lake, out, source="web")
    assert file.read_bytes() == whole
    assert (out / "export.json").read_text() == manifest


@pytest.mark.parametrize("name", ["tokens.bin", "mask.bin", "spans.parquet"])
def test_a_shard_with_an_altered_byte_is_not_exported(home: TokenHome, tmp_path: Path, name: str) -> None:
    path = shard(home, "web").folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(GateError, match=f"{name} does not hold what was committed"):
        compliance.export_rows(home.lake, tmp_path / "out", source="web")


def test_rows_that_were_made_again_since_the_plan_are_refused(home: TokenHome, tmp_path: Path) -> None:
    name = f"cleared/shards/{releases.current(home.lake)}/web"
    manifest = home.lake.home / name / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "fingerprint": "0" * 16}))
    with pytest.raises(
        GateError, match="was removed or made again since phase_1 was planned: rematerialise phase_1/shards"
    ):
        compliance.export_rows(home.lake, tmp_path, run="phase_1")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give one of --model, --phase and --source"),
        (["--phase", "phase_1", "--source", "web"], "give one of --model, --phase and --source"),
        (["--phase", "phase_1", "--validation"], "--validation goes with --source alone"),
        (["--phase", "phase_9"], "no rows were planned for phase_9: give one of phase_1"),
        (["--source", "nobody"], "there are no rows of nobody"),
    ],
)
def test_the_command_refuses_in_one_line(home: TokenHome, tmp_path: Path, arguments: list[str], message: str) -> None:
    call = ["shards", "export", "--home", str(home.lake.home), "--out", str(tmp_path / "out"), *arguments]
    result = CliRunner().invoke(main, call)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def test_the_command_says_what_it_wrote(home: TokenHome, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    call = ["shards", "export", "--home", str(home.lake.home), "--phase", "phase_1", "--out", out]
    result = CliRunner().invoke(main, call)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["rows"] == len(planned(home))
