"""A kit that plays keeps the beat."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from linnet import _core
from linnet.controls.wishes import INDEX
from linnet.engine.engine import Engine
from linnet.tokens import codec
from linnet.tokens.vocabulary import FAMILIES

TINY = Path(__file__).parents[1] / "data/tiny.onnx"
BOS, METER = FAMILIES["bos"].first, FAMILIES["time_signature"].first
BEATS = {0: 24, 1: 24, 2: 24, 8: 36, 9: 36}
"""Ticks of a beat, by the number of the time signature in the vocabulary."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(TINY)


def strokes(engine: Engine, seed: int, meter: int, *, density: int = 0, **rules: Any) -> list[list[int]]:
    """Places in each bar at which the drums of a piece strike that are told to play."""
    tracker = _core.Tracker()
    tracker.restrict(
        **{"fixed_meter": True, "bars": 5, "slots": 1, "polyphony": [1], "kit_beats": True, **rules}
    )
    wishes = list(tracker.wishes)
    wishes[INDEX["plays_kit"]], wishes[INDEX["density"]] = 2, density
    tracker.wish(wishes)
    script = [BOS, _core.SAMPLE_TO_BAR, METER + meter, _core.SAMPLE]
    piece = _core.Piece(tracker, _core.Rng(seed), script=script, top_k=40)
    engine.loop(piece).play()
    score = codec.decode(np.array(piece.tokens, np.uint16))
    onsets = np.concatenate([track.notes.onset for track in score.tracks if track.is_drum] or [np.empty(0)])
    starts = [*score.bar_ticks().tolist(), score.end]
    return [
        sorted({int(each - begin) for each in onsets if begin <= each < end})
        for begin, end in pairwise(starts)
    ]


def misses(bar: list[int], beat: int, length: int) -> list[int]:
    """The beats on which, and in the beat before which, nothing is struck; a bar line is always one."""
    beats = range(0, length, beat)
    return [at for at in beats if at not in bar and not (at and any(at - beat < each < at for each in bar))]


@pytest.mark.parametrize("meter", BEATS)
@pytest.mark.parametrize("seed", range(10))
def test_a_kit_that_is_told_to_play_misses_no_beat(engine: Engine, seed: int, meter: int) -> None:
    bars = strokes(engine, seed, meter)
    ticks = _core.time_signatures()[meter][2]

    assert [misses(bar, BEATS[meter], ticks) for bar in bars] == [[]] * 5


@pytest.mark.parametrize("seed", range(10))
def test_where_few_notes_are_asked_for_the_bar_line_will_do(engine: Engine, seed: int) -> None:
    assert all(bar and bar[0] == 0 for bar in strokes(engine, seed, 2, density=2))


def test_without_the_rule_beats_are_missed(engine: Engine) -> None:
    assert any(misses(bar, 24, 96) for seed in range(10) for bar in strokes(engine, seed, 2, kit_beats=False))


@pytest.mark.parametrize("seed", range(10))
def test_drums_that_may_not_be_struck_are_not(engine: Engine, seed: int) -> None:
    assert strokes(engine, seed, 2, drums=[]) == [[]] * 5
