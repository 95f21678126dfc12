"""`linnet play --stream`: music without end, aloud or to a port, steered by keys."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from linnet.cli import output
from linnet.tools.keyboard import keys
from linnet.tools.stuck import BriefExit
from linnet.tools.text import visible

__all__ = ["play"]

_NAP = 0.004
_RINGS = 2.0
"""Seconds after the end in which the last notes die away."""

_BLOCKS = 16
"""Of 512 frames, kept ready; 0.17 s: nobody plays along, and a machine may be busy for so long."""

_CLOSES = 5.0
"""Seconds that a port takes to close, at most."""


def play(args: argparse.Namespace) -> bool:
    """Plays until it is ended; whether it came to its cadence."""
    from linnet.live.playing import HELP, Keys

    model = output.load(args.stream, engine=args.engine)
    with BriefExit(_CLOSES) as stack:
        stream = stack.enter_context(model.stream(seed=args.seed, key=args.key, bpm=args.bpm, worker=True))
        stream.prepare()
        steer = Keys(stream, model.info.has_learnt)
        steer.wishes.update({name: value for name in ("key", "bpm") if (value := getattr(args, name))})
        step = _sink(args, stream, stack)
        pressed = stack.enter_context(keys())
        asked = stack.enter_context(_interrupts())
        if sys.stdin.isatty():
            _tell(HELP)
        else:
            _tell("Ctrl-C ends it on a cadence")
        begun, finishing = time.monotonic(), False
        while not stream.done:
            step()
            for key in pressed():
                if key == "q":
                    asked.append(key)
                elif said := steer.press(key):
                    _tell(said)
            if args.seconds is not None and not asked and time.monotonic() - begun >= args.seconds:
                asked.append("time")
            if asked and not finishing:
                finishing = _finish(stream)
            if asked and (len(asked) > 1 or not finishing):
                return False
            time.sleep(_NAP)
        last = time.monotonic() + _RINGS
        while time.monotonic() < last and len(asked) < 2:
            step()
            time.sleep(_NAP)
    return True


@contextmanager
def _interrupts() -> Iterator[list[str]]:
    """A list that grows with each Ctrl-C."""
    asked: list[str] = []
    if threading.current_thread() is not threading.main_thread():  # which alone hears of it
        yield asked
        return
    usual = signal.signal(signal.SIGINT, lambda *_: asked.append("interrupt"))
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, usual)


def _finish(stream: Any) -> bool:  # a stream
    """Whether it comes to an end by itself now; without bars or a key it cannot."""
    try:
        stream.finish(at="bar", bars=2)
    except ValueError:
        return False
    _tell("comes to its end; once more ends it at once")
    return True


def _sink(args: argparse.Namespace, stream: Any, stack: ExitStack) -> Any:
    """What is to be called again and again, while something plays the stream."""
    from linnet.live.playing import PortPlayer, sounding

    if args.port is not None:
        if args.soundfont is not None:
            raise ValueError("a MIDI port has sounds of its own: it takes no soundfont")
        from linnet.live.ports import Watch
        from linnet.live.session import LOOK, Outlet

        outlet = Outlet(args.port)
        stack.callback(outlet.close)
        watch = Watch()
        stack.callback(watch.close)
        player = PortPlayer(stream, outlet.port)
        stack.callback(player.close)
        look = time.monotonic()

        def step_and_look() -> None:
            nonlocal look
            if time.monotonic() - look >= LOOK:
                watch.look()
                look = time.monotonic()
            player.step()

        return step_and_look
    from linnet.synth import Synth
    from linnet.synth.speaker import Speaker

    synth = Synth(args.soundfont)
    speaker = stack.enter_context(Speaker(sounding(stream, synth), rate=synth.rate, blocks=_BLOCKS))

    def step() -> None:
        if speaker.ahead.error is not None:
            speaker.close()

    return step


def _tell(line: str) -> None:
    print(visible(line), file=sys.stderr, flush=True)
