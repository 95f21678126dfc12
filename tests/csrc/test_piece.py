"""The piece: its script, its plan, and that many pieces in one loop are what each is alone."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from linnet import _core
from linnet.controls import form
from linnet.controls.form import NEW
from linnet.controls.sampling import Sampling
from linnet.controls.wishes import INDEX
from linnet.engine.engine import Engine
from linnet.errors import ModelError
from linnet.music.score import Score
from linnet.tokens import codec, features
from linnet.tokens.vocabulary import FAMILIES
from tests.runtime import python_loop
from tests.runtime.python_loop import PythonLoop

TINY = Path(__file__).parents[1] / "data/tiny.onnx"
BOS, EOS, BAR = (FAMILIES[name].first for name in ("bos", "eos", "bar"))
METER, TEMPO, SHIFT = (FAMILIES[name].first for name in ("time_signature", "tempo", "shift_fine"))
OPENING = [BOS, _core.SAMPLE_TO_BAR, METER + 2, _core.SAMPLE]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(TINY)


@pytest.fixture(scope="module")
def session() -> onnxruntime.InferenceSession:
    return python_loop.session(TINY)


def begun(seed: int, *, script: list[int] | None = None, **rules: Any) -> _core.Piece:
    tracker = _core.Tracker()
    tracker.restrict(**{"fixed_meter": True, "endless": True, **rules})
    return _core.Piece(tracker, _core.Rng(seed), script=OPENING if script is None else script, top_k=40)


def planned(piece: _core.Piece, letters: str, **settings: Any) -> _core.Piece:
    bars, again = form.plan(letters, (), 16)[:2]
    piece.plan(bars, again=again, **{"first": 1, **settings})
    return piece


def closed(piece: _core.Piece, bar: int, pitches: list[int], chord: list[int] | None = None) -> _core.Piece:
    piece.cadence(bar, line=pitches, chord=pitches if chord is None else chord)
    return piece


def test_a_script_is_kept_to_the_word(engine: Engine) -> None:
    loop = engine.loop(begun(1))
    loop.play(300)

    bar = loop.tokens.index(BAR)
    assert loop.tokens[0] == BOS
    assert loop.tokens[bar + 1] == METER + 2
    assert TEMPO <= loop.tokens[bar + 2] < TEMPO + FAMILIES["tempo"].count
    assert len(loop.tokens) == 300


@pytest.mark.parametrize("word", [-3, 672])
def test_a_word_that_no_script_knows_is_refused(word: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 671"):
        begun(1, script=[BOS, word])


@pytest.mark.parametrize("case", range(30))
def test_the_plan_is_what_a_python_loop_would_do_at_every_bar(
    engine: Engine, session: onnxruntime.InferenceSession, case: int
) -> None:
    dice = random.Random(case)
    bars, first = dice.randint(3, 24), dice.randint(1, 3)
    told = [
        form.Bar(
            dice.choice(["nowhere", dice.randint(1, 15)]),
            dice.choice([15, dice.randrange(16)]),
            {INDEX[name]: dice.randint(0, 5) for name in dice.sample(["likeness", "density", "register"], 2)},
        )
        for _ in range(dice.randint(1, 20))
    ]
    again = dice.randrange(len(told))
    rules = {"bars": bars, "endless": False, "scale": [0, 2, 4, 5, 7, 9, 11]}
    one = begun(case, **rules)
    one.plan(told, again=again, first=first)
    loop = engine.loop(one)
    loop.play()

    tracker = _core.Tracker()
    tracker.restrict(fixed_meter=True, **rules)
    oracle = PythonLoop(session, tracker, _core.Rng(case), Sampling(top_k=40))
    oracle.append(BOS)
    while oracle.step() != BAR:
        pass
    oracle.append(METER + 2)
    oracle.step()
    bar, looks = 0, False
    while not tracker.finished:
        if tracker.bars >= first:
            number = tracker.bars - first
            if number >= len(told):
                number = again + (number - len(told)) % (len(told) - again)
            look, quarters, told_wishes = told[number][:3]
            length = tracker.bar_end - tracker.bar_start
            looked, looks = looks, bool(quarters >> 4 * (tracker.now - tracker.bar_start) // length & 1)
            if tracker.bars != bar:
                tracker.wish([told_wishes.get(i, value) for i, value in enumerate(tracker.wishes)])
            if tracker.bars != bar or looks != looked:
                tracker.set_source(look if looks else "nowhere")
        bar = tracker.bars
        oracle.step()

    assert loop.tokens == oracle.tokens


def closing_notes(piece: _core.Piece) -> tuple[Score, set[int]]:
    """The piece, and the pitch classes that were struck last or sound after the last beat began."""
    score = codec.decode(np.array(piece.tokens, np.uint16))
    notes = score.pitched_notes
    beat = score.end - piece.tracker.beat
    last = (notes.onset == notes.onset.max()) | (notes.end > beat)
    return score, set((notes.pitch[last & (notes.onset >= score.bar_ticks()[-1])] % 12).tolist())


@pytest.mark.parametrize("seed", range(60))
def test_a_piece_closes_on_what_it_was_told_to(engine: Engine, seed: int) -> None:
    bars, chord = 2 + seed % 4, [7, 11, 2]
    rules = {"bars": bars, "endless": False, "drums": [], "longest": (0, 30)[seed % 2], "ranges": [(40, 90)]}
    line, chords = (closed(begun(seed, **rules, polyphony=[most]), bars, [7], chord) for most in (1, 0))
    for piece in (line, chords):
        engine.loop(piece).play()

    assert closing_notes(line)[1] <= {7}
    score, found = closing_notes(chords)
    notes, starts = score.pitched_notes, score.bar_ticks()
    before = notes.onset[(notes.onset >= starts[-2]) & (notes.onset < starts[-1])]
    assert found <= ({7} if len(set(before.tolist())) == len(before) else set(chord))


def test_a_piece_that_cannot_close_ends_all_the_same(engine: Engine) -> None:
    piece = closed(begun(1, bars=3, endless=False, ranges=[(60, 62)]), 3, [7])
    engine.loop(piece).play()

    assert piece.tokens[-1] == EOS


@pytest.mark.parametrize("wrong", [{"bar": 0}, {"line": [12]}, {"chord": [-1]}], ids=str)
def test_a_close_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        begun(1).cadence(**{"bar": 1, "line": [0], "chord": [0], **wrong})


@pytest.mark.parametrize("guidance", [1.0, 2.0])
def test_pieces_in_one_loop_are_what_each_is_alone(engine: Engine, guidance: float) -> None:
    """Of every length from one bar on, so that each leaves at another time."""

    def pieces() -> list[_core.Piece]:
        return [
            closed(planned(begun(seed, bars=1 + seed * 5 % 17, endless=False), "AAB"), 1 + seed * 5 % 17, [0])
            for seed in range(17)
        ]

    alone = [engine.loop(piece, guidance=guidance) for piece in pieces()]
    for loop in alone:
        loop.play()
    together = pieces()
    crowd = engine.loop(*together, guidance=guidance)
    drawn = crowd.play()

    assert [piece.tokens for piece in together] == [loop.tokens for loop in alone]
    assert drawn == sum(len(loop.tokens) for loop in alone)
    assert [piece.tokens[-1] for piece in together] == [EOS] * 17
    assert len(crowd.pieces) == 1


def test_pieces_may_end_together(engine: Engine) -> None:
    pieces = [begun(1, bars=2, endless=False) for _ in range(3)]
    engine.loop(*pieces).play()

    assert [piece.tracker.finished for piece in pieces] == [True] * 3
    assert pieces[0].tokens == pieces[1].tokens == pieces[2].tokens


def test_a_crowd_may_pause_anywhere(engine: Engine) -> None:
    straight, halting = ([begun(seed, bars=4, endless=False) for seed in range(5)] for _ in range(2))
    engine.loop(*straight).play()
    loop = engine.loop(*halting)
    while not all(piece.tracker.finished for piece in halting):
        assert loop.play(7) <= 35

    assert [piece.tokens for piece in halting] == [piece.tokens for piece in straight]


def test_a_mark_brings_back_the_same_music(engine: Engine) -> None:
    loop = engine.loop(planned(begun(3), "AAB"))
    loop.play(200)
    mark, before = loop.mark(), len(loop.tokens)
    loop.play(300)
    once = loop.tokens[before:]
    other = engine.loop(begun(99))
    for _ in range(2):
        loop.rewind(mark)
        del loop.tokens[before:]
        loop.play(300)

        assert loop.tokens[before:] == once
    other.rewind(mark)
    other.pieces[0].tokens.clear()
    planned(other.pieces[0], "AAB")
    other.play(300)
    assert other.tokens == once


def test_following_what_was_drawn_leaves_everything_as_drawing_did(engine: Engine) -> None:
    loop = engine.loop(planned(begun(3), "AAB"))
    loop.play(100)
    mark = loop.mark()
    loop.play(50)
    drawn = loop.tokens[100:150]
    loop.play(200)
    once = loop.tokens[150:]
    loop.rewind(mark)
    loop.follow(drawn)
    loop.play(200)

    assert loop.tokens[-200:] == once


def test_only_a_loop_of_one_piece_takes_tokens_and_marks(engine: Engine) -> None:
    loop = engine.loop(begun(1), begun(2))

    for forbidden in (lambda: loop.append(BOS), loop.step, loop.mark):
        with pytest.raises(ValueError, match="one piece"):
            forbidden()
    with pytest.raises(ValueError, match="at least one piece"):
        engine.loop()


@pytest.mark.parametrize(
    "wrong",
    [
        {"bars": []},
        {"again": 2},
        {"again": -1},
        {"bars": [("here", 0, {}), NEW]},
        {"bars": [(64, 0, {}), NEW]},
        {"bars": [(1, 16, {}), NEW]},
        {"bars": [("nowhere", 0, {INDEX["likeness"]: 6}), NEW]},
        {"bars": [("nowhere", 0, {31: 1}), NEW]},
        {"bars": [("nowhere", 0, {30: 86}), NEW]},
        {"first": 0},
    ],
    ids=str,
)
def test_a_plan_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    piece = begun(1)
    with pytest.raises(ValueError):
        piece.plan(**{"bars": [NEW] * 2, "again": 0, "first": 1, **wrong})


@pytest.mark.parametrize("seed", range(10))
def test_a_network_that_runs_elsewhere_gives_the_piece_of_the_loop(engine: Engine, seed: int) -> None:
    rules = {"bars": 6, "endless": False}
    played = closed(planned(begun(seed, **rules), "AAB"), 6, [0])
    engine.loop(played).play()

    piece, states = closed(planned(begun(seed, **rules), "AAB"), 6, [0]), engine.start()
    row, logits = np.empty((1, features.WIDTH), np.int64), np.zeros((1, 672), np.float32)
    allowed, allowed_by_grammar = np.empty(672, np.uint8), np.empty(672, np.uint8)
    assert piece.sample(logits[0], allowed) == BOS
    assert not allowed.any()  # nothing was left to chance
    while not piece.tracker.finished:
        piece.tracker.features(row[0])
        piece.tracker.mask(allowed_by_grammar)
        logits, states = engine.step(row, states)
        token = piece.sample(logits[0], allowed)
        assert token == piece.tokens[-1]
        assert allowed[token] == (token != METER + 2)  # the script says the meter
        # the grammar allows all of it, and a piece that is to close may allow less
        assert not (allowed > allowed_by_grammar).any()

    assert piece.tokens == played.tokens


def test_a_piece_refuses_logits_it_cannot_read_and_stays_where_it_was() -> None:
    piece = begun(1)
    piece.sample(np.zeros(672, np.float32))
    for wrong in (np.zeros(671, np.float32), np.zeros(672, np.float64), np.zeros(1344, np.float32)[::2]):
        with pytest.raises((ValueError, BufferError)):
            piece.sample(wrong)
    with pytest.raises(ModelError, match="no allowed token"):
        piece.sample(np.full(672, np.nan, np.float32))
    assert piece.tokens == [BOS]
