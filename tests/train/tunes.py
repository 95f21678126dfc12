"""Small tunes, the way abc2midi writes them."""

import os
import random
from pathlib import Path

from linnet import midi
from linnet.music.score import Note, Notes, Score, TimeSignature, Track

DATA = Path(os.environ.get("LINNET_DATA", Path(__file__).parents[2].parent / "shared" / "data"))

QUARTER = 480
SCALE = (62, 64, 66, 67, 69, 71, 73, 74, 76, 78, 79, 81)


def melody(seed: int, length: int) -> list[int]:
    """Pitches that wander through D major."""
    draw = random.Random(seed)
    place, pitches = 5, []
    for _ in range(length):
        place = min(max(place + draw.choice((-3, -2, -1, -1, 1, 1, 2, 3)), 0), len(SCALE) - 1)
        pitches.append(SCALE[place])
    return pitches


def tune(
    seed: int = 1,
    *,
    bars: tuple[int, ...] = (8,) * 16,
    meter: tuple[int, int] = (4, 4),
    upbeat: int = 0,
    start: int = 0,
    pitches: list[int] | None = None,
) -> Score:
    """A tune in eighths with `bars` many in each bar and an upbeat; the first of each bar, and of all, is
    loud.
    """
    lengths = ((upbeat,) if upbeat else ()) + bars
    pitches = pitches or melody(seed, sum(lengths))
    notes, eighth = [], 0
    for length in lengths:
        for place in range(length):
            velocity = 105 if place == 0 else 95 if place == length // 2 else 80
            notes.append(Note(start + eighth * QUARTER // 2, QUARTER // 2 - start, pitches[eighth], velocity))
            eighth += 1
    return Score(QUARTER, (Track(Notes.of(notes)),), time_signatures=(TimeSignature(0, *meter),))


def write_tunes(folder: Path, count: int, *, first_seed: int = 100) -> None:
    """Writes tunes that have nothing to do with each other."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        midi.write(tune(first_seed + i, upbeat=i % 3), folder / f"tune{i:03}.mid")
