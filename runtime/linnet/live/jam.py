"""A jam: somebody plays, and linnet with them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol, Self

from linnet.controls import kinds
from linnet.controls.options import ABOUT
from linnet.live import MODES
from linnet.live.accompanying import Accompanying
from linnet.live.answering import Answering
from linnet.live.clock import CLOCK_TYPES, ClockFollower, ClockSender
from linnet.live.duet import Duet
from linnet.live.listening import Listener
from linnet.live.ringing import Output, Ringing
from linnet.live.scene import Event, Mode, Scene
from linnet.live.schedule import Schedule
from linnet.live.tape import written
from linnet.live.transport import Transport
from linnet.model import Model
from linnet.music.general_midi import program_number
from linnet.music.score import Score, TimeSignature
from linnet.tools.chance import new_seed
from linnet.tools.closing import Closing
from linnet.tools.urgent import brief_turns

__all__ = ["Jam", "Master"]

ClockMode = Literal["none", "send", "follow"]

_STEP = 0.004
"""Seconds from one look to the next."""

_AHEAD = 0.025
"""Seconds before a note begins in which it is decided."""

_MISSED = 0.1
"""Beats: what was to begin so shortly before the time began, or jumped, begins at once."""

_BARS = kinds.whole(1, 64)
_BPM = kinds.number(20, 400)
_MODE = kinds.choice(*MODES)
_CLOCK = kinds.choice("none", "send", "follow")


class Master(Protocol):
    """Somebody else's time, such as that of Ableton Link."""

    def guide(self, transport: Transport) -> None:
        """Keeps the transport with it; called every few milliseconds."""


class Jam(Closing):
    """Plays with somebody: answers them, accompanies them, or plays along.

        with Jam(linnet.load("folk"), output) as jam:
            ...  # whoever hears the player calls jam.receive(message)
        jam.score().save("jam.mid")

    `output` is a port of mido, a `linnet.synth.Synth`, or anything that has `send`. Key, tempo and density
    follow the player, unless a key, a tempo or a clock was asked for. Every note that was begun is ended:
    when it is closed, when something fails, and when a port that was lost comes back.
    """

    def __init__(
        self,
        model: Model,
        output: Output,
        *,
        mode: str = "answer",
        bars: int | None = None,
        bpm: float | None = None,
        key: str | None = None,
        time_signature: str = "4/4",
        parts: Sequence[str] = ("bass", "drums"),
        instrument: int | str = 0,
        seed: int | None = None,
        clock: ClockMode = "none",
        clock_output: Output | None = None,
        master: Master | None = None,
        tell: Callable[[str], None] = lambda line: None,
    ) -> None:
        """Composes what is needed before anybody plays; `with`, or `start`, begins.

        Args:
            model: who plays.
            output: where to.
            mode: `"answer"` (call and response), `"accompany"` or `"duet"`.
            bars: length of a call, 1 to 64; None: until the player pauses.
            bpm: quarter notes a minute, 20 to 400; None: the player's.
            key: such as `"D major"`; None: the player's.
            time_signature: such as `"6/8"`.
            parts: what accompanies, as for `Model.add`.
            instrument: who answers or plays along: a program of General MIDI, or its name.
            seed: the same one answers the same call in the same way.
            clock: `"send"`: MIDI clock to `clock_output`; `"follow"`: that which `receive` is told.
            clock_output: None: the output.
            master: another clock to keep to.
            tell: told in a line what happens.

        Raises:
            ValueError: for values that are out of range.
            TypeError: for values of the wrong kind.
        """
        mode, clock = kinds.read("mode", _MODE, mode), kinds.read("clock", _CLOCK, clock)
        bars = None if bars is None else kinds.read("bars", _BARS, bars)
        bpm = None if bpm is None else kinds.read("bpm", _BPM, bpm)
        if key is not None:
            key = kinds.read("key", ABOUT["key"].kind, key)
        signature = TimeSignature.named(
            kinds.read("time_signature", ABOUT["time_signature"].kind, time_signature)
        )
        self.transport = Transport(100.0 if bpm is None else bpm)
        self.out = Ringing(output, sent=self._sent)
        self._clock_out = self.out if clock_output is None else clock_output
        self._sender = ClockSender(self.transport) if clock == "send" else None
        self._clock = ClockFollower(self.transport) if clock == "follow" else None
        self._master = master
        self.scene = Scene(
            model, self.transport, signature, new_seed() if seed is None else seed, key,
            follows=bpm is None and self._clock is None and master is None,
            tempo_known=bpm is not None or self._clock is not None or master is not None,
            tell=tell, hush=self._hush, swap=self._swap,
        )  # fmt: skip
        program = program_number(instrument)
        self.mode: Mode
        if mode == "answer":
            self.mode = Answering(self.scene, bars=bars, program=program)
        elif mode == "accompany":
            self.mode = Accompanying(self.scene, parts)
        else:
            self.mode = Duet(self.scene, program=program)
        try:
            self.mode.prepare()
        except BaseException:
            self.scene.close()
            raise
        self._own = Listener()
        self._programs: dict[int, int] = {}
        self._schedule: Schedule | None = None
        self._thread: threading.Thread | None = None
        self._bell = threading.Event()
        self._closing = False
        self._began = time.perf_counter()
        self._to = 0.0
        """Beat up to which is decided what begins."""

        self._restarts = 0
        self._epoch = 0
        """What was scheduled before is not sent any more where this has changed."""

        self.played: Callable[[Any], None] | None = None
        """Told each message that is played. Any: of mido."""

        self.error: BaseException | None = None
        """What ended it before its time, if anything did; `close` raises it."""

    @property
    def listener(self) -> Listener:
        """What the player played."""
        return self.scene.listener

    @property
    def late(self) -> list[float]:
        """Seconds by which the latest messages were late."""
        return [] if self._schedule is None else list(self._schedule.late)

    def start(self) -> None:
        """Begins to listen."""
        if self._thread is not None:
            return
        self._began = time.perf_counter()
        self._schedule = Schedule()
        self._thread = threading.Thread(target=self._run, name="linnet jam", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends every note; raises what ended it before, if anything did."""
        self._closing = True
        self._bell.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        error, self.error = self.error, None
        if error is not None:
            raise error

    def __enter__(self) -> Self:
        self.start()
        return self

    # ---- the player

    def receive(self, message: Any, seconds: float | None = None) -> None:
        """A message from the player, or from a clock; any thread may call it. Any: of mido.

        `seconds` is when it came, by `time.perf_counter`; now unless given.
        """
        moment = time.perf_counter() if seconds is None else seconds
        if message.type in CLOCK_TYPES:
            if self._clock is not None:
                self._clock.receive(message, moment)
            return
        note = self.listener.receive(message, moment)
        if note is None or self._thread is None or self._closing:
            return
        scene = self.scene
        if not self.transport.running and self._clock is None and self._master is None:
            self.transport.start(seconds=moment)
        scene.follow(note)
        self.mode.heard(note)
        self._bell.set()

    def set_key(self, key: str | None) -> None:
        """The key from here on, such as `"D major"`; None: the player's."""
        self.scene.key = None if key is None else kinds.read("key", ABOUT["key"].kind, key)

    def set_bpm(self, bpm: float | None) -> None:
        """The tempo from here on, in quarter notes a minute, 20 to 400; None: the player's."""
        if bpm is not None:
            self.transport.to_tempo(kinds.read("bpm", _BPM, bpm))
            self.scene.tempo_known = True
        self.scene.follows = bpm is None and self._clock is None and self._master is None

    def hush(self) -> None:
        """Ends what sounds, and forgets what was to come."""
        self._hush()

    def player_is_gone(self) -> None:
        """Ends what the player holds: their port was unplugged."""
        self.listener.release_all(time.perf_counter())

    def score(self) -> Score:
        """What was played by both, as a score."""
        players = [("You", self.listener, {}), ("linnet", self._own, self._programs)]
        return written(players, self.transport, self._began, self.scene.signature)

    # ---- what is played

    def _run(self) -> None:
        try:
            with brief_turns():
                for channel, program in self.mode.programs.items():
                    self._choose(channel, program)
                while not self._closing:
                    self._step()
                    self._bell.wait(_STEP)
                    self._bell.clear()
        except BaseException as error:  # `close` says so
            self.error = error
        finally:
            self._end()

    def _step(self) -> None:
        assert self._schedule is not None
        if self._schedule.error is not None:
            raise self._schedule.error
        transport = self.transport
        if self._master is not None:
            self._master.guide(transport)
        horizon = transport.clock() + _AHEAD
        if self._sender is not None:
            for moment, message in self._sender.until(horizon):
                self._schedule.at(moment, self._clock_out.send, message)
        if not transport.running:
            self._to = transport.beat
            return
        if self._restarts != transport.restarts:
            self._restarts = transport.restarts
            self._to = max(transport.beat - _MISSED, 0.0)
        upto = transport.beat_at(horizon)
        if upto <= self._to:
            return
        events = self.mode.play(self._to, upto)
        self._to = upto
        for event in events:
            self._begin(event)

    def _begin(self, event: Event, *, now: bool = False) -> None:
        from mido import Message

        assert self._schedule is not None
        transport, epoch = self.transport, self._epoch
        if self.mode.programs.get(event.channel, 0) != self._programs.get(event.channel, 0):
            self._choose(event.channel, self.mode.programs[event.channel])
        where = {"channel": event.channel, "note": event.pitch}
        moment = transport.clock() if now else transport.seconds_at(event.beat)
        end = transport.seconds_at(event.beat + event.duration)
        self._schedule.at(moment, self._send, epoch, Message("note_on", velocity=event.velocity, **where))
        self._schedule.at(max(end, moment + 0.01), self._send, epoch, Message("note_off", **where))

    def _send(self, epoch: int, message: Any) -> None:
        if epoch == self._epoch:
            self.out.send(message)

    def _choose(self, channel: int, program: int) -> None:
        from mido import Message

        self._programs[channel] = program
        self.out.send(Message("program_change", channel=channel, program=program))

    def _hush(self) -> None:
        """Ends what sounds, and forgets what was to come."""
        self._epoch += 1
        self.out.end()

    def _swap(self, old: Event, new: Event) -> None:
        from mido import Message

        if (old.channel, old.pitch) in self.out.ringing:
            self.out.send(Message("note_off", channel=old.channel, note=old.pitch))
            self._begin(new, now=True)

    def _sent(self, message: Any) -> None:
        if hasattr(message, "channel"):
            self._own.receive(message, time.perf_counter())
            if self.played is not None:
                self.played(message)

    def _end(self) -> None:
        """Every note is ended, whatever has happened."""
        assert self._schedule is not None
        try:
            self._epoch += 1
            self._schedule.close()
            self.transport.stop()
            if self._sender is not None:
                for _, message in self._sender.until(0.0):
                    self._clock_out.send(message)
        finally:
            self.out.end()
            now = time.perf_counter()
            self._own.release_all(now)
            self.listener.release_all(now)
            if isinstance(self.mode, Duet):
                self.mode.close()
            self.scene.close()
