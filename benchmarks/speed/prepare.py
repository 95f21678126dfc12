"""From MIDI files to tokens on one core: `linnet-train prepare`, and MidiTok's REMI on the same files.

    python -m benchmarks.speed.prepare

`prepare` does more than tokenise: it puts pieces on their bar lines, measures wishes, finds near-duplicates,
splits, draws a picture and accounts for every file. So reading and encoding are compared as well, which is
all that REMI does. The time of `prepare` is that of the command, Python's start and imports included; REMI's
begins when MidiTok has been imported.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from benchmarks.speed import command
from benchmarks.speed.rounds import elapsed, pinned, take_turns
from benchmarks.speed.tokens import remi
from benchmarks.table import Figure, at_least
from linnet.music.score import Score
from linnet.tokens import codec

FILES = 160
REMI = "MidiTok's REMI"
MUST_BEAT_REMI = 5.0


def some_of(folder: Path, count: int) -> list[Path]:
    """So many MIDI files, evenly spread over a folder."""
    found = sorted(folder.rglob("*.mid"))
    return found[:: max(1, len(found) // count)][:count]


def linked(files: Sequence[Path], root: Path, folder: Path) -> Path:
    """A folder with these files alone, each where it was below `root`."""
    for file in files:
        place = folder / file.relative_to(root)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(file.resolve())
    return folder


def whole_command(music: Path, corpus: Path) -> None:
    """`linnet-train prepare` with one worker, as a person starts it."""
    command_line = [sys.executable, "-m", "linnet_train", "prepare", str(music), "-o", str(corpus)]
    subprocess.run([*command_line, "--workers", "1", "--fresh"], check=True, capture_output=True)


def figures(settings: command.Settings) -> Iterator[Figure]:
    """Two rows of `features`."""
    root = settings.data / "train"
    files = some_of(root, FILES)
    if not files:
        print(f"prepare is left out: there are no .mid files in {root}", file=sys.stderr)
        return
    try:
        remi(files[0])
    except ImportError as error:
        print(f"prepare is left out: {error}", file=sys.stderr)
        return
    music = linked(files, root, settings.folder / "music")
    works: dict[str, Callable[[], object]] = {
        "prepare": lambda: whole_command(music, settings.folder / "corpus"),
        "reading and encoding": lambda: [codec.encode(Score.open(file)) for file in files],
        REMI: lambda: [remi(file) for file in files],
    }
    with pinned():
        seconds = take_turns(
            {name: partial(elapsed, work) for name, work in works.items()}, min(settings.rounds, 3)
        )
    theirs = seconds[REMI]
    for name in ("prepare", "reading and encoding"):
        ratio = theirs / seconds[name]
        goal = at_least(MUST_BEAT_REMI, ratio) if name == "prepare" else None
        label = f"{name}, {len(files)} files"
        yield Figure("features", label, seconds[name], "s", REMI, theirs, ratio, goal)


if __name__ == "__main__":
    sys.exit(command.main(["prepare"]))
