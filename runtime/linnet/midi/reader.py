"""The bytes of a standard MIDI file, walked once: chunks, delta times, running status, events.

What is missing or needless is shrugged off, as a player would: bytes before the header and after the
last track, a RIFF wrapper, unknown chunks, a wrong format, track count or chunk length, a missing end of
track, a file that stops in mid-track (what came before is kept). What is wrong is refused, with its
place: a data byte or delta time that cannot be, an event that runs over the end of its track. Bytes
after such a place would be read out of step, as notes that nobody wrote. One kind of fault is forgiven:
a value out of range, or an undefined status byte, in a track that still comes out right at its end.
There every other byte was in step.
"""

from __future__ import annotations

from array import array

from linnet._core import channel_messages
from linnet.errors import MidiError
from linnet.music.notes import MAX_TICK
from linnet.music.score import END_MARKER
from linnet.music.source import decoded
from linnet.music.timeline import DEFAULT_TEMPO
from linnet.tools.dataclass import dataclass, field


@dataclass(slots=True)
class Events:
    """What the walk collects, in file order. Ticks count from the start of the piece."""

    name: str
    """What to call the file in an error."""

    format: int = 1
    division: int = 0
    """The header's 16 bits: ticks per quarter note or, with the highest bit set, SMPTE frames."""

    ticks: array[int] = field(default_factory=lambda: array("q"))
    codes: array[int] = field(default_factory=lambda: array("q"))
    """Channel messages as status << 16 | first data byte << 8 | second data byte; for others -1 - their place
    in `messages`."""

    messages: list[bytes] = field(default_factory=list)
    """Meta and system-exclusive messages: the status byte (a meta's kind too), then what they hold."""

    firsts: list[int] = field(default_factory=list)
    """For each track, the index of its first event in `ticks` and `codes`."""

    starts: list[int] = field(default_factory=list)
    """Where each track begins: in format 2 after the one before it, else at 0."""

    ends: list[int] = field(default_factory=list)
    ports: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    tempos: list[tuple[int, int]] = field(default_factory=list)
    signatures: list[tuple[int, int, int]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    """The free text of the first track."""

    keys: list[tuple[int, int, bool]] = field(default_factory=list)
    """Key signatures: tick, sharps (below 0 flats), whether it is minor."""

    cut: str = ""
    """What is missing of a file that stops too early; empty when nothing is."""

    end: int | None = None
    """Where a marker in the first track says that the piece ends."""


def walk(data: bytes, name: str) -> Events:
    """Everything in the file that makes music; `MidiError` when its bytes cannot be a MIDI file."""
    events = Events(name)
    position, promised = _read_header(data, events)
    start = 0
    while (position := _next_track(data, position)) < len(data):
        declared = position + 8 + int.from_bytes(data[position + 4 : position + 8], "big")
        # A length that leads to no other chunk is wrong, so the track may go on until the next one.
        sound = _is_boundary(data, declared)
        stop = declared if sound else _find_track(data, position + 8)
        events.firsts.append(len(events.ticks))
        events.starts.append(start)
        if start:  # patterns share nothing: tempo and meter begin anew
            events.tempos.append((start, DEFAULT_TEMPO))
            events.signatures.append((start, 4, 4))
        events.ports.append(0)
        events.names.append("")
        reached, end = _read_track(data, position + 8, stop, declared, start, events)
        events.ends.append(end)
        position = stop if sound else reached
        if events.format == 2:  # independent patterns: one after the other
            start = end
    if not events.cut and len(events.ends) < promised:
        events.cut = f"it has {len(events.ends)} of the {promised} tracks that its header promises"
    return events


def _read_header(data: bytes, events: Events) -> tuple[int, int]:
    """Fill in format and division; where the first track is, and how many are promised."""
    at = data.find(b"MThd")
    if at < 0:
        found = f"it begins with {data[:8]!r}" if data else "it is empty"
        raise MidiError(f"{events.name}: not a MIDI file: no 'MThd' in it; {found}")
    if len(data) < at + 14:
        raise MidiError(f"{events.name}, byte {len(data)}: cut off inside the file header")
    length = int.from_bytes(data[at + 4 : at + 8], "big")
    events.format = int.from_bytes(data[at + 8 : at + 10], "big")
    events.division = int.from_bytes(data[at + 12 : at + 14], "big")
    tracks = int.from_bytes(data[at + 10 : at + 12], "big")
    first = _next_track(data, at + 8 + length if _is_boundary(data, at + 8 + length) else at + 14)
    if tracks and first == len(data):
        raise MidiError(f"{events.name}, byte {at + 14}: no track after a header that promises {tracks}")
    return first, tracks


def _next_track(data: bytes, position: int) -> int:
    """The first track at or after a chunk boundary, past chunks of other kinds; the file's end if none."""
    while position < len(data) and data[position : position + 4] != b"MTrk":
        if data[position : position + 4] == b"MThd":  # a second file: not this piece
            return len(data)
        after = position + 8 + int.from_bytes(data[position + 4 : position + 8], "big")
        position = after if _is_boundary(data, after) else _find_track(data, position)
    return position


def _find_track(data: bytes, position: int) -> int:
    at = data.find(b"MTrk", position)
    return at if at >= 0 else len(data)


def _is_boundary(data: bytes, position: int) -> bool:
    """Whether a chunk can begin here, or the file ends here."""
    if position == len(data) or data[position : position + 4] == b"MTrk":
        return True
    # Notes may look like a chunk's name, but hardly like a length that fits as well.
    length = int.from_bytes(data[position + 4 : position + 8], "big")
    return position + 8 + length <= len(data) and all(32 <= b < 127 for b in data[position : position + 4])


def _read_track(
    data: bytes, first: int, stop: int, declared: int, start: int, events: Events
) -> tuple[int, int]:
    """Walk one track's events; where it ends in the file, and at which tick.

    Nearly all of them are sound channel messages, which the C core walks; what it stops at is looked at here.
    """
    body = data[first:stop]
    size = len(body)
    add_tick, add_code = events.ticks.append, events.codes.append
    i = begin = running = 0
    tick = start
    closed = False  # by an end of track, which many a file lacks
    fault: tuple[int, str] | None = None

    def broken(at: int, what: str) -> MidiError:
        return MidiError(f"{events.name}, byte {first + at} (track {len(events.firsts)}): {what}")

    try:
        while True:
            i, running, tick = channel_messages(body, i, running, tick, events.ticks, events.codes)
            if i >= size:
                break
            begin = i
            delta = body[i]
            i += 1
            if delta > 127:
                delta, i = _variable(body, i - 1)
                if i - begin > 4:
                    raise broken(begin, "a delta time longer than four bytes")
            now = tick + delta
            status = body[i]
            if status > 127:
                i += 1
                if status < 0xF0:
                    running = status
            elif running:
                status = running
            else:
                raise broken(i, f"data byte 0x{status:02x} where an event should begin")

            if status < 0xC0 or 0xE0 <= status < 0xF0:
                a, b = body[i], body[i + 1]
                i += 2
                if a > 127 or b > 127:
                    fault = fault or (i - 2, f"data byte 0x{max(a, b):02x} above 127 in a channel message")
                    if a > 127:
                        tick = now
                        continue  # no such key, no such controller
                    b = min(b, 127)
                add_tick(now)
                add_code(status << 16 | a << 8 | b)
            elif status < 0xE0:
                a = body[i]
                i += 1
                if a > 127:
                    fault = fault or (i - 1, f"data byte 0x{a:02x} above 127 in a channel message")
                else:
                    add_tick(now)
                    add_code(status << 16 | a << 8)
            elif status in (0xFF, 0xF0, 0xF7):
                head = body[i - 1 : i]
                if status == 0xFF:
                    head = body[i - 1 : i + 1]
                    i += 1
                length, i = _variable(body, i)
                if i + length > size:
                    raise IndexError("the event is longer than the track")
                content = body[i : i + length]
                i += length
                if head == _END_OF_TRACK:
                    tick, closed = now, True
                    break
                add_tick(now)
                add_code(-1 - len(events.messages))
                events.messages.append(head + content)
                if status == 0xFF:
                    read_meta(head[1], content, now, events)
            elif status in _SYSTEM_LENGTH:
                i += _SYSTEM_LENGTH[status]
            else:
                fault = fault or (begin, f"undefined status byte 0x{status:02x}")
            tick = now
    except IndexError:
        i = size
        events.cut = events.cut or f"track {len(events.firsts)} stops in the middle of an event"
        if stop == declared:  # else the file was cut short, or the length is wrong: it may just stop here
            fault = fault or (begin, "an event that runs over the end of its track")
    if not closed and declared > len(data):
        events.cut = events.cut or f"it stops in the middle of track {len(events.firsts)}"
    if fault and not (closed and first + i == declared):
        raise broken(*fault)
    if tick > MAX_TICK:
        raise broken(begin, f"the piece goes on past tick {MAX_TICK}")
    return first + i, tick


_END_OF_TRACK = b"\xff\x2f"
_SYSTEM_LENGTH = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFE: 0}
"""Messages of the wire that have no business in a file; their data bytes are skipped."""


def _variable(body: bytes, i: int) -> tuple[int, int]:
    """A variable-length number and where it ends; past four bytes it is wrong, and stays small."""
    value, stop = 0, i + 5
    while i < stop:
        byte = body[i]
        i += 1
        value = value << 7 | byte & 127
        if byte < 128:
            break
    return value, i


def read_meta(kind: int, payload: bytes, tick: int, events: Events) -> None:
    """What a meta message says of the piece, or of the track that is read."""
    in_first = len(events.firsts) == 1
    if kind == 0x51:
        tempo = int.from_bytes(payload[:3], "big")
        if len(payload) >= 3 and tempo:
            events.tempos.append((tick, tempo))
    elif kind == 0x58:
        # 128th notes are the shortest beats in use; a larger exponent is damage, as is a bar without beats.
        if len(payload) >= 2 and payload[0] and payload[1] <= 7:
            events.signatures.append((tick, payload[0], 1 << payload[1]))
    elif kind == 0x59:
        fifths = int.from_bytes(payload[:1], "big", signed=True)
        if len(payload) >= 2 and -7 <= fifths <= 7 and payload[1] <= 1:
            events.keys.append((tick, fifths, payload[1] == 1))
    elif kind == 0x21:
        if payload:
            events.ports[-1] = payload[0] & 127
    elif kind == 0x03:
        events.names[-1] = events.names[-1] or decoded(payload)
    elif in_first and kind == 0x01:
        events.texts.append(decoded(payload))
    elif in_first and kind == 0x06 and payload == END_MARKER.encode():
        events.end = tick
