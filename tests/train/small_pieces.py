"""Music made by hand, note by note."""

import random
from dataclasses import replace

from linnet.music.score import Note, Notes, Score, TimeSignature, Track

QUARTER = 24
C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)


def piece(*notes: tuple[float, float, int], bars: int, meter: tuple[int, int] = (4, 4)) -> Score:
    """Notes as (onset, duration, pitch) in quarters."""
    made = [Note(round(on * QUARTER), round(long * QUARTER), pitch, 80) for on, long, pitch in notes]
    end = bars * meter[0] * 4 * QUARTER // meter[1]
    return Score(QUARTER, (Track(Notes.of(made)),), time_signatures=(TimeSignature(0, *meter),), end=end)


def parts(
    *tracks: list[tuple[float, float, int]],
    bars: int,
    meter: tuple[int, int] = (4, 4),
    programs: tuple[int, ...] = (),
) -> Score:
    """A track for each list of notes, as in `piece`."""
    made = [piece(*notes, bars=bars, meter=meter) for notes in tracks]
    programs = programs or (0,) * len(tracks)
    both = zip(made, programs, strict=True)
    return replace(made[0], tracks=tuple(Track(score.tracks[0].notes, program) for score, program in both))


def drums(*strokes: tuple[float, int], bars: int, velocity: int = 80) -> Score:
    """Strokes as (onset in quarters, drum), at 120 quarters a minute."""
    made = [Note(round(onset * QUARTER), 6, drum, velocity) for onset, drum in strokes]
    return Score(QUARTER, (Track(Notes.of(made), is_drum=True),), end=bars * 4 * QUARTER)


def chorale(*chords: tuple[int, ...], beats: float = 1) -> Score:
    """Four voices, soprano first, that strike together, so many quarters a chord."""
    voices = [[(i * beats, beats, chord[voice]) for i, chord in enumerate(chords)] for voice in range(4)]
    return parts(*voices, bars=-(-int(len(chords) * beats) // 4))


def line(pitches: list[int], *, step: float = 1, bars: int | None = None) -> Score:
    """A melody in equal notes."""
    length = bars or -(-len(pitches) * step // 4)
    return piece(*((i * step, step, pitch) for i, pitch in enumerate(pitches)), bars=int(length))


def walk(seed: int, length: int) -> list[int]:
    draw, place = random.Random(seed), 7
    scale = [pitch + 12 * octave for octave in range(2) for pitch in C_MAJOR[:7]]
    pitches = []
    for _ in range(length):
        place = min(max(place + draw.choice((-2, -1, 1, 2)), 0), len(scale) - 1)
        pitches.append(scale[place])
    return pitches


def tune(seed: int) -> Score:
    """AABB: each part four bars of eighths with a cadence in C."""
    parts = [[*walk(seed * 2 + part, 30), 60, 60] for part in range(2)]
    return line(parts[0] * 2 + parts[1] * 2, step=0.5)
