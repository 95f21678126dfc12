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


def run(
    work: Callable[[Task], Result], tasks: Iterable[Task], *, workers: int, seconds: float
) -> Iterator[tuple[Task, Result | Failure]]:
    """Does `work` on every task in other processes; results come in the order in which they are ready.

    A task gets at most `seconds`. Only as many tasks are under way as there are workers, so memory does not
    grow with their number.
    """
    waiting = iter(tasks)
    busy: list[_Worker[Task, Result]] = []
    idle: list[_Worker[Task, Result]] = []
    try:
        while True:
            for task in islice(waiting, workers - len(busy)):
                busy.append(idle.pop() if idle else _Worker(work))
                busy[-1].give(task, seconds)
            if not busy:
                return
            soonest = max(0.0, min(worker.deadline for worker in busy) - time.monotonic())
            ready = wait([worker.pipe for worker in busy], timeout=soonest)
            for worker in [w for w in busy if w.pipe in ready or time.monotonic() >= w.deadline]:
                if worker.pipe in ready and worker.begins(seconds):
                    continue
                outcome = worker.outcome(worker.pipe in ready, seconds)
                busy.remove(worker)
                if isinstance(outcome, Failure):
                    worker.stop()
                else:
                    idle.append(worker)
                yield worker.task, outcome
    finally:
        for worker in busy + idle:
            worker.stop()


class _Worker(Generic[Task, Result]):
    task: Task

    def __init__(self, work: Callable[[Task], Result]) -> None:
        self.pipe, other = _CONTEXT.Pipe()
        self.process = _CONTEXT.Process(target=_serve, args=(work, other), daemon=True)
        with _interrupts_held():
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
            pipe.send(work(pipe.recv()))
    except (EOFError, BrokenPipeError):
        pass  # the parent is gone


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
