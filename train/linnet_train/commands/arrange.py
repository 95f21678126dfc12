"""`linnet-train arrange`: tunes of other collections as a band plays them, to be trained on like others."""

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tqdm import tqdm

from linnet.errors import LinnetError
from linnet.tools.text import counted
from linnet_train.arranging import STYLES, Drummer, Tune, arrange, read_tune
from linnet_train.errors import TrainError

HELP = "tunes with accompaniments for a band, written out in the styles of popular music"
DESCRIPTION = (
    "Takes melodies and chords from MIDI files (chord symbols where they are marked, else the chords "
    "that are heard) and writes each out for a band: bass, drums, chords, at times a pad and a second voice. "
    f"What it writes lies in a folder for each style: {', '.join(STYLES)}."
)
EXAMPLES = """\
examples:
  linnet-train arrange lead-sheets hymns --drums groove-drums -o arranged
  linnet-train prepare games arranged --style-from '(?:arranged/)?([a-z-]+)/' -o band.corpus
"""

README = """\
# Accompaniments written out

- Source: {sources}, written out for a band by linnet-train arrange
- Licence, short: as those collections
"""

MINOR_ONLY = frozenset({"metal"})
"""Styles for tunes that end on a minor chord."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "folders", type=Path, nargs="+", metavar="DIR", help="folder of MIDI files with tunes"
    )
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the pieces"
    )
    parser.add_argument(
        "--drums",
        type=Path,
        metavar="DIR",
        help="performances of the Groove MIDI Dataset (without: patterns that are built in)",
    )
    parser.add_argument(
        "--most", type=int, default=150, metavar="N", help="tunes of each folder (default: %(default)s)"
    )
    parser.add_argument(
        "--times", type=int, default=1, metavar="N", help="styles for each tune (default: %(default)s)"
    )
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed, other bands (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """The command."""
    for folder in [*args.folders, *([args.drums] if args.drums else [])]:
        if not folder.is_dir():
            raise TrainError(f"{folder}: {'not a folder' if folder.exists() else 'no such folder'}")
    if min(args.most, args.times) < 1:
        raise TrainError(f"--most and --times must be at least 1, got {args.most} and {args.times}")
    drummer = Drummer.listen(sorted(args.drums.rglob("*.mid"))) if args.drums else Drummer()
    written: Counter[str] = Counter()
    for folder in args.folders:
        for tune in tqdm(
            _tunes(folder, args.most, args.seed), total=args.most, desc=folder.name, disable=None
        ):
            random = Random(f"{args.seed} {folder.name} {tune.name}")
            for name in _styles(tune, args.times, written, random):
                path = args.output / name / f"{folder.name}-{tune.name}.mid"
                path.parent.mkdir(parents=True, exist_ok=True)
                arrange(tune, STYLES[name], drummer, random).save(path)
                written[name] += 1
    if not written:
        raise TrainError(
            "no tune found: a melody over chords, in 4/4, 2/4, 2/2, 3/4 or 6/8, of 8 bars or more"
        )
    used = [*args.folders, *([args.drums] if args.drums else [])]
    text = README.format(sources=" ".join(folder.name for folder in used))
    (args.output / "README.md").write_text(text, encoding="utf-8")
    print(f"{counted(written.total(), 'piece')} in {args.output}")
    return 0


def _tunes(folder: Path, most: int, seed: int) -> Iterator[Tune]:
    """So many tunes of a folder, in an order that depends on the seed."""
    paths = sorted(folder.rglob("*.mid"))
    Random(seed).shuffle(paths)
    found = 0
    for path in paths:
        if found == most:
            return
        try:
            tune = read_tune(path)
        except LinnetError:
            continue
        if tune:
            found += 1
            yield tune


def _styles(tune: Tune, times: int, written: Counter[str], random: Random) -> list[str]:
    """Styles that suit a tune, those first of which there is least yet."""
    minor = "minor" in tune.chords[-1].quality
    names = [
        name
        for name, style in STYLES.items()
        if tune.meter in style.meters and (minor or name not in MINOR_ONLY)
    ]
    random.shuffle(names)
    return sorted(names, key=lambda name: written[name])[:times]
