"""What is wanted of a stream: where in the music it falls, and whether it can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from linnet._core import Turns
from linnet.stream.composer import Composer
from linnet.stream.ending import fitted, last_chords, written_close
from linnet.stream.fitting import laid
from linnet.stream.mix import STING
from linnet.stream.sections import to_next
from linnet.stream.segment import Act, Change
from linnet.stream.stage import Waiting
from linnet.stream.timeline import At, Timeline, Wanted

__all__ = ["Asking"]


class Asking:
    """Takes what is asked for into a timeline; a `Player` does it, in its turn."""

    composer: Composer
    timeline: Timeline
    turn: Turns
    _making: tuple[Wanted, ...]

    @property
    def grid(self) -> bool:
        """Whether the music has bars."""
        return self.composer.base == "grid"

    def change(self, change: Change, at: At) -> None:
        """Wants a change at the next bar line, the next beat or now.

        ValueError or TypeError for what cannot be, beside all else that is wanted.
        """
        self.turn.run(self._change, change, at)

    def _change(self, change: Change, at: At) -> None:
        timeline, composer = self.timeline, self.composer
        options = timeline.latest.options
        if change.act is None and all(
            getattr(options, name) == value for name, value in change.options.items()
        ):
            return
        latest = composer.after((change,), timeline.latest)
        asking = timeline.asking((change,), at, latest, making=self._making)
        if at != "bar" and timeline.begun:  # it comes before what waits
            place = timeline.segments[0].after
            assert place is not None
            composer.after((change,), place.request)
        self.timeline = asking

    def change_at_section(self, change: Change) -> None:
        """Wants a change where the next section begins."""
        self.turn.run(lambda: self._change_at(change, self._line("section")))

    def _line(self, at: str) -> int:
        """Number of the segment at the next bar line, or the next one with which a section begins."""
        timeline = self.timeline
        number = timeline.next_line(notice=True)
        if at == "bar" or not self.grid:
            return number
        for k in range(number - timeline.number, len(timeline.segments)):
            section = timeline.segments[k].section
            if section is not None and section.number == 1 and not timeline.segments[k].goes_on:
                return timeline.number + k
        place = timeline.place
        return max(timeline.end + to_next(place.request, place.reader.bars), number)

    def _change_at(self, change: Change, number: int) -> None:
        timeline = self.timeline
        latest = self.composer.after((change,), timeline.latest)
        self.timeline = replace(
            timeline.adding(Wanted((change,), number), making=self._making), latest=latest
        )

    def finish(self, bars: int, at: str) -> None:
        """Wants the end, some bars after the next line."""
        self.turn.run(lambda: self._finish(bars, self._line(at), {}))

    def finish_in(self, units: int) -> None:
        """Wants the end in so many units."""
        self.turn.run(self._finish_in, units)

    def _finish_in(self, units: int) -> None:
        timeline, number = self.timeline, self._line("bar")
        if not timeline.segments:
            raise ValueError("the music has not begun: prepare it first")
        if (fit := fitted(timeline, number, units)) is not None:
            self._finish(fit.bars, number, {"bpm": fit.bpm})
            return
        stage = replace(timeline.stage, laid=(), ending=(timeline.clock, timeline.clock + units))
        self.timeline = replace(timeline, stage=stage.laying(written_close(timeline, units)))

    def _finish(self, bars: int, number: int, options: dict[str, Any]) -> None:
        info = self.composer.info
        if info.has_learnt("chords"):
            options = options | {"chords": last_chords(bars)}
        self._change_at(Change(options, act=Act("finish", {"bars": bars})), number)

    def arrange(self, change: Waiting) -> None:
        """Wants another mix, or something laid over the music."""
        self.turn.run(self._arrange, change)

    def _arrange(self, change: Waiting) -> None:
        timeline = self.timeline
        stage = timeline.stage
        if change.what == STING and change.when == "now" and timeline.begun:
            stage = stage.laying(laid(change, timeline, timeline.clock))
        else:
            stage = stage.asking(change)
        self.timeline = replace(timeline, stage=stage)

    def glide(self, to: tuple[float, ...], bars: int) -> None:
        """Changes the latent from bar line to bar line; an earlier glide ends where this one begins."""
        glide = [Change({"latent": to}, left) for left in range(bars, 0, -1)]
        self.turn.run(self._glide, glide)

    def _glide(self, glide: list[Change]) -> None:
        latest = self.composer.after(glide[-1:], self.timeline.latest)
        self.timeline = self.timeline.gliding(glide, latest)
