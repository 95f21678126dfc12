"""The progression of a piece: dealt to the beats of every bar, in place of the chords of its plan."""

import random
from pathlib import Path
from typing import Any

import pytest

from linnet import _core
from linnet.engine.engine import Engine
from linnet.tokens.features import CHORDS
from linnet.tokens.vocabulary import FAMILIES, time_signature_index

TINY = Path(__file__).parents[1] / "data/tiny.onnx"
BOS = FAMILIES["bos"].first
BEATS = {"2/4": 2, "3/4": 3, "4/4": 4, "5/4": 5, "6/4": 6, "2/2": 4, "3/2": 6, "3/8": 1, "6/8": 2, "9/8": 3,
         "12/8": 4, "7/8": 4}  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.open(TINY)


def begun(meter: str = "4/4", **rules: Any) -> _core.Piece:
    tracker = _core.Tracker()
    tracker.restrict(**{"fixed_meter": True, "endless": True, **rules})
    word = FAMILIES["time_signature"].first + time_signature_index(meter)
    return _core.Piece(tracker, _core.Rng(1), script=[BOS, _core.SAMPLE_TO_BAR, word, _core.SAMPLE], top_k=40)


def told(engine: Engine, piece: _core.Piece, bars: int) -> list[list[list[int]]]:
    """What the tracker knows of chords in each of so many bars."""
    loop, found = engine.loop(piece), []
    while not piece.opened:
        loop.step()
    for _ in range(bars):
        found.append(piece.tracker.chords)
        loop.play(until=piece.tracker.bar_end)
    return found


@pytest.mark.parametrize("meter", BEATS)
def test_every_chord_of_a_bar_gets_as_many_beats_as_the_others(engine: Engine, meter: str) -> None:
    beats = BEATS[meter]
    for count in range(1, beats + 1):
        piece = begun(meter)
        piece.plan_chords([range(1, count + 1)], first=1)
        cells = told(engine, piece, 1)[0][0]
        shares = [cells.count(chord) for chord in range(1, count + 1)]
        assert sum(shares) == beats
        assert max(shares) - min(shares) <= 1
        assert cells == sorted(cells[:beats]) + [0] * (8 - beats)


def test_chords_that_no_beat_is_left_for_are_left_out(engine: Engine) -> None:
    piece = begun("3/8")
    piece.plan_chords([[5, 6, 7]], first=1)
    assert told(engine, piece, 1)[0][0] == [5] + [0] * 7


@pytest.mark.parametrize("case", range(20))
def test_a_progression_goes_round_from_its_first_bar_on(engine: Engine, case: int) -> None:
    dice = random.Random(case)
    bars = [[dice.randint(1, 85)] for _ in range(dice.randint(1, 5))]
    first = dice.randint(1, 4)
    piece = begun()
    piece.plan_chords(bars, first=first)
    for number, chords in enumerate(told(engine, piece, 8), 1):
        wanted = [bars[max(number + ahead - first, 0) % len(bars)][0] for ahead in range(4)]
        assert [cells[0] for cells in chords] == wanted


def test_an_upbeat_that_is_not_counted_comes_before_the_first_bar(engine: Engine) -> None:
    piece = begun(upbeat=2, bars=6, endless=False)
    piece.plan_chords([[1], [8]], first=2)
    assert [cells[0][0] for cells in told(engine, piece, 4)] == [1, 1, 8, 1]


@pytest.mark.parametrize(("late", "heard"), [(72, [1, 1, 8]), (24, [1, 8, 1])])
def test_whether_it_is_an_upbeat_shows_with_its_first_note(
    engine: Engine, late: int, heard: list[int]
) -> None:
    words = [
        ("slot", 0),
        ("program", 0),
        ("bar", 0),
        ("time_signature", time_signature_index("4/4")),
        ("tempo", 9),
    ]
    words += [("shift_fine", late - 1), ("velocity", 9), ("note", 60), ("duration_fine", 11)]
    tracker = _core.Tracker()
    tracker.restrict(fixed_meter=True, upbeat=1, bars=6)
    script = [BOS, *(FAMILIES[name].first + number for name, number in words)]
    piece = _core.Piece(tracker, _core.Rng(1), script=script, top_k=40)
    piece.plan_chords([[1], [8]], first=1)
    assert [cells[0][0] for cells in told(engine, piece, 3)] == heard


def test_it_takes_the_place_of_the_plans_chords_and_gives_it_back(engine: Engine) -> None:
    piece = begun()
    piece.plan([("nowhere", 0, {CHORDS.start: 3}), ("nowhere", 0, {CHORDS.start: 4})], again=0, first=1)
    loop = engine.loop(piece)
    while not piece.opened:
        loop.step()
    assert [cells[0] for cells in piece.tracker.chords] == [3, 4, 3, 4]
    piece.plan_chords([[9]], first=2)
    assert [cells[0] for cells in piece.tracker.chords] == [9, 9, 9, 9]
    piece.plan_chords([], first=1)
    assert [cells[0] for cells in piece.tracker.chords] == [3, 4, 3, 4]


def test_where_it_is_taken_back_and_nothing_is_planned_nothing_is_told(engine: Engine) -> None:
    piece = begun()
    piece.plan_chords([[9]], first=1)
    told(engine, piece, 2)
    assert piece.tracker.chords[0][0] == 9
    piece.plan_chords([], first=1)
    assert not any(map(any, piece.tracker.chords))


@pytest.mark.parametrize(
    "wrong", [{"bars": [[]]}, {"bars": [[1] * 9]}, {"bars": [[86]]}, {"bars": [[-1]]}, {"first": 0}], ids=str
)
def test_one_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        begun().plan_chords(**{"bars": [[1]], "first": 1, **wrong})
