"""`linnet-train tuned`: a model before and after it was tuned, by the rewards and by the judges."""

import argparse
from pathlib import Path

from linnet_train.commands.options import add_bars, add_pieces, add_record, add_to_record, read_record
from linnet_train.errors import TrainError

HELP = "hold a tuned model against the untuned one"
DESCRIPTION = (
    "Asks both models for the same pieces: rewards, adherence to wishes, endings, and what the judges say."
)
EXAMPLES = ""


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
    add_pieces(parser, "--samples", 200, lowest=20)
    add_bars(parser, 32, lowest=1, text="of each piece")
    add_record(parser, "tuning")


def run(args: argparse.Namespace) -> int:
    """The command."""
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.progress import Stages
    from linnet_train.sampling import opened
    from linnet_train.tuning import reward_file
    from linnet_train.tuning.compare import TunedMeasurer, table

    read_record(args.record)
    rewards, _ = reward_file.read(args.reward)
    models = [opened.load(name) for name in (args.before, args.after)]
    for model in models:
        if model.info.time_base != "grid":
            raise TrainError(f"{model.file} keeps human timing, and tuning needs bars")
    with Stages("tuned") as stages:
        measurer = TunedMeasurer(Corpus.open(args.against), rewards, args.bars, args.samples)
        before, after = (measurer.measure(model, stages.next(model.info.name, 50)) for model in models)
    print(table(before, after))
    add_to_record(args.record, "tuning", {"before": before.to_json(), "after": after.to_json()})
    return 0
