"""Rules of lessons as the core keeps them (csrc/exercise.h); what is said where no note could keep them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linnet._core import Tracker
from linnet.controls.note_values import fill, ticks_of
from linnet.controls.rules import Rules
from linnet.tokens.vocabulary import TEMPOS, TIME_SIGNATURES, time_signature_index
from linnet.tools.dataclass import dataclass

if TYPE_CHECKING:
    from linnet.controls.model_info import ModelInfo

__all__ = ["ANSWER", "Exercise", "exercise_of", "one_pitch"]

ANSWER = 2
"""Bars of a call, and as many of its response; one each in pieces of two or three bars."""

_HANDS = ("", "together", "apart")
"""In the order of csrc/exercise.h."""

_RHYTHM_RESTS = 0.5
"""The largest share of rests in an exercise of rhythm alone, unless the player says another."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """What a tracker keeps out beside the limits; the defaults keep out nothing."""

    note_values: tuple[int, ...] = ()
    """Ticks of the only note values; none: any durations."""

    leap: int = 0
    """Semitones of the largest move of a melody; 0: any."""

    step_share: int = 0
    """Percent of the moves that are steps, at least."""

    rest: int = 0
    """0: rests as they like; else 1 and the percent of the time that a track is silent, at most."""

    hands: str = ""
    answer: int = 0
    """Bars that are answered by as many of the same rhythm; 0: none."""

    onsets_most: int = 0
    """Notes and strokes of a bar, at most; 0: any number."""

    onsets_more: int = 0
    """0: any number; else 1 and how many more than in the bar before, at most."""

    register_move: int = 0
    """Semitones by which a bar goes beyond the pitches of the one before, at most; 0: any."""

    tempos: tuple[int, int] = (0, len(TEMPOS) - 1)
    """The slowest and the fastest tempo token, counted from the first."""

    tempo_change: int = 0
    """The most that the tempo changes at a bar line, in bpm; 0: any."""

    def restrict(self, tracker: Tracker) -> None:
        """Holds a tracker to them, in place of those before."""
        tracker.restrict(
            note_values=bool(self.note_values),
            leap=self.leap,
            step_share=self.step_share,
            rest=self.rest,
            hands=_HANDS.index(self.hands),
            answer=self.answer,
            onsets_most=self.onsets_most,
            onsets_more=self.onsets_more,
            register_move=self.register_move,
            tempos=self.tempos,
            tempo_change=self.tempo_change,
        )

    def check_meter(self, meter: str) -> None:
        """ValueError where no note value fits into a bar of this meter, or none may be silent and they fill
        none.
        """
        bar = TIME_SIGNATURES[time_signature_index(meter)][2]
        if self.note_values and min(self.note_values) > bar:
            raise ValueError(f"rhythm has no note value that fits into a bar of {meter}")
        if self.note_values and self.rest == 1 and not fill(self.note_values, bar):
            raise ValueError(f"rest cannot be 'none': the note values of rhythm do not fill a bar of {meter}")

    def suits(self, meter: str) -> bool:
        """Whether `check_meter` has nothing to say."""
        try:
            self.check_meter(meter)
        except ValueError:
            return False
        return True


def exercise_of(rules: Rules, info: ModelInfo, taught: Sequence[int], longest: int) -> Exercise:
    """The rules of lessons among a player's rules, for a model that was taught notes of so many ticks (none:
    any) and plays none longer than `longest` (0: any).

    ValueError when no note could keep them.
    """
    for name in (
        "rhythm",
        "call_and_response",
        "most_notes",
        "more_notes",
        "register_change",
        "bpm_range",
        "bpm_change",
    ):
        if getattr(rules, name) and info.time_base != "grid":
            raise ValueError(f"{info.name} keeps human timing: it has no bars, and no {name}")
    tracks = info.repertoire.tracks if info.repertoire else 16
    if rules.hands and tracks < 2:
        raise ValueError(f"hands are two tracks, and {info.name} has learnt to play fewer")
    if rules.hands == "apart" and rules.rest not in (None, "allowed"):
        raise ValueError("rest cannot be limited while hands play apart: one of them rests")
    return Exercise(
        note_values=_values(rules, info, taught, longest),
        leap=rules.leap or 0,
        step_share=round(100 * (rules.step_share or 0)),
        rest=_rest(_RHYTHM_RESTS if rules.rest is None and rules.rhythm_only else rules.rest),
        hands=rules.hands or "",
        answer=ANSWER if rules.call_and_response else 0,
        onsets_most=rules.most_notes or 0,
        onsets_more=0 if rules.more_notes is None else 1 + rules.more_notes,
        register_move=rules.register_change or 0,
        tempos=_tempos(rules),
        tempo_change=max(int(rules.bpm_change), 1) if rules.bpm_change else 0,
    )


def _tempos(rules: Rules) -> tuple[int, int]:
    """The tempo tokens in the range; ValueError where there is none, or the tempo asked for is not."""
    if rules.bpm_range is None:
        return 0, len(TEMPOS) - 1
    low, high = rules.bpm_range
    bpm = getattr(rules, "bpm", None)
    if bpm is not None and not low <= bpm <= high:
        raise ValueError(f"bpm must be within bpm_range, {low:g} to {high:g}, got {bpm:g}")
    inside = [i for i, each in enumerate(TEMPOS) if low <= each <= high]
    if not inside:
        known = ", ".join(map(str, TEMPOS))
        raise ValueError(f"bpm_range must hold one of the tempos {known}, got {low:g} to {high:g}")
    return inside[0], inside[-1]


def _rest(rest: str | float | None) -> int:
    if rest is None or rest == "allowed":
        return 0
    return 1 + (0 if rest == "none" else int(100 * float(rest)))


def _values(rules: Rules, info: ModelInfo, taught: Sequence[int], longest: int) -> tuple[int, ...]:
    """Ticks of the note values that are asked for and that the model has learnt; ValueError for none."""
    if rules.rhythm is None:
        return ()
    asked = {value: ticks_of(value) for value in rules.rhythm}
    ticks = [each for each in asked.values() if not taught or each in taught]
    if not ticks:
        raise ValueError(f"rhythm must have a note value that {info.name} has learnt, got {', '.join(asked)}")
    ticks = [each for each in ticks if not longest or each <= longest]
    if not ticks:
        raise ValueError(f"rhythm has no note value as short as the longest note, got {', '.join(asked)}")
    return tuple(sorted(ticks))


def one_pitch(
    ranges: Sequence[tuple[int, int]], classes: Sequence[int], known: tuple[int, int] | None, tonic: int
) -> int:
    """The pitch of an exercise of rhythm alone: the tonic nearest to the middle of the stave where it may be
    struck, else the nearest pitch that may.
    """
    low, high = ranges[0]
    if known is not None and known[0] <= high and low <= known[1]:
        low, high = max(low, known[0]), min(high, known[1])
    may = [pitch for pitch in range(low, high + 1) if pitch % 12 in classes]
    if not may:
        raise ValueError("rhythm_only needs a pitch, and the other rules leave none")
    return min(may, key=lambda pitch: (pitch % 12 != tonic, abs(pitch - _MIDDLE_LINE), pitch))


_MIDDLE_LINE = 71
"""B4, of a stave with a treble clef."""
