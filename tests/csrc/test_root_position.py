"""The bass at bar lines, by the chords that are planned."""

import numpy as np
import pytest

from linnet.core import Tracker
from linnet.music.score import Score
from linnet.tokens import codec, features
from tests.csrc.trackers import by_chance, header_of

WISHES = [name for name, _ in features.WISHES]
BARS, LEFT_HAND, QUALITIES = 12, 11, 7
C, G, F = 0, 7, 5
WEIGHTS = {"bar": 0.3, "note": 4.0, "slot": 6.0, "velocity": 0.2}


def cell(root: int) -> int:
    """Of its major triad."""
    return 1 + QUALITIES * root


def random_piece(
    seed: int,
    chords: list[int],
    left: int,
    *,
    cadences: bool = True,
    role: int = 0,
    scale: tuple[int, ...] = tuple(range(12)),
) -> Score:
    """Two lines in C, the lower one free but for the rule; each bar has these chords."""
    tracker = Tracker()
    tracker.restrict(
        bars=BARS, slots=2, scale=scale, drums=[], fixed_meter=True, fixed_tempo=True, cadences=cadences
    )
    tracker.restrict(ranges=[(60, 80), (30, 50)], polyphony=[1], longest=6, downbeat=True)
    tracker.set_shift(0)
    tracker.set_roles([1, role])

    def tell() -> None:
        row = [0] * len(WISHES)
        row[WISHES.index("phrase_left")] = left
        tracker.wish(row)
        tracker.plan_chords([[cell(root) for root in chords]])

    tokens = by_chance(tracker, seed, header_of(2, "4/4"), WEIGHTS, tell)
    return codec.decode(np.array(tokens, np.uint16), "grid")


def at_bar_lines(**options: object) -> list[int]:
    """Pitch classes that the bass strikes there, once both have begun."""
    found = []
    for seed in range(12):
        score = random_piece(seed, **options)  # type: ignore[arg-type]  # as they are named
        bass, upper = score.tracks[1].notes, score.tracks[0].notes
        begun = max(notes.onset[0] if len(notes) else score.end for notes in (bass, upper))
        lines = [tick for tick in score.bar_ticks() if tick > begun]
        found += [int(pitch) % 12 for tick in lines for pitch in bass.pitch[bass.onset == tick]]
    assert len(found) > 10
    return found


def test_the_root_where_the_bar_has_one_chord() -> None:
    assert set(at_bar_lines(chords=[G] * 8, left=4)) == {G}


@pytest.mark.parametrize("left", [1, 2])
def test_the_root_of_the_first_chord_where_a_phrase_ends_soon(left: int) -> None:
    assert set(at_bar_lines(chords=[F, F, G, G], left=left)) == {F}


def test_anything_in_other_bars() -> None:
    assert len(set(at_bar_lines(chords=[F, F, G, G], left=4))) > 4


def test_anything_without_the_rule_or_in_a_hand_that_has_chords() -> None:
    assert len(set(at_bar_lines(chords=[G] * 8, left=1, cadences=False))) > 4
    assert len(set(at_bar_lines(chords=[G] * 8, left=1, role=LEFT_HAND))) > 4


def test_it_gives_way_to_a_scale_without_the_root() -> None:
    found = set(at_bar_lines(chords=[G] * 8, left=1, scale=(0, 2, 4)))
    assert found <= {0, 2, 4}
    assert len(found) > 1
