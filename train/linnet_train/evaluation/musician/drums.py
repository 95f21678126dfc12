"""What drums do: a beat that one can feel, a pattern that returns.

All are figures of one piece; NaN without drums, or where they are too few to tell.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Notes, Score
from linnet_train.evaluation.musician.reading import full_bars, mean, within

KICKS, SNARES, HATS, RIDES = (35, 36), (37, 38, 39, 40), (22, 26, 42, 44, 46), (51, 53, 59)
"""General MIDI drums; 22 and 26 are how electronic kits send the edge of the hi-hat."""

RATE = 100
"""Frames of onset strength in a second."""

SMOOTHED = 0.02
"""Seconds: standard deviation of the Gaussian that strokes are smoothed by; what is nearer than it is
together."""

TEMPOS = np.arange(60.0, 201.0)
"""Beats a minute."""

BEATS = (1, 2, 4)
"""At which music with a beat is like itself."""

BAR = (1.0, 4.5)
"""Seconds that a bar may last."""

EVEN = 0.12
"""Steady strokes come in gaps that differ by less than this share."""

FEWEST = 4
"""Strokes; drums with fewer have no rhythm."""

MANY = 4
"""Strokes of a bar with drums in it."""

Frames = NDArray[np.float64]


def strokes(score: Score) -> Notes:
    """The notes of all drum tracks, in order of onset."""
    tracks = tuple(track.notes for track in score.tracks if track.is_drum)
    if not tracks:
        return Notes()
    columns = ("onset", "duration", "pitch", "velocity")
    return Notes(*(np.concatenate([getattr(notes, name) for notes in tracks]) for name in columns))


def pulse(score: Score) -> float:
    """How much the drums have a beat: 1 for a click track, about 0 for none.

    The autocorrelation of their onset strength (velocity, smoothed by 20 ms), on average at 1, 2 and 4 beats
    of the tempo from 60 to 200 beats a minute at which that is highest.
    """
    every = strokes(score)
    alike = _alike(score, every) if len(every) >= FEWEST else None
    if alike is None:
        return np.nan
    lags = 60 * RATE / TEMPOS[:, None] * np.array(BEATS)  # (tempos, beats)
    lags = lags[lags.max(axis=1) < len(alike)]
    found = np.interp(lags, np.arange(len(alike)), alike).mean(axis=1)
    return float(found.max()) if len(found) else np.nan


def repetition_at_the_bar(score: Score) -> float:
    """How much the drums do again what they did a bar ago: 1 for a loop, about 0 for no pattern.

    The autocorrelations of the onset strengths of kick, snare and hat, averaged over these, at the lag from
    1 to 4.5 seconds at which that is highest. A lane without strokes counts as 0.
    """
    every = strokes(score)
    if len(every) < FEWEST:
        return np.nan
    lanes = [_alike(score, _of(every, drums)) for drums in (KICKS, SNARES, HATS)]
    known = [lane for lane in lanes if lane is not None]
    low, high = (int(limit * RATE) for limit in BAR)
    total = np.sum(known, axis=0)[low : high + 1] / len(lanes) if known else np.zeros(0)
    return float(total.max()) if len(total) else np.nan


def hat_and_ride(score: Score) -> float:
    """Share of strokes on the hi-hat and the ride."""
    every = strokes(score)
    return mean(np.isin(every.pitch, (*HATS, *RIDES)))


def steady_hat_run(score: Score) -> float:
    """The longest run of strokes on the hi-hat or the ride whose gaps differ by less than 12 %, each from
    the one before; in strokes.
    """
    every = strokes(score)
    if not len(every):
        return np.nan
    longest = 0
    for drums in (HATS, RIDES):
        times = score.onset_seconds(_of(every, drums))
        times = times[np.diff(times, prepend=-1.0) > SMOOTHED]
        run = min(len(times), 2)
        longest = max(longest, run)
        for before, after in pairwise(np.diff(times)):
            run = run + 1 if abs(after - before) < EVEN * max(before, after) else 2
            longest = max(longest, run)
    return float(longest)


def bars_with_four_strokes(score: Score) -> float:
    """Share of bars with four or more strokes, of a piece with drums."""
    every = strokes(score)
    if not len(every):
        return np.nan
    return mean([len(within(every, bar)) >= MANY for bar in full_bars(score)])


def bar_like_the_one_before(score: Score) -> float:
    """How much bars of drums have in common with the bar before, of what either holds (Jaccard index of
    (sixteenth, drum)); pairs of bars without drums are left out.
    """
    every = strokes(score)
    bars = []
    for bar in full_bars(score):
        notes = within(every, bar)
        sixteenths = np.floor((notes.onset - bar[0]) * 4 / score.ticks_per_beat + 0.5).astype(np.int64)
        bars.append(set(zip(sixteenths.tolist(), notes.pitch.tolist(), strict=True)))
    return mean([len(a & b) / len(a | b) for a, b in pairwise(bars) if a | b])


def _of(notes: Notes, drums: tuple[int, ...]) -> Notes:
    return notes.select(np.isin(notes.pitch, drums))


def _alike(score: Score, notes: Notes) -> Frames | None:
    """Autocorrelation of the onset strength of these strokes, at each lag in frames, from the first stroke of
    all drums to the last; 1 at lag 0. None without strokes, or where they say nothing.

    It is divided by the energy of all, not of the part that overlaps: it falls with the lag.
    """
    if not len(notes):
        return None
    every = score.onset_seconds(strokes(score))
    frames = int((every[-1] - every[0]) * RATE) + 1
    place = np.floor((score.onset_seconds(notes) - every[0]) * RATE + 0.5).astype(np.int64)
    weight = notes.velocity.astype(np.float64)
    strength = np.bincount(np.minimum(place, frames - 1), weights=weight, minlength=frames)
    width = SMOOTHED * RATE
    reach = int(4 * width)
    window = np.exp(-0.5 * (np.arange(-reach, reach + 1) / width) ** 2)
    strength = np.convolve(strength, window, "full")
    strength -= strength.mean()
    spectrum = np.abs(np.fft.rfft(strength, 2 * len(strength))) ** 2
    found: Frames = np.fft.irfft(spectrum)[: len(strength)]
    return found / found[0] if found[0] > 0 else None
