"""`linnet bank`: the music of a game, as files."""

from __future__ import annotations

import argparse
from pathlib import Path

import linnet
from linnet.cli import output
from linnet.cli.command import Command
from linnet.tools.say import say
from linnet.tools.text import counted


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cues", type=Path, metavar="cues.toml", help="what the cues are to be; see below")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="new folder for the files"
    )
    parser.add_argument(
        "--format", default=".ogg", metavar="EXT",
        help=".ogg (with loop points; the extra formats), .wav, .flac or .mp3 (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument("--no-stems", action="store_true", help="no file for each track")
    parser.add_argument("--soundfont", type=Path, metavar="FILE", help="what plays (default: as for render)")
    output.add_engine(parser)


def _run(args: argparse.Namespace) -> None:
    from linnet import bank  # with all that renders, which other commands do not need

    plan = bank.read_plan(args.cues)
    format = args.format if args.format.startswith(".") else f".{args.format}"
    model = linnet.load(plan.model, engine=args.engine)
    made = bank.make(
        model, plan, progress=lambda cue: say(f"{cue.kind} {cue.name}: {counted(cue.bars, 'bar')}")
    )
    facts = bank.write(made, args.output, format=format, stems=not args.no_stems, soundfont=args.soundfont)
    for name, cue in facts["cues"].items():
        output.tell(args.output / cue["file"], f"{cue['kind']} {name}, {cue['key']}, {cue['seconds']:.1f} s")
    output.tell(args.output / "cues.json", counted(len(made), "cue"))


_EXAMPLES = """
a file of cues:
  model = "folk"                  at the top: what all cues share, options of generate
  key = "D minor"
  time_signature = "4/4"
  seed = 7

  [loop.explore]                  it goes round: its last bar leads to its first
  bars = 8
  bpm = 96
  density = 3

  [loop.fight]
  bpm = 138
  density = 7

  [sting.found]                   one bar unless bars say more; it closes on the tonic
  [sting.hero]                    or a file of yours, moved to the key
  file = "hero.mid"

  [transition.to-fight]           two bars from the end of one loop to the other
  from = "explore"
  to = "fight"

examples:
  linnet bank cues.toml -o assets/
  linnet bank cues.toml --format wav --no-stems -o assets/
"""

BANK = Command(
    "bank",
    "loops, stings and transitions of a game as files",
    "Makes the music of a game before it ships: loops, stings and transitions in one key, as MIDI and sound, "
    "with stems that sum, and cues.json, which says tempo, bars, seams and keys for the engine.",
    _add_arguments,
    _run,
    _EXAMPLES,
)
