"""Finds pieces that are nearly the same, in any key, so that no piece is tested on what its twin taught.

A piece is known by its skyline, the highest note at each moment, as steps up and down; time is left out, so
another tempo, meter or performance of the same piece still matches. Runs of ten steps are hashed, and two
pieces belong together when the one with fewer distinct runs has at least a quarter of them in common with
the other. Only pieces that share a run are ever compared, through an index sorted by hash, so a hundred
thousand pieces take minutes and not days.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from linnet.music.score import Score

RUN = 10
"""Steps in one run."""

CONTAINMENT = 0.25
"""Share of the smaller piece's runs that makes two pieces near-duplicates."""

COMMON = 48
"""A run found in more pieces than this links each of them to the next one only: the work stays linear in
the runs.
"""

MOST_RUNS = 30_000_000
"""More runs than this are thinned out, the same ones in every piece, so that memory stays bounded (about 2
GB).
"""

GRID = 24

Hashes = NDArray[np.uint32]
Integers = NDArray[np.int64]


def fingerprint(score: Score) -> Hashes:
    """The distinct runs of a piece, sorted. Another key, tempo, rhythm or other velocities leave them as
    they are.

    A piece of drums alone is known by its drums and the sixteenths between them instead.
    """
    drums = all(track.is_drum for track in score.tracks)
    onset, pitch = skyline(score)
    if drums:
        steps = pitch[1:] * 32 + np.minimum((np.diff(onset) + GRID // 8) // (GRID // 4), 31) + 1024
    else:
        steps = np.diff(pitch) + 128
    if len(steps) < RUN:
        return np.zeros(0, np.uint32)
    return np.unique(_hash(np.lib.stride_tricks.sliding_window_view(steps, RUN)))


def skyline(score: Score) -> tuple[Integers, Integers]:
    """Onsets (24 a quarter) and pitches of the highest notes, one a moment; drums count when there is
    nothing else.
    """
    score = score.resample(GRID)
    tracks = [track for track in score.tracks if not track.is_drum] or score.tracks
    onset = np.concatenate([np.zeros(0, np.int64), *(track.notes.onset for track in tracks)])
    pitch = np.concatenate([np.zeros(0, np.int64), *(track.notes.pitch.astype(np.int64) for track in tracks)])
    order = np.lexsort((pitch, onset))
    onset, pitch = onset[order], pitch[order]
    highest = np.append(onset[1:] != onset[:-1], True)[: len(onset)]
    return onset[highest], pitch[highest]


def near_pairs(fingerprints: Sequence[Hashes]) -> Integers:
    """Pairs of pieces (by index, the lower first) that are nearly the same. (pairs, 2)"""
    sizes = np.array([len(runs) for runs in fingerprints], np.int64)
    limit = 2**32 * min(1.0, MOST_RUNS / max(1, int(sizes.sum())))
    kept = [np.asarray(runs)[np.asarray(runs) < limit] for runs in fingerprints]
    sizes = np.array([len(runs) for runs in kept], np.int64)
    hashes = np.concatenate([np.zeros(0, np.uint32), *kept])
    pieces = np.repeat(np.arange(len(kept), dtype=np.int64), sizes)
    order = np.lexsort((pieces, hashes))
    hashes, pieces = hashes[order], pieces[order]
    pairs, shared = _count_shared(hashes, pieces, len(kept))
    near: Integers = pairs[shared >= CONTAINMENT * sizes[pairs].min(axis=1)]
    return near


def _count_shared(hashes: Hashes, pieces: Integers, count: int) -> tuple[Integers, Integers]:
    """All pairs of pieces with a run in common, and how many; hashes are sorted, and pieces within a hash."""
    _, run, sizes = np.unique(hashes, return_inverse=True, return_counts=True)
    common = sizes[run] > COMMON
    keys, shared = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for distance in range(1, COMMON):
        linked = hashes[distance:] == hashes[:-distance]
        if distance > 1:
            linked &= ~common[distance:]
        pairs = pieces[:-distance][linked] * count + pieces[distance:][linked]
        found, counts = np.unique(pairs, return_counts=True)
        keys, place = np.unique(np.concatenate([keys, found]), return_inverse=True)
        shared = np.bincount(place, np.concatenate([shared, counts]), len(keys)).astype(np.int64)
    return np.stack(np.divmod(keys, max(1, count)), axis=1), shared


def groups(count: int, pairs: Integers) -> Integers:
    """For each of `count` pieces, the lowest index among all the pieces it is linked to, through others or
    not. (count,)
    """
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in pairs.tolist():
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return np.array([root(i) for i in range(count)], np.int64)


def _hash(rows: Integers) -> Hashes:
    mixed = np.zeros(len(rows), np.uint64)
    for column in range(rows.shape[1]):
        mixed = (mixed ^ rows[:, column].astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return (mixed >> np.uint64(32)).astype(np.uint32)
