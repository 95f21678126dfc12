"""What a judge hears in the last bars of a piece."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from linnet._core import HEARD, SILENT, Piece, Rng, Tracker, hear
from linnet.engine.engine import Engine
from linnet.music.score import Note, Notes, Score, TimeSignature, Track
from linnet.tokens import codec
from linnet.tokens.vocabulary import FAMILIES
from tests.csrc import judge_oracle
from tests.csrc.trackers import TIME_BASES, walk

EOS = FAMILIES["eos"].first


def after(score: Score, key: int = 0, *, to_the_end: bool = True) -> Tracker:
    """A tracker that has read a piece."""
    tracker = Tracker()
    wishes = tracker.wishes
    wishes[0] = key
    tracker.wish(wishes)
    for token in codec.encode(score, "grid").tolist():
        if to_the_end or token != EOS:
            tracker.advance(token)
    return tracker


def heard(tracker: Tracker, ends: int = 0, context: int = 20) -> dict[str, int]:
    return dict(zip(HEARD, hear(tracker, ends, context), strict=True))


def music(seed: int) -> tuple[list[Note], list[Note], int]:
    """A tune and strokes of a kit that often come back; each bar has a note at its beginning."""
    dice = np.random.default_rng(seed)
    bars = int(dice.integers(1, 21))
    tune: list[Note] = []
    strokes: list[Note] = []
    for bar in range(bars):
        if bar and dice.random() < 0.4:
            back = 96 * int(dice.choice([each for each in (1, 2, 4, 8) if each <= bar]))
            line = 96 * bar
            tune += [
                replace(n, onset=n.onset + back) for n in tune if line - back <= n.onset < line - back + 96
            ]
            strokes += [
                replace(n, onset=n.onset + back) for n in strokes if line - back <= n.onset < line - back + 96
            ]
            continue
        places = [0, *sorted(dice.choice(range(1, 16), int(dice.integers(0, 8)), replace=False).tolist()), 16]
        for a, b in pairwise(places):
            length = 6 * (b - a) - int(dice.integers(0, 3))
            tune.append(Note(96 * bar + 6 * a, length, int(dice.integers(55, 80)), 80))
        if dice.random() < 0.7:
            for place in sorted(dice.choice(range(16), 5, replace=False).tolist()):
                strokes.append(Note(96 * bar + 6 * place, 1, int(dice.choice([35, 36, 38, 42, 44])), 80))
    return tune, strokes, bars


@pytest.mark.parametrize("seed", range(40))
def test_it_is_what_the_header_says(seed: int) -> None:
    tune, strokes, bars = music(seed)
    tracks = (Track(Notes.of(tune), program=0), Track(Notes.of(strokes), is_drum=True))
    score = Score(24, tracks, end=96 * bars)
    key, ends = 1 + seed % 24, seed % 3
    found = heard(after(score, key), ends)

    expected = judge_oracle.hear(tune, strokes, bars, key, ends)
    assert len(expected) > 20
    assert {name: found[name] for name in expected} == expected
    others = [name for place, name in enumerate(("mid_", "end_", "close_")) if place != ends]
    assert all(found[name] == SILENT for name in HEARD if name.startswith(tuple(others)))


def test_a_bar_that_has_begun_is_not_heard_yet() -> None:
    tune, strokes, _ = music(3)
    score = Score(24, (Track(Notes.of(tune)), Track(Notes.of(strokes), is_drum=True)), end=96 * 8)
    tokens = codec.encode(score, "grid").tolist()
    tracker, whole = Tracker(), heard(after(score))
    for token in [*tokens[:-1], FAMILIES["bar"].first]:
        tracker.advance(token)

    assert heard(tracker) == whole


def test_what_is_farther_back_than_it_reads_is_nothing_to_it() -> None:
    tune, _, _ = music(7)
    late = [replace(n, onset=n.onset + 96 * 5) for n in tune]
    for prelude in ([], [Note(0, 96, 99, 80)]):
        score = Score(24, (Track(Notes.of([*prelude, *late])),), end=96 * 30)
        tracker = after(score)
        assert heard(tracker, context=4) == heard(tracker, context=4) != heard(tracker)


def chords_of(*pitches: tuple[int, ...]) -> Score:
    """Four voices or fewer, a chord a beat."""
    voices = range(max(map(len, pitches)))
    tracks = [
        Track(
            Notes.of([Note(24 * i, 24, chord[v], 80) for i, chord in enumerate(pitches) if v < len(chord)]),
            program=v,
        )
        for v in voices
    ]
    return Score(24, tuple(tracks), end=24 * len(pitches))


def test_chords_are_heard_beat_by_beat() -> None:
    tonic, fourth, fifth = (72, 67, 64, 48), (72, 69, 65, 53), (71, 67, 62, 55)
    found = heard(after(chords_of(tonic, fourth, fifth, tonic), key=1), ends=1)

    assert (found["i_beats"], found["iv_beats"], found["v_beats"]) == (32, 16, 16)
    assert (found["fits"], found["new_inside"], found["new_chord"]) == (64, 64, SILENT)
    assert (found["chord_notes"], found["crossed"], found["widest"]) == (32, 0, 16)
    assert (found["end_degree"], found["end_bass"], found["end_motion"]) == (11, 7, 2)


def test_crossing_and_closeness_are_heard() -> None:
    usual, crossed = (72, 60, 40, 36), (72, 35, 41, 38)
    found = heard(after(chords_of(usual, usual, usual, crossed)))

    assert found["crossed"] == 16
    assert found["close_low"] == 64


def test_bars_of_other_meters_are_heard() -> None:
    notes = Notes.of([Note(36 * i, 36, 60 + i, 80) for i in range(8)])
    score = Score(24, (Track(notes),), time_signatures=(TimeSignature(0, 6, 8),), end=36 * 8)
    found = heard(after(score, key=1))

    assert (found["on_beats"], found["onsets"], found["shortest"]) == (64, 8, 36)


def test_it_hears_the_same_after_a_snapshot() -> None:
    """A saved piece remembers all that is heard."""
    engine = Engine.open(Path(__file__).parents[1] / "data/tiny.onnx")
    tracker = Tracker()
    tracker.restrict(endless=True)
    loop, other = engine.loop(Piece(tracker, Rng(4))), engine.loop(Piece(Tracker(), Rng(0)))
    loop.append(FAMILIES["bos"].first)
    loop.play(3000)
    other.load(loop.save())

    assert hear(other.tracker) == hear(loop.tracker)


@pytest.mark.parametrize("time_base", TIME_BASES)
@pytest.mark.parametrize("seed", range(8))
def test_any_piece_can_be_heard(time_base: str, seed: int) -> None:
    tracker = Tracker(time_base)
    wishes = tracker.wishes
    wishes[0] = seed % 25
    tracker.wish(wishes)
    for number, token in enumerate(walk(tracker, seed=seed, length=600)):
        tracker.advance(token)
        if number % 50 == 0 or tracker.finished:
            found = hear(tracker, number % 3)
            assert all(SILENT <= each < 1 << 20 for each in found)
            if time_base == "performance":
                assert set(found) == {SILENT}


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="ends must be between 0 and 2, got 3"):
        hear(Tracker(), 3)
    with pytest.raises(ValueError, match="context must be between 1 and 20, got 21"):
        hear(Tracker(), 0, 21)
