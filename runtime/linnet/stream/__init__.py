"""Streams: music without end, played in time and steered while it plays."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal, Protocol, Self, Unpack

from linnet.controls import kinds
from linnet.controls.keywords import RuleOptions, WishOptions
from linnet.controls.latent import latent_of
from linnet.controls.options import ABOUT, read_changes
from linnet.engine.engine import Engine
from linnet.stream import snapshot
from linnet.stream.player import DueNote, Player
from linnet.stream.segment import Change
from linnet.stream.worker import Worker

__all__ = ["DueNote", "Source", "Stream"]

At = Literal["bar", "beat", "now"]
"""Where a change is heard first."""


_GLIDE = kinds.whole(1, 1000)


class Source(Protocol):
    """What a stream needs of the model that plays it; `linnet.Model` is one."""

    @property
    def engine(self) -> Engine:
        """Its network."""

    def restore(self, saved: bytes) -> Stream:
        """A stream that was saved."""


class Stream:
    """A piece without end. `Model.stream` begins one.

    Hear it with `advance`, or read its tokens with `tokens`; one stream does one of the two. Steer it with
    `wish` and `restrict`. The music depends on the seed, and on what was asked at which point of the music:
    neither the speed of the machine nor the rhythm of the calls changes a note. Only where a machine is too
    slow a bar is played again, and counted in `repeated`.

    It belongs to one thread at a time.
    """

    def __init__(
        self, source: Source, player: Player, opening: list[int], *, read: bool = False, worker: bool = False
    ) -> None:
        """To be called by `Model.stream` and `Model.restore`."""
        self._source, self._player = source, player
        self._opening = opening
        """Tokens before the first segment; who reads the stream gets them first."""

        self._read = read
        """Whether its tokens are read, so that it is not heard."""

        self._worker = Worker(player) if worker else None

    # ---- hearing and reading

    def advance(self, dt: float, *, budget: float | None = 0.002) -> list[DueNote]:
        """The notes due in the next `dt` seconds, in order; time goes on by as much.

        To be called from a game's loop. The call spends at most `budget` seconds composing ahead (None: as
        long as it takes); with a worker it spends none. Until the first bar is there the music has not begun,
        and nothing is due; `prepare` makes it beforehand.
        """
        if not (dt >= 0 and math.isfinite(dt)):
            raise ValueError(f"dt must be a number of seconds, at least 0, got {dt}")
        if budget is not None and not budget >= 0:
            raise ValueError(f"budget must be at least 0 seconds, got {budget}")
        self._must_be_heard()
        player, end = self._player, self._player.clock + dt
        if self._worker is not None:
            self._worker.check()
        elif budget is None:
            player.compose_until(end)
        else:
            player.compose_for(budget)
        notes = player.take(end)
        if self._worker is not None and not player.full:
            self._worker.wake()
        return notes

    def prepare(self) -> None:
        """Composes as far ahead as the stream is meant to be, for a loading screen to wait for."""
        self._must_be_heard()
        with self._halted():
            while not self._player.full:
                self._player.compose_one()

    def tokens(self, count: int) -> list[int]:
        """The next tokens of the piece."""
        if operator.index(count) < 0:
            raise ValueError(f"count must be at least 0, got {count}")
        if self._worker is not None or self._player.segments:
            raise ValueError("this stream is heard with advance: read the tokens of another one")
        self._read = True
        taken, self._opening = self._opening[:count], self._opening[count:]
        while len(taken) < count:
            taken += self._player.composer.draw(count - len(taken))
        return taken

    @property
    def seconds(self) -> float:
        """How much of the music was heard, bars that were played again included."""
        return self._player.clock

    @property
    def repeated(self) -> int:
        """How many bars were played again because the next one was not there in time."""
        return self._player.repeated

    @property
    def interventions(self) -> int:
        """How often the watchdog stepped in, in all that is composed: the music looped, or fell silent."""
        return self._player.composer.loop.tracker.interventions

    @property
    def full(self) -> bool:
        """Whether it is composed as far ahead as it is meant to be."""
        return self._player.full

    # ---- steering

    def wish(self, *, at: At = "bar", **wishes: Unpack[WishOptions]) -> None:
        """Changes wishes, tempo and chance, from the next bar line on; what is not named stays as it is.

        A bar line less than a tenth of a second away counts as passed. Where a wish is not what it was, a new
        section begins: the form starts over, so that nothing old comes back.

        With `at="beat"` or `"now"` the rest of the bar is composed anew, from its first onset at or after the
        next beat or this moment, before the call returns: some milliseconds on a laptop. What was handed out
        stays.

        Args:
            at: `"bar"`, `"beat"` or `"now"`.
            **wishes: As in `Model.generate`: `key`, `style`, `density`, `register`, `texture`, `valence`,
                `arousal`, `section`, `mood`, `bpm`, `temperature`, `top_k`, `top_p`, `min_p`. None takes one
                back: a wish is not wished any more, the tempo is left to the network, and tokens are chosen
                as the model likes. A mood keeps the tonic, and whatever was asked for by name and not taken
                back.

        Raises:
            TypeError: For a wish that does not exist, and for a value of the wrong kind.
            ValueError: For a value out of range, and for a wish the model has not learnt.
        """
        self._change("wish", wishes, at)

    def restrict(self, *, at: At = "bar", **rules: Unpack[RuleOptions]) -> None:
        """Changes rules as `wish` changes wishes.

        Args:
            at: `"bar"`, `"beat"` or `"now"`, as in `wish`.
            **rules: Those of `linnet.Rules`: `scale`, `pitch_range`, `polyphony`, `longest`, `programs`,
                `drums`, `watchdog`. None lifts one.

        Raises:
            TypeError: For a rule that does not exist, and for a value of the wrong kind.
            ValueError: For a value out of range, and for rules that no note could keep.
        """
        self._change("restrict", rules, at)

    def glide(self, latent: Iterable[float], *, bars: int = 1) -> None:
        """Takes the latent of a variational model elsewhere, from the next bar line on, in so many bars.

        With 8 bars the music turns from one phrase into another, an eighth of the way at each bar line, as a
        game does that moves to another scene. A later glide sets out from wherever this one has come.

        Args:
            latent: Where to, (latent,).
            bars: How many it takes to get there, 1 to 1,000.

        Raises:
            ValueError: For a latent of another size, and for a model without one.
        """
        bars = kinds.read("bars", _GLIDE, bars)
        to = latent_of(self._source.engine.info, kinds.read("latent", ABOUT["latent"].kind, latent), 0)
        with self._halted():
            self._player.glide(to, bars)

    # ---- keeping

    def save(self) -> bytes:
        """The stream as bytes, for `Model.restore`: some kilobytes, the same on every machine."""
        with self._halted():
            facts = {"opening": self._opening, "read": self._read}
            return snapshot.write(self._source.engine.info, self._player, facts)

    def fork(self) -> Stream:
        """Another stream at the same place, without a worker; from here on each goes its own way."""
        return self._source.restore(self.save())

    def close(self) -> None:
        """Ends the worker, if there is one."""
        if self._worker is not None:
            self._worker.close()
            self._worker = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _change(self, call: Literal["wish", "restrict"], options: Mapping[str, Any], at: str) -> None:
        change = Change(read_changes(call, options, self._source.engine.info))
        if at not in ("bar", "beat", "now"):
            raise ValueError(f"at must be 'bar', 'beat' or 'now', got {at!r}")
        if at != "bar" and self._read:
            raise ValueError("a stream that is read by its tokens changes at bar lines")
        with self._halted():
            self._player.change(change, at)

    @contextmanager
    def _halted(self) -> Iterator[None]:
        """The worker rests meanwhile."""
        if self._worker is None:
            yield
        else:
            with self._worker.halted():
                yield

    def _must_be_heard(self) -> None:
        if self._read:
            raise ValueError("this stream is read by its tokens: hear another one")
