"""Which events of a file still make the notes of a score, which are changed, and what has to be added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linnet.midi.notes import Part
from linnet.music.notes import Row
from linnet.music.score import Track
from linnet.music.source import Source
from linnet.tools.dataclass import dataclass, field
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BEFORE, _AFTER = 0, 2
_NOTE_ON, _CONTROL, _PROGRAM, _PEDAL = 0x9, 0xB, 0xC, 64


@dataclass(slots=True)
class Edits:
    """What becomes of the events of a file."""

    kept: NDArray[np.bool_]
    codes: NDArray[np.int64]
    added: dict[int, list[tuple[int, int, int, bytes]]] = field(default_factory=dict)
    """For each track of the file: tick, place at the tick (0 before all else, 2 behind), number, message."""

    unchanged: bool = True
    """Whether every note is the one that was read."""

    def add(self, track: int, tick: int, place: int, message: bytes) -> None:
        events = self.added.setdefault(track, [])
        events.append((tick, place, len(events), message))


def edits(
    source: Source,
    pairs: Sequence[tuple[Part, Track]],
    gone: Sequence[Part],
    *,
    folded: frozenset[int],
    ports: Sequence[int],
) -> Edits:
    """The edits that make each part of the file the track that it is paired with.

    Notes that are as they were keep their events. One that only changed its pitch or velocity keeps its
    places; of one that changed its length the strike stays; others are struck and released anew. On `folded`
    channels the pedal goes, and keys are held for as long as the notes sound.
    """
    result = Edits(np.ones(len(source.ticks), np.bool_), source.codes.copy())
    released: set[int] = set()
    """Events that release a key of some note that stays."""

    lanes: set[tuple[int, int]] = set()
    """Tracks and channels on which something changed."""

    every: list[int] = []
    for part in gone:
        result.kept[part.on] = False
        every += part.off.tolist()
        lanes.add(part.place[:2])
    for part, track in pairs:
        every += part.off.tolist()
        _program(result, source, part, track, ports)
        fold = part.place.channel in folded
        if track.notes == part.notes and not fold:
            released.update(part.off.tolist())
            continue
        lanes.add(part.place[:2])
        _match(result, part, track, released, fold=fold)
    result.kept[[row for row in set(every) - released if row >= 0]] = False
    result.unchanged = not lanes
    _without_strays(result, source, lanes, ports, set(every))
    if folded:
        _without_pedal(result, source, folded, ports)
    return result


def _match(result: Edits, part: Part, track: Track, released: set[int], *, fold: bool) -> None:
    old, new = part.notes.rows(), track.notes.rows()
    on, off = part.on.tolist(), part.off.tolist()
    channel, number = part.place.channel & 15, part.place.track
    uses: dict[int, int] = {}
    for row in off:
        uses[row] = uses.get(row, 0) + 1

    def release(note: Row) -> None:
        result.add(number, note[0] + note[1], _BEFORE, bytes((0x80 | channel, note[2], 64)))

    waiting = list(range(len(new)))
    free = list(range(len(old)))
    # Ever fewer things that must agree: all; all but velocity; all but pitch and velocity; the strike alone.
    for agree in ((0, 1, 2, 3), (0, 1, 2), (0, 1), (0, 2)):
        places: dict[tuple[int, ...], list[int]] = {}
        for i in reversed(free):
            places.setdefault(tuple(old[i][column] for column in agree), []).append(i)
        left = []
        for j in waiting:
            same = places.get(tuple(new[j][column] for column in agree))
            if not same:
                left.append(j)
                continue
            i, note = same.pop(), new[j]
            result.codes[on[i]] = (0x90 | channel) << 16 | note[2] << 8 | note[3]
            keeps_key = note[2] == old[i][2]
            if note[1] != old[i][1] or fold or off[i] < 0 or (not keeps_key and uses[off[i]] > 1):
                release(note)
            else:
                released.add(off[i])
                if not keeps_key:
                    code = int(result.codes[off[i]])
                    result.codes[off[i]] = code & ~(127 << 8) | note[2] << 8
        waiting = left
        free = sorted(i for same in places.values() for i in same)
    result.kept[[on[i] for i in free]] = False
    for j in waiting:
        note = new[j]
        result.add(number, note[0], _AFTER, bytes((0x90 | channel, note[2], note[3])))
        release(note)


def _program(result: Edits, source: Source, part: Part, track: Track, ports: Sequence[int]) -> None:
    """Another instrument for all of a channel that this part has alone."""
    if track.program == part.place.program:
        return
    found = False
    for number in range(len(source.firsts)):
        begin, stop = source.bounds(number)
        codes = source.codes[begin:stop]
        channel = ports[number] * 16 + (codes >> 16 & 15)
        rows = begin + np.flatnonzero((codes >> 20 == _PROGRAM) & (channel == part.place.channel))
        result.codes[rows] = source.codes[rows] & ~(127 << 8) | track.program << 8
        found |= len(rows) > 0
    if not found:
        message = bytes((0xC0 | part.place.channel & 15, track.program))
        result.add(part.place.track, source.starts[part.place.track], _BEFORE, message)


def _without_strays(
    result: Edits, source: Source, lanes: set[tuple[int, int]], ports: Sequence[int], ending: set[int]
) -> None:
    """Releases that ended nothing could end what is new, or stand behind the end of a piece cut short."""
    codes = source.codes
    releases = (codes >> 20 == 0x8) | ((codes >> 20 == _NOTE_ON) & (codes & 127 == 0))
    for row in np.flatnonzero(releases).tolist():
        if row in ending:
            continue
        track = int(np.searchsorted(np.array(source.firsts), row, "right")) - 1
        lane = track, ports[track] * 16 + (int(codes[row]) >> 16 & 15)
        if lane in lanes or source.ticks[row] > source.ends[track]:
            result.kept[row] = False


def _without_pedal(result: Edits, source: Source, folded: frozenset[int], ports: Sequence[int]) -> None:
    for number in range(len(source.firsts)):
        begin, stop = source.bounds(number)
        codes = source.codes[begin:stop]
        channel = ports[number] * 16 + (codes >> 16 & 15)
        pedal = (codes >> 20 == _CONTROL) & (codes >> 8 & 127 == _PEDAL) & np.isin(channel, list(folded))
        result.kept[begin + np.flatnonzero(pedal)] = False
