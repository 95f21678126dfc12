"""Phrases: where they end, and how."""

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

from linnet.music.phrases import CLOSED, OPEN, RUNS_ON, phrases, top_line
from linnet.music.score import Notes, Score, Track
from linnet.tokens import codec
from tests.runtime.harmonised import TICKS, music, voice
from tests.runtime.scores import scores

DATA = Path(os.environ.get("LINNET_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "train"

QUESTION = "C4 E4 G4 E4 F4 A4 G4 F4 E4 G4 F4 E4 D4:3 -"
ANSWER = "C4 E4 G4 E4 F4 A4 G4 F4 E4 G4 D4 B3 C4:3 -"
C_MAJOR, A_MINOR = 0, 21


def ends(score: Score, key: int | None = None) -> list[tuple[int, int]]:
    """The last bar of each phrase, and its cadence."""
    return [(i, bar.cadence) for i, bar in enumerate(phrases(score, key=key)) if bar.left == 0]


def test_a_question_is_open_and_its_answer_closed() -> None:
    tune = music(f"{QUESTION} {ANSWER}")
    assert [tuple(bar) for bar in phrases(tune)] == [
        *((OPEN, left) for left in (3, 2, 1, 0)),
        *((CLOSED, left) for left in (3, 2, 1, 0)),
    ]


def test_a_long_note_ends_a_phrase_of_another_length() -> None:
    three = "C4 E4 G4 E4 F4 A4 G4 F4 C4:3 -"
    assert [bar for bar, _ in ends(music(f"{three} {three} {three}"))] == [2, 5, 8]


def test_a_tune_that_never_rests_runs_on() -> None:
    running = "C4:.5 E4:.5 G4:.5 A4:.5 G4:.5 F4:.5 E4:.5 D4:.5 "
    assert ends(music(running * 8), C_MAJOR) == [(3, RUNS_ON), (7, RUNS_ON)]


def test_the_tonic_is_that_of_the_key() -> None:
    assert ends(music(ANSWER), C_MAJOR) == [(3, CLOSED)]
    assert ends(music(ANSWER), A_MINOR) == [(3, OPEN)]


@pytest.mark.parametrize("semitones", [-5, 2, 6])
def test_phrases_move_with_the_music(semitones: int) -> None:
    tune = music(f"{QUESTION} {ANSWER}")
    assert phrases(tune.transpose(semitones)) == phrases(tune)


def test_an_upbeat_belongs_to_the_first_phrase_and_those_like_it_to_what_follows() -> None:
    question, answer = (text.replace(":3 -", ":3 G3") for text in (QUESTION, ANSWER))
    tune = music(f"-:3 G3 {question} {answer.replace(':3 G3', ':3')}")
    assert ends(tune, C_MAJOR) == [(4, OPEN), (8, CLOSED)]
    # as long as the note that ends the phrase, it is still not what the phrase rests on
    short = music(f"-:3 G3 {ANSWER.replace('C4:3 -', 'C4 C4 C4 G3')} {ANSWER}")
    assert ends(short, C_MAJOR) == [(4, CLOSED), (8, CLOSED)]


def test_what_only_rings_on_is_no_phrase() -> None:
    tune = music(f"{QUESTION} {ANSWER}")
    longer = replace(tune, end=tune.end + 4 * TICKS)
    assert phrases(longer)[:8] == phrases(tune)
    assert phrases(longer)[8] == (CLOSED, 0)


def harmonised(*chords: str) -> Score:
    """Four bars; the tune rests on G, which is in C, G and Em."""
    return music("E5:4 F5:4 D5:4 G4:4", *chords)


def test_with_chords_the_tonic_must_be_under_the_note() -> None:
    tune = "E5:4 F5:4 D5:4 C5:4"
    closed = ("C3:4 F3:4 G2:4 C3:4", "G4:4 A4:4 B3:4 E4:4")
    deceived = ("C3:4 F3:4 G2:4 A2:4", "G4:4 A4:4 B3:4 E4:4")
    assert ends(music(tune, *closed), C_MAJOR) == [(3, CLOSED)]
    assert ends(music(tune, *deceived), C_MAJOR) != [(3, CLOSED)]


def test_a_dominant_before_the_tonic_closes_whatever_is_on_top() -> None:
    assert ends(harmonised("C3:4 F3:4 G2:4 C3:4", "G4:4 A4:4 B3:4 E4:4"), C_MAJOR) == [(3, CLOSED)]
    assert ends(harmonised("C3:4 F3:4 D3:4 G2:4", "G4:4 A4:4 F4:4 B3:4"), C_MAJOR) == [(3, OPEN)]


def test_drums_alone_run_on() -> None:
    strokes = [480 * i for i in range(32)]
    kit = Track(Notes(strokes, [60] * 32, [36, 38] * 16, [90] * 32), is_drum=True)
    assert {bar.cadence for bar in phrases(Score(TICKS, (kit,)))} == {RUNS_ON}


def test_the_top_line_leaves_out_what_is_struck_below_a_note() -> None:
    tune = Track(Notes.of(voice("C5:4 D5:2 B4:2")))
    below = Track(Notes.of(voice("C4 G4 E4 G4 F4 A4 G4 G4")))
    assert top_line(Score(TICKS, (tune, below))).pitch.tolist() == [72, 74, 71]


@settings(max_examples=60, deadline=None)
@given(scores)
def test_every_bar_of_any_piece_has_a_place_in_a_phrase(score: Score) -> None:
    if score.end > 1 << 20:
        return
    quantised = codec.quantise(score)
    found = phrases(quantised)
    assert len(found) == quantised.bars
    assert all(bar.cadence in (RUNS_ON, OPEN, CLOSED) and bar.left >= 0 for bar in found)
    for bar, after in pairwise(found):
        assert after.left == bar.left - 1 or (bar.left == 0)
        assert bar.left == 0 or bar.cadence == after.cadence


@pytest.mark.skipif(not DATA.is_dir(), reason="no training music at LINNET_DATA")
def test_dance_tunes_come_home_in_their_eighth_bar() -> None:
    paths = sorted((DATA / "oneills-1850").rglob("*.mid"))[::20]
    found = []
    for path in paths:
        bars = phrases(Score.open(path))
        if len(bars) >= 16:
            eighth = min(7, 8, key=lambda bar: bars[bar].left)  # after an upbeat it is the ninth
            found.append(bars[eighth] == (CLOSED, 0))
    assert len(found) > 30
    assert 0.55 < np.mean(found) < 0.9
