"""The rules of exercises that csrc/exercise.h promises, whatever is played that they allow."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest

from linnet._core import Tracker
from linnet.controls.note_values import sums
from linnet.music.score import Note, Score
from linnet.tokens import codec
from tests.csrc.trackers import all_notes, melodic, random_rules, walk

SEEDS = range(3)
LINE: dict[str, Any] = {"polyphony": [1], "drums": [], "slots": 1, "ranges": [(55, 84)]}
BARS: dict[str, Any] = {"bars": 12, "fixed_meter": True}


def piece(seed: int, *, declare: int = 1, time_base: str = "grid", **rules: Any) -> Score:
    """What is played when only the mask is obeyed."""
    tracker = Tracker(time_base)
    tracker.restrict(**rules)
    return codec.decode(list(walk(tracker, seed, length=250, slots=declare)), time_base)


def melody(notes: Sequence[Note]) -> list[int]:
    """The highest note of each point in time."""
    tops: dict[int, int] = {}
    for note in notes:
        tops[note.onset] = max(tops.get(note.onset, 0), note.pitch)
    return [tops[onset] for onset in sorted(tops)]


def positions(score: Score) -> list[tuple[int, ...]]:
    """Where something begins in each bar."""
    starts = [*score.bar_ticks().tolist(), score.end]
    onsets = sorted({note.onset for note in all_notes(score)})
    return [tuple(o - a for o in onsets if a <= o < b) for a, b in pairwise(starts)]


@pytest.mark.parametrize("values", [(24, 12, 36), (48, 24), (36,), (8, 24)], ids=str)
@pytest.mark.parametrize("seed", SEEDS)
def test_notes_last_note_values_inside_their_bars_and_begin_where_they_lead(
    seed: int, values: tuple[int, ...]
) -> None:
    score = piece(seed, declare=2, durations=values, note_values=True, **BARS)
    starts = [*score.bar_ticks().tolist(), score.end]

    assert all_notes(score)
    assert {note.duration for track in melodic(score) for note in track.notes} <= set(values)
    for note in all_notes(score):
        bar = max(start for start in starts if start <= note.onset)
        assert note.onset - bar in sums(values, 200)
    for track in melodic(score):
        for note in track.notes:
            assert note.end <= min(start for start in starts if start > note.onset)


@pytest.mark.parametrize("leap", [1, 4, 12])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_melody_leaps_further_than_it_may(seed: int, leap: int) -> None:
    score = piece(seed, declare=2, leap=leap, ranges=[(40, 90)], drums=[])

    lines = [melody(track.notes) for track in melodic(score)]
    assert max(map(len, lines)) > 5
    assert all(abs(a - b) <= leap for line in lines for a, b in pairwise(line))


@pytest.mark.parametrize("share", [50, 70, 100])
@pytest.mark.parametrize("seed", SEEDS)
def test_steps_have_their_share_of_the_moves_at_any_time(seed: int, share: int) -> None:
    score = piece(seed, step_share=share, scale=[0, 2, 4, 5, 7, 9, 11], **LINE)

    moves = [abs(a - b) for a, b in pairwise(melody(score.notes))]
    assert len(moves) > 5
    for count in range(1, len(moves) + 1):
        assert 100 * sum(1 <= move <= 2 for move in moves[:count]) >= share * count


@pytest.mark.parametrize("slots", [1, 3])
@pytest.mark.parametrize("seed", SEEDS)
def test_without_rests_tracks_never_fall_silent(seed: int, slots: int) -> None:
    rules = LINE | {"slots": slots, "ranges": [(40, 90)]}
    score = piece(seed, declare=slots, rest=1, **BARS, **rules)

    for track in melodic(score):
        notes = list(track.notes)
        assert all(a.end == b.onset for a, b in pairwise(notes))
        assert not notes or notes[-1].end == score.end


@pytest.mark.parametrize("time_base", ["grid", "performance"])
@pytest.mark.parametrize("share", [10, 40])
@pytest.mark.parametrize("seed", SEEDS)
def test_rests_have_no_more_than_their_share_of_the_time(seed: int, share: int, time_base: str) -> None:
    score = piece(seed, time_base=time_base, rest=1 + share, **LINE)

    notes = list(score.notes)
    assert len(notes) > 3
    for count in range(1, len(notes)):
        silent = sum(b.onset - a.end for a, b in pairwise(notes[: count + 1]))
        assert 100 * silent <= share * (notes[count].onset - notes[0].onset)


@pytest.mark.parametrize("seed", SEEDS)
def test_hands_together_strike_at_once_and_hold_as_long(seed: int) -> None:
    score = piece(seed, declare=2, hands=1, drums=[], ranges=[(60, 90), (30, 59)], program_ranges={}, **BARS)

    tracks = [{(n.onset, n.duration) for n in track.notes} for track in melodic(score)]
    assert len(tracks) > 1
    assert tracks[0]
    assert all(each == tracks[0] for each in tracks)
    assert len({onset for onset, _ in tracks[0]}) == len(tracks[0])


@pytest.mark.parametrize("time_base", ["grid", "performance"])
@pytest.mark.parametrize("seed", SEEDS)
def test_hands_apart_never_sound_together(seed: int, time_base: str) -> None:
    score = piece(seed, declare=2, time_base=time_base, hands=2, drums=[], answer_from=1)

    notes = [(note, slot) for slot, track in enumerate(melodic(score)) for note in track.notes]
    assert len(notes) > 3
    for note, slot in notes:
        for other, where in notes:
            assert slot == where or note.end <= other.onset or other.end <= note.onset


@pytest.mark.parametrize("bars", [1, 2])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_response_has_the_rhythm_of_its_call(seed: int, bars: int) -> None:
    heard = positions(piece(seed, answer=bars, answer_from=1, bars=13, fixed_meter=True, **LINE))

    for bar in range(len(heard) - 1):  # the last one is free
        if bar // bars % 2:
            assert heard[bar] == heard[bar - bars]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_bar_has_no_more_notes_than_it_may(seed: int) -> None:
    score = piece(seed, declare=2, onsets_most=6, onsets_more=3, fixed_meter=True)
    starts = score.bar_ticks().tolist()
    counts = [0] * len(starts)
    for note in all_notes(score):
        counts[sum(start <= note.onset for start in starts) - 1] += 1

    assert 0 < max(counts) <= 6
    assert all(b - a <= 2 for a, b in pairwise(counts))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_register_moves_no_faster_than_it_may(seed: int) -> None:
    score = piece(seed, declare=2, register_move=5, drums=[])
    bars = [score.slice_bars(i, i + 1).notes.pitch.tolist() for i in range(score.bars)]

    sounding = [bar for bar in bars if bar]
    assert len(sounding) > 1
    for before, after in pairwise(sounding):
        assert min(before) - 5 <= min(after)
        assert max(after) <= max(before) + 5


def random_exercise(seed: int) -> dict[str, Any]:
    import random

    dice = random.Random(seed)

    def sometimes(value: Any, otherwise: Any = 0) -> Any:
        return value if dice.random() < 0.4 else otherwise

    return {
        "note_values": sometimes(True, otherwise=False),
        "leap": sometimes(dice.randint(1, 12)),
        "step_share": sometimes(dice.randint(0, 100)),
        "rest": sometimes(dice.randint(1, 101)),
        "hands": sometimes(dice.randint(1, 2)),
        "answer": sometimes(dice.randint(1, 8)),
        "answer_from": dice.randint(1, 3),
        "onsets_most": sometimes(dice.randint(1, 12)),
        "onsets_more": sometimes(dice.randint(1, 12)),
        "register_move": sometimes(dice.randint(1, 12)),
    }


@pytest.mark.parametrize("time_base", ["grid", "performance"])
@pytest.mark.parametrize("seed", range(6))
def test_there_is_a_way_on_whatever_is_asked_for(time_base: str, seed: int) -> None:
    from dataclasses import asdict

    tracker = Tracker(time_base)
    for step, _ in zip(range(250), walk(tracker, seed, length=250), strict=False):
        if step % 9 == 0:
            tracker.restrict(**asdict(random_rules(1000 * seed + step)), **random_exercise(seed + step))
