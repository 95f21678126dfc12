"""Composes a stream ahead of the ear, segment by segment, and goes back where its settings change.

A segment is a bar; in the performance base, which has none, it is the music up to the first onset after two
seconds. Each remembers where it began, so that it can be composed again, or differently.
"""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, replace
from itertools import chain
from typing import Any

from linnet._core import Loop, Tracker
from linnet.controls import form, moods
from linnet.controls.model_info import ModelInfo
from linnet.controls.request import OWN
from linnet.controls.settings import nearest_tempo, wish_values
from linnet.controls.wishes import INDEX
from linnet.engine import latent
from linnet.generation.parts import plan, tempo_token
from linnet.stream.segment import Change, Place, Segment, Settings, Sound
from linnet.tokens.decoder import Reader
from linnet.tokens.quantise import DRUM_DURATION, TICKS_PER_BEAT, TimeBase
from linnet.tokens.vocabulary import FAMILIES, TEMPOS

_SEGMENT = 200
"""Hundredths of a second in a segment of the performance base."""

_BAR = FAMILIES["bar"].first

WISHES = tuple(name for name in INDEX if name not in ("tempo", "bars_left", "likeness"))
"""What may be wished by its name; those left out are bpm, bars and form to a player."""

_SAMPLING = ("temperature", "top_k", "top_p", "min_p")
_NAMES = (*WISHES, "bpm", "mood", *_SAMPLING)


class Composer:
    """Composes one segment after the other."""

    def __init__(self, info: ModelInfo, loop: Loop, settings: Settings) -> None:
        """The loop's piece is new."""
        self.info, self.loop, self.settings = info, loop, settings
        self._plan()
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
        return 1e-6 / TICKS_PER_BEAT["grid"] if self.base == "grid" else 0.01

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
        if self.settings.bpm is not None:
            self.tempo = round(60e6 / self.settings.bpm)
        return tokens

    def here(self) -> Place:
        """Where it is now."""
        return Place(self.loop.mark(), copy.deepcopy(self.reader), self.settings, self.tempo)

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
        self.reader, self.settings, self.tempo = copy.deepcopy(place.reader), place.settings, place.tempo
        self.loop.pieces[0].set_sampling(**asdict(place.settings.sampling))
        self.loop.pieces[0].set_latent(place.settings.latent)
        self._plan()
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
        """ValueError or TypeError for settings, or changes, that cannot be, after those that wait."""
        settings = self._after(Change("rule", {}), self.settings)
        settings = self._after(Change("wish", {}), settings)
        for change in (*chain.from_iterable(self.schedule), *changes):
            settings = self._after(change, settings)

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
        exact = None if self.settings.bpm is None else round(60e6 / self.settings.bpm)
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
        if self.settings.mood is not None:
            louder, share = moods.touch(self.settings.mood)
            velocity = min(max(velocity + louder, 1), 127)
            length = max(int(length * share), 1) if slot >= 0 else length
        program = max(self.reader.programs[slot], 0) if slot >= 0 else 0
        return Sound(begin, length, pitch, velocity, program, slot)

    def _after(self, change: Change, settings: Settings) -> Settings:
        """The settings after a change; ValueError or TypeError for what cannot be."""
        asked, rules = change.asked, settings.rules
        if change.kind == "latent":
            target = latent.asked(self.info, asked["to"], 0)
            return replace(settings, latent=latent.between(settings.latent, target, 1 / asked["left"]))
        if change.kind == "rule":
            rules = replace(rules, **asked)
        elif change.kind != "wish":
            raise ValueError(f"there is no change of the kind {change.kind!r}")
        elif unknown := [name for name in asked if name not in _NAMES]:
            raise TypeError(f"there is no wish {unknown[0]!r}: {', '.join(_NAMES)}")
        settings = self._in_mood(asked, settings)
        asked = self._filled(asked, settings)
        if "scale" not in settings.own and {"key", "scale", "mood", "pitch_range"} & change.asked.keys():
            rules = replace(rules, scale=asked.get("scale"))
        Tracker(self.base).restrict(**rules.for_tracker(self.info))
        if change.kind == "rule":
            return replace(settings, rules=rules)
        bpm = asked.get("bpm", settings.bpm)
        if bpm is not None:
            nearest_tempo(bpm)
            if self.base != "grid":
                raise ValueError(f"{self.info.name} keeps human timing: it has no bpm")
        sampling = replace(
            settings.sampling, **{name: value for name, value in asked.items() if name in _SAMPLING}
        )
        return replace(settings, sampling=sampling, rules=rules, bpm=bpm)

    def _in_mood(self, asked: Mapping[str, Any], settings: Settings) -> Settings:
        """The mood after a change, and what remains for it to ask for."""
        mood = settings.mood
        if "mood" in asked:
            mood = None if asked["mood"] is None else moods.point(asked["mood"])
        own = {name for name in OWN if asked.get(name, name in settings.own or None) is not None}
        key = self._wished(asked)[INDEX["key"]]
        tonic = (key - 1) % 12 if key else settings.tonic
        return replace(settings, mood=mood, own=tuple(sorted(own)), tonic=tonic)

    def _filled(self, asked: dict[str, Any], settings: Settings) -> dict[str, Any]:
        """What was asked for, and what the mood asks for beside it; a mood that is over leaves nothing."""
        if settings.mood is None and "mood" not in asked:
            return asked
        return asked | moods.asked_for(settings.mood, settings.own, settings.tonic, self.info)

    def _wished(self, asked: Mapping[str, Any]) -> list[int]:
        return wish_values({name: asked.get(name) for name in WISHES}, self.info.wishes)

    def _plan(self) -> None:
        if self.settings.form:
            bars = form.plan(self.settings.form, self.info.forms, 0)
            plan(self.loop.pieces[0], bars, self.settings.own, self.settings.mood, first=self.settings.first)

    def _begin_section(self) -> None:
        """The form begins with this bar, or after it where a part of it was heard; what is left of it is new.

        The bars that were to come back would bring the old character back with them.
        """
        tracker = self.loop.tracker
        self.settings = replace(self.settings, first=tracker.bars + (tracker.now > tracker.bar_start))
        self._plan()
        tracker.set_source(form.NEW.source)

    def _make(self, change: Change) -> None:
        """Makes a change here and now."""
        tracker, asked = self.loop.tracker, change.asked
        self.settings = self._after(change, self.settings)
        tracker.restrict(**self.settings.rules.for_tracker(self.info))
        self._plan()
        if change.kind == "rule":
            return
        if change.kind == "latent":
            self.loop.pieces[0].set_latent(self.settings.latent)
            return
        asked = self._filled(asked, self.settings)
        values, wanted = tracker.wishes, self._wished(asked)
        for name in set(WISHES) & set(asked):
            values[INDEX[name]] = wanted[INDEX[name]]
        if self.settings.form and values != tracker.wishes:
            self._begin_section()
            values[INDEX["likeness"]] = form.NEW.wishes[INDEX["likeness"]]
        bpm = self.settings.bpm
        if "bpm" in asked and self.info.wishes[INDEX["tempo"]]["trained"]:
            values[INDEX["tempo"]] = 0 if bpm is None else nearest_tempo(bpm) + 1
        tracker.wish(values)
        self.loop.pieces[0].set_sampling(**asdict(self.settings.sampling))
        if "bpm" not in asked:
            return
        tracker.restrict(fixed_tempo=bpm is not None)
        if bpm is not None:
            self.tempo = round(60e6 / bpm)
            if TEMPOS[nearest_tempo(bpm)] != tracker.bpm:
                self.loop.append(tempo_token(bpm))
