"""What commands write: never over what they read, and how long it lasts."""

from __future__ import annotations

import argparse
import wave
from pathlib import Path

from linnet.music.score import Score
from linnet.tools.files import check_output


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """The option that allows it."""
    parser.add_argument(
        "--overwrite", action="store_true", help="the file to write may be the one that is read"
    )


def check(args: argparse.Namespace, path: Path) -> None:
    """`ValueError` where a file to be written is one that the command reads, unless it may be."""
    if not args.overwrite:
        check_output(path, [getattr(args, name, None) for name in _INPUTS], advice="or ask for --overwrite")


_INPUTS = ("file", "primer", "first", "last", "model", "soundfont")
"""Arguments that name files to be read."""


def seconds(path: Path, score: Score) -> float:
    """How long the file that was written lasts: sound rings out, and so do notes past the end of a piece."""
    if path.suffix.lower() == ".wav":
        with wave.open(str(path), "rb") as file:
            return file.getnframes() / file.getframerate()
    return length(score)


def length(score: Score) -> float:
    """Seconds until all is over."""
    return score.seconds(max([score.end, *(track.notes.last_end for track in score.tracks)]))
