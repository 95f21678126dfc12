"""From the notes of a segment to what is heard of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from linnet.controls import moods
from linnet.controls.loudness import Dynamics, louder_by, loudness_of
from linnet.controls.request import Request
from linnet.controls.timing import Timing
from linnet.generation import timing
from linnet.stream import clock
from linnet.stream.mix import role_of
from linnet.stream.segment import Segment, Sound
from linnet.tokens.quantise import DRUM_DURATION, TimeBase
from linnet.tools.dataclass import replace

__all__ = ["as_loud", "sounds_of", "timed"]


def sounds_of(
    segment: Segment,
    notes: Iterable[tuple[int, ...]],
    request: Request,
    programs: Sequence[int],
    base: TimeBase,
) -> list[Sound]:
    """Notes (onset, duration, pitch, velocity, slot) as their request has them played."""
    notes, found = list(notes), []
    told = louder_by(segment.loudness, [velocity for _, _, _, velocity, _ in notes])
    for onset, duration, pitch, played, slot in notes:
        velocity = min(max(played + told, 1), 127)
        lasts = DRUM_DURATION[base] if slot < 0 else duration
        begin = segment.units(onset)
        length = segment.units(onset + lasts) - begin  # past its end it goes on in its last tempo
        if request.mood is not None:
            louder, share = moods.touch(request.mood)
            velocity = min(max(velocity + louder, 1), 127)
            length = max(int(length * share), 1) if slot >= 0 else length
        program = request.heard_program(max(programs[slot], 0)) if slot >= 0 else 0
        role = role_of(slot, program, request.roles)
        found.append(Sound(begin, length, pitch, velocity, program, slot, onset, role))
    return found


def as_loud(
    segment: Segment, sounds: Iterable[Sound], request: Request, dynamics: Dynamics
) -> tuple[list[Sound], Dynamics]:
    """The sounds as loud as the rules let them be, after what was heard before, and what was heard then."""
    rules, found = loudness_of(request.options), []
    for sound in sounds:
        velocity, dynamics = dynamics.heard(rules, segment.bar_start, sound.velocity)
        found.append(replace(sound, velocity=velocity))
    return found, dynamics


def timed(segment: Segment, request: Request, people: Timing) -> list[Sound]:
    """The segment's sounds with drums as people time them; none leaves the segment."""
    drums = [sound for sound in segment.sounds if sound.track < 0]
    places = [(sound.tick, sound.pitch) for sound in drums]
    late = timing.lateness(people, request.seed, segment.bar_start, places)
    onsets = timing.moved(
        [sound.onset for sound in drums],
        timing.in_units(late, clock.SECOND // 1000),
        begin=0,
        end=segment.length,
    )
    struck = [replace(sound, onset=onset) for sound, onset in zip(drums, onsets, strict=True)]
    others = [sound for sound in segment.sounds if sound.track >= 0]
    return sorted([*struck, *others], key=lambda sound: sound.onset)
