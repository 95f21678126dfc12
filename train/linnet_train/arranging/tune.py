"""A melody and the chords under its beats, taken from any piece."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from linnet.music.beats import beats_of
from linnet.music.chord import NO_CHORD, Chord, is_symbol
from linnet.music.phrases import top_line
from linnet.music.score import Score, TimeSignature
from linnet_train.corpus.align import align

TICKS = 24
"""In a quarter note."""

METERS = {"4/4": "4/4", "2/2": "4/4", "2/4": "4/4", "3/4": "3/4", "6/8": "6/8"}
"""What is read, and as what it is played: two bars of 2/4 are one of 4/4."""

FEWEST_BARS, MOST_BARS = 8, 32
FEWEST_NOTES = 24
MOST_SILENT = 0.34
"""Share of the beats without a chord."""

Note = tuple[int, int, int]
"""Onset, duration, pitch."""


@dataclass(frozen=True, slots=True)
class Tune:
    """A melody over chords, from its first full bar on; ticks of 24 a quarter note."""

    name: str
    meter: str
    notes: tuple[Note, ...]
    """An upbeat has onsets below 0."""

    chords: tuple[Chord, ...]
    """One a beat."""

    bpm: float

    @property
    def beat(self) -> int:
        """Ticks of a beat."""
        return self.bar // self.beats

    @property
    def beats(self) -> int:
        """In a bar."""
        return beats_of(TimeSignature.named(self.meter))[0]

    @property
    def bar(self) -> int:
        """Ticks of a bar."""
        signature = TimeSignature.named(self.meter)
        return TICKS * 4 * signature.numerator // signature.denominator

    @property
    def bars(self) -> int:
        """How many there are."""
        return len(self.chords) // self.beats


def read_tune(path: str | Path) -> Tune | None:
    """The tune of a MIDI file; None where it has none that a band could play: no melody of a usual meter over
    chords.

    Raises:
        MidiError: The file cannot be read.
    """
    score = align(Score.open(path)).score
    full = 1 if score.upbeat or _begins_late(score) else 0
    body = [
        each for each in score.time_signatures if each.tick >= score.bar_tick(full)
    ] or score.time_signatures[-1:]
    names = {f"{each.numerator}/{each.denominator}" for each in body}
    meter = METERS.get(names.pop()) if len(names) == 1 else None
    if meter is None or score.bars - full < FEWEST_BARS:
        return None
    start = score.bar_tick(full)
    chords = _chords(score, start)
    tune = Tune(Path(path).stem, meter, (), chords, 60e6 / score.tempos[0].tempo)
    bars = min(len(chords) // tune.beats, MOST_BARS)
    bars -= bars % 4
    end = bars * tune.bar
    tune = replace(tune, notes=_melody(score, start, end), chords=chords[: bars * tune.beats])
    return tune if bars >= FEWEST_BARS and len(tune.notes) >= FEWEST_NOTES else None


def _begins_late(score: Score) -> bool:
    first = min((int(track.notes.onset[0]) for track in score.tracks if len(track.notes)), default=0)
    return score.bars > 1 and 2 * first >= score.bar_tick(1)


def _melody(score: Score, start: int, end: int) -> tuple[Note, ...]:
    """The top line, or the track that is called the melody: on the grid, one note at a time."""
    named = [track for track in score.tracks if "melody" in track.name.lower() and len(track.notes)]
    line = top_line(replace(score, tracks=tuple(named[:1] or score.tracks)))
    rows = [
        (_grid(onset - start, score), _grid(onset + duration - start, score), pitch)
        for onset, duration, pitch, _ in line.rows()
    ]
    rows = [row for row in rows if row[0] < end]
    cut = [
        (onset, min(stop, following[0]), pitch)
        for (onset, stop, pitch), following in pairwise([*rows, (end, end, 0)])
    ]
    return tuple((onset, stop - onset, pitch) for onset, stop, pitch in cut if stop > onset)


def _grid(ticks: int, score: Score) -> int:
    return (2 * ticks * TICKS + score.ticks_per_beat) // (2 * score.ticks_per_beat)


def _chords(score: Score, start: int) -> tuple[Chord, ...]:
    """Of each beat from a tick on: as marked, or else as heard. Silent ones take the chord before.
    Empty where most are silent.
    """
    marked = [
        (mark.tick, mark.text) for mark in score.markers if is_symbol(mark.text) or mark.text in NO_CHORD
    ]
    heard: list[Chord | None] = []
    for beat in score.chords():
        if beat.tick < start:
            continue
        symbols = [text for tick, text in marked if tick <= beat.tick]
        chord = (None if symbols[-1] in NO_CHORD else Chord.nearest(symbols[-1])) if symbols else beat.chord
        heard.append(beat.chord if marked and chord is None else chord)
    if sum(chord is None for chord in heard) > MOST_SILENT * len(heard):
        return ()
    last = next((chord for chord in heard if chord), None)
    found = []
    for chord in heard:
        last = chord or last
        if last is not None:
            found.append(last)
    return tuple(found)
