"""What several commands take, check, refuse or write alike."""

import argparse
import math
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from linnet.tools.files import check_output
from linnet_train.errors import TrainError
from linnet_train.network.config import settings_of
from linnet_train.storage import read_json, write_json

if TYPE_CHECKING:
    import linnet
    from linnet_train.corpus.corpus import Corpus


MOST_PIECES, MOST_BARS = 10_000, 1_000
"""That a command makes, and that each has."""


def add_verbose(parser: argparse.ArgumentParser) -> None:
    """-v, which every command has."""
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show the traceback when something fails"
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """MODEL, of which `linnet.load` makes a model."""
    parser.add_argument("model", metavar="MODEL", help="a model file, or the name of a packaged model")


def add_corpus(parser: argparse.ArgumentParser) -> None:
    """--corpus, for commands that begin from a run."""
    parser.add_argument(
        "--corpus", type=Path, help="where the corpus is now (default: where it was trained from)"
    )


def add_pieces(
    parser: argparse.ArgumentParser, flag: str, default: int, *, lowest: int, text: str = "pieces to make"
) -> None:
    """How many pieces are to be made."""
    parser.add_argument(
        flag,
        type=whole_number(lowest, MOST_PIECES),
        default=default,
        metavar="N",
        help=f"{text} ({lowest}..{MOST_PIECES}; default: {default})",
    )


def add_bars(parser: argparse.ArgumentParser, default: int, *, lowest: int, text: str) -> None:
    """--bars, how long each is; where it is not typed, the default."""
    parser.add_argument(
        "--bars",
        type=whole_number(lowest, MOST_BARS),
        default=default,
        metavar="N",
        help=f"{text} ({lowest}..{MOST_BARS}; default: {default})",
    )


def add_length(parser: argparse.ArgumentParser, bars: int, seconds: int, *, lowest: int, text: str) -> None:
    """--bars, and --seconds for a model without bars; None where they are not typed: see `length_of`."""
    add_bars(parser, bars, lowest=lowest, text=text)
    parser.set_defaults(bars=None)
    most = MOST_BARS * seconds // bars
    parser.add_argument(
        "--seconds",
        type=whole_number(lowest * seconds // bars, most),
        metavar="S",
        help=f"likewise for a model without bars ({lowest * seconds // bars}..{most}; default: {seconds})",
    )


def add_seed(parser: argparse.ArgumentParser, default: int = 0) -> None:
    """--seed, of the first piece that is made."""
    parser.add_argument(
        "--seed",
        type=whole_number(0, 2**63),
        default=default,
        metavar="N",
        help=f"of the first piece (default: {default})",
    )


def add_workers(parser: argparse.ArgumentParser) -> None:
    """--workers and --scheduler: who does the work."""
    cores = os.cpu_count() or 1
    parser.add_argument(
        "--workers",
        type=whole_number(1),
        default=cores,
        metavar="N",
        help=f"processes of this machine (default: {cores})",
    )
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="the workers of a Dask scheduler do it instead, such as tcp://host:8786",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """--json FILE, for the figures of this call alone."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to this file too")


def add_record(parser: argparse.ArgumentParser, section: str) -> None:
    """--record FILE, for the figures of many calls and commands together."""
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help=f"add the figures to this JSON file, under {section}"
    )


def read_record(path: Path | None) -> dict[str, Any]:  # Any: JSON
    """What the file of `--record` holds so far; nothing where there is none yet.

    To be called first, because it finds out what else would be found out after all the work.

    Raises:
        FileNotFoundError: its folder does not exist.
    """
    check_folder(path)
    return dict(read_json(path)) if path and path.exists() else {}


def add_to_record(
    path: Path | None, section: str, figures: Any, name: str | None = None
) -> None:  # Any: JSON
    """Puts figures into the file of `--record`, if there is one.

    Args:
        path: what was given as `--record`.
        section: the key of this command.
        figures: what json.dumps takes.
        name: a key below it, beside those of other calls; None: the section is these figures alone.
    """
    if path is None:
        return
    everything = read_record(path)
    if name is None:
        everything[section] = figures
    else:
        everything.setdefault(section, {})[name] = figures
    write_json(path, everything)


def check_folder(path: Path | None) -> None:
    """FileNotFoundError for a file to write whose folder does not exist."""
    if path and not path.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(path.parent))


_OUTPUTS = ("output", "json", "record")
"""Arguments that name what is written."""

_OWN = ("config.json", "best.json", "last.json", "corpus.json", "prepare.json", "report.json")
"""Files of figures that belong to a run or a corpus."""


def check_outputs(args: argparse.Namespace) -> None:
    """That nothing is written over what is read; to be called before a command begins.

    Figures may stand in the folder of a run or a corpus, as a JSON file beside its own.

    Raises:
        TrainError: an output is one of the files or folders that are read, or a part of one.
    """
    named = vars(args)
    inputs: list[Path] = []
    for name, value in named.items():
        values = value if isinstance(value, list) else [value]
        inputs += [each for each in values if isinstance(each, Path) and name not in _OUTPUTS]
    if isinstance(named.get("model"), str):
        inputs.append(Path(named["model"]))
    inputs = [each if each.exists() else Path(str(each).partition(":")[0]) for each in inputs]  # CORPUS:STYLE
    for name in _OUTPUTS:
        output = named.get(name)
        if not isinstance(output, Path):
            continue
        try:
            check_output(output, inputs)
        except ValueError as error:
            raise TrainError(str(error)) from None
        if output.is_file() and (output.suffix != ".json" or output.name in _OWN):
            folders = output.resolve().parents
            owner = next((each for each in inputs if each.is_dir() and each.resolve() in folders), None)
            if owner:
                raise TrainError(f"{output}: is a part of {owner}, which is read: give another name")


def whole_number(lowest: int, highest: float = math.inf) -> Callable[[str], int]:
    """What argparse is to make of an option: a whole number between two limits."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and lowest <= int(text) <= highest):
            limits = f"of at least {lowest}" if highest == math.inf else f"from {lowest} to {highest}"
            raise argparse.ArgumentTypeError(f"must be a whole number {limits}, got {text}")
        return int(text)

    return parse


# Tables of settings


def add_table(parser: argparse.ArgumentParser, table: str, config: type[Any]) -> None:
    """One option for each setting of a config; only those that were typed arrive in the namespace."""
    group = parser.add_argument_group(f"{table} settings", config.__doc__)
    hints = get_type_hints(config)
    for field in settings_of(config):
        hint = hints[field.name]
        choice = get_origin(hint) is Literal
        if hint is bool:
            group.add_argument(
                "--" + field.name.replace("_", "-"),
                dest=f"{table}.{field.name}",
                action=argparse.BooleanOptionalAction,
                default=argparse.SUPPRESS,
                help=f"{field.metadata['help']} (default: {'yes' if field.default else 'no'})",
            )
            continue
        group.add_argument(
            "--" + field.name.replace("_", "-"),
            dest=f"{table}.{field.name}",
            type=str if choice else hint,
            choices=get_args(hint) if choice else None,
            metavar=None if choice else {int: "N", float: "X"}.get(hint, "TEXT"),
            default=argparse.SUPPRESS,
            help=f"{field.metadata['help']} (default: {field.default})".replace("%", "%%"),
        )


def typed(arguments: argparse.Namespace, table: Literal["model", "run", "tune", "plan"]) -> dict[str, Any]:
    """The settings of one table that stand on the command line."""
    prefix = table + "."
    return {
        name.removeprefix(prefix): value for name, value in vars(arguments).items() if name.startswith(prefix)
    }


# What does not go together


def refuse_latent(model: "linnet.Model") -> None:
    """TrainError for a variational model, in commands that have no latents to give."""
    if model.info.latent is not None:
        raise TrainError(f"{model.info.name} is a variational model: `linnet-train latent` measures those")


def length_of(
    args: argparse.Namespace, model: "linnet.Model", corpus: "Corpus", *, bars: int, seconds: int
) -> int:
    """How long pieces shall be, from `--bars` or `--seconds`, whichever fits the time base.

    Args:
        args: what was typed: `model`, `bars` and `seconds`.
        model: the model that will play.
        corpus: the corpus it is held against.
        bars: the default for a model with bars.
        seconds: the default for one without.

    Returns:
        Bars, or seconds where there are no bars.

    Raises:
        TrainError: model and corpus do not have the same time base, or the other option was typed.
    """
    base = model.info.time_base
    if base != corpus.time_base:
        raise TrainError(
            f"{args.model} plays in the {base} base, and {corpus.path} is in the {corpus.time_base} base"
        )
    if base == "grid":
        if args.seconds is not None:
            raise TrainError(f"{args.model} counts bars: ask for --bars instead of --seconds")
        return args.bars or bars
    if args.bars is not None:
        raise TrainError(f"{args.model} keeps human timing and has no bars: ask for --seconds")
    return args.seconds or seconds
