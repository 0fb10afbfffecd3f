"""A home with packed rows, a plan and a tiny base model: made once, copied for each test that trains in it."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from heal_pipeline import artifacts, phases, vocabulary
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.modeling import make_base_model
from heal_pipeline.profile import Profile
from tests.modeling.tiny_models import GEOMETRY, write_tokenizer
from tests.token_home import TokenHome

NAME = "phase_1"
TRAINING = {
    "rows_per_step": 6,
    "micro_batch_rows": 4,
    "threads": 1,
    "learning_rate": 1e-2,
    "evaluations_per_phase": 2,
    "checkpoints_per_phase": 5,
}


class TrainingHome(TokenHome):
    """A token home with a tokenizer that loads, planned and with a base model."""

    def make_tokenizer(self, vocabulary_size: int = 300) -> None:
        with artifacts.stage(self.lake, vocabulary.TOKENIZER, scheme=vocabulary.SCHEME) as staged:
            write_tokenizer(staged.path, vocabulary_size)
            staged.commit()


@dataclass(frozen=True)
class Prepared:
    """A copy of the prepared home."""

    lake: Lake
    profile: Profile

    def with_training(self, **changes: Any) -> Profile:
        return self.profile.model_copy(update={"training": self.profile.training.model_copy(update=changes)})

    def train(self, on_event: Any = None, **changes: Any) -> StageResult:
        from heal_pipeline import training

        return training.train(self.lake, self.with_training(**changes), NAME, on_event=on_event)

    def content(self, artifact: str = f"models/{NAME}") -> Path:
        return artifacts.content(self.lake, artifact)

    def curve(self) -> list[float]:
        """The loss of each step."""
        return [point["loss"] for point in json.loads((self.content() / "training.json").read_text())["curve"]]

    @property
    def run_folder(self) -> Path:
        return self.lake.home / "runs" / NAME


@dataclass(frozen=True)
class Trained:
    """A finished run: its home, what it gave, its own events, and those that reached the run that started it."""

    home: Prepared
    result: StageResult
    events: list[dict]
    forwarded: list[dict]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    lake = Lake(tmp_path_factory.mktemp("training") / "home")
    sections = {"phases": {"tokens_per_phase": 28_000, "count": 1}, "training": TRAINING, "model": GEOMETRY}
    home = TrainingHome(lake, documents=60, **sections).pack()
    phases.mixture(lake, home.profile, NAME, None)
    phases.shards(lake, home.profile, NAME)
    make_base_model(lake, home.profile)
    return Prepared(lake, home.profile)


@pytest.fixture
def prepared(template: Prepared, tmp_path: Path) -> Prepared:
    shutil.copytree(template.lake.home, tmp_path / "home")
    return Prepared(Lake(tmp_path / "home"), template.profile)


@pytest.fixture(scope="session")
def trained(template: Prepared, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A home whose phase was trained by one process without a break."""
    folder = tmp_path_factory.mktemp("trained")
    shutil.copytree(template.lake.home, folder / "home")
    home = Prepared(Lake(folder / "home"), template.profile)
    events: list[dict] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEAL_PROGRESS", str(folder / "progress.jsonl"))
        result = home.train(on_event=events.append)
    forwarded = [json.loads(line) for line in (folder / "progress.jsonl").read_text().splitlines()]
    return Trained(home, result, events, forwarded)
