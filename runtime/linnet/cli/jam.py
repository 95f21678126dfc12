"""`linnet jam`: play with linnet, live."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from linnet.cli import output
from linnet.cli.command import Command
from linnet.live import MODES
from linnet.tools.stuck import BriefExit
from linnet.tools.text import visible

_USUAL = {"answer": "folk", "duet": "folk", "accompany": "band"}

_RING = 2.0
"""Seconds of silence after the end of a file that plays, in which an answer may begin."""


_CLOSES = 5.0
"""Seconds that ports take to close, at most."""


def _add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--in",
        dest="input",
        metavar="KEYS",
        help="the MIDI input with this in its name, or a MIDI file that plays in your place (default: a new "
        "port of linnet's own, to which a keyboard can be connected)",
    )
    parser.add_argument(
        "--out",
        dest="synth",
        metavar="SYNTH",
        help="the MIDI output with this in its name; own: a new port; speaker: linnet's own synthesizer "
        "(the default)",
    )
    parser.add_argument("--list", action="store_true", help="show the MIDI ports there are, and end")
    parser.add_argument(
        "--mode",
        choices=MODES,
        default="answer",
        help="answer: call and response; accompany: parts around you; duet: a voice beside yours (default: "
        "%(default)s)",
    )
    parser.add_argument("--model", metavar="MODEL", help="who plays (default: folk; band to accompany)")
    parser.add_argument("--bars", type=int, metavar="N", help="a call has N bars (default: until you pause)")
    parser.add_argument("--bpm", type=float, metavar="X", help="quarter notes a minute (default: yours)")
    parser.add_argument("--key", metavar="KEY", help='such as "D major" (default: yours)')
    parser.add_argument("--time-signature", default="4/4", metavar="N/D", help="(default: %(default)s)")
    parser.add_argument(
        "--parts", default="bass,drums", metavar="PARTS", help="who accompanies (default: %(default)s)"
    )
    parser.add_argument(
        "--instrument",
        default="0",
        metavar="NAME",
        help="who answers: a General MIDI program (default: piano)",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="the same calls are answered in the same way")
    parser.add_argument(
        "--clock",
        choices=("none", "send", "follow", "link"),
        default="none",
        help="send MIDI clock to SYNTH, follow the one of KEYS, or join an Ableton Link session (default: "
        "%(default)s)",
    )
    parser.add_argument("--osc", type=int, metavar="PORT", help="listen to OSC on this port")
    parser.add_argument("--osc-to", metavar="HOST:PORT", help="tell beats and notes by OSC")
    parser.add_argument("--soundfont", metavar="FILE", help=".sf2 or .sf3 file for the speaker")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write what both played, as MIDI or sound")
    parser.add_argument("--seconds", type=float, metavar="X", help="end after so long (default: at Ctrl-C)")
    output.add_engine(parser)
    output.add_overwrite(parser)


def _run(args: argparse.Namespace) -> int:
    from linnet.live.ports import names

    if args.list:
        for way, found in zip(("in", "out"), names(), strict=True):
            for name in found or ["(none)"]:
                print(visible(f"{way:3} {name}"))
        return 0
    args.output = args.save if args.save is not None else Path("jam.mid")
    if args.save is not None:
        output.check(args, args.save)
    ask = {name: getattr(args, name) for name in ("bars", "bpm", "key", "time_signature", "seed", "mode")}
    with BriefExit(_CLOSES) as stack:
        score = _jam(args, ask, stack)
        if args.save is not None:  # before the ports are closed, which may end the program
            with output.place(args.save, ".mid") as file:
                output.save(score, file)
                output.tell(args.save, output.about(score, file))
    return 0


def _jam(args: argparse.Namespace, ask: dict[str, Any], stack: ExitStack) -> Any:  # the score, in the end
    from linnet.live.guard import Guard
    from linnet.live.jam import Jam
    from linnet.live.ports import Watch
    from linnet.live.session import Outlet, tend

    model = output.load(args.model or _USUAL[args.mode], engine=args.engine)
    outlet, sink = None, None
    if args.synth in (None, "speaker"):
        sink = _speaker(args, stack)
    else:
        if args.soundfont is not None:
            raise ValueError("a MIDI port has sounds of its own: it takes no --soundfont")
        outlet = Outlet(None if args.synth == "own" else args.synth)
        stack.callback(outlet.close)
        sink = outlet.port
        if not outlet.is_own:
            stack.enter_context(Guard(outlet.name))
    master = None
    if args.clock == "link":
        from linnet.live.link import LinkMaster

        master = LinkMaster(args.bpm or 100.0)
        stack.callback(master.close)
    clock: Any = "none" if master is not None else args.clock  # one of the words of Jam
    jam = Jam(
        model, sink, **ask, parts=args.parts.split(","), instrument=args.instrument,
        clock=clock, master=master, tell=_tell,
    )  # fmt: skip
    osc = _osc(args, jam, stack)
    player, inlet = _player(args, jam)
    until = _until(args, jam, player, osc)
    stack.callback(signal.signal, signal.SIGTERM, signal.signal(signal.SIGTERM, _interrupt))
    with suppress(KeyboardInterrupt), jam:
        watch = None
        if inlet is not None or outlet is not None:
            watch = Watch()
            stack.callback(watch.close)
        if inlet is not None:
            stack.callback(inlet.close)
            _tell(f"hears {inlet.name}; Ctrl-C ends it")
        if player is not None:
            player.start()
        tend(jam, inlet, outlet, watch, until=until, tell=_tell)
    if player is not None:
        player.close()
    return jam.score()


def _speaker(args: argparse.Namespace, stack: ExitStack) -> Any:
    from linnet.synth import Synth
    from linnet.synth.speaker import Speaker

    synth = Synth(args.soundfont)
    stack.enter_context(Speaker(synth.render, rate=synth.rate, block=256, blocks=3))
    return synth


def _osc(args: argparse.Namespace, jam: Any, stack: ExitStack) -> Any:
    if args.osc is None and args.osc_to is None:
        return None
    from linnet.live.osc import Osc

    to = None
    if args.osc_to is not None:
        host, _, port = args.osc_to.rpartition(":")
        if not host or not port.isdecimal():
            raise ValueError(f"--osc-to must be such as 192.168.1.5:9000, got {args.osc_to}")
        to = host, int(port)
    osc = Osc(jam, listen=args.osc, tell=to)
    stack.callback(osc.close)
    return osc


def _player(args: argparse.Namespace, jam: Any) -> tuple[Any, Any]:
    """Who plays: a file, or a port."""
    if args.input is not None and Path(args.input).suffix.lower() in (".mid", ".midi"):
        from linnet.live.filed import FilePlayer

        return FilePlayer(output.read(args.input), jam.receive), None
    from linnet.live.session import Inlet

    return None, Inlet(args.input, jam.receive)


def _until(args: argparse.Namespace, jam: Any, player: Any, osc: Any) -> Any:
    begun = time.monotonic()
    ended: list[float] = []

    def over() -> bool:
        if osc is not None and osc.stopped.is_set():
            return True
        if args.seconds is not None and time.monotonic() - begun >= args.seconds:
            return True
        if player is None or not player.done.is_set():
            return False
        # A file has played to its end: what answers it, or rings, is heard out.
        if not ended or jam.out.ringing:
            ended[:] = [time.monotonic()]
        return time.monotonic() - ended[0] > _RING or args.mode != "answer"

    return over


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _tell(line: str) -> None:
    print(visible(line), file=sys.stderr, flush=True)


JAM = Command(
    "jam",
    "play with linnet, live",
    "Plays with you: answers what you play, accompanies you, or plays along, in your key, tempo and density. "
    "Ctrl-C ends it, and every note.",
    _add,
    _run,
    examples="""
examples:
  linnet jam --list                                        the MIDI ports there are
  linnet jam --in Keystation                               answers your phrases, from the loudspeaker
  linnet jam --in Keystation --out FluidSynth --bars 2     answers after two bars
  linnet jam --in Keystation --mode accompany --bpm 100 --save jam.mid
  linnet jam --in Keystation --mode duet --instrument flute
  linnet jam --in tune.mid --save both.mid                 a file plays in your place
""",
)
