"""How loud notes are: as each bar is told to be, and by rules, between two velocities and no more than so
many apart from bar to bar.

The loudness that the network plays, and what a mood adds to it, keeps its shape inside the range. Whole
numbers throughout, so that it is the same on every machine.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from linnet.controls.plan_rows import LOUDNESS_EDGES
from linnet.controls.rules import Rules
from linnet.controls.wishes import INDEX
from linnet.music.score import Notes, Score
from linnet.music.timeline import bar_length, rescale
from linnet.tools.dataclass import dataclass, replace
from linnet.tools.lazy import np

if TYPE_CHECKING:
    from linnet.controls.options import Options
    from linnet.controls.request import Request

__all__ = ["Dynamics", "Loudness", "as_told", "faded", "louder_by", "loudness_of", "played", "told"]

_LOUDEST = 127

_MIDDLE = (42, 52, 62, 74, 85, 93, 100, 110)
"""A velocity in the middle of each class of a bar's loudness (`LOUDNESS_EDGES`)."""


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


def told(request: Request, bar: int) -> int:
    """How loud a bar is to be, as the wish for loudness counts it: what is asked for, or what the plan says
    of it. 0: nothing is said. `bar`: from 1, a primer's bars not counted.
    """
    column = INDEX["loudness"]
    if column in request.held or request.plan is None or bar < request.first:
        return request.wishes[column]
    return request.plan.bar(bar - request.first).wishes.get(column, request.wishes[column])


def louder_by(level: int, velocities: Sequence[int]) -> int:
    """How much louder the notes of a bar have to be (softer, below 0) for its mean to be as loud as it is
    told: 0 where it is so already. What the network plays keeps its shape inside the bar.
    """
    if not level or not velocities:
        return 0
    mean = (2 * sum(velocities) + len(velocities)) // (2 * len(velocities))
    low, high = [0, *LOUDNESS_EDGES, _LOUDEST + 1][level - 1 : level + 1]
    return 0 if low <= mean < high else _MIDDLE[level - 1] - mean


def as_told(score: Score, request: Request) -> Score:
    """A new piece on the grid whose bars are as loud as they are told to be."""
    column, plan = INDEX["loudness"], request.plan
    planned = plan is not None and any(bar.wishes.get(column) for bar in plan.bars)
    if not planned and not request.wishes[column]:
        return score
    lines = [  # without numpy, which a new piece does not need
        signature.tick + rescale(bar, *bar_length(signature, score.ticks_per_beat))
        for signature, count in score.meters()
        for bar in range(count)
    ]
    heard: list[list[int]] = [[] for _ in lines]
    rows = [track.notes.rows() for track in score.tracks]
    for track in rows:
        for onset, _, _, velocity in track:
            heard[bisect_right(lines, onset) - 1].append(velocity)
    louder = [louder_by(told(request, bar + 1), velocities) for bar, velocities in enumerate(heard)]

    def moved(onset: int, velocity: int) -> int:
        return min(max(velocity + louder[bisect_right(lines, onset) - 1], 1), _LOUDEST)

    changed = (
        Notes.of_rows(
            [(onset, duration, pitch, moved(onset, velocity)) for onset, duration, pitch, velocity in track]
        )
        for track in rows
    )
    tracks = (replace(track, notes=notes) for track, notes in zip(score.tracks, changed, strict=True))
    return replace(score, tracks=tuple(tracks))


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
