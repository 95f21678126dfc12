"""Music written as text, for tests of harmony: voices of notes with lengths in quarters."""

from __future__ import annotations

from linnet.music import theory
from linnet.music.score import Note, Notes, Score, TimeSignature, Track

TICKS = 480


def voice(text: str, start: float = 0) -> list[Note]:
    """`C4 D4:0.5 -:2 C4+E4+G4`: notes with their quarters, one unless given; `-` rests, `+` joins."""
    notes, at = [], start
    for word in text.split():
        names, _, quarters = word.partition(":")
        length = float(quarters or 1)
        for name in names.split("+"):
            if name != "-":
                onset, end = round(at * TICKS), round((at + length) * TICKS)
                notes.append(Note(onset, end - onset, theory.pitch_number(name), 80))
        at += length
    return notes


def music(*voices: str, meter: tuple[int, int] = (4, 4), one_track: bool = False) -> Score:
    """Voices at once, each a track of its own, or all in one as a pianist plays them."""
    parts = [voice(text) for text in voices]
    if one_track:
        parts = [[note for part in parts for note in part]]
    tracks = tuple(Track(Notes.of(part)) for part in parts)
    return Score(TICKS, tracks, time_signatures=(TimeSignature(0, *meter),))


def symbols(score: Score) -> list[str]:
    """The chord of each beat, `-` for none."""
    return [str(beat.chord or "-") for beat in score.chords()]


def bars(score: Score) -> list[str]:
    """The chords of each bar, those that repeat the one before left out."""
    found: dict[int, list[str]] = {}
    for beat, symbol in zip(score.chords(), symbols(score), strict=True):
        chords = found.setdefault(beat.bar, [])
        if not chords or chords[-1] != symbol:
            chords.append(symbol)
    return [" ".join(chords) for chords in found.values()]
