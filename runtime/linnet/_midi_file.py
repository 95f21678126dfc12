"""From a score to the bytes of a MIDI file, through mido."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import TYPE_CHECKING

from linnet._midi_bytes import END_MARKER
from linnet.score import Score, Track

if TYPE_CHECKING:
    import mido

_DRUMS = 9  # musicians call it channel 10
_MELODIC = [channel for channel in range(16) if channel != _DRUMS]
_LONGEST_DELTA = 0x0FFFFFFF  # four bytes of seven bits
_MOST_TRACKS = 0x7FFF - 1  # one of them is the conductor's


def encode(score: Score) -> bytes:
    """A format 1 file: tempo, meter and text in the first track, then one track for each of the score's."""
    import mido  # takes 0.1 s, so only when a file is written

    tracks = [track for track in score.tracks if len(track.notes)]
    if len(tracks) > _MOST_TRACKS:
        raise ValueError(f"a MIDI file holds at most {_MOST_TRACKS} tracks with notes, got {len(tracks)}")
    file = mido.MidiFile(type=1, ticks_per_beat=score.ticks_per_beat, charset="utf-8")
    file.tracks.append(_conductor(score))
    file.tracks += [_player(track, *place) for track, place in zip(tracks, _places(tracks), strict=True)]
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def _conductor(score: Score) -> mido.MidiTrack:
    from mido import MetaMessage

    events = [(0, MetaMessage("text", text=text)) for text in score.texts]
    for signature in score.time_signatures:
        beats = {"numerator": signature.numerator, "denominator": signature.denominator}
        events.append((signature.tick, MetaMessage("time_signature", **beats)))
    events += [(change.tick, MetaMessage("set_tempo", tempo=change.tempo)) for change in score.tempos]
    last = max(int(score.notes.end.max(initial=0)), *(tick for tick, _ in events))
    if score.end < last:  # the end of the track can't say so, for readers take the latest one as the piece's
        events.append((score.end, MetaMessage("marker", text=END_MARKER)))
    events.sort(key=lambda event: event[0])
    if score.end >= last:
        events.append((score.end, MetaMessage("end_of_track")))
    return _with_deltas(events)


def _player(track: Track, port: int, channel: int) -> mido.MidiTrack:
    from mido import Message, MetaMessage

    # A note-on without velocity ends a note: readers agree on it, and it keeps the running status going.
    columns = [
        column.tolist()
        for column in (track.notes.onset, track.notes.end, track.notes.pitch, track.notes.velocity)
    ]
    keys = [(end, 0, pitch, 0) for _, end, pitch, _ in zip(*columns, strict=True)]
    keys += [(onset, 1, pitch, velocity) for onset, _, pitch, velocity in zip(*columns, strict=True)]
    keys.sort(
        key=lambda key: key[:2]
    )  # at one tick, ends before beginnings; otherwise as the notes are sorted
    events = [(0, MetaMessage("track_name", name=track.name))] if track.name else []
    if port:
        events.append((0, MetaMessage("midi_port", port=port)))
    events.append((0, Message("program_change", channel=channel, program=track.program)))
    events += [
        (tick, Message("note_on", skip_checks=True, channel=channel, note=pitch, velocity=velocity))
        for tick, _, pitch, velocity in keys
    ]
    return _with_deltas(events)


def _with_deltas(events: Iterable[tuple[int, mido.Message | mido.MetaMessage]]) -> mido.MidiTrack:
    """Messages with the time since the one before, given their ticks in order."""
    from mido import MetaMessage, MidiTrack

    track = MidiTrack()
    now = 0
    for tick, message in events:
        while tick - now > _LONGEST_DELTA:  # a silence too long for one delta time
            track.append(MetaMessage("sequencer_specific", data=(), time=_LONGEST_DELTA))
            now += _LONGEST_DELTA
        message.time = tick - now
        track.append(message)
        now = tick
    return track


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
