"""The table of a musician's figures: what applies to which music, and what is far from people."""

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from linnet.music.score import Score, Track
from linnet_train.evaluation.musician.beside import FAR, Beside, applying, beside, texture
from linnet_train.evaluation.musician.table import (
    EVERY,
    FIGURES,
    GROUPS,
    KEY_FIGURES,
    PRIMER_FIGURES,
    Figure,
)
from tests.train.small_pieces import QUARTER, chorale, drums, line, parts

SONG = line([60, 62, 64, 65] * 32)
BEAT = drums(*((i, 36) for i in range(80)), bars=20)
CHORDS = ((72, 67, 64, 48), (72, 69, 65, 53), (71, 67, 62, 55), (72, 67, 64, 48))
HYMN = chorale(*CHORDS * 20)
HANDS = replace(HYMN, tracks=(HYMN.tracks[0], HYMN.tracks[3]))
RESTING = parts([(8 * i, 4, 76) for i in range(10)], bars=20, programs=(73,)).tracks[0]
BAND = replace(HYMN, tracks=(RESTING, HYMN.tracks[0], replace(HYMN.tracks[3], program=33), *BEAT.tracks))
ORCHESTRA = replace(
    HYMN, tracks=(RESTING, *(replace(track, program=40 + i) for i, track in enumerate(HYMN.tracks)))
)


def test_every_figure_stands_in_one_group_and_says_what_it_is() -> None:
    grouped = [name for names in GROUPS.values() for name in names]
    assert sorted(grouped) == sorted(EVERY)
    assert len(FIGURES) + len(PRIMER_FIGURES) + len(KEY_FIGURES) == len(EVERY), "no name twice"
    for name, figure in EVERY.items():
        assert name.isidentifier()
        assert name == name.lower()
        assert figure.unit
        assert figure.words
        assert figure.textures
        assert figure.heard > 0


def test_the_page_defines_every_figure() -> None:
    page = (Path(__file__).parents[3] / "docs" / "musician.md").read_text()
    defined = set(re.findall(r"`(\w+)`", page))
    assert set(EVERY) <= defined, set(EVERY) - defined


@pytest.mark.parametrize("score", [Score(QUARTER), Score(QUARTER, (Track(),), end=96 * 24), BEAT])
def test_pieces_without_pitched_notes_have_no_figure_of_pitch_and_do_not_fail(score: Score) -> None:
    known = {figure.name for figure in FIGURES if not math.isnan(figure.of(score))}
    of_drums = set(GROUPS["drums"]) | {"bar_repeat", "new_at_the_end", "velocity_between_bars"}
    assert known <= of_drums | {"opening_returns"}
    for figure in PRIMER_FIGURES:
        assert math.isnan(figure.of(score, score))


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_a_figure_is_known_of_its_music(figure: Figure) -> None:
    music = {
        "melody": SONG,
        "voices": HYMN,
        "piano": HANDS,
        "band": BAND,
        "orchestra": ORCHESTRA,
        "drums": BEAT,
    }
    found = [figure.of(music[kind]) for kind in figure.textures]
    assert not any(map(math.isnan, found))


@pytest.mark.parametrize(
    ("score", "kind"),
    [
        (SONG, "melody"),
        (HYMN, "voices"),
        (HANDS, "piano"),
        (BAND, "band"),
        (ORCHESTRA, "orchestra"),
        (BEAT, "drums"),
    ],
)
def test_texture_is_read_from_the_tracks(score: Score, kind: str) -> None:
    assert texture([score]) == kind
    assert texture([SONG, score, score]) == kind


def test_what_applies_depends_on_music_length_and_bars() -> None:
    names = {figure.name for figure in applying("melody", 32, barred=True)}
    assert {"bar_8_on_tonic", "bar_24_on_tonic", "second_half_higher", "opening_returns"} <= names
    assert not names & {"parallel_fifths", "hands_crossed", "pulse"}
    short = {figure.name for figure in applying("melody", 16, barred=True)}
    assert "bar_8_on_tonic" in short
    assert "bar_16_on_tonic" not in short, "the last bar of what the model plays always does"
    assert {figure.name for figure in applying("drums", 8, barred=False)} == {
        "pulse",
        "repetition_at_the_bar",
        "hat_and_ride",
        "steady_hat_run",
    }


def judged(name: str, made: float, people: list[float]) -> Beside:
    values = {"as_shipped": np.full(30, made), "people": np.array(people)}
    found = beside(EVERY[name], values, "as_shipped")
    assert found is not None
    return found


def test_far_is_beyond_the_widened_interval() -> None:
    people = [0.4, 0.6] * 50  # mean 0.5, deviation 0.1
    found = judged("chord_changes", 0.5, people)
    theirs = found.sides["people"]
    assert found.limits[0] == pytest.approx(theirs.low - 0.05), "a twentieth is more than FAR of it"
    assert judged("chord_changes", found.limits[1] - 0.001, people).far is False
    assert judged("chord_changes", found.limits[1] + 0.001, people).far is True
    assert judged("chord_changes", found.limits[0] - 0.001, people).far is True
    wide = [0.0, 1.0] * 50
    assert judged("chord_changes", 0.5, wide).limits[1] == pytest.approx(
        judged("chord_changes", 0.5, wide).sides["people"].high + FAR * 0.5
    )


def test_few_pieces_prove_little() -> None:
    people, draw = [0.4, 0.6] * 50, np.random.default_rng(1)
    for count, far in ((10, False), (1000, True)):
        values = {"as_shipped": draw.normal(0.65, 0.5, count), "people": np.array(people)}
        values["as_shipped"] += 0.65 - values["as_shipped"].mean()
        found = beside(EVERY["chord_changes"], values, "as_shipped")
        assert found is not None
        assert found.sides["as_shipped"].value > found.limits[1]
        assert found.far is far


def test_one_side_may_be_no_fault() -> None:
    assert judged("parallel_fifths", 0, [3.0, 5.0] * 20).far is False
    assert judged("parallel_fifths", 9, [3.0, 5.0] * 20).far is True
    assert judged("bar_8_on_tonic", 1, [0.0, 1.0] * 20).far is False
    assert judged("bar_8_on_tonic", 0, [0.0, 1.0] * 20).far is True


def test_what_people_hardly_have_says_nothing_and_what_a_model_lacks_is_far() -> None:
    nothing = np.full(30, np.nan)
    few = {"as_shipped": np.ones(30), "people": np.append(np.ones(9), nothing)}
    assert beside(EVERY["bass_pitch"], few, "as_shipped") is None
    lacking = {"as_shipped": nothing, "people": np.ones(30)}
    found = beside(EVERY["bass_pitch"], lacking, "as_shipped")
    assert found is not None
    assert found.far


def test_people_are_seldom_far_from_people() -> None:
    draw, far = np.random.default_rng(0), 0
    for _ in range(200):
        made, people = draw.normal(0.5, 0.4, 100), draw.normal(0.5, 0.4, 100)
        found = beside(EVERY["chord_changes"], {"as_shipped": made, "people": people}, "as_shipped")
        assert found is not None
        far += found.far
    assert far <= 4  # 3.2 standard errors: one in 700
