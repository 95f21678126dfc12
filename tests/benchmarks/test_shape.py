"""The table of what the shaping functions move can be made, and shows what they promise."""

from pathlib import Path

import pytest

import linnet
from benchmarks.music import shape as benchmark
from linnet import Note, Notes, Score, Track, shape

TINY = str(Path(__file__).parents[1] / "data" / "tiny.onnx")


def test_every_function_is_in_the_table() -> None:
    assert [trial.name.split()[0].rstrip(",") for trial in benchmark.TRIALS] == shape.__all__


def test_figures_move_as_promised() -> None:
    model = linnet.load(TINY)
    rows = list(benchmark.rows([model.generate(bars=8, seed=seed, key="D major") for seed in range(4)]))
    after = {(function, name): float(then) for function, name, _, then, *_ in rows if function}

    assert {len(row) for row in rows} == {len(benchmark.HEADER)}
    assert after["quantise, humanised", "off the grid, ms"] == 0
    assert after["snap, major", "scale consistency"] == 1
    assert after["fold, C3 to C5", "outside C3 to C5"] == 0
    assert after["repair, folded", "sounding twice"] == 0
    assert after["close", "ends on tonic"] == 1


def two_notes(first: Note, second: Note) -> Score:
    return Score(480, (Track(Notes.of([first, second])),))


def test_figures_of_timing_are_those_one_can_count() -> None:
    score = two_notes(Note(12, 480, 60, 80), Note(276, 600, 60, 90))  # 12 and 36 ticks late; 480 are 500 ms

    assert benchmark.off_the_grid(score) == pytest.approx(25)
    assert benchmark.second_eighth(score) == pytest.approx(276 / 480)
    assert benchmark.sounding_twice(score) == 0.5
    assert benchmark.longest_note(score) == 1.25


def test_zigzag_is_none_on_a_slope() -> None:
    slope, teeth = (
        Score(480, (Track(Notes.of([Note(480 * i, 480, 60, v) for i, v in enumerate(velocities)])),))
        for velocities in ((60, 70, 80, 90), (60, 80, 60, 80))
    )

    assert [benchmark.velocity_zigzag(score) for score in (slope, teeth)] == [0, 20]
