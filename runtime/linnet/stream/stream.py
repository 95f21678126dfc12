"""A stream: music without end, played in time and steered while it plays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from os import PathLike
from typing import Any, Protocol, Self

from linnet.controls import kinds
from linnet.controls.model_info import ModelInfo
from linnet.engine.engine import Engine
from linnet.music.score import Score
from linnet.stream import clock, snapshot
from linnet.stream import worker as _worker
from linnet.stream.arranging import Arranging
from linnet.stream.hearing import DueNote, Heard, ringing
from linnet.stream.journal import Journal
from linnet.stream.log import Log
from linnet.stream.player import Player
from linnet.stream.position import Position, position_of
from linnet.stream.reading import TokenReader
from linnet.stream.steering import Steering
from linnet.tools.dataclass import replace

__all__ = ["Source", "Stream"]


_COUNT = kinds.whole(0, 1_000_000)
_SECONDS = kinds.number(0)
_FADE = kinds.number(0, above=True)


class Source(Protocol):
    """What a stream needs of the model that plays it; `linnet.Model` is one."""

    @property
    def engine(self) -> Engine:
        """Its network."""

    def restore(self, saved: bytes) -> Stream:
        """A stream that was saved."""


_HITCH = 10.0
"""Seconds. A call that is to pass more was held up; a game does not have so much to show at once."""

_LONGEST = 86_400.0
"""Seconds that one call may be asked to play whole."""

_PATIENT = 3600.0
"""Seconds that a call plays whole which may take as long as it takes."""

_STEP = 600.0
"""Seconds that are recorded at a time."""

_SKIP_AFTER = kinds.number(0, _LONGEST)


class Stream(Steering, Arranging):
    """A piece without end. `Model.stream` begins one.

    Hear it with `advance`, or read its tokens with `tokens`; one stream does one of the two. Steer it with
    `wish` and `restrict`. The music depends on the seed, and on what was asked at which point of the music:
    neither the speed of the machine nor the rhythm of the calls changes a note. Only where a machine is too
    slow a bar is played again, and counted in `repeated`, or what was asked is heard a little later.

    Time is counted in whole units far below a nanosecond: whoever follows a clock gets every note at its
    tick, after hours too, however the time is divided among the calls.

    **Threads.** Any thread may call it; calls wait for one another. RuntimeError for a call in the midst of
    another one of the same thread, as from a signal handler. After `os.fork` both processes go on from the
    same place, each with a worker of its own if there was one.

    **Interruptions.** Ctrl-C leaves a stream as it was, or as it is after the call, and nothing in between.

    **Copies.** `copy.copy` and `copy.deepcopy` do what `fork` does. `pickle` keeps what `save` keeps, and the
    name or the path of the model's file: where it is read, that very file must be there.
    """

    def __init__(self, source: Source, player: Player, *, read: bool = False, worker: bool = False) -> None:
        """To be called by `Model.stream` and `Model.restore`."""
        self._source, self._player = source, player
        self._read = read
        """Whether its tokens are read, so that it is not heard."""

        self._tokens = TokenReader(player)
        self._stopped = False
        self._fading: tuple[float, float] | None = None
        """Seconds that are left of how many, while the music fades."""

        self._log: Log | None = None
        self._journal = Journal()
        self._worker = _worker.start(player) if worker else None

    # ---- hearing and reading

    def advance(self, dt: float, *, budget: float | None = 0.002, skip_after: float | None = None) -> Heard:
        """The notes due in the next `dt` seconds, in order; time goes on by as much.

        To be called from a game's loop. Until the first bar is there the music has not begun, and nothing is
        due; `prepare` makes it beforehand.

        **Hitches.** A laptop that wakes up, or a level that was loaded, makes a long `dt`. What was missed is
        skipped then: nothing is due, and the music goes on at its next bar, which begins when the call ends.

        Args:
            dt: seconds, at least 0.
            budget: seconds to spend on composing ahead, at most; None: as long as it takes. With a worker
                none are spent.
            skip_after: a longer dt is a hitch, in seconds from 0 to 86,400 (a day); 10 unless given, and
                3,600 where the budget is None. Whoever wants every note of an hour gives 3600.

        Returns:
            The notes, a list, with their onsets in seconds from the beginning of the call's time. Its
            `events` are the bar lines, beats and sections that begin in it, and what took effect.

        Raises:
            TypeError: for what is no number.
            ValueError: for what is out of range, and for a stream that is read by its tokens.
        """
        if type(dt) is not float or not 0 <= dt < math.inf:
            dt = kinds.read("dt", _SECONDS, dt)
        if budget is not None and (type(budget) is not float or not budget >= 0):
            budget = kinds.read("budget", _SECONDS, budget) if budget != math.inf else budget
        if skip_after is None:
            skip_after = _HITCH if budget is not None else _PATIENT
        else:
            skip_after = kinds.read("skip_after", _SKIP_AFTER, skip_after)
        self._must_be_heard()
        if self._stopped:
            return Heard()
        before = 0.0 if self._log is None else self.seconds
        player, worker, units = self._player, self._worker, clock.of_seconds(dt)
        hitch = dt > skip_after
        if worker is None or worker.closed:
            notes = player.desk.run(self._advance, units, hitch, budget)
        else:
            worker.check()
            notes = player.pop_due(units, hitch=hitch)
            if not player.full:
                worker.wake()
        notes = self._as_it_fades(notes, dt)
        if self._log is not None:
            self._log.played(before, notes)
        return notes

    def _advance(self, units: int, hitch: bool, budget: float | None) -> Heard:
        player = self._player
        if budget is not None:
            if budget and not player.rests:
                player.compose_for(budget)
        elif hitch:
            player.fill()
        else:
            player.compose_until(units)
        return player.pop_due(units, hitch=hitch)

    def stop(self) -> None:
        """Ends the music here and now: from this call on nothing is due.

        Notes that were handed out are for whoever plays them to silence. `resume` goes on where it stopped.
        """
        self._stopped, self._fading = True, None

    def resume(self) -> None:
        """Goes on after `stop` or `fade`, as loud as before."""
        self._stopped, self._fading = False, None

    def fade(self, seconds: float) -> None:
        """Lets the music grow softer from here on, in a straight line, and stop after so many seconds.

        Args:
            seconds: more than 0.
        """
        seconds = kinds.read("seconds", _FADE, seconds)
        self._fading = (seconds, seconds)

    def _as_it_fades(self, notes: Heard, dt: float) -> Heard:
        if self._fading is None:
            return notes
        left, whole = self._fading
        found = [
            replace(note, velocity=max(int(note.velocity * (left - note.onset) / whole), 1))
            for note in notes
            if note.onset < left
        ]
        self._fading = (left - dt, whole)
        if left <= dt:
            self.stop()
        return Heard(found, notes.events)

    def prepare(self) -> None:
        """Composes as far ahead as the stream is meant to be, for a loading screen to wait for."""
        self._must_be_heard()
        self._player.desk.run(self._player.fill)

    def tokens(self, count: int) -> list[int]:
        """The next tokens of the piece, at most a million at once."""
        count = kinds.read("count", _COUNT, count)
        if self._worker is not None or self._player.is_heard:
            raise ValueError("this stream is heard with advance: read the tokens of another one")
        self._read = True
        return self._player.desk.run(self._tokens.pop, count)

    @property
    def position(self) -> Position:
        """Where the music is: bar, beat, tempo, meter, key, chord, section, and the next bar line.

        The chord is the one that is asked for or planned; where there is none, what the bar's notes say.
        """
        self._must_be_heard()
        return self._player.turn.run(lambda: position_of(self._player.timeline, grid=self._player.grid))

    @property
    def ringing(self) -> list[DueNote]:
        """Notes that were handed out and are not over, each with what is left of its duration: what a game
        that loads a save strikes again, if it likes.
        """
        return ringing(self._player.timeline)

    @property
    def done(self) -> bool:
        """Whether the music came to its end, after `finish`: from there on nothing is due."""
        return self._player.timeline.done

    @property
    def seconds(self) -> float:
        """How much time the music took, bars that were played again and what was skipped included."""
        return self._player.timeline.clock / clock.SECOND

    @property
    def repeated(self) -> int:
        """How many bars were played again because the next one was not there in time."""
        return self._player.timeline.repeated

    @property
    def interventions(self) -> int:
        """How often the watchdog stepped in, in all that is composed: the music looped, or fell silent."""
        return self._player.counts.interventions

    @property
    def parallel_moves(self) -> int:
        """How many parallel fifths and octaves there are in all that is composed, unless they are allowed."""
        return self._player.counts.parallel_moves

    @property
    def crossed_notes(self) -> int:
        """Likewise how many notes cross another voice."""
        return self._player.counts.crossed_notes

    @property
    def full(self) -> bool:
        """Whether it is composed as far ahead as it is meant to be, and as it was asked to be."""
        return self._player.full

    def record(self, seconds: float | None = None) -> Score:
        """What was heard, as a score: to be saved as MIDI or sound.

        Notes stand at their ticks (480 in a quarter note), with the tempos and meters that were heard; bars
        that were played again are there twice, and what was skipped is silence. The last 200,000 notes and
        bars are kept, some hours of music. A stream that was saved and restored, or forked, begins anew.

        Args:
            seconds: plays on for so many seconds first, as fast as it can, 0 to 86,400; None: not at all.

        Raises:
            TypeError: for what is no number.
            ValueError: for what is out of range, and for a stream that is read by its tokens.
        """
        self._must_be_heard()
        if seconds is not None:
            left = kinds.read("seconds", _SKIP_AFTER, seconds)
            while left > 0:
                step = min(left, _STEP)
                self.advance(step, budget=None)
                left -= step
        player = self._player
        return player.turn.run(player.recorded)

    # ---- keeping

    def log(self, path: str | PathLike[str]) -> None:
        """Writes down from here on what is asked for and what is handed out, as lines of JSON.

        Each line has `seconds`, the music's time, and either `asked` (what was changed, by name) or `note`
        (pitch, velocity, duration in seconds, program, whether it is a drum). A file that is there is added
        to.
        """
        self._log = Log(path)
        source = self._source.engine.info
        self._log.asked(
            self.seconds, "stream", {"model": source.name, **self._player.timeline.latest.options.given}
        )

    def save(self) -> bytes:
        """The stream as bytes, for `Model.restore`: some kilobytes, the same on every machine."""
        return self._player.desk.run(self._save)

    def _save(self) -> bytes:
        if self._read:
            self._tokens.recover()
        self._player.settle()
        return snapshot.write(self._source.engine.info, self._player, read=self._read)

    def fork(self) -> Stream:
        """Another stream at the same place, without a worker; from here on each goes its own way."""
        return self._source.restore(self.save())

    @property
    def has_worker(self) -> bool:
        """Whether a thread of its own composes it."""
        return self._worker is not None and not self._worker.closed

    @property
    def player(self) -> Player:
        """Its place in time, for who plays several of them together."""
        return self._player

    @property
    def info(self) -> ModelInfo:
        """What the file of its model says about itself."""
        return self._source.engine.info

    def _told(self, call: str, args: Mapping[str, Any]) -> None:
        self._journal.add(self._player.timeline.clock, call, args)
        if self._log is not None:
            options = {name: value for name, value in args.items() if not isinstance(value, Score)}
            if call in ("wish", "restrict"):
                options.pop("at")
            self._log.asked(self.seconds, call, options)
        if self._worker is not None and not self._player.full:
            self._worker.wake()

    @property
    def changes(self) -> list[dict[str, Any]]:
        """What was asked of this stream so far, and when, as JSON has it: for `linnet.Replay`.

        Of each change `seconds`, the music's time, and exactly `units`; `call` and `args`. The last 100,000
        are kept; a stream that was restored, or forked, begins anew.
        """
        return self._journal.entries()

    def __copy__(self) -> Stream:
        return self.fork()

    def __deepcopy__(self, memo: object) -> Stream:
        return self.fork()

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._source, self.save())

    def close(self) -> None:
        """Ends the worker, if there is one."""
        if self._log is not None:
            self._log.close()
            self._log = None
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _must_be_heard(self) -> None:
        if self._read:
            raise ValueError("this stream is read by its tokens: hear another one")


def _restored(source: Source, saved: bytes) -> Stream:
    """For pickle."""
    return source.restore(saved)
