"""`linnet render` and `linnet play`: a MIDI file as sound, or as sheet music."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from linnet.cli import output
from linnet.cli.command import Command
from linnet.music.score import Score
from linnet.tools.progress import progress_bar
from linnet.tools.text import visible


def _add_common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="MIDI file")
    parser.add_argument(
        "--soundfont",
        metavar="FILE",
        help=".sf2 or .sf3 file (default: the first that linnet doctor lists)",
    )


def _add_render(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help=".wav or .musicxml file to write"
    )
    output.add_overwrite(parser)
    parser.add_argument(
        "--stems", type=Path, metavar="DIR", help="each track as a file too, at the level of the mix"
    )
    parser.add_argument("--rate", type=int, metavar="N", help="frames a second (default: 44100)")


def _add_play(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("--port", metavar="NAME", help="to the first MIDI port with this in its name")


def _render(args: argparse.Namespace) -> None:
    from linnet import notation, sound

    output.check(args, args.output)
    extension = args.output.suffix.lower()
    if extension not in (".wav", ".musicxml"):
        raise ValueError(f"{args.output}: the file to write must end in .wav or .musicxml")
    if extension == ".musicxml":
        if args.soundfont is not None or args.rate is not None or args.stems is not None:
            raise ValueError("--soundfont, --rate and --stems are for sound: -o FILE.wav")
        notation.write(_with_notes(args.file), args.output)
        made = ""
    else:
        score = _with_notes(args.file)
        rate = sound.RATE if args.rate is None else args.rate
        how: dict[str, Any] = {"soundfont": args.soundfont, "rate": rate, "progress": progress_bar()}
        if args.stems is None:
            synthesizer = sound.write(score, args.output, **how)
        else:
            stems, synthesizer = sound.write_stems(score, args.stems, mix=args.output, **how)
            for path in stems:
                print(visible(f"{path}: {path.stat().st_size / 1e3:.0f} kB"))
        made = f", {output.seconds(args.output, score):.1f} s, {synthesizer}"
    print(visible(f"{args.output}: {args.output.stat().st_size / 1e3:.0f} kB{made}"))


def _play(args: argparse.Namespace) -> int:
    from linnet import sound

    try:
        sound.play(_with_notes(args.file), soundfont=args.soundfont, port=args.port, progress=progress_bar())
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return 1
    return 0


def _with_notes(path: str) -> Score:
    score = Score.open(path)
    if not any(len(track.notes) for track in score.tracks):
        raise ValueError(f"{path}: there are no notes to play")
    return score


RENDER = Command(
    "render",
    "a MIDI file as a WAV file, or as sheet music",
    "Renders a MIDI file as sound, with a SoundFont where there is one and else with a plain tone, or writes "
    "it as sheet music.",
    _add_render,
    _render,
)

PLAY = Command(
    "play",
    "play a MIDI file aloud",
    "Plays a MIDI file to the loudspeaker, else to a MIDI port. Ctrl-C stops.",
    _add_play,
    _play,
)
