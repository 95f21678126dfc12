"""Phrases: where they end, and how: on the tonic, on something that waits for an answer, or not at all.

Bar lines are the only places at which a phrase is said to end, also where the next one begins with an upbeat.
Where it ends is chosen for the whole piece at once: phrases of four bars are usual, then those of eight and
two; a bar in which the tune holds still or rests is likely a last one, and where bars begin to come back that
were heard before, a phrase begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from linnet.music.key import home_key
from linnet.music.similarity import Places
from linnet.tools.lazy import np
from linnet.tools.named import NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from linnet.music.chord import Beat, Chord
    from linnet.music.notes import Notes
    from linnet.music.score import Score

    Ticks = NDArray[np.int64]

__all__ = ["CLOSED", "OPEN", "RUNS_ON", "PhraseBar", "phrases", "top_line"]

RUNS_ON, OPEN, CLOSED = 1, 2, 3
"""How a phrase ends: without a rest, waiting for an answer, at home."""

LENGTHS = {1: -2.5, 2: -0.9, 3: -1.5, 4: 0.0, 5: -1.8, 6: -1.6, 7: -2.2, 8: -0.7}
"""How usual phrases of so many bars are, as scores."""
LONGEST, LONG = 16, -3.0
"""The most bars of a phrase, and the score of those of more than eight."""
HOLDS_STILL = 2.5
"""For a last bar in which the longest step of the tune is a bar longer than in the bars around it."""
AROUND = 4
"""Bars on each side."""
LIFTS = 0.8
"""For a last bar after which everything comes back, or is about to be heard for the first of two times."""
DISTANCES = (3, 4, 6, 8, 12, 16, 24, 32)
"""Bars after which bars come back."""
COMES_BACK = 3
"""Bars that have to come back one after the other to be a section that does."""
ALIKE = 0.6
"""Share of what two bars have that both have."""
RESTS = 1.5
"""A note rests that takes so many times as long as usual until the next one."""


class PhraseBar(NamedTuple):
    """Where a bar is in its phrase."""

    cadence: int
    """How the phrase ends: RUNS_ON, OPEN or CLOSED."""

    left: int
    """Bars of the phrase after this one."""


def phrases(
    score: Score, *, key: int | None = None, chords: Sequence[Beat] | None = None
) -> tuple[PhraseBar, ...]:
    """For each bar, how its phrase ends and how many bars of it are left. An upbeat belongs to the first.

    A phrase is closed where the longest note of the top line in its last bar is the tonic and, where there is
    harmony, its chord is so too; or the chord is so after a dominant. It is open where the chord is the
    dominant, or that note rests on something else. Of notes equally long the last counts; where the piece has
    an upbeat, one as long at the end of the bar is left out.

    Args:
        score: any.
        key: the key it is at home in, in `linnet.music.key.KEYS`; found unless given.
        chords: its chords, where they are known; found unless given.
    """
    starts = score.bar_ticks()
    ends = np.append(starts[1:], max(score.end, int(starts[-1]) + 1))
    line = top_line(score)
    steps = np.diff(line.onset, append=max(score.end, line.last_end)) if len(line) else line.onset
    bar_of = np.searchsorted(starts, line.onset, "right") - 1
    upbeat = _upbeat(score, int(ends[0])) if len(starts) > 1 else 0
    begin = int(upbeat > 0)
    lengths = ends - starts
    strength = _still(steps, bar_of, lengths) + _lifts(score, starts)
    # What only rings on at the end belongs to the last phrase, which is over.
    played = max(int(bar_of[-1]), begin) + 1 if len(line) else len(starts)
    last_bars = _last_bars(strength[begin:played].tolist())
    cadences = _Cadences(score, line, steps, bar_of, ends - upbeat, key, chords)
    found: list[PhraseBar] = []
    for last in last_bars:
        kind, bar = cadences.of(last + begin), len(found)
        found += [PhraseBar(kind, last + begin - i) for i in range(bar, last + begin + 1)]
    found += [PhraseBar(found[-1].cadence, 0)] * (len(starts) - played)
    return tuple(found)


def top_line(score: Score) -> Notes:
    """The pitched notes above which nothing sounds when they begin; one at a time, in order."""
    notes = score.pitched_notes
    if not len(notes):
        return notes
    moments = np.unique(notes.onset)
    first = np.searchsorted(moments, notes.onset)
    # What is let go as the next note begins, or just after, does not hide it: people play legato.
    until = np.maximum(
        notes.end - np.minimum(notes.duration // 4, score.ticks_per_beat // 4), notes.onset + 1
    )
    count = np.searchsorted(moments, until) - first
    begin = np.cumsum(count) - count
    at = np.arange(int(count.sum())) + np.repeat(first - begin, count)
    highest = np.full(len(moments), -1)
    np.maximum.at(highest, at, np.repeat(notes.pitch.astype(np.int64), count))
    kept = notes.select(notes.pitch >= highest[first])
    return kept.select(np.diff(kept.onset, append=-1) != 0)


def _upbeat(score: Score, second: int) -> int:
    """Ticks of the upbeat: a first bar that is short, or begins in its second half. 0 without."""
    first = min((int(track.notes.onset[0]) for track in score.tracks if len(track.notes)), default=second)
    return score.upbeat or (second - first if second <= 2 * first < 2 * second else 0)


def _still(steps: Ticks, bar_of: Ticks, lengths: Ticks) -> NDArray[np.float64]:
    """How much longer the tune holds still in each bar than in those around it. (bars,)"""
    longest = np.zeros(len(lengths), np.int64)
    np.maximum.at(longest, bar_of, steps)
    still = np.minimum(longest / lengths, 1.5)
    sums, known = np.cumsum(np.append(0, still)), np.arange(len(still))
    before, after = np.maximum(known - AROUND, 0), np.minimum(known + AROUND + 1, len(still))
    score: NDArray[np.float64] = HOLDS_STILL * (still - (sums[after] - sums[before]) / (after - before))
    return score


def _lifts(score: Score, starts: Ticks) -> NDArray[np.float64]:
    """What says of each bar that a phrase begins after it. (bars,)"""
    places, found = Places(score.notes, starts), np.zeros(len(starts))
    for distance in DISTANCES:
        shared, either = places.shared(distance)
        alike = (shared >= ALIKE * either) & (places.size[distance:] > 0)
        runs = np.flatnonzero(np.diff(np.concatenate([[False], alike, [False]])))
        for first, after in zip(runs[::2].tolist(), runs[1::2].tolist(), strict=True):
            if after - first >= COMES_BACK:  # a bar or two come back by chance, and inside a phrase
                found[first + distance - 1] = LIFTS
                if first:
                    found[first - 1] = LIFTS
    ticks = [signature.tick for signature in score.time_signatures[1:]]
    changes = np.searchsorted(starts, ticks)
    found[changes[changes > 0] - 1] = LIFTS
    return found


def _last_bars(strength: Sequence[float]) -> list[int]:
    """The last bar of each phrase on the best way through the piece."""
    best, from_bar = [0.0], [0]
    usual = [LENGTHS.get(length, LONG) for length in range(LONGEST + 1)]
    for end in range(1, len(strength) + 1):
        score, begin = max(
            (best[begin] + usual[end - begin], begin) for begin in range(max(0, end - LONGEST), end)
        )
        best.append(score + strength[end - 1])
        from_bar.append(begin)
    found, end = [], len(strength)
    while end > 0:
        found.append(end - 1)
        end = from_bar[end]
    return found[::-1]


class _Cadences:
    """How phrases end that end in a bar."""

    def __init__(
        self,
        score: Score,
        line: Notes,
        steps: Ticks,
        bar_of: Ticks,
        until: Ticks,
        key: int | None,
        chords: Sequence[Beat] | None,
    ) -> None:
        """`until`: where in each bar the next phrase may set out, if it has the upbeat of the first."""
        self.line, self.steps, self.until = line, steps, until
        self.first = np.searchsorted(bar_of, np.arange(score.bars + 1))
        self.usual = float(np.median(steps)) if len(steps) else 0.0
        key = home_key(score) if key is None else key
        self.tonic = None if key is None else key % 12
        self.quarter = score.ticks_per_beat
        harmony = len(score.pitched_notes) >= 1.5 * len(line)
        self.chords = (score.chords() if chords is None else chords) if harmony and len(line) else ()
        self.ticks = [beat.tick for beat in self.chords]

    def of(self, bar: int) -> int:
        """The kind of cadence at the end of a bar."""
        first, after = int(self.first[bar]), int(self.first[bar + 1])
        if first == after or self.tonic is None:
            return RUNS_ON
        # An upbeat, as long as the first one, belongs to what follows.
        own = first + int(np.searchsorted(self.line.onset[first:after], self.until[bar]))
        durations = self.line.duration[first : max(own, first + 1)]
        note = first + int(np.flatnonzero(durations == durations.max())[-1])
        at_home = int(self.line.pitch[note]) % 12 == self.tonic
        rests = bool(self.steps[note] >= RESTS * self.usual)
        if not self.chords:
            return CLOSED if at_home else OPEN if rests else RUNS_ON
        chord, before = self._chords(int(self.line.onset[note]), int(self.line.end[note]))
        if chord is not None and chord.root == self.tonic and (at_home or _leads(before, self.tonic)):
            return CLOSED
        return OPEN if rests or _leads(chord, self.tonic) else RUNS_ON

    def _chords(self, onset: int, end: int) -> tuple[Chord | None, Chord | None]:
        """The last chord under a note, and the other one that came before it."""
        place = int(np.searchsorted(self.ticks, max(end - self.quarter // 2, onset), "right")) - 1
        chord = self.chords[place].chord
        before = place - 1
        while before > 0 and self.chords[before].chord == chord:
            before -= 1
        return chord, self.chords[before].chord if before >= 0 else None


def _leads(chord: Chord | None, tonic: int) -> bool:
    """Whether a chord is a dominant of a tonic, or what stands for one."""
    if chord is None:
        return False
    above = (chord.root - tonic) % 12
    return above == 7 or (above == 11 and "dim" in chord.quality)
