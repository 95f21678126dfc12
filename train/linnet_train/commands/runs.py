"""`linnet-train runs`: the runs below a folder, what they began with and what they came to."""

import argparse
import dataclasses
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linnet_train.commands.options import add_json, check_folder
from linnet_train.errors import TrainError
from linnet_train.network.config import ModelConfig, RunConfig, read_config, settings_of
from linnet_train.storage import read_json, write_json

HELP = "list the runs below a folder"
DESCRIPTION = (
    "Lists the runs below a folder: what each began with, on which corpus, for how long, the best held-out "
    "loss in nats a token, and the settings that are not the default ones."
)
EXAMPLES = """
examples:
  linnet-train runs .
  linnet-train runs experiments/ --json runs.json
"""


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder."""

    run: str
    """Where it is below the folder."""

    parent: str | None
    """The model or the run that it began with."""

    corpus: str
    """Its name, with styles if it is a part."""

    shape: str
    """Layers x units, and heads."""

    step: int | None
    """Of the best weights; None before the first evaluation."""

    minutes: float | None
    """Of training so far."""

    held_out: float | None
    """Nats a token, with wishes and without in equal parts; None where nothing is held out."""

    settings: dict[str, Any]
    """Those that are not the default."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="searched to the bottom")
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """The command."""
    check_folder(args.json)
    if not args.folder.is_dir():
        raise TrainError(f"{args.folder}: {'not a folder' if args.folder.exists() else 'no such folder'}")
    found = sorted(_runs(args.folder), key=lambda each: each.run)
    if not found:
        raise TrainError(f"there is no run in {args.folder}: linnet-train fit makes one")
    print("\n".join(table(found)))
    if args.json:
        write_json(args.json, [dataclasses.asdict(each) for each in found])
    return 0


def _runs(top: Path) -> Iterator[Run]:
    for folder, folders, names in os.walk(top):
        folders.sort()
        if "config.json" in names:
            saved = read_json(Path(folder, "config.json"))
            if isinstance(saved, dict) and {"model", "run", "corpus"} <= saved.keys():
                yield _read(Path(folder), top)


def _read(folder: Path, top: Path) -> Run:
    model, settings, about = read_config(folder)
    best, last = (
        read_json(folder / name) if (folder / name).is_file() else {} for name in ("best.json", "last.json")
    )
    seconds, started = last.get("elapsed_seconds"), about.get("started_from", {})
    parent = started.get("model") or started.get("run")
    changed = {
        field.name: getattr(config, field.name)
        for config, defaults in ((model, ModelConfig()), (settings, RunConfig()))
        for field in settings_of(type(config))
        if getattr(config, field.name) != getattr(defaults, field.name)
    }
    name = folder.relative_to(top).as_posix()
    return Run(
        run=folder.resolve().name if name == "." else name,
        parent=_name(parent) if parent else "another run" if started else None,
        corpus=_name(about.get("path", "")),
        shape=f"{model.num_layers} x {model.hidden_size}" + ", heads" * bool(model.all_heads),
        step=best.get("step"),
        minutes=None if seconds is None else round(seconds / 60, 1),
        held_out=best.get("metrics", {}).get("valid"),
        settings=changed,
    )


def _name(path: str) -> str:
    """The last part of a path, of another system's too."""
    return path.replace("\\", "/").rstrip("/").rpartition("/")[2]


def table(runs: Sequence[Run]) -> list[str]:
    """A line for each run, and one with its settings below."""
    rows = [("run", "begins with", "corpus", "shape", "step", "minutes", "nats a token")]
    for each in runs:
        nats = "" if each.held_out is None else f"{each.held_out:.4f}"
        numbers = (
            "" if each.step is None else str(each.step),
            "" if each.minutes is None else str(each.minutes),
        )
        rows.append((each.run, each.parent or "", each.corpus, each.shape, *numbers, nats))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for i, row in enumerate(rows):
        words = [f"{cell:{width}}" for cell, width in zip(row[:4], widths, strict=False)]
        figures = [f"{cell:>{width}}" for cell, width in zip(row[4:], widths[4:], strict=True)]
        lines.append("  ".join([*words, *figures]).rstrip())
        if i:
            settings = ", ".join(f"{name} {value}" for name, value in runs[i - 1].settings.items())
            lines += [f"    {settings}"] * bool(settings)
    return lines
