"""The statistics of people's timing are found again in performances that were made with known ones."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from linnet import shape
from linnet.music.score import Notes, Score, Track
from linnet.shape import _performed
from linnet_train.corpus import performed


def performance(seed: int, *, late_ms: float, shared: float, swing: int = 0, bars: int = 40) -> Score:
    """Two drums in eighths at 120 BPM, the off-beats late by so many ticks, straying by so much."""
    draw = np.random.default_rng(seed)
    moment = np.repeat(np.arange(8 * bars), 2)
    drum = np.tile([36, 42], 8 * bars)
    together = np.repeat(draw.normal(size=8 * bars), 2)
    stray = np.sqrt(shared) * together + np.sqrt(1 - shared) * draw.normal(size=len(moment))
    late = np.round(stray * late_ms * 0.96).astype(np.int64)  # 480 ticks are 500 ms
    onset = 480 + moment * 240 + (moment % 2) * swing + late
    velocity = np.where(drum == 36, 100, 60) + np.round(draw.normal(size=len(moment)) * 8).astype(np.int64)
    return Score(480, (Track(Notes(onset, np.full(len(onset), 60), drum, velocity), is_drum=True),))


def test_spread_and_correlation_are_those_the_performance_was_made_with() -> None:
    times, velocities = performed.strays(
        [performance(seed, late_ms=12, shared=0.7, swing=20) for seed in range(10)]
    )
    late, louder = performed.summarise(times), performed.summarise(velocities)

    # 6,400 strokes less 2 %: their spread is known to 1 %, the correlations to 0.02.
    assert late.spread == pytest.approx(12, rel=0.05)
    assert late.together == pytest.approx(0.7, abs=0.06)
    assert abs(late.carried) < 0.1
    assert louder.spread == pytest.approx(8, rel=0.05)
    assert abs(louder.together) < 0.06


def test_humanised_drums_are_measured_as_those_of_people_were() -> None:
    straight = performance(0, late_ms=0, shared=0, bars=100)
    flat = [replace(track, notes=steady(track.notes)) for track in straight.tracks]
    played = [shape.humanise(replace(straight, tracks=tuple(flat)), seed=seed) for seed in range(20)]
    late, louder = (performed.summarise(found) for found in performed.strays(played))

    # 32,000 strokes. What they share lasts for some 20, so 5 % are left to chance, and the seeds are fixed.
    assert late.spread == pytest.approx(spread(_performed.LATE_MS), rel=0.05)
    assert late.together == pytest.approx(_performed.LATE_MS_TOGETHER, abs=0.05)
    assert late.carried == pytest.approx(_performed.LATE_MS_CARRIED, abs=0.05)
    assert louder.spread == pytest.approx(spread(_performed.LOUDER), rel=0.05)
    assert louder.together == pytest.approx(_performed.LOUDER_TOGETHER, abs=0.05)
    assert louder.carried == pytest.approx(_performed.LOUDER_CARRIED, abs=0.1)


def spread(quantiles: tuple[float, ...]) -> float:
    """Standard deviation of what is drawn from between quantiles, whose mean is 0."""
    return float(np.sqrt(np.mean([(a * a + a * b + b * b) / 3 for a, b in pairwise(quantiles)])))


def steady(notes: Notes) -> Notes:
    return Notes(notes.onset, notes.duration, notes.pitch, np.full(len(notes), 64))


def test_rolls_and_what_is_played_now_and_then_stay_out() -> None:
    score = performance(1, late_ms=5, shared=0)
    fill = Notes(np.array([100, 130, 5000]), np.full(3, 60), np.full(3, 38), np.full(3, 90))
    with_fill = Score(480, (*score.tracks, Track(fill, is_drum=True)))

    (times, _), (same, _) = performed.strays([with_fill]), performed.strays([score])
    assert sorted(times.value) == pytest.approx(sorted(same.value))


def test_the_command_writes_a_module_that_can_be_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in range(3):
        performance(seed, late_ms=10, shared=0.5).save(tmp_path / f"{seed}.mid")
    performance(9, late_ms=10, shared=0.5, bars=2).save(tmp_path / "fill.mid")
    (tmp_path / "broken.mid").write_bytes(b"no MIDI")
    written = tmp_path / "figures.py"
    assert performed.main([str(tmp_path), "--source", "a friend, CC0", "-o", str(written)]) == 0

    found: dict[str, object] = {}
    exec(written.read_text(encoding="utf-8"), found)
    late = found["LATE_MS"]
    assert isinstance(late, tuple)
    assert list(late) == sorted(late)
    assert "Measured on a friend, CC0." in str(found["__doc__"])
    said = capsys.readouterr()
    assert "3 of 5 files" in said.out
    assert "broken.mid" in said.err


def test_the_command_writes_nothing_without_performances(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert performed.main([str(tmp_path), "--source", "x", "-o", str(tmp_path / "figures.py")]) == 1

    assert "no performance of 8 bars" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
