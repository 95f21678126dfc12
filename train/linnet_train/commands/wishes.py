"""`linnet-train wishes`: which wishes a model keeps, and how well."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linnet.tools.text import counted
from linnet_train.commands.options import (
    add_length,
    add_model,
    add_pieces,
    add_record,
    add_seed,
    add_to_record,
    length_of,
    read_record,
    refuse_latent,
)

if TYPE_CHECKING:
    from linnet_train.evaluation.adherence import AdherenceReport
    from linnet_train.evaluation.compare import Measured

HELP = "measure how well a model keeps what it is asked for"
DESCRIPTION = (
    "Asks a model for one wish after the other and measures what comes, beside pieces that were "
    "asked for nothing."
)
EXAMPLES = """
each wish that the model has learnt is asked for by itself, in values that the corpus varies in; bars are
measured as training pieces were:
  linnet-train wishes folk --against folk.corpus
  linnet-train wishes folk --against folk.corpus --guidance 1     # were wishes weighed as they were learnt
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_model(parser)
    parser.add_argument(
        "--against", type=Path, required=True, metavar="CORPUS", help="the corpus it was trained on"
    )
    add_pieces(parser, "--pieces", 64, lowest=2, text="pieces for each wish")
    add_length(parser, 16, 30, lowest=2, text="bars of each piece")
    parser.add_argument(
        "--guidance", type=_guidance, metavar="X", help="0..10 (default: as the model is shipped)"
    )
    add_seed(parser)
    add_record(parser, "wishes / model and guidance")


def _guidance(text: str) -> float:
    from linnet.controls.sampling import check_guidance

    try:
        return check_guidance(float(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def run(args: argparse.Namespace) -> int:
    """The command."""
    from linnet_train.corpus.corpus import Corpus
    from linnet_train.evaluation import adherence
    from linnet_train.sampling import opened

    read_record(args.record)
    model, corpus = opened.load(args.model), Corpus.open(args.against)
    refuse_latent(model)
    length = length_of(args, model, corpus, bars=16, seconds=30)
    if corpus.time_base != "grid":
        length *= 100  # ticks of 10 ms
    report = adherence.measure(
        model, corpus, count=args.pieces, length=length, seed=args.seed, guidance=args.guidance
    )
    print(table(report))
    if model.info.passport.get("corpus_fingerprint") != corpus.fingerprint:
        print(f"{model.info.name} was trained on another corpus", file=sys.stderr)
    add_to_record(args.record, "wishes", data(report), f"{model.info.name}_guidance_{report.guidance:g}")
    return 0


def table(report: "AdherenceReport") -> str:
    """For people, in Markdown."""
    from linnet_train.evaluation.words import words

    rows = [
        (name, _values(each.values), _share(each.conditional), _share(each.unconditional), _share(each.exact))
        for name, each in report.adherence.items()
    ]
    grid = report.corpus.time_base == "grid"
    length = counted(report.length, "bar") if grid else f"{report.length / 100:g} seconds"
    heading = f"{report.model.info.name}, guidance {report.guidance:g}"
    remark = (
        f"{counted(report.pieces, 'piece')} of {length} for each wish, and as many without any, of the same "
        "seeds; 95 % intervals by bootstrap over pieces. Key, style and likeness have no order: they are "
        "kept or not. A style is the one that makes a piece likeliest to the model. bars_left: the piece "
        "ends by itself, within one bar of the last. likeness, cadence (where a phrase ends), loudness and "
        "plays: as the plan wants each bar. chords: notes on beats that belong to the chord. roles: those "
        "play who were asked for."
    )
    lines = [
        f"| {heading} | asked | within one bin | without wish | in the bin |",
        "|---|---|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in rows),
        "",
        remark,
    ]
    if report.left_out:
        left_out = "; ".join(f"{name} ({why})" for name, why in report.left_out.items())
        lines.append(f"Left out: {left_out}.")
    if report.ends_on_tonic:
        ends = ", ".join(f"{words(who)} {_share(share)}" for who, share in report.ends_on_tonic.items())
        lines += ["", f"Ends on its tonic, of all pieces: {ends}."]
    nats = report.nats_per_token
    lines.append(
        f"Held-out nats a token: with wishes {nats['conditional']:.4f}, without {nats['unconditional']:.4f}."
    )
    return "\n".join(lines)


def data(report: "AdherenceReport") -> dict[str, Any]:
    """For programs."""
    return {
        "model": report.model.info.name,
        "sha256": report.model.info.sha256,
        "corpus": report.corpus.fingerprint,
        "guidance": report.guidance,
        "pieces": report.pieces,
        "length": report.length,
        "wishes": {name: asdict(each) for name, each in report.adherence.items()},
        "left_out": report.left_out,
        "ends_on_tonic": {who: asdict(share) for who, share in report.ends_on_tonic.items()},
        "nats_per_token": report.nats_per_token,
    }


def _values(values: list[int]) -> str:
    runs = values == list(range(values[0], values[-1] + 1)) and len(values) > 2
    return f"{values[0]} to {values[-1]}" if runs else ", ".join(map(str, values))


def _share(share: "Measured") -> str:
    return f"{share.value:.2f} ({share.low:.2f} to {share.high:.2f})"
