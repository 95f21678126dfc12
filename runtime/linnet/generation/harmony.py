"""What becomes of the chords that are asked for: the piece follows them, closes on them and names them."""

from __future__ import annotations

from linnet._core import Piece
from linnet.controls.plan_rows import beat_ticks, chord_of
from linnet.controls.request import Request
from linnet.controls.wishes import INDEX
from linnet.music.chord import NO_CHORD
from linnet.music.key import KEYS, home_shift
from linnet.music.score import Score
from linnet.music.source import MARKER, Source, TimedText
from linnet.tools.dataclass import replace

__all__ = ["closing", "follow_chords", "named"]


def follow_chords(piece: Piece, request: Request) -> None:
    """Makes a piece follow the chords of a request, or its plan's where there are none."""
    progression = request.progression
    cells = [] if progression is None else progression.cells(home_shift(request.key))
    piece.plan_chords(cells, first=request.chords_first)


def closing(request: Request) -> tuple[int, ...]:
    """The triad that a piece closes on, from its root up: the last of the chords that are asked for, else the
    tonic's of the key that is wished for; nothing where there is neither.
    """
    last = request.progression and request.progression.bar(request.length - 1)[-1]
    if last:
        return last.triad.pitch_classes
    key = request.wishes[INDEX["key"]] - 1
    third = 4 if key < 12 else 3
    return tuple((key + step) % 12 for step in (0, third, 7)) if key >= 0 else ()


def named(score: Score, request: Request) -> Score:
    """The score, of which the last bars are the request's, with its chords as markers where they change."""
    progression = request.progression
    if progression is None:
        return score
    starts = [*score.bar_ticks().tolist(), score.end]
    beat = beat_ticks(score.time_signatures[-1], score.ticks_per_beat)
    key, first = KEYS[request.key], score.bars - request.length
    words: list[TimedText] = []
    for number in range(request.length):
        begin, stop = starts[first + number : first + number + 2]
        beats = -(-(stop - begin) // beat)
        for place, cell in enumerate(progression.dealt(number, beats)):
            chord = chord_of(cell)
            symbol = NO_CHORD[0] if chord is None else chord.symbol(key)
            if not words or words[-1].text != symbol:
                words.append(TimedText(begin + place * beat, symbol))
    words = [word for word in words if word not in score.markers]
    source = Source.empty(score.end) if score.source is None else score.source
    return replace(score, source=source.with_words(words, MARKER))
