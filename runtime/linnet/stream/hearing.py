"""What is heard of a timeline, and the timeline after it."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from typing import Any

from linnet.stream.clock import SECOND, nanoseconds
from linnet.stream.fitting import laid
from linnet.stream.mix import KIT, STING
from linnet.stream.position import Event, Kind
from linnet.stream.recording import Recording
from linnet.stream.segment import Segment, Sound
from linnet.stream.stage import Laid, Moment, Ringing, Stage
from linnet.stream.timeline import Timeline
from linnet.tools.dataclass import dataclass, field, replace

__all__ = ["DueNote", "Heard", "heard", "quiet_until", "ringing", "skipped"]

OVER = -2
"""The track of notes that are laid over the music."""


@dataclass(frozen=True, slots=True)
class DueNote:
    """A note that is to be played now."""

    onset: float
    """Seconds from the moment of the call."""

    duration: float
    """Seconds."""

    pitch: int
    """0..127, 60 is middle C."""

    velocity: int
    """1..127."""

    program: int
    """General MIDI program, 0..127."""

    is_drum: bool
    """Whether the drum kit plays it; `pitch` says which drum then."""

    track: int = 0
    """Number of its track, from 0; -1 for drums, -2 for what is laid over the music."""

    role: str = ""
    """What its player is there for: `lead`, `chords`, `bass` ..., `drums`, or `sting`."""


class Heard(list[DueNote]):
    """The notes of a call, a list; and what happened while they are heard."""

    __slots__ = ("events",)

    def __init__(self, notes: Iterable[DueNote] = (), events: Iterable[Event] = ()) -> None:
        """Both in order."""
        super().__init__(notes)
        self.events: tuple[Event, ...] = tuple(events)
        """Bar lines, beats, sections, and what took effect."""


@dataclass(slots=True)
class _Call:
    """What a call hands out, in the making."""

    now: int
    """Units since the music began, when the call begins."""

    due: int
    """Nanoseconds when it ends."""

    timeline: Timeline
    stage: Stage
    notes: list[DueNote] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    begun: list[Ringing] = field(default_factory=list)
    laid: list[tuple[int, int, Laid]] = field(default_factory=list)
    """A heap by onset."""

    numbers: int = 0
    """Of the notes in it."""

    recorded: list[Sound] = field(default_factory=list)
    """Of the segment that plays."""

    def lay(self, notes: Iterable[Laid]) -> None:
        """Lays notes over the music."""
        for note in notes:
            heappush(self.laid, (note.onset, self.numbers, note))
            self.numbers += 1

    def tell(
        self, kind: Kind, at: int, beat: int, segment: Segment, about: dict[str, Any] | None = None
    ) -> None:
        """Adds an event."""
        section = "" if segment.section is None else segment.section.name
        onset = max(at - self.now, 0) / SECOND
        self.events.append(Event(kind, onset, self.timeline.bars, beat, section, about or {}))

    def strike(self, sound: Sound, at: int) -> None:
        """Hands out a note of the music, as far as the mix lets it."""
        mix, role, track = self.stage.mix, sound.role, sound.track
        if not mix.lets(role, track) or (self.stage.ending is not None and at >= self.stage.ending[0]):
            return
        velocity = mix.velocity(role, track, sound.velocity) if mix.volumes else sound.velocity
        program = mix.program(role, track, sound.program) if mix.programs else sound.program
        self._hand_out(at, sound.duration, sound.pitch, velocity, program, track, role)
        same = velocity == sound.velocity and program == sound.program
        self.recorded.append(sound if same else replace(sound, velocity=velocity, program=program))

    def strike_laid(self, note: Laid, start: int, tick: int) -> None:
        """Hands out a note that was laid over the music, if it is not muted."""
        mix, track = self.stage.mix, KIT if note.is_drum else OVER
        if not mix.lets(STING, OVER):
            return
        velocity = mix.velocity(STING, OVER, note.velocity)
        program = 0 if note.is_drum else mix.program(STING, OVER, note.program)
        self._hand_out(note.onset, note.duration, note.pitch, velocity, program, track, STING)
        place = max(note.onset - start, 0)
        number = KIT if note.is_drum else 16
        self.recorded.append(Sound(place, note.duration, note.pitch, velocity, program, number, tick, STING))

    def _hand_out(
        self, at: int, duration: int, pitch: int, velocity: int, program: int, track: int, role: str
    ) -> None:
        onset = max(at - self.now, 0) / SECOND
        self.notes.append(
            DueNote(onset, duration / SECOND, pitch, velocity, program, track == KIT, track, role)
        )
        self.begun.append(Ringing(at + duration, pitch, velocity, program, track, role))


def heard(timeline: Timeline, units: int, recording: Recording) -> tuple[Heard, Timeline]:
    """The notes that begin in so many units from now, which pass, and what happens on the way.

    Where nothing is composed no time passes; where the next segment is not there the last one is heard once
    more. What is heard is recorded.
    """
    if not timeline.segments or timeline.done:
        return Heard(), timeline
    end, ending = timeline.clock + units, timeline.stage.ending
    if ending is not None and end > ending[1]:
        units, end = max(ending[1] - timeline.clock, 0), max(ending[1], timeline.clock)
    call = _Call(timeline.clock, nanoseconds(end), timeline, timeline.stage)
    call.lay(call.stage.laid)
    begun = timeline if timeline.begun else timeline.but(begun=True)
    while _hear_segment(call, begun):
        recording.hear(begun.segments[0], begun.start, call.recorded)
        call.recorded = []
        if begun.segments[0].last:
            end = begun.start + begun.segments[0].length
            call.tell("end", end, 1, begun.segments[0])
            begun = replace(call.timeline, done=True)
            break
        begun, end_of_segment = call.timeline, begun.start + begun.segments[0].length
        again = len(begun.segments) == 1
        begun = begun.but(
            segments=begun.segments if again else begun.segments[1:],
            number=begun.number + (not again),
            start=end_of_segment,
            given=0,
            again=again,
            repeated=begun.repeated + again,
            entered=False,
        )
    else:
        begun = call.timeline
        recording.hear(begun.segments[0], begun.start, call.recorded)
    if ending is not None and end >= ending[1]:
        call.tell("end", end, 1, begun.segments[0])
        begun = replace(begun, done=True)
    stage = call.stage
    if call.laid or stage.laid:
        stage = replace(stage, laid=tuple(each for _, _, each in sorted(call.laid)))
    if call.begun or stage.ringing:
        stage = stage.ringing_at(end, call.begun)
    return Heard(call.notes, call.events), begun.but(clock=end, stage=stage)


def _hear_segment(call: _Call, timeline: Timeline) -> bool:
    """What is heard of the segment that plays; whether it is over. `call.timeline` is the one after it."""
    playing, start, due, given = timeline.segments[0], timeline.start, call.due, timeline.given
    call.timeline = timeline
    over = nanoseconds(start + playing.length) < due
    if not timeline.entered and nanoseconds(start) < due:
        _enter(call, playing)
    sounds, count = playing.sounds, len(playing.sounds)
    beats = _beats(call, playing, start)
    while True:
        onset = start + sounds[given].onset if given < count else None
        laid = call.laid[0][0] if call.laid else None
        beat = beats[0][0] if beats else None
        first = min((at for at in (beat, laid, onset) if at is not None), default=None)
        if (
            first is None
            or nanoseconds(first) >= due
            or (first == laid and over and first >= start + playing.length)
        ):
            break
        if first == beat:
            at, number = beats.pop(0)
            if number > 1 or at > start:
                _pass(call, "beat", at, number, playing)
        elif first == laid:
            note = heappop(call.laid)[2]
            call.strike_laid(note, start, playing.tick(max(note.onset - start, 0)))
        else:
            call.strike(sounds[given], start + sounds[given].onset)
            given += 1
    if given != timeline.given:
        call.timeline = call.timeline.but(given=given)
    return over


def _beats(call: _Call, playing: Segment, start: int) -> list[tuple[int, int]]:
    """Beats of the segment in the time of the call, as (units, number)."""
    if playing.section is None:
        return []
    now = nanoseconds(call.now)
    found = [(start + units, number) for units, number in playing.beats()]
    return [(at, number) for at, number in found if now <= nanoseconds(at) < call.due]


def _enter(call: _Call, playing: Segment) -> None:
    """A segment begins."""
    timeline = call.timeline
    begins = playing.section is not None and playing.begin == playing.bar_start
    call.timeline = timeline.but(entered=True, bars=timeline.bars + begins)
    at, section = timeline.start, playing.section
    for change in () if timeline.again else playing.changes:
        if change.about:
            call.tell(change.kind, at, 1, playing, change.about)
    if section is None or not begins:
        return
    if section.number == 1 and not timeline.again:
        call.tell("section", at, 1, playing)
    call.tell("bar", at, 1, playing)
    _pass(call, "section" if section.number == 1 else "bar", at, 1, playing)


def _pass(call: _Call, moment: Moment, at: int, beat: int, playing: Segment) -> None:
    """A beat comes, and what waited for it."""
    call.tell("beat", at, beat, playing)
    if not call.stage.waiting:
        return
    call.stage, due = call.stage.after(moment)
    for each in due:
        call.tell(
            "sting" if each.what == STING else "mix",
            at,
            beat,
            playing,
            {each.what: sorted(each.parts, key=str)},
        )
        if each.what == STING:
            call.lay(laid(each, call.timeline, at))


def ringing(timeline: Timeline) -> list[DueNote]:
    """Notes that were handed out and are not over, with what is left of them."""
    return [
        DueNote(
            0.0,
            (note.end - timeline.clock) / SECOND,
            note.pitch,
            note.velocity,
            note.program,
            note.track == KIT,
            note.track,
            note.role,
        )
        for note in timeline.stage.ringing
        if note.end > timeline.clock
    ]


def quiet_until(timeline: Timeline) -> int:
    """Nanoseconds of the clock before which nothing begins, no note, no beat and no bar; 0 where that is not
    known.
    """
    if timeline.done or not timeline.segments or not timeline.entered or timeline.stage.ending is not None:
        return 0
    playing, start = timeline.segments[0], timeline.start
    moments = [start + playing.length]
    if timeline.given < len(playing.sounds):
        moments.append(start + playing.sounds[timeline.given].onset)
    if timeline.stage.laid:
        moments.append(timeline.stage.laid[0].onset)
    if playing.section is not None:
        now = nanoseconds(timeline.clock)
        moments += [at for at in (start + units for units, _ in playing.beats()) if nanoseconds(at) >= now][
            :1
        ]
    return nanoseconds(min(moments))


def skipped(timeline: Timeline, units: int) -> Timeline:
    """So many units pass unheard, and what is left of the bar; the next one begins right after them."""
    if not timeline.segments or timeline.done:
        return timeline
    now, again = timeline.clock + units, timeline.begun and len(timeline.segments) == 1
    over = int(timeline.begun and not again)
    laid = tuple(note for note in timeline.stage.laid if note.onset >= now)
    if timeline.begun and timeline.segments[0].last:
        return replace(timeline, done=True, clock=now)
    return replace(
        timeline,
        segments=timeline.segments[over:],
        begun=True,
        number=timeline.number + over,
        start=now,
        given=0,
        again=again,
        clock=now,
        repeated=timeline.repeated + again,
        entered=False,
        stage=replace(timeline.stage.ringing_at(now), laid=laid),
    )
