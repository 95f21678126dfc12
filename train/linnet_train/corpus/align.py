"""Puts music on its bar lines.

A converter that writes a tune with an upbeat usually starts it at tick 0, so every bar line of the MIDI
file is early by the length of the upbeat. Two things still tell where the bars are:

- **A short first bar.** The signature at tick 0 is cut short by the next one (an upbeat written as its own
  bar). The missing time is put before it as a rest.
- **Accents.** abc2midi, and other converters with a stress model, play with a handful of velocities, and
  the loudest one stands on the first note of every bar. (The very first note gets it too, upbeat or not.)
  The loudest notes then say where bars begin: an upbeat of length p gets a rest of (bar - p) before it, and
  where a bar in the middle is short (a part without its upbeat, a second ending) the time signature is
  written again at the true bar line, which starts a new bar there.

What counts as accents is decided for each track by its velocities alone, never by the name of a corpus: at
most four levels, and the loudest one about once a bar. Everything here is a function from Score to Score;
positions are compared on a grid of 24 ticks a quarter, because abc2midi starts at tick 1 instead of 0.
"""

from dataclasses import dataclass, replace
from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Notes, Score, TimeSignature, rescale

GRID = 24
"""Ticks a quarter in which bars and accents are compared."""

MAX_LEVELS = 4
"""More velocities than this are dynamics, not a stress pattern."""

MIN_ACCENTS = 4
"""Fewer accents say nothing about a whole piece."""

STRUM = 2
"""Notes of one chord may be spread over this many grid ticks."""

LATE = 2
"""A signature this many grid ticks after the start stands at the start."""

MIN_WRITTEN = 0.9
"""The least share of accents on 32nds or triplet 16ths; human timing shows no bar lines to the tick."""

STRAY = 0.75
"""What an accent off the bar line costs where an odd bar costs 1: one stray accent beats two odd bars."""

MIN_REGULAR = 0.7
"""The least share of steps from one accented bar line to the next that are whole bars."""

MIN_EXPLAINED = 0.9
"""The least share of accents that stand on bar lines afterwards. Below either share, bars are unclear."""

Ticks = NDArray[np.int64]
Status = Literal["unmarked", "right", "aligned", "unclear", "torn"]


@dataclass(frozen=True, slots=True)
class Alignment:
    """What became of a piece."""

    score: Score
    status: Status
    """unmarked: nothing tells the bars; right: they were right; aligned: they were moved; unclear: the
    accents fit no bars; torn: two tracks have clear bars that contradict each other. The last two keep the
    bars they had.
    """

    rest: int = 0
    """Ticks of rest put before the first note."""

    cuts: int = 0
    """Signatures written again to start a bar early."""

    before: float = 0.0
    """Share of the accents on bar lines as the file had them; the first note is not counted."""

    after: float = 0.0
    """The same afterwards."""


def align(score: Score) -> Alignment:
    """The same music with its bar lines where its signatures and accents say they are."""
    score = snap_signatures(score)
    completed = complete_first_bar(join_cut_bars(score))
    status: Status = "unmarked" if completed.time_signatures == score.time_signatures else "aligned"
    by_track = accents(completed)
    found = np.unique(np.concatenate([np.zeros(0, np.int64), *by_track]))
    before = downbeat_share(completed, found)
    unchanged = Alignment(completed, status, completed.end - score.end, before=before, after=before)
    if not by_track:
        return unchanged
    fitted = _fit(completed, found)
    if fitted is None:
        clear = sum(_fit(completed, alone) is not None for alone in by_track)
        return replace(unchanged, status="torn" if clear > 1 else "unclear")
    if fitted == completed:
        return replace(unchanged, status="right" if status == "unmarked" else status)
    return Alignment(
        fitted,
        "aligned",
        rest=fitted.end - score.end,
        cuts=len(fitted.time_signatures) - len(completed.time_signatures),
        before=before,
        after=downbeat_share(fitted, found + _grid_ticks(fitted.end - completed.end, score)),
    )


def accents(score: Score) -> list[Ticks]:
    """Grid positions of the accented notes, for each track that has a stress pattern."""
    found = [_track_accents(track.notes, score) for track in score.tracks if not track.is_drum]
    return [positions for positions in found if positions is not None]


def downbeat_share(score: Score, found: Ticks) -> float:
    """Share of the accents (all but one on the first note) that stand on bar lines; 0 without accents."""
    first = _grid(score.notes.onset[:1], score)
    counted = found[~np.isin(found, first)]
    return float(np.isin(counted, _grid(score.bar_ticks(), score)).mean()) if len(counted) else 0.0


def snap_signatures(score: Score) -> Score:
    """The same music with its signatures on the grid, and those that only just miss the start at the start.

    abc2midi writes a default at tick 0 and the true signature at tick 1; other programs take a little longer.
    """
    lines = [_grid_ticks(signature.tick, score) for signature in score.time_signatures]
    ticks = [_score_ticks(line, score) if line > LATE else 0 for line in lines]
    snapped = (replace(s, tick=tick) for s, tick in zip(score.time_signatures, ticks, strict=True))
    return replace(score, time_signatures=tuple(snapped))


def complete_first_bar(score: Score) -> Score:
    """The same music after a rest that makes a short first bar whole.

    Short is a first signature that the next one cuts, or one that lasts a single bar of at most half the
    length of those that follow (1/4, then 4/4).
    """
    if len(score.time_signatures) < 2 or not _written(_grid_ticks(score.time_signatures[1].tick, score)):
        return score
    first, second = score.time_signatures[:2]
    own, following = _bar(first, score.ticks_per_beat), _bar(second, score.ticks_per_beat)
    if second.tick < own:
        return _delay(score, own - second.tick, score.time_signatures)
    if second.tick == own < following and own * 2 <= following:
        whole = TimeSignature(0, second.numerator, second.denominator)
        return _delay(score, following - own, (whole, *score.time_signatures[1:]))
    return score


def join_cut_bars(score: Score) -> Score:
    """The same music without repeated signatures inside a bar whose pieces add up to a whole one."""
    kept = list(score.time_signatures[:1])
    for i, signature in enumerate(score.time_signatures[1:], 1):
        running, bar = kept[-1], _bar(kept[-1], score.ticks_per_beat)
        line = signature.tick + (running.tick - signature.tick) % bar  # where the running bar would end
        repeated = replace(running, tick=signature.tick) == signature
        if not repeated or all(later.tick != line for later in score.time_signatures[i + 1 :]):
            kept.append(signature)
    return replace(score, time_signatures=tuple(kept))


def _track_accents(notes: Notes, score: Score) -> Ticks | None:
    levels = np.unique(notes.velocity)
    if not 2 <= len(levels) <= MAX_LEVELS:
        return None
    loud = np.unique(_grid(notes.onset[notes.velocity == levels[-1]], score))
    loud = loud[np.concatenate([[True], np.diff(loud) > STRUM])]
    once_a_bar = score.bars / 2 <= len(loud) <= 1.5 * score.bars + 2
    written = np.mean(_written(loud)) >= MIN_WRITTEN
    return loud if len(loud) >= MIN_ACCENTS and once_a_bar and written else None


def _fit(score: Score, found: Ticks) -> Score | None:
    """The same music with bars that begin on these accents; None when no regular bars do."""
    ends = [
        *(_grid_ticks(signature.tick, score) for signature in score.time_signatures[1:]),
        int(found[-1]) + 1,
    ]
    rest, signatures, steps, regular = 0, [], 0, 0
    for signature, end in zip(score.time_signatures, ends, strict=True):
        signatures.append(signature)
        start = _grid_ticks(signature.tick, score)
        bar, remainder = divmod(4 * GRID * signature.numerator, signature.denominator)
        inside = found[(found >= start) & (found < end)]
        if remainder or bar < GRID // 2 or len(inside) < 2:
            continue
        chain = _downbeats(inside, start, bar)
        gaps = np.diff(chain)
        odd = gaps % bar != 0
        steps, regular = steps + len(gaps), regular + int((~odd).sum())
        upbeat = (int(chain[0]) - start) % bar
        if upbeat and signature is score.time_signatures[0]:
            rest = _score_ticks(bar - upbeat, score)
        elif upbeat:
            signatures.append(replace(signature, tick=_score_ticks(start + upbeat, score)))
        signatures += [replace(signature, tick=_score_ticks(int(line), score)) for line in chain[1:][odd]]
    fitted = _delay(score, rest, tuple(signatures))
    explained = downbeat_share(fitted, found + _grid_ticks(rest, score))
    return fitted if regular >= MIN_REGULAR * max(steps, 1) and explained >= MIN_EXPLAINED else None


def _downbeats(found: Ticks, start: int, bar: int) -> Ticks:
    """The accents that are first beats: the chain with the fewest odd bars and stray accents.

    An accent on `start` may be an upbeat, for free.
    """
    count = len(found)
    begins = STRAY * (np.arange(count) - (found[0] == start)).clip(min=0)
    cost, previous = begins.astype(np.float64), np.full(count, -1)
    for i in range(count):
        for j in range(max(0, i - 4), i):
            price = cost[j] + STRAY * (i - j - 1) + float((found[i] - found[j]) % bar != 0)
            if price < cost[i]:
                cost[i], previous[i] = price, j
    last = int(np.argmin(cost + STRAY * np.arange(count)[::-1]))
    chain = []
    while last >= 0:
        chain.append(int(found[last]))
        last = int(previous[last])
    return np.array(chain[::-1], np.int64)


def _delay(score: Score, rest: int, signatures: tuple[TimeSignature, ...]) -> Score:
    """The same music after a rest of that many ticks, under these signatures (which stand where they would
    without it).
    """

    def later(notes: Notes) -> Notes:
        return Notes.sorted(notes.onset + rest, notes.duration, notes.pitch, notes.velocity)

    return replace(
        score,
        tracks=tuple(replace(track, notes=later(track.notes)) for track in score.tracks),
        tempos=tuple(replace(tempo, tick=tempo.tick + rest if tempo.tick else 0) for tempo in score.tempos),
        time_signatures=tuple(replace(s, tick=s.tick + rest if s.tick else 0) for s in signatures),
        end=score.end + rest,
    )


def _bar(signature: TimeSignature, ticks_per_beat: int) -> int:
    return max(1, 4 * ticks_per_beat * signature.numerator // signature.denominator)


@overload
def _written(grid_ticks: int) -> bool: ...
@overload
def _written(grid_ticks: Ticks) -> NDArray[np.bool_]: ...
def _written(grid_ticks: int | Ticks) -> bool | NDArray[np.bool_]:
    """Whether notation with 32nds and triplet 16ths reaches this place."""
    return (grid_ticks % 3 == 0) | (grid_ticks % 4 == 0)


def _grid(ticks: Ticks, score: Score) -> Ticks:
    return rescale(ticks, GRID, score.ticks_per_beat)


def _grid_ticks(ticks: int, score: Score) -> int:
    return rescale(ticks, GRID, score.ticks_per_beat)


def _score_ticks(grid_ticks: int, score: Score) -> int:
    return rescale(grid_ticks, score.ticks_per_beat, GRID)
