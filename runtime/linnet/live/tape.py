"""What was played together, as a score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from linnet.live.listening import Heard, Listener
from linnet.live.transport import Transport
from linnet.music.general_midi import PROGRAMS
from linnet.music.notes import Note, Notes
from linnet.music.score import Score, TempoChange, TimeSignature, Track

__all__ = ["written"]

_TICKS_PER_BEAT = 480
_DRUMS = 9

_OTHER_TEMPO = 0.005
"""Tempos that are as near as this are one."""


def written(
    players: Sequence[tuple[str, Listener, Mapping[int, int]]],
    transport: Transport,
    since: float,
    signature: TimeSignature,
) -> Score:
    """The notes that were played since a moment, each at the tick that it was at, however it was meant.

    Args:
        players: the name of each, what was heard of them, and what they play on which channel.
        transport: which beat it was.
        since: seconds of `time.perf_counter`.
        signature: the meter.
    """
    # What was played before the first beat comes before the first bar line, which moves on by whole bars.
    onsets = [note.onset for _, listener, _ in players for note in listener.since(since)]
    first = transport.past(min(onsets)) if onsets else 0.0
    bar = 4 * signature.numerator / signature.denominator
    shift = -(first // bar) * bar if first < -1e-3 else 0.0
    now = transport.clock()

    def tick(seconds: float) -> int:
        return max(round((transport.past(seconds) + shift) * _TICKS_PER_BEAT), 0)

    def row(note: Heard) -> Note:
        onset = tick(note.onset)
        return Note(
            onset, max(tick(now if note.end is None else note.end) - onset, 1), note.pitch, note.velocity
        )

    tracks = []
    for name, listener, programs in players:
        notes = listener.since(since)
        for channel in sorted({note.channel for note in notes}):
            rows = [row(note) for note in notes if note.channel == channel]
            program = programs.get(channel, 0)
            kit = channel == _DRUMS
            who = name if not programs else f"{name}: {'Drums' if kit else PROGRAMS[program]}"
            tracks.append(Track(Notes.of(rows), 0 if kit else program, kit, who))
    end = max((track.notes.last_end for track in tracks), default=0)
    return Score(
        _TICKS_PER_BEAT,
        tuple(tracks) or (Track(),),
        tempos=_tempos(transport, since, shift),
        time_signatures=(signature,),
        end=end,
    )


def _tempos(transport: Transport, since: float, shift: float) -> tuple[TempoChange, ...]:
    found: dict[int, float] = {}
    last = 0.0
    for beat, bpm in transport.tempos(since):
        if not last or abs(bpm / last - 1) > _OTHER_TEMPO:
            found[max(round((beat + shift) * _TICKS_PER_BEAT), 0) if last else 0] = bpm
            last = bpm
    return tuple(TempoChange(tick, round(60e6 / bpm)) for tick, bpm in sorted(found.items()))
