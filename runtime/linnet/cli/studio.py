"""`linnet studio`: a page in the browser on which pieces are made, heard, changed and saved."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linnet.cli.command import Command


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "models",
        nargs="*",
        type=Path,
        metavar="MODEL",
        help="model files of your own, beside the packaged ones",
    )
    parser.add_argument(
        "--lan",
        action="store_true",
        help="other devices in your network may open it too, such as your phone; they need the token",
    )
    parser.add_argument("--port", type=int, default=8808, metavar="N", help="(default: %(default)s; 0: any)")
    parser.add_argument("--token", metavar="TEXT", help="what lets one in (default: a new one each time)")
    parser.add_argument("--no-browser", action="store_true", help="open no page, and only say its address")


def _run(args: argparse.Namespace) -> None:
    from linnet import studio

    if not 0 <= args.port < 65_526:
        raise ValueError(f"--port must be between 0 and 65525, got {args.port}")
    if args.token is not None and not (8 <= len(args.token) <= 64 and args.token.isalnum()):
        raise ValueError("--token must be 8 to 64 letters and digits")

    def ready(address: str) -> None:
        print(address, flush=True)
        if args.lan:
            token = address.partition("#")[2]
            print(
                f"Everybody in your network who knows the token {token} can now make music on this machine, "
                "and train models on it where linnet-train is installed. Only in a network that you trust.",
                file=sys.stderr,
            )
        print("Ctrl-C ends the studio.", file=sys.stderr)
        if not args.no_browser:
            import webbrowser

            webbrowser.open(address)

    studio.serve(port=args.port, lan=args.lan, token=args.token, models=args.models, ready=ready)


STUDIO = Command(
    "studio",
    "open the studio, a page to make, hear and change pieces",
    "Opens a page in your browser on which pieces are made, heard, changed and saved. It is served by this "
    "machine to this machine; nothing is asked for from the internet, and nothing is sent there.",
    _add_arguments,
    _run,
    examples="""
examples:
  linnet studio                         your browser opens
  linnet studio mine.onnx               with a model of your own
  linnet studio --lan --no-browser      on a Raspberry Pi, steered from a phone
""",
)
