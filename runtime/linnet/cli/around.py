"""`linnet add`, `fill`, `answer` and `vary`: what is done with music that is there."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import linnet
from linnet.cli import output
from linnet.cli.command import Command
from linnet.cli.options import add_options, given
from linnet.controls import kinds
from linnet.controls.parts import SUITED, parts_named, suited
from linnet.generation.naming import made_with
from linnet.music.score import FORMATS, Score, check_path
from linnet.music.track import name_of
from linnet.tools.chance import new_seed
from linnet.tools.dataclass import replace

OPTIONS = (
    *("seed", "temperature", "top_k", "top_p", "min_p", "candidates"),
    *("key", "chords", "style", "density", "texture", "register", "loudness", "guidance"),
    *("scale", "polyphony", "longest", "parallels", "crossing", "watchdog", "instrument"),
)
"""Of `Model.generate`; what else there is the music itself says."""

_ONE_LINE, _MANY = "folk", "band"
_ROUNDS = kinds.whole(1, 1000)


def _add_common(parser: argparse.ArgumentParser, *, what: str, model: str, instrument: bool = False) -> None:
    parser.add_argument("file", metavar="FILE", help=f"MIDI file {what}; -: standard input")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="file to write: .mid, or .wav, .musicxml, .svg, .png; -: to standard output",
    )
    parser.add_argument("--model", metavar="MODEL", help=f"a model's name or file (default: {model})")
    output.add_overwrite(parser)
    add_options(parser, [name for name in OPTIONS if instrument or name != "instrument"])


_BY_MUSIC = f"{_ONE_LINE} for one line, {_MANY} for several parts"


def _add_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "parts", metavar="PARTS", help="melody, second, chords, bass, drums; several: bass,drums"
    )
    by_part = ", ".join(f"{SUITED[part]} for {part}" for part in SUITED)
    by_part += f"; {_MANY} where there are drums, or more parts than those have learnt"
    _add_common(parser, what="to add to", model=by_part, instrument=True)
    parser.add_argument(
        "--rounds",
        type=int,
        metavar="N",
        help="the music so many times over, with other new parts each time: to play along with",
    )
    add_options(parser, ["bpm"])


def _add_fill(parser: argparse.ArgumentParser) -> None:
    _add_common(parser, what="with the gap", model=_BY_MUSIC)
    parser.add_argument("--bars", required=True, metavar="BARS", help="which to compose anew: 5-6, 7- or 5")
    parser.add_argument(
        "--tracks", metavar="TRACKS", help="only these, by number or name: 1,Bass (default: all that play)"
    )


def _add_answer(parser: argparse.ArgumentParser) -> None:
    _add_common(parser, what="to answer", model=_BY_MUSIC)
    parser.add_argument("--with-call", action="store_true", help="write the call too, not the answer alone")


def _add_vary(parser: argparse.ArgumentParser) -> None:
    _add_common(parser, what="to vary", model=_BY_MUSIC)
    parser.add_argument(
        "--keep",
        default="rhythm",
        metavar="WHAT",
        help="rhythm, contour, harmony, or the share of the bars that stays: 0.6 (default: %(default)s)",
    )
    parser.add_argument(
        "--count", type=int, metavar="N", help="so many, of seed, seed + 1, ..; FILE is then a folder"
    )


def _opened(args: argparse.Namespace) -> tuple[Score, dict[str, Any]]:
    """The music, and what else is asked for. Any: values of several kinds."""
    if not output.is_stream(args.output) and not getattr(args, "count", None):
        check_path(args.output)
    output.check(args, args.output)
    score = output.read(args.file)
    return score, {name: value for name, value in given(args, OPTIONS).items() if value is not None}


def _begin(args: argparse.Namespace) -> tuple[Score, linnet.Model, dict[str, Any]]:
    """The music, the model, and what else is asked for. Any: as above."""
    score, options = _opened(args)
    usual = _ONE_LINE if len(score.tracks) == 1 and not score.tracks[0].is_drum else _MANY
    return score, output.load(args.model or usual), options


def _run_add(args: argparse.Namespace) -> None:
    parts = parts_named(args.parts)
    score, options = _opened(args)
    if args.rounds is not None:
        _add_in_rounds(args, score, parts, options)
        return
    if args.bpm is not None:
        raise ValueError("--bpm is for --rounds: music that is added to keeps its tempo")
    options.setdefault("seed", new_seed())
    made, tasks = score, [parts] if args.model else [[part] for part in parts]
    players = options.pop("instrument", None)
    names = [] if players is None else [players] if isinstance(players, int | str) else list(players)
    told: list[str] = []
    for i, task in enumerate(tasks):
        model = output.load(args.model or suited(task[0], made))
        asked: dict[str, Any] = dict(options)
        if names:
            asked["instrument"] = names if args.model else names[min(i, len(names) - 1)]
        if not args.model and not model.info.has_learnt("chords"):
            asked.pop("chords", None)
        before = len(made.tracks)
        made = model.add(made, task, **asked)
        for track in made.tracks[before:]:
            by = "" if args.model else f" by {model.info.name}"
            told.append(f"{name_of(track)}: {len(track.notes)} notes{by}")
    _write(made, args.output, model, ", ".join(told))


def _add_in_rounds(
    args: argparse.Namespace, score: Score, parts: Sequence[str], options: dict[str, Any]
) -> None:
    rounds = kinds.read("rounds", _ROUNDS, args.rounds)
    if options.pop("instrument", None) is not None:
        raise ValueError("--instrument is not for --rounds: name other players in a MIDI editor")
    options.setdefault("seed", new_seed())
    model = output.load(args.model or (suited(parts[0], score) if len(parts) == 1 else _MANY))
    if args.bpm is not None:
        options["bpm"] = args.bpm
    roles = ["lead" if part == "melody" else part for part in parts]
    stream = model.stream(given=score, roles=roles, **options)
    made, bars = stream.record(1), rounds * score.bars
    while made.bars <= bars:
        made = stream.record(max(score.seconds(score.end), 1))
    made = made.slice_bars(0, bars)
    facts = {"add": ",".join(parts), "rounds": rounds, **options}
    made = replace(made, texts=(made_with(model.info), json.dumps(facts, sort_keys=True)))
    _write(made, args.output, model, f"{rounds} rounds")


def _run_fill(args: argparse.Namespace) -> None:
    score, model, options = _begin(args)
    made = model.fill(score, args.bars, tracks=args.tracks, **options)
    _write(made, args.output, model, f"bars {args.bars}")


def _run_answer(args: argparse.Namespace) -> None:
    score, model, options = _begin(args)
    _write(model.answer(score, with_call=args.with_call, **options), args.output, model, "answer")


def _run_vary(args: argparse.Namespace) -> None:
    if args.count is not None and (args.output.suffix.lower() in FORMATS or output.is_stream(args.output)):
        raise ValueError(f"{args.output}: --count writes into a folder")
    score, model, options = _begin(args)
    made = model.vary(score, args.keep, count=1 if args.count is None else args.count, **options)
    for number, each in enumerate(made, 1):
        path = args.output if args.count is None else args.output / f"{number:0{len(str(args.count))}}.mid"
        if args.count is not None:
            output.check(args, path)
        _write(each, path, model, f"distance {json.loads(each.texts[1])['distance']:.2f}")


def _write(score: Score, path: Path, model: linnet.Model, what: str) -> None:
    with output.place(path, ".mid") as file:
        score.save(file)
        about = output.about(score, file)
    seed = json.loads(score.texts[1])["seed"]
    output.tell(path, f"{what}; {about}, model {model.info.name}, seed {seed}")


ADD = Command(
    "add",
    "add a part to a MIDI file: bass, chords, drums ...",
    "Composes new parts to music that is there. What is there stays as it is, note by note.",
    _add_add,
    _run_add,
    examples="""
examples:
  linnet add bass tune.mid -o with-bass.mid
  linnet add chords,bass,drums tune.mid --seed 7 -o band.mid
  linnet add melody chords.mid --instrument flute -o song.mid
  linnet add chords,bass,drums tune.mid --rounds 4 --bpm 80 -o backing.mid    to play along with
""",
)

FILL = Command(
    "fill",
    "compose some bars of a MIDI file anew",
    "Composes some bars anew, to what comes before and after. All else stays as it is.",
    _add_fill,
    _run_fill,
    examples="""
examples:
  linnet fill tune.mid --bars 5-6 -o filled.mid
  linnet fill song.mid --bars 9- --tracks Bass,Drums -o other.mid
  linnet fill tune.mid --bars 8 --candidates 8 -o ending.mid        the best of eight
""",
)

ANSWER = Command(
    "answer",
    "answer a phrase with another that is as long",
    "Answers a call: as many bars, which begin as it begins and close.",
    _add_answer,
    _run_answer,
    examples="""
examples:
  linnet answer call.mid -o answer.mid
  linnet answer call.mid --with-call -o both.mid
""",
)

VARY = Command(
    "vary",
    "write variations of a MIDI file",
    "Writes variations that keep the rhythm, the contour, the harmony or some of the bars, and says how far "
    "each is from the original: the share of the notes that only one of the two has.",
    _add_vary,
    _run_vary,
    examples="""
examples:
  linnet vary tune.mid --keep contour -o varied.mid
  linnet vary tune.mid --keep rhythm --count 5 -o variations/
  linnet vary tune.mid --keep 0.6 -o close.mid                      six of ten bars stay
""",
)
