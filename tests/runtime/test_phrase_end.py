"""Phrases that are told to close: the tune comes to rest on the tonic, whatever the network says."""

from collections.abc import Sequence

import numpy as np
import pytest

import linnet
from linnet.core import Tracker
from linnet.music.phrases import top_line
from linnet.tokens import codec, features
from tests.csrc.trackers import by_chance, header_of

WISHES = [name for name, _ in features.WISHES]
CLOSED, TONIC = 3, 2
BARS, PHRASE = 12, 3
RANGES = {1: [(48, 84)], 3: [(68, 84), (60, 67), (48, 59)]}
WEIGHTS = {"bar": 0.3, "note": 4.0, "velocity": 0.2}


def told(key: int, cadence: int, left: int) -> list[int]:
    row = [0] * len(WISHES)
    row[WISHES.index("key")], row[WISHES.index("cadence")], row[WISHES.index("phrase_left")] = (
        key,
        cadence,
        left,
    )
    return row


def random_piece(
    seed: int,
    *,
    slots: int = 1,
    metre: str = "4/4",
    cadences: bool = True,
    scale: Sequence[int] = tuple(range(12)),
) -> linnet.Score:
    """BARS bars in which anything may happen; every PHRASE bars a phrase is told to close in D major."""
    tracker = Tracker()
    tracker.restrict(
        bars=BARS, slots=slots, scale=scale, fixed_meter=True, fixed_tempo=True, cadences=cadences
    )
    tracker.restrict(ranges=RANGES[slots], polyphony=[1], longest=36, drums=[], downbeat=True)

    def tell() -> None:
        tracker.wish(told(TONIC + 1, CLOSED, (PHRASE - tracker.bars) % PHRASE + 1))

    tokens = by_chance(tracker, seed, header_of(slots, metre), WEIGHTS, tell)
    return codec.decode(np.array(tokens, np.uint16), "grid")


def rests(score: linnet.Score) -> list[int]:
    """The pitch class on which the tune holds still in each bar in which a phrase closes, but the last.

    Bars before which the highest track had nothing are left out.
    """
    starts, notes, tune = score.bar_ticks(), top_line(score), score.tracks[0].notes
    found = []
    for bar in range(PHRASE - 1, BARS - 1, PHRASE):
        inside = (notes.onset >= starts[bar]) & (notes.onset < starts[bar + 1])
        if tune.onset.min() < starts[bar] and inside.any():
            steps = np.diff(np.append(notes.onset[inside], starts[bar + 1]))
            longest = len(steps) - 1 - int(np.argmax(steps[::-1]))
            found.append(int(notes.pitch[inside][longest]) % 12)
    return found


@pytest.mark.parametrize("metre", ["4/4", "6/8", "3/4", "9/8", "2/2"])
def test_a_line_rests_on_the_tonic_where_a_phrase_closes(metre: str) -> None:
    found = [each for seed in range(6) for each in rests(random_piece(seed, metre=metre))]

    assert len(found) == 18
    assert set(found) == {TONIC}


def test_so_does_the_highest_of_several() -> None:
    found = [each for seed in range(8) for each in rests(random_piece(seed, slots=3))]

    assert len(found) > 8
    assert found.count(TONIC) >= 0.9 * len(found)  # a track below may hold a note above which nothing sounds


def test_it_need_not_without_the_rule() -> None:
    found = [each for seed in range(6) for each in rests(random_piece(seed, cadences=False))]

    assert found.count(TONIC) < len(found) / 2


def test_it_gives_way_where_the_scale_has_no_tonic() -> None:
    score = random_piece(1, scale=[0, 4, 7])

    assert score.bars == BARS
    assert set(rests(score)) <= {0, 4, 7}
