"""Work on many things at once: by the processes of this machine, or by those of a cluster."""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from linnet_train.workers import pool
from linnet_train.workers.pool import Failure

__all__ = ["Failure", "Workers"]

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Workers:
    """Who does the work."""

    processes: int
    """Of this machine, where there is no cluster."""

    scheduler: str | None = None
    """Address of a Dask scheduler whose workers do it instead, such as tcp://host:8786."""

    seconds: float = 600.0
    """That a task gets at most; then it has failed."""

    @classmethod
    def here(cls) -> "Workers":
        """All cores of this machine."""
        return cls(os.cpu_count() or 1)

    def check(self) -> None:
        """TrainError where nothing answers at the address of the scheduler; to be called before the work."""
        if self.scheduler is not None:
            from linnet_train.workers import cluster  # Dask is an extra, and takes a second to import

            cluster.check(self.scheduler)

    def run(
        self, work: Callable[[Task], Result], tasks: Iterable[Task], *, together: int = 16
    ) -> Iterator[tuple[Task, Result | Failure]]:
        """Does `work` on every task; results come in the order in which they are ready.

        A task that hangs or kills its process costs its own result and nothing else, here and there.

        Args:
            work: done on every task; it is pickled, and so is what it returns.
            tasks: taken as workers become free.
            together: tasks that travel together to a worker of a cluster.

        Raises:
            TrainError: there is no such scheduler, or its workers have another linnet.
        """
        if self.scheduler is None:
            yield from pool.run(work, tasks, workers=self.processes, seconds=self.seconds)
            return
        from linnet_train.workers import cluster

        yield from cluster.run(work, tasks, scheduler=self.scheduler, seconds=self.seconds, together=together)
