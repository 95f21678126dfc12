"""Streams that accompany given music: it comes round and round, to the tick and byte, whatever is asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import linnet
from linnet.music.score import Notes, Score
from tests.runtime.streams import TINY
from tests.runtime.test_around import tune

FIDDLE, LOW = 40, 32


@pytest.fixture(scope="module")
def model() -> linnet.Model:
    return linnet.load(TINY)


def heard(score: Score, program: int) -> list[tuple[int, ...]]:
    """What a player of a recording played."""
    return [row for track in score.tracks if track.program == program for row in track.notes.rows()]


def rounds(score: Score, place: int, count: int) -> list[tuple[int, ...]]:
    """A track of given music so many times over."""
    rows = score.tracks[place].notes.rows()
    return [(onset + each * score.end, *rest) for each in range(count) for onset, *rest in rows]


def stands(recorded: Score, given: Score) -> bool:
    """Whether two tracks of given music are in a recording, as often as it lasts."""
    for place, program in enumerate((FIDDLE, LOW)):
        found = heard(recorded, program)
        if len(found) < 4 or found != rounds(given, place, 9)[: len(found)]:
            return False
    return True


@pytest.mark.parametrize(("seed", "meter"), [(1, (4, 4)), (2, (6, 8)), (3, (3, 4))])
def test_given_music_comes_round_to_the_tick_and_byte_and_the_rest_is_new(
    model: linnet.Model, seed: int, meter: tuple[int, int]
) -> None:
    given = tune(seed, bars=4, meter=meter)
    recorded = model.stream(given=given, roles="second", seed=seed).record(25)

    assert stands(recorded, given)
    assert len(recorded.tracks) == 3
    assert recorded.tracks[-1].notes or recorded.tracks[0].notes
    own = [change.tempo for change in given.tempos]
    assert [change.tempo for change in recorded.tempos] == (own * 9)[: len(recorded.tempos)]


def test_wishes_and_rules_leave_it_as_it_is(model: linnet.Model) -> None:
    given = tune(4, bars=3)
    stream = model.stream(given=given, roles="second", seed=1)
    steps: list[dict[str, Any]] = [{"density": 7}, {"temperature": 0.7}, {"mood": "sad"}, {"density": None}]
    for i, wishes in enumerate(steps):
        stream.advance(2.3, budget=None)
        stream.wish(at=("bar", "beat", "now")[i % 3], **wishes)
        stream.restrict(at="now", pitch_range=(60 - i, 60 - i), scale=[(60 - i) % 12])

    assert stands(stream.record(20), given)


def test_its_tempo_can_be_another(model: linnet.Model) -> None:
    given = tune(5, bars=3)
    recorded = model.stream(given=given, roles="second", seed=1, bpm=60).record(30)

    assert [round(change.bpm) for change in recorded.tempos] == [60]
    assert stands(recorded, given)


def test_a_tempo_that_is_taken_back_is_its_own_again(model: linnet.Model) -> None:
    given = replace(tune(5, bars=3), tempos=tune(5).tempos[:1])
    stream = model.stream(given=given, roles="second", seed=1)
    stream.wish(bpm=200)
    stream.advance(5, budget=None)
    stream.wish(bpm=None)
    recorded = stream.record(20)

    assert recorded.tempos[-1].tempo == given.tempos[0].tempo
    assert stands(recorded, given)


@pytest.mark.parametrize("seconds", [0.0, 1.7, 9.4])
def test_a_saved_stream_goes_on_with_it(model: linnet.Model, seconds: float) -> None:
    stream = model.stream(given=tune(6, bars=3), roles="second", seed=2, ahead=3)
    stream.wish(density=3)
    stream.advance(seconds, budget=None)
    stream.wish(at="now", density=6)
    others = model.restore(stream.save()), stream.fork()

    for _ in range(2):
        notes = stream.advance(6, budget=None)
        assert notes
        assert [other.advance(6, budget=None) for other in others] == [notes, notes]
        stream.wish(at="beat", density=2)
        for other in others:
            other.wish(at="beat", density=2)


def test_how_time_is_cut_changes_nothing(model: linnet.Model) -> None:
    whole = model.stream(given=tune(7, bars=2), roles="second", seed=3)
    cut = model.stream(given=tune(7, bars=2), roles="second", seed=3, worker=True)
    with cut:
        cut.prepare()
        for _ in range(64):
            cut.advance(0.125, budget=None)
            cut.prepare()

    assert cut.record().tracks == whole.record(8).tracks


def test_drums_and_what_is_between_bars_stand_too(model: linnet.Model) -> None:
    given = tune(8, bars=2)
    kit = replace(given.tracks[1], is_drum=True, program=0)
    kit = replace(kit, notes=Notes.of_rows((*row[:2], 38, row[3]) for row in kit.notes.rows()))
    given = replace(given, tracks=(given.tracks[0], kit), end=given.end - 480)
    recorded = model.stream(given=given, roles="second", seed=1).record(9)
    (drums,) = (track for track in recorded.tracks if track.is_drum)

    expected = [(onset + each * 8 * 480, *rest) for each in range(4) for onset, *rest in kit.notes.rows()]
    assert list(drums.notes.rows()) == expected[: len(drums.notes)]


def test_it_ends_where_it_is_asked_to(model: linnet.Model) -> None:
    given = tune(6, bars=3)
    stream = model.stream(given=given, roles="second", seed=2)
    stream.advance(2, budget=None)
    stream.finish(bars=2)
    recorded = stream.record(20)

    assert stands(recorded, given)
    assert recorded.bars < 6
    assert stream.advance(5, budget=None) == []


@pytest.mark.parametrize("wrong", [{"form": "AABA"}, {"time_signature": "3/4"}, {"roles": "tuba"}])
def test_what_the_music_answers_is_not_asked_for(model: linnet.Model, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"as in the given music|must be some of|roles"):
        model.stream(given=tune(1), **wrong)


def test_packaged_models_accompany() -> None:
    given = tune(9, bars=2)
    for name, roles in (("chorale", "alto"), ("band", "drums")):
        stream = linnet.load(name).stream(given=given, roles=roles if name == "band" else None, seed=1)
        recorded = stream.record(6)
        assert stands(recorded, given)
        assert len(recorded.tracks) > 2
