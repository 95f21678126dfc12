"""`linnet-train frames`: the classical benchmark of polyphonic frames, with exact likelihoods.

A frame is the set of pitches that sound; a model says how likely the next frame is, given those before it in
the piece. A frame is written as its pitches from the highest down, then an end, and only legal tokens get
probability, so the likelihoods of all possible frames add up to one. The headline is nats a frame over all
frames of the test split but the first of each piece, on the sets and splits of Boulanger-Lewandowski, Bengio
and Vincent (ICML 2012).
"""

import argparse
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from linnet.tools.text import counted
from linnet_train.commands.options import add_json, add_record, add_to_record, check_folder, read_record
from linnet_train.errors import TrainError
from linnet_train.frames import sets
from linnet_train.frames.features import PARTS
from linnet_train.frames.sets import SPLITS, FrameSet

HELP = "the classical benchmark of polyphonic frames"
DESCRIPTION = (
    "Trains on a set of piano rolls and scores its test split, exactly, in nats a frame: two count "
    "models, an independent-Bernoulli LSTM as control, an LSTM fed the last token only, and the LSTM with "
    "all features."
)
EXAMPLES = """
examples:
  linnet-train frames JSB_Chorales.npz
  linnet-train frames Nottingham.npz --minutes 10 --json figures.json
  linnet-train frames Nottingham.npz -o nottingham.run              after Ctrl-C the same with --resume

FILE.npz holds, for each of train, valid and test, uint8 `<split>_roll` (frames, 11), whose first 88 bits are
the keys of a piano from MIDI pitch 21 up, and int64 `<split>_offsets` (pieces + 1), where the pieces start.
Figures go to stdout, talk to stderr.
"""

NETWORKS = ("bernoulli", "last_token", "features")

EARLIER_NAMES = {"bag": "features"}
"""What networks were called before: runs of then can still be resumed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "file", type=Path, metavar="FILE.npz", help="a set: three splits of packed piano rolls"
    )
    parser.add_argument(
        "--minutes",
        type=_positive,
        default=30.0,
        metavar="M",
        help="time for everything: features, three networks, scoring (default: 30)",
    )
    add_json(parser)
    add_record(parser, "frames / set and options")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="RUN", help="folder for checkpoints, to go on after a stop"
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    parser.add_argument(
        "--epochs",
        type=_positive,
        metavar="N",
        help="at most so many for each network (default: as each recipe says)",
    )
    parser.add_argument("--only", choices=NETWORKS, help="train this network alone")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=(*PARTS, "transposing"),
        metavar="PART",
        help="the network with all features, or its recipe, without a part, to see its worth; may be "
        f"given again: {', '.join(PARTS)} or transposing",
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="of weights, order and dropout (default: 1)"
    )


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text}")
    return value


def run(args: argparse.Namespace) -> int:
    """The command."""
    # torch takes seconds to import: only now, so that --help and wrong usage answer at once
    from linnet_train.frames.contest import measure
    from linnet_train.storage import write_json

    check_folder(args.json)
    read_record(args.record)
    music = sets.read(args.file)
    print(_about(args.file, music), file=sys.stderr)
    settings = {name: getattr(args, name) for name in ("minutes", "epochs", "seed", "only", "without")}
    if args.output:
        digest = sha256(args.file.read_bytes()).hexdigest()
        _open(args.output, {**settings, "sha256": digest}, resume=args.resume)
    elif args.resume:
        raise TrainError("--resume needs -o RUN, the folder of the run to go on with")
    report = measure(music, **settings, folder=args.output)
    print(report.table())
    if args.json:
        write_json(args.json, report.to_json())
    add_to_record(args.record, "frames", report.to_json(), _name(args))
    return 0


def _name(args: argparse.Namespace) -> str:
    """The set, and the options that make this another measurement of it than the default one."""
    options = [f"--epochs {args.epochs:g}"] if args.epochs else []
    options += [f"--only {args.only}"] if args.only else []
    options += [f"--without {part}" for part in args.without]
    return " ".join([args.file.stem, *options])


def _about(file: Path, music: FrameSet) -> str:
    parts = [
        f"{name} {counted(rolls.pieces, 'piece')}, {counted(len(rolls.roll), 'frame')}"
        for name, rolls in zip(SPLITS, (music.train, music.valid, music.test), strict=True)
    ]
    return f"{file.name}: {'; '.join(parts)}"


def _open(folder: Path, settings: dict[str, Any], *, resume: bool) -> None:
    """Makes the folder of a run, or checks that this is the run to go on with."""
    from linnet_train.storage import read_json, write_json

    path = folder / "settings.json"
    if not resume:
        if path.exists():
            raise TrainError(f"{folder} already holds a run: go on with --resume, or choose another folder")
        folder.mkdir(parents=True, exist_ok=True)
        write_json(path, settings)
    elif not path.exists():
        raise TrainError(f"{folder} holds no run of this command to go on with")
    else:
        saved = read_json(path)
        for name, value in settings.items():
            before = (
                EARLIER_NAMES.get(saved.get(name), saved.get(name)) if name == "only" else saved.get(name)
            )
            if before != value:
                if name == "sha256":
                    raise TrainError(f"{folder} is a run on another file")
                raise TrainError(f"--resume keeps the settings of the run: {name} is {before}, not {value}")
