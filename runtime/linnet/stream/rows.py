"""Notes of a piece that is laid over a stream, without its tempos."""

from __future__ import annotations

from linnet.music.score import Score

__all__ = ["FINE", "Row", "rows_of"]

FINE = 480
"""Ticks of a row in a quarter note."""

Row = tuple[int, int, int, int, int, bool]
"""Onset and duration in ticks, pitch, velocity, program, whether it is a drum."""


def rows_of(score: Score) -> tuple[Row, ...]:
    """The notes of a piece, by onset, as `Waiting` keeps them; its tempos are left behind."""
    fine = score.resample(FINE)
    rows = [
        (onset, max(duration, 1), pitch, velocity, 0 if track.is_drum else track.program, track.is_drum)
        for track in fine.tracks
        for onset, duration, pitch, velocity in track.notes.rows()
    ]
    return tuple(sorted(rows))
