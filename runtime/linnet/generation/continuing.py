"""Going on from music that is there: where it ends, and how the new part is joined to it as it was."""

from __future__ import annotations

from collections.abc import Sequence

from linnet.controls.limits import limits_of
from linnet.controls.model_info import ModelInfo
from linnet.controls.players import players_of_primer
from linnet.controls.request import Request
from linnet.music import upbeat
from linnet.music.notes import Notes
from linnet.music.score import Score, TempoChange, Track
from linnet.music.source import Source
from linnet.tokens import codec
from linnet.tokens.quantise import TimeBase, check_meter, unlisted_meters
from linnet.tokens.vocabulary import METERS
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np
from linnet.tools.say import say

_RING = 8
"""What rings on for less than this share of a quarter note is no music of the next bar."""

_FINE = 96
"""Ticks in a quarter note that leave the timing of people as it is, more or less."""

_HELD = (64, 66, 67, 69)
"""Controllers of pedals."""

_LOUDNESS = (7, 11)
"""Controllers with which a piece is faded out."""


def primed(info: ModelInfo, primer: Score, time_signature: object) -> Score:
    """The primer up to the bar line behind its last sounding bar, where the new part begins.

    Tempos, meters and messages after that are no music. ValueError for a meter that models on the grid do not
    know, unless the player asks for another one.
    """
    score = heard(primer)
    if info.time_base == "grid":
        if time_signature is None:
            check_meter(score.time_signatures[-1], "the primer goes on", info.meters, info.name)
        if others := unlisted_meters(score, info.meters):
            say(f"{info.name} hears the primer's bars of {', '.join(others)} as others that it knows")
    return score


def heard(score: Score) -> Score:
    """The piece without what follows the bar in which its last note ends."""
    last_end = score.notes.last_end
    if not last_end:
        return score
    from linnet.shape.metre import place  # with all of shaping, which new pieces do not need

    last_onset = int(score.notes.onset.max())
    within = max(last_end - 1 - score.ticks_per_beat // _RING, last_onset)
    stop = int(place(score, np.array([within])).stop[0])
    return replace(
        score,
        end=stop,
        tempos=tuple(change for change in score.tempos if change.tick < stop),
        time_signatures=tuple(s for s in score.time_signatures if s.tick < stop),
        key_signatures=tuple(key for key in score.key_signatures if key.tick < stop),
        source=score.source and _quiet(score.source.cut(0, stop + 1), stop),
    )


def with_players(info: ModelInfo, request: Request) -> Request:
    """The request of music that goes on from a primer, if there is one, with those who play in it."""
    primer = request.primer
    if primer is None:
        return request
    found = players_of_primer(info, quantised(primer, info.time_base))
    if found is not None and request.options.drums is not None:
        found = replace(found, kit=True)
    limits = limits_of(request.options, info, request.scale, found, key=request.key)
    return replace(request, players=found, roles=found.roles if found else (), limits=limits)


def quantised(primer: Score, time_base: TimeBase, meters: Sequence[str] = METERS) -> Score:
    """The primer as a network reads it that knows these meters, its upbeat a whole bar."""
    return codec.quantise(upbeat.pad(closed(primer)), time_base, meters)


def closed(score: Score) -> Score:
    """With every note released at the end of the piece."""
    if score.notes.last_end <= score.end:
        return score

    def inside(notes: Notes) -> Notes:
        duration = np.minimum(notes.duration, np.maximum(score.end - notes.onset, 1))
        return Notes(notes.onset, duration, notes.pitch, notes.velocity)

    return replace(score, tracks=tuple(replace(t, notes=inside(t.notes)) for t in score.tracks))


def joined(primer: Score, new: Score, tempos: Sequence[TempoChange] = ()) -> Score:
    """The primer as it is, and the new part from its end on; `tempos` are those of the new part that count.

    A melodic track of the new part goes on with the primer's track of the same number, or with another of its
    program, drums with its drums.
    """
    if primer.ticks_per_beat < new.ticks_per_beat:
        primer = primer.resample(primer.ticks_per_beat * -(-new.ticks_per_beat // primer.ticks_per_beat))
    per_beat, join = new.ticks_per_beat, primer.end
    new = new.resample(primer.ticks_per_beat)

    def later(tick: int) -> int:
        return join + (tick * primer.ticks_per_beat * 2 + per_beat) // (2 * per_beat)

    return replace(
        primer,
        tracks=_tracks(primer.tracks, [_shifted(track, join) for track in new.tracks]),
        tempos=(*primer.tempos, *(replace(change, tick=later(change.tick)) for change in tempos)),
        time_signatures=(
            *primer.time_signatures,
            *(replace(s, tick=join + s.tick) for s in new.time_signatures),
        ),
        key_signatures=(*primer.key_signatures, *(replace(k, tick=join) for k in new.key_signatures)),
        end=join + new.end,
    )


def joined_in_time(primer: Score, new: Score, start: float, stop: float) -> Score:
    """As `joined`, of a new part in seconds: `new` has the ticks of the piece that both are, 50 in half one.

    The part lasts from `start` to `stop`, in seconds from the beginning of the primer.
    """
    times = -(-_FINE // primer.ticks_per_beat)
    primer = primer.resample(primer.ticks_per_beat * times)

    def moved(notes: Notes) -> Notes:
        onset, end = (primer.ticks(new.seconds(ticks) + start) for ticks in (notes.onset, notes.end))
        return Notes(onset, np.maximum(end - onset, 1), notes.pitch, notes.velocity)

    tracks = [replace(track, notes=moved(track.notes)) for track in new.tracks]
    end = primer.ticks(stop)
    join = primer.ticks(start)
    return replace(
        primer,
        tracks=_tracks(primer.tracks, tracks),
        key_signatures=(*primer.key_signatures, *(replace(k, tick=join) for k in new.key_signatures)),
        end=end,
    )


def say_what_is_missing(primer: Score, new: Score, name: str, *, with_primer: bool) -> None:
    """One line in the log where the primer has drums, or nothing but drums, and the new part does not."""
    drums, strokes = (
        sum(len(track.notes) for track in score.tracks if track.is_drum) for score in (primer, new)
    )
    if drums and strokes == (drums if with_primer else 0):
        say(f"the primer has drums, and what {name} adds has none")


def _tracks(primer: Sequence[Track], new: Sequence[Track]) -> tuple[Track, ...]:
    tracks = list(primer)
    melodic = [i for i, track in enumerate(tracks) if not track.is_drum]
    kit = next((i for i, track in enumerate(tracks) if track.is_drum), None)
    number = 0
    for track in new:
        goes_on: int | None
        if track.is_drum:
            goes_on = kit
        else:
            same = [i for i in melodic if primer[i].program == track.program]
            counted = len(melodic) <= 16 and number < len(melodic) and melodic[number] in same
            goes_on = melodic[number] if counted else same[0] if same else None
            number += 1
        if goes_on is None:
            tracks += [track] if track.notes else []
        else:
            rows = [*tracks[goes_on].notes.rows(), *track.notes.rows()]
            tracks[goes_on] = replace(tracks[goes_on], notes=Notes.of_rows(rows))
    return tuple(tracks)


def _shifted(track: Track, ticks: int) -> Track:
    notes = track.notes
    return replace(
        track, notes=Notes(notes.onset + ticks, notes.duration, notes.pitch, notes.velocity), place=None
    )


def _quiet(source: Source, tick: int) -> Source:
    """With pedals up, bends straight and what was faded out as loud as at first, for what follows.

    Tracks that ended later end there.
    """
    for track in range(len(source.firsts)):
        begin, stop = source.bounds(track)
        state: dict[tuple[int, int], list[int]] = {}
        for code in source.codes[begin:stop].tolist():
            if code >= 0 and code >> 20 in (0xB, 0xD, 0xE):
                which = code >> 16, code >> 8 & 127 if code >> 20 == 0xB else -1
                state.setdefault(which, []).append(code)
        resets = []
        for (status, controller), codes in state.items():
            first, last = codes[0], codes[-1]
            if status >> 4 == 0xE and last & 0x7F7F != 0x40:
                resets.append(status << 16 | 0x40)
            elif status >> 4 == 0xD and last & 0x7F00:
                resets.append(status << 16)
            elif controller in _HELD and last & 127:
                resets.append(last & ~127)
            elif controller in _LOUDNESS and last & 127 < first & 127:
                resets.append(first)
        if resets:
            source = source.inserted(track, tick, resets)
    return replace(source, ends=tuple(min(end, tick) for end in source.ends))
