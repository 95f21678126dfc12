"""Runs of lines, and that none that is known is written: what csrc/original.h promises."""

from itertools import pairwise

import numpy as np
import pytest

from linnet._core import KnownRuns, Tracker, add_runs, runs_of
from linnet.music.score import Score
from linnet.tokens import codec
from tests.csrc.trackers import walk

PAIRS = 4
RULES = {"polyphony": [1], "drums": [], "slots": 1, "ranges": [(55, 75)], "scale": [0, 2, 4, 5, 7, 9, 11]}


def runs(score: Score, pairs: int = PAIRS) -> list[int]:
    tokens = codec.encode(score, "grid")
    hashes, slots = np.zeros(len(tokens), np.uint64), np.zeros(len(tokens), np.uint8)
    return hashes[: runs_of(tokens, pairs=pairs, hashes=hashes, slots=slots)].tolist()


def known(hashes: list[int], log2: int = 16) -> KnownRuns:
    bits = np.zeros(1 << (log2 - 3), np.uint8)
    add_runs(bits, np.array(hashes, np.uint64), log2=log2, places=5)
    return KnownRuns(bits.tobytes(), log2=log2, hashes=5, pairs=PAIRS)


def piece(seed: int, filter: KnownRuns | None = None) -> Score:
    tracker = Tracker("grid")
    tracker.restrict(**RULES)  # type: ignore[arg-type]  # values of several kinds
    tracker.know(filter)
    return codec.decode(list(walk(tracker, seed, length=250, slots=1)), "grid")


PITCHES = (60, 62, 64, 67, 64, 62, 60, 69)
LENGTHS = (1, 0.5, 0.5, 1, 1, 0.5, 0.5, 2)
TUNE = Score.from_notes(list(zip(PITCHES, LENGTHS, strict=True)))


def test_a_run_is_the_same_in_every_key_and_at_every_time() -> None:
    later = Score.from_notes([(None, 3), *[(p + 5, x) for p, x in zip(PITCHES, LENGTHS, strict=True)]])

    assert len(runs(TUNE)) == len(TUNE.notes) - PAIRS
    assert runs(later) == runs(TUNE)


def test_other_intervals_or_times_are_another_run() -> None:
    slower = Score.from_notes([(p, 2 * x) for p, x in zip(PITCHES, LENGTHS, strict=True)])

    assert not (set(runs(slower)) - {0}) & set(runs(TUNE))


def test_hashes_are_the_same_on_every_machine() -> None:
    assert runs(TUNE)[0] == 18271871644413597983


def test_what_stays_on_three_pitches_is_nobodys() -> None:
    assert set(runs(Score.from_notes([("C4", 1), ("D4", 1), ("E4", 1)] * 4))) == {0}


def test_what_was_put_in_is_found_and_little_else() -> None:
    generator = np.random.default_rng(1)
    inside, outside = generator.integers(1, 2**63, (2, 5000), np.uint64)
    filter = known(inside.tolist())

    assert filter.count(inside) == 5000
    assert filter.count(outside) < 250  # 2^16 bits for 5,000 runs: 0.6 % by theory


@pytest.mark.parametrize("seed", range(4))
def test_no_known_run_is_written(seed: int) -> None:
    plain = piece(seed)
    found = [each for each in runs(plain) if each]
    filter = known(found)
    other = piece(seed, filter)

    assert len(found) > 5
    assert filter.count(np.array(runs(other), np.uint64)) == 0
    assert filter.count(np.array(runs(plain), np.uint64)) == len(found)


def test_chords_are_heard_by_their_highest_note() -> None:
    chords = Score.from_notes([((p - 12, p), x) for p, x in zip(PITCHES, LENGTHS, strict=True)])

    assert runs(chords) == runs(TUNE)


def test_a_copy_keeps_its_filter() -> None:
    filter = known([1])
    tracker = Tracker("grid")
    tracker.know(filter)
    del filter
    copy = tracker.copy()
    for a, b in pairwise([tracker, copy]):
        assert a.time_base == b.time_base
    for token, _ in zip(walk(copy, 1), range(200), strict=False):
        assert token >= 0
