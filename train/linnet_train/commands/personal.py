"""`linnet-train personal`: a model of one's own, from a few MIDI files and a model that knows much music."""

import argparse
import contextlib
import dataclasses
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import linnet
from linnet_train.commands import prepare
from linnet_train.commands.options import add_json, check_folder, whole_number
from linnet_train.corpus import files
from linnet_train.errors import TrainError
from linnet_train.network.config import ModelConfig, build, read_config, wider
from linnet_train.network.start import Start
from linnet_train.sampling import opened
from linnet_train.storage import read_json, write_json

if TYPE_CHECKING:
    from linnet_train.corpus.corpus import Corpus, Split
    from linnet_train.network.network import Network

HELP = "make a model of your own from a few MIDI files"
DESCRIPTION = (
    "Carries a model on with your own music, 1 to some 200 files: prepares them, holds some out where there "
    "are enough, trains, exports, and says what it cost to predict your music before and after, how like it "
    "the pieces are and what they copy. Interrupted and started again, it goes on where it was."
)
EXAMPLES = """
examples:
  linnet-train personal my-midi/ -o mine.onnx
  linnet-train personal my-midi/ -o mine.onnx --from chorale --minutes 5
  linnet-train personal my-midi/ -o mine.onnx --replay folk.corpus     half of what it reads is old music
  linnet generate mine.onnx -o tune.mid

What it makes on its way is kept in a folder beside the model, mine.personal: the corpus, the run, and pieces.
"""

HELD_OUT_FROM = 5
"""Files from which on some are held out to stop by; from TESTED_FROM on others, to be measured."""

TESTED_FROM = 20

STEPS_WITHOUT = 60
"""Where nothing can be held out, nothing says when to stop: so many steps, 8 chunks of 128 tokens each."""

TRAINING_SHARE = 0.6
"""Of the minutes; the others are for preparing, exporting and playing."""

BARS, SECONDS = 16, 30

_DEFAULTS = (
    *("temperature", "top_k", "top_p", "min_p", "form", "guidance", "stuck_after", "parallels", "crossing"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="folder of your MIDI files, searched to the bottom",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="model file, .onnx")
    parser.add_argument(
        "--from",
        dest="start",
        type=Path,
        default=Path(linnet.model.DEFAULT),
        metavar="START",
        help="what is carried on: a packaged model, a model file or a run (default: %(default)s)",
    )
    parser.add_argument(
        "--replay",
        type=Path,
        metavar="CORPUS",
        help="music that it learnt from: half of what it reads from now on, so that it forgets less "
        "(default: weights are drawn back to where they were instead)",
    )
    parser.add_argument(
        "--minutes", type=float, default=10.0, metavar="X", help="about how long it may take (default: 10)"
    )
    parser.add_argument(
        "--steps",
        type=whole_number(1),
        metavar="N",
        help="train for so many steps at most, whatever the clock says",
    )
    parser.add_argument(
        "--way",
        choices=("all", "last", "start"),
        default="all",
        help="what may learn: all weights, the last layer with its heads, or what is read before the first "
        "note (default: all)",
    )
    parser.add_argument(
        "--pieces", type=whole_number(1, 100), default=8, metavar="N", help="pieces to look at (default: 8)"
    )
    parser.add_argument("--allowed-use", metavar="TEXT", help="what may be done with the model")
    parser.add_argument("--fresh", action="store_true", help="throw away what was begun, and begin again")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """The command."""
    start, folder = _checked(args)
    # torch takes seconds to import: only now, so that --help and wrong usage answer at once
    from linnet_train.corpus.corpus import Corpus

    _say(1, "prepare")
    if _prepare(args, folder / "corpus", start):
        return 1
    corpus = Corpus.open(folder / "corpus")
    _say(2, f"carry {start.path.stem} on")
    _train(args, corpus, folder / "run", start)
    _say(3, "export")
    _export(args, folder / "run", start)
    _say(4, "measure")
    figures = _measure(args, corpus, folder, start)
    print("\n".join(_table(figures, args)))
    if args.json:
        write_json(args.json, figures)
    return 0


def _say(number: int, what: str) -> None:
    print(f"linnet-train: {number} of 4: {what}", file=sys.stderr)


def _checked(args: argparse.Namespace) -> tuple[Start, Path]:
    """What is carried on, and the folder of what is made on the way.

    All that can be found out before the work begins is found out here.
    """
    check_folder(args.json)
    output: Path = args.output
    if output.suffix != ".onnx":
        raise TrainError(f"{output}: a model file is called something.onnx")
    check_folder(output)
    if not args.minutes > 0:
        raise TrainError(f"--minutes must be above 0, got {args.minutes:g}")
    if importlib.util.find_spec("linnet_export") is None:
        raise TrainError("the exporter is not installed: pip install -e export")
    start = Start.read(args.start)
    if start.model.latent:
        raise TrainError(f"{start.path} is a variational model: linnet-train fit goes on with those")
    if output.exists() and start.sha256 and output.samefile(start.path):
        raise TrainError(f"{output}: is the file that is read: give another name")
    folder = output.with_suffix(".personal")
    settings = {
        "from": start.sha256 or str(start.path.resolve()),
        "replay": str(args.replay.resolve()) if args.replay else None,
        "steps": args.steps,
        "minutes": args.minutes,
        "way": args.way,
    }
    kept = folder / "personal.json"
    if folder.exists() and not kept.is_file() and any(folder.iterdir()):
        raise TrainError(f"{folder} exists and was not made by this command: give -o another name")
    if args.fresh and kept.is_file():
        for name in ("corpus", "run", "pieces"):
            shutil.rmtree(folder / name, ignore_errors=True)
        kept.unlink()
    if kept.is_file():
        begun = read_json(kept)
        differing = ", ".join(f"--{name}" for name in settings if begun.get(name) != settings[name])
        if differing:
            raise TrainError(f"{folder} was begun with another {differing}; --fresh begins again")
    files.find(args.folders)  # before anything is written: are there any?
    folder.mkdir(exist_ok=True)
    write_json(kept, settings)
    return start, folder


def _prepare(args: argparse.Namespace, folder: Path, start: Start) -> int:
    count = len(files.find(args.folders))
    valid, test = 0.2 * (count >= HELD_OUT_FROM), 0.15 * (count >= TESTED_FROM)
    parser = argparse.ArgumentParser()
    prepare.add_arguments(parser)
    typed = [*map(str, args.folders), "-o", str(folder), "--time-base", start.about["time_base"]]
    typed += ["--valid", str(valid), "--test", str(test)]
    with contextlib.redirect_stdout(sys.stderr):
        return prepare.run(parser.parse_args(typed))


def _train(args: argparse.Namespace, corpus: "Corpus", folder: Path, start: Start) -> None:
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.network import checkpoint
    from linnet_train.training.adapt import Adapt, Adaptation
    from linnet_train.training.personal import PULL, RECIPE
    from linnet_train.training.run import StoppedError

    resume = (folder / checkpoint.RESUME).is_file()
    # One that was begun with an earlier linnet goes on with the features of then.
    model = read_config(folder)[0] if resume else build(ModelConfig, dataclasses.asdict(wider(start.model)))
    held_out = bool(len(corpus.pieces("valid")))
    steps = args.steps or (0 if held_out else STEPS_WITHOUT)
    recipe = dataclasses.replace(RECIPE, steps=steps, minutes=TRAINING_SHARE * args.minutes)
    replay = Corpus.open(args.replay) if args.replay else None
    adaptation = Adaptation(args.way, 0.0 if replay else PULL)
    begin = None if resume else args.start
    try:
        Adapt(
            corpus, folder, model, recipe, adaptation, resume=resume, start=begin, replay=replay
        ).until_done()
    except StoppedError as error:
        raise TrainError("stopped; the same command goes on from here") from error


def _export(args: argparse.Namespace, folder: Path, start: Start) -> None:
    """By the command of the exporter, which builds on the trainer and not the other way round."""
    info = linnet.load(start.path).info if start.sha256 else None
    defaults = info.defaults if info else {}
    command = [sys.executable, "-m", "linnet_export", str(folder), "-o", str(args.output)]
    command += ["--parity-tokens", "4000"]
    for name in _DEFAULTS:
        if defaults.get(name) not in (None, ""):
            command += [f"--{name.replace('_', '-')}", str(defaults[name])]
    if info and info.plan:
        command += ["--plan", str(start.path)]
    if args.allowed_use:
        command += ["--allowed-use", args.allowed_use]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise TrainError(f"{folder} could not be exported; the lines above say why")
    print(done.stdout, end="", file=sys.stderr)


def _measure(
    args: argparse.Namespace, corpus: "Corpus", folder: Path, start: Start
) -> dict[str, Any]:  # Any: JSON
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.evaluation import personal
    from linnet_train.network.checkpoint import load_weights
    from linnet_train.network.network import Network

    before = Network(start.model).eval()
    before.load_state_dict(start.weights)
    after = load_weights(folder / "run", read_config(folder / "run")[0])
    splits: tuple[Split, ...] = ("test", "valid", "train")
    split = next(each for each in splits if len(corpus.pieces(each)))
    figures: dict[str, Any] = {"split": split, "own": _nats(before, after, corpus, split, own=True)}
    if args.replay:
        figures["old"] = _nats(before, after, Corpus.open(args.replay), "test", own=False)
    barred = corpus.time_base == "grid"
    length: dict[str, Any] = {"bars": BARS} if barred else {"seconds": SECONDS}
    mine = opened.load(args.output).generate(count=args.pieces, seed=1, **length)
    (folder / "pieces").mkdir(exist_ok=True)
    for number, score in enumerate(mine, 1):
        score.save(folder / "pieces" / f"{number}.mid")
    figures["after"] = dataclasses.asdict(personal.played(mine, corpus, bars=BARS))
    if start.sha256:
        theirs = opened.load(start.path).generate(count=args.pieces, seed=1, **length)
        figures["before"] = dataclasses.asdict(personal.played(theirs, corpus, bars=BARS))
        figures["like_before"] = personal.likeness(mine, theirs, bars=BARS, barred=barred)
    return figures


def _nats(
    before: "Network", after: "Network", corpus: "Corpus", split: "Split", *, own: bool
) -> dict[str, Any]:  # Any: JSON
    """What pieces cost before and after; only the own ones have a style that the new network knows."""
    from linnet_train.evaluation.personal import nats_a_note

    first = nats_a_note(before, corpus, split, styles=False)
    second = nats_a_note(after, corpus, split, styles=own)
    if first is None or second is None:
        return {"pieces": 0, "before": None, "after": None}
    return {"pieces": first[1], "before": first[0], "after": second[0]}


_SPLITS = {
    "test": "held out",
    "valid": "held out, and chosen by",
    "train": "that it learnt from: too few files to hold any out",
}


def _table(figures: dict[str, Any], args: argparse.Namespace) -> list[str]:  # Any: JSON
    """What is printed."""
    own, after, before = figures["own"], figures["after"], figures.get("before", {})

    def line(name: str, first: object, second: object, remark: str = "") -> str:
        cells = [
            f"{cell:.3f}" if isinstance(cell, float) else "" if cell is None else str(cell)
            for cell in (first, second)
        ]
        return f"{name:42}{cells[0]:>9}{cells[1]:>9}  {remark}".rstrip()

    count = own["pieces"]
    lines = [
        line("", "before", "after"),
        line(
            "nats a note of your music",
            own["before"],
            own["after"],
            f"{count} pieces {_SPLITS[figures['split']]}",
        ),
    ]
    if "old" in figures:
        old = figures["old"]
        lines.append(
            line(
                "nats a note of the old music",
                old["before"],
                old["after"],
                f"{old['pieces']} pieces held out",
            )
        )
    lines += [
        line(
            "its pieces are like your music",
            before.get("like_own"),
            after["like_own"],
            "0 to 1, by their figures",
        ),
        line("its pieces are like those before", None, figures.get("like_before")),
        line(
            "share of notes in runs of your music", before.get("copied"), after["copied"], "12 notes or more"
        ),
        line("notes in the longest run", before.get("longest"), after["longest"]),
        f"{args.output}: linnet generate {args.output} -o tune.mid",
        f"{args.output.with_suffix('.personal') / 'pieces'}: {args.pieces} of its pieces",
    ]
    return lines
