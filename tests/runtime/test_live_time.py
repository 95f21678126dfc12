"""Time that two players share: tempo heard from onsets, MIDI clock both ways, messages at their moments."""

import random
import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mido import Message

from linnet.live.clock import TICKS, ClockFollower, ClockSender
from linnet.live.schedule import Schedule
from linnet.live.tempo import Follower, pulse
from linnet.live.transport import Transport
from tests.runtime.calm import Calm

# ---- transport ---------------------------------------------------------------------------------------------


class Now:
    """A clock that is set."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_beats_and_seconds_are_each_others_inverse() -> None:
    transport = Transport(90, Now())
    transport.start(beat=3.0)
    transport.to_tempo(120, seconds=102.0)

    assert transport.beat_at(102.0) == pytest.approx(6.0)
    assert transport.beat_at(103.0) == pytest.approx(8.0)
    assert transport.seconds_at(transport.beat_at(107.3)) == pytest.approx(107.3)
    assert transport.past(101.0) == pytest.approx(4.5)


def test_time_that_stands_still_goes_on_where_it_stopped() -> None:
    now = Now()
    transport = Transport(60, now)
    transport.start()
    now.seconds = 104.5
    transport.stop()
    now.seconds = 110.0

    assert transport.beat == pytest.approx(4.5)
    transport.start(beat=transport.beat)
    now.seconds = 111.0
    assert transport.beat == pytest.approx(5.5)


def test_a_guess_of_the_tempo_is_forgotten_when_it_is_known() -> None:
    transport = Transport(100, Now())
    transport.start()
    transport.restart(100.2, 0.0, 150)

    assert transport.past(100.6) == pytest.approx(1.0)


def test_hours_beside_a_clock_keep_few_lines() -> None:
    transport = Transport(120, Now())
    for tick in range(300_000):
        transport.follow(100 + tick / 48, tick / 24, 120)

    assert len(transport.tempos(0)) < 60_000


# ---- tempo -------------------------------------------------------------------------------------------------

RHYTHMS = {
    "quarters and eighths": (0, 1, 2, 2.5, 3, 4, 4.5, 5, 6, 7),
    "dotted": (0, 0.75, 1, 2, 2.75, 3, 4, 5, 6, 6.75, 7),
    "quarters": (0, 1, 2, 3, 4, 5, 6, 7),
    "one chord a bar": (0, 4, 8, 12),
}


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("bpm", [80, 100, 126, 144])
def test_a_tempo_is_heard_from_onsets(rhythm: str, bpm: int) -> None:
    chance = random.Random(bpm)
    onsets = [10 + beat * 60 / bpm + chance.gauss(0, 0.008) for beat in RHYTHMS[rhythm]]
    found = pulse(onsets)

    assert found is not None
    period, begin = found
    assert 60 / period == pytest.approx(bpm, rel=0.03)
    away = (begin - 10) / period
    assert abs(away - round(away)) < 0.1


def test_too_little_says_nothing_of_the_tempo() -> None:
    assert pulse([1.0]) is None
    assert pulse([1.0, 1.01, 1.02, 1.5]) is None


@pytest.mark.parametrize("to", [0.94, 1.06])
def test_a_tempo_that_changes_is_followed(to: float) -> None:
    now = Now()
    transport, follower, chance = Transport(100, now), Follower(), random.Random(1)
    transport.start()
    seconds, bpm = 100.0, 100.0
    for k in range(64):
        seconds += 60 / bpm / 2
        bpm = 100 * to if k > 16 else bpm
        onset = seconds + chance.gauss(0, 0.008)
        found = follower.heard(onset, transport.beat_at(onset), transport.bpm)
        if found is not None:
            transport.follow(onset, *found)

    assert transport.bpm == pytest.approx(100 * to, rel=0.02)
    assert abs(transport.beat_at(seconds) - 32) < 0.06


# ---- MIDI clock --------------------------------------------------------------------------------------------


def clock(
    follower: ClockFollower, bpm: float, ticks: int, *, begin: float, late: float = 0.0, seed: int = 1
) -> float:
    """Ticks of a steady master that come late by chance; when the next one is due."""
    chance = random.Random(seed)
    for tick in range(ticks):
        follower.receive(Message("clock"), begin + tick * 60 / bpm / TICKS + chance.uniform(0, late))
    return begin + ticks * 60 / bpm / TICKS


@given(bpm=st.floats(40, 240), seed=st.integers(0, 99))
def test_a_steady_master_is_followed_within_two_milliseconds(bpm: float, seed: int) -> None:
    transport = Transport(100, Now())
    follower = ClockFollower(transport)
    follower.receive(Message("start"), 100.0)
    end = clock(follower, bpm, 4 * TICKS, begin=100.0, late=0.002, seed=seed)

    assert transport.running
    assert abs(transport.seconds_at(4.0) - end) < 0.002
    assert transport.bpm == pytest.approx(bpm, rel=0.01)


def test_a_master_that_changes_its_tempo_is_followed() -> None:
    transport = Transport(100, Now())
    follower = ClockFollower(transport)
    follower.receive(Message("start"), 100.0)
    end = clock(follower, 120, 96, begin=100.0, late=0.001)
    end = clock(follower, 90, 24, begin=end, late=0.001)

    assert transport.bpm == pytest.approx(90, rel=0.01)
    assert abs(transport.seconds_at(5.0) - end) < 0.003


def test_stop_continue_and_song_position_are_followed() -> None:
    now = Now()
    transport = Transport(100, now)
    follower = ClockFollower(transport)
    clock(follower, 120, 24, begin=98.0)  # it ticks before it starts
    assert not transport.running
    follower.receive(Message("start"), 100.0)
    now.seconds = clock(follower, 120, 36, begin=100.0)
    follower.receive(Message("stop"), now.seconds)
    assert transport.beat == pytest.approx(1.5, abs=0.01)
    follower.receive(Message("songpos", pos=64), 102.0)
    assert transport.beat == pytest.approx(16)
    follower.receive(Message("continue"), 103.0)
    now.seconds = clock(follower, 120, 24, begin=103.0)

    assert transport.running
    assert transport.beat == pytest.approx(17, abs=0.01)


def test_a_clock_is_sent_tick_by_tick() -> None:
    now = Now()
    transport = Transport(120, now)
    sender = ClockSender(transport)
    assert list(sender.until(200.0)) == []
    transport.start(seconds=100.0)
    sent = list(sender.until(101.0))

    assert [message.type for _, message in sent] == ["start"] + ["clock"] * 49
    assert np.allclose([moment for moment, _ in sent[1:]], 100 + np.arange(49) / 48)
    now.seconds = 101.0
    transport.stop()
    assert [message.type for _, message in sender.until(200.0)] == ["stop"]


def test_what_is_sent_from_the_midst_begins_with_its_position() -> None:
    transport = Transport(120, Now())
    transport.start(seconds=100.0, beat=9.9)
    sender = ClockSender(transport)
    (_, position), (_, go), (moment, tick), *_ = sender.until(101.0)

    assert (position.type, position.pos, go.type, tick.type) == ("songpos", 40, "continue", "clock")
    assert transport.beat_at(moment) == pytest.approx(10)


def test_a_follower_keeps_with_a_sender() -> None:
    transports = Transport(133, Now()), Transport(100, Now())
    sender, follower = ClockSender(transports[0]), ClockFollower(transports[1])
    transports[0].start(seconds=100.0)
    for moment, message in sender.until(110.0):
        follower.receive(message, moment)

    assert transports[1].beat_at(110.0) == pytest.approx(transports[0].beat_at(110.0), abs=0.001)


# ---- moments -----------------------------------------------------------------------------------------------


def test_messages_go_out_in_the_order_of_their_moments() -> None:
    with Calm():
        done: list[tuple[str, float]] = []
        schedule = Schedule()

        def act(name: str) -> None:
            done.append((name, time.perf_counter()))

        now = time.perf_counter()
        for name, after in (("c", 0.12), ("a", 0.04), ("late", -1.0), ("b", 0.08), ("b too", 0.08)):
            schedule.at(now + after, act, name)
        time.sleep(0.2)
        schedule.at(now + 9, act, "never")
        schedule.close()

        assert [name for name, _ in done] == ["late", "a", "b", "b too", "c"]
        assert all(moment >= now + 0.04 for _, moment in done[1:])


def test_what_fails_at_its_moment_is_kept() -> None:
    def fail() -> Any:
        raise ValueError("no")

    schedule = Schedule()
    schedule.at(0.0, fail)
    until = time.monotonic() + 20
    while schedule.error is None and time.monotonic() < until:
        time.sleep(0.01)

    assert isinstance(schedule.error, ValueError)
    schedule.close()
