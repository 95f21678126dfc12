"""What returns in a piece: known values on pieces made by hand."""

import numpy as np
import pytest

from linnet_train.evaluation import structure
from tests.train.small_pieces import C_MAJOR, line, piece, walk


def test_self_similarity_finds_the_bars_that_return() -> None:
    bars = [list(C_MAJOR[i : i + 4]) for i in (0, 1, 2, 3)]
    score = line([pitch for bar in bars * 2 for pitch in bar])
    assert structure.self_similarity(score, 1, 4) == 1  # at four bars
    assert structure.self_similarity(score, 5, 8) < 0.2
    assert structure.self_similarity(line(bars[0] + [50, 51, 52, 53] + bars[1]), 1, 1) == 0


def test_empty_bars_are_not_alike() -> None:
    assert np.isnan(structure.self_similarity(piece(bars=8), 1, 4))


def test_bars_that_return_and_bars_that_follow_themselves() -> None:
    a, b = [60, 62, 64, 65], [67, 65, 64, 62]
    assert structure.bar_repeat(line(a + b + a + b)) == 0.5
    assert structure.longest_same_bar_run(line(a + b + a + b)) == 1
    assert structure.longest_same_bar_run(line(a + b + b + b)) == 3
    assert structure.bar_repeat(line(a + b)) == 0


def test_distinct_runs() -> None:
    assert structure.distinct(line(list(C_MAJOR)), 4) == 1
    assert structure.distinct(line([60] * 8), 4) == pytest.approx(
        2 / 5
    )  # the first note has no step before it


@pytest.mark.parametrize(
    ("pitches", "share"),
    [
        (walk(1, 40), 0),
        ([60, 62, 64] * 3, 0),  # three times is no loop
        ([60, 62, 64] * 8, 23 / 24),  # the first note begins nothing: it has no step before it
        (walk(5, 24) + [60, 61, 66] * 8, 24 / 48),
    ],
)
def test_loops_are_stretches_that_return_four_times(pitches: list[int], share: float) -> None:
    assert structure.loop_share(line(pitches)) == pytest.approx(share, abs=1 / len(pitches))


def test_repeats_make_music_smaller() -> None:
    again, new = line([60, 62, 64, 65] * 16), line([pitch % 128 for pitch in range(7, 7 * 64, 7)])
    assert structure.compressed_size(again) < 0.2 < structure.compressed_size(new)
    assert np.isnan(structure.compressed_size(piece(bars=2)))


def test_entropy_in_windows_sees_one_bar_at_a_time() -> None:
    score = line([60, 60, 60, 60, 62, 62, 62, 62])
    assert structure.pitch_class_entropy_in_windows(score, 1) == 0
    assert structure.pitch_class_entropy_in_windows(score, 2) == 1
    assert np.isnan(structure.pitch_class_entropy_in_windows(score, 4))
