"""What a MIDI file held beside its music: kept as it came, so that it can go back into the file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from linnet.tools.dataclass import dataclass, replace
from linnet.tools.lazy import np
from linnet.tools.named import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

_SETTINGS = frozenset((0, 32, 6, 38, 96, 97, 98, 99, 100, 101))
"""Controllers that work in sequence (banks, registered parameters): each counts, not the last alone."""

LYRIC, MARKER = 0x05, 0x06
"""Kinds of meta messages."""

END_MARKER = "=END"
"""Marker text with which linnet's MIDI files end a piece before its last note has rung out."""

_OF_A_MOMENT = frozenset((LYRIC, MARKER, 0x07))
"""Meta messages that belong to their place in the music alone: lyrics, markers, cue points."""


_WORDS = {0x05: "lyrics", 0x06: "markers", 0x07: "cue points", 0x02: "copyright"}
_CONTROLS = {0xB: "controllers", 0xE: "bends", 0xA: "key pressure", 0xD: "channel pressure"}


def decoded(payload: bytes) -> str:
    """Text as it was meant: UTF-8 when it is, otherwise Latin-1, which never fails."""
    try:
        return payload.decode("utf-8")
    except UnicodeDecodeError:
        return payload.decode("latin-1")


class TimedText(NamedTuple):
    """Words that stand at a place in the music: a marker, or a syllable to be sung."""

    tick: int
    text: str


class Place(NamedTuple):
    """Where in a file the notes of a track stand: the file's track, port and channel, and the program."""

    track: int
    channel: int
    """16 for each port, and those of the ports before."""

    program: int


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """All events of a MIDI file, the notes too, in file order; its ticks are those of the score it is in.

    `Score` carries it along. Who writes the score puts back what the score does not say: controllers, bends,
    lyrics, system-exclusive messages, and notes that are as they were.
    """

    format: int
    division: int
    """The header's 16 bits; 0 where the ticks are no longer the file's own."""

    ticks: Ints
    codes: Ints
    """Channel messages as status << 16 | first data byte << 8 | second data byte; for others -1 - their place
    in `messages`."""

    messages: tuple[bytes, ...]
    """Meta and system-exclusive messages: the status byte (a meta's kind too), then what they hold."""

    firsts: tuple[int, ...]
    """For each track of the file, the index of its first event."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]
    """The ticks of each track's end."""

    @classmethod
    def empty(cls, end: int) -> Source:
        """Of a file with one track, in which nothing happens until its end."""
        none = np.zeros(0, np.int64)
        return cls(1, 0, none, none, (), (0,), (0,), (end,))

    def bounds(self, track: int) -> tuple[int, int]:
        """Where the events of a track begin and stop."""
        firsts = (*self.firsts, len(self.ticks))
        return firsts[track], firsts[track + 1]

    def meta(self, kind: int, *, track: int | None = None) -> list[tuple[int, bytes]]:
        """Tick and content of the meta messages of a kind, in time."""
        head = bytes((0xFF, kind))
        wanted = {-1 - i for i, message in enumerate(self.messages) if message.startswith(head)}
        if not wanted:
            return []
        begin, stop = (0, len(self.ticks)) if track is None else self.bounds(track)
        rows = begin + np.flatnonzero(self.codes[begin:stop] < 0)
        found = [
            (int(self.ticks[row]), self.messages[-1 - int(self.codes[row])][2:])
            for row in rows.tolist()
            if int(self.codes[row]) in wanted
        ]
        return sorted(found, key=lambda event: event[0])

    def timed_texts(self, kind: int) -> tuple[TimedText, ...]:
        """The words of the meta messages of a kind, in time."""
        return tuple(TimedText(tick, decoded(text)) for tick, text in self.meta(kind))

    def texts_left(self, texts: Sequence[str], part: Source) -> tuple[str, ...]:
        """The texts of a score without those that stand in this file, and not in a part of it."""
        remaining = list(texts)
        left = [text for _, text in part.meta(0x01, track=0)]
        for _, text in self.meta(0x01, track=0):
            if text in left:
                left.remove(text)
            elif (words := decoded(text)) in remaining:
                remaining.remove(words)
        return tuple(remaining)

    def retimed(self, moved: Callable[[Ints], Ints]) -> Source:
        """With every event at another tick; `moved` keeps their order."""
        if not len(self.firsts):
            return self
        ends = moved(np.array([*self.starts, *self.ends], np.int64)).tolist()
        half, source = len(self.starts), self
        if self.division & 0x8000:  # the file's tempos did not count, and now they would
            tempos = [-1 - i for i, message in enumerate(self.messages) if message.startswith(b"\xff\x51")]
            source = self.selected(~np.isin(self.codes, tempos))
        return replace(
            source,
            division=0,
            ticks=moved(source.ticks),
            starts=tuple(ends[:half]),
            ends=tuple(ends[half:]),
        )

    def with_words_moved(self, moves: Sequence[tuple[int | None, Mapping[int, int]]]) -> Source:
        """With syllables at the ticks to which the notes at theirs went.

        `moves` has old ticks and new ones, of one track of the file (None: of no track of the file). A track
        of words alone follows the first track that has a note there. Free text of the first track, which
        is about the whole piece, stays.
        """
        words = {
            -1 - i
            for i, message in enumerate(self.messages)
            if message.startswith((b"\xff\x05", b"\xff\x01"))
        }
        if not words:
            return self
        ticks = self.ticks.copy()
        for track in range(len(self.firsts)):
            begin, stop = self.bounds(track)
            followed = [went for owner, went in moves if owner == track] or [went for _, went in moves]
            for row in range(begin, stop):
                code = int(self.codes[row])
                if code not in words or (track == 0 and self.messages[-1 - code][1] == 0x01):
                    continue
                tick = int(ticks[row])
                ticks[row] = next((went[tick] for went in followed if tick in went), tick)
        track_of = np.searchsorted(np.array(self.firsts), np.arange(len(ticks)), "right")
        order = np.lexsort((ticks, track_of))  # events of one tick stay in their order
        ends = [
            max(end, int(ticks[slice(*self.bounds(track))].max(initial=0)))
            for track, end in enumerate(self.ends)
        ]
        return replace(self, ticks=ticks[order], codes=self.codes[order], ends=tuple(ends))

    def beside_music(self) -> list[str]:
        """What it holds that a score does not say, in words; empty when that is nothing."""
        kinds = {message[1] for message in self.messages if message[0] == 0xFF and len(message) > 1}
        found = [words for kind, words in _WORDS.items() if kind in kinds]
        statuses = set((self.codes[self.codes >= 0] >> 20).tolist())
        found += [words for status, words in _CONTROLS.items() if status in statuses]
        if any(message[0] in (0xF0, 0xF7) for message in self.messages):
            found.append("system-exclusive messages")
        return found

    def cut(self, begin: int, stop: int | None) -> Source:
        """What happens from `begin` on and before `stop` (None: to the end), moved to tick 0.

        Names, banks, programs and the latest state of each controller are brought along from before. Keys may
        be released after the stop.
        """
        note = (self.codes >= 0x80 << 16) & (self.codes < 0xA0 << 16)
        strikes = note & (self.codes >= 0x90 << 16) & (self.codes & 127 > 0)
        kept = np.ones(len(self.ticks), np.bool_)
        if stop is not None:
            kept &= (self.ticks < stop) | (note & ~strikes)
        early = np.flatnonzero(self.ticks < begin)
        kept[early] = self._lasting(early)
        source = self.selected(kept)

        def shifted(ticks: Sequence[int]) -> tuple[int, ...]:
            high = max(ticks, default=0) if stop is None else stop
            return tuple(max(min(tick, high) - begin, 0) for tick in ticks)

        return replace(
            source,
            format=min(self.format, 1),
            ticks=np.maximum(source.ticks - begin, 0),
            starts=(0,) * len(self.starts),
            ends=shifted(self.ends),
        )

    def selected(self, kept: NDArray[np.bool_]) -> Source:
        """With these events alone."""
        rows = np.flatnonzero(kept)
        firsts = np.searchsorted(rows, np.array(self.firsts, np.int64))
        return replace(self, ticks=self.ticks[rows], codes=self.codes[rows], firsts=tuple(firsts.tolist()))

    def _lasting(self, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Of these events, those that still count afterwards."""
        lasting = np.zeros(len(rows), np.bool_)
        latest: dict[tuple[int, int, int], int] = {}
        track_of = np.searchsorted(np.array(self.firsts), rows, "right").tolist()
        first_of = 1
        for i, (row, track) in enumerate(zip(rows.tolist(), track_of, strict=True)):
            code = int(self.codes[row])
            if code < 0:
                message = self.messages[-1 - code]
                kind = message[1] if message[:1] == b"\xff" and len(message) > 1 else -1
                lasting[i] = kind not in _OF_A_MOMENT and (kind != 0x01 or track == first_of)
                continue
            kind, first = code >> 20, code >> 8 & 127
            if kind < 0xA:
                continue
            lasting[i] = True
            if kind == 0xC or (kind == 0xB and first in _SETTINGS):
                continue
            which = (track, code >> 16, first if kind in (0xA, 0xB) else 0)
            if which in latest:
                lasting[latest[which]] = False
            latest[which] = i
        return lasting

    def with_words(self, words: Sequence[TimedText], kind: int) -> Source:
        """With more words of a kind (MARKER, LYRIC) in the first track, given in time, each behind all that
        it has up to there.
        """
        begin, stop = self.bounds(0)
        ticks = np.array([word.tick for word in words], np.int64)
        at = begin + np.searchsorted(self.ticks[begin:stop], ticks, "right")
        codes = -1 - len(self.messages) - np.arange(len(words))
        end = max([self.ends[0], *ticks.tolist()])
        return replace(
            self,
            ticks=np.insert(self.ticks, at, ticks),
            codes=np.insert(self.codes, at, codes),
            messages=(*self.messages, *(bytes((0xFF, kind)) + word.text.encode() for word in words)),
            firsts=tuple(first + len(words) * (i > 0) for i, first in enumerate(self.firsts)),
            ends=(end, *self.ends[1:]),
        )

    def inserted(self, track: int, tick: int, codes: Sequence[int]) -> Source:
        """With more channel messages in a track, behind all that it has up to this tick."""
        begin, stop = self.bounds(track)
        at = begin + int(np.searchsorted(self.ticks[begin:stop], tick, "right"))
        firsts = tuple(first + len(codes) * (i > track) for i, first in enumerate(self.firsts))
        ends = tuple(max(end, tick) if i == track else end for i, end in enumerate(self.ends))
        return replace(
            self,
            ticks=np.insert(self.ticks, at, [tick] * len(codes)),
            codes=np.insert(self.codes, at, codes),
            firsts=firsts,
            ends=ends,
        )
