"""`linnet render` and `linnet play`: a MIDI file as sound, or as sheet music."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from linnet.cli import output, streaming
from linnet.cli.command import Command
from linnet.music.score import WRITERS, Score
from linnet.tools.progress import progress_bar

_FORMATS = [
    end for end, writer in WRITERS.items() if writer in ("linnet.sound", "linnet.notation", "linnet.midi")
]
"""What it renders to, and what it turns sheet music into."""

_ENGRAVED = (".svg", ".png")
"""As pictures of sheet music; `linnet show` draws rolls."""


def _add_common(parser: argparse.ArgumentParser, nargs: str | None = None) -> None:
    parser.add_argument(
        "file", metavar="FILE", nargs=nargs, help="MIDI file, or .musicxml, .mxl, .abc; -: standard input"
    )
    parser.add_argument(
        "--soundfont",
        metavar="FILE",
        help=".sf2 or .sf3 file (default: the first that linnet doctor lists)",
    )


def _add_render(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help=".wav, .flac, .ogg, .mp3; .pdf, .svg, .png (sheet music); .musicxml, .mxl, .abc; .mid; -: to "
        "standard output",
    )
    output.add_overwrite(parser)
    output.add_format(parser, "wav", *(each[1:] for each in _FORMATS if each != ".wav"))
    parser.add_argument(
        "--stems", type=Path, metavar="DIR", help="each track as a file too, at the level of the mix"
    )
    parser.add_argument(
        "--tail", type=float, metavar="X", help="seconds in which notes die away after the end (default: 1.5)"
    )
    parser.add_argument(
        "--loop",
        action="store_const",
        const=True,
        help="to be played round and round: exactly as long as the piece, its end rings on at its beginning, "
        "with loop points (.wav, .ogg)",
    )
    parser.add_argument("--rate", type=int, metavar="N", help="frames a second (default: 44100)")


def _add_play(parser: argparse.ArgumentParser) -> None:
    _add_common(parser, nargs="?")
    parser.add_argument("--port", metavar="NAME", help="to the first MIDI port with this in its name")
    group = parser.add_argument_group("music without end")
    group.add_argument(
        "--stream",
        metavar="MODEL",
        help="no file: a packaged model, or a model file, plays until Ctrl-C, which ends it on a cadence; "
        "keys change what it is asked for, and it says which",
    )
    group.add_argument("--seed", type=int, metavar="N", help="the same seed plays the same music")
    group.add_argument("--key", metavar="KEY", help='such as "D major"')
    group.add_argument("--bpm", type=float, metavar="X", help="quarter notes a minute")
    group.add_argument("--seconds", type=float, metavar="X", help="end on a cadence after so long")
    output.add_engine(parser)
    output.add_log(parser)


def _render(args: argparse.Namespace) -> None:
    from linnet import notation, sound

    output.check(args, args.output)
    extension = output.extension(args, "wav")
    if extension not in (*_FORMATS, *_ENGRAVED):
        known = f"{', '.join(_FORMATS[:-1])} or {_FORMATS[-1]}"
        raise ValueError(f"{args.output}: the file to write must end in {known}")
    if WRITERS[extension] != "linnet.sound":  # pictures are of sheet music here
        if any(each is not None for each in (args.soundfont, args.rate, args.tail, args.loop)):
            raise ValueError("--soundfont, --rate, --tail and --loop are for sound: -o FILE.wav")
        score = _with_notes(args.file)
        with output.place(args.output, extension) as file:
            if extension in _ENGRAVED:
                notation.write(score, file)
            else:
                output.save(score, file, stems=args.stems)
            made = output.size(file)
    else:
        score = _with_notes(args.file)
        rate = sound.RATE if args.rate is None else args.rate
        how: dict[str, Any] = {"soundfont": args.soundfont, "rate": rate, "progress": progress_bar()}
        how |= {"tail": args.tail, "loop": args.loop}
        with output.place(args.output, extension) as file:
            if args.stems is None:
                synthesizer = sound.write(score, file, **how)
            else:
                stems, synthesizer = sound.write_stems(score, args.stems, mix=file, format=extension, **how)
                for path in stems:
                    output.tell(path, output.size(path))
            made = f"{output.size(file)}, {output.seconds(file, score):.1f} s, {synthesizer}"
    output.tell(args.output, made)


def _play(args: argparse.Namespace) -> int:
    from linnet import sound

    begun, whole = time.perf_counter(), True
    if (args.file is None) == (args.stream is None):
        raise ValueError("give a FILE to play, or --stream MODEL")
    if args.stream is not None:
        whole = streaming.play(args)
        seconds = round(time.perf_counter() - begun, 1)
        output.log(args.log, {"streamed": args.stream, "seconds": seconds, "whole": whole})
        return 0 if whole else 1
    if any(getattr(args, name) is not None for name in ("seed", "key", "bpm", "seconds")):
        raise ValueError("--seed, --key, --bpm and --seconds are for --stream MODEL")
    try:
        sound.play(_with_notes(args.file), soundfont=args.soundfont, port=args.port, progress=progress_bar())
    except KeyboardInterrupt:
        whole = False
        print(file=sys.stderr)
    seconds = round(time.perf_counter() - begun, 1)
    output.log(args.log, {"played": args.file, "seconds": seconds, "whole": whole})
    return 0 if whole else 1


def _with_notes(path: str) -> Score:
    score = output.read(path)
    if not any(len(track.notes) for track in score.tracks):
        raise ValueError(f"{path}: there are no notes to play")
    return score


RENDER = Command(
    "render",
    "a MIDI file or sheet music as sound, as sheet music or as MIDI",
    "Renders a MIDI file or sheet music as sound, with a SoundFont where there is one and else with a plain "
    "tone, or writes it as sheet music or MIDI.",
    _add_render,
    _render,
)

PLAY = Command(
    "play",
    "play a MIDI file aloud, or music without end",
    "Plays a MIDI file, or a model without end, to the loudspeaker, else to a MIDI port. Ctrl-C stops.",
    _add_play,
    _play,
    examples="""
examples:
  linnet play tune.mid
  linnet play --stream folk                                until Ctrl-C, which ends it on a cadence
  linnet play --stream chorale --key "F major" --port FluidSynth
""",
)
