"""What a picture shows of a piece, whatever draws it: voices, drums, rows of bars, words beside them."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import TypeVar

from linnet.music.general_midi import DRUM_FAMILIES, DRUMS, PROGRAMS
from linnet.music.key import KEYS, estimate_key
from linnet.music.notes import Row
from linnet.music.score import KeySignature, Score, TempoChange, TimeSignature, Track
from linnet.tools.dataclass import dataclass, replace
from linnet.tools.text import printable

__all__ = ["Lane", "System", "View", "Voice", "printable"]

MOST_APART = 7
"""With more tracks than this, those of one name are one voice."""

LONGEST_TITLE = 80

Change = TypeVar("Change", TempoChange, TimeSignature, KeySignature)


@dataclass(frozen=True, slots=True)
class Voice:
    """Notes that share a colour."""

    name: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Lane:
    """Drums that share a line."""

    name: str
    pitches: frozenset[int]


@dataclass(frozen=True, slots=True)
class System:
    """A row of bars: bars `first` up to but without `last`, counted from 0, and their ticks."""

    first: int
    last: int
    begin: int
    end: int


class View:
    """Some bars of a piece, or all, with what there is to say about them."""

    def __init__(
        self, score: Score, *, title: str | None = None, bars: tuple[int, int] | None = None
    ) -> None:
        self.title = printable(_title(score) if title is None else title)
        # Notes may ring past the end of the piece, and they are to be seen.
        score = replace(score, end=max([score.end, *(track.notes.last_end for track in score.tracks)]))
        self.score = score
        first, last = (1, score.bars) if bars is None else map(operator.index, bars)
        if not 1 <= first <= last <= score.bars:
            raise ValueError(f"bars must satisfy 1 <= first <= last <= {score.bars}, got {first} and {last}")
        self.first, self.last = first - 1, last
        self.begin = score.bar_tick(self.first)
        self.end = self._bar_end(last)
        self.voices = [Voice(name, self._rows(tracks)) for name, tracks in _voices(score)]
        drums = self._rows([track for track in score.tracks if track.is_drum])
        self.drums = [row for row in drums if row[0] >= self.begin]

    @property
    def notes(self) -> int:
        """How many notes are seen."""
        return len(self.drums) + sum(len(voice.rows) for voice in self.voices)

    @property
    def pitches(self) -> tuple[int, int] | None:
        """The lowest and the highest pitch, drums aside; None when there are none."""
        pitches = {row[2] for voice in self.voices for row in voice.rows}
        return (min(pitches), max(pitches)) if pitches else None

    def lanes(self, most: int) -> list[Lane]:
        """A line for each drum that is played, the lowest last; one for each kind of drum when there are
        more than `most`.
        """
        played = sorted({row[2] for row in self.drums})
        if len(played) <= most:
            return [Lane(DRUMS.get(pitch, f"Drum {pitch}"), frozenset([pitch])) for pitch in reversed(played)]
        kit = {pitch for pitches in DRUM_FAMILIES.values() for pitch in pitches}
        others = (pitch for pitch in played if pitch not in kit)
        families = [*DRUM_FAMILIES.items(), ("Percussion", tuple(others))]
        found = [Lane(name, frozenset(pitches).intersection(played)) for name, pitches in families]
        return [lane for lane in reversed(found) if lane.pitches]

    def systems(self, bars_per_row: int) -> list[System]:
        """The bars in rows."""
        if operator.index(bars_per_row) < 1:
            raise ValueError(f"bars_per_row must be at least 1, got {bars_per_row}")
        starts = range(self.first, self.last, bars_per_row)
        ends = (min(first + bars_per_row, self.last) for first in starts)
        return [
            System(first, last, self.score.bar_tick(first), self._bar_end(last))
            for first, last in zip(starts, ends, strict=True)
        ]

    def key(self) -> str | None:
        """The key as estimated from the notes that are seen."""
        notes = self.score.pitched_notes
        if not len(notes):
            return None
        key = estimate_key(notes.select((notes.onset < self.end) & (notes.end > self.begin)))
        return None if key is None else KEYS[key]

    def words(self) -> list[str]:
        """Key (the file's own, else estimated), tempo, meter and size, to be read in a line."""
        score = self.score
        bpms = [change.bpm for change in self._ruling(score.tempos)]
        slow, fast = (f"{round(bpm, 1):g}" for bpm in (min(bpms), max(bpms)))
        meters = dict.fromkeys(f"{s.numerator}/{s.denominator}" for s in self._ruling(score.time_signatures))
        more = ", ..." if len(meters) > 3 else ""
        if self.last - self.first == score.bars:
            bars = "1 bar" if score.bars == 1 else f"{score.bars} bars"
        else:
            bars = f"bars {self.first + 1} to {self.last} of {score.bars}"
        seconds = round(score.seconds(self.end) - score.seconds(self.begin))
        keys = [*dict.fromkeys(sign.name for sign in self._ruling(score.key_signatures))][:3]
        if not keys and (key := self.key()):
            keys = [f"{key} (estimated)"]
        return [
            *([", ".join(keys)] if keys else []),
            f"{slow} bpm" if slow == fast else f"{slow} to {fast} bpm",
            ", ".join([*meters][:3]) + more,
            bars,
            f"{seconds // 60}:{seconds % 60:02}",
            "1 note" if self.notes == 1 else f"{self.notes:,} notes",
        ]

    def _ruling(self, changes: Sequence[Change]) -> list[Change]:
        """Those that rule some of what is seen."""
        stops = [*(change.tick for change in changes[1:]), math.inf][: len(changes)]
        return [
            change
            for change, stop in zip(changes, stops, strict=True)
            if change.tick < self.end and stop > self.begin
        ]

    def _rows(self, tracks: Sequence[Track]) -> list[Row]:
        return [
            row
            for track in tracks
            for row in track.notes.rows()
            if row[0] < self.end and row[0] + row[1] > self.begin
        ]

    def _bar_end(self, last: int) -> int:
        return self.score.bar_tick(last) if last < self.score.bars else max(self.score.end, 1)


def _title(score: Score) -> str:
    """The first text of the piece; of ours, without the hash of the model."""
    text = score.texts[0].partition(", sha256 ")[0] if score.texts else ""
    return text if len(text) <= LONGEST_TITLE else text[: LONGEST_TITLE - 1] + "…"


def _voices(score: Score) -> list[tuple[str, list[Track]]]:
    """Each pitched track under its name, or its instrument's where the name says nothing.

    When they are many, those of one name are one voice.
    """
    tracks = [track for track in score.tracks if not track.is_drum and len(track.notes)]
    given = [printable(track.name) for track in tracks]
    names = [
        name if name and given.count(name) == 1 else PROGRAMS[track.program]
        for name, track in zip(given, tracks, strict=True)
    ]
    if len(tracks) <= MOST_APART:
        return [(name, [track]) for name, track in zip(names, tracks, strict=True)]
    together: dict[str, list[Track]] = {}
    for name, track in zip(names, tracks, strict=True):
        together.setdefault(name, []).append(track)
    return list(together.items())
