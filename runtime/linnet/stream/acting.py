"""What is done to a stream's music at a bar line, beside changes of what it is asked for."""

from __future__ import annotations

from collections.abc import Callable

from linnet._core import Loop
from linnet.controls.model_info import ModelInfo
from linnet.controls.request import Request
from linnet.stream.ending import closing_bars, tonic_of
from linnet.stream.segment import Change, Place
from linnet.stream.theme import Lent, lent, players_of, told_of
from linnet.stream.told import Told
from linnet.tokens.decoder import Reader
from linnet.tools.dataclass import replace

__all__ = ["Acting"]

_NEVER = 1 << 61
"""A bar that does not come."""


class Acting:
    """A `Composer` does it, where it begins a segment."""

    info: ModelInfo
    loop: Loop
    reader: Reader
    request: Request
    go_to: Callable[[Place], None]

    last: int
    """The bar with which the piece ends; 0: it has no end."""

    told: Told
    """Bars that are to be something else than the form says."""

    theme: Lent | None
    """A theme that stands in the music."""

    kept: Place | None
    """Where to go back to."""

    _line: Place | None
    """Where the bar begins."""

    def end_with(self, bar: int) -> None:
        """The piece ends with a bar, on its tonic; with 0 it goes on."""
        tracker, request = self.loop.tracker, self.request
        if not bar:
            if self.last:
                tracker.restrict(endless=True, bars=0)
                self.loop.pieces[0].cadence(_NEVER, line=(), chord=())
            self.last = 0
            return
        self.last = bar
        tracker.restrict(endless=False, bars=bar - tracker.upbeat)
        line, chord = tonic_of(request)
        self.loop.pieces[0].cadence(
            bar - tracker.upbeat, line=line, chord=chord, notes=request.limits.last_bar
        )

    def lend_theme(self, theme: Lent | None) -> None:
        """Lets a theme stand in the music, or none."""
        if theme is not self.theme or theme is not None:
            self.loop.tracker.give(None if theme is None else theme.given)
        self.theme = theme

    def begin_bar(self, place: Place) -> None:
        """A segment begins at a place, to which it went: remembers where bars begin, and ends a theme."""
        tracker = self.loop.tracker
        if tracker.now == tracker.bar_start or self._line is None:
            self._line = place
        if self.theme is not None and self.theme.until <= tracker.now:
            self.lend_theme(None)

    def do_before(self, change: Change) -> None:
        """What a change does before its options count."""
        name = None if change.act is None else change.act.name
        if name == "leave":
            assert self._line is not None
            self.kept = replace(self._line, kept=None)
        elif name == "back" and self.kept is not None:
            self.go_to(self.kept)

    def do_after(self, change: Change, bar: int) -> bool:
        """What a change does with its options, in a bar that begins; whether bars are told something new."""
        act = change.act
        if act is None or act.name not in ("finish", "theme"):
            return False
        if act.name == "finish":
            bars = act.value["bars"]
            self.told = closing_bars(self.info, bar, bars)
            self.end_with(bar + bars - 1)
            return True
        tracker = self.loop.tracker
        length, players = tracker.bar_end - tracker.bar_start, players_of(self.reader, self.request.roles)
        key = self.request.key
        self.lend_theme(lent(act.value, players=players, begin=tracker.now, bar=length, key=key))
        self.told = told_of(self.info, act.value, bar)
        return True
