"""Whether a tune is one to practise: it closes, moves, and is not like another one."""

from __future__ import annotations

from itertools import pairwise

from linnet.music.score import Note, Score

__all__ = ["alike", "bars_of", "is_good"]

_ALIKE = 0.5
"""Share of equal bars from which on two exercises are alike."""

_SAME, _REACH, _LEFT_REACH = 3, 5, 3
"""Notes of one pitch in a row, at most; semitones that an exercise spans, and its left hand, at least."""

_CONSONANT = {0, 3, 4, 5, 7, 8, 9}
_AGREE = 0.75
"""Share of the onsets of both hands that are consonant, at least."""


def is_good(score: Score, tonic: int, bars: int) -> bool:
    """Whether it closes on its tonic, held, and moves: not the same note or bar again and again.

    Of two hands the last note, or the lower of two, is the tonic; each of them plays, and what they strike
    together is mostly consonant.

    Args:
        score: of one track, or of two hands.
        tonic: a pitch class.
        bars: that it is to have.
    """
    notes = sorted(score.notes, key=lambda note: (note.onset, -note.pitch))
    if len(notes) < 2 * bars or score.upbeat or notes[-1].pitch % 12 != tonic:
        return False
    if notes[-1].duration < score.ticks_per_beat or len(set(bars_of(score))) <= bars // 3:
        return False
    reaches = (_REACH, _LEFT_REACH)
    hands = [sorted(track.notes, key=lambda note: note.onset) for track in score.tracks]
    if len(hands) == 2 and not _agree(*hands):
        return False
    return all(
        len(hand) >= bars // len(hands) and _moves(hand, reach)
        for hand, reach in zip(hands, reaches, strict=False)
    )


def _moves(notes: list[Note], reach: int) -> bool:
    pitches = [note.pitch for note in notes]
    run = longest = 1
    for a, b in pairwise(pitches):
        run = run + 1 if a == b else 1
        longest = max(longest, run)
    return longest <= _SAME and max(pitches) - min(pitches) >= reach


def _agree(right: list[Note], left: list[Note]) -> bool:
    below = {note.onset: note.pitch for note in left}
    both = [(note.pitch - below[note.onset]) for note in right if note.onset in below]
    crossed = any(step < 0 for step in both)
    return not crossed and sum(step % 12 in _CONSONANT for step in both) >= _AGREE * len(both)


def bars_of(score: Score) -> list[tuple[tuple[int, int, int], ...]]:
    """What is in each bar, wherever it lies: places, intervals from its first note, and durations."""
    starts = [*score.bar_ticks().tolist(), score.end]
    found = []
    for begin, end in pairwise(starts):
        inside = [note for note in score.notes if begin <= note.onset < end]
        found.append(tuple((n.onset - begin, n.pitch - inside[0].pitch, n.duration) for n in inside))
    return found


def alike(a: Score, b: Score) -> bool:
    own, other = bars_of(a), set(bars_of(b))
    return sum(bar in other for bar in own) >= _ALIKE * len(own)
