"""The training loop of one process: from a plan's rows to a checkpoint, the curve of its loss and its evaluations.

What is learnt depends on the plan, the base and the settings alone, not on the number of processes: a step's rows are a function
of the step, each process takes its share of them, and the loss is divided by the scored tokens of the whole step.
"""

import json
import math
import shutil
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch.distributed.fsdp import FSDPModule

from heal_pipeline import progress
from heal_pipeline.errors import UserError
from heal_pipeline.lake import write_json
from heal_pipeline.modeling.load import load
from heal_pipeline.modeling.loss import ScoredLoss, batch_inputs, scored_targets
from heal_pipeline.modeling.perplexity import sum_losses
from heal_pipeline.phases.plan import Plan
from heal_pipeline.shards import Shard
from heal_pipeline.training import checkpoint, parallel
from heal_pipeline.training.parallel import Processes
from heal_pipeline.training.run import TrainingRun, evenly

MAX_SKIPPED_IN_A_ROW = 20
SPEED_WINDOW = 10
"""Steps over which tokens a second are averaged."""
CURVE_POINTS = 400

Rows = dict[str, torch.Tensor]


def train(run: TrainingRun) -> None:
    """Does a run, from its last state if it has one, and writes `output/` into its folder.

    Raises:
        UserError: the settings do not fit the plan or the machine, or the loss has diverged.
    """
    with parallel.processes(run) as procs:
        trainer = Trainer(run, procs)
        trainer.resume()
        trainer.run_steps()
        trainer.write_output()


class Trainer:
    """A run's model, optimizer and counts in one process."""

    def __init__(self, run: TrainingRun, procs: Processes):
        self.run, self.procs = run, procs
        self.folder = Path(run.folder)
        self.plan = Plan.load(Path(run.plan))
        settings = json.loads(Path(run.plan).read_text())
        self.num_steps: int = settings["num_steps"]
        self.max_length: int = settings["max_length"]
        home = Path(run.home)
        self.shards = {name: Shard.open(home / s["shard"]) for name, s in settings["sources"].items()}
        self.validation = {
            name: (Shard.open(home / s["shard"]), min(s["num_rows"], run.max_validation_rows))
            for name, s in sorted(settings["validation"].items())
            if s["num_rows"]
        }
        torch.manual_seed(run.seed)
        model = load(run.base, attention="packed")
        if run.activation_checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
        self.module = ScoredLoss(model).train()
        parallel.shard(self.module, run, procs.mesh)
        self.parameters = list(self.module.parameters())
        groups = [
            {"params": [p for p in self.parameters if p.ndim >= 2], "weight_decay": run.weight_decay},
            {"params": [p for p in self.parameters if p.ndim < 2], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=run.learning_rate, betas=run.betas, fused=True)
        self.step = 0
        self.tokens = self.scored_tokens = self.skipped = self.skipped_in_a_row = 0
        self.seconds = self.step_seconds = 0.0
        self.losses: list[float | None] = []
        self.evaluations: list[dict[str, Any]] = []

    def resume(self) -> None:
        """Goes on from the run's last state; without one it starts over."""
        found = checkpoint.resumable(self.run)
        if found is None:
            return
        state, record = found
        checkpoint.restore(state, self.module, self.optimizer)
        self.step, self.seconds, self.step_seconds = record["step"], record["seconds"], record["step_seconds"]
        self.tokens, self.scored_tokens = record["tokens"], record["scored_tokens"]
        self.skipped, self.skipped_in_a_row = record["skipped"], record["skipped_in_a_row"]
        self.losses, self.evaluations = record["losses"], record["evaluations"]

    def run_steps(self) -> None:
        run = self.run
        evaluate_at = evenly(self.num_steps, run.num_evaluations) | {self.num_steps}
        save_at = evenly(self.num_steps, run.num_checkpoints + 1) - {self.num_steps}
        window: deque[tuple[int, float]] = deque(maxlen=SPEED_WINDOW)
        started = time.perf_counter() - self.seconds
        if not self.evaluations:
            self.evaluate()
        while self.step < self.num_steps:
            before, start = self.tokens, time.perf_counter()
            self.train_step()
            window.append((self.tokens - before, time.perf_counter() - start))
            self.step_seconds += window[-1][1]
            self.seconds = time.perf_counter() - started
            self.report("train_step", self.step_values(window))
            if self.step in evaluate_at:
                self.evaluate()
            if self.step in save_at:
                self.save()
        self.seconds = time.perf_counter() - started

    def train_step(self) -> None:
        """One update, from all rows of the step; skipped where its loss or gradient is no number."""
        learning_rate = self.learning_rate(self.step)
        batches = list(self.batches(self.step))
        counts = [
            float(sum(int(scored_targets(b["loss_mask"], b["document_ids"]).sum()) for b in batches)),
            float(sum(int((b["document_ids"] >= 0).sum()) for b in batches)),
        ]
        scored, tokens = (int(n) for n in self.procs.sum(*counts))
        total = torch.zeros((), dtype=torch.float64, device=self.procs.device)
        for i, batch in enumerate(batches):
            assert isinstance(self.module, FSDPModule)
            self.module.set_requires_gradient_sync(i == len(batches) - 1)
            loss, _ = self.module(**batch_inputs(batch, self.procs.device))
            # FSDP averages gradients over the processes; the sum over all scored tokens is divided here by their number.
            (loss * (self.procs.world / max(scored, 1))).backward()
            total += loss.detach().double()
        (summed,) = self.procs.sum(float(total))
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.run.clip_norm)
        norm = norm.full_tensor() if hasattr(norm, "full_tensor") else norm  # type: ignore[operator]
        usable = scored > 0 and math.isfinite(summed) and bool(torch.isfinite(norm))
        if usable:
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate
            self.optimizer.step()
        self.optimizer.zero_grad()
        self.step += 1
        self.tokens += tokens
        self.scored_tokens += scored
        self.skipped += not usable
        self.skipped_in_a_row = 0 if usable else self.skipped_in_a_row + 1
        self.losses.append(summed / scored if usable else None)
        if self.skipped_in_a_row >= min(MAX_SKIPPED_IN_A_ROW, self.num_steps):
            raise UserError(
                f"the training of {self.run.name} had {self.skipped_in_a_row} steps without a finite loss, up to step {self.step}: lower training.learning_rate, or start from another base model"
            )

    def batches(self, step: int) -> Iterator[Rows]:
        """This process's rows of a step, `micro_batch_rows` at a time; as many batches as every other process has."""
        rows = self.plan.rows(step)
        mine, size = self.procs.mine(rows), self.run.micro_batch_rows
        for start in range(0, self.procs.share_size(len(rows)), size):
            batch = mine[start : start + size]
            read = self.read(batch or rows[:1])
            if not batch:
                read["loss_mask"] &= False
                read["document_ids"] = torch.full_like(read["document_ids"], -1)
            yield read

    def read(self, rows: list[tuple[str, int]]) -> Rows:
        """Rows of several sources, in their order."""
        batch: Rows = {
            "input_ids": torch.empty(len(rows), self.max_length, dtype=torch.int64),
            "loss_mask": torch.empty(len(rows), self.max_length, dtype=torch.bool),
            "document_ids": torch.empty(len(rows), self.max_length, dtype=torch.int32),
        }
        for source in sorted({name for name, _ in rows}):
            places = [i for i, (name, _) in enumerate(rows) if name == source]
            found = self.shards[source].rows([rows[i][1] for i in places])
            for name, tensor in batch.items():
                tensor[places] = torch.as_tensor(found[name])
        return batch

    def learning_rate(self, step: int) -> float:
        """Linear warm-up, then a cosine down to the minimum at the last step."""
        run = self.run
        warmup = max(1, round(run.warmup_share * self.num_steps))
        if step < warmup:
            return run.learning_rate * (step + 1) / warmup
        share = (step + 1 - warmup) / max(1, self.num_steps - warmup)
        low = run.min_learning_rate_share
        return run.learning_rate * (low + (1 - low) * 0.5 * (1 + math.cos(math.pi * share)))

    def evaluate(self) -> None:
        """The mean loss of each source's validation rows, in nats a scored token."""
        self.module.eval()
        losses = {}
        for source, (shard, count) in self.validation.items():
            size = self.run.micro_batch_rows
            num_batches = -(-self.procs.share_size(count) // size)
            total, tokens = sum_losses(
                self.module,
                shard,
                self.procs.mine(list(range(count))),
                batch_rows=size,
                device=self.procs.device,
                num_batches=num_batches,
            )
            total, tokens = self.procs.sum(total, tokens)  # type: ignore[assignment]
            if tokens:
                losses[source] = total / tokens
        self.module.train()
        self.reshard()
        evaluation = {"step": self.step, "tokens": self.tokens, "losses": losses}
        self.evaluations.append(evaluation)
        self.report("evaluation", evaluation)

    def reshard(self) -> None:
        """Drops gathered weights: FSDP keeps the root's after a forward pass without a backward pass."""
        for module in self.module.modules():
            if isinstance(module, FSDPModule):
                module.reshard()

    def save(self) -> None:
        record = {
            "identity": self.run.identity,
            "seconds": self.seconds,
            "step_seconds": self.step_seconds,
            "tokens": self.tokens,
            "scored_tokens": self.scored_tokens,
            "skipped": self.skipped,
            "skipped_in_a_row": self.skipped_in_a_row,
            "losses": self.losses,
            "evaluations": self.evaluations,
        }
        checkpoint.save(self.folder, self.step, record, self.module, self.optimizer, self.procs)

    def report(self, event: str, values: dict[str, Any]) -> None:
        if self.procs.first:
            progress.emit(event, self.folder / "progress.jsonl", run=self.run.name, **values)

    def step_values(self, window: deque[tuple[int, float]]) -> dict[str, Any]:
        return {
            "step": self.step,
            "num_steps": self.num_steps,
            "tokens": self.tokens,
            "loss": self.losses[-1],
            "learning_rate": self.learning_rate(self.step - 1),
            "tokens_per_second": round(sum(n for n, _ in window) / max(1e-9, sum(s for _, s in window)), 1),
            "skipped": self.skipped,
        }

    def write_output(self) -> None:
        """Writes `output/`: the checkpoint, validation.json, training.json; and timing.json beside it."""
        output = self.folder / "output"
        if self.procs.first:
            shutil.rmtree(output, ignore_errors=True)
            output.mkdir()
        checkpoint.export(self.module, Path(self.run.base), output / "hf", self.procs)
        if not self.procs.first:
            return
        known = [x for x in self.losses if x is not None]
        stride = max(1, math.ceil(self.num_steps / CURVE_POINTS))
        points = sorted({*range(0, self.num_steps, stride), self.num_steps - 1} - {-1})
        write_json(output / "validation.json", {"evaluations": self.evaluations})
        write_json(
            output / "training.json",
            {
                "run": self.run.name,
                "settings": self.run.settings(),
                "num_steps": self.num_steps,
                "tokens": self.tokens,
                "scored_tokens": self.scored_tokens,
                "skipped_steps": self.skipped,
                "skipped_rows": sum(len(self.plan.rows(i)) for i, loss in enumerate(self.losses) if loss is None),
                "first_loss": known[0] if known else None,
                "final_loss": known[-1] if known else None,
                "curve": [
                    {"step": i + 1, "loss": self.losses[i], "learning_rate": self.learning_rate(i)} for i in points
                ],
            },
        )
        speed = self.tokens / self.step_seconds if self.step_seconds else 0.0
        write_json(self.folder / "timing.json", {"seconds": self.seconds, "tokens_per_second": speed})
