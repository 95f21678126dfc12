"""What the events of a MIDI file say of the whole piece: ticks, tempos, meters, keys, text, the end."""

from __future__ import annotations

from linnet.errors import MidiError
from linnet.midi.reader import Events, read_meta
from linnet.music.score import Score, Track
from linnet.music.source import Source
from linnet.music.timeline import DEFAULT_TEMPO, KeySignature, TempoChange, TimeSignature
from linnet.tools.lazy import np


def score(events: Events, tracks: tuple[Track, ...]) -> Score:
    """The piece with these tracks."""
    ticks_per_beat, tempos = _timebase(events)
    source = Source(
        format=events.format,
        division=events.division,
        ticks=np.array(events.ticks, np.int64),
        codes=np.array(events.codes, np.int64),
        messages=tuple(events.messages),
        firsts=tuple(events.firsts),
        starts=tuple(events.starts),
        ends=tuple(events.ends),
    )
    return _whole(events, ticks_per_beat, tempos, tracks, source)


def as_read(source: Source, ticks_per_beat: int) -> tuple[Score, Events]:
    """What a score of no notes would say if it were read from the source as it is now; and its events."""
    events = Events("source", source.format, source.division or ticks_per_beat)
    events.ends = list(source.ends)
    codes, ticks = source.codes.tolist(), source.ticks.tolist()
    rows = np.flatnonzero(source.codes < 0)
    stops = np.searchsorted(rows, np.array([*source.firsts[1:], len(codes)], np.int64)).tolist()
    done = 0
    for first, start, stop in zip(source.firsts, source.starts, stops, strict=True):
        events.firsts.append(first)
        events.ports.append(0)
        events.names.append("")
        if start and source.format == 2:
            events.tempos.append((start, DEFAULT_TEMPO))
            events.signatures.append((start, 4, 4))
        for row in rows[done:stop].tolist():
            message = source.messages[-1 - codes[row]]
            if message[0] == 0xFF:
                read_meta(message[1], message[2:], ticks[row], events)
        done = stop
    return _whole(events, ticks_per_beat, _timebase(events)[1], (), None), events


def _whole(
    events: Events,
    ticks_per_beat: int,
    tempos: tuple[TempoChange, ...],
    tracks: tuple[Track, ...],
    source: Source | None,
) -> Score:
    return Score(
        ticks_per_beat=ticks_per_beat,
        tracks=tracks,
        tempos=tempos,
        time_signatures=tuple(TimeSignature(*signature) for signature in events.signatures),
        key_signatures=tuple(KeySignature(*key) for key in events.keys),
        end=max(events.ends, default=0) if events.end is None else events.end,
        texts=tuple(events.texts),
        source=source,
    )


def _timebase(events: Events) -> tuple[int, tuple[TempoChange, ...]]:
    """Ticks in a quarter note and tempos, from the header's division."""
    division = events.division
    if 0 < division < 0x8000:
        return division, tuple(TempoChange(*change) for change in events.tempos)
    frames, parts = 256 - (division >> 8), division & 0xFF
    if frames not in (24, 25, 29, 30) or not parts:
        raise MidiError(
            f"{events.name}, header: division 0x{division:04x} is neither ticks in a quarter note "
            "nor SMPTE frames (24, 25, 29 or 30 a second)"
        )
    per_second = parts * (30_000 / 1001 if frames == 29 else frames)
    ticks_per_beat = max(1, int(per_second / 2 + 0.5))
    return ticks_per_beat, (TempoChange(0, round(1e6 * ticks_per_beat / per_second)),)
