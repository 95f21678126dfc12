"""`linnet-train prepare | fit | evaluate | report | wishes | tune | tuned | latent | frames | unroll`."""

import argparse
import dataclasses
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from linnet.errors import LinnetError
from linnet_train.errors import TrainError
from linnet_train.network import config

_EXAMPLES = """
from MIDI to a model:
  linnet-train prepare ~/midi/folk -o folk.corpus
  linnet-train fit folk.corpus -o folk.run --minutes 60
  linnet-train evaluate folk.run
  linnet-export folk.run -o folk.onnx
  linnet-train report folk.onnx --against folk.corpus -o reports
"""

_FIT_EXAMPLES = """
examples:
  linnet-train fit folk.corpus -o folk.run                          20 epochs of 2 x 256 units
  linnet-train fit folk.corpus -o folk.run --recipe recipes/folk.toml --seed 3
  linnet-train fit folk.corpus -o folk.run --minutes 30             as much as 30 minutes give
  linnet-train fit folk.corpus -o folk.run --resume                 after Ctrl-C or a crash
  linnet-train fit folk.corpus -o blind.run --bag last-token        the ablation
  linnet-train fit all.corpus:folk -o folk.run --from all.run       one style, after learning from all

Talk goes to stderr. The run folder gets config.json, best.safetensors, last.safetensors, metrics.jsonl,
loss.png, and events for `tensorboard --logdir folk.run`.
"""

_FRAMES_EXAMPLES = """
examples:
  linnet-train frames JSB_Chorales.npz
  linnet-train frames Nottingham.npz --minutes 10 --json figures.json
  linnet-train frames Nottingham.npz -o nottingham.run              after Ctrl-C the same with --resume

FILE.npz holds, for each of train, valid and test, uint8 `<split>_roll` (frames, 11), whose first 88 bits are
the keys of a piano from MIDI pitch 21 up, and int64 `<split>_offsets` (pieces + 1), where the pieces start.
Figures go to stdout, talk to stderr.
"""

_EVALUATE_EXAMPLES = """
examples:
  linnet-train evaluate folk.run
  linnet-train evaluate folk.run --against blind.run --json figures.json
"""

_REPORT_EXAMPLES = """
examples:
  linnet-train report folk --against folk.corpus -o reports
  linnet-train report new.onnx --against folk.corpus -o reports --samples 40 --bars 16

The page, MODEL.html, needs nothing beside it; MODEL.json has all figures of all pieces; MODEL.png ten pieces
beside ten of people's. The tables go to stdout, talk to stderr.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; expected trouble is one line on stderr and exit code 1, wrong usage is 2."""
    parser = _parser()
    args = parser.parse_args(arguments)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        print("linnet-train: interrupted", file=sys.stderr)
    except (LinnetError, OSError) as error:
        if args.verbose:
            traceback.print_exc()
        print(f"linnet-train: {_in_words(error)}", file=sys.stderr)
    return 1


def _in_words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:  # without Python's "[Errno 2]"
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _parser() -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="linnet-train",
        description="Turns MIDI into a trained network.",
        epilog=_EXAMPLES,
        formatter_class=raw,
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "-v", "--verbose", action="store_true", help="show the traceback when something fails"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    from linnet_train.commands import prepare

    command = commands.add_parser("prepare", parents=[common], help="make a corpus of a folder of MIDI files")
    prepare.add_arguments(command)
    command.set_defaults(run=prepare.run)

    command = commands.add_parser(
        "fit",
        parents=[common],
        help="train a network on a corpus",
        epilog=_FIT_EXAMPLES,
        formatter_class=raw,
        description="Trains a network on a corpus. Options win over the recipe.",
    )
    command.add_argument(
        "corpus",
        type=Path,
        help="folder that `linnet-train prepare` wrote; CORPUS:STYLE,STYLE takes a part of it",
    )
    command.add_argument("-o", "--output", type=Path, required=True, metavar="RUN", help="folder for the run")
    command.add_argument(
        "--recipe", type=Path, metavar="FILE", help="TOML file with tables [model] and [run]"
    )
    command.add_argument("--resume", action="store_true", help="go on with the run in this folder")
    command.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="RUN",
        help="begin with the best weights of this run (of much music, to be tuned to one style)",
    )
    config.add_arguments(command)
    command.set_defaults(run=_fit)

    command = commands.add_parser(
        "evaluate",
        parents=[common],
        help="measure a trained network on held-out pieces",
        description="Scores held-out pieces to the last token: nats a token and a note, bits a second.",
        epilog=_EVALUATE_EXAMPLES,
        formatter_class=raw,
    )
    command.add_argument("folder", type=Path, metavar="RUN", help="folder that `linnet-train fit` wrote")
    command.add_argument(
        "--corpus", type=Path, help="where the corpus is now (default: where it was trained from)"
    )
    command.add_argument("--split", choices=("train", "valid", "test"), default="test")
    command.add_argument(
        "--against", type=Path, metavar="RUN", help="a second run, say one with --bag last-token"
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file too")
    command.add_argument("--weights", choices=("best", "last"), default="best")
    command.set_defaults(run=_evaluate)

    from linnet_train.commands import frames, latent, report, tune, unroll, wishes

    tune.add_commands(commands, common)

    command = commands.add_parser(
        "latent",
        parents=[common],
        help="what the latent of a variational model is worth",
        description="Lets a variational model encode phrases that it never saw and play them again, tells "
        "the trained network its own latent, another one and none, and morphs pairs of phrases.",
    )
    latent.add_arguments(command)
    command.set_defaults(run=latent.run)

    command = commands.add_parser(
        "report",
        parents=[common],
        help="hold a model's pieces against people's",
        epilog=_REPORT_EXAMPLES,
        formatter_class=raw,
        description="Lets a model make pieces and holds them against pieces of the corpus that it never saw: "
        "validity, likelihood, tonality, rhythm, structure, how the two sets differ, what was copied.",
    )
    report.add_arguments(command)
    command.set_defaults(run=report.run)

    command = commands.add_parser(
        "wishes",
        parents=[common],
        help="measure how well a model keeps what it is asked for",
        epilog=wishes.EXAMPLES,
        formatter_class=raw,
        description="Asks a model for one wish after the other and measures what comes, beside pieces that "
        "were asked for nothing.",
    )
    wishes.add_arguments(command)
    command.set_defaults(run=wishes.run)

    command = commands.add_parser(
        "frames",
        parents=[common],
        help="the classical benchmark of polyphonic frames",
        epilog=_FRAMES_EXAMPLES,
        formatter_class=raw,
        description="Trains on a set of piano rolls and scores its test split, exactly, in nats a frame: "
        "two count models, an independent-Bernoulli LSTM as control, an LSTM fed the last token only, and "
        "the LSTM with the bag.",
    )
    frames.add_arguments(command)
    command.set_defaults(run=frames.run)

    command = commands.add_parser(
        "unroll",
        parents=[common],
        help="the pieces of such a benchmark set as MIDI",
        description="Writes the pieces of a set of piano rolls as MIDI files, to be prepared and trained on.",
    )
    unroll.add_arguments(command)
    command.set_defaults(run=unroll.run)
    return parser


def _fit(args: argparse.Namespace) -> int:
    # torch takes seconds to import: only now, so that --help and wrong usage answer at once
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.training.fit import fit

    if args.resume:
        if args.recipe or args.start or config.typed(args, "model"):
            raise TrainError("--resume takes model, recipe and --from from the run folder; leave them out")
        model, run, _ = config.read_config(args.output)
        run = config.resumed(run, config.typed(args, "run"))
    else:
        model_table, run_table = config.read_recipe(args.recipe) if args.recipe else ({}, {})
        shape = dataclasses.asdict(config.wider(config.read_config(args.start)[0])) if args.start else {}
        model = config.build(config.ModelConfig, shape, model_table, config.typed(args, "model"))
        run = config.build(config.RunConfig, run_table, config.typed(args, "run"))
    print(fit(Corpus.open(args.corpus), args.output, model, run, resume=args.resume, start=args.start))
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    from linnet_train.commands.evaluate import evaluate, table
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.storage import write_json

    reports = []
    for folder in (args.folder, args.against):
        if folder:
            _, _, about = config.read_config(folder)
            corpus = Corpus.open(args.corpus or about["path"])
            reports.append(evaluate(folder, corpus, split=args.split, weights=args.weights))
    print(table(reports))
    if args.json:
        write_json(args.json, [report.to_json() for report in reports])
    return 0
