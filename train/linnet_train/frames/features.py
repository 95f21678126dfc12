"""What can be known about a frame before it sounds: functions of the frames before it, in the same piece.

A *source* is an earlier frame that the next one may repeat, perhaps transposed: the frame a fixed number of
frames ago, what followed the last time the same suffix sounded, or the frame one period ago. Networks are
shown what the sources hold and how right each of them was lately.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linnet_train.frames.sets import Rolls

LAGS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
SUFFIXES = (1, 2, 3, 4, 6, 8, 12, 16, 32)
RELATIVE_SUFFIXES = (2, 4, 8)
VOICE_SUFFIXES = (3, 6)
PERIODS = range(2, 129)
PERIOD_WINDOW = 32

SOURCE_NAMES = (
    *(f"lag {n}" for n in LAGS),
    *(f"suffix {n}" for n in SUFFIXES),
    *(f"transposed suffix {n}" for n in RELATIVE_SUFFIXES),
    *(f"{voice} suffix {n}" for voice in ("top", "bottom") for n in VOICE_SUFFIXES),
    "period",
)

RECENT = (8, 32)
"""Windows, in frames, over which it is counted how right a source was."""

HALF_LIVES = (2.0, 8.0, 32.0)
"""Of the traces that sounding pitches leave, in frames."""

LONGEST_HOLD = 32.0
"""Frames; a pitch held longer counts as held so long."""

PARTS = ("look-ups", "traces", "trust", "phase", "pointers", "copying", "sharing")
"""What a network can do without, to see what it is worth: of these features, and of what it makes of them."""

NOWHERE = -1

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class FrameFeatures:
    """For each frame, what is known before it."""

    source: NDArray[np.int32]
    """Index of the source frame or NOWHERE, (frames, sources)."""

    shift: NDArray[np.int8]
    """Semitones by which the source is to be moved up, (frames, sources)."""

    trust: NDArray[np.float32]
    """How right the sources were in the frames just before, 0 to 1, (frames, sources * windows)."""

    traces: NDArray[np.float16]
    """Fading memory of each pitch at each half-life, then how long it is held; (frames, traces, pitches)."""


def compute(rolls: Rolls) -> FrameFeatures:
    """All features of all frames; each looks at earlier frames of its own piece and at nothing else."""
    source, shift = _sources(rolls)
    return FrameFeatures(
        source.astype(np.int32), shift.astype(np.int8), _trust(rolls, source, shift), _traces(rolls)
    )


def _sources(rolls: Rolls) -> tuple[Ints, Ints]:
    place = rolls.place
    index = np.arange(len(place))
    columns: list[Ints] = [np.where(place >= lag, index - lag, NOWHERE) for lag in LAGS]
    shifts: list[Ints] = []

    frames = _ids(np.packbits(rolls.roll, axis=1))
    columns += _followers(rolls, frames, SUFFIXES)
    shifts += [np.zeros_like(index)] * len(columns)

    top, bottom = _outer_voices(rolls)
    # A frame up to transposition: its shape below the highest note, and that note's step from the one before.
    shape = _ids(np.packbits(_sunk(rolls.roll, top), axis=1))
    step = np.diff(top, prepend=top[:1])
    moves = _ids(np.stack([shape, step], axis=1))
    for suffix in RELATIVE_SUFFIXES:
        keys = _suffix_keys(moves, suffix - 1) * _ODD + _mixed(np.roll(shape, suffix - 1))
        follower = _follower(rolls, keys, suffix)
        columns.append(follower)
        before = np.roll(top, 1)  # of the frame before the one to come
        shifts.append(np.where(follower > 0, before - top[follower - 1], 0))
    for voice in (top, bottom):
        columns += _followers(rolls, voice, VOICE_SUFFIXES)
    columns.append(_periodic(rolls))
    shifts += [np.zeros_like(index)] * (len(columns) - len(shifts))
    return np.stack(columns, axis=1), np.stack(shifts, axis=1)


def _followers(rolls: Rolls, symbols: Ints, suffixes: Sequence[int]) -> list[Ints]:
    return [_follower(rolls, _suffix_keys(symbols, suffix), suffix) for suffix in suffixes]


def _follower(rolls: Rolls, keys: NDArray[np.uint64], suffix: int) -> Ints:
    """For each frame: which frame followed when the suffix before it last sounded."""
    place = rolls.place
    keys = keys * _ODD + _mixed(rolls.piece_of)
    whole = place >= suffix - 1  # a suffix that ends here lies inside the piece
    order = np.flatnonzero(whole)
    order = order[np.argsort(keys[order], kind="stable")]
    same = keys[order[1:]] == keys[order[:-1]]
    last = np.full(len(keys), NOWHERE)
    last[order[1:][same]] = order[:-1][same]
    follower = np.full(len(keys), NOWHERE)
    later = np.flatnonzero(place > 0)
    later = later[last[later - 1] != NOWHERE]
    follower[later] = last[later - 1] + 1
    return follower


_ODD = np.uint64(0x9E3779B97F4A7C15)


def _mixed(symbols: Ints) -> NDArray[np.uint64]:
    """Spreads small numbers over 64 bits (the finalizer of SplitMix64)."""
    x = symbols.astype(np.uint64) * _ODD + _ODD
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _suffix_keys(symbols: Ints, length: int) -> NDArray[np.uint64]:
    """A 64-bit key for the last `length` symbols; among 10^6 suffixes two share one with p < 10^-7."""
    mixed = _mixed(symbols)
    keys = np.zeros_like(mixed)
    for back in range(length):
        keys = keys * _ODD + np.roll(mixed, back)
    return keys


def _ids(rows: NDArray[np.generic]) -> Ints:
    """Equal rows get equal numbers."""
    ids: Ints = np.unique(rows, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    return ids


def _outer_voices(rolls: Rolls) -> tuple[Ints, Ints]:
    """Highest and lowest pitch of each frame; in silence those that sounded last in the piece, or 0."""
    pitches = rolls.roll.shape[1]
    sounding = np.atleast_1d(rolls.roll.any(axis=1))
    here = np.where(sounding | (rolls.place == 0), np.arange(len(sounding)), 0)
    here = np.maximum.accumulate(here)
    top = np.where(sounding, pitches - 1 - rolls.roll[:, ::-1].argmax(axis=1), 0)
    bottom = np.where(sounding, rolls.roll.argmax(axis=1), 0)
    return top[here], bottom[here]


def _sunk(roll: NDArray[np.bool_], top: Ints) -> NDArray[np.bool_]:
    """Each frame moved so that its highest note stands first and lower ones follow."""
    below = top[:, None] - np.arange(roll.shape[1])
    return np.take_along_axis(roll, np.maximum(below, 0), axis=1) & (below >= 0)


def _periodic(rolls: Rolls) -> Ints:
    """The frame one period ago, the period being the lag at which the last frames were most alike."""
    place = rolls.place
    counts = rolls.roll.sum(axis=1)
    best = np.full(len(place), 1e-9)
    source = np.full(len(place), NOWHERE)
    for lag in PERIODS:
        alike = np.zeros(len(place))
        if lag < len(place):
            shared = (rolls.roll[lag:] & rolls.roll[:-lag]).sum(axis=1)
            alike[lag:] = 2 * shared / np.maximum(counts[lag:] + counts[:-lag], 1)
        alike[place < lag] = 0.0
        score = _recent_sum(rolls, alike[:, None], PERIOD_WINDOW)[:, 0]
        better = (score > best * 1.02) & (place >= lag)  # a multiple of the period must be clearly better
        best[better] = score[better]
        source[better] = np.flatnonzero(better) - lag
    return source


def _recent_sum(rolls: Rolls, values: NDArray[np.floating], window: int) -> NDArray[np.float64]:
    """Sum over the `window` frames before each frame, inside its piece; (frames, columns)."""
    total = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(values, axis=0, dtype=np.float64)])
    here = np.arange(len(values))
    recent: NDArray[np.float64] = total[here] - total[here - np.minimum(rolls.place, window)]
    return recent


def _trust(rolls: Rolls, source: Ints, shift: Ints) -> NDArray[np.float32]:
    """Overlap of each source with the frame that came, averaged over recent frames."""
    frames, sources = source.shape
    known = source != NOWHERE
    counts = rolls.roll.sum(axis=1)
    alike = np.zeros((frames, sources))
    for k in range(sources):
        moved = (
            transposed(rolls.roll[source[:, k]], shift[:, k])
            if shift[:, k].any()
            else rolls.roll[source[:, k]]
        )
        shared = (moved & rolls.roll).sum(axis=1)
        both = counts + moved.sum(axis=1)
        alike[:, k] = np.where(both > 0, 2 * shared / np.maximum(both, 1), 1.0) * known[:, k]
    columns = [
        _recent_sum(rolls, alike, window) / np.minimum(np.maximum(rolls.place, 1), window)[:, None]
        for window in RECENT
    ]
    return np.concatenate(columns, axis=1).astype(np.float32)


def transposed(roll: NDArray[np.bool_], shift: Ints) -> NDArray[np.bool_]:
    """Each frame moved up by its own number of semitones; what leaves the keyboard is gone."""
    pitches = roll.shape[1]
    origin = np.arange(pitches) - shift[:, None]
    inside = (origin >= 0) & (origin < pitches)
    return np.asarray(np.take_along_axis(roll, np.clip(origin, 0, pitches - 1), axis=1) & inside)


def _traces(rolls: Rolls) -> NDArray[np.float16]:
    frames, pitches = rolls.roll.shape
    traces = np.zeros((frames, len(HALF_LIVES) + 1, pitches), dtype=np.float16)
    decay = 0.5 ** (1 / np.array(HALF_LIVES, dtype=np.float32))[:, None]
    for now, piece in _in_step(rolls):
        # now: the frames at one place of all pieces that are that long
        before = now - 1
        sounding = rolls.roll[before]
        faded = piece[:, :-1] * decay + sounding[:, None] * (1 - decay)
        held = (piece[:, -1] + 1 / LONGEST_HOLD) * sounding
        piece[:, :-1], piece[:, -1] = faded, np.minimum(held, 1.0)
        traces[now] = piece
    return traces


def _in_step(rolls: Rolls) -> Iterator[tuple[Ints, NDArray[np.float32]]]:
    """Walks through all pieces side by side from their second frames on, with a memory for each."""
    lengths = np.diff(rolls.offsets)
    order = np.argsort(-lengths, kind="stable")
    first, lengths = rolls.offsets[:-1][order], lengths[order]
    memory = np.zeros((len(order), len(HALF_LIVES) + 1, rolls.roll.shape[1]), dtype=np.float32)
    for place in range(1, int(lengths[0]) if len(lengths) else 0):
        alive = int(np.searchsorted(-lengths, -place))  # lengths > place
        yield first[:alive] + place, memory[:alive]
