"""What is counted in a piece to say whether it is as it was wished for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from linnet.music.beats import WEAK, beat_grid
from linnet.music.chord import NO_CHORD, Chord
from linnet.music.score import Note, Score, Track

__all__ = [
    "agreement",
    "chord_found",
    "chord_named",
    "end",
    "in_bars",
    "intervals",
    "largest_move",
    "line",
    "moves",
    "notes_of",
    "onsets",
    "rests_in",
    "rests_on",
    "symbols",
    "top_line",
]

ChordAt = Callable[[int], Chord | None]


def line(score: Score, bar: int) -> int:
    """The tick at which a bar begins, counted from 1 as people do; an upbeat is bar 0.

    One bar after the last there is the end of the music.
    """
    lines = score.bar_ticks().tolist()
    number = bar - 1 + bool(score.upbeat)
    if number < len(lines):
        return int(lines[number])
    signature = score.meters()[-1][0]
    return int(lines[-1] + score.ticks_per_beat * 4 * signature.numerator // signature.denominator)


def end(score: Score) -> int:
    """The tick at which the last bar is over."""
    return line(score, score.full_bars + 1)


def rests_on(score: Score, bar: int) -> int:
    """Pitch on which the highest line holds still longest in a bar, of equals the last.

    That is where a phrase rests; shorter notes that lead on to the next one may follow.
    """
    begin, over = line(score, bar), line(score, bar + 1)
    inside = [note for note in top_line(score) if begin <= note[0] < over]
    after = [*(onset for onset, _ in inside[1:]), over]
    steps = [(next_one - onset, onset, pitch) for next_one, (onset, pitch) in zip(after, inside, strict=True)]
    return max(steps)[2]


def notes_of(part: Score | Track) -> list[Note]:
    """In the order of time, from low to high where several begin together."""
    return sorted(part.notes, key=lambda note: (note.onset, note.pitch))


def in_bars(score: Score, first: int, last: int, track: int = 0) -> list[tuple[int, int, int, int]]:
    """Notes that begin in these bars: ticks after the first bar line, duration, pitch and velocity."""
    begin, end = line(score, first), line(score, last + 1)
    return [
        (note.onset - begin, note.duration, note.pitch, note.velocity)
        for note in notes_of(score.tracks[track])
        if begin <= note.onset < end
    ]


def onsets(score: Score, first: int, last: int) -> list[int]:
    """Ticks after the first bar line at which something begins in these bars."""
    return sorted({onset for onset, *_ in in_bars(score, first, last)})


def top_line(part: Score | Track) -> list[tuple[int, int]]:
    """Onset and pitch of the highest note at each onset."""
    return sorted({note.onset: note.pitch for note in notes_of(part)}.items())


def intervals(part: Score | Track) -> list[int]:
    """Semitones from each note of the highest line to the next."""
    return [b - a for (_, a), (_, b) in pairwise(top_line(part))]


def moves(part: Score | Track) -> list[int]:
    """Intervals without repeated notes."""
    return [abs(step) for step in intervals(part) if step]


def largest_move(score: Score, ticks: Iterable[int]) -> int:
    """Semitones of the largest interval across one of these ticks."""
    highest, found = top_line(score), [0]
    for tick in ticks:
        before = [pitch for onset, pitch in highest if onset < tick]
        after = [pitch for onset, pitch in highest if onset >= tick]
        if before and after:
            found.append(abs(after[0] - before[-1]))
    return max(found)


def rests_in(part: Track) -> int:
    """Ticks between a track's first note and the end of its last in which it is silent."""
    silent, heard = 0, None
    for note in notes_of(part):
        silent += 0 if heard is None else max(note.onset - heard, 0)
        heard = max(heard or 0, note.onset + note.duration)
    return silent


def chord_found(score: Score) -> ChordAt:
    """The chord at a tick, as `linnet info --chords` finds it."""
    beats = score.chords()
    ticks = [beat.tick for beat in beats]
    return lambda tick: beats[max(int(np.searchsorted(ticks, tick, "right")) - 1, 0)].chord


def chord_named(score: Score) -> ChordAt:
    """The chord at a tick, as the markers of a piece name it."""
    ticks = [marker.tick for marker in score.markers]
    chords = [None if m.text in NO_CHORD else Chord.nearest(m.text) for m in score.markers]

    def at(tick: int) -> Chord | None:
        place = int(np.searchsorted(ticks, tick, "right")) - 1
        return chords[place] if place >= 0 else None

    return at


def agreement(score: Score, tracks: Sequence[Track], chord_at: ChordAt) -> float:
    """Of the notes that these tracks begin on strong beats, the share that belongs to the chord there."""
    grid, inside = beat_grid(score), []
    strong = {
        int(tick)
        for tick, strength in zip(grid.tick.tolist(), grid.strength.tolist(), strict=True)
        if strength != WEAK
    }
    for track in tracks:
        for note in track.notes:
            chord = chord_at(note.onset) if note.onset in strong else None
            if chord is not None:
                inside.append(note.pitch % 12 in chord.pitch_classes)
    return float(np.mean(inside)) if inside else 0.0


def symbols(score: Score) -> list[tuple[int, str]]:
    """Bar, from 1, and name of every chord that is written into a piece, where it changes."""
    first = [line(score, bar) for bar in range(1, score.full_bars + 1)]
    return [
        (int(np.searchsorted(first, marker.tick, "right")), marker.text)
        for marker in score.markers
        if re.match(r"[A-G]", marker.text)
    ]
