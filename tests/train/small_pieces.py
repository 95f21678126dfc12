"""Music made by hand, note by note."""

import random

from linnet.music.score import Note, Notes, Score, TimeSignature, Track

QUARTER = 24
C_MAJOR = (60, 62, 64, 65, 67, 69, 71, 72)


def piece(*notes: tuple[float, float, int], bars: int, meter: tuple[int, int] = (4, 4)) -> Score:
    """Notes as (onset, duration, pitch) in quarters."""
    made = [Note(round(on * QUARTER), round(long * QUARTER), pitch, 80) for on, long, pitch in notes]
    end = bars * meter[0] * 4 * QUARTER // meter[1]
    return Score(QUARTER, (Track(Notes.of(made)),), time_signatures=(TimeSignature(0, *meter),), end=end)


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
