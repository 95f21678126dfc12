"""Training by several processes, as `torchrun` starts them: each reads some of the lanes of every batch.

All take the same step: what they add up (gradients, losses, counts) is what one process would have got of the
whole batch. Without torchrun there is one rank, and nothing to add up.
"""

import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import Tensor, distributed, nn

from linnet_train.errors import TrainError

T = TypeVar("T")


@contextmanager
def together() -> Iterator[None]:
    """While ranks train; at its end they part."""
    try:
        yield
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()


@dataclass(frozen=True, slots=True)
class Ranks:
    """The processes that train together, and which of them this is."""

    rank: int = 0
    size: int = 1
    local: int = 0
    """Of this machine's; its GPU, where there is one."""

    @classmethod
    def here(cls, device: str) -> "Ranks":
        """Those that torchrun started; they find each other here.

        Args:
            device: `device` of the run; it decides how they talk, by NCCL or gloo.
        """
        size = int(os.environ.get("WORLD_SIZE", "1"))
        if size == 1 or "RANK" not in os.environ:
            return cls()
        cuda = device != "cpu" and torch.cuda.is_available()
        local = int(os.environ.get("LOCAL_RANK", "0"))
        if cuda and local >= torch.cuda.device_count():
            raise TrainError(
                f"rank {local} has no GPU: there are {torch.cuda.device_count()}, so that many "
                "--nproc-per-node at most, or --device cpu"
            )
        if cuda:
            torch.cuda.set_device(local)
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if cuda else "gloo")
        return cls(int(os.environ["RANK"]), size, local)

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and speaks."""
        return self.rank == 0

    def part(self, count: int) -> slice:
        """Which of so many lanes or rows are this rank's; all ranks have about as many."""
        return slice(self.rank * count // self.size, (self.rank + 1) * count // self.size)

    def parallel(self, network: nn.Module) -> nn.Module:
        """The network, whose gradients become the mean of all ranks' as it is trained."""
        if self.size == 1:
            return network
        with warnings.catch_warnings(action="ignore", category=FutureWarning):
            # The name of today; PyTorch is about to have another one.
            return nn.parallel.DistributedDataParallel(network, broadcast_buffers=False)

    def sums(self, numbers: Sequence[float], device: torch.device) -> list[float]:
        """The numbers, each added up over the ranks."""
        if self.size == 1:
            return list(numbers)
        together = torch.tensor(numbers, dtype=torch.float64, device=device)
        distributed.all_reduce(together)
        return list(together.tolist())

    def before_and_all(self, number: int, device: torch.device) -> tuple[int, int]:
        """The sum of the ranks before this one, and the sum of all."""
        if self.size == 1:
            return 0, number
        every = torch.zeros(self.size, dtype=torch.int64, device=device)
        every[self.rank] = number
        distributed.all_reduce(every)
        found = every.tolist()
        return sum(found[: self.rank]), sum(found)

    def gather(self, value: T) -> list[T]:
        """What each rank has, in their order."""
        if self.size == 1:
            return [value]
        every: list[Any] = [None] * self.size
        distributed.all_gather_object(every, value)
        return every

    def joined(self, mine: Tensor, dim: int) -> Tensor:
        """The parts of all ranks, one after the other along a dimension; on the CPU."""
        return torch.cat([part.cpu() for part in self.gather(mine.detach().cpu())], dim=dim)

    def named(self, text: str) -> str:
        """A line of a log, which says whose it is."""
        return text if self.size == 1 else f"[rank {self.rank} of {self.size}] {text}"
