"""Rewards for keeping to a plan and for voices that move well, on music made for it."""

import numpy as np
from numpy.typing import NDArray

from linnet.controls.plan_rows import chord_cell
from linnet.controls.wishes import INDEX
from linnet.music.chord import Chord
from linnet.music.score import Score
from linnet.tokens import features
from linnet_train.tuning.played import Played
from linnet_train.tuning.rewards import REWARDS
from tests.train.small_pieces import chorale, line, parts

C = 1  # the wish for C major
CLOSED, OPEN = 3, 2


def plan(bars: int, *chords: str, cadence: int = 0) -> NDArray[np.uint8]:
    """A chord for each beat of the first bar, and a cadence at the end of the last."""
    rows = np.zeros((bars, features.ROW_WIDTH), np.uint8)
    for beat, symbol in enumerate(chords):
        rows[0, features.CHORDS.start + beat] = chord_cell(Chord.parse(symbol))
    if cadence:
        rows[-1, [INDEX["cadence"], INDEX["phrase_left"]]] = cadence, 1
    return rows


def earned(name: str, score: Score, rows: NDArray[np.uint8], shift: int = 0) -> float:
    return float(np.sum(REWARDS[name](Played(score, {"key": C}, plan=rows, shift=shift))))


def test_notes_on_beats_belong_to_the_chord_that_is_planned_there() -> None:
    tune = line([60, 62, 67, 72])

    assert earned("plan_chords", tune, plan(1, "C", "C", "G", "C")) == 0.75
    assert earned("plan_chords", tune, plan(1, "C", "G", "G", "C")) == 1
    assert earned("plan_chords", line([62, 64, 69, 74]), plan(1, "C", "C", "G", "C"), shift=2) == 0.75
    assert earned("plan_chords", tune, plan(1)) == 1  # nothing was planned


def test_the_bass_begins_a_bar_on_the_root() -> None:
    on_root = parts([(0, 4, 67)], [(0, 4, 48)], bars=1)
    inverted = parts([(0, 4, 72)], [(0, 4, 52)], bars=1)

    assert earned("plan_bass", on_root, plan(1, "C")) == 1
    assert earned("plan_bass", inverted, plan(1, "C")) == 0
    assert earned("plan_bass", inverted, plan(1)) == 1


def test_a_phrase_closes_as_it_was_planned() -> None:
    home = line([60, 62, 64, 65, 67, 65, 64, 62, 64, 62, 71, 62], bars=4)
    home = line([*home.tracks[0].notes.pitch.tolist(), 60], bars=4)

    assert earned("plan_cadences", home, plan(4, cadence=CLOSED)) == 1
    assert earned("plan_cadences", home, plan(4, cadence=OPEN)) == 0
    assert earned("plan_cadences", home, plan(4)) == 1


def test_voices_move_without_faults() -> None:
    fine = chorale((72, 67, 64, 48), (71, 67, 62, 55), (72, 67, 64, 48))
    fifths = chorale((67, 64, 60, 48), (69, 64, 62, 50), (67, 64, 60, 48))  # soprano over bass
    crossed = chorale((72, 67, 64, 48), (65, 69, 62, 53), (72, 67, 64, 48))
    leaps = parts([(0, 1, 60), (1, 1, 76), (2, 1, 60)], [(0, 1, 48), (1, 1, 50), (2, 1, 48)], bars=1)

    assert earned("voice_leading", fine, plan(1)) == 1
    assert earned("voice_leading", fifths, plan(1)) == 0
    assert earned("voice_leading", crossed, plan(1)) == 0.5  # and back
    assert earned("voice_leading", leaps, plan(1)) == 0
    assert earned("voice_leading", line([60, 72]), plan(1)) == 1  # one voice alone
