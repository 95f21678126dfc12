"""Pieces one after the other: where the next one begins, and whose tracks go on with whose."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

from linnet.music.notes import Notes, Row
from linnet.music.source import END_MARKER, LYRIC, MARKER, Source, TimedText
from linnet.music.timed import Timed
from linnet.music.timeline import bar_length, rescale
from linnet.music.track import Track
from linnet.tools.dataclass import replace
from linnet.tools.say import say

__all__ = [
    "LOOP_END",
    "LOOP_START",
    "chain",
    "next_bar_line",
    "say_what_is_lost",
    "with_words_of",
]

Piece = TypeVar("Piece", bound=Timed)

LOOP_START, LOOP_END = "loopStart", "loopEnd"
"""Marker texts of a piece that is played round and round, as game engines read them."""


def chain(pieces: Sequence[Piece]) -> Piece:
    """The pieces one after the other, each from the bar line on at which the ones before are over.

    An upbeat that fills up the last bar before it begins inside that bar. Tempo, meter and key of each piece
    go along; ticks are those of the finest. A track goes on with one of the same instrument and name, else of
    the same instrument, in order; what finds none is a track of its own.
    """
    finest = max(piece.ticks_per_beat for piece in pieces)
    for per_beat in {piece.ticks_per_beat for piece in pieces}:
        if finest % per_beat:
            finest = min(finest * per_beat, 0x7FFF)
    pieces = [piece.resample(finest) for piece in pieces]
    first, *others = pieces
    rows: list[list[Row]] = [list(track.notes.rows()) for track in first.tracks]
    tracks = list(first.tracks)
    tempos, meters, keys = [*first.tempos], [*first.time_signatures], [*first.key_signatures]
    texts, end, source = list(first.texts), first.end, first.source
    last: Timed = first
    start = 0
    for piece in others:
        start += _length(last, piece)
        for number, track in _goes_on(tracks, piece.tracks):
            moved = [(onset + start, *rest) for onset, *rest in track.notes.rows()]
            if number == len(tracks):
                tracks.append(replace(track, place=None))
                rows.append([])
            rows[number] += [(onset, duration, pitch, velocity) for onset, duration, pitch, velocity in moved]
        tempos += [replace(change, tick=change.tick + start) for change in piece.tempos]
        meters += [replace(sign, tick=sign.tick + start) for sign in piece.time_signatures]
        keys += [replace(key, tick=key.tick + start) for key in piece.key_signatures]
        end = start + piece.end
        source = with_words_of(source, piece.source, start)
        texts += [text for text in piece.texts if text not in texts]
        last = piece
    joined = (replace(track, notes=Notes.of_rows(each)) for track, each in zip(tracks, rows, strict=True))
    return replace(
        first,
        tracks=tuple(joined),
        tempos=tuple(tempos),
        time_signatures=tuple(meters),
        key_signatures=tuple(keys),
        end=end,
        texts=tuple(texts),
        source=source,
    )


def next_bar_line(piece: Timed) -> int:
    """The bar line at which the piece is over: its end, or where the bar that it ends in would."""
    for sign, count in reversed(piece.meters() if piece.end else []):
        if count:
            line = sign.tick + rescale(count, *bar_length(sign, piece.ticks_per_beat))
            later = [other.tick for other in piece.time_signatures if piece.end <= other.tick < line]
            return min([line, *later])
    return 0


def with_words_of(source: Source | None, other: Source | None, start: int) -> Source | None:
    """A file's events, and beside them the lyrics and markers of another one, so many ticks later."""
    if other is None:
        return source
    for kind in (MARKER, LYRIC):
        words = [
            TimedText(tick + start, text) for tick, text in other.timed_texts(kind) if text != END_MARKER
        ]
        if words:
            source = Source.empty(0) if source is None else source
            source = source.with_words(words, kind)
    return source


def replaced(piece: Timed, other: Timed, first: int, last: int) -> tuple[Track, ...]:
    """The tracks of a piece with the notes of another one in some bars, by tick up to but without `last`.

    ValueError where the other has not as many tracks in the same ticks.
    """
    if len(other.tracks) != len(piece.tracks) or other.ticks_per_beat != piece.ticks_per_beat:
        raise ValueError(
            f"other must have the same {len(piece.tracks)} tracks and {piece.ticks_per_beat} ticks a beat, "
            f"got {len(other.tracks)} and {other.ticks_per_beat}"
        )

    def mixed(own: Notes, new: Notes) -> Notes:
        around = (own.onset < first) | (own.onset >= last)
        inside = (new.onset >= first) & (new.onset < last)
        return Notes.of_rows([*own.select(around).rows(), *new.select(inside).rows()])

    pairs = zip(piece.tracks, other.tracks, strict=True)
    return tuple(replace(track, notes=mixed(track.notes, new.notes)) for track, new in pairs)


def say_what_is_lost(name: str, source: Source | None) -> None:
    """One line in the log where a second piece has more than notes and words."""
    lost = [] if source is None else source.beside_music()
    lost = [each for each in lost if each not in ("lyrics", "markers")]
    if lost:
        say(f"{name}: of the second piece notes, lyrics and markers are taken, not its {' and '.join(lost)}")


def _length(piece: Timed, after: Timed) -> int:
    """Ticks from the beginning of a piece to that of the one after it."""
    line = next_bar_line(piece)
    if after.upbeat and line - after.upbeat == piece.end:
        return piece.end
    return line


def _goes_on(tracks: Sequence[Track], new: Sequence[Track]) -> Iterator[tuple[int, Track]]:
    """For each new track the number of the one that it goes on with; one more for each that finds none."""
    free, count = list(range(len(tracks))), len(tracks)

    def take(track: Track, *, named: bool) -> int | None:
        for number in free:
            other = tracks[number]
            same = other.is_drum if track.is_drum else not other.is_drum and other.program == track.program
            if same and (not named or other.name == track.name):
                free.remove(number)
                return number
        return None

    named = [take(track, named=True) for track in new]
    for track, number in zip(new, named, strict=True):
        if number is None:
            number = take(track, named=False)
        if number is None:
            number, count = count, count + 1
        yield number, track
