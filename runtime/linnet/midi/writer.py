"""From a score to the bytes of a MIDI file: of one that was made here, and the chunks of any."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from linnet.music.score import END_MARKER, Score, Track
from linnet.music.timeline import KeySignature, TempoChange, TimeSignature

_DRUMS = 9  # musicians call it channel 10
_MELODIC = [channel for channel in range(16) if channel != _DRUMS]
TEXT, TRACK_NAME, MARKER, PORT = 0x01, 0x03, 0x06, 0x21
TEMPO, TIME_SIGNATURE, KEY_SIGNATURE = 0x51, 0x58, 0x59
_END_OF_TRACK, _SEQUENCER_SPECIFIC = 0x2F, 0x7F
_LONGEST_DELTA = 0x0FFFFFFF  # four bytes of seven bits
MOST_TRACKS = 0x7FFF - 1  # many readers take the count as signed; one of them is the conductor's


Message = tuple[int, bytes]
"""Tick and bytes of an event; meta and system-exclusive messages without the length of what they hold."""


def encode(score: Score) -> bytes:
    """A format 1 file: tempo, meter, key and text in the first track, then one for each of the score's."""
    tracks = [track for track in score.tracks if len(track.notes)]
    check_count(len(tracks))
    players = [_player(track, *place) for track, place in zip(tracks, _places(tracks), strict=True)]
    return header(1, 1 + len(players), score.ticks_per_beat) + b"".join([_conductor(score), *players])


def check_count(tracks: int) -> None:
    """`ValueError` for more tracks with notes than a file holds."""
    if tracks > MOST_TRACKS:
        raise ValueError(f"a MIDI file holds at most {MOST_TRACKS} tracks with notes, got {tracks}")


def header(format: int, tracks: int, division: int) -> bytes:
    """The chunk with which a file begins."""
    return b"MThd" + struct.pack(">IHHH", 6, format, tracks, division)


def meta(kind: int, data: bytes = b"") -> bytes:
    """A meta message, without the length."""
    return bytes((0xFF, kind)) + data


def meter_event(s: TimeSignature) -> Message:
    """As players read it, with the usual clicks of the metronome."""
    return s.tick, meta(TIME_SIGNATURE, bytes((s.numerator, s.denominator.bit_length() - 1, 24, 8)))


def tempo_event(change: TempoChange) -> Message:
    """Microseconds a quarter, in three bytes."""
    return change.tick, meta(TEMPO, change.tempo.to_bytes(3))


def key_event(key: KeySignature) -> Message:
    """Sharps, and the mode."""
    return key.tick, meta(KEY_SIGNATURE, bytes((key.fifths & 255, key.is_minor)))


def _conductor(score: Score) -> bytes:
    events = [(0, meta(TEXT, text.encode())) for text in score.texts]
    events += map(meter_event, score.time_signatures)
    events += map(key_event, score.key_signatures)
    events += map(tempo_event, score.tempos)
    last = max(
        max((track.notes.last_end for track in score.tracks), default=0), *(tick for tick, _ in events)
    )
    if score.end < last:  # the end of the track can't say so, for readers take the latest one as the piece's
        events.append((score.end, meta(MARKER, END_MARKER.encode())))
    events.sort(key=lambda event: event[0])
    return chunk(events, max(score.end, events[-1][0]))


def _player(track: Track, port: int, channel: int) -> bytes:
    events = events_of(track, port, channel)
    return chunk(events, events[-1][0])


def events_of(track: Track, port: int, channel: int) -> list[Message]:
    """Everything a new track holds, in order."""
    events = [(0, meta(TRACK_NAME, track.name.encode()))] if track.name else []
    if port:
        events.append((0, meta(PORT, bytes([port]))))
    events.append((0, bytes((0xC0 | channel, track.program))))

    # A note-on without velocity ends a note: readers agree on it, and it keeps the running status going.
    rows = track.notes.rows()
    keys = [(onset + duration, 0, pitch, 0) for onset, duration, pitch, _ in rows]
    keys += [(onset, 1, pitch, velocity) for onset, _, pitch, velocity in rows]
    keys.sort(key=lambda key: key[:2])  # at one tick, ends before beginnings; else as the notes are sorted
    status = 0x90 | channel
    events += [(tick, bytes((status, p, v))) for tick, _, p, v in keys]
    return events


def chunk(events: Iterable[Message], end: int) -> bytes:
    """A track of these messages, given in order, that ends at `end`."""
    filler, last = meta(_SEQUENCER_SPECIFIC), meta(_END_OF_TRACK)
    body = bytearray()
    now = running = 0
    for tick, message in (*events, (end, last)):
        delta = tick - now
        now = tick
        if delta > 127:
            while delta > _LONGEST_DELTA:
                body += _variable(_LONGEST_DELTA) + filler + b"\0"
                delta -= _LONGEST_DELTA
            body += _variable(delta)
        else:
            body.append(delta)
        status = message[0]
        if status < 0xF0:
            body += message[1:] if status == running else message
            running = status
        else:
            begin = 2 if status == 0xFF else 1
            body += message[:begin] + _variable(len(message) - begin) + message[begin:]
            running = 0
    return b"MTrk" + struct.pack(">I", len(body)) + body


def _variable(value: int) -> bytes:
    """A number in groups of seven bits, all but the last marked."""
    out = [value & 127]
    while value := value >> 7:
        out.append(value & 127 | 128)
    return bytes(reversed(out))


def _places(tracks: list[Track]) -> list[tuple[int, int]]:
    """A port and channel for each track; drums share channel 10 of the first port.

    Up to 15 melodic tracks have a channel each. More than that share one where their programs are equal, so
    that every player gives them the right sound; with over 15 programs, further ports are used.
    """
    melodic = [i for i, track in enumerate(tracks) if not track.is_drum]
    crowded = len(melodic) > len(_MELODIC)
    voices: dict[int, int] = {}
    for i in melodic:
        voices.setdefault(tracks[i].program if crowded else i, len(voices))
    places = []
    for i, track in enumerate(tracks):
        if track.is_drum:
            places.append((0, _DRUMS))
        else:
            port, channel = divmod(voices[track.program if crowded else i], len(_MELODIC))
            places.append((port, _MELODIC[channel]))
    return places
