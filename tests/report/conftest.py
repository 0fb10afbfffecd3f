"""A home as it is in the middle of a project: tables, a failed gate, models, reports present and absent."""

import json
import math
from dataclasses import dataclass

import pytest

from heal_pipeline import artifacts, phases
from heal_pipeline.errors import GateFailedError
from heal_pipeline.lake import Lake, Verdict, write_json
from heal_pipeline.profile import Profile
from tests.token_home import TokenHome

NUM_STEPS = 40


@dataclass(frozen=True)
class Home:
    lake: Lake
    profile: Profile


def commit_model(lake: Lake, name: str, num_steps: int = NUM_STEPS, top: float = 8.0) -> None:
    """A model's records in the trainer's format, without weights."""
    curve = [
        {"step": i, "loss": top - math.log(i) + 0.2 * math.sin(i), "learning_rate": 1e-3}
        for i in range(1, num_steps + 1)
    ]
    curve[2]["loss"] = None  # a skipped step
    training = {
        "run": name,
        "settings": {},
        "num_steps": num_steps,
        "tokens": 1000 * num_steps,
        "scored_tokens": 900 * num_steps,
        "skipped_steps": 1,
        "first_loss": curve[0]["loss"],
        "final_loss": curve[-1]["loss"],
        "curve": curve,
    }
    with artifacts.stage(lake, f"models/{name}") as staged:
        write_json(staged.path / "training.json", training)
        write_json(staged.path / "validation.json", {"evaluations": []})
        staged.commit({"engine": "fsdp", "processes": 2, "seconds": 12.5, "tokens_per_second": 3333.3})


def fail_a_gate(lake: Lake, name: str, day: str, verdicts: list[Verdict]) -> None:
    table = lake.table(name, day, "restricted")
    with pytest.raises(GateFailedError), lake.stage(table) as staged:
        for verdict in verdicts:
            staged.gate(verdict)
        staged.commit()


@pytest.fixture
def home(lake: Lake) -> Home:
    made = TokenHome(lake, documents=40).pack()
    phases.mixture(lake, made.profile, "phase_1", None)
    for name in ("phase_1", "phase_2", "tuned_model", "ablation_medical"):
        commit_model(lake, name)
    series = {
        f"source_{i}": [[step * 1000, 20 + 300 * math.exp(-step / (3 + i)) + 9 * i] for step in range(30)]
        for i in range(18)
    }
    series["one_point"] = [[29_000, 55.0]]
    perplexity = {
        "title": "Perplexity by source over training",
        "tables": [
            {
                "title": "Perplexity by source",
                "columns": ["source", "base", "after phase 1", "pretrained"],
                "rows": [
                    *([f"source_{i}", 4096.0 - i, 300.5 + i, 30.25 + i] for i in range(18)),
                    ["mean", 4087.5, 309.0, 38.75],
                ],
                "note": "Held-out rows; the tuned model is not there yet.",
            }
        ],
        "charts": [
            {
                "title": "Perplexity by source over training",
                "x": "tokens",
                "y": "perplexity",
                "series": series,
                "log_y": True,
            }
        ],
    }
    write_json(lake.reports / "perplexity.json", perplexity)
    gone = {
        "title": "Note quality",
        "tables": [],
        "charts": [],
        "absent": "there is no tuned model: `heal run --job train`",
    }
    write_json(lake.reports / "note_quality.json", gone)
    in_set = {
        "expectation": "expect_column_values_to_be_in_set",
        "column": "kind",
        "arguments": {"value_set": ["note"]},
        "passed": False,
        "rows": 12,
    }
    passed = {**in_set, "column": "source", "passed": True}
    fail_a_gate(
        lake,
        "raw/notes",
        "2026-01-06",
        [
            Verdict("expectations:raw", False, [in_set, passed]),
            Verdict("rows_conserved", False, [{"rows_in": 12, "kept": 9, "dropped": 2}]),
            Verdict("canaries", True, [{"planted": 400, "survived": 1}]),
        ],
    )
    events = [
        {
            "event": "stage_end",
            "stage": "filtered/web 2026-01-05",
            "rows_in": 10,
            "rows_out": 8,
            "seconds": 1.5,
            "time": 1.0,
        },
        {
            "event": "stage_end",
            "stage": "filtered/web 2026-01-06",
            "rows_in": 10,
            "rows_out": 9,
            "seconds": 2.5,
            "time": 2.0,
        },
        {
            "event": "stage_end",
            "stage": "phase_1/checkpoint",
            "rows_in": 320,
            "rows_out": 320,
            "seconds": 12.0,
            "time": 3.0,
        },
    ]
    latest = lake.home / "runs" / "latest"
    latest.mkdir()
    (latest / "progress.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))
    return Home(lake, made.profile)
