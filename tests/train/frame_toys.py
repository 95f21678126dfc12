"""Small sets of frames for tests."""

from pathlib import Path

import numpy as np

from linnet_train.frames.sets import FrameSet, Rolls


def toy_rolls(pieces: int, *, pitches: int = 8, seed: int = 0, length: int = 24) -> Rolls:
    """Pieces that repeat a random phrase of six frames with a few wrong notes, of nearly equal lengths."""
    rng = np.random.default_rng(seed)
    rolls = []
    for piece in range(pieces):
        frames = length + piece % 3
        phrase = rng.random((6, pitches)) < 2.5 / pitches
        roll = np.tile(phrase, (-(-frames // 6), 1))[:frames]
        rolls.append(roll ^ (rng.random(roll.shape) < 0.2 / pitches))
    offsets = np.cumsum([0, *(len(roll) for roll in rolls)])
    return Rolls(np.concatenate(rolls), offsets)


def toy_set(*, pitches: int = 8) -> FrameSet:
    """Six, two and two pieces."""
    train, valid, test = (toy_rolls(n, pitches=pitches, seed=n_seed) for n_seed, n in enumerate((6, 2, 2)))
    return FrameSet(train, valid, test)


def write_toy(path: Path) -> Path:
    """A toy set of 88 pitches in a file."""
    arrays = {}
    music = toy_set(pitches=88)
    for name, rolls in (("train", music.train), ("valid", music.valid), ("test", music.test)):
        arrays[f"{name}_roll"] = np.packbits(rolls.roll, axis=1)
        arrays[f"{name}_offsets"] = rolls.offsets
    np.savez(path, **arrays)
    return path
