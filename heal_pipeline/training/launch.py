"""Starts a run's processes, follows what they report, and commits what they made. Does not import torch."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from heal_pipeline import artifacts, progress
from heal_pipeline.code_version import code_version
from heal_pipeline.errors import UserError
from heal_pipeline.lake import Lake, StageResult
from heal_pipeline.profile import Profile
from heal_pipeline.training import checkpoint, guard
from heal_pipeline.training.run import TrainingRun
from heal_pipeline.vocabulary import TOKENIZER

ROOT = Path(__file__).resolve().parents[2]
SCHEME = "checkpoint/v1"
PRETRAINED = "models/pretrained_model"
POLL_SECONDS = 0.2
FORWARD_SECONDS = 0.5
"""At most one train_step event in this time goes to the run that started the training."""
SMALL_RUN_EVALUATIONS = 2
"""Of tuning and ablations: the phases alone need a curve, from which the next mixture is made."""

OnEvent = Callable[[dict[str, Any]], None]


def default_base(name: str) -> str:
    """The artifact that a run starts from: the phase before, else the base model; for tuning the pretrained model."""
    if name == "tuning":
        return PRETRAINED
    number = name.removeprefix("phase_")
    return f"models/phase_{int(number) - 1}" if number.isdecimal() and int(number) > 1 else "models/base_model"


def output_name(name: str) -> str:
    """The artifact that a run makes."""
    return "models/tuned_model" if name == "tuning" else f"models/{name}"


def make_run(lake: Lake, profile: Profile, name: str, base: str) -> TrainingRun:
    """The settings of a run, from the profile and the committed plan and base.

    Raises:
        GateError: the plan or the base has not been committed.
        UserError: the settings do not fit together.
    """
    settings = profile.training
    plan_name = f"cleared/phases/{name}/shards"
    plan = artifacts.content(lake, plan_name) / "plan.json"
    rows_per_step = json.loads(plan.read_text())["rows_per_step"]
    if rows_per_step < settings.num_processes:
        raise UserError(
            f"a step of {name} has {rows_per_step} rows for {settings.num_processes} processes: set training.rows_per_step to at least training.num_processes"
        )
    phase = name.startswith("phase_")
    return TrainingRun(
        name=name,
        home=str(lake.home),
        folder=str(lake.home / "runs" / name),
        base=str(artifacts.content(lake, base) / "hf"),
        plan=str(plan),
        fingerprints={
            base: artifacts.manifest(lake, base).fingerprint,
            plan_name: artifacts.manifest(lake, plan_name).fingerprint,
            TOKENIZER: artifacts.manifest(lake, TOKENIZER).fingerprint,
        },
        engine=settings.engine,
        num_processes=settings.num_processes,
        shard_degree=settings.shard_degree,
        threads=settings.threads,
        micro_batch_rows=settings.micro_batch_rows,
        activation_checkpointing=settings.activation_checkpointing,
        learning_rate=settings.learning_rate,
        min_learning_rate_share=settings.min_learning_rate_share,
        warmup_share=settings.warmup_share,
        weight_decay=settings.weight_decay,
        betas=settings.betas,
        clip_norm=settings.clip_norm,
        dtype=settings.dtype,
        num_evaluations=settings.evaluations_per_phase if phase else SMALL_RUN_EVALUATIONS,
        num_checkpoints=settings.checkpoints_per_phase,
        max_validation_rows=profile.packing.max_validation_rows,
        seed=profile.seed,
    )


def command(run: TrainingRun, path: Path) -> list[str]:
    """The program of a run: torchrun over the processes of this machine."""
    # The loopback address, whatever the machine's name resolves to.
    place = ["--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", str(run.num_processes)]
    return [
        sys.executable,
        "-m",
        "torch.distributed.run",
        *place,
        "-m",
        "heal_pipeline.training",
        "--config",
        str(path),
    ]


def train(
    lake: Lake, profile: Profile, name: str, base: str | None = None, on_event: OnEvent | None = None
) -> StageResult:
    """Trains one run in processes of its own and commits its checkpoint.

    A run that was broken off goes on from its last state, if its rows, base and settings are the same; else it says so and
    starts over.

    Args:
        name: phase_1 …, ablation_<subset>, or tuning.
        base: the artifact it starts from; `default_base` where it is not given.
        on_event: called with every event of the run as it comes.

    Raises:
        GateError: the plan or the base has not been committed, or its rows are not those any more that were planned.
        UserError: the settings do not fit, the loss diverged, or the run was killed.
        RuntimeError: the run failed in another way; its log says how.
    """
    run = make_run(lake, profile, name, base or default_base(name))
    _require_rows(lake, run)
    folder = Path(run.folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "run.json"
    run.write(path)
    resumed_at = prepare(run)
    follow(run, command(run, path), on_event)

    output = folder / "output"
    record = json.loads((output / "training.json").read_text())
    timing = json.loads((folder / "timing.json").read_text())
    evaluations = json.loads((output / "validation.json").read_text())["evaluations"]
    plan = json.loads(Path(run.plan).read_text())
    metadata: dict[str, Any] = {
        "engine": run.engine,
        "processes": run.num_processes,
        "steps": record["num_steps"],
        "resumed_at_step": resumed_at,
        "skipped_steps": record["skipped_steps"],
        "tokens": record["tokens"],
        "scored_tokens": record["scored_tokens"],
        "first_loss": record["first_loss"],
        "final_loss": record["final_loss"],
        "seconds": round(timing["seconds"], 2),
        "tokens_per_second": round(timing["tokens_per_second"], 1),
    }
    with artifacts.stage(
        lake, output_name(name), inputs=run.fingerprints, code_version=code_version("training"), scheme=SCHEME
    ) as staged:
        for item in sorted(output.iterdir()):
            shutil.move(item, staged.path / item.name)
        committed = staged.commit(metadata)
    checkpoint.discard(folder)
    shutil.rmtree(output)
    return StageResult(
        name,
        rows_in=plan["num_rows"],
        rows_out=plan["num_rows"] - record["skipped_rows"],
        metadata={**metadata, "fingerprint": committed.fingerprint},
        tables={
            "validation_loss": [
                {"step": e["step"], "tokens": e["tokens"], **{k: round(v, 4) for k, v in e["losses"].items()}}
                for e in evaluations
            ]
        },
        made="rows trained",
    )


def _require_rows(lake: Lake, run: TrainingRun) -> None:
    """Every byte of the run's shards is compared once, here, and not in each of its processes."""
    from heal_pipeline.shards import open_planned

    plan = json.loads(Path(run.plan).read_text())
    read = [rows for rows in plan["sources"].values() if rows["rows"]]
    for rows in (*read, *plan["validation"].values()):
        open_planned(lake, rows["shard"], run.name)


def promote(lake: Lake, profile: Profile) -> StageResult:
    """Commits the last phase's checkpoint as the pretrained model; its weights are linked, not copied, where that is possible."""
    last = f"models/phase_{profile.phases.count}"
    source = artifacts.content(lake, last)
    inputs = {last: artifacts.manifest(lake, last).fingerprint}
    with artifacts.stage(
        lake, PRETRAINED, inputs=inputs, code_version=code_version("training"), scheme=SCHEME
    ) as staged:
        shutil.copytree(source, staged.path, dirs_exist_ok=True, copy_function=_link)
        metadata = {"promoted_from": last, "tokens": summary(lake, last)["tokens"]}
        committed = staged.commit(metadata)
    metadata["fingerprint"] = committed.fingerprint
    return StageResult("pretrained_model", 1, 1, metadata=metadata, made="model")


def summary(lake: Lake, artifact: str) -> dict[str, Any]:
    """What is known of a trained model: training.json, validation.json and the manifest's metadata, as one record.

    The times are in the manifest alone, so that equal training gives an equal fingerprint: `seconds` from the first step
    to the last, evaluations and states included, and `tokens_per_second` in the steps themselves.
    """
    content = artifacts.content(lake, artifact)
    return {
        **artifacts.manifest(lake, artifact).metadata,
        **json.loads((content / "training.json").read_text()),
        **json.loads((content / "validation.json").read_text()),
    }


def prepare(run: TrainingRun) -> int:
    """Clears what a run must not go on from, and cuts its progress back to the state it goes on from.

    Returns:
        the step it goes on from; 0 where it starts anew.
    """
    folder = Path(run.folder)
    found, usable = checkpoint.latest(folder), checkpoint.resumable(run)
    if found and not usable:
        message = f"{run.name}: its saved step {found[1]['step']} is of other rows, another base model or other settings; starting over"
        progress.emit("message", message=message)
    checkpoint.discard(folder, keep=usable[0] if usable else None)
    for name in ("error.txt", "timing.json"):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "output", ignore_errors=True)
    step = int(usable[1]["step"]) if usable else 0
    events = progress.follow(folder / "progress.jsonl")[0] if usable else []
    kept = [json.dumps(e) + "\n" for e in events if e.get("step", 0) <= step]
    (folder / "progress.jsonl").write_text("".join(kept))
    return step


def follow(run: TrainingRun, arguments: list[str], on_event: OnEvent | None = None) -> None:
    """Runs a program to its end and passes on the run's events; the program ends with this process, however it ends.

    Raises:
        UserError: the program said what a user can mend, or was killed.
        RuntimeError: it failed in another way.
    """
    folder = Path(run.folder)
    events_path, log = folder / "progress.jsonl", folder / "log.txt"
    offset, forwarded = events_path.stat().st_size, 0.0
    with log.open("wb") as stream:
        process = subprocess.Popen(
            guard.command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            cwd=ROOT,
            env=_environment(),
        )
    try:
        while True:
            ended = process.poll() is not None
            events, offset = progress.follow(events_path, offset)
            for event in events:
                if on_event:
                    on_event(event)
                now = time.monotonic()
                if _is_step(event) and event["step"] < event["num_steps"] and now - forwarded < FORWARD_SECONDS:
                    continue
                forwarded = now if _is_step(event) else forwarded
                progress.emit(event["event"], **{k: v for k, v in event.items() if k not in ("event", "time")})
            if ended:
                break
            time.sleep(POLL_SECONDS)
    finally:
        _end(process)
    if process.returncode == 0:
        return
    if (folder / "error.txt").exists():
        raise UserError((folder / "error.txt").read_text().strip())
    if process.returncode == -signal.SIGKILL or _a_process_was_killed(log):
        raise UserError(
            f"the training of {run.name} was killed, as a machine does that runs out of memory: lower training.micro_batch_rows, or run it again and it goes on from its last state"
        )
    raise RuntimeError(f"the training of {run.name} ended with exit code {process.returncode}; its log is {log}")


def _a_process_was_killed(log: Path) -> bool:
    """Whether torchrun's account of a failure begins with a process that was killed."""
    return b"(SIGKILL)" in log.read_bytes().partition(b"Root Cause")[2]


def _is_step(event: dict[str, Any]) -> bool:
    return bool(event["event"] == "train_step")


def _end(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _environment() -> dict[str, str]:
    values = {**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONWARNINGS": "ignore"}
    if Path("/sys/class/net/lo").exists():
        values.setdefault("GLOO_SOCKET_IFNAME", "lo")
    # Seen by torchrun before each process sets its own number.
    values.setdefault("OMP_NUM_THREADS", "1")
    # Threads that spin while they wait for each other take a busy machine's cores from those that they wait for.
    values.setdefault("OMP_WAIT_POLICY", "passive")
    return values


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
