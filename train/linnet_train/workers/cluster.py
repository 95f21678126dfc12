"""Work on a cluster: Dask carries tasks to its workers, and does again what a lost worker leaves undone.

Each worker does them in a process of its own, as one machine does (`pool`), so that a file that hangs or
crashes is named and costs nobody else anything.
"""

import hashlib
import logging
import pickle
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import linnet
import linnet_train
from linnet import core
from linnet_train.errors import TrainError
from linnet_train.workers.pool import Failure, Pool

Task = TypeVar("Task")
Result = TypeVar("Result")

ANSWERS_SECONDS = 10
"""In which a scheduler must answer."""

ARRIVES_SECONDS = 60
"""In which its first worker must be there."""

AHEAD = 3
"""Batches for each thread of the workers, done or waiting: nobody waits for the next one, and only so many
results are in memory.
"""


@dataclass(frozen=True, slots=True)
class _Job:
    """What a worker has to know, besides its tasks."""

    work: bytes
    """The function, pickled."""

    seconds: float
    sources: str
    """Of the client; see `_sources`."""


def run(
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
    *,
    scheduler: str,
    seconds: float,
    together: int,
) -> Iterator[tuple[Task, Result | Failure]]:
    """Does `work` on every task by the workers of a scheduler; results come as they are ready.

    Args:
        work: done on every task; it is pickled, and so is what it returns.
        tasks: taken as workers become free.
        scheduler: its address, such as tcp://host:8786.
        seconds: that a task gets at most.
        together: tasks in one batch. A worker that is lost costs its batches, which others do again.

    Raises:
        TrainError: there is no such scheduler, it goes away, or its workers have another linnet.
    """
    with _connected(scheduler) as client:
        # A task of its own: it may hold a model, which travels once to each worker, and again if it is lost.
        work_there = pickle.dumps(work)
        job = client.submit(_Job, work_there, seconds, _sources(), pure=False)
        waiting = _batches(tasks, together)
        completed, under_way = _dask().as_completed(loop=client.loop), {}

        def submit(batch: Sequence[Task]) -> None:
            future = client.submit(_do, job, batch, pure=False)
            under_way[future.key] = batch
            completed.add(future)

        def fill() -> None:
            threads = sum(client.nthreads().values())
            for batch in islice(waiting, max(1, AHEAD * threads - len(under_way))):
                submit(batch)

        try:
            fill()
            for future in completed:
                batch = under_way.pop(future.key)
                error = _trouble(future, scheduler)
                if error is None:
                    yield from future.result()
                elif len(batch) > 1:  # one of them killed its workers: which?
                    for task in batch:
                        submit([task])
                else:
                    yield batch[0], Failure(error)
                future.release()
                fill()
        except (OSError, CancelledError) as error:
            raise _gone(scheduler) from error
        finally:
            with suppress(OSError):  # of a scheduler that is gone there is nothing to tidy up
                client.cancel([*completed.futures])
                if client.status == "running":
                    client.run(_release, work_there, on_error="ignore")


def check(scheduler: str) -> None:
    """TrainError where nothing answers at the address of a scheduler."""
    _dask()
    parts = urlsplit(scheduler)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:  # a port that is no number
        host, port = None, None
    if not host or not port:
        raise TrainError(f"--scheduler {scheduler}: an address is such as tcp://host:8786")
    try:
        socket.create_connection((host, port), timeout=ANSWERS_SECONDS).close()
    except OSError as error:
        raise TrainError(
            f"no scheduler answers at {scheduler} ({error.strerror or error}): `dask scheduler` starts one, "
            f"and `dask worker {scheduler}` a worker"
        ) from error


@contextmanager
def _connected(scheduler: str) -> Iterator[Any]:  # Any: Dask's client, which has no types
    distributed = _dask()
    for name in [name for name in logging.root.manager.loggerDict if name.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # its trouble is ours to tell, in one line
    try:
        client = distributed.Client(scheduler, timeout=ANSWERS_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise TrainError(
            f"what answers at {scheduler} is no Dask scheduler of this version: {error}"
        ) from error
    try:
        client.wait_for_workers(1, timeout=ARRIVES_SECONDS)
        yield client
    except TimeoutError as error:
        raise TrainError(
            f"the scheduler at {scheduler} has no workers: `dask worker {scheduler}` starts one"
        ) from error
    finally:
        client.close(timeout=ANSWERS_SECONDS)


def _dask() -> Any:  # Any: it has no types
    try:
        import distributed
    except ImportError as error:
        raise TrainError("--scheduler needs Dask: pip install 'linnet-train[cluster]'") from error
    return distributed


def _trouble(future: Any, scheduler: str) -> str | None:  # Any: a future of Dask's
    """Why a batch has no results though it may be tried again in parts; None where it has them.

    Raises:
        TrainError: no other try would help.
    """
    if future.status == "finished":
        return None
    if future.status in ("cancelled", "lost"):
        raise _gone(scheduler)
    error = future.exception()
    if isinstance(error, TrainError):
        raise error
    if isinstance(error, _dask().KilledWorker):
        return "the workers that read it died, one after the other"
    raise TrainError(
        f"a worker of {scheduler} has no linnet-train that understands this one ({type(error).__name__}: "
        f"{error}); install the same there"
    )


def _gone(scheduler: str) -> TrainError:
    return TrainError(
        f"the scheduler at {scheduler} is gone; the same command goes on when it is there again"
    )


def _batches(tasks: Iterable[Task], size: int) -> Iterator[list[Task]]:
    waiting = iter(tasks)
    while batch := list(islice(waiting, size)):
        yield batch


# On the workers

_POOLS: dict[int, tuple[bytes, Pool[Any, Any]]] = {}  # Any: the tasks of whatever job
"""The process of each thread, and the work that it does. They are kept from one batch to the next."""


def _do(job: _Job, batch: Sequence[Any]) -> list[tuple[Any, Any]]:  # Any: likewise
    if _sources() != job.sources:
        raise TrainError(
            f"a worker on {socket.gethostname()} has another linnet than this machine: install the same one "
            "there, and start the worker again"
        )
    thread = threading.get_ident()
    work, pool = _POOLS.get(thread, (b"", None))
    if pool is None or work != job.work:
        if pool:
            pool.close()
        pool = Pool(pickle.loads(job.work), workers=1, seconds=job.seconds)
        _POOLS[thread] = job.work, pool
    return list(pool.run(batch))


def _release(work: bytes) -> None:
    """Ends the processes that do this work."""
    for thread, (own, pool) in [*_POOLS.items()]:
        if own == work:
            del _POOLS[thread]
            pool.close()


@cache
def _sources() -> str:
    """Hash of linnet's and linnet-train's Python files, and of what linnet's library was compiled from, where
    tokens and pieces are made: results of another version would not be the same.
    """
    found = hashlib.sha256(core.sources().encode())
    for package in (linnet, linnet_train):
        top = Path(str(package.__file__)).parent
        for path in sorted(top.rglob("*.py")):
            found.update(path.relative_to(top).as_posix().encode())
            found.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()
