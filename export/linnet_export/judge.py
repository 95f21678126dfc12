"""Puts a judge into a model file; see `linnet.controls.judge`."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import onnx

from linnet.controls.judge import Judge
from linnet.engine import modelfile
from linnet.errors import LinnetError
from linnet.tools.files import write_whole
from linnet_export.errors import ExportError

KEY = "linnet.judge"


def equip(file: Path, judge: Judge | None) -> None:
    """Gives an existing model file this judge, or takes it away; its graph and all else stay as they are."""
    model = onnx.load(str(file))
    modelfile.parse({entry.key: entry.value for entry in model.metadata_props}, source=str(file))
    entries = [(entry.key, entry.value) for entry in model.metadata_props if entry.key != KEY]
    if judge is not None:
        entries.append((KEY, json.dumps(judge.entry(), separators=(",", ":"))))
    del model.metadata_props[:]
    for key, value in entries:
        model.metadata_props.add(key=key, value=value)
    write_whole(file, model.SerializeToString())


def read(file: Path) -> Judge:
    """What `linnet-train judge` wrote.

    Raises:
        ExportError: for a file that holds no judge.
    """
    try:
        return Judge.of(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        raise ExportError(f"{file}: no judge; linnet-train judge makes one ({error!r})") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m linnet_export.judge MODEL WEIGHTS`."""
    parser = argparse.ArgumentParser(
        prog="python -m linnet_export.judge",
        description="Gives a model file the judge that chooses among its candidates.",
    )
    parser.add_argument("model", type=Path, help="model file, .onnx; it is rewritten")
    parser.add_argument("weights", type=Path, nargs="?", help="from linnet-train judge; none: takes it away")
    args = parser.parse_args(arguments)
    try:
        judge = None if args.weights is None else read(args.weights)
        equip(args.model, judge)
    except (LinnetError, OSError) as error:
        print(f"linnet_export.judge: {error}", file=sys.stderr)
        return 1
    found = "none" if judge is None else f"{len(judge.tables)} tables, sections of {judge.section} bars"
    print(f"{args.model}: judge: {found}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
