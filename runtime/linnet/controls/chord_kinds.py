"""Chords that a player asks for: a line, bars, or a lead sheet."""

from __future__ import annotations

import re
from itertools import pairwise
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from linnet.controls import progression
from linnet.controls.kinds import Kind, listed
from linnet.controls.plan_rows import beat_ticks
from linnet.music.chord import NO_CHORD, Chord, is_symbol
from linnet.music.score import SHEETS, Score

__all__ = ["CHORDS", "chords_of"]

_NONE, _GOES_ON = "N", "."
_FILES = (*SHEETS, ".mid", ".midi")


def _chords(value: Any) -> str:
    if isinstance(value, PathLike) or (isinstance(value, str) and Path(value).suffix.lower() in _FILES):
        score = Score.open(value)
        return chords_of(score, Path(fspath(value)).name)
    if isinstance(value, Score):
        return chords_of(value, "the score")
    if not isinstance(value, str):
        bars = listed(value, "chords such as 'C Am F G', or those of each bar", ordered=True)
        value = " | ".join(map(str, bars)) if len(bars) > 1 else "".join(map(str, bars))
    return progression.check(value)


def chords_of(score: Score, name: str) -> str:
    """The chord symbols of a lead sheet, which are markers of its score, as a line: bar by bar, from the
    first full one on. What a chord says beyond its triad and seventh is left out.

    ValueError where there are none.
    """
    found = [(mark.tick, mark.text) for mark in score.markers if _is_chord(mark.text)]
    if not found:
        raise ValueError(f"{name} has no chord symbols; linnet info --chords shows what its notes imply")
    starts = [*score.bar_ticks().tolist(), score.end][int(score.upbeat > 0) :]
    bars: list[str] = []
    for begin, end in pairwise(starts):
        sign = [sign for sign in score.time_signatures if sign.tick <= begin][-1]
        beat = beat_ticks(sign, score.ticks_per_beat)
        words = [_at(found, tick, beat) for tick in range(begin, end, beat)]
        words = [_GOES_ON if i and word == words[i - 1] else word for i, word in enumerate(words)]
        bars.append(words[0] if set(words[1:]) <= {_GOES_ON} else " ".join(words))
    return progression.check(" | ".join(bars) if len(bars) > 1 else bars[0])


def _is_chord(text: str) -> bool:
    return text in NO_CHORD or is_symbol(text, sus=True)


def _at(found: list[tuple[int, str]], tick: int, beat: int) -> str:
    """The chord that sounds on a beat, also one that begins within its first half."""
    before = [text for at, text in found if at < tick + beat / 2]
    if not before or before[-1] in NO_CHORD:
        return _NONE
    chord = Chord.nearest(re.sub("sus[24]?", "", before[-1]))
    return _NONE if chord is None else str(chord)


CHORDS = Kind(_chords, "CHORDS")
