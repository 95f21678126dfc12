"""The ways out: the loudspeaker, through pygame-ce, and MIDI ports, through mido and python-rtmidi."""

from __future__ import annotations

import io
import os
import time
from types import TracebackType
from typing import TYPE_CHECKING

from linnet import midi
from linnet.errors import LinnetError, in_one_line
from linnet.tools.quiet import hushed

if TYPE_CHECKING:
    from linnet.music.score import Score
    from linnet.tools.progress import Progress

_NAP = 0.02
"""Seconds between two looks at what is still to be heard."""


class Loudspeaker:
    """Plays 16-bit stereo. Left by an exception, Ctrl-C included, it is silent at once."""

    def __init__(self, rate: int) -> None:
        """`LinnetError` when there is none."""
        os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
        try:
            from pygame import error, mixer
        except ImportError as missing:
            raise LinnetError(
                "the loudspeaker is played by pygame-ce, which is not installed: pip install 'linnet[audio]'"
            ) from missing
        try:
            with hushed():  # ALSA has much to say where it finds nothing
                mixer.init(rate, -16, 2, allowedchanges=0)
        except error as reason:
            raise LinnetError(f"there is no loudspeaker ({in_one_line(reason)})") from reason
        self._mixer, self._channel = mixer, mixer.Channel(0)

    def put(self, frames: bytes) -> None:
        """Plays these when what was put before is over, without a gap; waits until there is room for them."""
        while self._channel.get_queue() is not None:
            time.sleep(_NAP)
        self._channel.queue(self._mixer.Sound(buffer=frames))

    def __enter__(self) -> Loudspeaker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            while error is None and self._channel.get_busy():
                time.sleep(_NAP)
        finally:
            self._mixer.quit()


def to_port(score: Score, wanted: str, progress: Progress | None = None) -> None:
    """Plays to the first MIDI port with the words `wanted` in its name, and silences it in the end."""
    import mido

    try:
        names = mido.get_output_names()
    except Exception as error:  # whatever the backend raises where there is no sound system
        missing = isinstance(error, ImportError)
        reason = (
            "python-rtmidi is not installed: pip install python-rtmidi" if missing else in_one_line(error)
        )
        raise LinnetError(f"no MIDI port can be played ({reason})") from error
    # Unasked, not to ALSA's port that leads nowhere.
    found = [name for name in names if (wanted.lower() in name.lower() if wanted else "Through" not in name)]
    if not found:
        there = ", ".join(names) or "none"
        raise LinnetError(f"there is no MIDI port {wanted or 'with an instrument'} (there are: {there})")
    seconds, last = 0.0, int(score.seconds(score.end))
    with mido.open_output(found[0]) as port:
        try:
            for message in mido.MidiFile(file=io.BytesIO(midi.dumps(score))).play():
                port.send(message)
                seconds += message.time
                if progress is not None:
                    progress(min(int(seconds), last), last)
        finally:
            port.panic()
            port.reset()
