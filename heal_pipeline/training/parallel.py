"""Processes and the model sharded over them: process group, mesh, FSDP2, sums over processes.

One engine from one CPU process to many GPUs: a mesh of replicate × shard processes (hybrid sharding). The weights are
sharded along `shard` and copied along `replicate`, so that the traffic of every layer stays inside a node.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from heal_pipeline.training.run import TrainingRun

if TYPE_CHECKING:
    import torch
    from torch import nn
    from torch.distributed.device_mesh import DeviceMesh

TIMEOUT = timedelta(minutes=10)
"""A collective that waits longer than this has lost a process: shorter than the default of torch, so that a hang ends."""


@dataclass(frozen=True)
class Processes:
    """This process among those of the run."""

    rank: int
    world: int
    device: "torch.device"
    mesh: "DeviceMesh"

    @property
    def first(self) -> bool:
        return self.rank == 0

    def mine(self, items: list[Any]) -> list[Any]:
        """This process's share of a step's rows: every world-th, so that the step is the same whatever the world."""
        return items[self.rank :: self.world]

    def share_size(self, count: int) -> int:
        """The largest share of `count` rows that a process has."""
        return -(-count // self.world)

    def sum(self, *values: float) -> list[float]:
        """Each value summed over the processes, in float64."""
        import torch
        import torch.distributed as dist

        tensor = torch.tensor(values, dtype=torch.float64, device=self.device)
        if self.world > 1:
            dist.all_reduce(tensor)
        return tensor.tolist()  # type: ignore[no-any-return]

    def barrier(self) -> None:
        import torch.distributed as dist

        if self.world > 1:
            dist.barrier()


@contextmanager
def processes(run: TrainingRun) -> Iterator[Processes]:
    """Joins the run's processes, which torchrun has started: nccl on GPUs, gloo on CPUs."""
    import torch
    import torch.distributed as dist
    from torch.distributed.device_mesh import init_device_mesh

    kind = "cuda" if torch.cuda.is_available() else "cpu"
    device = torch.device(kind, int(os.environ["LOCAL_RANK"])) if kind == "cuda" else torch.device("cpu")
    if kind == "cuda":
        torch.cuda.set_device(device)
    torch.set_num_threads(run.threads)
    # A CPU group beside nccl: the checkpoint's plans are exchanged over it.
    backend = "cpu:gloo,cuda:nccl" if kind == "cuda" else "gloo"
    dist.init_process_group(backend, timeout=TIMEOUT)
    rank, world = dist.get_rank(), dist.get_world_size()
    try:
        mesh = init_device_mesh(
            kind, (world // run.shard_degree, run.shard_degree), mesh_dim_names=("replicate", "shard")
        )
        yield Processes(rank, world, device, mesh)
    finally:
        dist.destroy_process_group()


def shard(module: "nn.Module", run: TrainingRun, mesh: "DeviceMesh") -> None:
    """Shards a `ScoredLoss` in place: each decoder layer for itself, the rest (embeddings, output layer) as one."""
    import torch
    from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

    policy = MixedPrecisionPolicy()
    if run.dtype == "bfloat16":
        policy = MixedPrecisionPolicy(param_dtype=torch.bfloat16, reduce_dtype=torch.float32)
    layer_names = set(module.model._no_split_modules or [])  # type: ignore[union-attr,arg-type]
    for layer in [m for m in module.modules() if type(m).__name__ in layer_names]:
        fully_shard(layer, mesh=mesh, mp_policy=policy)
    fully_shard(module, mesh=mesh, mp_policy=policy)
