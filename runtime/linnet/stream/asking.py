"""What is wanted of a stream: where in the music it falls, and whether it can be."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

from linnet._core import Turns
from linnet.music.score import Score
from linnet.stream.composer import Composer
from linnet.stream.ending import fitted, last_chords, written_close
from linnet.stream.fitting import laid
from linnet.stream.mix import STING
from linnet.stream.sections import to_next
from linnet.stream.segment import Act, Change
from linnet.stream.stage import Waiting
from linnet.stream.theme import value_of
from linnet.stream.timeline import At, Timeline, Wanted, merged
from linnet.stream.transition import Transition, steps
from linnet.tools.dataclass import replace

__all__ = ["Asking"]


class Asking:
    """Takes what is asked for into a timeline; a `Player` does it, in its turn."""

    composer: Composer
    turn: Turns
    _making: tuple[Wanted, ...]

    @property
    @abstractmethod
    def timeline(self) -> Timeline:
        """All there is to know."""

    @timeline.setter
    def timeline(self, timeline: Timeline) -> None: ...

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
        latest, left = composer.after((change,), timeline.latest, timeline.behind)
        asking = replace(timeline.asking((change,), at, latest, making=self._making), behind=left)
        if at != "bar" and timeline.begun:  # it comes before what waits
            place = timeline.segments[0].after
            assert place is not None
            composer.after((change,), place.request)
        self.timeline = asking

    def change_at_line(self, change: Change, at: str) -> None:
        """Wants a change at the next bar line, or where the next section begins."""
        self.turn.run(lambda: self._change_at((change,), self.line(at)))

    def line(self, at: str, *, notice: int = 0) -> int:
        """Number of the segment at the next bar line, or the next one with which a section begins, so many
        segments from now at least; in one's turn.
        """
        timeline = self.timeline
        number = timeline.next_line(notice=True) + notice
        if at == "bar" or not self.grid:
            return number
        for k in range(number - timeline.number, len(timeline.segments)):
            section = timeline.segments[k].section
            if section is not None and section.number == 1 and not timeline.segments[k].goes_on:
                return timeline.number + k
        place, k = timeline.place, 0
        while timeline.end + (k := k + to_next(place.request, place.reader.bars + k)) < number:
            k += 1
        return timeline.end + k

    def _change_at(self, changes: tuple[Change, ...], number: int) -> None:
        timeline = self.timeline
        latest, left = self.composer.after(changes, timeline.latest, timeline.behind)
        asking = timeline.adding(Wanted(merged((), changes), number), making=self._making)
        self.timeline = replace(asking, latest=latest, behind=left)

    def transition(self, plan: Transition) -> None:
        """Wants to go elsewhere, by the way that is planned."""
        self.turn.run(self._transition, plan)

    def _transition(self, plan: Transition) -> None:
        timeline = self.timeline
        back = plan.back
        if back and timeline.behind is None:
            raise ValueError("there is no place to go back to: no transition has left one")
        if plan.at in ("now", "beat"):
            act = Act("back" if back else "leave")
            if back:
                raise ValueError("the way back begins at a bar line: at must be 'bar' or 'section'")
            self._change(Change(plan.options, act=act), "now" if plan.at == "now" else "beat")
            return
        number = self.line(plan.at, notice=int(plan.fill))
        for ahead, changes in steps(plan, self.composer.info, timeline.latest, timeline.behind):
            self._change_at(changes, number + ahead)

    def prepare_cue(self, name: str, plan: Transition) -> None:
        """Keeps a transition until its cue is given."""

        def keep() -> None:
            self.composer.after((Change(plan.options),), self.timeline.latest)
            stage = self.timeline.stage
            cues = tuple(cue for cue in stage.cues if cue[0] != name)
            self.timeline = replace(self.timeline, stage=replace(stage, cues=(*cues, (name, plan))))

        self.turn.run(keep)

    def give_cue(self, name: str) -> None:
        """The transition that waits for it."""

        def give() -> None:
            stage = self.timeline.stage
            waiting = dict(stage.cues)
            if name not in waiting:
                there = ", ".join(waiting) or "none"
                raise KeyError(f"no transition waits for the cue {name} (there are: {there})")
            self._transition(waiting[name])
            cues = tuple(cue for cue in stage.cues if cue[0] != name)
            self.timeline = replace(self.timeline, stage=replace(self.timeline.stage, cues=cues))

        self.turn.run(give)

    def play(self, theme: Score, at: str, vary: int | None, key: str | None, name: str) -> None:
        """Wants a theme."""

        def want() -> None:
            timeline = self.timeline
            if not timeline.segments:
                raise ValueError("the music has not begun: prepare it first")
            if self.composer.given is not None:
                raise ValueError("this stream accompanies given music, and plays no theme beside it")
            value = value_of(theme, timeline.segments[-1].signature, vary, key, name)
            self._change_at((Change({}, act=Act("theme", value)),), self.line(at))

        self.turn.run(want)

    def finish(self, bars: int, at: str) -> None:
        """Wants the end, some bars after the next line."""
        self.turn.run(lambda: self._finish(bars, self.line(at), {}))

    def finish_in(self, units: int) -> None:
        """Wants the end in so many units."""
        self.turn.run(self._finish_in, units)

    def _finish_in(self, units: int) -> None:
        timeline, number = self.timeline, self.line("bar")
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
        self._change_at((Change(options, act=Act("finish", {"bars": bars})),), number)

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
        latest, _ = self.composer.after(glide[-1:], self.timeline.latest)
        self.timeline = self.timeline.gliding(glide, latest)
