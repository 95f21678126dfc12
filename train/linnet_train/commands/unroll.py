"""`linnet-train unroll`: the pieces of a frame set as MIDI files, to be prepared and trained on like others.

A frame knows pitches, not voices and not whether a note is held or struck again. Pieces with at most four
notes at a time become four voices, from the highest down: each voice takes the pitch that moves it least
while no voice crosses another, and where there are fewer pitches voices share one. Others become one track.
Every frame is struck: in a chorale each syllable is. The makers of the sets moved pieces to C major or minor,
some by most of an octave, so a piece of voices is put into the octave where a choir can sing it.
"""

import argparse
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from linnet.music.score import Notes, Score, Track
from linnet.tools.text import counted
from linnet_train.frames import sets
from linnet_train.frames.sets import SPLITS

HELP = "the pieces of such a benchmark set as MIDI"
DESCRIPTION = "Writes the pieces of a set of piano rolls as MIDI files, to be prepared and trained on."
EXAMPLES = ""

LOWEST = 21  # the MIDI pitch of the first column of a roll
VOICES = 4
SUNG = 60  # the mean pitch of four-part hymns
TICKS = 24
VELOCITY = 80


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("file", type=Path, metavar="FILE.npz", help="a set that `linnet-train frames` reads")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the files"
    )
    parser.add_argument(
        "--program", type=int, default=0, help="General MIDI program, 0 to 127 (default: 0, piano)"
    )


def run(args: argparse.Namespace) -> int:
    """The command."""
    music = sets.read(args.file)
    args.output.mkdir(parents=True, exist_ok=True)
    pieces = [
        (f"{split}-{i:04}", rolls.roll[rolls.offsets[i] : rolls.offsets[i + 1]])
        for split, rolls in zip(SPLITS, (music.train, music.valid, music.test), strict=True)
        for i in range(rolls.pieces)
    ]
    for name, roll in tqdm(pieces, unit="piece", disable=None):
        score(roll, args.program).save(args.output / f"{name}.mid")
    print(f"{counted(len(pieces), 'piece')} in {args.output}")
    return 0


def score(roll: NDArray[np.bool_], program: int) -> Score:
    """A piece of frames (frames, pitches), each a quarter note long."""
    frames = [(np.flatnonzero(frame)[::-1] + LOWEST).tolist() for frame in roll]
    if max(map(len, frames), default=0) > VOICES:
        voices = [[(i, pitch) for i, frame in enumerate(frames) for pitch in frame]]
    else:
        mean = np.mean([pitch for frame in frames for pitch in frame] or [SUNG])
        octave = 12 * round((SUNG - float(mean)) / 12)
        voices = _voices([[pitch + octave for pitch in frame] for frame in frames])
    return Score(
        ticks_per_beat=TICKS,
        tracks=tuple(
            Track(
                Notes(
                    [i * TICKS for i, _ in voice],
                    [TICKS] * len(voice),
                    [p for _, p in voice],
                    [VELOCITY] * len(voice),
                ),
                program=program,
            )
            for voice in voices
        ),
        end=len(frames) * TICKS,
    )


def _voices(frames: list[list[int]]) -> list[list[tuple[int, int]]]:
    voices: list[list[tuple[int, int]]] = [[] for _ in range(VOICES)]
    before = [72, 65, 60, 50]  # where the four voices of a choir are at home
    for i, pitches in enumerate(frames):
        if not pitches:
            continue
        # all ways to give each voice a pitch that is not above its neighbour's, no pitch left out
        ways = [
            way
            for way in combinations_with_replacement(range(len(pitches)), VOICES)
            if len(set(way)) == len(pitches)
        ]
        way = min(ways, key=lambda way: sum(abs(pitches[p] - b) for p, b in zip(way, before, strict=True)))
        before = [pitches[p] for p in way]
        for voice, pitch in zip(voices, before, strict=True):
            voice.append((i, pitch))
    return voices
