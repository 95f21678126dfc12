"""Players that the wishes tell to rest in a bar, and what comes of a bar in which nobody may play."""

import numpy as np
import pytest

from linnet.core import Tracker
from linnet.music.score import Score
from linnet.tokens import codec, features
from tests.csrc.trackers import by_chance, header_of

WISHES = [name for name, _ in features.WISHES]
PLAYERS = [WISHES.index(f"plays_{slot}") for slot in range(3)] + [WISHES.index("plays_kit")]
RESTS, PLAYS = 1, 2
BARS = 12
WEIGHTS = {"bar": 0.3, "note": 4.0, "slot": 3.0, "drum": 2.0, "velocity": 0.2}

Told = list[tuple[int, ...]]


def random_piece(seed: int, *, rests: bool = True, bars: int = BARS) -> tuple[Score, Told]:
    """Three slots and a kit, told to rest or to play in each bar by chance; and what they were told."""
    dice = np.random.default_rng(seed)
    tracker, told = Tracker(), Told()
    tracker.restrict(bars=bars, endless=not bars, slots=3, fixed_meter=True, fixed_tempo=True, rests=rests)
    tracker.restrict(longest=12)

    def tell() -> None:
        row = [0] * len(WISHES)
        told.append(tuple(dice.choice([RESTS, PLAYS], 4).tolist()))
        for column, value in zip(PLAYERS, told[-1], strict=True):
            row[column] = value
        tracker.wish(row)

    tokens = by_chance(tracker, seed, header_of(3, "4/4"), WEIGHTS, tell, BARS)
    return codec.decode(np.array(tokens, np.uint16), "grid"), told


def begun(score: Score, told: Told, value: int) -> list[int]:
    """The bars, counted from 0, of all notes that begin where their players were told so."""
    found, starts = list[int](), score.bar_ticks()
    pitched = iter(range(3))
    for track in score.tracks:
        player = 3 if track.is_drum else next(pitched)
        bars = np.searchsorted(starts, track.notes.onset, "right") - 1
        found += [int(bar) for bar in bars if bar < len(told) and told[bar][player] == value]
    return found


@pytest.mark.parametrize("bars", [BARS, 0])
@pytest.mark.parametrize("seed", range(6))
def test_who_is_told_to_rest_does(seed: int, bars: int) -> None:
    score, told = random_piece(seed, bars=bars)

    assert score.bars >= BARS
    assert not begun(score, told, RESTS)
    assert len(begun(score, told, PLAYS)) > 20


def test_a_bar_in_which_all_rest_is_silent() -> None:
    pieces = [random_piece(seed) for seed in range(8)]
    silent = [(score, bar) for score, told in pieces for bar, row in enumerate(told) if set(row) == {RESTS}]

    assert silent
    for score, bar in silent:
        starts, onsets = [*score.bar_ticks(), score.end], score.notes.onset
        assert not ((onsets >= starts[bar]) & (onsets < starts[bar + 1])).any()


def test_they_need_not_without_the_rule() -> None:
    assert any(begun(*random_piece(seed, rests=False), RESTS) for seed in range(3))
