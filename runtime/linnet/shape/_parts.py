"""What the shaping functions share."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from linnet.music.notes import Notes
from linnet.music.score import Score
from linnet.music.timeline import FINE_TICKS_PER_BEAT
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


def check_strength(strength: float) -> None:
    if not 0 <= strength <= 1:  # so is NaN refused
        raise ValueError(f"strength must be between 0 and 1, got {strength}")


def each_track(score: Score, change: Callable[[Notes], Notes], *, drums: bool) -> Score:
    """The score with the notes of every track changed, or of every track but drums."""
    tracks = (
        replace(track, notes=change(track.notes)) if track.notes and (drums or not track.is_drum) else track
        for track in score.tracks
    )
    return replace(score, tracks=tuple(tracks))


def at_other_times(score: Score, times: Callable[[int, Notes], tuple[Ints, Ints, Ints | None]]) -> Score:
    """The score with the notes of every track at other onsets and ends (and velocities); lyrics go with them.

    `times` is told the number of the track. Notes of one onset take its lyrics to the earliest of their new
    ones.
    """
    tracks = []
    moves: list[tuple[int | None, dict[int, int]]] = []
    for number, track in enumerate(score.tracks):
        if track.notes:
            onset, end, velocity = times(number, track.notes)
            went: dict[int, int] = {}
            for old, new in zip(track.notes.onset.tolist(), onset.tolist(), strict=True):
                went[old] = min(new, went.get(old, new))
            moves.append((track.place.track if track.place else None, went))
            track = replace(track, notes=timed(track.notes, onset, end, velocity))
        tracks.append(track)
    return replace(score, tracks=tuple(tracks), source=score.source and score.source.with_words_moved(moves))


def nearest(values: NDArray[np.floating[Any]]) -> Ints:
    """Whole numbers, halves upwards."""
    found: Ints = np.floor(values + 0.5).astype(np.int64)
    return found


def finer(score: Score) -> Score:
    """The same music on a grid that has room for the timing of people."""
    times = -(-FINE_TICKS_PER_BEAT // score.ticks_per_beat)
    return score.resample(score.ticks_per_beat * times)


def first_share(candidates: Bools, keys: tuple[NDArray[np.integer], ...], strength: float) -> Bools:
    """Of the candidates a share, those first whose first key is lowest; the next key decides ties."""
    found = np.flatnonzero(candidates)
    order = np.lexsort([key[found] for key in reversed(keys)])
    chosen = np.zeros(len(candidates), np.bool_)
    chosen[found[order[: int(strength * len(found) + 0.5)]]] = True
    return chosen


def next_of_pitch(notes: Notes) -> Ints:
    """The index of the next note of the same pitch; -1 for the last one."""
    order = np.lexsort((notes.duration, notes.onset, notes.pitch))
    following = np.full(len(notes), -1)
    same = notes.pitch[order[1:]] == notes.pitch[order[:-1]]
    following[order[:-1][same]] = order[1:][same]
    return following


def timed(notes: Notes, onset: Ints, end: Ints, velocity: Ints | None = None) -> Notes:
    """The notes at other times, none shorter than a tick. What did not overlap its own pitch does not."""
    following = next_of_pitch(notes)
    apart = (following >= 0) & (notes.end <= notes.onset[following])
    end = np.where(apart, np.minimum(end, onset[following]), end)
    return Notes(
        onset, np.maximum(end - onset, 1), notes.pitch, notes.velocity if velocity is None else velocity
    )
