"""Reads a stream's tokens, for who does not want notes in time."""

from __future__ import annotations

from linnet.stream.composer import SEGMENT
from linnet.stream.player import Player
from linnet.stream.segment import Place
from linnet.stream.timeline import Timeline
from linnet.tokens.vocabulary import FAMILIES
from linnet.tools.dataclass import replace

_BAR = FAMILIES["bar"].first


class TokenReader:
    """Draws tokens and hands them out; those between the two are the loop's.

    As with all that is composed, an interruption at any point loses nothing: changes at a bar line that were
    not all made are made again.
    """

    def __init__(self, player: Player) -> None:
        """All of it is to be called at the player's desk."""
        self._player = player
        self._changing: tuple[Timeline, Place, int] | None = None
        """Where changes are being made: when, where, and after how many tokens of the loop."""

        self._through = False
        """Whether the last tokens were drawn without a stop at bar lines."""

    def pop(self, count: int) -> list[int]:
        """The next tokens."""
        tokens = self._player.composer.loop.tokens
        while len(tokens) < count:
            self._draw(count - len(tokens))
        taken = tokens[:count]
        del tokens[:count]
        return taken

    def recover(self) -> None:
        """Brings in order what an interruption may have left."""
        player = self._player
        if self._changing is not None and self._changing[0] is player.timeline:
            player.composer.go_to(self._changing[1], keep=self._changing[2])
        self._changing = None
        self._find_line()

    def _draw(self, count: int) -> None:
        """Some tokens, from one to `count` of them."""
        player, loop = self._player, self._player.composer.loop
        self.recover()
        if loop.tracker.now >= player.timeline.line:
            self._cross_line()
        timeline = player.timeline
        # With nothing to change it plays through the bar lines: beside a busy thread each stop takes 5 ms.
        composer, plan = player.composer, player.composer.request.plan
        glides = composer.request.options.bpm_change is not None
        quiet = not glides and not timeline.schedule and not timeline.wanted and not composer.takes_whole_bars
        composed = plan is not None and plan.composing is not None  # at each bar line
        self._through = composer.base == "grid" and quiet and not composed
        if self._through:
            loop.play(count)
        else:
            composer.play(count, until=timeline.line)
        self._find_line()

    def _find_line(self) -> None:
        """The next line, where lines were passed without a stop."""
        player, loop = self._player, self._player.composer.loop
        if self._through and loop.tracker.now >= player.timeline.line:
            line = loop.tracker.now if loop.tokens[-1] == _BAR else loop.tracker.bar_end
            player.timeline = replace(player.timeline, line=line)
        self._through = False

    def _cross_line(self) -> None:
        """Makes the changes for the segment that begins here."""
        player, composer = self._player, self._player.composer
        timeline, tracker = player.timeline, composer.loop.tracker
        changes, *later = timeline.changes_from(timeline.number) or [()]
        if changes:
            self._changing = timeline, composer.here(), len(composer.loop.tokens)
            composer.make(changes)
        composer.glide_tempo()
        player.timeline = replace(
            timeline,
            number=timeline.number + 1,
            schedule=tuple(later),
            wanted=(),
            line=tracker.bar_end if composer.base == "grid" else tracker.now + SEGMENT,
        )
