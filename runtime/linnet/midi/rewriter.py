"""A score that was read from a MIDI file, written again: what is as it was stays, to tick and byte."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from linnet.midi import writer
from linnet.midi.channels import places_beside
from linnet.midi.keys import Edits, edits
from linnet.midi.notes import Part, parts
from linnet.midi.programs import Placed, wanted_programs, with_programs
from linnet.midi.reader import Events
from linnet.midi.timeline import as_read
from linnet.midi.writer import Message, meta
from linnet.music.score import END_MARKER, Score, Track
from linnet.music.source import Source, decoded
from linnet.tools.dataclass import replace
from linnet.tools.lazy import np
from linnet.tools.say import say

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PEDAL, _CONTROL = 64, 0xB
_BEFORE, _AS_IT_WAS, _AFTER = 0, 1, 2
"""Where an event stands among those of its tick."""


def rewrite(score: Score) -> bytes:
    """The bytes of the file."""
    assert score.source is not None
    before, events = as_read(score.source, score.ticks_per_beat)
    found = parts(
        score.source.ticks,
        score.source.codes,
        score.source.firsts,
        score.source.ends,
        events.ports,
        score.source.format,
    )
    file = _File(score, before, events, found)
    if file.is_whole:
        return file.dumps()
    say("patterns of a format 2 file that were changed: what it holds beside notes is left out")
    return writer.encode(replace(score, source=None))


class _File:
    """The file in the making."""

    def __init__(self, score: Score, before: Score, events: Events, found: list[Part]) -> None:
        assert score.source is not None
        self.score, self.before, self.events = score, before, events
        self.source: Source = score.source
        self.parts = {part.place: part for part in found}
        self.tracks = [track for track in score.tracks if len(track.notes)]
        self.owners = self._owners()
        placed = [track for track in self.tracks if id(track) in self.owners]
        self.new = [track for track in self.tracks if id(track) not in self.owners]
        writer.check_count(len(self.source.firsts) + len(self.new) - 1)
        self.folded: frozenset[int] = frozenset()
        """Channels whose keys are held for as long as the notes sound, so that no pedal is needed."""

        self.edits = self._edits(placed)
        while channels := self._contradicted() - self.folded:  # ends that are folded may move a track's end
            self.folded |= channels
            self.edits = self._edits(placed)
        if self._has_pedal(self.folded):
            say("the sustain pedal no longer fits notes that were moved, and is now part of their lengths")

    @property
    def is_whole(self) -> bool:
        """Whether all can be written; patterns hold no new tracks, and none may become longer."""
        if self.source.format != 2:
            return True
        same = all(
            getattr(self.score, name) == getattr(self.before, name)
            for name in ("tempos", "time_signatures", "key_signatures", "end", "texts")
        )
        return same and not self.new and self._ends(self._own_tracks()) == [*self.source.ends]

    def _owners(self) -> dict[int, Part]:
        """The part of the file that each track of the score still is, by the track's id."""
        owners: dict[int, Part] = {}
        taken = set()
        for track in self.tracks:
            part = None if track.place is None else self.parts.get(track.place)
            if part is None or part.is_drum != track.is_drum or part.place in taken:
                continue
            alone = sum(other.place.channel == part.place.channel for other in self.parts.values()) == 1
            if track.program != part.place.program and not alone:
                continue
            owners[id(track)] = part
            taken.add(part.place)
        return owners

    def _edits(self, placed: Sequence[Track]) -> Edits:
        pairs = [(self.owners[id(track)], track) for track in placed]
        owned = {part.place for part, _ in pairs}
        gone = [part for place, part in self.parts.items() if place not in owned]
        return edits(self.source, pairs, gone, folded=self.folded, ports=self.events.ports)

    # ---- ends of notes -------------------------------------------------------------------------------------

    def _contradicted(self) -> frozenset[int]:
        """Channels on which the file's own events would end changed notes elsewhere than the score has it."""
        ticks, written, firsts, ends = self._as_source()
        if self.edits.unchanged and ends == [*self.source.ends]:
            return frozenset()
        wanted = _keys((part.place.channel, t) for t in self.tracks if (part := self.owners.get(id(t))))
        again = parts(ticks, written, firsts, ends, self.events.ports, self.source.format)
        heard = _keys((part.place.channel, part) for part in again)
        return frozenset(channel for channel in wanted if wanted[channel] != heard.get(channel))

    def _has_pedal(self, channels: frozenset[int]) -> bool:
        codes = self.source.codes
        rows = np.flatnonzero((codes >> 20 == _CONTROL) & (codes >> 8 & 127 == _PEDAL))
        track = np.searchsorted(np.array(self.source.firsts), rows, "right") - 1
        found = np.array(self.events.ports, np.int64)[track] * 16 + (codes[rows] >> 16 & 15)
        return not channels.isdisjoint(found.tolist())

    def _as_source(self) -> tuple[NDArray[np.int64], NDArray[np.int64], list[int], list[int]]:
        """The channel messages of the file's own tracks as they would be read."""
        tracks = self._own_tracks()
        ticks: list[int] = []
        codes: list[int] = []
        firsts: list[int] = []
        for events in tracks:
            firsts.append(len(ticks))
            for tick, *_, message in events:
                if message[0] < 0xF0:
                    ticks.append(tick)
                    codes.append(int.from_bytes(message.ljust(3, b"\0"), "big"))
        ends = self._ends(tracks + self._new_tracks())[: len(tracks)]
        return np.array(ticks, np.int64), np.array(codes, np.int64), firsts, ends

    # ---- tracks --------------------------------------------------------------------------------------------

    def dumps(self) -> bytes:
        source = self.source
        tracks = self._own_tracks() + self._new_tracks()
        if not tracks:  # a header alone
            tracks = [sorted(self._with_heads(0, []))]
        ends = self._ends(tracks)
        if self._needs_marker(tracks, ends):
            marker = self.score.end, _AFTER, 0, meta(writer.MARKER, END_MARKER.encode())
            insort(tracks[0], marker, key=lambda event: event[:2])
        keeps_division = source.division and (
            source.division < 0x8000 or self.score.tempos == self.before.tempos
        )
        division = source.division if keeps_division else self.score.ticks_per_beat
        format = source.format if source.format == 2 or (len(tracks) == 1 and source.format == 0) else 1
        starts = [*source.starts] if format == 2 else [0] * len(tracks)
        chunks = [
            writer.chunk([(tick - start, message) for tick, _, _, message in events], end - start)
            for events, start, end in zip(tracks, starts, ends, strict=True)
        ]
        return writer.header(format, len(tracks), division) + b"".join(chunks)

    def _own_tracks(self) -> list[list[Placed]]:
        """The events of the file's tracks."""
        source = self.source
        tracks = [self._track(i) for i in range(len(source.firsts))]
        if self.edits.unchanged:
            return tracks
        wanted = wanted_programs(
            (part.place.track, part.place.channel, track)
            for track in self.tracks
            if (part := self.owners.get(id(track)))
        )
        # Tracks on one port share its channels, patterns share none.
        lanes = range(len(tracks)) if source.format == 2 else self.events.ports
        return with_programs(tracks, lanes, wanted)

    def _track(self, number: int) -> list[Placed]:
        """The events of one of the file's tracks."""
        begin, stop = self.source.bounds(number)
        messages, codes = self.source.messages, self.edits.codes[begin:stop].tolist()
        placed: list[Placed] = []
        for row, (tick, code, kept) in enumerate(
            zip(
                self.source.ticks[begin:stop].tolist(),
                codes,
                self.edits.kept[begin:stop].tolist(),
                strict=True,
            )
        ):
            if not kept:
                continue
            if code >= 0:
                message = code.to_bytes(3, "big")
                placed.append((tick, _AS_IT_WAS, row, message[: 3 - (0xC0 <= message[0] < 0xE0)]))
            else:
                placed.append((tick, _AS_IT_WAS, row, messages[-1 - code]))
        placed = list(self._with_heads(number, placed))
        placed += self.edits.added.get(number, ())
        placed.sort()
        return placed

    def _with_heads(self, number: int, events: list[Placed]) -> Iterator[Placed]:
        """A track's events with what the score says of tempo, meter, key, text, name and the end."""
        replaced = {
            kind
            for kind, field in _FIELDS.items()
            if getattr(self.score, field) != getattr(self.before, field)
        }
        name, texts = self._new_name(number), list(self.score.texts) if number == 0 else []
        for event in events:
            message = event[3]
            kind = message[1] if message[0] == 0xFF else -1
            if kind in replaced:
                continue
            if kind == writer.TEXT and number == 0:
                if (words := decoded(message[2:])) not in texts:
                    continue
                texts.remove(words)
            elif kind == writer.TRACK_NAME and name is not None and message[2:]:
                if name:
                    yield (*event[:3], meta(writer.TRACK_NAME, name.encode()))
                name = ""
                continue
            elif number == 0 and self._is_end(event) and event[0] != self.score.end:
                continue
            yield event
        if name:
            yield (self.source.starts[number], _BEFORE, -1, meta(writer.TRACK_NAME, name.encode()))
        for i, words in enumerate(texts):
            yield (0, _BEFORE, i - len(texts) - 1, meta(writer.TEXT, words.encode()))
        if number == 0:
            for i, (tick, message) in enumerate(self._signs(replaced)):
                yield (tick, _BEFORE, i, message)

    def _signs(self, replaced: set[int]) -> Iterator[Message]:
        if writer.TIME_SIGNATURE in replaced:
            yield from map(writer.meter_event, self.score.time_signatures)
        if writer.KEY_SIGNATURE in replaced:
            yield from map(writer.key_event, self.score.key_signatures)
        if writer.TEMPO in replaced:
            yield from map(writer.tempo_event, self.score.tempos)

    def _new_name(self, number: int) -> str | None:
        """What a track of the file is called now; None when that is what it was called."""
        was = self.events.names[number]
        names = [
            track.name
            for track in self.tracks
            if (part := self.owners.get(id(track))) and part.place.track == number
        ]
        return next((name for name in names if name != was), None)

    def _new_tracks(self) -> list[list[Placed]]:
        places = places_beside(self.source, self.events.ports, list(self.parts.values()), self.new)
        return [
            [
                (tick, _AS_IT_WAS, i, message)
                for i, (tick, message) in enumerate(writer.events_of(track, *place))
            ]
            for track, place in zip(self.new, places, strict=True)
        ]

    # ---- the end -------------------------------------------------------------------------------------------

    def _is_end(self, event: Placed) -> bool:
        return event[3] == meta(writer.MARKER, END_MARKER.encode())

    def _needs_marker(self, tracks: Sequence[list[Placed]], ends: Sequence[int]) -> bool:
        """Whether the piece ends before its tracks do, and nothing says so yet."""
        return max(ends) > self.score.end and not any(self._is_end(event) for event in tracks[0])

    def _ends(self, tracks: list[list[Placed]]) -> list[int]:
        """The tick at which each track ends."""
        same = self.score.end == self.before.end
        ends = [end if same else min(end, self.score.end) for end in self.source.ends]
        ends += [0] * (len(tracks) - len(ends))
        ends = [max(end, events[-1][0] if events else 0) for end, events in zip(ends, tracks, strict=True)]
        if ends and (max(ends) < self.score.end or self._needs_marker(tracks, ends)):
            ends[0] = max(ends[0], self.score.end)
        return ends


_FIELDS = {
    writer.TEMPO: "tempos",
    writer.TIME_SIGNATURE: "time_signatures",
    writer.KEY_SIGNATURE: "key_signatures",
}


def _keys(notes: Iterator[tuple[int, Track | Part]]) -> dict[int, list[tuple[int, int, int]]]:
    """For each channel the moments at which keys are struck and let go, whichever of them belong together."""
    found: dict[int, list[tuple[int, int, int]]] = {}
    for channel, track in notes:
        moments = found.setdefault(channel, [])
        for onset, duration, pitch, _ in track.notes.rows():
            moments += (pitch, 1, onset), (pitch, 0, onset + duration)
    for moments in found.values():
        moments.sort()
    return found
