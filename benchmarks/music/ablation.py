"""What each part of the model is worth: one thing changed at a time, all else equal, on held-out music.

    python -m benchmarks.music.ablation folk.corpus band.corpus -o trials

trains each variant for equally many steps from the same seed, on each corpus, and prints as Markdown what the
held-out pieces cost in nats a token, told all that the model may be told and told nothing, how far their mean
is from that of the first row, and the seconds of a training step, in the quietest twenty. A row is a JSON
file in the folder as soon as it is done, and is not made again: the command can be stopped, started, and
asked for other rows.

`--set SET` takes a set of variants (see SETS), `--only NAME` one of them, and `--variant NAME SETTINGS` makes
one of your own: `--variant "no bass" "heads=all,-interval:lowest_sounding; run.dropout=0.1"`.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from benchmarks.table import markdown
from linnet_train.corpus.corpus import Corpus
from linnet_train.network.config import ModelConfig, RunConfig, build, read_recipe, settings_of
from linnet_train.network.heads import SETS as HEAD_SETS
from linnet_train.network.heads import Head
from linnet_train.storage import read_json, write_json
from linnet_train.training import fit

MODEL = {"embedding_dim": 192, "hidden_size": 192, "num_layers": 2}
RUN = {
    "batch_size": 16,
    "learning_rate": 4e-3,
    "grammar_weight": 0.0,
    "practice_every": 0,
    "form_share": 0.0,
    "tail_share": 0.0,
    "threads": 1,
}
"""What the grammar forbids, and endings, are learnt as well by all variants: here they would cost time."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Settings in place of the usual ones."""

    name: str
    model: dict[str, Any] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)


def _named(head: Head) -> str:
    return ":".join(filter(None, (head.kind, head.family)))


REFERENCES = tuple(dict.fromkeys(map(_named, HEAD_SETS["all"])))
"""What heads refer to, each once."""

SETS: dict[str, tuple[Variant, ...]] = {
    "heads": (
        Variant("no heads", {"heads": "none"}),
        *(Variant(f"heads: {name}", {"heads": name}) for name in HEAD_SETS if name not in ("none", "all")),
        Variant("all heads", {"heads": "all"}),
    ),
    "references": (
        Variant("all heads", {"heads": "all"}),
        *(Variant(f"all without {each}", {"heads": f"all,-{each}"}) for each in REFERENCES),
    ),
}
"""Variants that belong together; the first of each is what the others are compared with."""


def main(arguments: list[str] | None = None) -> int:
    """Trains what is missing and prints the table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.music.ablation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("corpora", nargs="+", metavar="CORPUS", help="CORPUS or CORPUS:STYLE,STYLE")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the runs")
    parser.add_argument(
        "--set",
        action="append",
        choices=SETS,
        dest="sets",
        help="default: heads, unless there is a --variant",
    )
    parser.add_argument("--only", action="append", metavar="NAME")
    parser.add_argument("--variant", action="append", nargs=2, default=[], metavar=("NAME", "SETTINGS"))
    parser.add_argument("--steps", type=int, default=500, metavar="N")
    parser.add_argument(
        "--recipe", type=Path, metavar="FILE", help="instead of the small network of these trials"
    )
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="add the rows to this JSON under ablation"
    )
    args = parser.parse_args(arguments)

    sets = args.sets or ([] if args.variant and not args.only else ["heads"])
    variants = {each.name: each for name in sets for each in SETS[name]}
    for name in args.only or ():
        if name not in variants:
            parser.error(f"--only: {name!r} is none of {', '.join(variants)}")
    if args.only:
        variants = {name: variants[name] for name in args.only}
    for name, text in args.variant:
        variants[name] = Variant(name, *settings(text))
    model, run = read_recipe(args.recipe) if args.recipe else (MODEL, RUN)
    run = run | {"steps": args.steps, "epochs": 0.0, "minutes": 0.0, "patience": 0, "valid_every": args.steps}
    rows: dict[str, dict[str, Any]] = {}
    for variant in variants.values():
        for path in args.corpora:
            corpus = Corpus.open(path)
            folder = args.output / f"{Path(corpus.address).name}-{args.steps}" / key(variant.name)
            found = row(
                corpus, folder, build(ModelConfig, model, variant.model), build(RunConfig, run, variant.run)
            )
            rows.setdefault(variant.name, {})[Path(corpus.address).name] = found
    print("\n".join(markdown(table(rows))))
    if args.record:
        everything = read_json(args.record) if args.record.exists() else {}
        everything.setdefault("ablation", {}).update({key(name): found for name, found in rows.items()})
        write_json(args.record, everything)
    return 0


def key(variant: str) -> str:
    """The name of a variant in files and folders."""
    return re.sub(r"[^a-z0-9]+", "_", variant.lower()).strip("_")


def settings(text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Settings of the model and of the run, from `heads=all,tonic; run.dropout=0.1`; a value reads like the
    default of its setting.
    """
    tables: dict[str, dict[str, Any]] = {"model": {}, "run": {}}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, _, value = part.partition("=")
        table, _, name = name.strip().rpartition(".")
        fields = {each.name: each for each in settings_of(RunConfig if table == "run" else ModelConfig)}
        if table not in ("", "model", "run") or name not in fields:
            raise SystemExit(f"{part!r} is no setting")
        default: Any = fields[name].default  # Any: of whatever type the setting has
        value = value.strip()
        tables[table or "model"][name] = (
            value == "true" if isinstance(default, bool) else type(default)(value)
        )
    return tables["model"], tables["run"]


def row(corpus: Corpus, folder: Path, model: ModelConfig, run: RunConfig) -> dict[str, Any]:
    """The figures of one variant on one corpus; trains it unless it is there."""
    path = folder / "row.json"
    if not path.exists():
        print(f"{folder} ...", file=sys.stderr)
        fit(corpus, folder, model, run, resume=(folder / "config.json").exists())
        metrics = read_json(folder / "best.json")["metrics"]
        found = {"with": metrics["valid_with_wishes"], "without": metrics["valid_without_wishes"]}
        write_json(path, {**found, "seconds_a_step": quietest(folder), "heads": model.heads})
    return dict(read_json(path))


def quietest(folder: Path) -> float:
    """The seconds of a step between the two lines of metrics between which it took the fewest."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    clock = [(line["step"], line["elapsed_seconds"]) for line in lines if "elapsed_seconds" in line]
    return min(float(b - a) / (after - before) for (before, a), (after, b) in pairwise([(0, 0.0), *clock]))


def table(rows: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Cells, the header first; of the nats a token, how much more or less than the first row."""
    corpora = list(next(iter(rows.values())))
    header = [""]
    for corpus in corpora:
        header += [f"{corpus}: told", "untold", "both", "s a step"]
    cells, first = [header], next(iter(rows.values()))
    for name, found in rows.items():
        line = [name]
        for corpus in corpora:
            mine, base = found[corpus], first[corpus]
            change = (mine["with"] + mine["without"]) / (base["with"] + base["without"]) - 1
            line += [
                f"{mine['with']:.4f}",
                f"{mine['without']:.4f}",
                f"{change:+.1%}",
                f"{mine['seconds_a_step']:.2f}",
            ]
        cells.append(line)
    return cells


if __name__ == "__main__":
    sys.exit(main())
