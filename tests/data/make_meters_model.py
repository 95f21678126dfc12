"""Makes meters.onnx: `python tests/data/make_meters_model.py`, in a minute.

The network of tiny.onnx, which learnt before there were rare meters, carried on with tunes in each of them
that are drawn by lot.
"""

import random
import sys
import tempfile
from pathlib import Path

import linnet_export.cli
import linnet_train.commands
from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet.tokens.vocabulary import COMMON_METERS, TIME_SIGNATURES

TUNES, BARS = 60, 8
SCALE = (0, 2, 4, 5, 7, 9, 11, 12)


def tune(dice: random.Random, numerator: int, denominator: int, bar: int) -> Score:
    """Wanders up and down a scale in notes of one length, a longer one at the end of each bar."""
    step = {7: 6, 5: 12}.get(numerator, 48)
    notes, degree = [], 0
    for start in range(0, BARS * bar, bar):
        onsets = list(range(start, start + bar, step))
        if dice.random() < 0.5:
            onsets.pop()
        for onset, end in zip(onsets, [*onsets[1:], start + bar], strict=True):
            notes.append(Note(onset, end - onset, 60 + SCALE[degree], 80))
            degree = min(7, max(0, degree + dice.choice((-1, -1, 1, 1, 2))))
    return Score(
        24, (Track(Notes.of(notes), program=73),), time_signatures=(TimeSignature(0, numerator, denominator),)
    )


def main() -> int:
    """Writes the file beside this script."""
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        music, corpus, run = (str(Path(folder, name)) for name in ("tunes", "corpus", "run"))
        Path(music).mkdir()
        for number in range(TUNES):
            meter = TIME_SIGNATURES[COMMON_METERS + number % (len(TIME_SIGNATURES) - COMMON_METERS)]
            tune(dice, *meter).save(Path(music, f"{number:03}.mid"))
        here = Path(__file__).parent
        fit = ["fit", corpus, "-o", run, "--from", str(here / "tiny.onnx"), "--steps", "300"]
        fit += ["--batch-size", "8", "--chunk", "64", "--device", "cpu", "--threads", "1"]
        export = [run, "-o", str(here / "meters.onnx"), "--parity-tokens", "2000", "--forms", "0"]
        export += ["--allowed-use", "anything: its music was made by a random generator"]
        return (
            linnet_train.commands.main(["prepare", music, "-o", corpus, "--workers", "1"])
            or linnet_train.commands.main(fit)
            or linnet_export.cli.main(export)
        )


if __name__ == "__main__":
    sys.exit(main())
