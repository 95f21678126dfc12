"""Fewer notes and more notes, by the weight of their place in the bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from linnet.music.notes import Notes
from linnet.music.score import Score
from linnet.shape import metre
from linnet.shape._parts import check_strength, each_track, first_share, nearest
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.shape._parts import Ints

__all__ = ["thicken", "thin"]

SOFTER = (4, 5)
"""Of its velocity, what a note keeps that is struck again."""

LONGEST = 16
"""Quarters; a longer note is a drone and stays one."""


def thin(score: Score, *, strength: float = 1.0) -> Score:
    """Takes notes away: first from the weakest places of the bar, and of those the softest.

    At 1 the notes on beats are left; none of them is ever lost. Drums take part.
    """
    check_strength(strength)
    if not strength:
        return score

    def thinned(notes: Notes) -> Notes:
        weight = metre.weights(score, notes.onset)
        gone = first_share(weight < metre.BEAT, (weight, notes.velocity, notes.onset), strength)
        return notes.select(~gone)

    return each_track(score, thinned, drums=True)


def thicken(score: Score, *, strength: float = 1.0) -> Score:
    """Strikes long notes again on the beats and half beats that they ring over, softer: strong places first.

    At 1 on all of them. Pitches, and when they sound, stay; drums and drones of more than four bars of four
    do too.
    """
    check_strength(strength)
    if not strength:
        return score

    def thickened(notes: Notes) -> Notes:
        lines = _half_beats(score, notes)
        chosen = lines[
            first_share(np.ones(len(lines), np.bool_), (-metre.weights(score, lines), lines), strength)
        ]
        # A cut near an end of the note would leave a splinter.
        margin = max(score.ticks_per_beat // 4, 1)
        short = notes.duration <= LONGEST * score.ticks_per_beat
        first = np.searchsorted(chosen, notes.onset + margin)
        cuts = np.where(short, np.maximum(np.searchsorted(chosen, notes.end - margin, "right") - first, 0), 0)

        note = np.repeat(np.arange(len(notes)), cuts + 1)
        part = np.arange(len(note)) - np.repeat(np.cumsum(cuts + 1) - (cuts + 1), cuts + 1)
        cut = np.append(chosen, 0)[np.minimum(first[note] + part, len(chosen))]
        before = np.append(chosen, 0)[np.clip(first[note] + part - 1, 0, len(chosen))]
        onset = np.where(part == 0, notes.onset[note], before)
        end = np.where(part == cuts[note], notes.end[note], cut)
        velocity = notes.velocity[note].astype(np.int64)
        softer = np.maximum(velocity * SOFTER[0] // SOFTER[1], 1)
        return Notes(onset, end - onset, notes.pitch[note], np.where(part == 0, velocity, softer))

    return each_track(score, thickened, drums=False)


def _half_beats(score: Score, notes: Notes) -> Ints:
    """The half beats (thirds in compound meters) that a note of the track rings over, in order."""
    short = notes.select(notes.duration <= LONGEST * score.ticks_per_beat)
    now, end = short.onset, short.end
    found = [np.zeros(0, np.int64)]
    while len(now):
        bar = metre.place(score, now)
        step = np.where(bar.compound, bar.beat / 3, bar.beat / 2)
        while (fine := step < score.ticks_per_beat / 4).any():
            step = np.where(fine, step * 2, step)
        line = bar.start + nearest((np.floor((now - bar.start) / step) + 1) * step)
        now = np.maximum(np.minimum(line, bar.stop), now + 1)
        now, end = now[now < end], end[now < end]
        found.append(now)
    return np.unique(np.concatenate(found))
