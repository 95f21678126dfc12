"""From a score to the bytes of a MIDI file: notes written here, meta messages by mido."""

from __future__ import annotations

import struct
from collections.abc import Iterable

from linnet._midi_bytes import END_MARKER
from linnet.score import Score, Track

_DRUMS = 9  # musicians call it channel 10
_MELODIC = [channel for channel in range(16) if channel != _DRUMS]
_LONGEST_DELTA = 0x0FFFFFFF  # four bytes of seven bits
_MOST_TRACKS = 0x7FFF - 1  # mido reads the count as signed; one of them is the conductor's


def encode(score: Score) -> bytes:
    """A format 1 file: tempo, meter and text in the first track, then one track for each of the score's."""
    tracks = [track for track in score.tracks if len(track.notes)]
    if len(tracks) > _MOST_TRACKS:
        raise ValueError(f"a MIDI file holds at most {_MOST_TRACKS} tracks with notes, got {len(tracks)}")
    players = [_player(track, *place) for track, place in zip(tracks, _places(tracks), strict=True)]
    header = b"MThd" + struct.pack(">IHHH", 6, 1, 1 + len(players), score.ticks_per_beat)
    return b"".join([header, _conductor(score), *players])


def _conductor(score: Score) -> bytes:
    events = [(0, _meta("text", text=_latin(text))) for text in score.texts]
    events += [
        (s.tick, _meta("time_signature", numerator=s.numerator, denominator=s.denominator))
        for s in score.time_signatures
    ]
    events += [(change.tick, _meta("set_tempo", tempo=change.tempo)) for change in score.tempos]
    last = max(int(score.notes.end.max(initial=0)), *(tick for tick, _ in events))
    if score.end < last:  # the end of the track can't say so, for readers take the latest one as the piece's
        events.append((score.end, _meta("marker", text=END_MARKER)))
    events.sort(key=lambda event: event[0])
    return _chunk(events, max(score.end, events[-1][0]))


def _player(track: Track, port: int, channel: int) -> bytes:
    events = [(0, _meta("track_name", name=_latin(track.name)))] if track.name else []
    if port:
        events.append((0, _meta("midi_port", port=port)))
    events.append((0, bytes((0xC0 | channel, track.program))))

    # A note-on without velocity ends a note: readers agree on it, and it keeps the running status going.
    notes = track.notes
    onset, end, pitch, velocity = (
        column.tolist() for column in (notes.onset, notes.end, notes.pitch, notes.velocity)
    )
    keys = [(tick, 0, p, 0) for tick, p in zip(end, pitch, strict=True)]
    keys += [(tick, 1, p, v) for tick, p, v in zip(onset, pitch, velocity, strict=True)]
    keys.sort(
        key=lambda key: key[:2]
    )  # at one tick, ends before beginnings; otherwise as the notes are sorted
    status = 0x90 | channel
    events += [(tick, bytes((status, p, v))) for tick, _, p, v in keys]
    return _chunk(events, keys[-1][0])


def _chunk(events: Iterable[tuple[int, bytes]], end: int) -> bytes:
    """A track of these messages, given with their ticks and in order, that ends at `end`."""
    filler, last = _meta("sequencer_specific"), _meta("end_of_track")
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


def _meta(kind: str, **values: str | int) -> bytes:
    from mido import MetaMessage  # takes 0.05 s, so only when a file is written

    return bytes(MetaMessage(kind, **values).bytes())


def _latin(text: str) -> str:
    """Text that comes out as UTF-8 when mido writes it as Latin-1, as it does."""
    return text.encode().decode("latin-1")


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
