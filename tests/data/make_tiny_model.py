"""Makes tiny.onnx and tiny-latent.onnx: `python tests/data/make_tiny_model.py`, in a minute.

Models for tests, a plain and a variational one: the whole path from MIDI files to a model file, on tunes that
it draws by lot. The weights are free of anyone's music, and small enough to live in the repository.
"""

import random
import sys
import tempfile
from pathlib import Path

import linnet_export.cli
import linnet_train.commands
from linnet.music.score import Note, Notes, Score, TempoChange, TimeSignature, Track

TUNES = 120
BARS = 8
QUARTER = 24
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)


def tune(dice: random.Random) -> Score:
    """Wanders up and down a scale in bars of a few rhythms, and ends on the first step."""
    key, scale = dice.randrange(55, 67), dice.choice((MAJOR, MINOR))
    beats = dice.choice((3, 4))
    bar = beats * QUARTER
    velocity = dice.choice((64, 80, 96))
    notes, step = [], 0
    for start in range(0, (BARS - 1) * bar, bar):
        onset = start
        while onset < start + bar:
            duration = dice.choice((QUARTER, QUARTER, QUARTER // 2))
            octave, degree = divmod(step, len(scale))
            notes.append(
                Note(onset, min(duration, start + bar - onset), key + 12 * octave + scale[degree], velocity)
            )
            onset += duration
            step = min(9, max(0, step + dice.choice((-2, -1, -1, 1, 1, 2))))
    notes.append(Note((BARS - 1) * bar, bar, key, velocity))
    return Score(
        ticks_per_beat=QUARTER,
        tracks=(Track(Notes.of(notes), program=dice.choice((0, 40, 73))),),
        tempos=(TempoChange(0, 60_000_000 // dice.choice((90, 120, 150))),),
        time_signatures=(TimeSignature(0, beats, 4),),
    )


def main() -> int:
    """Writes both files beside this script."""
    dice = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        music, corpus = str(Path(folder, "tunes")), str(Path(folder, "corpus"))
        Path(music).mkdir()
        for number in range(TUNES):
            tune(dice).save(Path(music, f"{number:03}.mid"))
        plain = ["--hidden-size", "64", "--epochs", "25", "--batch-size", "8", "--warmup-steps", "50"]
        latent = ["--hidden-size", "32", "--latent", "32", "--encoder-size", "24", "--steps", "400"]
        latent += ["--batch-size", "16", "--kl-warmup-steps", "100"]
        return (
            linnet_train.commands.main(["prepare", music, "-o", corpus, "--workers", "1"])
            or _make("tiny", corpus, folder, plain)
            or _make("tiny-latent", corpus, folder, latent)
        )


def _make(name: str, corpus: str, folder: str, settings: list[str]) -> int:
    run = str(Path(folder, name))
    train = ["fit", corpus, "-o", run, "--device", "cpu", "--threads", "1", *settings]
    train += ["--embedding-dim", "16", "--num-layers", "1", "--dropout", "0", "--chunk", "64"]
    train += ["--grammar-weight", "20", "--average", "0.98", "--learning-rate", "0.005", "--clip-norm", "0.2"]
    export = [run, "-o", str(Path(__file__).with_name(f"{name}.onnx")), "--parity-tokens", "2000"]
    export += ["--forms", "0", "--allowed-use", "anything: its music was made by a random generator"]
    return linnet_train.commands.main(train) or linnet_export.cli.main(export)


if __name__ == "__main__":
    sys.exit(main())
