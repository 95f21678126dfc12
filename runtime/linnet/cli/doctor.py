"""`linnet doctor`: what is here, how fast it is, and what to do about what is missing."""

from __future__ import annotations

import argparse
import json
import sys

from linnet.cli.command import Command


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models", nargs="*", metavar="MODEL", help="models to try (default: the packaged ones)"
    )
    parser.add_argument("--json", action="store_true", help="everything, for programs")


def _run(args: argparse.Namespace) -> int:
    from linnet import doctor

    hint = _hint if sys.stderr.isatty() else None
    found = doctor.examine(args.models, progress=hint)
    print(json.dumps(found, indent=2) if args.json else doctor.as_text(found, sys.stdout.encoding))
    return 0 if found["ready"] else 1


def _hint(doing: str) -> None:
    print(f"\r\033[K{doing}{' ...' if doing else ''}", end="", file=sys.stderr, flush=True)


DOCTOR = Command(
    "doctor",
    "look at this machine, measure it, say what is missing",
    "Looks at this machine, measures how fast it plays, and says what to do about what is missing. "
    "Exit code 0 when music can be made, else 1.",
    _add_arguments,
    _run,
)
