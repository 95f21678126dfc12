"""`linnet render` and `linnet play`: a MIDI file as sound, or as sheet music."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from linnet.cli.command import Command
from linnet.music.score import Score
from linnet.tools.progress import progress_bar


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
    parser.add_argument("--rate", type=int, metavar="N", help="frames a second (default: 44100)")


def _add_play(parser: argparse.ArgumentParser) -> None:
    _add_common(parser)
    parser.add_argument("--port", metavar="NAME", help="to the first MIDI port with this in its name")


def _render(args: argparse.Namespace) -> None:
    from linnet import notation, sound

    extension = args.output.suffix.lower()
    if extension not in (".wav", ".musicxml"):
        raise ValueError(f"{args.output}: the file to write must end in .wav or .musicxml")
    if extension == ".musicxml":
        if args.soundfont is not None or args.rate is not None:
            raise ValueError("--soundfont and --rate are for sound: -o FILE.wav")
        notation.write(_with_notes(args.file), args.output)
        made = ""
    else:
        score = _with_notes(args.file)
        rate = sound.RATE if args.rate is None else args.rate
        synthesizer = sound.write(
            score, args.output, soundfont=args.soundfont, rate=rate, progress=progress_bar()
        )
        made = f", {score.seconds(score.end):.1f} s, {synthesizer}"
    print(f"{args.output}: {args.output.stat().st_size / 1e3:.0f} kB{made}")


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
