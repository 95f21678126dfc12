"""Streams among threads and processes: one caller at a time, forks, copies, and the end of the program."""

from __future__ import annotations

import copy
import os
import pickle
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import linnet
from tests.runtime.streams import PERFORMED, TINY, even, listen

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no forks")


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


def in_threads(count: int, call: Callable[[int], None]) -> None:
    """All at once; what one of them raises is raised here."""
    errors: list[BaseException] = []

    def run(i: int) -> None:
        try:
            call(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    if errors:
        raise errors[0]


# ---- threads ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("worker", [False, True])
def test_four_threads_on_one_stream_hear_its_music_once(model: linnet.Model, worker: bool) -> None:
    expected = [note.pitch for note in even(model).advance(80.0, budget=None, skip_after=80)]
    heard: list[int] = []
    with even(model, worker=worker) as stream:

        def play(i: int) -> None:
            for turn in range(100):
                stream.prepare()
                taken = stream.advance(0.2, budget=None)
                heard.extend(note.pitch for note in taken)
                if turn % 10 == i:
                    stream.save()
                    assert stream.fork().seconds >= 0

        in_threads(4, play)
        assert stream.seconds == pytest.approx(80.0)

    if not worker:
        assert stream.repeated == 0
    if not stream.repeated:  # a worker may come too late where four threads do not wait for one another
        assert sorted(heard) == sorted(expected)


@pytest.mark.parametrize("worker", [False, True])
def test_threads_may_do_anything_to_one_stream(model: linnet.Model, worker: bool) -> None:
    with even(model, form="AAB", worker=worker) as stream:

        def use(i: int) -> None:
            dice = random.Random(i)
            calls: list[Callable[[], Any]] = [
                lambda: stream.advance(dice.uniform(0, 0.5), budget=None),
                lambda: stream.advance(0.01),
                lambda: stream.wish(
                    density=dice.choice([None, 2, 6]), at=dice.choice(["bar", "beat", "now"])
                ),
                lambda: stream.restrict(pitch_range=dice.choice([None, (50, 80)])),
                stream.save,
                stream.fork,
                stream.prepare,
                lambda: (stream.seconds, stream.repeated, stream.full, stream.interventions),
            ]
            for _ in range(150):
                dice.choice(calls)()

        in_threads(4, use)
        other = model.restore(stream.save())
        for each in (stream, other):
            each.prepare()
        assert other.advance(1.0) == stream.advance(1.0)


def test_every_second_is_counted_once(model: linnet.Model) -> None:
    stream = even(model)
    stream.prepare()
    in_threads(4, lambda _: [stream.advance(1 / 64, budget=0) for _ in range(2000)] and None)
    assert stream.seconds == 4 * 2000 / 64


def test_a_call_in_the_midst_of_another_is_one_clear_error(model: linnet.Model) -> None:
    stream, said = even(model, ahead=200), []

    def ring(*_: object) -> None:
        try:
            stream.save()
        except RuntimeError as error:
            said.append(str(error))

    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.02)
        stream.prepare()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert len(said) == 1
    assert "in the midst of a call of its own" in said[0]
    assert listen(stream, 5) == listen(even(model), 5)


# ---- processes --------------------------------------------------------------------------------------------


def in_child(call: Callable[[], bool]) -> bool:
    """Whether it is so in the child of a fork; it has 30 seconds."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks with threads: that is the point
        pid = os.fork()
    if not pid:
        good = False
        try:
            signal.alarm(30)
            good = call()
        finally:
            os._exit(0 if good else 1)
    return os.waitpid(pid, 0)[1] == 0


def when_full(stream: linnet.Stream) -> linnet.Stream:
    until = time.monotonic() + 20
    while not stream.full:
        assert time.monotonic() < until, "the worker does not work"
        time.sleep(0.001)
    return stream


def bars(stream: linnet.Stream) -> list[int]:
    """Ten bars; there must be somebody to compose them."""
    return [note.pitch for _ in range(10) for note in when_full(stream).advance(2.0, budget=0)]


@forks
def test_after_a_fork_there_are_two_workers(model: linnet.Model) -> None:
    expected = [note.pitch for note in even(model).advance(20.0, budget=None)]
    for pause in (0.0, 0.0005, 0.002, 0.05):  # in the midst of a bar, or at rest
        with even(model, worker=True) as stream:
            time.sleep(pause)
            assert in_child(lambda stream=stream: bars(stream) == expected)  # type: ignore[misc]
            assert bars(stream) == expected
            assert stream.repeated == 0


@forks
def test_a_fork_while_other_threads_play(model: linnet.Model) -> None:
    stream, done = even(model), threading.Event()

    def play() -> None:
        while not done.is_set():
            stream.prepare()
            stream.advance(0.3)
            stream.save()

    thread = threading.Thread(target=play)
    thread.start()
    try:
        for _ in range(10):
            assert in_child(lambda: len(stream.advance(4.0, budget=None)) > 0 and len(stream.save()) > 0)
            time.sleep(0.01)
    finally:
        done.set()
        thread.join()


ENDS = {
    "a stream that saves itself": """
        class Game:
            def __init__(self):
                self.stream = model.stream(seed=1, worker=True, ahead=1000)
            def __del__(self):
                print(len(self.stream.save()) > 0, len(self.stream.advance(1.0, budget=None)) >= 0)
        game = Game()
        game.cycle = game
        """,
    "at exit, before linnet ends": """
        import atexit
        stream = model.stream(seed=1, worker=True, ahead=1000)
        atexit.register(lambda: print(len(stream.save()) > 0, stream.seconds == 0))
        """,
    "a worker that begins at exit": """
        model.stream(seed=1)  # imports what streams are made of, which a program at its end cannot
        class Late:
            def __del__(self):
                stream = model.stream(seed=1, worker=True)
                stream.prepare()
                print(stream.full, len(stream.advance(1.0)) >= 0)
        late = Late()
        """,
    "a first stream at exit": """
        class Late:
            def __del__(self):
                try:
                    model.stream(seed=1)
                except RuntimeError as error:  # not: sys.meta_path is None
                    print(*[str(error).endswith("cannot begin while the program ends")] * 2)
        late = Late()
        """,
    "a thread that plays for ever": """
        import threading
        stream = model.stream(seed=1, ahead=1000)
        def play():
            while True:
                stream.advance(0.1, budget=None)
        threading.Thread(target=play, daemon=True).start()
        print(True, True, flush=True)
        time.sleep(0.1)
        """,
}


@pytest.mark.parametrize("name", ENDS)
def test_the_program_ends(name: str) -> None:
    script = f"import linnet, time\nmodel = linnet.load({str(TINY)!r})\n" + textwrap.dedent(ENDS[name])
    for _ in range(3):
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "True True\n", "")


# ---- copies -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda stream: pickle.loads(pickle.dumps(stream))],
    ids=["copy", "deepcopy", "pickle"],
)
@pytest.mark.parametrize("worker", [False, True])
def test_a_copy_goes_its_own_way(model: linnet.Model, copied: Callable[[Any], Any], worker: bool) -> None:
    with even(model, worker=worker) as stream:
        stream.prepare()
        stream.advance(1.0)
        stream.wish(density=2)
        other = copied(stream)
        assert other._worker is None
        expected = listen(stream.fork(), 10)
        stream.restrict(pitch_range=(72, 83))
        stream.prepare()
        assert listen(other, 10) == expected


def test_a_stream_that_is_read_can_be_copied(model: linnet.Model) -> None:
    stream = model.stream(seed=3)
    stream.tokens(50)
    assert (
        copy.copy(stream).tokens(100) == pickle.loads(pickle.dumps(stream)).tokens(100) == stream.tokens(100)
    )


def test_a_model_is_pickled_by_its_name_or_path(model: linnet.Model, tmp_path: Path) -> None:
    packaged = linnet.load(PERFORMED)
    assert len(pickle.dumps(packaged)) < 500
    assert pickle.loads(pickle.dumps(packaged)).file == packaged.file
    assert copy.deepcopy(model) is copy.copy(model) is model

    moved = tmp_path / "mine.onnx"
    shutil.copy(TINY, moved)
    streams = [linnet.load(moved).stream(seed=1)] * 2
    kept = pickle.dumps(streams)
    first, second = pickle.loads(kept)
    assert first is second
    moved.unlink()
    with pytest.raises(FileNotFoundError, match=r"mine\.onnx"):
        pickle.loads(kept)
    shutil.copy(packaged.file, moved)
    with pytest.raises(linnet.ModelError, match="not the model that was pickled"):
        pickle.loads(kept)


def test_who_waited_while_another_filled_up_composes_nothing(model: linnet.Model) -> None:
    """Time that passes while a segment too many is composed would look like a slow machine."""
    stream = model.stream(seed=3)
    stream.prepare()
    player = stream._player
    filled = player.timeline

    player.desk.run(player.compose_ahead)
    assert player.timeline is filled
    stream.advance(9, budget=None)
    assert not player.full
    player.desk.run(player.compose_ahead)
    assert len(player.timeline.segments) > 0
    assert player.timeline.place is not filled.place
