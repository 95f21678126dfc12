"""From a score to the bytes of a MIDI file."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from linnet.music.score import Score, Track

END_MARKER = "=END"
"""Marker text that ends a piece before its last note has rung out."""

_DRUMS = 9  # musicians call it channel 10
_MELODIC = [channel for channel in range(16) if channel != _DRUMS]
_TEXT, _TRACK_NAME, _MARKER, _PORT = 0x01, 0x03, 0x06, 0x21
_END_OF_TRACK, _TEMPO, _TIME_SIGNATURE, _SEQUENCER_SPECIFIC = 0x2F, 0x51, 0x58, 0x7F
_LONGEST_DELTA = 0x0FFFFFFF  # four bytes of seven bits
_MOST_TRACKS = 0x7FFF - 1  # many readers take the count as signed; one of them is the conductor's


def encode(score: Score) -> bytes:
    """A format 1 file: tempo, meter and text in the first track, then one track for each of the score's."""
    tracks = [track for track in score.tracks if len(track.notes)]
    if len(tracks) > _MOST_TRACKS:
        raise ValueError(f"a MIDI file holds at most {_MOST_TRACKS} tracks with notes, got {len(tracks)}")
    players = [_player(track, *place) for track, place in zip(tracks, _places(tracks), strict=True)]
    header = b"MThd" + struct.pack(">IHHH", 6, 1, 1 + len(players), score.ticks_per_beat)
    return b"".join([header, _conductor(score), *players])


def _conductor(score: Score) -> bytes:
    events = [(0, _meta(_TEXT, text.encode())) for text in score.texts]
    events += [
        (s.tick, _meta(_TIME_SIGNATURE, bytes((s.numerator, s.denominator.bit_length() - 1, 24, 8))))
        for s in score.time_signatures
    ]
    events += [(change.tick, _meta(_TEMPO, change.tempo.to_bytes(3))) for change in score.tempos]
    last = max(
        max((track.notes.last_end for track in score.tracks), default=0), *(tick for tick, _ in events)
    )
    if score.end < last:  # the end of the track can't say so, for readers take the latest one as the piece's
        events.append((score.end, _meta(_MARKER, END_MARKER.encode())))
    events.sort(key=lambda event: event[0])
    return _chunk(events, max(score.end, events[-1][0]))


def _player(track: Track, port: int, channel: int) -> bytes:
    events = [(0, _meta(_TRACK_NAME, track.name.encode()))] if track.name else []
    if port:
        events.append((0, _meta(_PORT, bytes([port]))))
    events.append((0, bytes((0xC0 | channel, track.program))))

    # A note-on without velocity ends a note: readers agree on it, and it keeps the running status going.
    rows = track.notes.rows()
    keys = [(onset + duration, 0, pitch, 0) for onset, duration, pitch, _ in rows]
    keys += [(onset, 1, pitch, velocity) for onset, _, pitch, velocity in rows]
    keys.sort(
        key=lambda key: key[:2]
    )  # at one tick, ends before beginnings; otherwise as the notes are sorted
    status = 0x90 | channel
    events += [(tick, bytes((status, p, v))) for tick, _, p, v in keys]
    return _chunk(events, keys[-1][0])


def _chunk(events: Iterable[tuple[int, bytes]], end: int) -> bytes:
    """A track of these messages, given with their ticks and in order, that ends at `end`."""
    filler, last = _meta(_SEQUENCER_SPECIFIC), _meta(_END_OF_TRACK)
    body = bytearray()
    now = running = 0
    for tick, message in (*events, (end, last)):
        delta = tick - now
        now = tick
        if delta > 127:
            while delta > _LONGEST_DELTA:
                body += _variable(_LONGEST_DELTA) + filler
                delta -= _LONGEST_DELTA
            body += _variable(delta)
        else:
            body.append(delta)
        body += message[1:] if message[0] == running else message
        running = message[0] if message[0] < 0xF0 else 0
    return b"MTrk" + struct.pack(">I", len(body)) + body


def _variable(value: int) -> bytes:
    """A number in groups of seven bits, all but the last marked."""
    out = [value & 127]
    while value := value >> 7:
        out.append(value & 127 | 128)
    return bytes(reversed(out))


def _meta(kind: int, data: bytes = b"") -> bytes:
    return bytes((0xFF, kind)) + _variable(len(data)) + data


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
