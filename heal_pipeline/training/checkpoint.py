"""What a run writes of its weights: states to resume from, at any number of processes, and the Hugging Face export."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heal_pipeline.lake import write_json
from heal_pipeline.training.run import TrainingRun

if TYPE_CHECKING:
    import torch
    from torch import nn

    from heal_pipeline.training.parallel import Processes

EXPORT_BYTES = 4 * 2**30
"""Largest file of an export; also what the first process holds of it in memory."""


def resumable(run: TrainingRun) -> tuple[Path, dict[str, Any]] | None:
    """The state that a run may go on from: the last one, if it is of the same rows, base and settings."""
    found = latest(Path(run.folder))
    return found if found and found[1]["identity"] == run.identity else None


def latest(folder: Path) -> tuple[Path, dict[str, Any]] | None:
    """The last whole state of a run folder and its record (`state.json`, which is written last)."""
    found = [
        (p, json.loads((p / "state.json").read_text())) for p in folder.glob("state-*") if (p / "state.json").exists()
    ]
    return max(found, key=lambda item: item[1]["step"]) if found else None


def discard(folder: Path, keep: Path | None = None) -> None:
    """Removes the states of a run folder, half-written ones included."""
    for path in [*folder.glob("state-*"), *folder.glob(".state-*")]:
        if path != keep:
            shutil.rmtree(path, ignore_errors=True)


def save(
    folder: Path,
    step: int,
    record: dict[str, Any],
    module: "nn.Module",
    optimizer: "torch.optim.Optimizer",
    procs: "Processes",
) -> None:
    """Saves weights and optimizer as `state-<step>`, each process its own part; older states go when it is whole."""
    import torch.distributed.checkpoint as dcp
    from torch.distributed.checkpoint.state_dict import get_state_dict

    model_state, optimizer_state = get_state_dict(module, optimizer)
    temporary, place = folder / f".state-{step}", folder / f"state-{step}"
    dcp.save({"model": model_state, "optimizer": optimizer_state}, checkpoint_id=temporary)
    procs.barrier()
    if procs.first:
        write_json(temporary / "state.json", {"step": step, **record})
        shutil.rmtree(place, ignore_errors=True)
        temporary.replace(place)
        discard(folder, keep=place)
    procs.barrier()


def restore(state: Path, module: "nn.Module", optimizer: "torch.optim.Optimizer") -> None:
    """Loads a state in place; the number of processes may differ from that of the saving run."""
    import torch.distributed.checkpoint as dcp
    from torch.distributed.checkpoint.state_dict import get_state_dict, set_state_dict

    model_state, optimizer_state = get_state_dict(module, optimizer)
    values: dict[str, Any] = {"model": model_state, "optimizer": optimizer_state}
    dcp.load(values, checkpoint_id=state)
    set_state_dict(module, optimizer, model_state_dict=values["model"], optim_state_dict=values["optimizer"])


def export(module: "nn.Module", base: Path, target: Path, procs: "Processes") -> None:
    """Writes the weights as a Hugging Face folder, with the base's tokenizer and configuration.

    One tensor after the other is brought together, so that no process holds the whole model.

    Args:
        module: a `ScoredLoss`, sharded or not.
        base: the folder the run started from.
        target: a folder that is not there; every process calls, the first writes.
    """
    from torch.distributed.tensor import DTensor

    files = _Files(target)
    if procs.first:
        shutil.copytree(
            base, target, ignore=shutil.ignore_patterns("*.safetensors", "*.safetensors.index.json", "*.bin")
        )
    # named_parameters gives tied weights once, under the name that transformers saves.
    for name, parameter in sorted(module.model.named_parameters()):  # type: ignore[union-attr,operator]
        whole = parameter.full_tensor() if isinstance(parameter, DTensor) else parameter
        if procs.first:
            files.add(name, whole.detach().cpu().contiguous())
    if procs.first:
        files.close()
    procs.barrier()


class _Files:
    """The safetensors files of an export: each at most EXPORT_BYTES, named when their number is known."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held: dict[str, torch.Tensor] = {}
        self.written: list[list[str]] = []
        self.total = 0

    def add(self, name: str, tensor: "torch.Tensor") -> None:
        if self.held and sum(t.nbytes for t in self.held.values()) + tensor.nbytes > EXPORT_BYTES:
            self.flush()
        self.held[name] = tensor
        self.total += tensor.nbytes

    def flush(self) -> None:
        from safetensors.torch import save_file

        save_file(self.held, self._part(len(self.written)), metadata={"format": "pt"})
        self.written.append(list(self.held))
        self.held = {}

    def close(self) -> None:
        self.flush()
        count = len(self.written)
        if count == 1:
            self._part(0).rename(self.folder / "model.safetensors")
            return
        places: dict[str, str] = {}
        for i, names in enumerate(self.written):
            final = f"model-{i + 1:05d}-of-{count:05d}.safetensors"
            self._part(i).rename(self.folder / final)
            places |= dict.fromkeys(names, final)
        index = {"metadata": {"total_size": self.total}, "weight_map": places}
        write_json(self.folder / "model.safetensors.index.json", index)

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number}.safetensors"
