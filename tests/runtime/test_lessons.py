"""Rules for lessons, as people ask for them: kept in pieces and streams, and refused in a line."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

import linnet
from linnet import Score, Track
from linnet.music.theory import scale_classes
from tests.runtime.streams import PERFORMED

FOUR: dict[str, Any] = {"time_signature": "4/4", "bars": 6}


@pytest.fixture(scope="module")
def folk() -> linnet.Model:
    return linnet.load("folk")


def moves(score: Score | Track) -> list[int]:
    pitches = [note.pitch for note in sorted(score.notes, key=lambda note: note.onset)]
    return [abs(a - b) for a, b in pairwise(pitches)]


def test_tunes_keep_to_note_values_leaps_and_the_key_and_most_close_on_their_tonic(
    folk: linnet.Model,
) -> None:
    scores = folk.generate(
        seed=0,
        count=40,
        rhythm=("1/2", "1/4", "1/8"),
        leap=5,
        accidentals="none",
        key="D major",
        polyphony=1,
        **FOUR,
    )
    for score in scores:
        assert {note.duration for note in score.notes} <= {12, 24, 48}
        places = [(note.onset - score.upbeat) % 96 for note in score.notes]
        assert all(place + note.duration <= 96 for place, note in zip(places, score.notes, strict=True))
        assert all(max(moves(track)) <= 5 for track in score.tracks if len(track.notes) > 1)
        assert {note.pitch % 12 for note in score.notes} <= scale_classes("D major")
    assert sum(score.notes.pitch[-1] % 12 == 2 for score in scores) >= 36


def test_without_accidentals_a_minor_key_has_the_notes_of_its_signature(folk: linnet.Model) -> None:
    score = folk.generate(seed=1, key="E minor", accidentals="none", **FOUR)

    assert {note.pitch % 12 for note in score.notes} <= scale_classes("G major")


@pytest.mark.parametrize("options", [{}, {"hands": "together"}, {"roles": ("right hand", "left hand")}])
def test_a_model_that_chooses_its_players_has_no_accidentals_either(options: dict[str, Any]) -> None:
    for score in linnet.load("piano").generate(
        seed=1, count=4, key="G major", accidentals="none", **FOUR, **options
    ):
        assert {note.pitch % 12 for note in score.notes} <= scale_classes("G major")


def test_accidentals_in_the_key_of_what_is_given(folk: linnet.Model) -> None:
    line = ("A4", "C#5", "E5", "C#5", "D5", "B4", "G#4", "A4")
    mine = Score.from_notes([(pitch, 1) for pitch in line], key="A major")
    score = folk.generate(primer=mine, bars=4, seed=1, accidentals="none")

    assert {note.pitch % 12 for note in score.notes} <= scale_classes("A major")


def test_accidentals_follow_a_stream_into_another_key(folk: linnet.Model) -> None:
    stream = folk.stream(seed=1, key="C major", accidentals="none", bpm=120, time_signature="4/4")
    stream.advance(4.1, budget=None)
    stream.wish(key="E major")
    stream.advance(1.9, budget=None)
    heard = stream.advance(8.0, budget=None)

    assert heard
    assert {note.pitch % 12 for note in heard} <= scale_classes("E major")


def test_rests_are_forbidden_or_limited(folk: linnet.Model) -> None:
    whole = list(folk.generate(seed=2, rest="none", polyphony=1, **FOUR).notes)
    assert all(a.end == b.onset for a, b in pairwise(whole))

    some = list(folk.generate(seed=2, rest=0.1, polyphony=1, **FOUR).notes)
    silent = sum(max(b.onset - a.end, 0) for a, b in pairwise(some))
    assert silent <= 0.1 * (some[-1].onset - some[0].onset)


def test_hands_are_two_tracks_together_or_apart() -> None:
    piano = linnet.load("piano")
    together = piano.generate(seed=1, hands="together", **FOUR)
    right, left = ({(n.onset, n.duration) for n in track.notes} for track in together.tracks)
    assert right == left
    assert right

    for score in piano.generate(seed=2, count=12, hands="together", **FOUR):  # whatever bands people have
        assert len(score.tracks) == 2

    apart = piano.generate(seed=1, hands="apart", time_signature="4/4", bars=4)
    right, left = ({max(n.onset - apart.upbeat, 0) // 96 for n in track.notes} for track in apart.tracks)
    assert right <= {0, 1}
    assert left <= {2, 3}


def test_a_response_has_the_rhythm_of_its_call(folk: linnet.Model) -> None:
    score = folk.generate(seed=5, call_and_response=True, time_signature="3/4", bars=9)
    first = 1 if score.upbeat else 0
    starts = [*score.bar_ticks().tolist(), score.end][first:]
    bars = [[n.onset - a for n in score.notes if a <= n.onset < b] for a, b in pairwise(starts)]

    assert (bars[2:4], bars[6:8]) == (bars[0:2], bars[4:6])


def test_rhythm_alone_has_one_pitch_and_no_drums_unless_they_are_asked_for() -> None:
    band = linnet.load("band")
    score = band.generate(seed=1, rhythm_only=True, **FOUR)
    assert len({note.pitch for note in score.notes}) == 1
    assert not any(track.is_drum for track in score.tracks)

    for clapped in linnet.load("piano").generate(seed=1, count=4, rhythm_only=True, **FOUR):
        assert len({note.pitch for note in clapped.notes}) == len(clapped.tracks) == 1

    drummed = band.generate(seed=1, rhythm_only=True, drums=["kick", "snare"], **FOUR)
    pitches = {note.pitch for track in drummed.tracks if not track.is_drum for note in track.notes}
    assert len(pitches) <= 1


def test_bounds_hold_in_a_stream_from_the_bar_line_on(folk: linnet.Model) -> None:
    stream = folk.stream(seed=3, bpm=120, time_signature="4/4")
    stream.advance(2.1, budget=None)
    stream.restrict(most_notes=3, rhythm="1/4,1/2")
    stream.advance(1.9, budget=None)
    bars = [stream.advance(2.0, budget=None) for _ in range(6)]

    assert any(bars)
    assert all(len(bar) <= 3 for bar in bars)
    assert {round(note.duration * 2, 3) for bar in bars for note in bar} <= {1.0, 2.0}
    assert linnet.load("folk").restore(stream.save()).advance(4.0, budget=None) == stream.advance(
        4.0, budget=None
    )


@pytest.mark.parametrize(
    ("model", "options", "said"),
    [
        ("folk", {"rhythm": "1/5"}, "rhythm must be note values such as 1/4"),
        ("folk", {"rhythm": "1/32."}, "whole ticks"),
        ("folk", {"rhythm": "1/1", "time_signature": "3/4"}, "has no note value that fits into a bar of 3/4"),
        ("folk", {"rhythm": "1/4.", "rest": "none", "time_signature": "4/4"}, "do not fill a bar of 4/4"),
        ("folk", {"rhythm": "1/2", "longest": 1}, "no note value as short as the longest note"),
        ("folk", {"rest": "few"}, "rest must be allowed, none or a share between 0 and 1"),
        (PERFORMED, {"hands": "together"}, "hands are two tracks, and groove has learnt to play fewer"),
        ("piano", {"hands": "apart", "rest": "none"}, "rest cannot be limited while hands play apart"),
        ("folk", {"accidentals": "none", "key": "C major", "scale": [1, 3]}, "accidentals cannot be 'none'"),
        ("folk", {"rhythm_only": True, "scale": [0], "pitch_range": ("D4", "F4")}, "scale must have a note"),
        ("folk", {"call_and_response": True, "bars": 1}, "takes two bars at least"),
        (PERFORMED, {"rhythm": "1/4"}, "groove keeps human timing: it has no bars, and no rhythm"),
        ("folk", {"step_share": 1.5}, "step_share must be between 0 and 1"),
    ],
)  # fmt: skip
def test_rules_that_leave_no_note_are_refused_in_a_line(
    model: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises((ValueError, TypeError), match=".*".join(said.split(" "))) as refused:
        linnet.load(model).generate(seed=1, **options)
    assert "\n" not in str(refused.value)
