"""The `linnet` command. Expected trouble is one line on stderr and exit code 1; wrong usage is 2."""

from __future__ import annotations

import argparse
import io
import json
import sys
import traceback
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import linnet
from linnet.cli import shape as _shape_command
from linnet.cli import show as _show_command
from linnet.cli import sound as _sound_command
from linnet.controls.request import new_seed
from linnet.errors import LinnetError, in_one_line
from linnet.generation import morph as _morph
from linnet.music.score import FORMATS, check_path
from linnet.tools.progress import Progress, progress_bar

_EXAMPLES = """
examples:
  linnet generate -o tune.mid                              sixteen bars of the default model
  linnet generate --bars 32 --seed 7 --key "D major" --bpm 110 -o tune.mid
  linnet generate mine.onnx --scale "A minor pentatonic" --range C3 C6 -o tune.mid
  linnet generate --count 64 --seed 1 -o tunes/            tunes 1 to 64, made together
  linnet continue mine.mid --bars 8 -o answer.mid          eight bars that go on from yours
  linnet shape tune.mid --swing 0.6 --humanise 0.5 -o played.mid
  linnet info tune.mid                                     what is in a MIDI file, or in a model
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command; returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without an é is no reason to stop
    args = parser().parse_args(arguments)
    try:
        code: int = args.run(args) or 0
    except KeyboardInterrupt:
        print("\nlinnet: interrupted, nothing was written", file=sys.stderr)
        return 1
    except BrokenPipeError:  # `linnet info x | head` has seen enough
        sys.stderr.close()
        return 1
    except (LinnetError, OSError, ValueError, MemoryError) as error:
        if args.verbose:
            traceback.print_exc()
        print(f"linnet: {in_one_line(error)}", file=sys.stderr)
        return 1
    return code


def parser() -> argparse.ArgumentParser:
    """The whole command line, for help and for the reference."""
    parser = argparse.ArgumentParser(
        prog="linnet",
        description="Makes music on small machines.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"linnet {linnet.__version__}")
    parser.set_defaults(verbose=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    generate = commands.add_parser("generate", help="make a new piece", description="Makes a new piece.")
    generate.add_argument("model", nargs="?", default=linnet.model.DEFAULT, metavar="MODEL", help=_MODEL_HELP)
    _add_music_options(generate)
    generate.set_defaults(run=_generate, primer=None, with_primer=False)

    go_on = commands.add_parser(
        "continue",
        help="go on from a MIDI file",
        description="Goes on from a MIDI file from its next bar line, in its tempo and meter unless told.",
    )
    go_on.add_argument("primer", metavar="PRIMER", help="MIDI file to go on from")
    go_on.add_argument("--model", default=linnet.model.DEFAULT, metavar="MODEL", help=_MODEL_HELP)
    go_on.add_argument(
        "--with-primer", action="store_true", help="write the primer too, not the new part alone"
    )
    _add_music_options(go_on)
    go_on.set_defaults(run=_generate)

    info = commands.add_parser(
        "info", help="describe a model or a MIDI file", description="Describes a model or a MIDI file."
    )
    info.add_argument("file", metavar="FILE", help="a packaged model's name, a model file or a MIDI file")
    info.add_argument("--json", action="store_true", help="everything, for programs")
    info.add_argument("-v", "--verbose", action="store_true", help="show the traceback when something fails")
    info.set_defaults(run=_info)

    show = commands.add_parser(
        "show", help="draw a MIDI file as a piano roll", description=_show_command.DESCRIPTION
    )
    _show_command.add_arguments(show)
    show.set_defaults(run=_show_command.run)

    shape = commands.add_parser(
        "shape",
        help="shape a MIDI file: swing, scale, range, human timing ...",
        description=_shape_command.DESCRIPTION,
        epilog=_shape_command.EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _shape_command.add_arguments(shape)
    shape.set_defaults(run=_shape_command.run)

    _sound_command.add_parsers(commands)

    morph = commands.add_parser(
        "morph", help="turn one phrase into another, step by step", description=_morph.DESCRIPTION
    )
    _morph.add_arguments(morph)
    morph.set_defaults(run=_morph.run)

    doctor = commands.add_parser(
        "doctor",
        help="look at this machine, measure it, say what is missing",
        description="Looks at this machine, measures how fast it plays, and says what to do about what is "
        "missing. Exit code 0 when music can be made, else 1.",
    )
    doctor.add_argument(
        "models", nargs="*", metavar="MODEL", help="models to try (default: the packaged ones)"
    )
    doctor.add_argument("--json", action="store_true", help="everything, for programs")
    doctor.add_argument(
        "-v", "--verbose", action="store_true", help="show the traceback when something fails"
    )
    doctor.set_defaults(run=_doctor)
    return parser


# Options that are arguments of Model.generate under the same name.
_LENGTH = ("bars", "seconds", "form")
_CHANCE = ("temperature", "top_k", "top_p", "min_p")
_MUSIC = ("bpm", "time_signature", "instrument")
_WISHES = ("key", "style", "density", "register", "guidance", "mood")
_RULES = ("scale", "polyphony", "longest", "watchdog")

_OUTPUT_HELP = "file to write: .mid, or .wav, .musicxml, .svg, .png"
_MODEL_HELP = "a packaged model's name or a model file (default: %(default)s)"


def _add_music_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=_OUTPUT_HELP)
    parser.add_argument(
        "--count", type=int, metavar="N", help="so many pieces, of seed, seed + 1, ..; FILE is then a folder"
    )
    length = parser.add_argument_group("length and form")
    length.add_argument("--bars", type=int, metavar="N", help="exactly so many bars (default: 16)")
    length.add_argument("--seconds", type=float, metavar="X", help="for models without bars (default: 30)")
    length.add_argument(
        "--form", metavar="LETTERS", help="sections, such as AABB: like letters, like music; '' for no plan"
    )
    chance = parser.add_argument_group("chance")
    chance.add_argument(
        "--seed", type=int, metavar="N", help="the same seed, the same notes (default: a new one)"
    )
    chance.add_argument(
        "--temperature", type=float, metavar="X", help="above 1 bolder, below 1 safer, 0 always the likeliest"
    )
    chance.add_argument("--top-k", type=int, metavar="N", help="draw from the N likeliest tokens; 0: all")
    chance.add_argument(
        "--top-p", type=float, metavar="X", help="draw from the likeliest that reach X together; 1: all"
    )
    chance.add_argument(
        "--min-p", type=float, metavar="X", help="draw from those at least X times as likely as the best"
    )
    music = parser.add_argument_group("tempo and meter")
    music.add_argument("--bpm", type=float, metavar="X", help="quarter notes a minute")
    music.add_argument("--time-signature", metavar="N/D", help="such as 6/8")
    wishes = parser.add_argument_group("wishes: the model leans that way")
    wishes.add_argument("--key", metavar="KEY", help="such as 'D major' or Am")
    wishes.add_argument("--style", metavar="NAME", help="one of the model's styles; see linnet info")
    wishes.add_argument("--density", type=int, metavar="1-8", help="from few notes to many")
    wishes.add_argument("--register", type=int, metavar="1-5", help="from low to high")
    wishes.add_argument("--mood", metavar="MOOD", help="such as calm, or --mood=VALENCE,AROUSAL from -1 to 1")
    wishes.add_argument("--guidance", type=float, metavar="X", help="how much wishes weigh; 1: as learnt")
    rules = parser.add_argument_group("rules: never broken")
    rules.add_argument("--scale", metavar="SCALE", help="such as 'D dorian' or 'A minor pentatonic'")
    rules.add_argument("--range", nargs=2, metavar=("LOW", "HIGH"), help="pitches, such as C3 C6 or 48 84")
    rules.add_argument("--polyphony", type=int, metavar="N", help="most notes together in a track")
    rules.add_argument(
        "--longest", type=float, metavar="X", help="longest note, in quarter notes (or seconds)"
    )
    rules.add_argument(
        "--no-watchdog", dest="watchdog", action="store_const", const=False, help="music may get stuck"
    )
    parser.add_argument(
        "--instrument", type=int, metavar="0-127", help="General MIDI program that plays the tracks"
    )
    parser.add_argument(
        "-v", "--verbose", action="store_true", help="show the traceback when something fails"
    )


def _generate(args: argparse.Namespace) -> None:
    if args.count is None:
        check_path(args.output)
    elif args.output.suffix.lower() in FORMATS or args.output.is_file():
        raise ValueError(f"{args.output}: --count writes into a folder")
    primer = None if args.primer is None else linnet.Score.open(args.primer)
    model = linnet.load(args.model)
    settings: dict[str, Any] = {
        name: getattr(args, name) for name in (*_LENGTH, *_CHANCE, *_MUSIC, *_WISHES, *_RULES)
    }
    settings |= {"pitch_range": tuple(args.range) if args.range else None}
    settings |= {"primer": primer, "with_primer": args.with_primer}
    if args.count is None:
        _save(model.generate(seed=args.seed, progress=progress_bar(), **settings), args.output, model)
    else:
        _generate_many(model, args, settings)


def _generate_many(model: linnet.Model, args: argparse.Namespace, settings: dict[str, Any]) -> None:
    """In portions, so that what was made is kept when the rest is interrupted."""
    if not 1 <= args.count <= 1_000_000:
        raise ValueError(f"count must be between 1 and 1000000, got {args.count}")
    first = new_seed() if args.seed is None else args.seed
    for made in range(0, args.count, _PORTION):
        portion = min(_PORTION, args.count - made)
        bar = progress_bar()
        progress = bar and partial(_progress_of_many, bar, made, portion, args.count)
        scores = model.generate(count=portion, seed=first + made, progress=progress, **settings)
        args.output.mkdir(parents=True, exist_ok=True)
        for i, score in enumerate(scores):
            _save(score, args.output / f"{model.info.name}-{first + made + i}.mid", model)


_PORTION = 64


def _save(score: linnet.Score, path: Path, model: linnet.Model) -> None:
    score.save(path)
    told = json.loads(score.texts[1])
    length = f"{score.bars} bars, " if model.info.time_base == "grid" else ""
    sound = f"{score.seconds(score.end):.1f} s, {len(score.notes)} notes"
    print(f"{path}: {length}{sound}, model {model.info.name}, seed {told['seed']}")
    if times := told.get("interventions"):
        print(f"{path}: interventions of the watchdog: {times}", file=sys.stderr)


def _progress_of_many(bar: Progress, made: int, portion: int, count: int, done: int, asked: int) -> None:
    length = asked // portion
    bar(made * length + done, count * length)


def _info(args: argparse.Namespace) -> None:
    from linnet.cli import info as facts

    path = Path(args.file)
    is_model = args.file in linnet.models() or path.suffix.lower() == ".onnx"
    found = facts.of_model(linnet.load(args.file)) if is_model else facts.of_midi_file(path)
    print(json.dumps(found, indent=2) if args.json else facts.as_text(found))


def _doctor(args: argparse.Namespace) -> int:
    from linnet import doctor

    hint = _hint if sys.stderr.isatty() else None
    found = doctor.examine(args.models, progress=hint)
    print(json.dumps(found, indent=2) if args.json else doctor.as_text(found, sys.stdout.encoding))
    return 0 if found["ready"] else 1


def _hint(doing: str) -> None:
    print(f"\r\033[K{doing}{' ...' if doing else ''}", end="", file=sys.stderr, flush=True)
