"""Composes a stream ahead of the ear, segment by segment, and goes back where its options change.

A segment is a bar; in the performance base, which has none, it is the music up to the first onset after two
seconds. Each remembers where it began, so that it can be composed again, or differently.
"""

from __future__ import annotations

import copy
from collections import deque
from dataclasses import asdict, replace
from itertools import chain

from linnet._core import Loop, Tracker
from linnet.controls import form, moods
from linnet.controls.model_info import ModelInfo
from linnet.controls.resolve import Request, changed
from linnet.controls.wishes import INDEX
from linnet.generation.parts import follow_form, tempo_token
from linnet.stream.segment import Change, Place, Segment, Sound
from linnet.tokens.decoder import Reader
from linnet.tokens.quantise import DRUM_DURATION, TICKS_PER_BEAT, TICKS_PER_SECOND, TimeBase
from linnet.tokens.vocabulary import FAMILIES, TEMPOS, tempo_index

_SEGMENT = 2 * TICKS_PER_SECOND
"""Hundredths of a second in a segment of the performance base."""

_BAR = FAMILIES["bar"].first


class Composer:
    """Composes one segment after the other."""

    def __init__(self, info: ModelInfo, loop: Loop, request: Request) -> None:
        """The loop's piece is new."""
        self.info, self.loop, self.request = info, loop, request
        follow_form(loop.pieces[0], request)
        self.reader = Reader(self.base)
        self.tempo = 1
        """Units a tick."""

        self.current: Segment | None = None
        self.schedule: deque[tuple[Change, ...]] = deque()
        """Changes for the beginning of the next segment, of the one after it, and so on."""

        self.line = -1
        """Tick at which the next segment begins, for who reads tokens."""

    @property
    def base(self) -> TimeBase:
        """The model's time base."""
        return self.info.time_base

    @property
    def unit(self) -> float:
        """Seconds. On the grid a tick has as many units as a quarter has microseconds: sums stay exact."""
        return 1e-6 / TICKS_PER_BEAT["grid"] if self.base == "grid" else 1 / TICKS_PER_SECOND

    def open(self) -> list[int]:
        """Reads the script, and returns the tokens up to the first segment."""
        while not self.loop.pieces[0].opened:
            self.loop.step()
        tokens = self.loop.tokens[:]
        self.loop.tokens.clear()
        for token in tokens:
            self.reader.read(token)
        _, tempos = self.reader.drain()
        if tempos:
            self.tempo = tempos[-1].tempo
        if self.request.bpm is not None:
            self.tempo = round(60e6 / self.request.bpm)
        return tokens

    def here(self) -> Place:
        """Where it is now."""
        return Place(self.loop.mark(), copy.deepcopy(self.reader), self.request, self.tempo)

    def compose(self, seconds: float | None = None, *, brief: bool = False) -> Segment | None:
        """Goes on for so many seconds at most; a segment that came to its end."""
        if self.current is None:
            self._begin()
        assert self.current is not None
        until = self.current.bar_end if self.base == "grid" else self.current.begin + _SEGMENT
        self.loop.play(until=until, seconds=seconds, brief=brief)
        self._collect()
        return self._finish() if self.loop.tracker.now >= until else None

    def draw(self, count: int) -> list[int]:
        """Tokens, from one to `count` of them, for who does not want segments."""
        tracker, grid = self.loop.tracker, self.base == "grid"
        if tracker.now >= self.line:
            self._make_changes()
            self.line = tracker.bar_end if grid else tracker.now + _SEGMENT
        # With nothing to change it plays through the bar lines: beside a busy thread each stop takes 5 ms.
        through = grid and not self.schedule
        self.loop.play(count, until=None if through else self.line)
        drawn = self.loop.tokens[:]
        self.loop.tokens.clear()
        if through and tracker.now >= self.line:
            self.line = tracker.now if drawn[-1] == _BAR else tracker.bar_end
        return drawn

    def go_back(self, segment: Segment) -> None:
        """To the beginning of a segment, to compose it anew."""
        place = segment.place
        self.loop.rewind(place.mark)
        self.loop.tokens.clear()
        self.reader, self.request, self.tempo = copy.deepcopy(place.reader), place.request, place.tempo
        piece = self.loop.pieces[0]
        piece.set_sampling(**asdict(place.request.sampling))
        piece.set_latent(place.request.latent)
        follow_form(piece, place.request)
        self.current = None

    def cut(self, segment: Segment, tick: int) -> Segment | None:
        """The part of a segment before its first onset at or after a tick, and goes back to there.

        None where there is no such onset inside: then it stands at the segment's end.
        """
        self.go_back(segment)
        self.schedule.appendleft(segment.changes)
        self._begin()
        assert self.current is not None
        tracker, now = self.loop.tracker, segment.begin
        for token in segment.tokens[segment.given :]:
            self.loop.follow([token])
            if tracker.now >= tick and tracker.now > now:
                break
            now = tracker.now
        self._collect()
        whole = tracker.now >= segment.end
        head = self._finish()
        return None if whole else head

    def check(self, *changes: Change) -> None:
        """ValueError or TypeError for changes that cannot be made, after those that wait."""
        request = self.request
        request.limits.restrict(Tracker(self.base))
        for change in (*chain.from_iterable(self.schedule), *changes):
            request = changed(self.info, request, change.options, bars=change.bars)
            request.limits.restrict(Tracker(self.base))

    def _begin(self) -> None:
        """A segment; its changes come first."""
        tracker = self.loop.tracker
        place = self.here()
        changes = self._make_changes()
        given = len(self.loop.tokens)
        self.current = Segment(place, changes, tracker.now, tracker.bar_end, tracker.beat, given)

    def _make_changes(self) -> tuple[Change, ...]:
        changes = self.schedule.popleft() if self.schedule else ()
        for change in changes:
            self._make(change)
        return changes

    def _collect(self) -> None:
        assert self.current is not None
        self.current.tokens += self.loop.tokens
        self.loop.tokens.clear()

    def _finish(self) -> Segment:
        """The current segment, which ends where the piece is now."""
        segment = self.current
        assert segment is not None
        self.current = None
        segment.end = self.loop.tracker.now
        for token in segment.tokens:
            self.reader.read(token)
        notes, tempos = self.reader.drain()
        segment.tempos = [(segment.begin, self.tempo)]
        exact = None if self.request.bpm is None else round(60e6 / self.request.bpm)
        for change in tempos if self.base == "grid" else ():
            segment.tempos = [at for at in segment.tempos if at[0] != change.tick]
            segment.tempos.append((change.tick, exact or change.tempo))
        self.tempo = segment.tempos[-1][1]
        segment.sounds = [self._sound(segment, *note) for note in notes]
        segment.length = segment.units(segment.end)
        return segment

    def _sound(
        self, segment: Segment, onset: int, duration: int, pitch: int, velocity: int, slot: int
    ) -> Sound:
        if slot < 0:
            duration = DRUM_DURATION[self.base]
        begin = segment.units(onset)
        length = segment.units(onset + duration) - begin  # past its end it goes on in its last tempo
        if self.request.mood is not None:
            louder, share = moods.touch(self.request.mood)
            velocity = min(max(velocity + louder, 1), 127)
            length = max(int(length * share), 1) if slot >= 0 else length
        program = max(self.reader.programs[slot], 0) if slot >= 0 else 0
        return Sound(begin, length, pitch, velocity, program, slot)

    def _make(self, change: Change) -> None:
        """Makes a change here and now."""
        tracker, piece = self.loop.tracker, self.loop.pieces[0]
        before, self.request = (
            self.request,
            changed(self.info, self.request, change.options, bars=change.bars),
        )
        self.request.limits.restrict(tracker)
        follow_form(piece, self.request)
        piece.set_latent(self.request.latent)
        piece.set_sampling(**asdict(self.request.sampling))
        self._change_wishes(before.wishes)
        if self.request.bpm != before.bpm:
            self._change_tempo(self.request.bpm)

    def _change_wishes(self, before: tuple[int, ...]) -> None:
        """Wishes for what differs; where the form is told otherwise a new section begins."""
        tracker, tempo = self.loop.tracker, INDEX["tempo"]
        values = tracker.wishes
        for column, (old, new) in enumerate(zip(before, self.request.wishes, strict=True)):
            if old != new and column != tempo:
                values[column] = new
        if self.request.form and values != tracker.wishes:
            self._begin_section()
            values[INDEX["likeness"]] = form.NEW.wishes[INDEX["likeness"]]
        if before[tempo] != self.request.wishes[tempo]:
            values[tempo] = self.request.wishes[tempo]
        tracker.wish(values)

    def _begin_section(self) -> None:
        """The form begins with this bar, or after it where a part of it was heard; what is left of it is new.

        The bars that were to come back would bring the old character back with them.
        """
        tracker = self.loop.tracker
        self.request = replace(self.request, first=tracker.bars + (tracker.now > tracker.bar_start))
        follow_form(self.loop.pieces[0], self.request)
        tracker.set_source(form.NEW.source)

    def _change_tempo(self, bpm: float | None) -> None:
        self.loop.tracker.restrict(fixed_tempo=bpm is not None)
        if bpm is not None:
            self.tempo = round(60e6 / bpm)
            if TEMPOS[tempo_index(bpm)] != self.loop.tracker.bpm:
                self.loop.append(tempo_token(bpm))
