"""Plays a stream in time: what is heard, what is composed ahead, and where changes fall."""

from __future__ import annotations

import time

from linnet._core import Turns
from linnet.generation.parts import Counts
from linnet.music.score import Score
from linnet.stream import clock
from linnet.stream.asking import Asking
from linnet.stream.clock import SECOND, nanoseconds
from linnet.stream.composer import Composer
from linnet.stream.cutting import HALF, coming, cut_of
from linnet.stream.forks import held_in_forks
from linnet.stream.hearing import Heard, heard, quiet_until, skipped
from linnet.stream.recording import Recording
from linnet.stream.segment import Place, Segment
from linnet.stream.timeline import Timeline, Wanted, Work
from linnet.tools.dataclass import dataclass, replace

_BRIEF = 0.005
"""Seconds. A call that may take no longer keeps the GIL: to get it back could take as long."""

_NEAR = SECOND // 20
"""So long before it is due a bar is to be there, where nobody may wait for it."""


@dataclass(slots=True)
class _Job:
    """A work under way at the composer's desk."""

    work: Work
    begun: int
    """What the timeline's clock said."""

    head: Segment | None = None
    """What stays of the segment that is cut, once the cut is found."""

    @property
    def inside(self) -> bool:
        """Whether it changes the bar that plays."""
        return any(entry.at != "bar" for entry in self.work.entries)


class Player(Asking):
    """One stream's place in time.

    `timeline` is all there is to know; it is replaced while it is one's `turn`. Who composes has the `desk`,
    for longer, and takes turns to see what is wanted and to lay down what is ready.
    """

    def __init__(self, composer: Composer, *, ahead: int) -> None:
        """Nothing is composed yet; `ahead` segments are to be, beyond the one that plays."""
        self.composer = composer
        self.ahead = ahead
        self._state: tuple[Timeline, int] = (Timeline(composer.here(), composer.request), 0)
        """The timeline, and units that passed since in which nothing began."""

        self._quiet = 0
        """Nanoseconds of the clock before which nothing begins in the timeline of the state; 0: not known."""

        self._all_there: Timeline | None = None
        """A timeline to which nothing is to be composed."""

        self.is_heard = False
        """Whether anything was composed to be heard, so that its tokens cannot be read."""

        self.recording = Recording(grid=composer.base == "grid")
        """What was heard."""

        self.desk, self.turn = Turns(composer.loop.stop), Turns()
        self._job: _Job | None = None
        """Only at the desk. Who goes on with it takes it away and puts it back: after an interruption there
        is none, and it begins anew."""

        self._making: tuple[Wanted, ...] = ()
        """What the last job makes, or made: another wish is not merged into it."""

        self._seen = composer.request
        """The request when last somebody composed within a budget."""

        self._margin = 0.0
        """Seconds by which a step took longer than it was to, lately."""

        self._beginning = 0.0
        """Seconds that it took to begin a segment, lately."""

        self.waits = False
        """Whether time waits for what is composed, as in a replay: nothing is too late then."""

        self._lag = 0
        """Units that were heard while the last segment was composed."""

        held_in_forks(self)

    @property
    def timeline(self) -> Timeline:
        """All there is to know. It is replaced in one's turn."""
        timeline, passed = self._state
        return timeline.but(clock=timeline.clock + passed) if passed else timeline

    @timeline.setter
    def timeline(self, timeline: Timeline) -> None:
        self._quiet = 0
        self._state = timeline, 0

    @property
    def rests(self) -> bool:
        """Whether there is nothing to compose; quickly."""
        timeline, _ = self._state
        if timeline is self._all_there:
            return True
        if self.full:
            self._all_there = timeline
            return True
        return False

    @property
    def ready(self) -> tuple[Segment, ...]:
        """Composed, and not begun to be heard."""
        return self.timeline.ready

    @property
    def full(self) -> bool:
        """Whether all is composed as it is wanted, as far ahead as it is meant to be."""
        timeline, _ = self._state
        return (len(timeline.ready) >= self.ahead or timeline.ends) and timeline.settled

    @property
    def left(self) -> int:
        """Units of music that are composed and were not heard."""
        timeline, passed = self._state
        return timeline.left - passed

    @property
    def counts(self) -> Counts:
        """What was counted in all that is composed."""
        return self.timeline.place.counts if self.is_heard else Counts.of(self.composer.loop.tracker)

    # ---- hearing

    def pop_due(self, units: int, *, hitch: bool = False) -> Heard:
        """What begins in so many units from now, which pass; nothing of it where they are a hitch."""
        return self.turn.run(self._pop_due, units, hitch)

    def _pop_due(self, units: int, hitch: bool) -> Heard:
        if hitch:
            self.timeline = skipped(self.timeline, units)
            return Heard()
        timeline, passed = self._state
        if self._quiet and nanoseconds(timeline.clock + passed + units) <= self._quiet:
            self._state = timeline, passed + units
            return Heard()
        found, self.timeline = heard(self.timeline, units, self.recording)
        self._quiet = quiet_until(self._state[0])
        return found

    def recorded(self) -> Score:
        """What was heard; to be called in one's turn."""
        return self.recording.score(self.timeline.clock)

    # ---- composing; all of it is to be called at the desk

    def compose_for(self, budget: float) -> None:
        """Composes for so many seconds at most, unless there is nothing more to do."""
        brief, until, first = budget <= _BRIEF, time.perf_counter() + budget, True
        while not self.full and not self._is_restless():
            begun = time.perf_counter()
            left, margin = until - begun, min(self._margin, budget / 2)
            needs = margin if self._job is not None else min(margin + self._beginning, budget * 3 / 4)
            if left <= 0 or (left < needs and not first):
                return
            given, first = max(left - margin - budget / 10, left / 4), False
            self.compose_on(given, brief=brief)
            self._margin = max(time.perf_counter() - begun - given, 0.98 * self._margin)

    def _is_restless(self) -> bool:
        """Whether a wish has just come for a bar that is not due yet: another one may follow."""
        timeline, seen, self._seen = self.timeline, self._seen, self.timeline.latest
        if seen is timeline.latest or timeline.inside is not None:
            return False
        before = timeline.segments[: timeline.stale - timeline.number]
        return timeline.start + sum(segment.length for segment in before) - timeline.clock > SECOND

    def compose_until(self, units: int) -> None:
        """Composes what is heard in so many units from now, all of it as it is wanted."""
        while not self.timeline.settled or (
            nanoseconds(self.timeline.left) < nanoseconds(units) and not self.timeline.ends
        ):
            self.compose_on(None)

    def compose_due(self, seconds: float) -> None:
        """Composes what begins in so many seconds, if it is not there as it is wanted."""
        units = clock.of_seconds(seconds)
        while not self.timeline.done:
            timeline = self.timeline
            there = timeline.begun and timeline.stale > timeline.number + len(timeline.bar)
            if there or timeline.ends or (timeline.begun and timeline.left_of_bar > units + _NEAR):
                return
            if not timeline.begun and timeline.segments and timeline.settled:
                return
            self.compose_on(None)

    def coming(self, begin: float, end: float) -> list[tuple[float, int]]:
        """Notes of the music that are composed and begin in a time, as (seconds, pitch)."""
        return coming(self.timeline, int(begin * SECOND), int(end * SECOND))

    def fill(self) -> None:
        """Composes as far ahead as it is meant to be."""
        while not self.full:
            self.compose_on(None)

    def compose_ahead(self) -> None:
        """The next segment, unless somebody else filled up while this one waited for the desk.

        One segment too many would not harm the music, but time that passes while it is composed looks as if
        composing were slow, and changes inside a bar are put off where it is.
        """
        if not self.full:
            self.compose_on(None)

    def settle(self) -> None:
        """Composes what was changed inside the bar that plays."""
        while self.timeline.inside is not None:
            self.compose_on(None)

    def compose_on(self, seconds: float | None, *, brief: bool = False) -> None:
        """Goes on with what comes next for so many seconds."""
        self.is_heard = True
        before, self._job = self._job, None
        begun = time.perf_counter()
        job = self.turn.run(self._next_job, before)
        if job is None:
            return
        if seconds is not None and job is not before:  # a plan of its own, and many wishes, take a while
            took = time.perf_counter() - begun
            self._beginning = max(took, 0.98 * self._beginning)
            seconds -= took
        if (seconds is not None and seconds <= 0) or not self._go_on(job, seconds, brief):
            self._job = job

    def compose_to(self, end: int) -> None:
        """The segment that plays in a stream that was saved: it begins here and ends at a tick, or where it
        ends by itself.
        """
        composer, timeline = self.composer, self.timeline
        self.is_heard = True
        self.compose_on(None)
        playing = self.timeline.segments[0]
        if end < playing.end:  # it was changed inside a bar
            composer.begin(playing.place, playing.changes)
            composer.follow(playing, end, None)
            playing = composer.finish()
            assert playing.after is not None
            self.timeline = replace(
                timeline, segments=(playing,), place=playing.after, schedule=timeline.schedule[1:]
            )
        self.timeline = replace(self.timeline, begun=True, entered=True)
        self.compose_on(None)  # it may be wanted at once

    def piece(self, place: Place | None = None) -> bytes:
        """The piece as it was at a place; unless given where the first segment begins."""
        job, self._job = self._job, None
        timeline, loop = self.timeline, self.composer.loop
        here = loop.mark()
        if place is not None:
            loop.rewind(place.mark)
        elif self.is_heard:  # else it is read, and stands where it is
            loop.rewind(timeline.first_place.mark)
        data = loop.save()
        loop.rewind(here)
        self._job = job
        return data

    def _next_job(self, job: _Job | None) -> _Job | None:
        """The job, or another one where it is not wanted any more; None where there is nothing to compose."""
        timeline = self.timeline
        if job is not None and self._is_wanted(job, timeline):
            return job
        if (entry := timeline.inside) is not None:
            late = self._is_too_late(timeline)
            work = None if late else cut_of(entry, timeline)
            if work is None:
                self._leave_to_line(entry, bar=late)
                return None
        else:
            number = timeline.stale
            k = number - timeline.number
            if k == len(timeline.segments) and timeline.ends:
                return None
            place = timeline.segments[k].place if k < len(timeline.segments) else timeline.place
            changes, *later = timeline.changes_from(number) or [()]
            work = Work(number, place, changes, tuple(later), timeline.wanted)
        self._making = work.entries
        self.composer.begin(work.place, work.changes)
        return _Job(work, timeline.clock)

    def _go_on(self, job: _Job, seconds: float | None, brief: bool) -> bool:
        """Whether the job is done, or given up."""
        composer, work = self.composer, job.work
        if work.cut is not None and job.head is None:
            playing = self.timeline.segments[0]
            if not composer.follow(playing, work.cut, seconds, brief=brief):
                return False
            if composer.loop.tracker.now >= playing.end:  # there is no onset after the cut
                self.turn.run(self._leave_to_line, work.entries[0], False)
                return True
            head = composer.finish()
            assert head.after is not None
            composer.begin(head.after, work.rest)
            job.head = head
            return False
        segment = composer.compose(seconds, brief=brief)
        if segment is None:
            return False
        self.turn.run(self._lay, job, segment)
        return True

    def _is_wanted(self, job: _Job, timeline: Timeline) -> bool:
        """Whether a job is of use still.

        What is not as a newer wish would have it is made to its end all the same, and made again then: who
        wishes in every frame would hear nothing new otherwise.
        """
        work, others = job.work, timeline.without(job.work.entries)
        if not job.inside:
            at_lines = all(entry.at == "bar" and timeline.line_of(entry) >= work.number for entry in others)
            return at_lines and work.number >= timeline.number + timeline.begun
        entry = work.entries[0]
        if timeline.number != work.number or timeline.again or len(others) == len(timeline.wanted):
            return False
        if job.head is not None or work.cut is None:
            kept, length = (len(job.head.sounds), job.head.length) if job.head is not None else (0, 0)
            if timeline.given > kept or timeline.clock > timeline.start + length + HALF:
                # The music came by before it was changed: another time, from farther ahead.
                moment = timeline.clock + 2 * (timeline.clock - job.begun)
                self.timeline = timeline.instead(entry, replace(entry, moment=moment))
                return False
        return True

    def _is_too_late(self, timeline: Timeline) -> bool:
        """Whether the bar after the one that plays is not there as it is wanted, and high time to compose."""
        there = timeline.stale == timeline.end and timeline.bars_ahead
        return not there and timeline.left_of_bar < self._in_good_time

    @property
    def _in_good_time(self) -> int:
        """Units before the next bar in which to compose it, if time passes while it is composed."""
        return 0 if self.waits else self._lag and 2 * self._lag + SECOND // 4

    def _leave_to_line(self, entry: Wanted, bar: bool) -> None:
        """What can no longer be changed here is changed where the next segment begins, or the next `bar`."""
        timeline = self.timeline
        number = timeline.next_line(notice=False) if bar else timeline.number + timeline.begun
        self.timeline = timeline.leaving(entry, number, making=self._making)

    def _lay(self, job: _Job, segment: Segment) -> None:
        """A segment is ready: it takes the place of what was composed from there on."""
        timeline, work = self.timeline, job.work
        if not self._is_wanted(job, timeline):
            return
        assert segment.after is not None
        passed, k = timeline.clock - job.begun, work.number - timeline.number
        wanted, head = timeline.without(work.entries), (job.head,) if job.head is not None else ()
        if not job.inside:
            self._lag = max(passed, self._lag * 3 // 4)
        elif passed and not self.waits and timeline.left_of_bar < self._in_good_time:
            self._leave_to_line(work.entries[0], bar=True)
            return
        if head:
            wanted = tuple(
                replace(each, number=each.number + 1) if each.number > work.number else each
                for each in wanted
            )
        self.timeline = replace(
            timeline,
            segments=(*timeline.segments[:k], *head, segment),
            place=segment.after,
            schedule=work.later,
            wanted=wanted,
        )
