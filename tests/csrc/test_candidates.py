"""Several ways on from one place: each as if it were alone, and the chosen one goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from linnet import _core
from linnet.engine.engine import Engine
from linnet.tokens.vocabulary import FAMILIES

DATA = Path(__file__).parents[1] / "data"
BOS = FAMILIES["bos"].first
FAR = 1 << 32
"""How far apart the streams of candidates are."""


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(DATA / "tiny.onnx")


def begun(
    engine: Engine, *, seed: int = 1, stream: int = 0, guidance: float = 1.0, **rules: Any
) -> _core.Loop:
    """A loop that has read bos."""
    tracker = _core.Tracker()
    tracker.restrict(**rules)
    wishes = tracker.wishes
    wishes[0] = 3
    tracker.wish(wishes)
    piece = _core.Piece(tracker, _core.Rng(seed, stream))
    if engine.info.latent is not None:
        piece.set_latent([0.5] * engine.info.latent.size)
    loop = engine.loop(piece, guidance=guidance)
    loop.append(BOS)
    return loop


def played(engine: Engine, count: int, bars: int = 4, guidance: float = 1.0) -> _core.Candidates:
    candidates = engine.candidates(begun(engine, bars=8, guidance=guidance), count, guidance=guidance)
    candidates.begin()
    assert candidates.play(bars=bars)
    return candidates


@pytest.mark.parametrize("guidance", [1.0, 2.0])
@pytest.mark.parametrize("name", ["tiny", "tiny-latent"])
def test_a_candidate_is_the_piece_that_its_random_numbers_make_alone(name: str, guidance: float) -> None:
    engine = Engine.open(DATA / f"{name}.onnx")
    for number, piece in enumerate(played(engine, 5, guidance=guidance).pieces):
        alone = begun(engine, stream=number * FAR, bars=8, guidance=guidance)
        while alone.tracker.bars < 5:
            alone.step()

        assert alone.tokens[1:] == piece.tokens
        assert piece.tracker.bars == 5
        assert piece.tracker.now == alone.tracker.now


def test_more_candidates_change_none_of_them(engine: Engine) -> None:
    few, many = (played(engine, count).pieces for count in (2, 9))

    assert [piece.tokens for piece in few] == [piece.tokens for piece in many[:2]]
    assert len({tuple(piece.tokens) for piece in many}) == 9


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_the_piece_goes_on_as_the_chosen_one(engine: Engine, guidance: float) -> None:
    """With its states and its past: as a piece goes on that was told the same tokens."""
    loop = begun(engine, bars=8, guidance=guidance)
    candidates = engine.candidates(loop, 4, guidance=guidance)
    other = begun(engine, bars=8, guidance=guidance)
    for bars, chosen in ((2, 3), (4, 1), (8, 2)):
        candidates.begin()
        assert candidates.play(bars=bars)
        tokens = candidates.pieces[chosen].tokens[:]
        candidates.choose(chosen)
        other.follow(tokens)

        assert loop.tokens == other.tokens
        assert loop.tracker.now == other.tracker.now
        assert loop.tracker.finished == (bars == 8)
        other.pieces[0].rng = loop.pieces[0].rng
        if bars < 8:
            fork = loop.mark()
            assert [loop.step() for _ in range(9)] == [other.step() for _ in range(9)]
            loop.rewind(fork)
            del loop.tokens[-9:]
            other.rewind(fork)
            del other.tokens[-9:]


def test_no_random_number_is_drawn_twice(engine: Engine) -> None:
    loop = begun(engine, bars=8)
    candidates = engine.candidates(loop, 6)
    candidates.begin()
    candidates.play(bars=3)
    drawn = [piece.rng[1] & (FAR - 1) for piece in candidates.pieces]
    candidates.choose(drawn.index(min(drawn)))

    assert len(set(drawn)) > 1
    assert loop.pieces[0].rng == (1, max(drawn))


def test_they_can_be_played_in_parts(engine: Engine) -> None:
    whole, parts = (engine.candidates(begun(engine, bars=8), 5) for _ in range(2))
    whole.begin()
    whole.play(bars=4)
    parts.begin()
    calls = 1
    while not parts.play(bars=4, seconds=0.0002):
        calls += 1

    assert calls > 3
    assert [piece.tokens for piece in parts.pieces] == [piece.tokens for piece in whole.pieces]


def test_they_end_at_a_tick(engine: Engine) -> None:
    candidates = engine.candidates(begun(engine, endless=True), 5)
    candidates.begin()
    assert candidates.play(until=100)

    for piece in candidates.pieces:
        reader = _core.Tracker()
        ticks = [reader.advance(token) or reader.now for token in [BOS, *piece.tokens]]
        assert ticks[-1] >= 100 > ticks[-2]


def test_a_stop_of_the_loop_stops_them(engine: Engine) -> None:
    loop = begun(engine, bars=8)
    candidates = engine.candidates(loop, 3)
    candidates.begin()
    loop.stop()

    assert not candidates.play(bars=4)
    assert all(not piece.tokens for piece in candidates.pieces)
    assert candidates.play(bars=4)


def test_an_end_is_asked_for(engine: Engine) -> None:
    candidates = engine.candidates(begun(engine), 2)
    candidates.begin()
    with pytest.raises(ValueError, match="candidates need an end"):
        candidates.play()


def test_loops_must_be_of_one_kind(engine: Engine) -> None:
    loop = begun(engine)
    with pytest.raises(ValueError, match="different kinds"):
        engine.candidates(loop, 2, guidance=2.0)
