"""The tracker against its oracle, and trackers as objects."""

import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linnet._core import Tracker
from linnet.errors import MidiError
from linnet.music.score import Score
from linnet.tokens import codec, features
from linnet.tokens.quantise import TimeBase
from linnet.tokens.vocabulary import SIZE
from tests.csrc.features_oracle import Oracle
from tests.csrc.trackers import (
    BAR,
    HELD,
    NO_WISH,
    TIME_BASES,
    allowed,
    random_rules,
    repetitive,
    row_of,
    tokens_of,
    tracker_after,
    walk,
)

MIDI = sorted((Path(__file__).parents[1] / "data" / "midi").rglob("*.mid"))


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(30))
def test_agrees_with_the_oracle_on_any_legal_walk_under_any_rules(time_base: TimeBase, seed: int) -> None:
    rules = random_rules(seed)
    wishes = np.random.default_rng(seed).integers(0, [count for _, count in features.WISHES]).tolist()
    tracker, oracle = Tracker(time_base), Oracle(time_base, rules, wishes)
    tracker.restrict(**asdict(rules))
    tracker.wish(wishes)

    assert row_of(tracker) == oracle.features()
    for step, t in zip(range(250), walk(tracker, seed), strict=False):
        if step:
            assert row_of(tracker) == oracle.features(), step
        assert allowed(tracker) == sorted(oracle.allowed()), step
        assert (tracker.interventions, tracker.recovers) == (oracle.interventions, oracle.recovers), step
        assert (tracker.parallels, tracker.crossings) == (oracle.parallels, oracle.crossings), step
        oracle.advance(t)


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_the_oracle_while_key_roles_and_chords_change(time_base: TimeBase, seed: int) -> None:
    dice = np.random.default_rng(seed)
    wishes = dice.integers(0, [count for _, count in features.WISHES]).tolist()
    tracker, oracle = Tracker(time_base), Oracle(time_base, wishes=wishes)
    tracker.wish(wishes)
    shifts = set()
    for step, t in zip(range(400), walk(tracker, seed), strict=False):
        if not step or oracle.tokens[-1] == BAR:
            oracle.shift = None if dice.random() < 0.1 else int(dice.integers(-6, 6))
            oracle.roles = dice.integers(0, 12, 16).tolist()
            oracle.chords = (dice.integers(0, 86, (4, 8)) * dice.integers(0, 2, (4, 8))).tolist()
            tracker.set_shift(oracle.shift)
            tracker.set_roles(oracle.roles)
            tracker.plan_chords(oracle.chords)
            assert (tracker.shift, tracker.roles) == (oracle.shift, oracle.roles)
            assert tracker.chords == oracle.chords
            shifts.add(oracle.shift)
        assert row_of(tracker) == oracle.features(), step
        oracle.advance(t)
    assert len(shifts) > 1 or time_base == "performance"


def fixtures() -> Iterator[tuple[Path, Score]]:
    for path in MIDI[::3]:
        try:
            yield path, Score.open(path)
        except MidiError:
            continue


@pytest.mark.parametrize("time_base", TIME_BASES)
def test_agrees_with_the_oracle_on_real_files(time_base: TimeBase) -> None:
    steps = 0
    for path, score in fixtures():
        tracker, oracle = Tracker(time_base), Oracle(time_base)
        for t in codec.encode(score, time_base).tolist()[:300]:
            assert allowed(tracker) == sorted(oracle.allowed()), path
            tracker.advance(t)
            oracle.advance(t)
            assert row_of(tracker) == oracle.features(), path
            steps += 1
    assert steps > 2000


# ---- trackers as objects -----------------------------------------------------------------------------------


def test_a_copy_goes_its_own_way() -> None:
    tracker = tracker_after("bos," + HELD, bars=4)
    seen, choice = row_of(tracker), allowed(tracker)
    copy = tracker.copy()
    assert (row_of(copy), allowed(copy)) == (seen, choice)

    copy.restrict(bars=1, endless=True)
    copy.wish([1] * len(NO_WISH))
    for t in tokens_of("shift_fine 40, note 72, duration_fine 5"):
        copy.advance(t)
    assert (row_of(tracker), allowed(tracker), tracker.now) == (seen, choice, 0)


def test_after_reset_nothing_is_left_of_the_piece_before() -> None:
    tokens = codec.encode(repetitive(20)).tolist()
    used, fresh = Tracker(), Tracker()
    for t in tokens:
        used.advance(t)
    used.reset()
    for t in tokens[:300]:
        assert (row_of(used), allowed(used)) == (row_of(fresh), allowed(fresh))
        used.advance(t)
        fresh.advance(t)


@pytest.mark.parametrize(
    ("rule", "value", "named"),
    [
        ("scale", [12], "scale"), ("scale", [-1], "scale"), ("ranges", [], "ranges"),
        ("ranges", [(60, 59)], "highest"), ("ranges", [(0, 128)], "highest"), ("ranges", [(-1, 5)], "lowest"),
        ("polyphony", [], "polyphony"), ("polyphony", [256], "polyphony"), ("programs", [128], "program"),
        ("programs", [-1], "program"), ("slot_programs", [[128]], "program"),
        ("slot_programs", [[]] * 17, "there are 16 slots"),
        ("drums", [26], "drum.*27 and 87.*26"), ("drums", [88], "drum.*88"),
        ("slots", 17, "slots"), ("slots", -1, "slots"), ("bars", -1, "bars"), ("ticks", -1, "ticks"),
        ("longest", 1536, "longest"), ("stuck_after", -1, "stuck_after"),
    ],
)  # fmt: skip
def test_a_rule_out_of_range_is_named_and_changes_nothing(rule: str, value: Any, named: str) -> None:
    tracker = tracker_after("bos," + HELD)
    before = allowed(tracker)
    rules: dict[str, Any] = {"endless": True, "scale": [0], rule: value}
    with pytest.raises(ValueError, match=named):
        tracker.restrict(**rules)
    assert allowed(tracker) == before


def array(size: int, dtype: Any) -> NDArray[Any]:
    return np.zeros(size, dtype)


@pytest.mark.parametrize(
    "call",
    [
        lambda t: t.advance(SIZE),
        lambda t: t.advance(-1),
        lambda t: t.wish([0] * 22),
        lambda t: t.wish([26] + [0] * 22),
        lambda t: t.mask(array(SIZE - 1, np.uint8)),
        lambda t: t.mask(array(SIZE, np.int8)),
        lambda t: t.mask(array(2 * SIZE, np.uint8)[::2]),
        lambda t: t.features(array(features.WIDTH - 1, np.int64)),
        lambda t: t.features(array(features.WIDTH, np.int32)),
        lambda t: t.features_of(array(3, np.uint16), None, array(3 * features.WIDTH - 1, np.int32)),
        lambda t: t.features_of(array(3, np.int64), None, array(3 * features.WIDTH, np.int32)),
        lambda t: t.features_of(
            array(1, np.uint16), array(features.ROW_WIDTH + 1, np.uint8), array(features.WIDTH, np.int32)
        ),
        lambda t: t.features_of(array(1, np.uint16), array(0, np.uint8), array(features.WIDTH, np.int32)),
        lambda t: t.features_of(array(1, np.uint16) + SIZE, None, array(features.WIDTH, np.int32)),
        lambda t: t.set_shift(6),
        lambda t: t.set_shift(-7),
        lambda t: t.set_roles([12]),
        lambda t: t.set_roles([0] * 17),
        lambda t: t.plan_chords([[86]]),
        lambda t: Tracker("swing"),
    ],
)
def test_illegal_arguments_are_refused(call: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        call(Tracker())


def test_another_thread_runs_while_features_are_computed() -> None:
    """The interpreter interrupts nobody here: the other thread only runs when the call lets go of the GIL."""
    ticks, over = 0, threading.Event()

    def tick() -> None:
        nonlocal ticks
        while not over.is_set():
            ticks += 1
            time.sleep(0.0002)

    tokens = np.resize(codec.encode(repetitive(40)), 100_000).astype(np.uint16)
    out = np.empty((len(tokens), features.WIDTH), np.int32)
    interval = sys.getswitchinterval()
    thread = threading.Thread(target=tick)
    sys.setswitchinterval(30)
    try:
        thread.start()
        progress = 0
        for _ in range(20):  # a busy machine may not wake the thread in time
            before = ticks
            Tracker().features_of(tokens, None, out)
            progress = ticks - before
            if progress:
                break
    finally:
        sys.setswitchinterval(interval)
        over.set()
        thread.join()
    assert progress
