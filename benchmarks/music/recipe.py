"""What each part of the training recipe is worth: one thing changed at a time, on held-out music.

    python -m benchmarks.music.recipe CORPUS --recipe train/recipes/chorale.toml --from all.run -o trials

trains the recipe and each variant for equally many steps, and prints what the test split costs in nats a
token, with wishes and without; and, of pieces that the network plays by the wishes of test pieces, how
much it would give to what the grammar forbids, in a thousand tokens, and the share that end in the bar they
are asked to. A variant that is there already is not trained again, so the command can be stopped and started;
`--only NAME` trains some of them.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from linnet.tokens.vocabulary import FAMILIES
from linnet_train.corpus.corpus import Corpus
from linnet_train.data.examples import bars_left_of
from linnet_train.evaluation.likelihood import evaluate
from linnet_train.network.checkpoint import load_weights
from linnet_train.network.config import ModelConfig, RunConfig, build, read_config, read_recipe, wider
from linnet_train.network.network import forbidden_nats
from linnet_train.sampling.rollout import gather
from linnet_train.storage import read_json, write_json
from linnet_train.training import fit
from linnet_train.training.practice import Practice

import torch  # isort: skip - after linnet_train, which says how its threads shall wait

ROUNDS = 5
"""Of 32 pieces each."""

BAR, EOS = (FAMILIES[name].first for name in ("bar", "eos"))


@dataclass(frozen=True, slots=True)
class Variant:
    """The recipe with some settings changed."""

    name: str
    run: dict[str, Any]
    scratch: bool = False
    """Whether it begins with random weights although the recipe begins with a run's."""


VARIANTS = (
    Variant("the recipe", {}),
    Variant("no pre-training", {}, scratch=True),
    Variant("no loss on what is forbidden", {"grammar_weight": 0.0}),
    Variant("no practice", {"practice_every": 0}),
    Variant("no look-ups by form", {"form_share": 0.0}),
    Variant("no tails", {"tail_share": 0.0}),
    Variant("no dropout", {"dropout": 0.0}),
    Variant("dropout 0.4", {"dropout": 0.4}),
    Variant("locked dropout", {"dropout_kind": "locked"}),
    Variant("weight drop 0.3", {"weight_drop": 0.3}),
    Variant("no running average", {"average": 0.0}),
    Variant("no transposing", {"transpose": 0}),
    Variant("no other tempos", {"tempo_bins": 0}),
    Variant("gradients over 256 tokens", {"chunk": 256, "batch_size": 16}),
    Variant("gradients over 64 tokens", {"chunk": 64, "batch_size": 64}),
)


def main(arguments: list[str] | None = None) -> int:
    """Trains what is missing and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.music.recipe", description=__doc__)
    parser.add_argument("corpus", help="CORPUS or CORPUS:STYLE,STYLE")
    parser.add_argument("--recipe", type=Path, required=True, metavar="FILE")
    parser.add_argument("--from", dest="start", type=Path, metavar="RUN", help="where pre-trained ones begin")
    parser.add_argument("--steps", type=int, default=500, metavar="N")
    parser.add_argument("--only", action="append", choices=[variant.name for variant in VARIANTS])
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the runs")
    parser.add_argument("--record", type=Path, metavar="FILE", help="add the table to this JSON under recipe")
    args = parser.parse_args(arguments)

    corpus = Corpus.open(args.corpus)
    model_table, run_table = read_recipe(args.recipe)
    limits = {"steps": args.steps, "epochs": 0.0, "minutes": 0.0, "patience": 0}
    rows = {}
    for variant in VARIANTS:
        if variant.name not in (args.only or [variant.name]):
            continue
        folder = args.output / variant.name.replace(" ", "-")
        start = None if variant.scratch else args.start
        if not (folder / "test.json").exists():
            print(f"{variant.name} ...", file=sys.stderr)
            shape = asdict(wider(read_config(start)[0])) if start else {}
            model = build(ModelConfig, shape, model_table)
            run = build(RunConfig, run_table, limits, variant.run)
            fit(corpus, folder, model, run, resume=(folder / "config.json").exists(), start=start)
            write_json(folder / "test.json", evaluate(folder, corpus).to_json())
        report = read_json(folder / "test.json")
        rows[variant.name] = [*(row["nats_per_token"] for row in report["rows"]), *played(folder, corpus)]
    print(table(rows))
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        name = f"{Path(corpus.address).name}, {args.steps} steps"
        everything.setdefault("recipe", {})[name] = {key(variant): row for variant, row in rows.items()}
        write_json(args.record, everything)
    return 0


def key(variant: str) -> str:
    """The name of a variant in the file of `--record`."""
    return re.sub(r"[^a-z0-9]+", "_", variant.lower()).strip("_")


def played(folder: Path, corpus: Corpus) -> tuple[float, float]:
    """What is forbidden and would be played, in a thousand tokens; the share that end as asked."""
    network = load_weights(folder, read_config(folder)[0])
    undropped = RunConfig(wish_drop=0, wish_drop_all=0)
    practice = Practice(corpus.pieces("test"), corpus.time_base, undropped, network.config)
    forbidden, steps, ends = 0.0, 0, []
    for number in range(ROUNDS):
        rounds = practice.play(network, number)
        feature_ids, _, legal = gather(rounds, torch.device("cpu"))
        with torch.inference_mode():
            forbidden += float(-torch.expm1(-forbidden_nats(network(feature_ids)[0], legal)).sum())
        steps += sum(map(len, rounds))
        last = [int(piece.tokens[-1]) for piece in rounds if bars_left_of(piece.feature_ids)[-1] == 0]
        ends += [token == EOS for token in last if token in (BAR, EOS)]
    return 1000 * forbidden / steps, sum(ends) / len(ends)


def table(rows: dict[str, list[float]]) -> str:
    """Markdown; of the nats a token, how much more or less than the first row."""
    base = sum(next(iter(rows.values()))[:2])
    lines = [
        "| | with wishes | without wishes | both | forbidden, in 1,000 tokens | ends as asked |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {conditional:.4f} | {unconditional:.4f} "
        f"| {(conditional + unconditional) / base - 1:+.2%} | {wrong:.2f} | {ends:.2f} |"
        for name, (conditional, unconditional, wrong, ends) in rows.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
