"""Figures of files that nobody quantised, with very many ticks in a quarter."""

import numpy as np
import pytest

from linnet.music.score import Notes, Score, Track
from linnet_train.evaluation.figures import FIGURES, measure


def piece(ticks_per_beat: int) -> Score:
    """Notes with gaps of up to twelve quarters, in eighths of the whole."""
    onsets = np.cumsum([0, 24, 12, 96, 6, 288, 24, 12, 48, 240, 24, 24] * 6)
    pitches = [60 + (7 * i) % 25 for i in range(len(onsets))]
    ticks = (onsets * ticks_per_beat // 24).tolist()
    rows = [(tick, ticks_per_beat // 2, pitch, 80) for tick, pitch in zip(ticks, pitches, strict=True)]
    return Score(ticks_per_beat, (Track(Notes.of_rows(rows)),))


@pytest.mark.parametrize("ticks_per_beat", [960, 8400, 10_080, 30_720])
def test_figures_do_not_depend_on_the_ticks_of_the_file(ticks_per_beat: int) -> None:
    with np.errstate(all="raise"):
        assert measure(piece(ticks_per_beat)) == pytest.approx(measure(piece(480)), rel=0.1, nan_ok=True)
        for name in FIGURES:
            FIGURES[name](piece(ticks_per_beat))
