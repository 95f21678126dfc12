"""What comes back does, and the kit keeps its beat: with a network that has no opinion, and much weight."""

from typing import Any

import numpy as np
import pytest

from linnet import _core
from linnet.music.score import Score
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import FAMILIES
from tests.csrc.trackers import header_of

WISHES = [name for name, _ in features.WISHES]
NEW = ("nowhere", 0, {})
BARS = 8
WEIGHTS = {"bar": 0.3, "note": 6.0, "slot": 3.0, "drum": 2.0, "velocity": 2.0, "duration_fine": 3.0}
STEPS = (6, 12, 24)

Bar = set[tuple[int, int, int, int]]
"""Position, track, pitch and duration of all that begins in it."""


def logits() -> np.ndarray:
    """Of a network that knows only how often kinds of tokens come."""
    found = np.full(672, -30, np.float32)
    for name, weight in WEIGHTS.items():
        family = FAMILIES[name]
        found[family.first : family.first + family.count] = np.log(weight / family.count)
    found[[FAMILIES["shift_fine"].first + ticks - 1 for ticks in STEPS]] = 0.5
    return found


def played(
    seed: int, bars: list[Any], *, shift: int = 0, slots: int = 2, voices: int = 255, **weights: float
) -> Score:
    """Eight bars by such a network; the plan begins with the first."""
    tracker = _core.Tracker()
    tracker.restrict(bars=BARS, slots=slots, fixed_meter=True, fixed_tempo=True, rests=True)
    tracker.restrict(longest=24, ranges=[(40, 90)], drums=range(36, 44), polyphony=[voices])
    tracker.set_shift(shift)
    piece = _core.Piece(tracker, _core.Rng(seed), script=header_of(slots, "4/4"))
    piece.plan(bars, again=len(bars) - 1, first=1, **weights)
    said = logits()
    while not tracker.finished:
        piece.sample(said)
    return codec.decode(np.array(piece.tokens, np.uint16), "grid")


def bar(score: Score, number: int, quarters: int = 15, *, kit: bool | None = None) -> Bar:
    """What begins in those quarters of a bar, counted from 0; of the kit alone, or of the others."""
    first = int(score.bar_ticks()[number])
    return {
        (onset - first, place, pitch, 0 if track.is_drum else duration)
        for place, track in enumerate(score.tracks)
        if kit is None or track.is_drum == kit
        for onset, duration, pitch, _ in track.notes.rows()
        if first <= onset < first + 96 and quarters >> (onset - first) // 24 & 1
    }


@pytest.mark.parametrize("shift", [0, 5, -4])
@pytest.mark.parametrize("seed", range(4))
def test_a_bar_is_the_one_that_comes_back(seed: int, shift: int) -> None:
    score = played(
        seed, [NEW, NEW, (2, 15, {}), (2, 15, {}), NEW, (5, 15, {})], shift=shift, returns=60.0, beat=60.0
    )

    assert len(bar(score, 0)) > 3
    assert bar(score, 2) == bar(score, 0)
    assert bar(score, 3) == bar(score, 1)
    assert bar(score, 5) == bar(score, 0)


@pytest.mark.parametrize("seed", range(4))
def test_so_are_quarters_of_it_and_the_others_are_new(seed: int) -> None:
    score = played(seed, [NEW, (1, 0b0110, {})], returns=60.0)

    assert bar(score, 1, 0b0110) == bar(score, 0, 0b0110)
    assert bar(score, 1, 0b1001) != bar(score, 0, 0b1001)


def test_without_weight_nothing_does() -> None:
    same = [
        bar(score, 1) == bar(score, 0) for score in (played(seed, [NEW, (1, 15, {})]) for seed in range(6))
    ]

    assert not any(same)


def test_a_little_weight_is_a_matter_of_chance() -> None:
    def alike(returns: float) -> float:
        scores = [played(seed, [NEW, (1, 15, {})], returns=returns, beat=returns) for seed in range(12)]
        shared = [len(bar(score, 0) & bar(score, 1)) / len(bar(score, 0) | bar(score, 1)) for score in scores]
        return float(np.mean(shared))

    assert alike(0) < alike(3) < alike(60) == 1


@pytest.mark.parametrize("seed", range(4))
def test_who_rests_now_stays_out_of_what_comes_back(seed: int) -> None:
    rest = {WISHES.index("plays_0"): 1}
    score = played(seed, [NEW, (1, 15, rest)], returns=60.0, beat=60.0)

    assert bar(score, 1) == {sound for sound in bar(score, 0) if sound[1] != 0}


@pytest.mark.parametrize("seed", range(4))
def test_the_kit_keeps_its_beat_under_what_is_new(seed: int) -> None:
    score = played(seed, [NEW], beat=60.0)

    assert bar(score, 0, kit=True)
    assert all(bar(score, number, kit=True) == bar(score, 0, kit=True) for number in range(1, BARS))
    assert bar(score, 1, kit=False) != bar(score, 0, kit=False)


@pytest.mark.parametrize("seed", range(4))
def test_where_a_phrase_ends_the_kit_leads_on_and_takes_up_its_beat_again(seed: int) -> None:
    end = {WISHES.index("phrase_left"): 1}
    on = {WISHES.index("phrase_left"): 4}
    score = played(seed, [("nowhere", 0, on), ("nowhere", 0, end), ("nowhere", 0, on)], beat=60.0)

    assert bar(score, 1, 0b0011, kit=True) == bar(score, 0, 0b0011, kit=True)
    assert bar(score, 1, 0b1100, kit=True) != bar(score, 0, 0b1100, kit=True)
    assert bar(score, 2, kit=True) == bar(score, 0, kit=True)


def test_bars_that_are_not_remembered_do_not_come_back() -> None:
    score = played(1, [NEW, (5, 15, {})], returns=60.0)

    assert score.bars == BARS
    assert bar(score, 1) != bar(score, 0)


@pytest.mark.parametrize("weights", [{"returns": -1.0}, {"beat": 101.0}, {"returns": float("nan")}])
def test_weights_that_are_none_are_refused(weights: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        played(1, [NEW], **weights)
