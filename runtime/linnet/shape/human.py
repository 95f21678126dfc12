"""What people add without meaning to: a little early, a little late, a little louder."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from linnet._core import Rng
from linnet.music.notes import MAX_TICK, Notes
from linnet.music.score import Score
from linnet.shape import _performed
from linnet.shape._parts import at_other_times, check_strength, finer, nearest
from linnet.tools.chance import track_streams
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.shape._parts import Floats, Ints

__all__ = ["humanise"]


def humanise(score: Score, *, seed: int, strength: float = 1.0) -> Score:
    """Onsets and velocities stray as those of people do; at 1 as far.

    How far, how alike for notes that are struck together, and how slowly it changes, was measured on people:
    `linnet.shape._performed` holds the figures and says whose. They are drummers, for want of other
    performances with a licence for it. Every track is played by somebody else, of the same seed.

    Notes never change places, a note that ended where the next began still does, more or less, and the tempo
    stays. Scores with few ticks get more of them.
    """
    check_strength(strength)
    if not strength:
        return score
    score = finer(score)
    return at_other_times(score, lambda number, notes: _played(score, notes, seed, number, strength))


def _played(score: Score, notes: Notes, seed: int, number: int, strength: float) -> tuple[Ints, Ints, Ints]:
    """Onsets, ends and velocities."""
    moments, of_note = np.unique(notes.onset, return_inverse=True)
    timing, velocity = (Rng(seed, stream=stream) for stream in track_streams(number))
    shared, late = _strays(timing, of_note.tolist(), *_LATE)
    _, louder = _strays(velocity, of_note.tolist(), *_LOUDER)

    change = np.searchsorted([change.tick for change in score.tempos], notes.onset, "right") - 1
    tempo = np.array([change.tempo for change in score.tempos], np.float64)[change]
    # No moment goes as far as half way to the next, so none overtakes another.
    gaps = (np.diff(moments) - 1) // 2
    before, after = np.append(moments[0], gaps)[of_note], np.append(gaps, MAX_TICK - moments[-1])[of_note]

    def in_ticks(milliseconds: Floats) -> Ints:
        ticks = nearest(milliseconds * strength * 1000 * score.ticks_per_beat / tempo)
        return np.clip(ticks, -before, after)

    moved = in_ticks(late)
    of_moment = np.zeros(len(moments), np.int64)
    of_moment[of_note] = in_ticks(shared)
    meets = np.minimum(np.searchsorted(moments, notes.end), len(moments) - 1)
    end = notes.end + np.where(moments[meets] == notes.end, of_moment[meets], moved)
    return notes.onset + moved, end, np.clip(notes.velocity + nearest(strength * louder), 1, 127)


def _strays(
    rng: Rng, moments: list[int], quantiles: tuple[float, ...], together: float, carried: float
) -> tuple[Floats, Floats]:
    """For each note what all of its moment share, and how far it strays with its own part added.

    What is shared goes from moment to moment like a first-order autoregression. Both parts have the spread
    of the quantiles, so their weights decide how alike the notes of a moment are.
    """
    a, b, fresh = sqrt(together), sqrt(1 - together), sqrt(1 - carried * carried)
    common = _draw(rng, quantiles)
    shared, strays = [], []
    last = moments[0]
    for moment in moments:
        if moment != last:
            common, last = carried * common + fresh * _draw(rng, quantiles), moment
        shared.append(a * common)
        strays.append(a * common + b * _draw(rng, quantiles))
    return np.array(shared), np.array(strays)


def _draw(rng: Rng, quantiles: tuple[float, ...]) -> float:
    place = rng.uniform() * (len(quantiles) - 1)
    i = int(place)
    return quantiles[i] + (place - i) * (quantiles[i + 1] - quantiles[i])


_LATE = (_performed.LATE_MS, _performed.LATE_MS_TOGETHER, _performed.LATE_MS_CARRIED)
_LOUDER = (_performed.LOUDER, _performed.LOUDER_TOGETHER, _performed.LOUDER_CARRIED)
