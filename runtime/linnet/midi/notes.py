"""From MIDI events to notes: which release ends which note, which program plays it, what the pedal holds.

All tracks of the file at once, in arrays.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, NamedTuple

from linnet.midi.reader import Events
from linnet.music.notes import MAX_TICK, Notes
from linnet.music.score import Track
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Ints = NDArray[np.int64]
    _Bools = NDArray[np.bool_]


_NOTE_ON, _CONTROL, _PROGRAM = 0x9, 0xB, 0xC
_CHANNELS = 16 * 128  # 16 on each port
_DRUMS = 9  # musicians call it channel 10


class _Table(NamedTuple):
    """One row for each event, in file order."""

    tick: _Ints
    track: _Ints
    channel: _Ints
    kind: _Ints
    first: _Ints
    second: _Ints

    def rows(self, which: _Ints | _Bools) -> _Table:
        return _Table(*(column[which] for column in self))


def tracks(events: Events, *, pedal: bool = True, hanging: bool = True) -> tuple[Track, ...]:
    """The notes of each track of the file, by channel and program.

    Other readers leave out what the `pedal` adds, and notes left `hanging`; so can this, to compare.
    """
    table = _tabulate(events)
    on, end = _notes(table, np.array(events.ends, np.int64), hanging)
    program = _programs(table, on)
    note = table.rows(on)
    if pedal:
        end = _hold(note, end, table.rows(table.kind == _CONTROL), np.array(events.ends, np.int64))
    duration = np.maximum(end - note.tick, 1)  # a drum hit may end where it begins
    part = (note.track * _CHANNELS + note.channel) * 128 + program
    order = np.lexsort((note.second, duration, note.first, note.tick, part))
    note, duration, part, program = note.rows(order), duration[order], part[order], program[order]
    bounds = np.flatnonzero(np.diff(part, prepend=-1, append=-1)).tolist()
    return tuple(
        Track(
            Notes.sorted(
                note.tick[a:b],
                duration[a:b],
                note.first[a:b].astype(np.uint8),
                note.second[a:b].astype(np.uint8),
            ),
            program=int(program[a]),
            is_drum=int(note.channel[a]) % 16 == _DRUMS,
            name=events.names[note.track[a]],
        )
        for a, b in itertools.pairwise(bounds)
    )


def _tabulate(events: Events) -> _Table:
    code = np.array(events.codes, np.int64)
    bounds = np.array([*events.firsts, len(code)], np.intp)  # 32 bits on some devices
    track = np.repeat(np.arange(len(bounds) - 1), bounds[1:] - bounds[:-1])
    channel = np.array(events.ports, np.int64)[track] * 16 + (code >> 16 & 15)
    return _Table(np.array(events.ticks, np.int64), track, channel, code >> 20, code >> 8 & 127, code & 127)


def _notes(table: _Table, track_ends: _Ints, keep_hanging: bool) -> tuple[_Ints, _Ints]:
    """The rows that begin a note, and the tick at which its key is released.

    A release ends the oldest note that sounds on its track, channel and pitch, as in most readers. A
    release with nothing to end is ignored. A note that nothing ends rings until its key is struck again
    or its track ends.
    """
    key = (table.track * _CHANNELS + table.channel) * 128 + table.first
    key[table.kind > _NOTE_ON] = -1
    starts = (table.kind == _NOTE_ON) & (table.second > 0)
    oldest: dict[int, int] = {}
    newest: dict[int, int] = {}
    younger = [-1] * len(key)  # the queue of each key, threaded through the rows
    ended_by = [-1] * len(key)
    for row, (k, is_start) in enumerate(zip(key.tolist(), starts.tolist(), strict=True)):
        first = oldest.get(k, -1)
        if is_start:
            if first < 0:
                oldest[k] = row
            else:
                younger[newest[k]] = row
            newest[k] = row
        elif first >= 0:
            ended_by[first] = row
            oldest[k] = younger[first]
    on = np.flatnonzero(starts)
    off = np.array(ended_by, np.int64)[on]
    end = table.tick[off]
    hanging = off < 0
    if not keep_hanging:
        return on[~hanging], end[~hanging]
    if hanging.any():
        note = table.rows(on)
        end[hanging] = np.minimum(_next_strike(note, note.tick + 1), track_ends[note.track])[hanging]
    return on, end


def _programs(table: _Table, on: _Ints) -> _Ints:
    """The program of each note: the latest its own track chose for the channel; if none, any track's."""
    change = np.flatnonzero(table.kind == _PROGRAM)
    if not len(change):
        return np.zeros(len(on), np.int64)
    lane = table.track * _CHANNELS + table.channel
    own = _latest(lane[change], change, lane[on], on)
    shared = _latest(table.channel[change], table.tick[change], table.channel[on], table.tick[on])
    chosen = np.where(own >= 0, own, shared)
    return np.where(chosen >= 0, table.first[change][chosen], 0)


def _hold(note: _Table, end: _Ints, pedal: _Table, track_ends: _Ints) -> _Ints:
    """Note ends under the pedal: put off until it comes up, the key is struck again or the track ends."""
    if not len(pedal.tick):
        return end
    pedal = pedal.rows(np.lexsort((pedal.tick, pedal.channel)))
    count = len(pedal.tick)
    at = _latest(pedal.channel, pedal.tick, note.channel, end)
    down = np.append(pedal.second >= 64, False)
    # For each pedal row the next one in which it is up. Past the last, or on another channel: never.
    up = np.minimum.accumulate(np.where(down, count, np.arange(count + 1))[::-1])[::-1]
    channel, tick = np.append(pedal.channel, -1), np.append(pedal.tick, MAX_TICK)
    release = np.where(channel[up[at]] == note.channel, tick[up[at]], MAX_TICK)
    held = np.minimum(np.minimum(release, _next_strike(note, end)), track_ends[note.track])
    return np.where(down[at], np.maximum(held, end), end)


def _next_strike(note: _Table, after: _Ints) -> _Ints:
    """When the key of each note is struck at or after these ticks, on any track of the channel."""
    key = note.channel * 128 + note.first
    again = _latest(key, -note.tick, key, -after)
    return np.where(again >= 0, note.tick[again], MAX_TICK)


def _latest(group: _Ints, time: _Ints, asked_group: _Ints, asked_time: _Ints) -> _Ints:
    """For each question the row of its group that is latest at or before its time; -1 for none.

    Of rows at the same time the last one counts.
    """
    if not len(group):
        return np.full(len(asked_group), -1)
    times = np.unique(time)
    width = len(times) + 1  # ranks for times, so that group and time fit into one integer
    place = group * width + np.searchsorted(times, time)
    order = np.argsort(place, kind="stable")
    asked = asked_group * width + np.searchsorted(times, asked_time, "right")
    row = order[np.searchsorted(place[order], asked) - 1]
    return np.where((place[row] < asked) & (group[row] == asked_group), row, -1)
