"""Which bars are alike, as numbers and as a picture."""

import io

import numpy as np
import pytest
from hypothesis import given, settings

from linnet import picture
from linnet.music.score import Note, Notes, Score, Track
from linnet.music.similarity import bar_contents, likeness
from tests.runtime import scores

A, B, NEARLY_A = [60, 62, 64, 65], [67, 65, 64, 62], [60, 62, 64, 67]


def melody(*bars: list[int]) -> Score:
    notes = Notes.of(
        Note(96 * i + 24 * j, 24, pitch, 80) for i, bar in enumerate(bars) for j, pitch in enumerate(bar)
    )
    return Score(24, (Track(notes),), end=96 * len(bars))


def test_equal_bars_are_1_and_others_share_what_they_share() -> None:
    found = likeness(bar_contents(melody(A, B, NEARLY_A, A)))
    assert found[0].tolist() == [1, 1 / 7, 3 / 5, 1]  # A and B have the 64 in common


def test_an_empty_bar_is_like_nothing() -> None:
    assert likeness(bar_contents(melody(A, [], []))).tolist() == [[1, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_a_drum_is_not_the_note_of_its_number() -> None:
    (track,) = melody(A).tracks
    drums = Score(24, (Track(track.notes, is_drum=True),), end=96)
    assert not bar_contents(drums)[0] & bar_contents(melody(A))[0]


@settings(max_examples=40, deadline=None)
@given(scores.scores)
def test_it_is_what_sets_say(score: Score) -> None:
    bars = bar_contents(score)[:40]
    expected = [[len(a & b) / max(1, len(a | b)) for b in bars] for a in bars]
    np.testing.assert_array_equal(likeness(bars), np.array(expected).reshape(len(bars), -1))


def test_the_picture_shows_them() -> None:
    image = pytest.importorskip("matplotlib.image")
    score = melody(A, B, A, B)
    pixels = image.imread(io.BytesIO(picture.matrix(score, title="$")))[..., :3]
    height, width, _ = pixels.shape
    blue = pixels[..., 2] > pixels[..., 0] + 0.5
    left, right, top, bottom = 0.07 * width, 0.86 * width, 0.075 * height, 0.95 * height
    cells = [
        [
            bool(blue[int(top + (bottom - top) * (i + 0.5) / 4), int(left + (right - left) * (j + 0.5) / 4)])
            for j in range(4)
        ]
        for i in range(4)
    ]
    assert cells == [[(i + j) % 2 == 0 for j in range(4)] for i in range(4)]


def test_too_many_bars_are_refused_and_some_of_them_are_not() -> None:
    pytest.importorskip("matplotlib")
    long = Score(24, melody(A).tracks, end=96 * 2001)
    with pytest.raises(
        ValueError, match="bars must be at most 2000 to be compared with each other, got 2001"
    ):
        picture.matrix(long)
    assert picture.matrix(long, bars=(1, 20)).startswith(b"\x89PNG")
