"""Puts music that people played to a click onto the grid, and keeps how far they were from it.

A file that was recorded beside a click knows its tempo, so it knows its beats; what it does not know is which
rhythm was meant. For every beat the subdivision is chosen that explains best where the strokes fell: straight
sixteenths, triplets, sextuplets or thirty-seconds. Fine ones come nearer to anything, so each costs what it
takes to say which of its places was meant, and what it is worth depends on how usual it is in this piece: a
shuffle is heard as one because all of its beats are. What is left over is the timing of the player.

Everything here is a function from Score to Score.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Notes, Score
from linnet.tokens.decoder import Reader
from linnet.tokens.quantise import TICKS_PER_BEAT
from linnet.tokens.vocabulary import FAMILIES

GRID = TICKS_PER_BEAT["grid"]

SUBDIVISIONS: Mapping[int, float] = {4: 0.7, 3: 0.14, 6: 0.06, 8: 0.1}
"""Parts of a quarter that players aim at, and how usual each is before anything was heard."""

SPREAD = 0.014
"""Seconds by which strokes miss their place (standard deviation)."""

FARTHEST = 3.0
"""Spreads beyond which a stroke has missed by as much as it can: one slip decides no beat."""

PRIOR_BEATS = 4.0
"""Beats that what is usual counts as."""

ROUNDS = 4
"""Subdivisions, how usual they are and the latency of the player depend on one another."""

MOST = 10_000
"""Tenths of a millisecond: nobody is a second late."""

_DRUMS = FAMILIES["drum"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Snapped:
    """A performance on the grid."""

    score: Score
    """With as many ticks as the codec has on its grid."""

    late: Mapping[tuple[int, int], float]
    """Milliseconds that each stroke of a drum came after its place, by (tick, pitch). The latency of the
    whole performance, such as that of an electronic kit, is taken off.
    """


def snap(score: Score) -> Snapped:
    """The performance on the grid; its bars, meters and tempos are those of the file."""
    onsets = np.concatenate([np.zeros(0, np.int64), *(track.notes.onset for track in score.tracks)])
    place, late = _places(score, onsets)
    tracks, lates, first = [], {}, 0
    for track in score.tracks:
        part = slice(first, first + len(track.notes))
        first = part.stop
        notes = track.notes
        end = np.floor(notes.end * (GRID / score.ticks_per_beat) + 0.5).astype(np.int64)
        duration = np.maximum(end - place[part], 1)
        tracks.append(replace(track, notes=Notes(place[part], duration, notes.pitch, notes.velocity)))
        if track.is_drum:
            softest_first = np.argsort(notes.velocity, kind="stable")  # of two on one place the louder stays
            rows = zip(place[part].tolist(), notes.pitch.tolist(), late[part].tolist(), strict=True)
            every = list(rows)
            lates.update({every[i][:2]: every[i][2] for i in softest_first.tolist()})
    stop = max([0, *(int(track.notes.end.max(initial=0)) for track in tracks)])
    on_grid = replace(score, tracks=(), source=None).resample(GRID)
    return Snapped(replace(on_grid, tracks=tuple(tracks), end=max(on_grid.end, stop)), lates)


def beside(tokens: NDArray[np.uint16], late: Mapping[tuple[int, int], float]) -> NDArray[np.int16]:
    """How late the strokes of a piece were, beside their tokens, in tenths of a millisecond; 0 for other
    tokens. (tokens,)
    """
    found = np.zeros(len(tokens), np.int16)
    reader = Reader("grid")
    for i, token in enumerate(tokens.tolist()):
        reader.read(token, i)
        if token in _DRUMS.ids:
            tenths = 10 * late.get((reader.now, _DRUMS.value_of(token)), 0.0)
            found[i] = np.clip(np.floor(tenths + 0.5), -MOST, MOST)
    return found


def _places(score: Score, onsets: Ints) -> tuple[Ints, Floats]:
    """Ticks of the grid that onsets were meant for, and milliseconds that they came after them."""
    bars = score.bar_ticks()
    bar = bars[np.searchsorted(bars, onsets, "right") - 1]
    into = (onsets - bar) / score.ticks_per_beat  # quarters
    _, beat = np.unique(bar + np.floor(into) * score.ticks_per_beat, return_inverse=True)
    quarter = score.seconds(onsets + score.ticks_per_beat) - score.seconds(onsets)
    parts = np.array(list(SUBDIVISIONS))
    usual = np.array(list(SUBDIVISIONS.values()))
    weights, latency = usual, 0.0
    aimed = np.zeros(len(onsets))
    for _ in range(ROUNDS if len(onsets) else 0):
        heard = into - latency / quarter
        nearest = np.floor(heard * parts[:, None] + 0.5) / parts[:, None]  # (subdivisions, notes)
        missed = (heard - nearest) * quarter / SPREAD
        cost = np.minimum(missed**2, FARTHEST**2) / 2 + np.log(parts)[:, None]
        of_beat = np.stack([np.bincount(beat, weights=each) for each in cost]) - np.log(weights)[:, None]
        chosen = of_beat.argmin(axis=0)
        weights = np.bincount(chosen, minlength=len(parts)) + PRIOR_BEATS * usual
        weights /= weights.sum()
        aimed = nearest[chosen[beat], np.arange(len(onsets))]
        latency = float(np.median((into - aimed) * quarter))
    start = np.floor(bar * (GRID / score.ticks_per_beat) + 0.5)
    place = np.maximum(start + np.floor(aimed * GRID + 0.5), 0).astype(np.int64)
    return place, 1000 * ((into - aimed) * quarter - latency)
