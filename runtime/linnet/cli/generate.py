"""`linnet generate` and `linnet continue`: new pieces, and pieces that go on from one's own."""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import linnet
from linnet.cli import output
from linnet.cli.command import Command
from linnet.cli.options import add_options, given
from linnet.controls.options import ABOUT
from linnet.music.score import FORMATS, check_path
from linnet.tools.chance import new_seed
from linnet.tools.progress import Progress, progress_bar
from linnet.tools.text import visible

_PORTION = 64
"""Pieces that are made together."""

_SAMPLE = 8
"""Bars by which it is found out how long one candidate takes."""

_MODEL: dict[str, Any] = {  # arguments of several kinds
    "metavar": "MODEL",
    "default": linnet.model.DEFAULT,
    "help": "a packaged model's name or a model file (default: %(default)s)",
}


def _add_generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", nargs="?", **_MODEL)
    _add_common(parser)


def _add_continue(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("primer", metavar="PRIMER", help="MIDI file to go on from; -: standard input")
    parser.add_argument("--model", **_MODEL)
    parser.add_argument("--with-primer", action="store_true", help=f"write {ABOUT['with_primer'].help}")
    _add_common(parser)


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="file to write: .mid, or .wav, .ogg, .musicxml, .abc, .svg ..; -: to standard output",
    )
    parser.add_argument(
        "--count",
        type=int,
        metavar="N",
        help="so many pieces, of seed, seed + 1, ..; FILE is then a folder, or such as tunes/{number}.wav",
    )
    parser.add_argument(
        "--format",
        type=_formats,
        metavar="FORMAT,..",
        help="what to write into a folder or to standard output: mid (the default), wav, ogg, musicxml ..",
    )
    output.add_overwrite(parser)
    output.add_engine(parser)
    output.add_log(parser)
    parser.add_argument(
        "--stems",
        type=Path,
        metavar="DIR",
        help="each track as a file too; with sound at the level of the mix",
    )
    add_options(parser)


def _formats(word: str) -> list[str]:
    formats = [each.strip().lower().lstrip(".") for each in word.split(",")]
    if unknown := [each for each in formats if f".{each}" not in FORMATS]:
        known = ", ".join(each.lstrip(".") for each in FORMATS)
        raise argparse.ArgumentTypeError(f"must be of {known}, got {unknown[0]!r}")
    return formats


def _run(args: argparse.Namespace) -> None:
    names = _names(args)
    output.check(args, args.output)
    options = given(args)
    if "primer" in options:
        options["primer"] = output.read(options["primer"])
    model = output.load(args.model, engine=args.engine)
    if args.count is None:
        begun = time.perf_counter()
        score = model.generate(progress=progress_bar(), **options)
        cost = _cost(model, [score], options, time.perf_counter() - begun)
        usual = (args.format or ["mid"])[0]
        paths = _paths(names, model, 1, score)
        _save(score, paths, model, usual=usual, cost=cost, log=args.log, stems=args.stems)
    else:
        _generate_many(model, args, options, names)


def _names(args: argparse.Namespace) -> list[str]:
    """Of the files for each piece, in which {seed}, {number} and {model} stand for what they are of it."""
    name, formats = str(args.output), args.format or ["mid"]
    varied = "{seed}" in name or "{number}" in name
    if args.stems is not None and args.count is not None:
        raise ValueError("--stems is for one piece, and not for --count")
    if output.is_stream(args.output):
        if args.count is not None:
            raise ValueError("--count writes into a folder, and not to standard output")
        if len(formats) > 1:
            raise ValueError("--format: standard output takes one format at a time")
        return [name]
    if args.count is not None and not varied:
        if args.output.suffix.lower() in FORMATS or args.output.is_file():
            raise ValueError(f"{name}: --count writes into a folder, or files such as tunes/{{seed}}.mid")
        return [str(args.output / f"{{model}}-{{seed}}.{each}") for each in formats]
    if args.format:
        raise ValueError("--format is for folders and standard output: the name of a file says what it is")
    check_path(args.output)
    return [name]


def _paths(names: list[str], model: linnet.Model, number: int, score: linnet.Score) -> list[Path]:
    seed = str(json.loads(score.texts[1])["seed"])
    parts = {"{seed}": seed, "{number}": str(number), "{model}": model.info.name}
    return [Path(re.sub(r"\{(seed|number|model)\}", lambda part: parts[part[0]], name)) for name in names]


def _generate_many(
    model: linnet.Model, args: argparse.Namespace, options: dict[str, Any], names: list[str]
) -> None:
    """In portions, so that what was made is kept when the rest is interrupted."""
    count: int = args.count
    if not 1 <= count <= 1_000_000:
        raise ValueError(f"count must be between 1 and 1000000, got {count}")
    first = new_seed() if options["seed"] is None else options["seed"]
    for made in range(0, count, _PORTION):
        portion = min(_PORTION, count - made)
        bar = progress_bar()
        progress = bar and partial(_progress_of_many, bar, made, portion, count)
        begun = time.perf_counter()
        scores = model.generate(count=portion, progress=progress, **options | {"seed": first + made})
        cost = _cost(model, scores, options, time.perf_counter() - begun)
        for i, score in enumerate(scores):
            paths = _paths(names, model, made + i + 1, score)
            for path in paths:
                path.parent.mkdir(parents=True, exist_ok=True)
                output.check(args, path)
            _save(score, paths, model, cost=cost, log=args.log)


_COUNTED = {
    "interventions": "interventions of the watchdog",
    "parallel_moves": "parallel fifths and octaves",
    "crossed_notes": "notes that cross another voice",
}
"""What the texts of a score say of what was counted."""


def _cost(model: linnet.Model, scores: list[linnet.Score], options: dict[str, Any], seconds: float) -> str:
    """What several candidates cost, in words; empty where there is but one.

    They are held against a short piece without them, by how long each of its notes takes.
    """
    facts = json.loads(scores[0].texts[1])
    if (count := facts.get("candidates", 1)) == 1:
        return ""
    own = {"candidates": 1, "bars": min(facts.get("bars", _SAMPLE), _SAMPLE), "seed": facts["seed"]}
    begun = time.perf_counter()
    alone = model.generate(**options | own | {"with_primer": False})
    once = (time.perf_counter() - begun) / max(len(alone.notes), 1)
    given = len(options["primer"].notes) if options.get("with_primer") else 0
    notes = sum(len(score.notes) - given for score in scores)
    return f", candidates: {count}, {seconds / max(once * notes, 1e-9):.1f} times the time"


def _save(
    score: linnet.Score,
    paths: list[Path],
    model: linnet.Model,
    *,
    usual: str = "",
    cost: str = "",
    log: Path | None = None,
    stems: Path | None = None,
) -> None:
    facts = json.loads(score.texts[1])
    for path in paths:
        with output.place(path, f".{usual}") as file:
            exact = facts.get("seconds") is not None or facts.get("minutes") is not None
            output.save(score, file, stems=stems, tail=0 if exact else None)
            made = output.about(score, file, barred=model.info.time_base == "grid")
        output.tell(path, f"{made}, model {model.info.name}, seed {facts['seed']}{cost}")
    written = [str(path) for path in paths]
    output.log(log, {"model": model.info.name, "asked": facts, "made": written, "notes": len(score.notes)})
    for name, words in _COUNTED.items():
        if times := facts.get(name):
            print(visible(f"{paths[0]}: {words}: {times}"), file=sys.stderr)


def _progress_of_many(bar: Progress, made: int, portion: int, count: int, done: int, wanted: int) -> None:
    length = wanted // portion
    bar(made * length + done, count * length)


_GENERATE_EXAMPLES = """
examples:
  linnet generate --key "A minor" --bpm 90 --mood calm -o calm.mid
  linnet generate chorale --bars 8 -o hymn.musicxml        sheet music
  linnet generate --instrument harp --range C3 C6 -o harp.wav        sound
  linnet generate --count 8 --format mid,wav -o tunes/     each as both
  linnet generate -o - | linnet play -                     heard at once, without a file
"""

_CONTINUE_EXAMPLES = """
examples:
  linnet continue mine.mid --bars 8 -o answer.mid
  linnet continue mine.mid --with-primer -o both.mid       yours, and then the new bars
  linnet continue mine.mid --count 8 -o answers/           eight of them, to choose from
"""

GENERATE = Command(
    "generate", "make a new piece", "Makes a new piece.", _add_generate, _run, examples=_GENERATE_EXAMPLES
)

CONTINUE = Command(
    "continue",
    "go on from a MIDI file",
    "Goes on from a MIDI file from its next bar line, in its tempo and meter unless told.",
    _add_continue,
    _run,
    examples=_CONTINUE_EXAMPLES,
)
