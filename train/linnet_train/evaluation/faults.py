"""Faults that a listener hears at once: what is wrong on the face of a finished piece.

Each function looks at one piece; nothing here compares averages. People's own pieces have none of it, or
hardly any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from linnet.controls.repertoire import BEATS, Repertoire
from linnet.controls.rules import Rules
from linnet.music.score import Notes, Score
from linnet.music.theory import pitch_number, scale_classes
from linnet.music.timeline import bar_length, rescale

KINDS = (
    "last bar",
    "foreign instrument",
    "rule broken",
    "bars",
    "opening silence",
    "rhythm",
    "empty",
)
"""What may be wrong with a piece; see the functions."""

MANY, MORE = 2.5, 4
"""A bar has too many notes with more than so many times the usual ones, and more than so many more."""

WIDE, WIDER = 24, 1.2
"""A bar is too wide from over so many semitones, and so many times the widest bar before."""

SHORT = 1 / 12
"""Quarters of a note that is too short where none was so short before."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a piece is held against: what was asked for, and what the model was taught."""

    bars: int | None = None
    """Full bars, after an upbeat."""

    repertoire: Repertoire | None = None
    rules: Rules = field(default_factory=Rules)
    """Hard rules that the player set."""

    programs: Sequence[int] = ()
    """Programs beside the taught ones: the primer's, or who plays (`instrument`)."""

    heard: Sequence[int] = ()
    """Programs that suit the model, as which it is heard (`linnet-export --instrument`)."""

    drums: Sequence[int] = ()
    """Drums likewise."""

    shortened: float = 1.0
    """The share of its length that a note sounds, by a mood."""

    begins: bool = True
    """Whether it is a piece of its own, which begins with a note."""

    barred: bool = True
    """Whether it has bars."""


def faults(score: Score, expected: Expected) -> list[str]:
    """Those of KINDS that are wrong with a piece."""
    found = {
        "last bar": expected.barred and last_bar(score, expected.repertoire, shortened=expected.shortened),
        "foreign instrument": bool(foreign(score, expected)),
        "rule broken": bool(broken(score, expected.rules)),
        "bars": expected.bars is not None and score.full_bars != expected.bars,
        "opening silence": expected.begins and expected.barred and opening_silence(score) > 0,
        "rhythm": bool(rhythm(score, expected)),
        "empty": not len(score.notes),
    }
    return [kind for kind in KINDS if found[kind]]


def opening_silence(score: Score) -> float:
    """Quarters before the first note."""
    return int(score.notes.onset.min(initial=score.end)) / score.ticks_per_beat


def last_bar(score: Score, repertoire: Repertoire | None = None, *, shortened: float = 1.0) -> bool:
    """Whether the last bar explodes: too many notes, too wide, or a note shorter than any before.

    That is beyond what the other bars of the piece have, if there are any but an upbeat; or more notes than
    people's last bars have, where the model says it.
    """
    starts, notes = score.bar_ticks(), score.notes
    bar = np.searchsorted(starts, notes.onset, "right") - 1
    last, before = notes.select(bar == len(starts) - 1), notes.select(bar < len(starts) - 1)
    if not len(last):
        return False
    counts = np.bincount(bar[bar < len(starts) - 1])[bool(score.upbeat) :]
    usual = float(np.median(counts[counts > 0])) if counts.any() else 4.0
    pitched = score.pitched_notes
    begun = np.searchsorted(starts, pitched.onset, "right") - 1
    *spans, width = (_span(pitched.select(begun == each)) for each in range(len(starts)))
    limits = repertoire.last_bar if repertoire else None
    short = int(SHORT * score.ticks_per_beat * shortened)  # as moods cut notes to whole ticks
    many = len(last) > max(MANY * usual, usual + MORE)
    wide = width > max(WIDE, WIDER * max(spans, default=0))
    brief = last.duration.min() < short <= before.duration.min(initial=score.ticks_per_beat)
    beyond = limits is not None and len(last) > max(limits.notes, 2 * counts.max(initial=0))
    return bool(beyond or (len(starts) > 1 + bool(score.upbeat) and (many or wide or brief)))


def foreign(score: Score, expected: Expected) -> int:
    """Notes of instruments and drums that the model was never taught and nobody asked for."""
    repertoire = expected.repertoire
    if repertoire is None:
        return 0
    asked = expected.rules.programs
    programs = {*repertoire.programs, *expected.programs, *expected.heard, *(asked or ())}
    drums = [*repertoire.drums, *expected.drums]
    found = 0
    for track in score.tracks:
        if track.is_drum:
            found += int((~np.isin(track.notes.pitch, drums)).sum())
        elif track.program not in programs:
            found += len(track.notes)
    return found


def broken(score: Score, rules: Rules) -> int:
    """Notes that break a rule."""
    found = 0
    pitched = [track for track in score.tracks if not track.is_drum]
    for number, track in enumerate(pitched):
        notes = track.notes
        if rules.scale is not None:
            found += int((~np.isin(notes.pitch % 12, list(scale_classes(rules.scale)))).sum())
        if rules.pitch_range is not None:
            low, high = _pair(rules.pitch_range, number)
            found += int(((notes.pitch < low) | (notes.pitch > high)).sum())
        if rules.polyphony is not None:
            found += _crowded(notes, _at(rules.polyphony, number))
        if rules.longest is not None:
            found += int((notes.duration > rules.longest * score.ticks_per_beat).sum())
        if rules.programs is not None and track.program not in tuple(rules.programs):
            found += len(notes)
    for track in score.tracks:
        if track.is_drum and rules.drums is not None:
            found += int((~np.isin(track.notes.pitch, list(rules.drums))).sum())
    return found


def rhythm(score: Score, expected: Expected) -> int:
    """Notes that begin where no note of the model's music does, or are shorter than its shortest."""
    repertoire = expected.repertoire
    if repertoire is None or not repertoire.onsets or score.ticks_per_beat % 24:
        return 0
    scale = score.ticks_per_beat // 24
    starts = score.bar_ticks()
    found = 0
    signatures = score.time_signatures
    for notes in (track.notes for track in score.tracks if len(track.notes)):
        bar = np.searchsorted(starts, notes.onset, "right") - 1
        begin = starts[bar].astype(np.int64)
        if score.upbeat:  # the end of a whole bar
            begin[bar == 0] = score.upbeat - rescale(1, *bar_length(signatures[1], score.ticks_per_beat))
        ruling = np.searchsorted([each.tick for each in signatures], starts[bar], "right") - 1
        compound = np.array(
            [each.denominator == 8 and each.numerator % 3 == 0 for each in signatures], np.bool_
        )[ruling]
        beat = np.where(compound, BEATS[1], BEATS[0]) * scale
        place = (notes.onset - begin) % beat
        for length in BEATS:
            here = beat == length * scale
            allowed = np.array(repertoire.onsets[length]) * scale
            found += int((~np.isin(place[here], allowed)).sum())
    shortest = min(repertoire.durations, default=0) * scale * expected.shortened  # drums alone have none
    pitched = score.pitched_notes
    return found + int((pitched.duration < int(shortest)).sum())


def _span(notes: Notes) -> int:
    return int(np.ptp(notes.pitch)) if len(notes) else 0


def _pair(ranges: Any, number: int) -> tuple[int, int]:  # Any: one pair or several, of names or numbers
    several = not isinstance(ranges[0], str | int)
    low, high = _at(ranges, number) if several else ranges
    return pitch_number(low), pitch_number(high)


def _at(values: Any, number: int) -> Any:  # Any: one for all, or one for each track, the last for the rest
    if not isinstance(values, Sequence):
        return values
    return values[min(number, len(values) - 1)]


def _crowded(notes: Notes, most: int) -> int:
    """Notes that begin while `most` or more of their track sound."""
    ends = np.sort(notes.end)
    begun = np.arange(len(notes))
    return int((begun - np.searchsorted(ends, notes.onset, "right") >= most).sum())


def shares(found: Sequence[Sequence[str]]) -> Mapping[str, float]:
    """The share of pieces with each fault, and with any."""
    count = max(len(found), 1)
    by_kind = {kind: sum(kind in each for each in found) / count for kind in KINDS}
    return {"any": sum(bool(each) for each in found) / count} | by_kind
