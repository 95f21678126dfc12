"""Changes what a model file does unasked: its settings, without another export."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import onnx

from linnet.engine import modelfile
from linnet.errors import LinnetError, in_one_line
from linnet.tools.files import write_whole
from linnet.tools.text import visible

_KEY = "linnet.defaults"


def rewrite(file: Path, entries: Mapping[str, object]) -> None:
    """Writes entries of a model file's metadata, as JSON; its graph and all else stay as they are.

    ModelError where the file is no model, or would be none any more; nothing is written then.
    """
    model = onnx.load(str(file))
    found = {entry.key: entry.value for entry in model.metadata_props}
    modelfile.parse(found, source=str(file))
    found |= {key: json.dumps(value, ensure_ascii=False) for key, value in entries.items()}
    modelfile.parse(found, source=f"{file}, changed")
    del model.metadata_props[:]
    for key, value in found.items():
        model.metadata_props.add(key=key, value=value)
    write_whole(file, model.SerializeToString())


def change(file: Path, changes: Mapping[str, object]) -> None:
    """Settings by name, beside those that the file has; see `ModelInfo.defaults`."""
    found = {
        entry.key: entry.value for entry in onnx.load(str(file), load_external_data=False).metadata_props
    }
    rewrite(file, {_KEY: json.loads(found.get(_KEY, "{}")) | dict(changes)})


def main(arguments: Sequence[str] | None = None) -> int:
    """`python -m linnet_export.defaults MODEL NAME=VALUE ...`; values are JSON, or words."""
    parser = argparse.ArgumentParser(
        prog="python -m linnet_export.defaults", description="Changes what a model file does unasked."
    )
    parser.add_argument("model", type=Path, help="model file, .onnx; it is rewritten")
    parser.add_argument("settings", nargs="+", metavar="NAME=VALUE", help="such as parallels=forbidden")
    args = parser.parse_args(arguments)
    changes = {}
    for setting in args.settings:
        name, equals, value = setting.partition("=")
        if not equals:
            parser.error(f"a setting is NAME=VALUE, got {setting}")
        changes[name] = _value(value)
    try:
        change(args.model, changes)
    except (LinnetError, OSError) as error:
        print(f"linnet_export.defaults: {visible(in_one_line(error))}", file=sys.stderr)
        return 1
    return 0


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


if __name__ == "__main__":
    sys.exit(main())
