"""Composes a stream ahead of the ear, segment by segment, and goes back where its options change.

A segment is a bar; in the performance base, which has none, it is the music up to the first onset after two
seconds. Each remembers where it began, so that it can be composed again, or differently.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from linnet._core import Candidates, Given, Loop, Tracker
from linnet.controls import form
from linnet.controls.form import Plan
from linnet.controls.loudness import Dynamics, told
from linnet.controls.model_info import ModelInfo
from linnet.controls.progression import Progression
from linnet.controls.request import Request
from linnet.controls.resolve import changed
from linnet.controls.wishes import INDEX
from linnet.generation import planned
from linnet.generation.harmony import follow_chords
from linnet.generation.parts import Counts, follow_form, tempo_token
from linnet.stream import clock
from linnet.stream.accompaniment import Accompaniment
from linnet.stream.acting import Acting
from linnet.stream.sections import section_bar
from linnet.stream.segment import Change, Place, Segment, after_back
from linnet.stream.sounding import as_loud, sounds_of, timed
from linnet.stream.theme import Lent
from linnet.stream.told import Told, told_to
from linnet.tokens.decoder import Reader
from linnet.tokens.quantise import TICKS_PER_SECOND, TimeBase
from linnet.tokens.vocabulary import TEMPOS, tempo_index
from linnet.tools.dataclass import asdict, replace

SEGMENT = 2 * TICKS_PER_SECOND
"""Hundredths of a second in a segment of the performance base."""


class Composer(Acting):
    """Composes one segment after the other, each from the place where it begins.

    It is a desk, not a record: `begin` clears it. Who is interrupted, at whatever point, begins again and
    finds the same notes.
    """

    def __init__(
        self,
        info: ModelInfo,
        loop: Loop,
        request: Request,
        candidates: Candidates | None = None,
        given: Accompaniment | None = None,
    ) -> None:
        """The loop's piece is new; `candidates` set out from it, where there are several.

        `given` is the music that is accompanied, if any.
        """
        self.info, self.loop, self.request, self.given = info, loop, request, given
        self._lent: tuple[tuple[int, int, bool], Given] | None = None
        """What the tracker was told last of given music: in what round, to what bar, with tempos or not."""

        self._told: tuple[Plan | None, frozenset[int], Told] | None = None
        """Of what form, and with what left out, the piece knows."""

        self._told_chords: tuple[Progression, int, int] | Literal["unsure"] | None = None
        """Likewise of what chords, in what key and from what bar on."""

        self.last = 0
        self.told: Told = ()
        self.theme: Lent | None = None
        self.kept: Place | None = None
        self._line: Place | None = None
        self._follow_form()
        self._follow_chords()
        self.reader = Reader(self.base)
        self.tempo = clock.HUNDREDTH
        """Units a tick."""

        self.dynamics = Dynamics()
        """How loud the music was lately."""

        self.current: Segment | None = None
        self._candidates = candidates
        self._under_way = False
        """Whether the candidates are on their way from where the loop is."""

    @property
    def base(self) -> TimeBase:
        """The model's time base."""
        return self.info.time_base

    def open(self) -> None:
        """Reads the script; its tokens are the loop's then."""
        self.lend()
        while not self.loop.pieces[0].opened:
            self.loop.step()
        for token in self.loop.tokens:
            self.reader.read(token)
        _, tempos = self.reader.drain()
        if tempos:
            self.tempo = clock.of_tempo(tempos[-1].tempo)
        if self.given is not None:
            self.tempo = self.given.pace_at(self.loop.tracker.now)
        if self.request.bpm is not None:
            self.tempo = clock.of_bpm(self.request.bpm)

    def lend(self) -> None:
        """Tells the tracker of the music that is given from here on, if any is."""
        if self.given is None:
            return
        tracker, own_tempo = self.loop.tracker, self.request.bpm is None
        here = self.given.round_at(tracker.now), self.last, own_tempo
        if self._lent is None or self._lent[0] != here:
            self._lent = here, self.given.lend(here[0], last=self.last, own_tempo=own_tempo)
        tracker.give(self._lent[1])

    def here(self) -> Place:
        """Where it is now."""
        tracker = self.loop.tracker
        reader = self.reader.copy()
        counts = Counts.of(tracker)
        return Place(
            self.loop.mark(),
            reader,
            self.request,
            self.tempo,
            tracker.now,
            counts,
            self.dynamics,
            self.last,
            self.told,
            self.theme,
            self.kept,
        )

    def go_to(self, place: Place, *, keep: int = 0) -> None:
        """To a place; the loop keeps so many of its tokens."""
        self.current, self._under_way = None, False
        self.loop.rewind(place.mark)
        del self.loop.tokens[keep:]
        self.reader, self.request, self.tempo = place.reader.copy(), place.request, place.tempo
        self.dynamics, self.told, self.kept = place.dynamics, place.told, place.kept
        self.lend_theme(place.theme)
        self.end_with(place.last)
        piece = self.loop.pieces[0]
        piece.set_sampling(**asdict(place.request.sampling))
        piece.set_latent(place.request.latent)
        self.lend()

    def begin(self, place: Place, changes: Iterable[Change]) -> None:
        """Goes to a place, makes changes there, and begins a segment."""
        self.go_to(place)
        self.begin_bar(place)
        self.make(changes)
        self.glide_tempo()
        self._plan_on()
        self._follow_form()
        self._follow_chords()
        tracker, given = self.loop.tracker, len(self.loop.tokens)
        self.current = Segment(
            place, tuple(changes), tracker.now, tracker.bar_start, tracker.bar_end, tracker.beat, given
        )
        if self.base == "grid":
            self.current.section = section_bar(self.request, tracker.bars)
            self.current.chords = tuple(tracker.chords[0])
            self.current.loudness = told(self.request, tracker.bars)

    def compose(self, seconds: float | None = None, *, brief: bool = False) -> Segment | None:
        """Goes on for so many seconds at most; the segment, where it came to its end."""
        assert self.current is not None
        until = self.current.bar_end if self.base == "grid" else self.current.begin + SEGMENT
        if self.loop.tracker.now < until and not self.loop.tracker.finished:
            self.play(until=until, seconds=seconds, brief=brief)
        return self.finish() if self.loop.tracker.now >= until or self.loop.tracker.finished else None

    def play(
        self, count: int | None = None, *, until: int, seconds: float | None = None, brief: bool = False
    ) -> None:
        """Goes on as `Loop.play` does. Where there are candidates they all go on to the tick `until`, be it
        more than `count` tokens away, and the piece goes on as the best of them.
        """
        candidates, judge = self._candidates, self.info.judge
        if candidates is None or judge is None:
            self.loop.play(count, until=until, seconds=seconds, brief=brief)
            return
        if not self._under_way:
            candidates.begin()
            self._under_way = True
        if candidates.play(until=until, seconds=seconds, brief=brief):
            full = self.loop.tracker.bars - self.request.first + 1
            self._under_way = False
            candidates.choose(judge.best([piece.tracker for piece in candidates.pieces], full))

    @property
    def takes_whole_bars(self) -> bool:
        """Whether it cannot go on by single tokens."""
        return self._candidates is not None

    def follow(self, segment: Segment, tick: int, seconds: float | None, *, brief: bool = False) -> bool:
        """Goes on as a segment did that began like this one, for so many seconds; whether it has come to the
        first onset at or after a tick, or to the segment's end.
        """
        taken = len(self.loop.tokens)
        self.loop.follow(segment.tokens[taken:], until=tick, seconds=seconds, brief=brief)
        now = self.loop.tracker.now
        return (now >= tick and now > segment.begin) or len(self.loop.tokens) == len(segment.tokens)

    def finish(self) -> Segment:
        """The current segment, which ends where the piece is now."""
        segment = self.current
        assert segment is not None
        self.current = None
        segment.tokens = self.loop.tokens[:]
        segment.last = self.loop.tracker.finished
        segment.end = segment.bar_end if segment.last else self.loop.tracker.now
        for token in segment.tokens:
            self.reader.read(token)
        notes, tempos = self.reader.drain()
        segment.tempos = [(segment.begin, self.tempo)]
        bpm = self.request.bpm
        for change in tempos if self.base == "grid" else ():
            segment.tempos = [at for at in segment.tempos if at[0] != change.tick]
            tempo = clock.of_tempo(change.tempo) if bpm is None else self.tempo
            segment.tempos.append((change.tick, tempo))
        if self.given is not None and bpm is None:
            segment.tempos = self.given.tempos(segment)
        self.tempo = segment.tempos[-1][1]
        given = self.given
        new = [note for note in notes if given is None or not given.is_given(note[4])]
        sounds = sounds_of(segment, new, self.request, self.reader.programs, self.base)
        segment.sounds, self.dynamics = as_loud(segment, sounds, self.request, self.dynamics)
        if given is not None:
            own = given.sounds(segment)
            segment.sounds = sorted([*own, *segment.sounds], key=lambda sound: sound.onset)
        segment.length = segment.units(segment.end)
        if self.request.timing is not None:
            segment.sounds = timed(segment, self.request, self.request.timing)
        segment.after = self.here()
        return segment

    def make(self, changes: Iterable[Change]) -> None:
        """Makes changes here and now."""
        for change, is_back in after_back(changes):
            self._make(change, is_back)
        self.lend()

    def after(
        self, changes: Iterable[Change], request: Request, left: Request | None = None
    ) -> tuple[Request, Request | None]:
        """The request after changes, and that of the place to go back to; `left` is that of before.

        ValueError or TypeError for what cannot be.
        """
        for change, is_back in after_back(changes):
            name = None if change.act is None else change.act.name
            if name == "leave":
                left = request
            elif name == "back" and left is not None:
                request, left = left, None
            if is_back:
                change = change.where_it_differs(request)
            request = changed(self.info, request, change.options, bars=change.bars)
            request.limits.restrict(Tracker(self.base))
        return request, left

    def _make(self, change: Change, is_back: bool) -> None:
        """Makes a change here and now, where the music has just gone back or not."""
        tracker, piece = self.loop.tracker, self.loop.pieces[0]
        self.do_before(change)
        if is_back:
            change = change.where_it_differs(self.request)
        before, self.request = (
            self.request,
            changed(self.info, self.request, change.options, bars=change.bars),
        )
        if self.given is None:
            self.request.limits.restrict(tracker)
        else:
            self.given.restrict(tracker, self.request)
        piece.set_latent(self.request.latent)
        piece.set_sampling(**asdict(self.request.sampling))
        other_chords = self.request.options.chords != before.options.chords
        if other_chords:
            self.request = replace(self.request, chords_first=self._next_bar)
        self._change_wishes(before.wishes, begin=other_chords)
        if self.do_after(change, self._next_bar):
            self._follow_form()
        self._follow_chords()
        if self.request.bpm != before.bpm:
            self._change_tempo(self.request.bpm)

    def _change_wishes(self, before: tuple[int, ...], *, begin: bool) -> None:
        """Wishes for what differs; where one of the form's is not what it was a new section begins, and where
        it is to `begin` in a plan that is composed: its cadences and what comes back are to suit the chords.
        """
        tracker, tempo = self.loop.tracker, INDEX["tempo"]
        values = tracker.wishes
        for column, (old, new) in enumerate(zip(before, self.request.wishes, strict=True)):
            if old != new and column != tempo:
                values[column] = new
        composed = self.request.plan is not None and self.request.plan.composing is not None
        if (values != tracker.wishes and (self.request.form or composed)) or (begin and composed):
            self._begin_section()
            values[INDEX["likeness"]] = form.NEW.wishes[INDEX["likeness"]]
        self._follow_form()
        if before[tempo] != self.request.wishes[tempo]:
            values[tempo] = self.request.wishes[tempo]
        tracker.wish(values)
        if self.request.shift != tracker.shift:
            tracker.set_shift(self.request.shift)

    def _begin_section(self) -> None:
        """The form begins with this bar, or after it where a part of it was heard; what is left of it is new.

        The bars that were to come back would bring the old character back with them.
        """
        self.request = planned.anew(replace(self.request, first=self._next_bar))
        self.loop.tracker.set_source(form.NEW.source)

    @property
    def _next_bar(self) -> int:
        """This bar where it begins here, else the one after it."""
        tracker = self.loop.tracker
        return tracker.bars + (tracker.now > tracker.bar_start)

    def _plan_on(self) -> None:
        """Composes on a plan that is composed as the music goes, so that AHEAD bars are always known."""
        plan, request = self.request.plan, self.request
        if plan is None or plan.composing is None:
            return
        passed = self.loop.tracker.bars - request.first
        missing = passed + planned.AHEAD + 1 - len(plan.bars)
        if missing <= 0:
            return
        bars, on = plan.composing.on(missing)
        kept = plan.bars[passed:] + bars
        plan = Plan(kept, len(kept) - 1, upbeat=False, composing=on)
        self.request = replace(request, plan=plan, first=request.first + passed)

    def _follow_form(self) -> None:
        """Tells the piece about the form, as far as it does not know."""
        told = (self.request.plan, self.request.held, self.told)
        if self._told is None or told[0] is not self._told[0] or told[1:] != self._told[1:]:
            self._told = None
            follow_form(self.loop.pieces[0], told_to(self.request, self.told))
            self._told = told
        elif self.request.plan is not None:
            self.loop.pieces[0].plan_from(self.request.first)

    def _follow_chords(self) -> None:
        """Likewise about chords."""
        chords = self.request.progression
        told = None if chords is None else (chords, self.request.key, self.request.chords_first)
        if told != self._told_chords:
            self._told_chords = "unsure"
            follow_chords(self.loop.pieces[0], self.request)
            self._told_chords = told

    def _change_tempo(self, bpm: float | None) -> None:
        if self.given is None:
            self.loop.tracker.restrict(fixed_tempo=bpm is not None)
        elif bpm is None:
            self._tell_tempo(self.given.bpm_at(self.loop.tracker.now))
        if bpm is not None and self.request.options.bpm_change is None:
            self._set_tempo(bpm)

    def glide_tempo(self) -> None:
        """At a bar line a step towards the tempo that is asked for, where a rule limits steps."""
        most, wanted, tracker = self.request.options.bpm_change, self.request.bpm, self.loop.tracker
        if most is None or wanted is None or tracker.now > tracker.bar_start:
            return
        running = clock.to_bpm(self.tempo)
        step = min(max(wanted - running, -most), most)
        if abs(wanted - running) <= most:
            step, running = 0.0, wanted
        if self.tempo != clock.of_bpm(running + step):
            self._set_tempo(running + step)

    def _set_tempo(self, bpm: float) -> None:
        self.tempo = clock.of_bpm(bpm)
        self._tell_tempo(bpm)

    def _tell_tempo(self, bpm: float) -> None:
        if TEMPOS[tempo_index(bpm)] != self.loop.tracker.bpm:
            self.loop.append(tempo_token(bpm))
