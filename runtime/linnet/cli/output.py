"""What commands read and write: files, standard input and output; never over what they read."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import linnet
from linnet.engine.network import ENGINES, EngineName
from linnet.music.score import WRITERS, Score
from linnet.tools.files import check_output
from linnet.tools.say import say
from linnet.tools.text import counted, visible

STREAM = "-"
"""Standard input, or standard output."""


# ---- what is read


def read(path: str) -> Score:
    """The music of a MIDI file or of sheet music, or of standard input, which is MIDI."""
    if path != STREAM:
        return Score.open(path)
    from linnet import midi

    return midi.loads(sys.stdin.buffer.read(), name="standard input")


def check_inputs(args: argparse.Namespace) -> None:
    """`ValueError` where standard input is to be read twice."""
    if sum(getattr(args, name, None) == STREAM for name in _INPUTS) > 1:
        raise ValueError("standard input can be read once: give the other file a name")


def add_engine(parser: argparse.ArgumentParser) -> None:
    """The option that says what runs a model."""
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default="auto",
        help="what runs the model: onnxruntime, native (linnet's own, for exact models: the same notes "
        "without onnxruntime), or auto (default: what LINNET_ENGINE says, else onnxruntime where it is)",
    )


def load(name: str, data: bytes | None = None, *, engine: EngineName = "auto") -> linnet.Model:
    """A model by its name or its file, or from standard input, whose bytes these are if it was read."""
    if name != STREAM:
        return linnet.load(name, engine=engine)
    import tempfile  # here, as below, because few need it

    with tempfile.TemporaryDirectory(prefix="linnet-") as folder:
        file = Path(folder) / "model.onnx"
        file.write_bytes(sys.stdin.buffer.read() if data is None else data)
        return linnet.load(file, engine=engine)


_INPUTS = ("file", "primer", "first", "last", "model", "soundfont")
"""Arguments that name files to be read."""


# ---- what is written


def add_overwrite(parser: argparse.ArgumentParser) -> None:
    """The option that allows a file to be both."""
    parser.add_argument(
        "--overwrite", action="store_true", help="the file to write may be the one that is read"
    )


def check(args: argparse.Namespace, path: Path) -> None:
    """`ValueError` where a file to be written is one that the command reads, unless it may be."""
    check_inputs(args)
    if is_stream(path):
        if sys.stdout.isatty():
            raise ValueError("standard output is a terminal: send it to a file or a program, with > or |")
    elif not args.overwrite:
        check_output(path, [getattr(args, name, None) for name in _INPUTS], advice="or ask for --overwrite")


def add_log(parser: argparse.ArgumentParser) -> None:
    """The option that says where to write down what was asked and done."""
    parser.add_argument(
        "--log",
        type=Path,
        metavar="FILE",
        help="add a line of JSON to FILE: what was asked for, made or played",
    )


def log(path: Path | None, facts: Mapping[str, Any]) -> None:
    """Adds a line to a log, if there is one."""
    if path is not None:
        from datetime import UTC, datetime

        now = datetime.now(UTC).isoformat(timespec="seconds")
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"time": now, **facts}) + "\n")


def add_format(parser: argparse.ArgumentParser, *formats: str) -> None:
    """The option that says what standard output gets; the first of the formats unless told."""
    parser.add_argument(
        "--format", choices=formats, help=f"what to write to standard output (default: {formats[0]})"
    )


def is_stream(path: Path) -> bool:
    """Whether standard output is meant."""
    return str(path) == STREAM


def extension(args: argparse.Namespace, usual: str) -> str:
    """What to write, such as `.wav`, by the file's name; to standard output by --format, or the usual."""
    if is_stream(args.output):
        return f".{args.format or usual}"
    if args.format:
        raise ValueError("--format is for standard output: the name of a file says what it is")
    return str(args.output.suffix.lower())


@contextmanager
def place(path: Path, usual: str) -> Iterator[Path]:
    """A file to write to. What was asked for as - goes to standard output at the end, in the usual format.

    A folder that is not there is made, and one line says so.
    """
    if not is_stream(path):
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
            say(f"{path.parent}: a new folder")
        yield path
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="linnet-") as folder:
        file = Path(folder) / f"output{usual}"
        yield file
        sys.stdout.buffer.write(file.read_bytes())
        sys.stdout.buffer.flush()


def save(score: Score, file: Path, *, stems: Path | None = None, tail: float | None = None) -> None:
    """Writes a piece, and each of its tracks into a folder `stems`, as sound or MIDI; `tail` is for sound."""
    kind = WRITERS[file.suffix.lower()]
    if kind == "linnet.sound" and stems is not None:
        from linnet import sound

        made, _ = sound.write_stems(score, stems, mix=file, format=file.suffix.lower(), tail=tail)
    else:
        if stems is not None and kind != "linnet.midi":
            raise ValueError("--stems is for sound and MIDI: -o FILE.wav or FILE.mid")
        made = []
        score.save(file, tail=tail if kind == "linnet.sound" else None)
        if stems is not None:
            from linnet import midi

            made = midi.write_stems(score, stems)
    for path in made:
        tell(path, size(path))


def tell(path: Path, about: str) -> None:
    """A line about what was written; where that is standard output, on the other stream."""
    name, stream = ("standard output", sys.stderr) if is_stream(path) else (path, sys.stdout)
    print(visible(f"{name}: {about}"), file=stream)


# ---- what it is


def seconds(path: Path, score: Score) -> float:
    """How long the file that was written lasts: sound rings out, and so do notes past the end of a piece."""
    if WRITERS.get(path.suffix.lower()) == "linnet.sound":
        from linnet import sound

        return sound.duration(path)
    return length(score)


def length(score: Score) -> float:
    """Seconds until all is over."""
    return score.seconds(max([score.end, *(track.notes.last_end for track in score.tracks)]))


def size(path: Path) -> str:
    """Of a file that was written."""
    count = path.stat().st_size
    return (
        f"{count / 1e3:.0f} kB"
        if count >= 9_950
        else f"{count / 1e3:.1f} kB"
        if count >= 1000
        else f"{count} bytes"
    )


def about(score: Score, path: Path, *, barred: bool = True) -> str:
    """What a piece is, in the words of its options: what nobody asked for is said too."""
    upbeat = " and an upbeat" if score.upbeat else ""
    facts = [counted(score.full_bars, "bar") + upbeat] if barred else []
    facts += [f"{seconds(path, score):.1f} s", counted(len(score.notes), "note")]
    if barred:
        meters = [f"{each.numerator}/{each.denominator}" for each in score.time_signatures]
        tempos = [f"{each.bpm:.4g} bpm" for each in score.tempos]
        facts += [_first(list(dict.fromkeys(meters))), _first(tempos)]
    facts += [score.key] if score.key else []
    return ", ".join(facts)


def _first(values: list[str]) -> str:
    return values[0] if len(values) == 1 else f"{values[0]} at first"
