"""A piece as plain data for a picture that is drawn elsewhere: on a page, by the studio's `roll.js`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from linnet.music.chord import is_symbol
from linnet.music.harmony import chords_of
from linnet.music.joining import LOOP_END, LOOP_START
from linnet.music.phrases import CLOSED, OPEN, PhraseBar, phrases
from linnet.music.roles import ROLES, roles
from linnet.music.similarity import bar_contents, likeness
from linnet.music.track import name_of
from linnet.tools.text import printable

if TYPE_CHECKING:
    from linnet.music.score import Score

__all__ = ["roll_data"]

_ALIKE, _SAME = 0.5, 0.9
"""How much the bars of two phrases share, on average, that have one letter, and that need no dash."""

_MOST_BARS = 1000
"""Of longer pieces no phrases are compared, and none are lettered."""


def roll_data(score: Score) -> dict[str, Any]:  # what JSON can say
    """The piece as JSON can say it, all times in ticks: what a picture of it shows.

    Returns:
        `ticks_per_beat`, `end`, `seconds`, `upbeat`, `key` and `title`; `bars`, where each begins; `tempos`,
        pairs of a tick and microseconds a quarter note; `meters`, pairs of a tick and such as `6/8`;
        `chords`, `sections` and `cadences`, pairs of a tick and a name; `tracks`, of which each has its
        `name`, `role`, `program`, `drum`, and `notes`, four numbers for each in one list: onset, duration,
        pitch, velocity.
    """
    starts = [int(tick) for tick in score.bar_ticks()]
    found = roles(score)
    names = iter([ROLES[role] if role else "" for role in found])
    words = [
        (mark.tick, printable(mark.text)) for mark in score.markers if mark.text not in (LOOP_START, LOOP_END)
    ]
    symbols = [[tick, word] for tick, word in words if is_symbol(word, sus=True)]
    sections = [[tick, word] for tick, word in words if word and [tick, word] not in symbols]
    has_line = len(starts) <= _MOST_BARS and len(score.pitched_notes) > 0
    ends = phrases(score) if has_line else ()
    return {
        "title": printable(score.title),
        "ticks_per_beat": score.ticks_per_beat,
        "end": score.end,
        "seconds": round(float(score.seconds(score.end)), 3),
        "upbeat": score.upbeat,
        "key": score.key,
        "bars": starts,
        "tempos": [[change.tick, change.tempo] for change in score.tempos],
        "meters": [[sign.tick, f"{sign.numerator}/{sign.denominator}"] for sign in score.time_signatures],
        "chords": symbols or _chords(score),
        "sections": sections or _letters(score, ends, starts),
        "cadences": list(_cadences(ends, [*starts[1:], score.end])),
        "tracks": [
            {
                "name": printable(name_of(track)),
                "role": "drums" if track.is_drum else next(names),
                "program": track.program,
                "drum": track.is_drum,
                "notes": [number for row in track.notes.rows() for number in row],
            }
            for track in score.tracks
        ],
    }


def _chords(score: Score) -> list[list[Any]]:
    """Where the chord changes, and to which."""
    found: list[list[Any]] = []
    for beat in chords_of(score):
        name = "" if beat.chord is None else beat.chord.symbol(score.key)
        if name and (not found or found[-1][1] != name):
            found.append([beat.tick, name])
    return found


def _cadences(ends: Sequence[PhraseBar], stops: Sequence[int]) -> Iterator[list[Any]]:
    kinds = {OPEN: "open", CLOSED: "closed"}
    for bar, stop in zip(ends, stops, strict=False):
        if not bar.left and bar.cadence in kinds:
            yield [stop, kinds[bar.cadence]]


def _letters(score: Score, ends: Sequence[PhraseBar], starts: Sequence[int]) -> list[list[Any]]:
    """A letter for each phrase; those that are alike share it, with a dash where they differ a little."""
    lasts = [bar for bar, end in enumerate(ends) if not end.left]
    if len(lasts) < 2:
        return []
    alike = likeness(bar_contents(score))
    begin = 0
    found: list[list[Any]] = []
    seen: list[tuple[int, int, str]] = []
    for last in lasts:
        length = last + 1 - begin
        if length <= 0 or begin >= len(starts):
            break
        best, letter = 0.0, ""
        for first, count, name in seen:
            if count == length:
                share = float(sum(alike[first + i, begin + i] for i in range(length))) / length
                if share > max(best, _ALIKE):
                    best, letter = share, name
        if not letter:
            letter = chr(ord("A") + len(seen) % 26)
            seen.append((begin, length, letter))
            best = 1.0
        found.append([starts[begin], letter if best >= _SAME else f"{letter}'"])
        begin = last + 1
    return found
