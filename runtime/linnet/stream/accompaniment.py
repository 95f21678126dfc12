"""Music that a stream is given and accompanies: it comes round again and again, and the rest is composed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from linnet._core import Given, Piece, Rng, Tracker
from linnet.controls.form import Plan
from linnet.controls.options import Options
from linnet.controls.request import Request
from linnet.controls.resolve import resolve
from linnet.generation.adding import ensemble, missing, named, usual
from linnet.generation.around import bars_of, scale_around, with_key
from linnet.generation.ground import ground_of
from linnet.music.score import KeySignature, Notes, Score, TempoChange, TimeSignature, Track
from linnet.stream import clock
from linnet.stream.mix import role_of
from linnet.stream.segment import Segment, Sound
from linnet.tokens import given
from linnet.tokens.given import KIT, ONSET
from linnet.tokens.quantise import TICKS_PER_BEAT, tempo_bin
from linnet.tokens.vocabulary import FAMILIES, TEMPOS
from linnet.tools.chance import Streams
from linnet.tools.dataclass import asdict, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo

__all__ = ["Accompaniment", "accompanied"]

_NOT_FOR_THIS = ("form", "primer", "time_signature", "latent")
"""Options of streams that the given music answers."""

_TEMPO = FAMILIES["tempo"].first


_NOTE = 1 << 32
"""Between bars on the grid and rounds, which are counted from 0, no number is larger."""


class Accompaniment:
    """Given music round by round, and who plays with it. It does not change."""

    def __init__(self, info: ModelInfo, score: Score, parts: Iterable[str]) -> None:
        """The music, and the names of the parts that are new.

        ValueError for music without notes, and for parts that there are not or that the model has not learnt.
        """
        self._info, self.score = info, score
        self.ground = ground_of(info, score)
        self._who = ensemble(info, self.ground, parts, Options())
        self._rows = self._who.rows(self.ground)
        last, quarter = self.ground.grid.time_signatures[-1], TICKS_PER_BEAT["grid"]
        self.length = self.ground.lines[-2] + last.numerator * 4 * quarter // last.denominator
        """Ticks of the grid in a round, which has whole bars."""

    @property
    def roles(self) -> tuple[int, ...]:
        """Of the slots, as `linnet.music.roles` numbers them."""
        return self._who.roles

    @cached_property
    def plan(self) -> Plan:
        """What the given music says of its bars, again and again."""
        return Plan(bars_of(self._info, self.ground.grid, self.ground.key), 0, upbeat=False)

    def piece(self, request: Request) -> Piece:
        """A new piece in which it is given."""
        tracker = Tracker("grid")
        self.restrict(tracker, request)
        tracker.restrict(endless=True)
        tracker.wish(request.wishes)
        tracker.set_shift(request.shift)
        if self._info.repertoire is not None and self._info.repertoire.roles:
            tracker.set_roles(self._who.roles)
        script = self._who.script(self._info, self.ground)
        if request.bpm is not None:
            script[-1] = _TEMPO + tempo_bin(round(60e6 / request.bpm))
        rng = Rng(request.seed, Streams.TOKENS)
        return Piece(tracker, rng, script=script, **asdict(request.sampling))

    def restrict(self, tracker: Tracker, request: Request) -> None:
        """The rules of a request, and those of the ensemble."""
        request.limits.restrict(tracker)
        who = self._who
        tracker.restrict(
            ranges=who.ranges,
            polyphony=who.voices if request.options.polyphony is None else request.limits.polyphony,
            scale=scale_around(self.ground, request),
            slots=len(who.ranges),
            fixed_meter=True,
            fixed_tempo=True,
            downbeat=False,
            upbeat=0,
        )

    def round_at(self, tick: int) -> int:
        """Which round, from 0 on, a tick is in."""
        return tick // self.length

    def lend(self, number: int, *, last: int, own_tempo: bool) -> Given:
        """What a tracker is to know in a round, as far as the end of the next one.

        No further than the piece's `last` bar (0: it has none), and with its tempos where they are its own.
        """
        rows, changes = [], list[tuple[int, int]]()
        for each in (number, number + 1):
            there = self._rows.copy()
            there[:, ONSET] += each * self.length
            rows.append(there)
            changes += [(tick + each * self.length, token) for tick, token in self._changes(each)]
        changes = [(tick, token) for tick, token in changes if own_tempo or not _is_tempo(token)]
        notes = np.concatenate(rows)
        if last:
            ends = [*self.ground.lines[1:-1], self.length]
            rounds, place = divmod(last - 1, len(ends))
            end = rounds * self.length + ends[place]
            notes = notes[notes[:, ONSET] < end]
            changes = [(tick, token) for tick, token in changes if tick < end]
        return given.lend(notes, slots=self._who.slots, changes=changes)

    def _changes(self, number: int) -> list[tuple[int, int]]:
        """Meters and tempos of a round; where it begins again, those that are not running any more."""
        own = self.ground.changes
        if not number:
            return own
        begin = []
        for token in self.ground.script(0)[-2:]:
            running = [later for _, later in own if _is_tempo(later) == _is_tempo(token)]
            if running and running[-1] != token:
                begin.append((0, token))
        return begin + own

    def bpm_at(self, tick: int) -> float:
        """Its tempo at a tick, in quarter notes a minute."""
        return 60e6 / self._tempo_at(tick % self.length).tempo

    def pace_at(self, tick: int) -> int:
        """Units a tick."""
        return clock.of_tempo(self._tempo_at(tick % self.length).tempo)

    def tempos(self, segment: Segment) -> list[tuple[int, int]]:
        """Its own tempos in a segment: (tick, units a tick from there on)."""
        begin = segment.begin % self.length
        found = [(segment.begin, self.pace_at(begin))]
        return found + [
            (segment.begin - begin + change.tick, clock.of_tempo(change.tempo))
            for change in self._tempos
            if begin < change.tick < begin + segment.end - segment.begin
        ]

    @cached_property
    def _tempos(self) -> list[TempoChange]:
        """Exactly, at ticks of the grid."""
        return [
            replace(change, tick=(self._along(change.tick) if change.tick else 0) // _NOTE)
            for change in self.score.tempos
        ]

    def _tempo_at(self, tick: int) -> TempoChange:
        return [change for change in self._tempos if change.tick <= tick][-1]

    def _along(self, tick: int) -> int:
        """Where a tick of the score is on the grid, in parts of a tick, _NOTE each."""
        per_beat = self.ground.score.ticks_per_beat
        scaled = tick * per_beat // self.score.ticks_per_beat + self.ground.offset
        return scaled * TICKS_PER_BEAT["grid"] * _NOTE // per_beat

    @cached_property
    def _notes(self) -> list[tuple[int, int, int, int, int, int]]:
        """In order: onset and length in parts of a tick, pitch, velocity, program, slot (-1: drums)."""
        places = iter(self._who.places)
        found = []
        for track in self.score.tracks:
            slot = -1 if track.is_drum else next(places)
            for onset, duration, pitch, velocity in track.notes.rows():
                begin = self._along(onset)
                length = self._along(onset + duration) - begin
                found.append((begin, length, pitch, velocity, 0 if track.is_drum else track.program, slot))
        return sorted(found, key=lambda note: note[0])

    def is_given(self, slot: int) -> bool:
        """Whether what a slot plays is given; -1 for drums."""
        return (KIT if slot < 0 else slot) in self._who.slots

    def sounds(self, segment: Segment) -> list[Sound]:
        """Its notes in a segment, at their own ticks, as they are."""
        begin = segment.begin - segment.begin % self.length
        first = (segment.begin - begin) * _NOTE
        last = (segment.end - begin) * _NOTE
        found = []
        at = bisect_left(self._notes, first, key=lambda note: note[0])
        for onset, length, pitch, velocity, program, slot in self._notes[at:]:
            if onset >= last:
                break
            start = _units(segment, begin * _NOTE + onset)
            lasts = _units(segment, begin * _NOTE + onset + length) - start
            tick = begin + onset // _NOTE
            role = role_of(slot, program, self.roles)
            found.append(Sound(start, lasts, pitch, velocity, program, slot, tick, role))
        return found

    def entry(self) -> dict[str, Any]:
        """What it takes to make it again, as JSON."""
        score = self.score
        return {
            "parts": self._who.parts,
            "ticks_per_beat": score.ticks_per_beat,
            "end": score.end,
            "tempos": [[change.tick, change.tempo] for change in score.tempos],
            "meters": [[sign.tick, sign.numerator, sign.denominator] for sign in score.time_signatures],
            "keys": [[sign.tick, sign.name] for sign in score.key_signatures],
            "tracks": [
                [track.program, track.is_drum, track.name, [list(row) for row in track.notes.rows()]]
                for track in score.tracks
            ],
        }

    @classmethod
    def restored(cls, info: ModelInfo, entry: Mapping[str, Any]) -> Accompaniment:
        """From an entry; ValueError or its kin for one that is damaged."""
        tracks = [
            Track(Notes.of_rows(tuple(row) for row in rows), program, is_drum=bool(is_drum), name=str(name))
            for program, is_drum, name, rows in entry["tracks"]
        ]
        score = Score(
            entry["ticks_per_beat"],
            tuple(tracks),
            tuple(TempoChange(*each) for each in entry["tempos"]),
            tuple(TimeSignature(*each) for each in entry["meters"]),
            end=entry["end"],
            key_signatures=tuple(
                replace(KeySignature.named(name), tick=tick) for tick, name in entry["keys"]
            ),
        )
        return cls(info, score, entry["parts"])


def accompanied(info: ModelInfo, score: Score, options: Options) -> tuple[Accompaniment, Request]:
    """Given music with the roles that are asked for, or those that it lacks, and the request of its stream.

    ValueError for options that the music answers, and as from `Accompaniment`.
    """
    for name in _NOT_FOR_THIS:
        if getattr(options, name) is not None:
            raise ValueError(f"{name} is as in the given music: leave it out")
    parts = missing(info, score) if options.roles is None else named(options.roles)
    found = Accompaniment(info, score, parts)
    wanted = with_key(info, found.ground, replace(usual(info, options, parts), roles=None, form=""))
    request = replace(resolve(info, wanted, endless=True), plan=found.plan, roles=found.roles)
    return found, request


def _is_tempo(token: int) -> bool:
    return _TEMPO <= token < _TEMPO + len(TEMPOS)


def _units(segment: Segment, at: int) -> int:
    """From the segment's beginning to a place in parts of a tick."""
    tick, part = divmod(at, _NOTE)
    whole = segment.units(tick)
    return whole + (segment.units(tick + 1) - whole) * part // _NOTE
