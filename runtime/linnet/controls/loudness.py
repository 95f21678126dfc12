"""How loud notes are, by rules: between two velocities, and no more than so many apart from bar to bar.

The loudness that the network plays, and what a mood adds to it, keeps its shape inside the range. Whole
numbers throughout, so that it is the same on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from linnet.controls.rules import Rules
from linnet.music.score import Notes, Score
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.controls.options import Options

__all__ = ["Dynamics", "Loudness", "faded", "loudness_of", "played"]

_LOUDEST = 127


@dataclass(frozen=True, slots=True)
class Loudness:
    """The rules."""

    lowest: int = 1
    highest: int = _LOUDEST
    change: int = 0
    """The most that two notes of a bar and the bar before differ; 0: any."""

    @property
    def is_free(self) -> bool:
        """Whether there is no rule."""
        return (self.lowest, self.highest, self.change) == (1, _LOUDEST, 0)

    def scaled(self, velocity: int) -> int:
        """A velocity from 1 to 127 in the range."""
        room = self.highest - self.lowest
        return self.lowest + ((min(max(velocity, 1), _LOUDEST) - 1) * room + 63) // (_LOUDEST - 1)


@dataclass(frozen=True, slots=True)
class Dynamics:
    """What was heard lately: the softest and the loudest velocity of this bar and of the last one that had
    notes; 0 where there are none.
    """

    bar: int = -1
    """The tick of its line."""

    softest: int = 0
    loudest: int = 0
    softest_before: int = 0
    loudest_before: int = 0

    def heard(self, rules: Loudness, bar: int, velocity: int) -> tuple[int, Dynamics]:
        """How loud a note of a bar is that would have this velocity, and what was heard after it."""
        now = self
        if bar != self.bar:
            before = (
                (self.softest, self.loudest) if self.loudest else (self.softest_before, self.loudest_before)
            )
            now = Dynamics(bar, 0, 0, *before)
        loud = rules.scaled(velocity)
        heard = [each for each in (now.softest, now.loudest, now.softest_before, now.loudest_before) if each]
        if rules.change and heard:
            least, most = max(heard) - rules.change, min(heard) + rules.change
            loud = min(max(loud, least), most) if least <= most else (min(heard) + max(heard)) // 2
        loud = min(max(loud, 1), _LOUDEST)
        softest = min(loud, now.softest) if now.softest else loud
        return loud, replace(now, softest=softest, loudest=max(loud, now.loudest))

    def entry(self) -> list[int]:
        """As a saved stream has it."""
        return [self.bar, self.softest, self.loudest, self.softest_before, self.loudest_before]

    @classmethod
    def restored(cls, entry: Any) -> Dynamics:  # Any: JSON
        """That of a saved stream; ValueError for damage."""
        if len(entry) != 5 or not all(type(each) is int for each in entry):
            raise ValueError("the loudness is damaged")
        if not -1 <= entry[0] < 2**62 or not all(0 <= each <= _LOUDEST for each in entry[1:]):
            raise ValueError("the loudness is damaged")
        return cls(*entry)


def loudness_of(rules: Rules | Options) -> Loudness:
    """The rules among a player's."""
    low, high = rules.loudness_range or (1, _LOUDEST)
    return Loudness(int(low), int(high), rules.loudness_change or 0)


def played(score: Score, rules: Loudness, bars: Iterable[int]) -> Score:
    """A new piece as loud as the rules let it be, drums too. `bars`: the ticks of its bar lines."""
    if rules.is_free:
        return score
    lines = np.array([0, *bars])
    rows = sorted(
        (note.onset, number, place, note.velocity)
        for number, track in enumerate(score.tracks)
        for place, note in enumerate(track.notes)
    )
    loud = [np.array(track.notes.velocity, np.int64) for track in score.tracks]
    dynamics = Dynamics()
    for onset, number, place, velocity in rows:
        bar = int(lines[np.searchsorted(lines, onset, side="right") - 1])
        loud[number][place], dynamics = dynamics.heard(rules, bar, velocity)
    return _with(score, loud)


def faded(score: Score, start: int) -> Score:
    """The score with notes that grow softer, in a straight line, from a tick on to its end."""
    end = max(score.end, start + 1)

    def softer(notes: Notes) -> Any:  # int64
        onset, velocity = notes.onset.astype(np.int64), notes.velocity.astype(np.int64)
        left = np.clip(end - onset, 0, end - start)
        return np.maximum(velocity * left // (end - start), 1)

    return _with(score, [softer(track.notes) for track in score.tracks])


def _with(score: Score, loud: list[Any]) -> Score:
    tracks = (
        replace(track, notes=Notes(track.notes.onset, track.notes.duration, track.notes.pitch, each))
        for track, each in zip(score.tracks, loud, strict=True)
    )
    return replace(score, tracks=tuple(tracks))
