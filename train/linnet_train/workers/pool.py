"""Worker processes that survive bad files: one that hangs or dies costs its file and nothing else."""

import multiprocessing as mp
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

_CONTEXT = mp.get_context("spawn")
"""Fork would copy whatever threads and locks the caller has."""

START_SECONDS = 120.0
"""A new process may take this long to begin on a busy machine; only then does its first task's time run."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a task has no result."""

    reason: str


class Pool(Generic[Task, Result]):
    """Processes that do `work`, and are kept from one run to the next."""

    def __init__(self, work: Callable[[Task], Result], *, workers: int, seconds: float) -> None:
        """So many processes, which are started when there is something to do.

        Args:
            work: done on every task; it is pickled.
            workers: processes.
            seconds: that a task gets at most.
        """
        self._work, self._workers, self._seconds = work, workers, seconds
        self._busy: list[_Worker[Task, Result]] = []
        self._idle: list[_Worker[Task, Result]] = []

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result | Failure]]:
        """Does the work on every task; results come in the order in which they are ready.

        Only as many tasks are under way as there are workers, so memory does not grow with their number.
        """
        waiting, busy, idle, seconds = iter(tasks), self._busy, self._idle, self._seconds

        def give_out() -> None:
            for task in islice(waiting, self._workers - len(busy)):
                busy.append(idle.pop() if idle else _Worker(self._work))
                busy[-1].give(task, seconds)

        give_out()
        while busy:
            soonest = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
            ready = wait([worker.pipe for worker in busy], timeout=soonest)
            for worker in [w for w in busy if w.pipe in ready or time.monotonic() >= w.deadline]:
                if worker.pipe in ready and worker.begins(seconds):
                    continue
                task, outcome = worker.task, worker.outcome(worker.pipe in ready, seconds)
                busy.remove(worker)
                if isinstance(outcome, Failure):
                    worker.stop()
                else:
                    idle.append(worker)
                give_out()  # before the caller has looked at the result, which may take a while
                yield task, outcome

    def close(self) -> None:
        """Ends the processes, whatever they do."""
        for worker in self._busy + self._idle:
            worker.stop()
        self._busy, self._idle = [], []


def run(
    work: Callable[[Task], Result], tasks: Iterable[Task], *, workers: int, seconds: float
) -> Iterator[tuple[Task, Result | Failure]]:
    """Does `work` on every task in other processes; results come in the order in which they are ready.

    Args:
        work: done on every task; it is pickled.
        tasks: taken when a process is free.
        workers: processes.
        seconds: that a task gets at most.
    """
    pool = Pool(work, workers=workers, seconds=seconds)
    try:
        yield from pool.run(tasks)
    finally:
        pool.close()


class _Worker(Generic[Task, Result]):
    task: Task

    def __init__(self, work: Callable[[Task], Result]) -> None:
        self.pipe, other = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(work, other), daemon=True)
        with _interrupts_held(), _as_a_parent():
            self.process.start()
        self.begun = False
        other.close()

    def give(self, task: Task, seconds: float) -> None:
        self.task = task
        self.deadline = time.monotonic() + (seconds if self.begun else START_SECONDS)
        try:
            self.pipe.send(task)
        except OSError:  # it died while idle; outcome() finds out
            self.deadline = time.monotonic()

    def begins(self, seconds: float) -> bool:
        """Whether what there is to read says only that the process is here; its task's time begins now."""
        if self.begun:
            return False
        self.begun = True
        try:
            self.pipe.recv()
        except (EOFError, OSError):  # it died before; outcome() finds out
            return False
        self.deadline = time.monotonic() + seconds
        return True

    def outcome(self, ready: bool, seconds: float) -> Result | Failure:
        if not ready and self.process.is_alive():
            return Failure(f"not done after {seconds:g} s")
        try:
            result: Result = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            return Failure(f"the process that read it died (exit code {self.process.exitcode})")
        return result

    def stop(self) -> None:
        self.process.kill()
        self.process.join()
        self.pipe.close()


def _serve(work: Callable[[Task], Result], pipe: Connection) -> None:
    try:
        pipe.send(None)  # here; see begins()
        while True:
            pipe.send(_outcome(work, pipe.recv()))
    except (EOFError, OSError):
        pass  # the parent is gone


def _outcome(work: Callable[[Task], Result], task: Task) -> Result | Failure:
    try:
        return work(task)
    except OSError as error:  # the disk is full, say
        place = f": {error.filename}" if error.filename else ""
        return Failure(f"{error.strerror or error}{place}")


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C is for the parent, which stops its workers; they inherit that it is blocked."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _as_a_parent() -> Iterator[None]:
    """Workers of a cluster are daemons, to which multiprocessing denies children. Ours end by themselves when
    their pipe is closed.
    """
    settings = mp.current_process()._config  # type: ignore[attr-defined]  # there is no public way
    before = settings.pop("daemon", None)
    try:
        yield
    finally:
        if before is not None:
            settings["daemon"] = before
