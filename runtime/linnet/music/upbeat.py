"""Upbeats: a short first bar to the ear and on paper, a whole one with a rest before it to a network."""

from __future__ import annotations

from linnet.music.score import Notes, Score, TimeSignature
from linnet.music.timeline import bar_length, rescale
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np

__all__ = ["cut", "pad"]


def cut(score: Score) -> Score:
    """Without the silence before its first note, where that is in the first bar: a short one then."""
    first = min((row[0] for track in score.tracks for row in track.notes.rows()), default=score.end)
    second = score.bar_tick(1) if score.bars > 1 else score.end
    if not first or first >= second:
        return score
    moved = _moved(score, -first)
    if score.bars == 1:
        return moved
    ruling = [each for each in score.time_signatures if each.tick <= second][-1]
    barline = TimeSignature(second - first, ruling.numerator, ruling.denominator)
    return replace(moved, time_signatures=(*moved.time_signatures, barline))


def pad(score: Score) -> Score:
    """With a whole first bar: what was short begins with a rest."""
    if not score.upbeat:
        return score
    second = score.time_signatures[1]
    moved = _moved(score, rescale(1, *bar_length(second, score.ticks_per_beat)) - score.upbeat)
    return replace(moved, time_signatures=(replace(second, tick=0), *moved.time_signatures[1:]))


def _moved(score: Score, ticks: int) -> Score:
    def moved(notes: Notes) -> Notes:
        return Notes.of_rows((row[0] + ticks, *row[1:]) for row in notes.rows())

    tracks = tuple(replace(track, notes=moved(track.notes)) for track in score.tracks)

    def at(tick: int) -> int:
        return max(tick + ticks, 0) if tick else 0

    return replace(
        score,
        tracks=tracks,
        tempos=tuple(replace(change, tick=at(change.tick)) for change in score.tempos),
        time_signatures=tuple(replace(each, tick=at(each.tick)) for each in score.time_signatures),
        key_signatures=tuple(replace(each, tick=at(each.tick)) for each in score.key_signatures),
        end=max(score.end + ticks, 0),
        source=score.source and score.source.retimed(lambda tick: np.maximum(tick + ticks, 0)),
    )
