"""Makes home.onnx: `python tests/data/make_home_model.py`, in two minutes.

A model for tests that has all there is: it reads music in its home key, has heads, is told plans, chords
and roles, and composes plans. The whole path from MIDI files to a model file, on tunes with a bass and chords
that are drawn by lot; the network is as small as it can be: what counts is that every part is there.
"""

import random
import sys
import tempfile
from pathlib import Path

import linnet_export.cli
import linnet_train.commands
from linnet.music.score import KeySignature, Note, Notes, Score, TempoChange, TimeSignature, Track

TUNES = 80
QUARTER = 24
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
PROGRESSIONS = ((0, 3, 0, 4), (0, 0, 3, 4), (3, 0, 1, 4), (0, 5, 3, 4))
"""Degrees of the roots of phrases of four bars; a phrase that closes ends on 0 instead of 4."""

TONICS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
LEADS, BASSES = (40, 73), (32, 43)


def tune(dice: random.Random) -> Score:
    """Two or four periods of eight bars: an open phrase, and one that sets out like it and closes."""
    tonic, mode = dice.randrange(12), dice.choice(("major", "minor"))
    beats = dice.choice((3, 4))
    louder = dice.choice((0, 12))
    tunes, basses = list[Note](), list[Note]()
    start, before = 0, list[tuple[int, int]]()
    for period in range(dice.choice((2, 2, 4))):
        degrees = dice.choice(PROGRESSIONS)
        for bar in range(8):
            closes = bar == 7
            root = 0 if closes else degrees[bar % 4]
            again = 4 <= bar < 6
            melody = before[bar - 4] if again else (dice.choice((0, 2, 4)), dice.choice((-1, 1)))
            before = [*before[: bar % 4], melody] if bar < 4 else before
            velocity = 72 + louder + 8 * (period % 2) + 2 * (bar % 4)
            basses.append(Note(start, beats * QUARTER, 36 + _step(tonic, mode, root) % 12, velocity - 8))
            if closes:
                tunes.append(Note(start, beats * QUARTER, 60 + tonic, velocity))
            for beat in range(0 if closes else beats):
                pitch = 60 + _step(tonic, mode, root + melody[0] + melody[1] * (beat % 3))
                tunes.append(Note(start + beat * QUARTER, QUARTER, pitch, velocity))
            start += beats * QUARTER
    return Score(
        ticks_per_beat=QUARTER,
        tracks=(
            Track(Notes.of(tunes), program=dice.choice(LEADS)),
            Track(Notes.of(basses), program=dice.choice(BASSES)),
        ),
        tempos=(TempoChange(0, 60_000_000 // dice.choice((90, 120))),),
        time_signatures=(TimeSignature(0, beats, 4),),
        key_signatures=(KeySignature.named(f"{TONICS[tonic]} {mode}"),),
    )


def _step(tonic: int, mode: str, degree: int) -> int:
    """Semitones above C of a step of the scale."""
    octave, step = divmod(degree, 7)
    return tonic + 12 * octave + SCALES[mode][step]


def main() -> int:
    """Writes the file beside this script."""
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        music, corpus, run, plan = (str(Path(folder, name)) for name in ("tunes", "corpus", "run", "plan"))
        Path(music).mkdir()
        for number in range(TUNES):
            tune(dice).save(Path(music, f"{number:03}.mid"))
        small = ["--embedding-dim", "6", "--hidden-size", "32", "--num-layers", "1", "--dropout", "0"]
        steps = ["--steps", "400", "--batch-size", "8", "--chunk", "64", "--warmup-steps", "40"]
        pace = ["--learning-rate", "0.01", "--clip-norm", "0.2", "--average", "0.98"]
        planning = ["--hidden-size", "8", "--steps", "300", "--batch-size", "16", "--learning-rate", "0.01"]
        output = str(Path(__file__).with_name("home.onnx"))
        export = [run, "-o", output, "--plan", plan, "--forms", "4", "--parity-tokens", "1000"]
        return (
            linnet_train.commands.main(["prepare", music, "-o", corpus, "--workers", "1"])
            or linnet_train.commands.main(
                ["fit", corpus, "-o", run, "--device", "cpu", "--threads", "1", *small, *steps, *pace]
            )
            or linnet_train.commands.main(["plan", corpus, "-o", plan, *planning])
            or linnet_export.cli.main(
                [*export, "--allowed-use", "anything: its music was made by a random generator"]
            )
        )


if __name__ == "__main__":
    sys.exit(main())
