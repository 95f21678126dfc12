"""From MIDI events to notes: which release ends which note, which program plays it, what the pedal holds.

All tracks of the file at once, in arrays.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from linnet._core import pair_notes
from linnet.midi.reader import Events
from linnet.music.notes import MAX_TICK, Notes
from linnet.music.score import Track
from linnet.music.source import Place
from linnet.tools.dataclass import dataclass
from linnet.tools.lazy import np
from linnet.tools.named import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    _Ints = NDArray[np.int64]
    _Bools = NDArray[np.bool_]


_NOTE_ON, _CONTROL, _PROGRAM = 0x9, 0xB, 0xC
_PEDAL = 64
_CHANNELS = 16 * 128  # 16 on each port
_DRUMS = 9  # musicians call it channel 10


class _Table(NamedTuple):
    """One line for each channel message, in file order."""

    row: _Ints
    """Its place among all events of the file."""

    tick: _Ints
    track: _Ints
    channel: _Ints
    kind: _Ints
    first: _Ints
    second: _Ints

    def rows(self, which: _Ints | _Bools) -> _Table:
        return _Table(*(column[which] for column in self))


@dataclass(frozen=True, slots=True)
class Part:
    """Notes of one track, channel and program of a file, and the events that make them."""

    place: Place
    is_drum: bool
    notes: Notes
    on: _Ints
    """The event that begins each note."""

    off: _Ints
    """The event that releases its key; -1 where it just gives way, or rings to the end of its track."""


def tracks(events: Events, *, pedal: bool = True, hanging: bool = True) -> tuple[Track, ...]:
    """The notes of each track of the file, by channel and program.

    Other readers leave out what the `pedal` adds, and notes left `hanging`; so can this, to compare.
    """
    codes, ticks, ports = np.array(events.codes, np.int64), np.array(events.ticks, np.int64), events.ports
    found = parts(
        ticks, codes, events.firsts, events.ends, ports, events.format, pedal=pedal, hanging=hanging
    )
    return tuple(
        Track(part.notes, part.place.program, part.is_drum, events.names[part.place.track], place=part.place)
        for part in found
    )


def parts(
    ticks: _Ints,
    codes: _Ints,
    firsts: Sequence[int],
    ends: Sequence[int],
    ports: Sequence[int],
    format: int,
    *,
    pedal: bool = True,
    hanging: bool = True,
) -> list[Part]:
    """The parts of a file whose events are given as `Source` has them, by track, channel and program."""
    table = _tabulate(ticks, codes, firsts, ports, apart=format == 2)
    track_ends = np.array(ends, np.int64)
    on, end, off = _notes(table, track_ends, hanging)
    program = _programs(table, on)
    note = table.rows(on)
    if pedal:
        pedals = table.rows((table.kind == _CONTROL) & (table.first == _PEDAL))
        end = _hold(note, end, off, pedals, track_ends)
    duration = np.maximum(end - note.tick, 1)  # a drum hit may end where it begins
    part = (note.track * _CHANNELS + note.channel % _CHANNELS) * 128 + program
    order = np.lexsort((note.second, duration, note.first, note.tick, part))
    note, duration, part, program, off = (
        note.rows(order),
        duration[order],
        part[order],
        program[order],
        off[order],
    )
    bounds = np.flatnonzero(np.diff(part, prepend=-1, append=-1)).tolist()
    return [
        Part(
            Place(int(note.track[a]), int(note.channel[a]) % _CHANNELS, int(program[a])),
            int(note.channel[a]) % 16 == _DRUMS,
            Notes.sorted(
                note.tick[a:b],
                duration[a:b],
                note.first[a:b].astype(np.uint8),
                note.second[a:b].astype(np.uint8),
            ),
            note.row[a:b],
            off[a:b],
        )
        for a, b in itertools.pairwise(bounds)
    ]


def _tabulate(ticks: _Ints, codes: _Ints, firsts: Sequence[int], ports: Sequence[int], apart: bool) -> _Table:
    """The channel messages; where tracks are patterns that stand `apart`, each has channels of its own."""
    row = np.flatnonzero(codes >= 0)
    code = codes[row]
    track = np.searchsorted(np.array(firsts, np.int64), row, "right") - 1
    channel = np.array(ports, np.int64)[track] * 16 + (code >> 16 & 15)
    if apart:
        channel += track * _CHANNELS
    return _Table(row, ticks[row], track, channel, code >> 20, code >> 8 & 127, code & 127)


def _notes(table: _Table, track_ends: _Ints, keep_hanging: bool) -> tuple[_Ints, _Ints, _Ints]:
    """The lines that begin a note, the tick at which its key is released, and the event that does it.

    A release ends the oldest note that sounds on its track, channel and pitch, as in most readers. A release
    with nothing to end is ignored. Where a key ends with notes that nothing released, one release was lost,
    and all later ones would come a note late: from the last silence of that key on, each strike ends what
    sounded before, and each release all of it.
    """
    lines = np.flatnonzero(table.kind <= _NOTE_ON)
    key = (table.track * _CHANNELS + table.channel % _CHANNELS) * 128 + table.first
    starts = (table.kind == _NOTE_ON) & (table.second > 0)
    keys, number = np.unique(key[lines], return_inverse=True)
    ended_by, silent = np.empty(len(lines), np.int64), np.empty(len(keys), np.int64)
    pair_notes(number.astype(np.int64), starts[lines].view(np.uint8), ended_by, silent)
    on = np.flatnonzero(starts)
    off = np.full(len(key), -1, np.int64)
    off[lines[ended_by >= 0]] = lines[ended_by[ended_by >= 0]]
    if not keep_hanging:
        on = on[off[on] >= 0]
        return on, table.tick[off[on]], table.row[off[on]]
    unbalanced = np.flatnonzero(silent >= 0)
    broken = zip(keys[unbalanced].tolist(), lines[silent[unbalanced]].tolist(), strict=True)
    given_way = _untangle(table, key, off, dict(broken))
    release = off[on]
    end = np.where(given_way[on] >= 0, table.tick[given_way[on]], table.tick[release])
    hanging = (release < 0) & (given_way[on] < 0)
    end[hanging] = track_ends[table.track[on]][hanging]
    return on, end, np.where(release >= 0, table.row[release], -1)


def _untangle(table: _Table, key: _Ints, off: _Ints, unbalanced: dict[int, int]) -> _Ints:
    """Pairs anew the strikes and releases of keys that end unbalanced, from the given line of each on.

    Writes into `off` what releases each note; returns the strike to which it gives way, -1 for none.
    """
    given_way = np.full(len(off), -1, np.int64)
    if not unbalanced:
        return given_way
    is_strike, ticks = (table.kind == _NOTE_ON) & (table.second > 0), table.tick.tolist()
    lines = np.flatnonzero((table.kind <= _NOTE_ON) & np.isin(key, list(unbalanced)))
    sounding: dict[int, list[int]] = {}
    for line, k, strikes in zip(lines.tolist(), key[lines].tolist(), is_strike[lines].tolist(), strict=True):
        if line < unbalanced[k]:
            continue
        held = sounding.setdefault(k, [])
        if not strikes:
            off[held] = line
            held.clear()
            continue
        off[line] = -1
        if held and ticks[held[0]] < ticks[line]:
            given_way[held] = line
            held.clear()
        held.append(line)
    return given_way


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


def _hold(note: _Table, end: _Ints, off: _Ints, pedal: _Table, track_ends: _Ints) -> _Ints:
    """Note ends under the pedal: put off until it comes up, the key is struck again or the track ends.

    What happens at one tick happens in the order of the file, as it does in a synthesizer: a pedal that goes
    down behind a release does not hold that note.
    """
    if not len(pedal.tick):
        return end
    # Keys that nothing releases let go behind everything else of their tick.
    moments = _in_order(
        np.concatenate([end, pedal.tick]), np.concatenate([np.where(off >= 0, off, MAX_TICK), pedal.row])
    )
    released, pressed = moments[: len(end)], moments[len(end) :]
    order = np.lexsort((pressed, pedal.channel))
    pedal, pressed = pedal.rows(order), pressed[order]
    count = len(pedal.tick)
    at = _latest(pedal.channel, pressed, note.channel, released)
    down = np.append(pedal.second >= 64, False)
    # For each pedal line the next one in which it is up. Past the last, or on another channel: never.
    up = np.minimum.accumulate(np.where(down, count, np.arange(count + 1))[::-1])[::-1]
    channel, tick = np.append(pedal.channel, -1), np.append(pedal.tick, MAX_TICK)
    release = np.where(channel[up[at]] == note.channel, tick[up[at]], MAX_TICK)
    held = np.minimum(np.minimum(release, _next_strike(note, end)), track_ends[note.track])
    return np.where(down[at], np.maximum(held, end), end)


def _in_order(ticks: _Ints, rows: _Ints) -> _Ints:
    """The number of each event when all stand in the order of their ticks and, at one tick, of their rows."""
    order = np.lexsort((rows, ticks))
    numbers = np.empty(len(order), np.int64)
    numbers[order] = np.arange(len(order))
    return numbers


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
