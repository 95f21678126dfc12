"""Pictures of pieces: what is drawn, where, and in which colour."""

import io

import matplotlib.image
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from linnet.music.score import Note, Notes, Score, Track
from linnet.music.similarity import bar_contents
from linnet_train.report import rolls
from linnet_train.report.rolls import NOTE, OUTSIDE, QUIET, TONIC, Roll
from tests.train.small_pieces import chorale, drums

SCALE = (60, 62, 64, 65, 67, 69, 71, 72)


def melody(pitches: list[int]) -> Score:
    notes = Notes.of(Note(24 * i, 24, pitch, 80) for i, pitch in enumerate(pitches))
    return Score(24, (Track(notes),), end=96 * -(-len(pitches) // 4))


pytestmark = pytest.mark.usefixtures("pictures")


def pixels(png: bytes) -> NDArray[np.float32]:
    return matplotlib.image.imread(io.BytesIO(png))[..., :3]


def painted(png: bytes, colour: str) -> NDArray[np.bool_]:
    near: NDArray[np.bool_] = np.abs(pixels(png) - to_rgb(colour)).max(axis=2) < 0.03
    return near[90:]  # below the legend, which shows every colour


IN_C = [60, 64, 67, 60, 65, 64, 62, 60] * 4


@pytest.mark.parametrize(("extra", "wrong"), [([], False), ([66, 61], True)])
def test_only_notes_outside_the_scale_are_red(extra: list[int], wrong: bool) -> None:
    png = rolls.plot([("one", [Roll(melody(IN_C + extra), "a")] * 2)], 10)
    assert painted(png, NOTE).any()
    assert painted(png, TONIC).any()
    assert painted(png, OUTSIDE).any() == wrong


def test_higher_notes_stand_higher_and_later_ones_farther_right() -> None:
    png = rolls.plot([("one", [Roll(melody([*IN_C, *SCALE, *SCALE, 78]), "a")])], 13)
    y, x = np.nonzero(painted(png, OUTSIDE))  # the 78 alone
    assert x.min() > 0.9 * pixels(png).shape[1]
    assert y.max() < np.nonzero(painted(png, TONIC))[0].min()


def test_the_scale_of_bars_is_the_same_in_every_roll() -> None:
    short, long = melody(IN_C), melody(IN_C * 2)
    png = rolls.plot([("one", [Roll(short, "short"), Roll(long, "long")])], 16)
    drawn = painted(png, NOTE)
    half = len(drawn) // 2
    top, bottom = (np.nonzero(part)[1] for part in (drawn[:half], drawn[half:]))
    assert top.max() / drawn.shape[1] == pytest.approx(0.5, abs=0.05)
    assert bottom.max() / drawn.shape[1] > 0.9


def test_drums_are_drawn_with_notes_and_without() -> None:
    strokes = Track(Notes.of(Note(24 * i, 6, 36 + i % 2, 90) for i in range(32)), is_drum=True)
    alone, tune = Score(24, (strokes,), end=96 * 8), melody(IN_C)
    for score in (alone, Score(24, (*tune.tracks, strokes), end=96 * 8)):
        assert painted(rolls.plot([("one", [Roll(score, "a")])], 8), rolls.DRUM).any()
    assert not painted(rolls.plot([("one", [Roll(tune, "a")])], 8), rolls.DRUM).any()


def test_columns_may_differ_in_length_and_pieces_may_be_empty() -> None:
    png = rolls.plot([("two", [Roll(melody(IN_C), "a"), Roll(Score(24), "empty")]), ("none", [])], 8)
    assert png.startswith(b"\x89PNG")


def test_the_same_pieces_give_the_same_bytes() -> None:
    columns = [("one", [Roll(melody(IN_C), "a")])]
    assert rolls.plot(columns, 8) == rolls.plot(columns, 8)


def test_bars_that_return_share_a_place_in_the_form() -> None:
    a, b, c = [60, 62, 64, 65], [67, 65, 64, 62], [72, 71, 69, 67]
    nearly_a = [60, 62, 64, 67]  # three of five differ from none: 3/5 alike
    bars = bar_contents(melody(a + b + nearly_a + c + b))
    assert rolls._first_alike(bars) == [0, 1, 0, 3, 1]
    assert rolls._first_alike([frozenset(), bars[0]]) == [None, 1]


def test_chords_are_named_where_they_change_and_a_cadence_is_orange() -> None:
    c, f, g7 = (72, 67, 64, 48), (72, 69, 65, 53), (71, 65, 62, 55)
    axes = Figure().subplots()
    rolls._paint_chords(axes, chorale(c, c, f, f, f, f, g7, c, c, c, c, c, c, c, c, c, beats=2), 0, 80)
    named = [(text.get_text(), float(text.get_position()[0]), text.get_color()) for text in axes.texts]
    assert named == [("C", 0, QUIET), ("F", 1, QUIET), ("G7", 3, TONIC), ("C", 3.5, TONIC)]


def test_drums_have_no_chords() -> None:
    axes = Figure().subplots()
    rolls._paint_chords(axes, drums(*((i, 36) for i in range(16)), bars=4), None, 80)
    assert len(axes.texts) == 0
