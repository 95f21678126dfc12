"""A task that hangs or kills its process costs itself and nothing else."""

import errno
import multiprocessing
import os
import time
from collections.abc import Iterator

import pytest

from linnet_train.workers import pool


def square(task: int) -> int:
    if task == 13:
        time.sleep(600)
    if task == 7:
        os._exit(9)
    return task * task


def test_every_task_comes_back_once() -> None:
    assert dict(pool.run(square, range(6), workers=2, seconds=60)) == {i: i * i for i in range(6)}


def test_a_task_that_hangs_is_given_up_and_the_others_are_done() -> None:
    start = time.monotonic()
    found = dict(pool.run(square, [13, *range(5)], workers=2, seconds=2))
    assert found.pop(13) == pool.Failure("not done after 2 s")
    assert found == {i: i * i for i in range(5)}
    assert time.monotonic() - start < 60


def test_a_task_that_kills_its_process_is_named_and_the_others_are_done() -> None:
    found = dict(pool.run(square, [1, 7, 2, 3], workers=1, seconds=60))
    assert found.pop(7) == pool.Failure("the process that read it died (exit code 9)")
    assert found == {1: 1, 2: 4, 3: 9}


def written(task: int) -> int:
    if task == 7:
        raise OSError(errno.ENOSPC, "No space left on device", "model.onnx")
    return task


def test_a_disk_that_is_full_costs_its_task_and_says_so() -> None:
    found = dict(pool.run(written, [1, 7, 2], workers=1, seconds=60))
    assert found.pop(7) == pool.Failure("No space left on device: model.onnx")
    assert found == {1: 1, 2: 2}


def test_tasks_are_taken_only_when_a_worker_is_free() -> None:
    taken = 0

    def tasks() -> Iterator[int]:
        nonlocal taken
        for i in range(6):
            taken += 1
            yield i

    for done, _ in enumerate(pool.run(square, tasks(), workers=2, seconds=60), 1):
        assert taken <= done + 2


def test_a_worker_has_its_next_task_before_its_result_is_looked_at() -> None:
    taken = list[int]()
    running = pool.run(square, (taken.append(i) or i for i in range(3)), workers=1, seconds=60)
    next(running)
    assert taken == [0, 1]
    assert len(list(running)) == 2


def test_no_tasks_are_no_work() -> None:
    assert list(pool.run(square, [], workers=2, seconds=1)) == []


def test_workers_are_gone_when_the_caller_stops_early() -> None:
    others = set(multiprocessing.active_children())
    running = pool.run(square, range(100), workers=2, seconds=60)
    next(running)
    processes = set(multiprocessing.active_children()) - others
    assert any(process.is_alive() for process in processes)
    running.close()  # type: ignore[attr-defined]
    assert not any(process.is_alive() for process in processes)


@pytest.mark.parametrize("workers", [1, 3])
def test_the_number_of_workers_changes_no_result(workers: int) -> None:
    assert dict(pool.run(square, range(9), workers=workers, seconds=60)) == {
        i: (i * i) for i in range(9) if i != 7
    } | {7: pool.Failure("the process that read it died (exit code 9)")}
