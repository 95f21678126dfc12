"""`linnet-train tuned`: a model before and after it was tuned, by the rewards and by the judges."""

import argparse
from pathlib import Path

from linnet_train.errors import TrainError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    for name, which in (("before", "untuned"), ("after", "tuned")):
        parser.add_argument(name, metavar=name.upper(), help=f"the {which} model: a file, or a packaged one")
    parser.add_argument(
        "--reward", type=Path, required=True, metavar="FILE", help="the TOML file it was tuned by"
    )
    parser.add_argument(
        "--against", type=Path, required=True, metavar="CORPUS", help="the corpus both were trained on"
    )
    parser.add_argument("--samples", type=_samples, default=200, metavar="N", help="pieces (default: 200)")
    parser.add_argument("--bars", type=int, default=32, metavar="N", help="of each piece (default: 32)")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="add the figures to this JSON file, under tuning"
    )


def _samples(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 20 <= int(text) <= 10_000):
        raise argparse.ArgumentTypeError(f"must be a whole number from 20 to 10000, got {text}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """The command."""
    import linnet
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.progress import Stages
    from linnet_train.storage import read_json, write_json
    from linnet_train.tuning import reward_file
    from linnet_train.tuning.compare import Measurer, table

    if args.record and not args.record.parent.is_dir():  # better said now than in the end
        raise FileNotFoundError(2, "No such folder", str(args.record.parent))
    rewards, _ = reward_file.read(args.reward)
    models = [linnet.load(name) for name in (args.before, args.after)]
    for model in models:
        if model.info.time_base != "grid":
            raise TrainError(f"{model.file} keeps human timing, and tuning needs bars")
    with Stages("tuned") as stages:
        measurer = Measurer(Corpus.open(args.against), rewards, args.bars, args.samples)
        before, after = (measurer.measure(model, stages.next(model.info.name, 50)) for model in models)
    print(table(before, after))
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        everything["tuning"] = {"before": before.to_json(), "after": after.to_json()}
        write_json(args.record, everything)
    return 0
