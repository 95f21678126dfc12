"""Streams: heard in time, the same music at any speed, many at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import linnet
from linnet.stream import player
from linnet.tokens import codec
from linnet.tokens.vocabulary import FAMILIES
from tests.runtime.streams import TINY, Heard, listen

BAR = FAMILIES["bar"].first


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


# ---- the music --------------------------------------------------------------------------------------------


def test_it_is_the_music_of_the_tokens(model: linnet.Model) -> None:
    tokens = model.stream(seed=3).tokens(4000)
    ends = [i for i, token in enumerate(tokens) if token == BAR]
    score = codec.decode(tokens[: ends[-1]])
    written = sorted(
        (round(score.seconds(n.onset), 6), n.pitch, n.velocity) for t in score.tracks for n in t.notes
    )
    length = score.seconds(score.end)
    heard = listen(model.stream(seed=3), length - 0.001)

    assert sorted((onset, pitch, velocity) for onset, _, pitch, velocity, _, _ in heard) == written
    assert length > 60


@pytest.mark.parametrize("step", [1 / 240, 0.1, 1.0, 7.3])
def test_the_rhythm_of_the_calls_changes_no_note(model: linnet.Model, step: float) -> None:
    assert listen(model.stream(seed=1), 40, step=step) == listen(model.stream(seed=1), 40)


@pytest.mark.parametrize("ahead", [1, 5])
def test_how_far_it_is_composed_ahead_changes_no_note(model: linnet.Model, ahead: int) -> None:
    def steered(stream: linnet.Stream) -> Heard:
        heard = listen(stream, 10.01)
        stream.wish(density=2)
        heard += listen(stream, 3.02)
        stream.wish(temperature=0.5, at="now")
        return heard + listen(stream, 20)

    def stream(ahead: int) -> linnet.Stream:
        return model.stream(seed=1, ahead=ahead, form="AAB")

    assert steered(stream(ahead)) == steered(stream(2))


def test_a_worker_plays_the_same_notes(model: linnet.Model) -> None:
    with model.stream(seed=4, worker=True) as stream:
        stream.prepare()
        heard = []
        for part in range(20):
            while not stream.full:
                time.sleep(0.001)
            heard += listen(stream, 1.0, step=0.1)
            if part == 5:
                stream.wish(density=1)
            if part == 10:
                stream.restrict(scale=[0, 2, 4, 7, 9], at="now")
    other = model.stream(seed=4)
    other.prepare()
    expected = []
    for part in range(20):
        expected += listen(other, 1.0, step=0.1)
        if part == 5:
            other.wish(density=1)
        if part == 10:
            other.restrict(scale=[0, 2, 4, 7, 9], at="now")

    assert heard == expected
    assert stream.repeated == 0


def test_a_tempo_is_kept_to_the_microsecond(model: linnet.Model) -> None:
    slow, fast = listen(model.stream(seed=2, bpm=60), 40), listen(model.stream(seed=2, bpm=61.5), 40)
    slow, fast = slow[: len(fast)], fast[: len(slow)]
    assert slow[0][0] < 4
    for one, other in zip(slow, fast, strict=True):
        if one[2:] != other[2:] or round(one[1] * 60, 3) != round(other[1] * 61.5, 3):
            break  # the tempo is a token too, so the music may part
        assert other[0] == pytest.approx(one[0] * 60 / 61.5, abs=1e-4)


def test_an_hour_passes_without_a_drift(model: linnet.Model) -> None:
    stream = model.stream(seed=1, bpm=120, time_signature="4/4")
    stream.advance(3600, budget=None)
    late = {round(note.onset * 48, 4) for note in stream.advance(2, budget=None)}  # 24 ticks in half a second

    assert late
    assert all(tick == round(tick) for tick in late)


# ---- time -------------------------------------------------------------------------------------------------


def test_before_the_first_bar_is_there_nothing_is_due_and_no_time_passes(model: linnet.Model) -> None:
    stream = model.stream(seed=1)

    assert stream.advance(1.0, budget=0) == []
    assert stream.seconds == 0
    stream.prepare()
    assert stream.full
    assert stream.advance(4.0, budget=0) != []
    assert stream.seconds == 4.0


def test_without_time_to_compose_the_last_bar_is_played_again(model: linnet.Model) -> None:
    stream = model.stream(seed=1, ahead=1, bpm=120, time_signature="4/4")
    stream.prepare()
    first, second, third = (listen(stream, 2.0, budget=0) for _ in range(3))

    assert stream.repeated == 2
    assert [(round(onset - 2, 6), *rest) for onset, *rest in second] == first
    assert [(round(onset - 4, 6), *rest) for onset, *rest in third] == first
    after = listen(stream, 2.0)
    assert stream.repeated == 2
    plain = model.stream(seed=1, bpm=120, time_signature="4/4")
    listen(plain, 2.0)
    assert [(round(onset - 4, 6), *rest) for onset, *rest in after] == listen(plain, 2.0)


def test_a_call_keeps_its_budget(model: linnet.Model) -> None:
    """Of 300 calls hardly one is late: a token of this model takes 0.02 ms. Counted is its own time."""
    stream, late = model.stream(seed=1, ahead=500), 0
    for _ in range(300):
        start = time.thread_time()
        stream.advance(0.001, budget=0.002)
        late += time.thread_time() - start > 0.01

    assert late < 3


def test_brief_calls_do_not_let_the_gil_go(model: linnet.Model) -> None:
    """Beside a busy thread a call that lets it go waits 5 ms to get it back."""
    stream, stop = model.stream(seed=1, ahead=1000), threading.Event()

    def spin() -> None:
        while not stop.is_set():
            pass

    def median_call(budget: float) -> float:
        times = []
        for _ in range(15):
            start = time.perf_counter()
            stream.advance(0.001, budget=budget)
            times.append(time.perf_counter() - start)
        return sorted(times)[7]

    busy = threading.Thread(target=spin)
    busy.start()
    try:
        brief, long = median_call(0.001), median_call(2 * player._BRIEF)
    finally:
        stop.set()
        busy.join()

    assert brief < long


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda s: s.advance(-1), "dt must be"),
        (lambda s: s.advance(float("nan")), "dt must be"),
        (lambda s: s.advance(float("inf")), "dt must be"),
        (lambda s: s.advance(1, budget=-1), "budget must be"),
        (lambda s: s.tokens(-1), "count must be"),
        (lambda s: s.wish(at="tomorrow"), "at must be"),
        (lambda s: s.wish(density=9), "density must be between"),
        (lambda s: s.wish(valence=1), "valence is a wish this model has not learnt"),
        (lambda s: s.wish(bpm=1), "bpm must be"),
        (lambda s: s.wish(temperature=-1), "temperature must be"),
        (lambda s: s.restrict(scale="H major"), "H"),
        (lambda s: s.restrict(scale="C major", pitch_range=("C#4", "C#4")), "no note|none from"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    model: linnet.Model, call: Callable[[linnet.Stream], Any], complaint: str
) -> None:
    stream = model.stream(seed=1)
    heard = listen(stream, 5)
    with pytest.raises(ValueError, match=complaint):
        call(stream)

    assert heard + listen(stream, 5) == listen(model.stream(seed=1), 10)


def test_a_wish_that_does_not_exist_is_a_type_error(model: linnet.Model) -> None:
    with pytest.raises(TypeError, match=r"'densty'.*density"):
        model.stream(seed=1).wish(densty=3)
    with pytest.raises(TypeError, match="likeness"):
        model.stream(seed=1).wish(likeness=3)
    with pytest.raises(TypeError, match="scales"):
        model.stream(seed=1).restrict(scales="C major")


def test_a_stream_is_heard_or_read(model: linnet.Model) -> None:
    read, heard = model.stream(seed=1), model.stream(seed=1)
    read.tokens(10)
    heard.advance(1, budget=None)

    for forbidden in (lambda: read.advance(1), read.prepare, lambda: read.wish(density=1, at="now")):
        with pytest.raises(ValueError, match="read by its tokens"):
            forbidden()
    with pytest.raises(ValueError, match="heard with advance"):
        heard.tokens(10)


def test_part_of_a_token_is_refused(model: linnet.Model) -> None:
    """It was waited for for ever."""
    with pytest.raises(TypeError):
        model.stream(seed=1).tokens(1.5)  # type: ignore[arg-type]  # that is the point


def test_a_wish_for_part_of_a_token_is_refused_at_once(model: linnet.Model) -> None:
    stream = model.stream(seed=1)
    with pytest.raises(TypeError):
        stream.wish(top_k=1.5)

    assert listen(stream, 5)


# ---- many -------------------------------------------------------------------------------------------------


def test_a_hundred_streams_in_eight_threads_play_what_each_plays_alone(model: linnet.Model) -> None:
    alone = [model.stream(seed=seed).tokens(200) for seed in range(100)]
    streams = [model.stream(seed=seed) for seed in range(100)]
    together: list[list[int]] = [[] for _ in streams]

    def play(first: int) -> None:
        for _ in range(4):  # in turns, so that all are under way at once
            for i in range(first, 100, 8):
                together[i] += streams[i].tokens(50)

    threads = [threading.Thread(target=play, args=(first,)) for first in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert together == alone


def test_a_worker_ends_with_its_stream(model: linnet.Model) -> None:
    before = threading.active_count()
    closed, forgotten = model.stream(seed=1, worker=True), model.stream(seed=2, worker=True)
    assert threading.active_count() == before + 2
    closed.close()
    del forgotten
    until = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < until:
        time.sleep(0.01)

    assert threading.active_count() == before


def test_what_goes_wrong_in_a_worker_is_told(model: linnet.Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> None:
        raise linnet.ModelError("the network is gone")

    with model.stream(seed=1, worker=True) as stream:
        stream.prepare()
        monkeypatch.setattr(stream._player.composer, "compose", fails)
        stream.advance(20)  # so that it has something to do
        until = time.monotonic() + 10
        while stream._worker._error is None and time.monotonic() < until:  # type: ignore[union-attr]
            time.sleep(0.01)
        with pytest.raises(linnet.ModelError, match="the network is gone"):
            stream.advance(0.1)
