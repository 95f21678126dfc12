"""The loop in C draws what the Python loop of the tests draws, and can be stopped."""

import os
import random
import signal
import threading
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from linnet import _core
from linnet.controls.sampling import Sampling
from linnet.engine.engine import Engine
from linnet.errors import ModelError
from linnet.tokens import features, vocabulary
from linnet.tokens.vocabulary import FAMILIES
from tests.runtime import python_loop
from tests.runtime.python_loop import PythonLoop

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
BOS, BAR, EOS = (FAMILIES[name].first for name in ("bos", "bar", "eos"))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(TINY)


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    return python_loop.session(TINY)


def alone(
    engine: Engine, tracker: _core.Tracker, rng: _core.Rng, sampling: Sampling, guidance: float = 1.0
) -> _core.Loop:
    return engine.loop(_core.Piece(tracker, rng, **asdict(sampling)), guidance=guidance)


def begun(engine: Engine, seed: int = 1, *, temperature: float = 1.0, **rules: Any) -> _core.Loop:
    """A loop that has read bos, in a piece that never ends by itself; rules as in `Tracker.restrict`."""
    tracker = _core.Tracker()
    tracker.restrict(**{"endless": True, **rules})
    loop = alone(engine, tracker, _core.Rng(seed), Sampling(temperature))
    loop.append(BOS)
    return loop


# ---- the same tokens ---------------------------------------------------------------------------------------


def any_rules(dice: random.Random) -> dict[str, Any]:
    rules: dict[str, Any] = {"endless": dice.random() < 0.5, "fixed_meter": dice.random() < 0.5}
    if dice.random() < 0.5:
        rules["scale"] = dice.sample(range(12), dice.randint(1, 12))
    if dice.random() < 0.3:
        rules["ranges"] = [(dice.randint(30, 60), dice.randint(61, 100))]
    if dice.random() < 0.3:
        rules["polyphony"] = [dice.randint(1, 4)]
    if dice.random() < 0.3:
        rules["longest"] = dice.randint(1, 96)
    if dice.random() < 0.3:
        rules["bars"] = dice.randint(1, 8)
    if dice.random() < 0.2:
        rules["ticks"] = dice.randint(50, 500)
    if dice.random() < 0.2:
        rules["slots"] = dice.randint(1, 3)
    if dice.random() < 0.5:
        rules["stuck_after"] = dice.choice((20, 100, 384))
    return rules


@pytest.mark.parametrize("case", range(80))
def test_the_tokens_are_those_of_the_python_loop(
    engine: Engine, session: onnxruntime.InferenceSession, case: int
) -> None:
    dice = random.Random(case)
    sampling = Sampling(
        temperature=dice.choice((0.0, 0.7, 1.0, 1.5)),
        top_k=dice.choice((0, 1, 5, 40)),
        top_p=dice.choice((1.0, 0.9, 0.5)),
        min_p=dice.choice((0.0, 0.05)),
    )
    base, rules = dice.choice(("grid", "grid", "performance")), any_rules(dice)
    wishes = [dice.choice((0, 0, 1, 2)) for _ in features.WISHES]
    primer = [BOS] if base == "performance" or dice.random() < 0.5 else [BOS, FAMILIES["slot"].first]
    seed, guidance = dice.getrandbits(64), dice.choice((1.0, 1.0, 0.0, 1.7, 3.0))

    def prepared() -> tuple[_core.Tracker, _core.Rng]:
        tracker = _core.Tracker(base)
        tracker.restrict(**rules)
        tracker.wish(wishes)
        return tracker, _core.Rng(seed)

    loop = alone(engine, *prepared(), sampling, guidance)
    oracle = PythonLoop(session, *prepared(), sampling, guidance=guidance, ticks=rules.get("ticks", 0))
    for token in primer:
        loop.append(token)
        oracle.append(token)
    loop.step()  # by one, and then in parts of odd length
    while len(loop.tokens) < 150 and not loop.tracker.finished:
        until = loop.tracker.now + dice.randint(0, 200) if dice.random() < 0.5 else None
        loop.play(dice.randint(1, 60), until=until)
    while len(oracle.tokens) < len(loop.tokens):
        oracle.step()

    assert loop.tokens == oracle.tokens
    assert (loop.tracker.now, loop.tracker.bars) == (oracle.tracker.now, oracle.tracker.bars)
    assert loop.tracker.finished == oracle.tracker.finished


def test_guidance_is_the_more_of_the_wishes(engine: Engine) -> None:
    def played(guidance: float, wish: int) -> list[int]:
        tracker = _core.Tracker()
        tracker.restrict(endless=True)
        tracker.wish([wish * (name not in ("bars_left", "likeness")) for name, _ in features.WISHES])
        loop = alone(engine, tracker, _core.Rng(5), Sampling(), guidance)
        loop.append(BOS)
        loop.play(300)
        return loop.tokens

    assert played(0, 1) == played(0, 2) == played(0, 0) == played(1, 0) == played(3, 0)
    assert len({tuple(played(guidance, 1)) for guidance in (0, 1, 2, 3)}) == 4


def test_guidance_leaves_the_wishes_alone_that_tell_the_place(engine: Engine) -> None:
    def played(guidance: float) -> list[int]:
        tracker = _core.Tracker()
        tracker.wish([3 * (name in ("bars_left", "likeness")) for name, _ in features.WISHES])
        loop = alone(engine, tracker, _core.Rng(5), Sampling(), guidance)
        loop.append(BOS)
        loop.play(100)
        return loop.tokens

    assert played(0) == played(1) == played(3)


def test_many_threads_on_one_model_play_what_each_plays_alone(engine: Engine) -> None:
    alone = []
    for seed in range(8):
        loop = begun(engine, seed)
        loop.play(300)
        alone.append(loop.tokens)
    loops = [begun(engine, seed) for seed in range(8)]
    threads = [threading.Thread(target=loop.play, args=(300,)) for loop in loops]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [loop.tokens for loop in loops] == alone


# ---- where it ends -----------------------------------------------------------------------------------------


def test_a_count_is_kept(engine: Engine) -> None:
    loop = begun(engine)

    assert [loop.play(count) for count in (0, 1, 2500)] == [0, 1, 2500]
    assert len(loop.tokens) == 2502


def test_it_stops_where_a_tick_is_reached(engine: Engine) -> None:
    loop = begun(engine, fixed_meter=True)
    while loop.step() != BAR:
        pass
    loop.step()  # the meter
    for bar in range(2, 20):
        loop.play(until=loop.tracker.bar_end)
        assert (loop.tracker.bars, loop.tokens[-1]) == (bar, BAR)


def test_it_stops_at_the_end_of_the_piece(engine: Engine) -> None:
    loop = begun(engine, bars=3, endless=False)
    loop.play()

    assert loop.tracker.finished
    assert loop.tokens[-1] == EOS
    assert loop.tokens.count(EOS) == 1


def test_it_stops_at_the_deadline(engine: Engine) -> None:
    loop = begun(engine)
    start = time.monotonic()
    drawn = loop.play(seconds=0.1)

    assert drawn > 0
    assert 0.1 <= time.monotonic() - start < 2.0  # a busy machine may be late, but is not 20 times late


def test_no_time_means_no_token(engine: Engine) -> None:
    assert begun(engine).play(seconds=0) == 0


@pytest.mark.parametrize("late", [False, True])
def test_another_thread_can_stop_it(engine: Engine, late: bool) -> None:
    loop = begun(engine)
    player = threading.Thread(target=loop.play)
    if not late:
        loop.stop()
    player.start()
    if late:
        until = time.monotonic() + 10
        while not loop.tracker.bars and time.monotonic() < until:
            time.sleep(0.001)
        loop.stop()
    player.join(timeout=10)

    assert not player.is_alive()
    assert (len(loop.tokens) > 1) == late
    assert loop.play(10) == 10  # and goes on when asked again


@pytest.mark.skipif(os.name == "nt", reason="Windows has no timer that sends signals")
def test_ctrl_c_is_answered_within_50_ms(engine: Engine) -> None:
    """The best of 5: a busy machine may hold the signal back."""
    waits, drawn = [], []

    def interrupt(*_: object) -> None:
        waits.append(time.monotonic() - due)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(5):
            loop = begun(engine)
            due = time.monotonic() + 0.05
            with pytest.raises(KeyboardInterrupt):  # noqa: PT012  # it may come at once
                signal.setitimer(signal.ITIMER_REAL, 0.05)
                loop.play()
            drawn.append(tokens := len(loop.tokens))
            assert loop.play(10) == 10
            assert len(loop.tokens) == tokens + 10
    finally:
        signal.signal(signal.SIGALRM, before)

    assert len(waits) == 5
    assert max(drawn) > 1  # what was drawn is kept
    assert min(waits) < 0.05


def test_other_threads_run_meanwhile(engine: Engine) -> None:
    """Were the GIL held, the two would take turns, and the counter would hardly move."""
    loop = begun(engine)
    player = threading.Thread(target=loop.play)
    player.start()
    until, longest, last = time.monotonic() + 0.5, 0.0, time.monotonic()
    counted = 0
    while (now := time.monotonic()) < until:
        counted, longest, last = counted + 1, max(longest, now - last), now
    loop.stop()
    player.join(timeout=10)

    assert not player.is_alive()
    assert len(loop.tokens) > 1
    assert counted > 10_000


# ---- misuse ------------------------------------------------------------------------------------------------


def test_two_threads_cannot_play_one_loop(engine: Engine) -> None:
    loop = begun(engine)
    player = threading.Thread(target=loop.play)
    player.start()
    try:
        while not loop.tracker.bars:  # until the thread has begun
            time.sleep(0.001)
        with pytest.raises(RuntimeError, match="another thread"):
            loop.step()
    finally:
        loop.stop()
        player.join(timeout=10)
    assert not player.is_alive()


@pytest.mark.parametrize("token", [-1, vocabulary.SIZE])
def test_a_token_outside_the_vocabulary_is_refused(engine: Engine, token: int) -> None:
    loop = begun(engine)

    with pytest.raises(ValueError, match="between 0 and 671"):
        loop.append(token)
    assert loop.tokens == [BOS]


@pytest.mark.parametrize("wrong", [{"count": -1}, {"until": -1}, {"seconds": -1}, {"seconds": float("nan")}])
def test_limits_out_of_range_are_refused(engine: Engine, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        begun(engine).play(**wrong)


def test_a_wrong_setting_is_refused_as_by_the_sampler(engine: Engine) -> None:
    bad = engine.loop(_core.Piece(_core.Tracker(), _core.Rng(1), temperature=-1.0))

    with pytest.raises(ValueError, match="temperature"):
        bad.step()
    assert bad.tokens == []


def test_a_network_that_cannot_run_is_an_error(engine: Engine) -> None:
    stateless = _core.Loop(engine._session, [], [_core.Piece(_core.Tracker(), _core.Rng(1))])
    stateless.append(BOS)

    with pytest.raises(ModelError):
        stateless.step()


def test_a_state_of_another_shape_is_an_error(engine: Engine) -> None:
    states = [(state.input, state.output, np.zeros((1, 3), state.dtype)) for state in engine.info.states]
    loop = _core.Loop(engine._session, states, [_core.Piece(_core.Tracker(), _core.Rng(1))])
    loop.append(BOS)

    with pytest.raises(ModelError):
        loop.step()


def test_a_step_of_the_engine_is_a_step_of_the_loop(engine: Engine) -> None:
    """Greedy play by hand, through `Engine.step`."""
    loop = begun(engine, temperature=0)
    loop.play(100)
    tracker, rng, states = _core.Tracker(), _core.Rng(1), engine.start()
    tracker.restrict(endless=True)
    tokens, row, mask = [BOS], np.zeros((1, features.WIDTH), np.int64), np.zeros(vocabulary.SIZE, np.uint8)
    tracker.advance(BOS)
    for _ in range(100):
        tracker.features(row)
        logits, states = engine.step(row, states)
        tracker.mask(mask)
        mask[EOS] = mask[BAR]  # an endless piece that would end goes on with the next bar
        token, _ = _core.sample(logits[0], mask=mask, temperature=0, rng=rng)
        token = BAR if token == EOS else token
        tracker.advance(token)
        tokens.append(token)

    assert loop.tokens == tokens
